//! Drives one execution: compute, store, acknowledge, start effects, wait.
//!
//! The order is the promise: nothing leaves the process before the state that caused it is stored.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::log::LogRecord;
use super::{Inner, STORE_RETRY, Stage, call_log, children, executions_api, lock};
use crate::effect::{Effect, Timestamp};
use crate::error::{Error, Result as Fallible, Tag};
use crate::execution::{
    CallLogLevel, CallbackRequest, Delivery, Ending, EndpointView, Execution, Failure, FiberId, Progress,
    Started, request_value,
};
use crate::http::failure;
use crate::store::{BoxFuture, Commit, CurrentStep, End, Record, State, StoreError};
use crate::value::Value;

/// The beginning of time: a wake-up that is due as soon as anybody looks.
const AT_ONCE: Timestamp = Timestamp(0);

/// Something that happened to an execution from outside.
#[derive(Debug)]
pub(super) enum Event {
    /// An effect has its outcome.
    Outcome { fiber: FiberId, number: u64, outcome: Fallible },
    /// An effect was given up because the engine ends. It is still to be done.
    GivenUp,
    /// A request came to a callback endpoint.
    Callback {
        id: String,
        request: Box<CallbackRequest>,
        reply: oneshot::Sender<Result<Delivery, StoreError>>,
    },
    /// Somebody wants to see the callback endpoints.
    Inspect { reply: oneshot::Sender<Result<Vec<EndpointView>, StoreError>> },
    /// Somebody wants it to end.
    Cancel { reply: oneshot::Sender<Result<(), StoreError>> },
}

impl Event {
    /// Tells whoever waits for an answer that the store failed.
    fn refuse(self, error: &StoreError) {
        let error = error.clone();
        // Who hung up need not know.
        match self {
            Self::Outcome { .. } | Self::GivenUp => {}
            Self::Callback { reply, .. } => _ = reply.send(Err(error)),
            Self::Inspect { reply } => _ = reply.send(Err(error)),
            Self::Cancel { reply } => _ = reply.send(Err(error)),
        }
    }
}

/// Starts the driver of an execution with its first event, unless there is one or the engine ends: then the event comes
/// back. `adopted`: the record names another revision than the store.
pub(super) fn start(
    inner: &Arc<Inner>,
    record: Record,
    mut execution: Execution,
    adopted: bool,
    event: Option<Event>,
) -> Option<Event> {
    let (sender, inbox) = mpsc::unbounded_channel();
    let mut live = lock(&inner.live);
    // A shutdown changes the stage first and then looks who is here, so that nobody begins behind its back.
    let stopping = inner.check_running().is_err();
    if stopping || live.get(&record.id).is_some_and(|other| !other.is_closed()) {
        return event;
    }
    live.insert(record.id.clone(), sender.clone());
    drop(live);
    let expiry = record.create_time.after(inner.execution_timeout.as_secs_f64());
    let level = record.call_log_level.as_deref().and_then(CallLogLevel::parse);
    execution.log_calls(level.unwrap_or_default());
    // The inbox is here, so that the event has arrived.
    let _ = event.map(|event| sender.send(event));
    let driver = Driver {
        inner: Arc::clone(inner),
        version: record.version,
        record,
        execution,
        inbox,
        sender,
        accepted: Vec::new(),
        cancelled: None,
        under_way: 0,
        expiry,
        stage: inner.stage.subscribe(),
        adopted,
        dirty: true,
        held: Vec::new(),
        unsure: false,
    };
    tokio::spawn(driver.run());
    None
}

/// Ends an execution that nobody drives.
pub(super) async fn cancel_stored(inner: &Arc<Inner>, record: &Record) -> Result<(), StoreError> {
    let commit = Commit {
        id: record.id.clone(),
        expected_version: record.version,
        checkpoint: None,
        wake_up: None,
        current_steps: record.current_steps.clone(),
        adopted_by: None,
        end: Some(cancelled(inner.clock.now())),
    };
    inner.health.wrote(inner.store.commit(commit).await)?;
    inner.announce_end(&record.id);
    Ok(())
}

/// The end of an execution that was cancelled.
fn cancelled(time: Timestamp) -> End {
    let failure = Failure {
        payload: "\"Execution was cancelled\"".to_owned(),
        context: "Execution was cancelled".to_owned(),
        stack_trace: Vec::new(),
    };
    End { state: State::Cancelled, result: None, failure: Some(failure), time }
}

struct Driver {
    inner: Arc<Inner>,
    record: Record,
    version: u64,
    execution: Execution,
    inbox: mpsc::UnboundedReceiver<Event>,
    sender: mpsc::UnboundedSender<Event>,
    /// Senders of callbacks to be told once their request is stored.
    accepted: Vec<oneshot::Sender<Result<Delivery, StoreError>>>,
    cancelled: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// Effects that were started and have no outcome yet.
    under_way: usize,
    /// When the execution has lasted too long.
    expiry: Timestamp,
    /// Whether the engine is to end.
    stage: watch::Receiver<Stage>,
    /// Whether another revision than the stored one drives it since it was loaded.
    adopted: bool,
    /// Whether anything changed since the last write.
    dirty: bool,
    /// Requests that came while a write could not be made; it has to be made before them.
    held: Vec<Event>,
    /// Whether the last write failed, and may have happened all the same.
    unsure: bool,
}

/// Why the driver stops.
enum Stop {
    /// The execution has ended.
    Ended,
    /// It only waits and has left memory.
    Evicted,
    /// Somebody else drives it.
    Lost,
    /// The store fails, and what was not written has to be forgotten. The stored state goes on when it works again.
    Unwritable(StoreError),
}

impl Driver {
    async fn run(mut self) {
        let stop = self.drive().await;
        let mut live = lock(&self.inner.live);
        // One that left memory may have been brought back by now.
        if live.get(&self.record.id).is_some_and(|sender| sender.same_channel(&self.sender)) {
            live.remove(&self.record.id);
        }
        drop(live);
        self.inbox.close();
        match &stop {
            Stop::Ended | Stop::Lost => self.inner.announce_end(&self.record.id),
            Stop::Unwritable(error) => self.reject(error),
            Stop::Evicted => {}
        }
        // The other driver may have been one of this process, that went while this one began from an older state and
        // stood in the way of its wake-up.
        if matches!(stop, Stop::Lost | Stop::Unwritable(_)) {
            self.inner.timers.retry(self.inner.clock.now().after(STORE_RETRY), self.record.id.clone());
        }
    }

    async fn drive(&mut self) -> Stop {
        loop {
            self.compute().await;
            if self.dirty
                && let Err(error) = self.commit().await
            {
                if let Some(stop) = self.after_failure(error).await {
                    return stop;
                }
                continue;
            }
            if !self.held.is_empty() {
                for event in std::mem::take(&mut self.held) {
                    self.handle(event);
                }
                continue;
            }
            for reply in self.accepted.drain(..) {
                // A sender that hung up has its request stored all the same.
                let _ = reply.send(Ok(Delivery::Accepted));
            }
            for call in self.execution.take_calls() {
                self.inner.log.write(&call_log::entry(&self.record, call));
            }
            if let Some(reply) = self.cancelled.take() {
                let _ = reply.send(Ok(()));
                return Stop::Ended;
            }
            if self.execution.ending().is_some() {
                return Stop::Ended;
            }
            for (method, url) in self.execution.take_opened() {
                self.inner.observer.callback_opened(&self.record, &method, &url);
            }
            if self.is_stopping() {
                return Stop::Evicted;
            }
            if *self.stage.borrow() == Stage::Draining {
                // No effect is started any more; those under way are waited for.
                if self.wait().await {
                    return Stop::Evicted;
                }
                continue;
            }
            let started = self.execution.take_started();
            let mut more = false;
            for effect in started {
                more |= self.start_effect(effect);
            }
            if !more && self.wait().await {
                return Stop::Evicted;
            }
        }
    }

    /// What becomes of an execution that could not be written; nothing if it is to be written again now.
    async fn after_failure(&mut self, error: StoreError) -> Option<Stop> {
        for event in self.held.drain(..) {
            event.refuse(&error);
        }
        if let StoreError::TooLarge(reason) = &error {
            // No later time is better: it ends here, and its end is small.
            self.execution
                .abort(&Error::fatal(Tag::ResourceLimitError, format!("ResourceLimitError: {reason}")));
            return None;
        }
        let changed = matches!(error, StoreError::Conflict(_) | StoreError::NotFound(_));
        if changed && !self.unsure {
            // Who waits for an answer finds the channel closed and turns to whoever drives it now.
            return Some(Stop::Lost);
        }
        // Whoever is told that a request was not stored must not find it stored later. A version that does not fit may
        // be our own, of a write that failed only after it had happened.
        if changed || !self.accepted.is_empty() || self.cancelled.is_some() {
            return Some(Stop::Unwritable(error));
        }
        // Outcomes of effects are worth keeping: the effects are not done again.
        self.unsure = true;
        if self.pause().await { None } else { Some(Stop::Unwritable(error)) }
    }

    /// Waits until the store is to be asked again. False: the engine ends.
    async fn pause(&mut self) -> bool {
        let inner = Arc::clone(&self.inner);
        let again = inner.clock.now().after(STORE_RETRY);
        loop {
            tokio::select! {
                biased;
                _ = self.stage.changed() => return false,
                // Somebody else's write went well; requests that come after it are not to be refused.
                () = inner.health.working() => return true,
                Some(event) = self.inbox.recv() => match event {
                    outcome @ (Event::Outcome { .. } | Event::GivenUp) => self.handle(outcome),
                    // It is a reason to try again at once.
                    event => {
                        self.held.push(event);
                        return true;
                    }
                },
                () = inner.clock.sleep_until(again) => return true,
            }
        }
    }

    /// Whether the engine ends and nothing under way needs to be waited for.
    fn is_stopping(&self) -> bool {
        match *self.stage.borrow() {
            Stage::Running => false,
            Stage::Draining => self.under_way == 0,
            Stage::Stopped => true,
        }
    }

    /// Lets fibers run until all wait, with a breath for other tasks now and then.
    async fn compute(&mut self) {
        while self.cancelled.is_none() && self.execution.run() == Progress::Busy {
            self.dirty = true;
            self.expire();
            tokio::task::yield_now().await;
            while let Ok(event) = self.inbox.try_recv() {
                self.handle(event);
            }
        }
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        let mut checkpoint = None;
        if self.cancelled.is_none() && self.execution.ending().is_none() {
            match self.execution.checkpoint() {
                Ok(bytes) => checkpoint = Some(bytes),
                // What cannot be stored cannot go on.
                Err(error) => self.execution.abort(&error),
            }
        }
        let end = self.end();
        let wake_up = if end.is_some() {
            None
        } else if self.execution.is_idle() {
            Some(self.deadline())
        } else {
            Some(AT_ONCE)
        };
        let current_steps: Vec<CurrentStep> = self
            .execution
            .current_steps()
            .into_iter()
            .map(|(routine, step)| CurrentStep { routine: routine.to_owned(), step: step.to_owned() })
            .collect();
        if !current_steps.is_empty() {
            self.record.current_steps.clone_from(&current_steps);
        }
        let commit = Commit {
            id: self.record.id.clone(),
            expected_version: self.version,
            checkpoint,
            wake_up,
            current_steps: self.record.current_steps.clone(),
            adopted_by: self.adopted.then(|| self.record.revision.clone()),
            end,
        };
        self.inner.health.wrote(self.inner.store.commit(commit).await)?;
        self.adopted = false;
        self.unsure = false;
        self.version += 1;
        self.dirty = false;
        Ok(())
    }

    fn end(&self) -> Option<End> {
        let time = self.inner.clock.now();
        if self.cancelled.is_some() {
            return Some(cancelled(time));
        }
        Some(match self.execution.ending()?.clone() {
            Ending::Succeeded(text) => {
                End { state: State::Succeeded, result: Some(text), failure: None, time }
            }
            Ending::Failed(failure) => {
                End { state: State::Failed, result: None, failure: Some(failure), time }
            }
        })
    }

    /// Starts an effect whose intent is stored. True: its outcome is there already.
    fn start_effect(&mut self, started: Started) -> bool {
        let Started { fiber, number, effect, place, again } = started;
        match effect {
            Effect::Log(entry) => {
                self.inner.log.write(&LogRecord {
                    time: self.inner.clock.now(),
                    workflow: self.record.workflow.clone(),
                    execution: self.record.id.clone(),
                    place,
                    entry,
                });
                self.execution.deliver(fiber, number, Ok(Value::Null));
                self.dirty = true;
                true
            }
            Effect::Http(request) if again && self.inner.may_not_repeat(&request) => {
                self.execution.deliver(fiber, number, Err(failure::interrupted(&request.url)));
                self.dirty = true;
                true
            }
            Effect::Http(request) => {
                let http = Arc::clone(&self.inner.http);
                let key = format!("{}-{}-{number}", self.record.id, fiber.0);
                let work = async move { http.send(&request, Some(&key)).await };
                self.await_outcome(fiber, number, Box::pin(work))
            }
            Effect::Children(children) => {
                let inner = Arc::clone(&self.inner);
                let work = children::run(inner, self.record.clone(), fiber, number, children);
                self.await_own(fiber, number, Box::pin(work))
            }
            Effect::Executions(call) => {
                let inner = Arc::clone(&self.inner);
                let work = executions_api::answer(inner, self.record.clone(), fiber, number, *call);
                self.await_own(fiber, number, Box::pin(work))
            }
            Effect::Sleep { .. } | Effect::CreateCallback { .. } | Effect::AwaitCallback { .. } => {
                let error = Error::new(Tag::SystemError, "SystemError: this effect is not the driver's");
                self.execution.deliver(fiber, number, Err(error));
                self.dirty = true;
                true
            }
        }
    }

    /// Lets an effect happen beside the execution, which gets its outcome as an event.
    fn await_outcome(&mut self, fiber: FiberId, number: u64, work: BoxFuture<'static, Fallible>) -> bool {
        self.begin(async move { Event::Outcome { fiber, number, outcome: work.await } })
    }

    /// The same for an effect on this engine itself, which gets nowhere once the engine ends. Its work is boxed, as a
    /// child's driver has the same future inside.
    fn await_own(&mut self, fiber: FiberId, number: u64, work: BoxFuture<'static, Fallible>) -> bool {
        let mut stage = self.stage.clone();
        self.begin(async move {
            tokio::select! {
                biased;
                // An engine that is gone has no stage any more.
                _ = stage.wait_for(|stage| *stage != Stage::Running) => Event::GivenUp,
                outcome = work => Event::Outcome { fiber, number, outcome },
            }
        })
    }

    /// Lets something happen that ends with an event. False: there is no outcome yet.
    fn begin(&mut self, work: impl Future<Output = Event> + Send + 'static) -> bool {
        let sender = self.sender.clone();
        self.under_way += 1;
        tokio::spawn(async move {
            let event = work.await;
            // Nobody waits any more when the execution was cancelled.
            let _ = sender.send(event);
        });
        false
    }

    /// When the execution has to be looked at although nothing happens.
    fn deadline(&self) -> Timestamp {
        self.execution.next_deadline().map_or(self.expiry, |deadline| deadline.min(self.expiry))
    }

    /// Ends the execution when it has lasted too long. True: that was so.
    fn expire(&mut self) -> bool {
        if self.inner.clock.now() < self.expiry {
            return false;
        }
        let limit = self.inner.execution_timeout.as_secs_f64();
        let message = format!("TimeoutError: the execution took longer than {limit} seconds");
        self.execution.abort(&Error::fatal(Tag::TimeoutError, message));
        true
    }

    /// Waits for the next event or deadline. True: nothing came for a while and the execution has left memory.
    async fn wait(&mut self) -> bool {
        let deadline = self.deadline();
        let idle = self.execution.is_idle().then_some(self.inner.idle);
        let clock = Arc::clone(&self.inner.clock);
        let bored = async {
            match idle {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = self.inbox.recv() => {
                self.handle(event);
                while let Ok(event) = self.inbox.try_recv() {
                    self.handle(event);
                }
            }
            () = clock.sleep_until(deadline) => {
                if !self.expire() {
                    self.execution.fire_timers(self.inner.clock.now());
                }
                self.dirty = true;
            }
            // The engine ends; the loop looks at what that means here.
            _ = self.stage.changed() => {}
            () = bored => return self.leave(deadline),
        }
        false
    }

    /// Leaves memory unless an event came in at the last moment.
    fn leave(&mut self, deadline: Timestamp) -> bool {
        let mut live = lock(&self.inner.live);
        // Closing under the lock: a sender either finds the channel open and its event below, or finds it closed and
        // brings the execution back.
        self.inbox.close();
        if let Ok(event) = self.inbox.try_recv() {
            let (sender, inbox) = mpsc::unbounded_channel();
            let mut closed = std::mem::replace(&mut self.inbox, inbox);
            self.sender = sender.clone();
            live.insert(self.record.id.clone(), sender);
            drop(live);
            self.handle(event);
            while let Ok(event) = closed.try_recv() {
                self.handle(event);
            }
            return false;
        }
        live.remove(&self.record.id);
        drop(live);
        self.inner.timers.add(deadline, self.record.id.clone());
        true
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Outcome { fiber, number, outcome } => {
                self.under_way = self.under_way.saturating_sub(1);
                self.execution.deliver(fiber, number, outcome);
                self.dirty = true;
            }
            Event::GivenUp => self.under_way = self.under_way.saturating_sub(1),
            Event::Callback { id, request, reply } => {
                let method = request.method.clone();
                match self.execution.deliver_callback(&id, &method, request_value(*request)) {
                    Delivery::Accepted => {
                        self.accepted.push(reply);
                        self.dirty = true;
                    }
                    refused => {
                        let _ = reply.send(Ok(refused));
                    }
                }
            }
            Event::Inspect { reply } => {
                let _ = reply.send(Ok(self.execution.endpoints().collect()));
            }
            Event::Cancel { reply } => {
                self.cancelled = Some(reply);
                self.dirty = true;
            }
        }
    }

    /// Tells those who wait for a write that it failed, and those who came too late for it.
    fn reject(&mut self, error: &StoreError) {
        for reply in self.accepted.drain(..) {
            let _ = reply.send(Err(error.clone()));
        }
        if let Some(reply) = self.cancelled.take() {
            let _ = reply.send(Err(error.clone()));
        }
        // They would come back at once, again and again for as long as the store fails.
        while let Ok(event) = self.inbox.try_recv() {
            event.refuse(error);
        }
    }
}
