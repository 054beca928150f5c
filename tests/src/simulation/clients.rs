//! The people of the simulation: they create executions, cancel some, send callbacks, wait for ends and look around.
//! What they were told they remember over all lives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::execution::Delivery;
use cogwork::store::{Query, StoreError};
use cogwork::{CreateOptions, Engine, EngineError, Record, State, Value};
use serde_json::json;

use super::Course;
use super::plan::Planned;
use super::store::FaultyStore;
use super::world::World;
use crate::harness::{EPOCH, request};

/// What is known of one planned execution.
#[derive(Debug, Clone)]
pub struct Known {
    /// The plan.
    pub plan: Planned,
    /// Whether a create was begun.
    pub tried: bool,
    /// The id, once it was accepted.
    pub accepted: Option<String>,
    /// Whether nobody will try to create it any more.
    pub given_up: bool,
    /// Whether a cancel was begun.
    pub cancel_tried: bool,
    /// Whether a cancel was acknowledged.
    pub cancelled: bool,
    /// How it was seen to end.
    pub ended: Option<Record>,
    /// The callbacks that were sent.
    pub callbacks: Vec<Sent>,
    /// Whether a callback was refused because the execution had ended.
    pub refused: bool,
}

/// A callback that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// What it carried; no other callback of the execution carries the same.
    pub value: i64,
    /// When it was answered with `Accepted`; without it nobody knows what became of it.
    pub accepted: Option<Timestamp>,
}

/// Everybody, with what they know.
#[derive(Debug, Clone)]
pub struct Clients {
    course: Course,
    world: World,
    store: FaultyStore,
    known: Arc<Mutex<Vec<Known>>>,
}

impl Clients {
    /// People who know of their plans only.
    #[must_use]
    pub fn new(course: &Course, world: &World, store: &FaultyStore, plans: Vec<Planned>) -> Self {
        let fresh = |plan| Known {
            plan,
            tried: false,
            accepted: None,
            given_up: false,
            cancel_tried: false,
            cancelled: false,
            ended: None,
            callbacks: Vec::new(),
            refused: false,
        };
        let known = Arc::new(Mutex::new(plans.into_iter().map(fresh).collect()));
        Self { course: course.clone(), world: world.clone(), store: store.clone(), known }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What they know.
    #[must_use]
    pub fn all(&self) -> Vec<Known> {
        self.known().clone()
    }

    fn one(&self, index: usize) -> Known {
        self.known()[index].clone()
    }

    fn update(&self, index: usize, change: impl FnOnce(&mut Known)) {
        change(&mut self.known()[index]);
    }

    /// Whether all that was planned has been created or given up.
    #[must_use]
    pub fn done_creating(&self) -> bool {
        self.known().iter().all(|known| known.accepted.is_some() || known.given_up)
    }

    /// Whether every accepted execution was seen to end.
    #[must_use]
    pub fn done_watching(&self) -> bool {
        self.known().iter().all(|known| known.accepted.is_none() || known.ended.is_some())
    }

    /// Lets everybody go about their business with an engine.
    pub fn begin(&self, engine: &Engine) {
        for index in 0..self.known().len() {
            tokio::spawn(self.clone().look_after(engine.clone(), index));
            tokio::spawn(self.clone().send_callbacks(engine.clone(), index));
            tokio::spawn(self.clone().cancel(engine.clone(), index));
        }
        tokio::spawn(self.clone().look_around(engine.clone()));
    }

    async fn sleep_until(&self, since_beginning: Duration) {
        let past = u64::try_from(self.course.now().0 - EPOCH.0).unwrap_or(0);
        tokio::time::sleep(since_beginning.saturating_sub(Duration::from_micros(past))).await;
    }

    async fn pause(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(1 + self.course.below(millis))).await;
    }

    /// Creates an execution and waits for its end.
    async fn look_after(self, engine: Engine, index: usize) {
        self.sleep_until(self.one(index).plan.at).await;
        while self.one(index).accepted.is_none() {
            if self.one(index).given_up || (self.one(index).tried && !self.one(index).plan.named) {
                self.update(index, |known| known.given_up = true);
                return;
            }
            self.create(&engine, index).await;
        }
        let Some(id) = self.one(index).accepted else { return };
        loop {
            // Some people lose their patience, and come back.
            let waited =
                tokio::time::timeout(Duration::from_secs(self.course.below(60)), engine.wait(&id)).await;
            match waited {
                Ok(Ok(record)) => return self.saw_end(index, &record),
                Ok(Err(EngineError::UnknownExecution(_))) => {
                    return self.course.violated(format_args!("{id} was accepted and is not there"));
                }
                Ok(Err(_)) => self.pause(1_000).await,
                Err(_) => self.pause(10).await,
            }
        }
    }

    async fn create(&self, engine: &Engine, index: usize) {
        let known = self.one(index);
        let plan = &known.plan;
        self.update(index, |known| known.tried = true);
        let options = CreateOptions {
            id: plan.named.then(|| plan.name.clone()),
            labels: [("name".to_owned(), plan.name.clone())].into(),
            schedule: plan.schedule,
            ..CreateOptions::default()
        };
        let argument = Value::from_json_text(&plan.argument.to_string()).expect("JSON");
        let created = engine.create(plan.kind.workflow(), argument, options).await;
        match created {
            Ok(record) => {
                self.course.note(format_args!("client: {} accepted as {}", plan.name, record.id));
                self.update(index, |known| known.accepted = Some(record.id));
            }
            Err(EngineError::Store(StoreError::Exists(id))) if plan.named && known.tried => {
                self.course.note(format_args!("client: {} exists already", plan.name));
                self.update(index, |known| known.accepted = Some(id));
            }
            Err(error @ (EngineError::Store(StoreError::Failed(_)) | EngineError::ShuttingDown)) => {
                self.course.note(format_args!("client: {} not accepted: {error}", plan.name));
                self.pause(1_000).await;
            }
            Err(error) => self.course.violated(format_args!("{} cannot be created: {error}", plan.name)),
        }
    }

    fn saw_end(&self, index: usize, record: &Record) {
        self.course.note(format_args!("client: {} ended {}", record.id, record.state.as_str()));
        if !record.state.is_terminal() {
            self.course.violated(format_args!("{} did not end: {:?}", record.id, record.state));
        }
        if let Some(before) = &self.one(index).ended
            && before != record
        {
            self.course.violated(format_args!("{} ended twice: {before:?} {record:?}", record.id));
        }
        self.update(index, |known| known.ended = Some(record.clone()));
    }

    async fn cancel(self, engine: Engine, index: usize) {
        let Some(at) = self.one(index).plan.cancel else { return };
        self.sleep_until(at).await;
        while !self.one(index).cancelled {
            let Some(id) = self.one(index).accepted else {
                self.pause(500).await;
                continue;
            };
            self.update(index, |known| known.cancel_tried = true);
            match engine.cancel(&id).await {
                Ok(record) if record.state == State::Cancelled => {
                    self.course.note(format_args!("client: {id} cancelled"));
                    self.update(index, |known| known.cancelled = true);
                    self.saw_end(index, &record);
                }
                Ok(record) => self.course.violated(format_args!("{id} is cancelled and {:?}", record.state)),
                Err(EngineError::Ended(_)) => return,
                Err(_) => self.pause(1_000).await,
            }
        }
    }

    /// Sends callbacks until so many were accepted or the execution has ended.
    async fn send_callbacks(self, engine: Engine, index: usize) {
        let plan = self.one(index).plan;
        let told = loop {
            match self.world.url(&plan.name) {
                Some(url) => break url,
                None if plan.callbacks == 0 => return,
                None => self.pause(40).await,
            }
        };
        tokio::time::sleep(plan.callback_delay).await;
        loop {
            let known = self.one(index);
            let accepted = known.callbacks.iter().filter(|sent| sent.accepted.is_some()).count() as u64;
            if known.refused || accepted >= plan.callbacks {
                return;
            }
            let twice = self.course.chance(200).then(|| self.send_callback(&engine, index, &told));
            tokio::join!(self.send_callback(&engine, index, &told), async {
                if let Some(sending) = twice {
                    sending.await;
                }
            });
            self.pause(300).await;
        }
    }

    async fn send_callback(&self, engine: &Engine, index: usize, url: &str) {
        let mut parts = url.rsplit('/');
        let (Some(callback), Some("callbacks"), Some(execution)) = (parts.next(), parts.next(), parts.next())
        else {
            return self.course.violated(format_args!("{url} is no callback URL"));
        };
        let position = self.one(index).callbacks.len();
        let value = i64::try_from(position).unwrap_or(0) + 1;
        self.update(index, |known| known.callbacks.push(Sent { value, accepted: None }));
        let outcome =
            engine.deliver_callback(execution, callback, request("POST", json!({"value": value}))).await;
        self.course.note(format_args!("client: callback {value} to {execution}: {outcome:?}"));
        match outcome {
            Ok(Delivery::Accepted) => {
                let now = self.course.now();
                self.update(index, |known| known.callbacks[position].accepted = Some(now));
            }
            Ok(Delivery::NotFound) => {
                self.update(index, |known| known.refused = true);
                if !self.has_ended(execution).await {
                    self.course.violated(format_args!("{execution} refuses callback {value} and goes on"));
                }
            }
            Ok(Delivery::WrongMethod { .. }) => self.course.violated("a callback with the wrong method"),
            Ok(Delivery::Full) | Err(_) => {}
        }
    }

    /// Whether an execution has durably ended.
    async fn has_ended(&self, id: &str) -> bool {
        let store = self.store.durable();
        let record = cogwork::store::Store::get(&*store, id).await;
        matches!(record, Ok(Some(record)) if record.state.is_terminal())
    }

    /// Looks at executions now and then.
    async fn look_around(self, engine: Engine) {
        loop {
            self.pause(4_000).await;
            let known = self.all();
            let any = known.get(usize::try_from(self.course.below(known.len() as u64)).unwrap_or(0));
            let Some((known, id)) = any.and_then(|known| Some((known, known.accepted.as_ref()?))) else {
                continue;
            };
            match engine.get(id).await {
                Err(EngineError::UnknownExecution(_)) => {
                    self.course.violated(format_args!("{id} was accepted and is not there"));
                }
                Ok(record) if known.cancelled && record.state != State::Cancelled => {
                    self.course.violated(format_args!("{id} was cancelled and is {:?}", record.state));
                }
                _ => {}
            }
            let endpoints = engine.callbacks(id).await.map(|endpoints| endpoints.len()).ok();
            let listed =
                engine.list(Query { limit: 3, ..Query::default() }).await.map(|list| list.len()).ok();
            self.course.note(format_args!("client: {id} has endpoints {endpoints:?}, list of {listed:?}"));
        }
    }
}
