//! Lets fibers compute until they wait.

use super::fiber::{Fiber, FiberState, Input};
use super::{Ending, Execution, Failure, FiberId, Progress, Started};
use crate::effect::Effect;
use crate::error::{Error, Result, Tag};
use crate::machine::{Call, Machine, Outcome};
use crate::value::Value;

/// Steps that one fiber may take before the others have their turn.
const SHARE: u32 = 4_096;

/// What became of a fiber's turn.
enum Turn {
    /// It goes on later.
    Keep(FiberState),
    /// It ended with a value.
    Returned(Value),
    /// It ended with an error.
    Failed(Error),
}

impl Execution {
    /// Lets ready fibers compute; after some thousand steps it gives control back with [`Progress::Busy`].
    pub fn run(&mut self) -> Progress {
        let mut share = SHARE;
        while self.ending.is_none() {
            self.start_bodies();
            let Some(id) = self.next_ready() else { return Progress::Waiting };
            let Some(mut fiber) = self.fibers.remove(&id) else { continue };
            let before = self.steps;
            let turn = self.turn(id, &mut fiber, share);
            match turn {
                Turn::Keep(state) => {
                    if matches!(state, FiberState::Ready(_)) {
                        self.ready.push_back(id);
                    }
                    fiber.state = state;
                    self.fibers.insert(id, fiber);
                }
                Turn::Returned(value) => self.fiber_ended(&fiber, Ok(value)),
                Turn::Failed(error) => self.fiber_ended(&fiber, Err(error)),
            }
            let used = u32::try_from(self.steps - before).unwrap_or(u32::MAX);
            share = share.saturating_sub(used.max(1));
            if share == 0 && self.ending.is_none() {
                return if self.ready.is_empty() { Progress::Waiting } else { Progress::Busy };
            }
        }
        Progress::Ended
    }

    fn next_ready(&mut self) -> Option<FiberId> {
        match &mut self.schedule {
            Some(schedule) if self.ready.len() > 1 => {
                let index = schedule.pick(self.ready.len());
                self.ready.remove(index)
            }
            _ => self.ready.pop_front(),
        }
    }

    /// Runs one fiber until it waits, pauses or ends.
    fn turn(&mut self, id: FiberId, fiber: &mut Fiber, share: u32) -> Turn {
        let remaining = self.limits.steps.saturating_sub(self.steps);
        let allowance =
            share.min(u32::try_from(remaining).unwrap_or(u32::MAX)).min(self.limits.memory_interval.max(1));
        self.context.refuel(allowance);
        let turn = self.turn_within(id, fiber);
        let left = self.context.refuel(0);
        self.steps += u64::from(allowance - left);
        if self.steps - self.memory_checked >= u64::from(self.limits.memory_interval) {
            self.memory_checked = self.steps;
            if let Err(mut error) = self.check_memory(fiber) {
                error.leave_frame(fiber.frames.last().and_then(|frame| frame.trace()));
                return Turn::Failed(error);
            }
        }
        let out_of_steps =
            matches!(turn, Turn::Keep(FiberState::Ready(_))) && self.steps >= self.limits.steps;
        if out_of_steps {
            let mut error = Error::fatal(
                Tag::ResourceLimitError,
                format!("ResourceLimitError: the limit of {} executed steps is exhausted", self.limits.steps),
            );
            error.leave_frame(fiber.frames.last().and_then(|frame| frame.trace()));
            return Turn::Failed(error);
        }
        turn
    }

    fn turn_within(&mut self, id: FiberId, fiber: &mut Fiber) -> Turn {
        let input = match std::mem::replace(&mut fiber.state, FiberState::Ready(Input::Resume)) {
            FiberState::Ready(input) => input,
            waiting => return Turn::Keep(waiting),
        };
        match input {
            Input::Resume => {}
            Input::Value(value) => self.context.put_input(value),
            Input::Error(error) => {
                if let Err(error) = self.unwind(id, fiber, error) {
                    return Turn::Failed(error);
                }
            }
        }
        loop {
            let Some(frame) = fiber.frames.last_mut() else { return Turn::Returned(Value::Null) };
            let problem = match frame.run(&mut self.context) {
                Outcome::Pause => return Turn::Keep(FiberState::Ready(Input::Resume)),
                Outcome::Return => match self.returned(id, fiber) {
                    Ok(None) => continue,
                    Ok(Some(value)) => return Turn::Returned(value),
                    Err(error) => error,
                },
                Outcome::Call(call) => match self.call(id, fiber, *call) {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Outcome::Suspend(effect) => match self.suspend(id, fiber, *effect) {
                    Ok(None) => continue,
                    Ok(Some(state)) => return Turn::Keep(state),
                    Err(error) => error,
                },
                Outcome::Fork(fork) => match self.fork(id, fiber, *fork) {
                    Ok(state) => return Turn::Keep(state),
                    Err(error) => error,
                },
                Outcome::Raise(error) => {
                    self.step_raises(id, fiber, &error);
                    error
                }
            };
            if let Err(error) = self.unwind(id, fiber, problem) {
                return Turn::Failed(error);
            }
        }
    }

    /// Finds the handler of an error; frames without one are left behind.
    fn unwind(&mut self, id: FiberId, fiber: &mut Fiber, mut error: Error) -> Result<()> {
        while let Some(frame) = fiber.frames.last_mut() {
            error.leave_frame(frame.trace());
            let handler = frame.info().states.get(frame.state()).and_then(|state| state.handler);
            if !error.is_fatal()
                && let Some(handler) = handler
                && frame.set_state(handler)
            {
                self.context.put_error(error);
                return Ok(());
            }
            self.frame_ends(id, fiber, Err(&error));
            fiber.frames.pop();
        }
        Err(error)
    }

    /// Leaves the innermost frame. The value stays in the context for the frame below; the last frame's is given out.
    fn returned(&mut self, id: FiberId, fiber: &mut Fiber) -> Result<Option<Value>> {
        if fiber.frames.len() > 1 {
            if self.logs_returns() {
                let value = self.context.receive();
                self.frame_ends(id, fiber, Ok(&value));
                self.context.put_input(value);
            }
            fiber.frames.pop();
            return Ok(None);
        }
        let value = self.context.receive();
        if fiber.parent.is_none()
            && let Err(error) = value.to_json_text()
        {
            return Err(match holds_bytes(&value) {
                true => Error::type_error("the result of a workflow must have a JSON form; bytes have none"),
                false => error,
            });
        }
        fiber.frames.pop();
        Ok(Some(value))
    }

    fn call(&mut self, id: FiberId, fiber: &mut Fiber, call: Call) -> Result<()> {
        if fiber.depth() >= self.limits.call_depth {
            return Err(Error::new(
                Tag::RecursionError,
                format!("RecursionError: call stack depth limit ({}) exceeded", self.limits.call_depth),
            ));
        }
        self.call_begins(id, fiber, &call);
        let mut frame = self.new_frame(call.machine)?;
        for (param, arg) in frame.info().params.iter().zip(call.args) {
            if let Some(slot) = frame.slot_mut(param.slot) {
                *slot = arg;
            }
        }
        fiber.frames.push(frame);
        Ok(())
    }

    pub(super) fn new_frame(&self, machine: usize) -> Result<Box<dyn Machine>> {
        match self.workflow.machines.get(machine) {
            Some(info) => Ok((info.frame)()),
            None => Err(Error::new(Tag::SystemError, format!("SystemError: there is no machine {machine}"))),
        }
    }

    /// The frame of `main` with the execution's argument. No argument is null, unless a default takes its place.
    pub(super) fn main_frame(&self, argument: Value) -> Result<Box<dyn Machine>> {
        let mut frame = self.new_frame(self.workflow.main)?;
        if let Some(param) = frame.info().params.first()
            && !(param.optional && matches!(argument, Value::Null))
            && let Some(slot) = frame.slot_mut(param.slot)
        {
            *slot = Some(argument);
        }
        Ok(frame)
    }

    /// Begins an effect. Gives the state in which the fiber waits, or nothing when it can go on at once.
    fn suspend(&mut self, id: FiberId, fiber: &mut Fiber, effect: Effect) -> Result<Option<FiberState>> {
        let number = fiber.effects;
        fiber.effects += 1;
        self.effect_begins(id, fiber, &effect);
        let at_once = match &effect {
            Effect::CreateCallback { method } => Some(self.create_endpoint(id, number, method.clone())),
            Effect::AwaitCallback { url, .. } => self.await_endpoint(id, url)?,
            Effect::Sleep { until } => (*until <= self.context.now()).then_some(Value::Null),
            Effect::Log(_) | Effect::Http(_) | Effect::Children(_) | Effect::Executions(_) => {
                let place = fiber.frames.last().and_then(|frame| frame.trace());
                self.started.push(Started { fiber: id, number, effect: effect.clone(), place, again: false });
                None
            }
        };
        let Some(value) = at_once else { return Ok(Some(FiberState::Waiting { number, effect })) };
        self.effect_is_done(id, fiber, &effect, &value);
        self.context.put_input(value);
        Ok(None)
    }

    fn fiber_ended(&mut self, fiber: &Fiber, outcome: Result) {
        match (fiber.parent, outcome) {
            (_, Err(error)) if error.is_fatal() => self.end(Ending::Failed(Failure::of(&error))),
            (Some(parent), outcome) => self.body_ended(parent, outcome),
            (None, Ok(value)) => match value.to_json_text() {
                Ok(text) => self.end(Ending::Succeeded(text)),
                Err(error) => self.end(Ending::Failed(Failure::of(&error))),
            },
            (None, Err(error)) => self.end(Ending::Failed(Failure::of(&error))),
        }
    }
}

/// Whether there are bytes anywhere in the value, whose nesting is bounded.
fn holds_bytes(value: &Value) -> bool {
    match value {
        Value::Bytes(_) => true,
        Value::List(items) => items.iter().any(holds_bytes),
        Value::Map(entries) => entries.iter().any(|(_, item)| holds_bytes(item)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => false,
    }
}
