//! Runs compiled workflows under virtual time.

use std::sync::Arc;
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::log::{LogSink, MemoryLog};
use cogwork::engine::{Builder, Clock, TokioClock};
use cogwork::execution::CallbackRequest;
use cogwork::{CreateOptions, Engine, Record, State, Value, Workflow};
use serde_json::Value as Json;

/// 2024-07-12T12:50:33Z, when all virtual time begins.
pub const EPOCH: Timestamp = Timestamp(1_720_788_633_000_000);

/// An engine with virtual time, and what it logs.
#[derive(Debug)]
pub struct Harness {
    /// The engine.
    pub engine: Engine,
    /// What `sys.log` wrote.
    pub log: Arc<MemoryLog>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    workflow: &'static Workflow,
}

/// How an execution ended.
#[derive(Debug)]
pub struct Ended {
    /// Its record.
    pub record: Record,
    /// Virtual seconds from creation to end.
    pub seconds: f64,
}

impl Harness {
    /// An engine over one workflow. Call it under a paused tokio clock.
    pub async fn new(workflow: &'static Workflow) -> Self {
        Self::with(workflow, |builder| builder).await
    }

    /// The same with changes to the builder.
    pub async fn with(workflow: &'static Workflow, change: impl FnOnce(Builder) -> Builder) -> Self {
        let log = Arc::new(MemoryLog::default());
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(EPOCH));
        let builder = Engine::builder()
            .workflow(workflow)
            .log(Arc::clone(&log) as Arc<dyn LogSink>)
            .clock(Arc::clone(&clock))
            .public_url("http://callbacks.test")
            .idle_time(Duration::from_millis(500));
        let engine = change(builder).start().await.expect("the engine starts");
        Self { engine, log, clock, workflow }
    }

    /// Starts an execution; gives its id.
    pub async fn start(&self, argument: Json) -> String {
        self.start_with(argument, CreateOptions::default()).await
    }

    /// The same with options.
    pub async fn start_with(&self, argument: Json, options: CreateOptions) -> String {
        let argument = Value::from_json_text(&argument.to_string()).expect("JSON");
        self.engine.create(self.workflow.name, argument, options).await.expect("the execution is created").id
    }

    /// Waits for the end.
    pub async fn end(&self, id: &str) -> Ended {
        let record = self.engine.wait(id).await.expect("the execution exists");
        let end = record.end_time.expect("an ended execution has an end").seconds();
        Ended { seconds: end - record.create_time.seconds(), record }
    }

    /// Starts an execution and waits for its end.
    pub async fn run(&self, argument: Json) -> Ended {
        let id = self.start(argument).await;
        self.end(&id).await
    }

    /// Waits until the execution has `count` callback endpoints with `waiters` waiting steps in all; gives their ids.
    pub async fn endpoints(&self, id: &str, count: usize, waiters: usize) -> Vec<String> {
        loop {
            let endpoints = self.engine.callbacks(id).await.expect("the execution exists");
            let waiting: usize = endpoints.iter().map(|endpoint| endpoint.waiters).sum();
            if endpoints.len() == count && waiting == waiters {
                return endpoints.into_iter().map(|endpoint| endpoint.id).collect();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Text of the log entries with their severities.
    pub fn log_lines(&self) -> Vec<String> {
        self.log
            .records()
            .into_iter()
            .map(|record| {
                let payload = match record.entry.payload {
                    cogwork::effect::LogPayload::Text(text) => text,
                    cogwork::effect::LogPayload::Json(value) => value.to_json_text().expect("JSON"),
                };
                format!("{} {payload}", record.entry.severity.as_str())
            })
            .collect()
    }
}

impl Ended {
    /// The result of an execution that succeeded.
    pub fn result(&self) -> Json {
        assert_eq!(self.record.state, State::Succeeded, "{:#?}", self.record.failure);
        serde_json::from_str(self.record.result.as_deref().expect("a result")).expect("JSON")
    }

    /// The payload of an execution that failed.
    pub fn payload(&self) -> Json {
        assert_eq!(self.record.state, State::Failed, "{:?}", self.record.result);
        serde_json::from_str(&self.record.failure.as_ref().expect("an error").payload).expect("JSON")
    }

    /// The context of an execution that failed.
    pub fn context(&self) -> &str {
        &self.record.failure.as_ref().expect("an error").context
    }
}

/// A request to a callback endpoint with a JSON body.
pub fn request(method: &str, body: Json) -> CallbackRequest {
    CallbackRequest {
        body: Value::from_json_text(&body.to_string()).expect("JSON"),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        method: method.to_owned(),
        query: Vec::new(),
        path: "/v1/callback".to_owned(),
        received_time: "2024-07-12T12:50:33.000000Z".to_owned(),
    }
}
