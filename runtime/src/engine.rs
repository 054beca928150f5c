//! The durable engine: drives executions, the only place where a workflow waits.
//!
//! [`Engine`] is a cheap handle. Each execution that has something to do is driven by one task
//! (`driver`); one that only waits is taken out of memory and comes back by its timer or an event.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::effect::Timestamp;
use crate::execution::{CallLogLevel, CallbackRequest, Delivery, EndpointView, Execution, Identity, Limits};
use crate::http::{HostPattern, HttpRequest, HttpService};
use crate::machine::Workflow;
use crate::stdlib::Surroundings;
use crate::store::{Query, Record, State, Store, StoreError};
use crate::value::{EcoString, Value};

mod builder;
mod call_log;
mod children;
pub mod clock;
mod driver;
mod error;
mod executions_api;
mod health;
pub mod log;
mod observer;
mod patience;
mod randomness;
pub(crate) mod resource;
mod retention;
mod timers;

pub use builder::Builder;
pub(crate) use builder::common_profile;
pub use clock::{Clock, SystemClock, TokioClock};
pub use error::EngineError;
pub use observer::{NoObserver, Observer};
pub use randomness::{Randomness, SystemRandomness};
pub use retention::Retention;

use driver::Event;
use health::Health;
use timers::Timers;

/// Seconds after which a store that failed is asked again.
const STORE_RETRY: f64 = 1.0;

/// What may be said when an execution is created.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    /// The id; a random UUID by default.
    pub id: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Which calls of its steps are logged; none of them by default.
    pub call_log_level: Option<CallLogLevel>,
    /// A seed that fixes the order in which parallel branches run, for tests.
    pub schedule: Option<u64>,
}

/// A handle to a running engine.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// Where callback URLs point to and what executions are called.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) project: String,
    pub(crate) location: String,
    /// Scheme and authority, without a slash at the end.
    pub(crate) public_url: String,
}

pub(crate) struct Inner {
    /// By name: the present revision first, then earlier ones that executions may still run on.
    workflows: BTreeMap<&'static str, Vec<&'static Workflow>>,
    /// Whether executions of a revision that is not here go on with the present one where that is possible.
    adopt: bool,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    http: Arc<dyn HttpService>,
    /// Calls to these hosts are not repeated after an interruption.
    at_most_once: Vec<HostPattern>,
    log: Arc<dyn log::LogSink>,
    observer: Arc<dyn Observer>,
    /// Overrides the limits that workflows were compiled for.
    limits: Option<Limits>,
    environment: Arc<BTreeMap<String, String>>,
    location: Mutex<Location>,
    idle: Duration,
    /// How long after its creation an execution is ended, whatever it does.
    execution_timeout: Duration,
    retention: Retention,
    ended_since: retention::Ended,
    live: Mutex<HashMap<String, mpsc::UnboundedSender<Event>>>,
    ended: Mutex<HashMap<String, Vec<oneshot::Sender<()>>>>,
    timers: Timers,
    health: Health,
    stage: watch::Sender<Stage>,
    /// What goes on beside the executions, until the engine ends.
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// How far the engine is on its way to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// It works.
    Running,
    /// It takes nothing new, starts no more effects, and lets those under way end.
    Draining,
    /// It stops at once.
    Stopped,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("store", &self.store)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Begins to describe an engine.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The workflows that are compiled in, by name.
    pub fn workflows(&self) -> impl Iterator<Item = &'static Workflow> + '_ {
        self.inner.workflows.values().filter_map(|revisions| revisions.first().copied())
    }

    /// A workflow by name.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<&'static Workflow> {
        self.inner.workflows.get(name)?.first().copied()
    }

    /// Stores a new execution and lets it run. It is stored when this returns.
    ///
    /// # Errors
    ///
    /// Unknown workflow, an argument without JSON form or too large, an id that exists, a failing store.
    pub async fn create(
        &self,
        workflow: &str,
        argument: Value,
        options: CreateOptions,
    ) -> Result<Record, EngineError> {
        let inner = &self.inner;
        inner.check_running()?;
        let definition =
            self.workflow(workflow).ok_or_else(|| EngineError::UnknownWorkflow(workflow.to_owned()))?;
        let text = argument
            .to_json_text()
            .map_err(|_| EngineError::Argument("it holds bytes or no number".to_owned()))?;
        let limits = inner.limits(definition);
        if text.len() > limits.argument {
            return Err(EngineError::ArgumentTooLarge { size: text.len(), limit: limits.argument });
        }
        let mut secret = [0; 32];
        inner.randomness.fill(&mut secret);
        let record = Record {
            id: options.id.unwrap_or_else(|| randomness::uuid(&*inner.randomness)),
            workflow: workflow.to_owned(),
            revision: definition.revision.to_owned(),
            state: State::Active,
            argument: Some(text),
            result: None,
            failure: None,
            create_time: inner.clock.now(),
            end_time: None,
            labels: options.labels,
            call_log_level: options.call_log_level.map(|level| level.as_str().to_owned()),
            current_steps: Vec::new(),
            secret,
            version: 0,
        };
        let mut execution = Execution::new(
            definition,
            argument,
            inner.identity(&record),
            limits,
            inner.surroundings(&record),
        );
        if let Some(seed) = options.schedule {
            execution.schedule_by(seed);
        }
        let checkpoint =
            execution.checkpoint().map_err(|_| EngineError::Argument("it is nested too deep".to_owned()))?;
        inner.health.wrote(inner.store.create(record.clone(), checkpoint).await)?;
        driver::start(inner, record.clone(), execution, false, None);
        Ok(record)
    }

    /// What is known of an execution.
    ///
    /// # Errors
    ///
    /// No such execution, a failing store.
    pub async fn get(&self, id: &str) -> Result<Record, EngineError> {
        self.inner.store.get(id).await?.ok_or_else(|| EngineError::UnknownExecution(id.to_owned()))
    }

    /// Executions, newest first.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(&self, query: Query) -> Result<Vec<Record>, EngineError> {
        Ok(self.inner.store.list(query).await?)
    }

    /// Waits until an execution has ended.
    ///
    /// # Errors
    ///
    /// No such execution, a failing store.
    pub async fn wait(&self, id: &str) -> Result<Record, EngineError> {
        loop {
            let (sender, receiver) = oneshot::channel();
            lock(&self.inner.ended).entry(id.to_owned()).or_default().push(sender);
            let record = self.get(id).await;
            if !matches!(&record, Ok(record) if !record.state.is_terminal()) {
                if let Some(waiting) = lock(&self.inner.ended).get_mut(id) {
                    waiting.retain(|sender| !sender.is_closed());
                }
                return record;
            }
            // An error means that the driver is gone; the store knows why.
            let _ = receiver.await;
        }
    }

    /// Ends an execution at once.
    ///
    /// # Errors
    ///
    /// No such execution, one that has ended, a failing store.
    pub async fn cancel(&self, id: &str) -> Result<Record, EngineError> {
        loop {
            let record = self.get(id).await?;
            if record.state.is_terminal() {
                return Err(EngineError::Ended(id.to_owned()));
            }
            let (reply, answer) = oneshot::channel();
            match self.inner.send(id, Event::Cancel { reply }).await {
                // What cannot run can still be ended.
                Err(EngineError::Parked { .. }) => driver::cancel_stored(&self.inner, &record).await?,
                sent => sent?,
            }
            // Without an answer the driver ended first, or there was none.
            let cancelled = answer.await.ok().transpose()?.is_some();
            let record = self.get(id).await?;
            if cancelled || record.state == State::Cancelled {
                return Ok(record);
            }
        }
    }

    /// Hands a request to a callback endpoint. It is stored when this returns [`Delivery::Accepted`].
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn deliver_callback(
        &self,
        execution: &str,
        callback: &str,
        request: CallbackRequest,
    ) -> Result<Delivery, EngineError> {
        loop {
            match self.inner.store.get(execution).await? {
                Some(record) if !record.state.is_terminal() => {}
                _ => return Ok(Delivery::NotFound),
            }
            let (reply, answer) = oneshot::channel();
            let event =
                Event::Callback { id: callback.to_owned(), request: Box::new(request.clone()), reply };
            match self.inner.send(execution, event).await {
                // It ended since.
                Err(EngineError::Ended(_)) => return Ok(Delivery::NotFound),
                sent => sent?,
            }
            match answer.await {
                Ok(delivery) => return delivery.map_err(EngineError::from),
                // The driver went away before it took the request: look again.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// The callback endpoints of an unfinished execution.
    ///
    /// # Errors
    ///
    /// No such execution, a failing store.
    pub async fn callbacks(&self, id: &str) -> Result<Vec<EndpointView>, EngineError> {
        loop {
            if self.get(id).await?.state.is_terminal() {
                return Ok(Vec::new());
            }
            let (reply, answer) = oneshot::channel();
            match self.inner.send(id, Event::Inspect { reply }).await {
                // It ended since.
                Err(EngineError::Ended(_)) => return Ok(Vec::new()),
                sent => sent?,
            }
            if let Ok(endpoints) = answer.await {
                return Ok(endpoints?);
            }
        }
    }

    /// Stops: nothing new is taken, effects under way may end within `grace`, and everything else stays stored as it
    /// is. The store goes on with it when an engine is started over it again.
    pub async fn shutdown(&self, grace: Duration) {
        self.inner.stage.send_replace(Stage::Draining);
        // When the time is over, what is under way will be done again.
        let _ = tokio::time::timeout(grace, self.inner.drained()).await;
        self.inner.stage.send_replace(Stage::Stopped);
        self.inner.drained().await;
        let tasks = std::mem::take(&mut *lock(&self.inner.tasks));
        for task in tasks {
            task.abort();
            // It has ended or been cancelled, and lets go of the store either way.
            let _ = task.await;
        }
    }

    /// The resource name of an execution: `projects/P/locations/L/workflows/W/executions/E`.
    #[must_use]
    pub fn execution_name(&self, record: &Record) -> String {
        self.inner.execution_name(record)
    }

    /// Why an unfinished execution cannot go on in this program, if so: its revision is not here.
    #[must_use]
    pub fn parked(&self, record: &Record) -> Option<String> {
        if record.state.is_terminal() { None } else { self.inner.revision(record).err() }
    }

    /// The URL of a callback endpoint.
    #[must_use]
    pub fn callback_url(&self, execution: &Record, callback: &str) -> String {
        self.inner.callback_base(execution) + callback
    }

    /// Where callback URLs point to: scheme and authority.
    #[must_use]
    pub fn public_url(&self) -> String {
        lock(&self.inner.location).public_url.clone()
    }

    /// Whether new executions and callbacks are taken. After a write that failed, another one is tried.
    ///
    /// # Errors
    ///
    /// The engine is being shut down, the store takes no writes.
    pub async fn ready(&self) -> Result<(), EngineError> {
        self.inner.check_running()?;
        if self.inner.health.is_doubtful() {
            self.inner.health.wrote(self.inner.store.try_write().await)?;
        }
        Ok(())
    }

    /// Waits until the store fails to write; gives why. Executions go on by themselves when it works again.
    pub async fn store_failure(&self) -> StoreError {
        self.inner.health.failing().await
    }

    /// How many executions are in memory now.
    #[must_use]
    pub fn in_memory(&self) -> usize {
        lock(&self.inner.live).len()
    }

    /// The present by the engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

impl Inner {
    fn execution_name(&self, record: &Record) -> String {
        let location = lock(&self.location);
        format!(
            "projects/{}/locations/{}/workflows/{}/executions/{}",
            location.project, location.location, record.workflow, record.id
        )
    }

    fn check_running(&self) -> Result<(), EngineError> {
        if *self.stage.borrow() == Stage::Running { Ok(()) } else { Err(EngineError::ShuttingDown) }
    }

    /// Waits until no execution is driven any more.
    async fn drained(&self) {
        let senders: Vec<_> = lock(&self.live).values().cloned().collect();
        for sender in senders {
            sender.closed().await;
        }
    }

    /// Whether a call is not to be sent again after an interruption.
    fn may_not_repeat(&self, request: &HttpRequest) -> bool {
        reqwest::Url::parse(&request.url)
            .is_ok_and(|url| self.at_most_once.iter().any(|host| host.matches(&url)))
    }

    fn limits(&self, workflow: &Workflow) -> Limits {
        self.limits.clone().unwrap_or_else(|| Limits::of(workflow.profile))
    }

    /// What the URLs of an execution's callback endpoints begin with.
    fn callback_base(&self, record: &Record) -> String {
        let name = self.execution_name(record);
        format!("{}/v1/{name}/callbacks/", lock(&self.location).public_url)
    }

    fn identity(&self, record: &Record) -> Identity {
        Identity { id: record.id.clone(), callback_base: self.callback_base(record), secret: record.secret }
    }

    fn surroundings(&self, record: &Record) -> Arc<dyn Surroundings + Send + Sync> {
        let location = lock(&self.location);
        Arc::new(ExecutionSurroundings {
            clock: Arc::clone(&self.clock),
            randomness: Arc::clone(&self.randomness),
            environment: Arc::clone(&self.environment),
            built_in: [
                ("GOOGLE_CLOUD_LOCATION", location.location.as_str().into()),
                ("GOOGLE_CLOUD_PROJECT_ID", location.project.as_str().into()),
                // No project says these two; the environment of the engine may.
                ("GOOGLE_CLOUD_PROJECT_NUMBER", "0".into()),
                (
                    "GOOGLE_CLOUD_SERVICE_ACCOUNT_NAME",
                    format!("cogwork@{}.iam.gserviceaccount.com", location.project).into(),
                ),
                ("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID", record.id.as_str().into()),
                ("GOOGLE_CLOUD_WORKFLOW_ID", record.workflow.as_str().into()),
                ("GOOGLE_CLOUD_WORKFLOW_REVISION_ID", record.revision.as_str().into()),
            ],
        })
    }

    /// Sends an event to an execution's driver, which is started if there is none.
    async fn send(self: &Arc<Self>, id: &str, event: Event) -> Result<(), EngineError> {
        let mut event = event;
        loop {
            let sender = lock(&self.live).get(id).cloned();
            if let Some(sender) = sender {
                match sender.send(event) {
                    Ok(()) => return Ok(()),
                    Err(returned) => event = returned.0,
                }
            }
            match self.activate(id, Some(event)).await? {
                None => return Ok(()),
                Some(returned) => event = returned,
            }
            tokio::task::yield_now().await;
        }
    }

    /// Brings an execution into memory, unless it is there or has ended, with the first event for its driver. A driver
    /// that fails at once has that event all the same. Gives the event back when another driver is there.
    async fn activate(
        self: &Arc<Self>,
        id: &str,
        event: Option<Event>,
    ) -> Result<Option<Event>, EngineError> {
        self.check_running()?;
        if lock(&self.live).get(id).is_some_and(|sender| !sender.is_closed()) {
            return Ok(event);
        }
        let Some((record, checkpoint)) = self.store.load(id).await? else {
            // It has ended, perhaps by a write that its driver took for a failed one.
            self.announce_end(id);
            return Err(EngineError::Ended(id.to_owned()));
        };
        let parked = |reason| EngineError::Parked { id: id.to_owned(), reason };
        let workflow = self.revision(&record).map_err(parked)?;
        let execution = Execution::restore(
            &checkpoint,
            workflow,
            self.identity(&record),
            self.limits(workflow),
            self.surroundings(&record),
        )
        .map_err(|error| parked(error.to_string()))?;
        let adopted = record.revision != workflow.revision;
        let record = Record { revision: workflow.revision.to_owned(), ..record };
        Ok(driver::start(self, record, execution, adopted, event))
    }

    /// The workflow that an execution runs on, or why there is none.
    fn revision(&self, record: &Record) -> Result<&'static Workflow, String> {
        let Some(revisions) = self.workflows.get(record.workflow.as_str()) else {
            return Err(format!("this program has no workflow `{}`", record.workflow));
        };
        let own = revisions.iter().find(|workflow| workflow.revision == record.revision);
        match own.or_else(|| revisions.first().filter(|_| self.adopt)) {
            Some(workflow) => Ok(workflow),
            None => Err(format!(
                "it runs on revision {} of workflow `{}`, which this program does not have; build the program with \
                 --keep and that definition, or serve with --revisions adopt",
                record.revision, record.workflow
            )),
        }
    }

    /// Tells everybody who waits for the end of an execution.
    fn announce_end(&self, id: &str) {
        self.ended_since.one_more();
        for sender in lock(&self.ended).remove(id).unwrap_or_default() {
            // Who no longer waits need not know.
            let _ = sender.send(());
        }
    }
}

/// What one execution sees of the world.
#[derive(Debug)]
struct ExecutionSurroundings {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    environment: Arc<BTreeMap<String, String>>,
    built_in: [(&'static str, EcoString); 7],
}

impl Surroundings for ExecutionSurroundings {
    fn now_micros(&self) -> i64 {
        self.clock.now().0
    }

    fn random_bytes(&self, buffer: &mut [u8]) {
        self.randomness.fill(buffer);
    }

    fn env(&self, name: &str) -> Option<EcoString> {
        self.environment
            .get(name)
            .map(|value| value.as_str().into())
            .or_else(|| self.built_in.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()))
    }
}

/// Locks a mutex whose contents every holder leaves whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
