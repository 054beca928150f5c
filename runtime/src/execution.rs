//! One execution as a pure state machine: a tree of fibers, callback endpoints and timers, without any I/O.
//!
//! Events go in ([`Execution::deliver`], [`Execution::deliver_callback`], [`Execution::fire_timers`]),
//! [`Execution::run`] lets ready fibers compute, and effects to be started come out ([`Execution::take_started`]).
//! Between two runs the whole of it is plain data: see [`checkpoint`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::effect::{Effect, Timestamp};
use crate::error::{Error, Result, Tag, TraceElement};
use crate::machine::{Context, Workflow};
use crate::stdlib::Surroundings;
use crate::value::Value;

mod calls;
pub mod checkpoint;
mod endpoint;
mod failure;
mod fiber;
mod fork;
mod limits;
mod memory;
mod step;

pub use calls::{CallEvent, CallLogLevel, CallRecord};
pub use endpoint::{CallbackRequest, Delivery, EndpointView, request_value};
pub use failure::{Failure, StackFrame};
pub use fiber::FiberId;
pub use limits::Limits;

use calls::Calls;
use endpoint::Endpoint;
use fiber::{Fiber, FiberState, Input};

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With a result, as JSON text.
    Succeeded(String),
    /// With an uncaught error.
    Failed(Failure),
}

/// An effect that has to be started once the state that waits for it is stored.
#[derive(Debug, Clone)]
pub struct Started {
    /// The fiber that waits for it.
    pub fiber: FiberId,
    /// Number of the effect in its fiber. With execution and fiber it makes the idempotency key.
    pub number: u64,
    /// What to do.
    pub effect: Effect,
    /// The step that asks for it.
    pub place: Option<TraceElement>,
    /// Whether it may have been started before: the execution comes from its checkpoint.
    pub again: bool,
}

/// What [`Execution::run`] left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Fibers are ready to compute on.
    Busy,
    /// Every fiber waits for something.
    Waiting,
    /// The execution has ended.
    Ended,
}

/// What is fixed about one execution.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its id.
    pub id: String,
    /// What callback URLs begin with; a callback id follows.
    pub callback_base: String,
    /// Makes callback ids unguessable, and the same again when an endpoint is created again after a crash.
    pub secret: [u8; 32],
}

/// One execution.
#[derive(Debug)]
pub struct Execution {
    workflow: &'static Workflow,
    identity: Identity,
    limits: Limits,
    context: Context,
    fibers: BTreeMap<FiberId, Fiber>,
    next_fiber: u32,
    ready: VecDeque<FiberId>,
    /// Chooses among ready fibers; without it they run first come, first served.
    schedule: Option<Schedule>,
    /// Fibers that wait for parallel bodies, in the order in which they forked.
    forks: Vec<FiberId>,
    endpoints: BTreeMap<String, Endpoint>,
    started: Vec<Started>,
    /// Endpoints that were opened: method and URL.
    opened: Vec<(String, String)>,
    steps: u64,
    /// Steps when the memory was last looked at.
    memory_checked: u64,
    calls: Calls,
    ending: Option<Ending>,
}

/// A fixed random order of fibers, for tests.
#[derive(Debug, Clone)]
struct Schedule(u64);

impl Schedule {
    /// A number below `bound`, by the SplitMix64 sequence.
    fn pick(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z % (bound.max(1) as u64)).unwrap_or(0)
    }
}

impl Execution {
    /// A new execution of `main` with an argument; `Value::Null` when there is none.
    #[must_use]
    pub fn new(
        workflow: &'static Workflow,
        argument: Value,
        identity: Identity,
        limits: Limits,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
    ) -> Self {
        let mut execution = Self::empty(workflow, identity, limits, surroundings);
        match execution.main_frame(argument) {
            Ok(frame) => {
                let id = execution.add_fiber(Fiber::new(frame, None));
                execution.ready.push_back(id);
            }
            Err(error) => execution.ending = Some(Ending::Failed(Failure::of(&error))),
        }
        execution
    }

    fn empty(
        workflow: &'static Workflow,
        identity: Identity,
        limits: Limits,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
    ) -> Self {
        Self {
            workflow,
            identity,
            limits,
            context: Context::new(surroundings),
            fibers: BTreeMap::new(),
            next_fiber: 0,
            ready: VecDeque::new(),
            schedule: None,
            forks: Vec::new(),
            endpoints: BTreeMap::new(),
            started: Vec::new(),
            opened: Vec::new(),
            steps: 0,
            memory_checked: 0,
            calls: Calls::default(),
            ending: None,
        }
    }

    /// Runs ready fibers in a random order that `seed` fixes, instead of first come, first served.
    pub fn schedule_by(&mut self, seed: u64) {
        self.schedule = Some(Schedule(seed));
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.identity.id
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Steps executed so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The effects that fibers have begun to wait for since the last call.
    pub fn take_started(&mut self) -> Vec<Started> {
        std::mem::take(&mut self.started)
    }

    /// Whether all that it waits for are timers and callbacks, so that it need not stay in memory.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
            && self.fibers.values().all(|fiber| match &fiber.state {
                FiberState::Waiting { effect, .. } => {
                    matches!(effect, Effect::Sleep { .. } | Effect::AwaitCallback { .. })
                }
                FiberState::Forked(_) => true,
                FiberState::Ready(_) => false,
            })
    }

    /// The steps that run or wait now: (sub)workflow and step, innermost frames only.
    #[must_use]
    pub fn current_steps(&self) -> Vec<(&'static str, &'static str)> {
        let forked = |fiber: &&Fiber| !matches!(fiber.state, FiberState::Forked(_));
        self.fibers
            .values()
            .filter(forked)
            .filter_map(|fiber| fiber.frames.last())
            .filter_map(|frame| Some((frame.info().routine, frame.step()?.name)))
            .collect()
    }

    /// Hands in the outcome of an effect. An outcome that nobody waits for any more is dropped.
    pub fn deliver(&mut self, fiber: FiberId, number: u64, outcome: Result) {
        let waits =
            |waiting: &Fiber| matches!(&waiting.state, FiberState::Waiting { number: n, .. } if *n == number);
        if self.fibers.get(&fiber).is_some_and(waits) {
            self.wake(fiber, Input::from(outcome));
        }
    }

    /// Lets a waiting fiber go on.
    fn wake(&mut self, id: FiberId, input: Input) {
        self.effect_ends(id, &input);
        if let Some(fiber) = self.fibers.get_mut(&id) {
            fiber.state = FiberState::Ready(input);
            self.ready.push_back(id);
        }
    }

    /// The next instant at which [`Execution::fire_timers`] has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.fibers.values().filter_map(Fiber::deadline).min()
    }

    /// Ends sleeps and awaits whose time has come, in the order in which they were due.
    pub fn fire_timers(&mut self, now: Timestamp) {
        let mut due: Vec<(Timestamp, FiberId)> = self
            .fibers
            .iter()
            .filter_map(|(id, fiber)| Some((fiber.deadline()?, *id)))
            .filter(|(deadline, _)| *deadline <= now)
            .collect();
        due.sort_unstable();
        for (_, id) in due {
            let input = match self.fibers.get(&id).map(|fiber| &fiber.state) {
                Some(FiberState::Waiting { effect: Effect::AwaitCallback { .. }, .. }) => {
                    self.endpoints.values_mut().for_each(|endpoint| endpoint.forget(id));
                    Input::Error(Error::new(
                        Tag::TimeoutError,
                        "TimeoutError: timed out waiting for a callback",
                    ))
                }
                _ => Input::Value(Value::Null),
            };
            self.wake(id, input);
        }
    }

    /// Ends it with an error that no step can catch.
    pub fn abort(&mut self, error: &Error) {
        self.end(Ending::Failed(Failure::of(error)));
    }

    fn add_fiber(&mut self, fiber: Fiber) -> FiberId {
        let id = FiberId(self.next_fiber);
        self.next_fiber = self.next_fiber.saturating_add(1);
        self.fibers.insert(id, fiber);
        id
    }

    /// Ends the execution; nothing of it runs any more.
    fn end(&mut self, ending: Ending) {
        self.ending = Some(ending);
        self.fibers.clear();
        self.ready.clear();
        self.forks.clear();
        self.endpoints.clear();
        self.started.clear();
    }
}
