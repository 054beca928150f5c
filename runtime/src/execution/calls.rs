//! What calls do, for those who asked to see it (`callLogLevel`).
//!
//! Seen are the calls that leave a machine: subworkflows and library functions that the engine performs, each when it
//! begins, when it returns and when it raises an error. Functions that are computed in place are only seen when they
//! raise an error.

use std::collections::BTreeMap;

use super::fiber::{Fiber, FiberState, Input};
use super::{Execution, FiberId};
use crate::effect::{Effect, Timestamp};
use crate::error::{Error, TraceElement};
use crate::machine::Call;
use crate::value::Value;

/// `Execution.callLogLevel` (<https://docs.cloud.google.com/workflows/docs/log-workflow>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallLogLevel {
    /// Nothing is logged.
    #[default]
    None,
    /// Calls that raise an error.
    Errors,
    /// All calls.
    All,
}

impl CallLogLevel {
    /// The level that the API calls so; none for other words.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "LOG_ALL_CALLS" => Some(Self::All),
            "LOG_ERRORS_ONLY" => Some(Self::Errors),
            "LOG_NONE" => Some(Self::None),
            _ => None,
        }
    }

    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "LOG_ALL_CALLS",
            Self::Errors => "LOG_ERRORS_ONLY",
            Self::None => "LOG_NONE",
        }
    }
}

/// Something that a call did.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// When.
    pub time: Timestamp,
    /// The step that calls.
    pub place: TraceElement,
    /// What it calls.
    pub callee: &'static str,
    /// What happened.
    pub event: CallEvent,
}

/// What can happen to a call.
#[derive(Debug, Clone)]
pub enum CallEvent {
    /// It begins, with these arguments.
    Begun(Vec<(&'static str, Value)>),
    /// It returns a value.
    Succeeded {
        /// When it began, unless the execution has been stored and loaded since.
        started: Option<Timestamp>,
        /// What it returns.
        response: Value,
    },
    /// It raises an error.
    Raised {
        /// When it began, unless the execution has been stored and loaded since.
        started: Option<Timestamp>,
        /// The error.
        exception: Value,
    },
}

/// The calls of an execution that are under way, and what is to be told of them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    level: CallLogLevel,
    records: Vec<CallRecord>,
    /// By fiber and depth of the frame that calls.
    begun: BTreeMap<(FiberId, usize), Timestamp>,
}

impl Execution {
    /// Chooses what [`Execution::take_calls`] tells. It is not part of a checkpoint.
    pub fn log_calls(&mut self, level: CallLogLevel) {
        self.calls.level = level;
    }

    /// What calls have done since the last time.
    pub fn take_calls(&mut self) -> Vec<CallRecord> {
        std::mem::take(&mut self.calls.records)
    }

    /// A subworkflow is called by the innermost frame.
    pub(super) fn call_begins(&mut self, id: FiberId, fiber: &Fiber, call: &Call) {
        let info = self.workflow.machines.get(call.machine);
        if self.calls.level == CallLogLevel::All
            && let Some((info, calling)) = info.zip(self.calling(id, fiber, 1))
            && info.routine == calling.callee
        {
            let given = info.params.iter().zip(&call.args);
            let args = given.filter_map(|(param, arg)| Some((param.name, arg.clone()?))).collect();
            self.begin(calling, args);
        }
    }

    /// An effect is asked for by the innermost frame.
    pub(super) fn effect_begins(&mut self, id: FiberId, fiber: &Fiber, effect: &Effect) {
        if self.calls.level == CallLogLevel::All
            && let Some(calling) = self.performing(id, fiber, effect)
        {
            self.begin(calling, arguments(effect));
        }
    }

    /// A waiting fiber is about to get the outcome of its effect.
    pub(super) fn effect_ends(&mut self, id: FiberId, outcome: &Input) {
        if self.calls.level != CallLogLevel::None
            && let Some(fiber) = self.fibers.get(&id)
            && let FiberState::Waiting { effect, .. } = &fiber.state
            && let Some(calling) = self.performing(id, fiber, effect)
        {
            match outcome {
                Input::Value(value) => self.finish(calling, Ok(value)),
                Input::Error(error) => self.finish(calling, Err(error)),
                Input::Resume => {}
            }
        }
    }

    /// An effect needed no waiting.
    pub(super) fn effect_is_done(&mut self, id: FiberId, fiber: &Fiber, effect: &Effect, value: &Value) {
        if self.calls.level == CallLogLevel::All
            && let Some(calling) = self.performing(id, fiber, effect)
        {
            self.finish(calling, Ok(value));
        }
    }

    /// A step raises an error by itself: when it is a call step, its function did.
    pub(super) fn step_raises(&mut self, id: FiberId, fiber: &Fiber, error: &Error) {
        if self.calls.level != CallLogLevel::None
            && let Some(calling) = self.calling(id, fiber, 1)
        {
            self.finish(calling, Err(error));
        }
    }

    /// Whether [`Execution::frame_ends`] has anything to tell of a frame that returns.
    pub(super) fn logs_returns(&self) -> bool {
        self.calls.level == CallLogLevel::All
    }

    /// The innermost frame is about to be left.
    pub(super) fn frame_ends(
        &mut self,
        id: FiberId,
        fiber: &Fiber,
        outcome: std::result::Result<&Value, &Error>,
    ) {
        if self.calls.level != CallLogLevel::None
            && let Some(routine) = fiber.frames.last().map(|frame| frame.info().routine)
            && let Some(calling) = self.calling(id, fiber, 2)
            && calling.callee == routine
        {
            self.finish(calling, outcome);
        }
    }

    /// The call step that the innermost frame is in, if the effect is what it calls.
    fn performing(&self, id: FiberId, fiber: &Fiber, effect: &Effect) -> Option<Calling> {
        self.calling(id, fiber, 1).filter(|calling| performs(effect, calling.callee))
    }

    /// The call step that a frame is in, counted from the innermost one.
    fn calling(&self, id: FiberId, fiber: &Fiber, from_top: usize) -> Option<Calling> {
        let depth = fiber.frames.len().checked_sub(from_top)?;
        let frame = fiber.frames.get(depth)?;
        Some(Calling { callee: frame.step()?.callee?, place: frame.trace()?, key: (id, depth) })
    }

    fn begin(&mut self, calling: Calling, args: Vec<(&'static str, Value)>) {
        let time = self.context.now();
        self.calls.begun.insert(calling.key, time);
        self.record(calling, time, CallEvent::Begun(args));
    }

    fn finish(&mut self, calling: Calling, outcome: std::result::Result<&Value, &Error>) {
        let started = self.calls.begun.remove(&calling.key);
        let event = match outcome {
            Ok(value) if self.calls.level == CallLogLevel::All => {
                CallEvent::Succeeded { started, response: value.clone() }
            }
            Ok(_) => return,
            Err(error) => CallEvent::Raised { started, exception: error.value().clone() },
        };
        self.record(calling, self.context.now(), event);
    }

    fn record(&mut self, calling: Calling, time: Timestamp, event: CallEvent) {
        let Calling { callee, place, .. } = calling;
        self.calls.records.push(CallRecord { time, place, callee, event });
    }
}

/// A call step in the middle of its call.
struct Calling {
    callee: &'static str,
    place: TraceElement,
    key: (FiberId, usize),
}

/// Whether an effect is what a function does, and not something that its step needs besides.
fn performs(effect: &Effect, callee: &str) -> bool {
    let modules: &[&str] = match effect {
        Effect::Sleep { .. } => &["sys.sleep"],
        Effect::Log(_) => &["sys.log"],
        Effect::Http(_) => &["http."],
        Effect::Children(_) => &["experimental."],
        Effect::Executions(_) => &["googleapis."],
        Effect::CreateCallback { .. } | Effect::AwaitCallback { .. } => &["events."],
    };
    modules.iter().any(|module| callee.starts_with(module))
}

/// What an effect says of the arguments of its function. Headers and bodies may be secret and stay out.
fn arguments(effect: &Effect) -> Vec<(&'static str, Value)> {
    match effect {
        Effect::Sleep { until } => vec![("until", Value::from(until.seconds()))],
        Effect::Log(entry) => vec![("severity", Value::from(entry.severity.as_str()))],
        Effect::Http(request) => vec![
            ("method", Value::from(request.method.as_str())),
            ("url", Value::from(request.url.as_str())),
            ("timeout", Value::from(request.timeout_seconds)),
        ],
        Effect::Children(children) => vec![
            ("workflow_id", Value::from(children.workflow.as_str())),
            ("arguments", Value::list(children.arguments.clone())),
        ],
        Effect::Executions(call) => vec![("workflow_id", Value::from(call.workflow.as_str()))],
        Effect::CreateCallback { method } => vec![("http_callback_method", Value::from(method.as_str()))],
        Effect::AwaitCallback { url, deadline } => {
            vec![("callback", Value::from(url.as_str())), ("until", Value::from(deadline.seconds()))]
        }
    }
}
