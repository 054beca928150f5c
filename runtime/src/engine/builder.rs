//! Describes an engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::clock::{Clock, SystemClock};
use super::health::Health;
use super::log::{LogSink, StderrLog};
use super::observer::{NoObserver, Observer};
use super::randomness::{Randomness, SystemRandomness};
use super::retention::{self, Retention};
use super::timers::{self, Timers};
use super::{Engine, EngineError, Inner, Location, Stage, lock};
use crate::execution::Limits;
use crate::http::{Client, ClientOptions, HostPattern, HttpService};
use crate::machine::{Profile, Workflow};
use crate::store::{MemoryStore, Store};

/// What an engine is made of. Everything has a default.
#[derive(Debug)]
pub struct Builder {
    workflows: Vec<&'static Workflow>,
    adopt: bool,
    store: Option<Arc<dyn Store>>,
    clock: Option<Arc<dyn Clock>>,
    randomness: Option<Arc<dyn Randomness>>,
    http: Option<HttpChoice>,
    client: Option<ClientOptions>,
    at_most_once: Vec<HostPattern>,
    log: Option<Arc<dyn LogSink>>,
    observer: Option<Arc<dyn Observer>>,
    limits: Option<Limits>,
    environment: BTreeMap<String, String>,
    location: Location,
    idle: Duration,
    execution_timeout: Duration,
    retention: Retention,
}

/// The longest that an execution may take: one year (<https://docs.cloud.google.com/workflows/quotas>).
const EXECUTION_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

struct HttpChoice(Arc<dyn HttpService>);

impl std::fmt::Debug for HttpChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpService")
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            workflows: Vec::new(),
            adopt: false,
            store: None,
            clock: None,
            randomness: None,
            http: None,
            client: None,
            at_most_once: Vec::new(),
            log: None,
            observer: None,
            limits: None,
            environment: BTreeMap::new(),
            location: Location {
                project: "local".to_owned(),
                location: "local".to_owned(),
                public_url: "http://127.0.0.1:8787".to_owned(),
            },
            idle: Duration::from_secs(2),
            execution_timeout: EXECUTION_TIMEOUT,
            retention: Retention::default(),
        }
    }
}

impl Builder {
    /// Adds a compiled workflow. Further ones of the same name are earlier revisions, on which unfinished executions
    /// go on; new ones run on the first.
    #[must_use]
    pub fn workflow(mut self, workflow: &'static Workflow) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// Lets executions of a revision that is not here go on with the present one, where every routine, step and
    /// variable that they are in still exists. By default they are parked.
    #[must_use]
    pub fn adopt_revisions(mut self, adopt: bool) -> Self {
        self.adopt = adopt;
        self
    }

    /// Where executions are kept; in memory by default.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// The source of time; the machine's clock by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The source of random bytes; the operating system's by default.
    #[must_use]
    pub fn randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = Some(randomness);
        self
    }

    /// What sends HTTP requests; the network by default.
    #[must_use]
    pub fn http(mut self, http: Arc<dyn HttpService>) -> Self {
        self.http = Some(HttpChoice(http));
        self
    }

    /// How the network is used, when nothing else sends HTTP requests; by default as fits the limits that the workflows
    /// were compiled for.
    #[must_use]
    pub fn client(mut self, options: ClientOptions) -> Self {
        self.client = Some(options);
        self
    }

    /// Calls to these hosts are never sent again after an interruption: the workflow sees a `ConnectionError` instead.
    /// All other calls are sent at least once.
    #[must_use]
    pub fn at_most_once(mut self, hosts: impl IntoIterator<Item = HostPattern>) -> Self {
        self.at_most_once.extend(hosts);
        self
    }

    /// Where `sys.log` writes to; standard error by default.
    #[must_use]
    pub fn log(mut self, log: Arc<dyn LogSink>) -> Self {
        self.log = Some(log);
        self
    }

    /// Who is told what happens.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// What one execution may use, whatever its workflow was compiled for.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Adds an environment variable that `sys.get_env` sees.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Project and location in resource names and callback URLs.
    #[must_use]
    pub fn location(mut self, project: impl Into<String>, location: impl Into<String>) -> Self {
        self.location.project = project.into();
        self.location.location = location.into();
        self
    }

    /// Scheme and authority that callback URLs begin with, such as `https://flows.example.com`.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.location.public_url = url.into().trim_end_matches('/').to_owned();
        self
    }

    /// How long an execution that only waits stays in memory.
    #[must_use]
    pub fn idle_time(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// How long after its creation an execution is ended with a `TimeoutError` that it cannot catch; a year by default.
    #[must_use]
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.execution_timeout = timeout;
        self
    }

    /// Which executions that have ended are kept.
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Starts the engine on the current tokio runtime; unfinished executions of the store go on.
    ///
    /// # Errors
    ///
    /// A variable name that is reserved, an HTTP client that cannot be made, a store that cannot be read.
    pub async fn start(self) -> Result<Engine, EngineError> {
        let profile = common_profile(&self.workflows);
        let mut workflows: BTreeMap<&str, Vec<&'static Workflow>> = BTreeMap::new();
        for workflow in self.workflows {
            workflows.entry(workflow.name).or_default().push(workflow);
        }
        for name in self.environment.keys() {
            if name.is_empty() || name.starts_with("GOOGLE_") || name.starts_with("WORKFLOWS_") {
                return Err(EngineError::Start(format!(
                    "environment variable `{name}`: a name must not be empty nor start with GOOGLE_ or WORKFLOWS_"
                )));
            }
        }
        let http = match self.http {
            Some(HttpChoice(http)) => http,
            None => {
                let options = self.client.unwrap_or_else(|| ClientOptions::of(profile));
                let client = Client::new(options).map_err(|e| EngineError::Start(e.to_string()))?;
                Arc::new(client) as Arc<dyn HttpService>
            }
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let observer = self.observer.unwrap_or_else(|| Arc::new(NoObserver));
        let inner = Arc::new(Inner {
            workflows,
            adopt: self.adopt,
            store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new())),
            clock: Arc::clone(&clock),
            randomness: self.randomness.unwrap_or_else(|| Arc::new(SystemRandomness)),
            http,
            at_most_once: self.at_most_once,
            log: self.log.unwrap_or_else(|| Arc::new(StderrLog { json: false })),
            health: Health::new(Arc::clone(&observer), clock),
            observer,
            limits: self.limits,
            environment: Arc::new(self.environment),
            location: Mutex::new(self.location),
            idle: self.idle,
            execution_timeout: self.execution_timeout,
            retention: self.retention,
            ended_since: retention::Ended::default(),
            live: Mutex::default(),
            ended: Mutex::default(),
            timers: Timers::default(),
            stage: watch::Sender::new(Stage::Running),
            tasks: Mutex::default(),
        });
        let timers = timers::run(&inner).await?;
        *lock(&inner.tasks) = std::iter::once(timers).chain(retention::run(&inner)).collect();
        Ok(Engine { inner })
    }
}

/// The limits that all workflows were compiled for; the generous ones when they differ.
pub(crate) fn common_profile(workflows: &[&'static Workflow]) -> Profile {
    if !workflows.is_empty() && workflows.iter().all(|workflow| workflow.profile == Profile::Google) {
        Profile::Google
    } else {
        Profile::Default
    }
}
