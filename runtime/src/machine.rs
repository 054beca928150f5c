//! What generated code is: machines that compute, and hand everything that touches the world to their driver.
//!
//! A machine never waits. It runs until it has something for its driver to do and says so by its [`Outcome`]. Its frame
//! is plain data: a program counter and slots, both with stable names, so that it can be stored between two runs.

use std::fmt;

use crate::effect::Effect;
use crate::error::{Error, TraceElement};
use crate::value::{Slot, Value};

pub mod caught;
pub mod context;
pub mod loops;
pub mod retry;

pub use context::{CellId, Context};

/// The contract between generated code and this crate. It changes whenever old generated code would not fit any more.
pub const ABI: u32 = 1;

/// A compiled workflow.
pub struct Workflow {
    /// Its name.
    pub name: &'static str,
    /// Digest of its machines: executions are bound to it.
    pub revision: &'static str,
    /// The files it was compiled from.
    pub sources: &'static [SourceFile],
    /// The machines; calls name them by index.
    pub machines: &'static [&'static MachineInfo],
    /// The machine of `main`.
    pub main: usize,
    /// The limits that it was compiled for.
    pub profile: Profile,
}

/// A named set of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Bounded, but generous.
    #[default]
    Default,
    /// The service's numbers.
    Google,
}

/// A file that a workflow was compiled from.
#[derive(Debug)]
pub struct SourceFile {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// What is fixed about one machine.
pub struct MachineInfo {
    /// Unique name in the workflow.
    pub name: &'static str,
    /// The (sub)workflow as stack traces name it.
    pub routine: &'static str,
    /// What kind of body it is.
    pub kind: MachineKind,
    /// Parameters in order.
    pub params: &'static [Param],
    /// Names of the slots.
    pub slots: &'static [&'static str],
    /// The states, by program counter.
    pub states: &'static [State],
    /// The steps that states belong to.
    pub steps: &'static [StepInfo],
    /// A frame at the first state with nothing assigned.
    pub frame: fn() -> Box<dyn Machine>,
}

/// The kinds of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineKind {
    /// The entry point.
    Main,
    /// A subworkflow.
    Subworkflow,
    /// A branch of a parallel step.
    Branch,
    /// The body of a parallel loop: slots of the element and of the iteration's number.
    Iteration {
        /// Slot of the element.
        value: usize,
        /// Slot of the number.
        index: Option<usize>,
    },
}

/// A parameter.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its slot.
    pub slot: usize,
    /// Whether it may be absent.
    pub optional: bool,
}

/// One state of a machine.
#[derive(Debug)]
pub struct State {
    /// Unique name in the machine, by which checkpoints know it.
    pub name: &'static str,
    /// Its step.
    pub step: usize,
    /// The state that handles an error raised in it.
    pub handler: Option<usize>,
}

/// A step as stack traces show it.
#[derive(Debug)]
pub struct StepInfo {
    /// Its name.
    pub name: &'static str,
    /// Line of its body, from 1.
    pub line: u32,
    /// Column of its body, from 1.
    pub column: u32,
    /// Length of its body in characters.
    pub length: u32,
    /// What it calls, if it is a call step.
    pub callee: Option<&'static str>,
}

impl fmt::Debug for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workflow")
            .field("name", &self.name)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MachineInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineInfo")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// One activation of a routine. Implemented by generated code only.
pub trait Machine: Send {
    /// What is fixed about it.
    fn info(&self) -> &'static MachineInfo;
    /// The state it is in, as an index into [`MachineInfo::states`].
    fn state(&self) -> usize;
    /// Puts it into a state; false if there is no such state.
    fn set_state(&mut self, state: usize) -> bool;
    /// A slot, as an index into [`MachineInfo::slots`].
    fn slot(&self, index: usize) -> Option<&Slot>;
    /// A slot to be changed.
    fn slot_mut(&mut self, index: usize) -> Option<&mut Slot>;
    /// The cells of its shared variables, in the order of the machine's list.
    fn shared(&self) -> &[CellId];
    /// Sets the cells of its shared variables; false if the number is wrong.
    fn set_shared(&mut self, cells: &[CellId]) -> bool;
    /// Runs until the driver has something to do.
    fn run(&mut self, context: &mut Context) -> Outcome;
}

/// What a machine asks of its driver.
#[derive(Debug)]
pub enum Outcome {
    /// Its share of steps is used up; run it again.
    Pause,
    /// Do this and run it again with the outcome.
    Suspend(Box<Effect>),
    /// Run another machine of the workflow and run it again with the result.
    Call(Box<Call>),
    /// Run these bodies side by side and run it again when all have ended.
    Fork(Box<Fork>),
    /// It has ended; its value is the context's input.
    Return,
    /// It raised an error in its present state.
    Raise(Error),
}

/// A call of another machine of the same workflow.
#[derive(Debug)]
pub struct Call {
    /// The machine.
    pub machine: usize,
    /// One entry per parameter.
    pub args: Vec<Option<Value>>,
}

/// Bodies to be run side by side.
#[derive(Debug)]
pub struct Fork {
    /// What runs.
    pub bodies: Bodies,
    /// How many may run at once by the step's own limit; at least 1.
    pub concurrency_limit: Option<usize>,
    /// The parent's slots that were moved into cells, to be moved back at the end.
    pub lent: Vec<(usize, CellId)>,
}

/// The bodies of a fork.
#[derive(Debug)]
pub enum Bodies {
    /// One of each.
    Branches(Vec<Body>),
    /// One for each item of a list.
    Items {
        /// The body.
        body: Body,
        /// The list, checked.
        list: Value,
    },
    /// One for each number of a range.
    Numbers {
        /// The body.
        body: Body,
        /// The first number.
        first: Value,
        /// The last number.
        last: Value,
    },
}

/// A body with what it takes along.
#[derive(Debug, Clone)]
pub struct Body {
    /// The machine.
    pub machine: usize,
    /// Values for slots of its frame.
    pub captures: Vec<(usize, Slot)>,
    /// The cells of its shared variables.
    pub shared: Vec<CellId>,
}

/// What a step function says: where to go, or what to hand to the driver and where to go on afterwards.
#[derive(Debug)]
pub enum Transition<Pc> {
    /// Go on in that state.
    Goto(Pc),
    /// The share of steps is used up; the state stays.
    Pause,
    /// See [`Outcome::Suspend`].
    Suspend(Box<Effect>, Pc),
    /// See [`Outcome::Call`].
    Call(Box<Call>, Pc),
    /// See [`Outcome::Fork`].
    Fork(Box<Fork>, Pc),
    /// See [`Outcome::Return`].
    Return,
}

/// The result of a step function.
pub type StepResult<Pc> = Result<Transition<Pc>, Error>;

/// Applies a step's result to the program counter; gives what the driver has to do, if anything.
#[inline(always)]
pub fn advance<Pc>(pc: &mut Pc, result: StepResult<Pc>) -> Option<Outcome> {
    match result {
        Ok(Transition::Goto(next)) => {
            *pc = next;
            None
        }
        other => Some(leave(pc, other)),
    }
}

#[inline(never)]
fn leave<Pc>(pc: &mut Pc, result: StepResult<Pc>) -> Outcome {
    match result {
        Ok(Transition::Goto(next)) => {
            *pc = next;
            Outcome::Pause
        }
        Ok(Transition::Pause) => Outcome::Pause,
        Ok(Transition::Suspend(effect, next)) => {
            *pc = next;
            Outcome::Suspend(effect)
        }
        Ok(Transition::Call(call, next)) => {
            *pc = next;
            Outcome::Call(call)
        }
        Ok(Transition::Fork(fork, next)) => {
            *pc = next;
            Outcome::Fork(fork)
        }
        Ok(Transition::Return) => Outcome::Return,
        Err(error) => Outcome::Raise(error),
    }
}

/// Reads a variable.
///
/// # Errors
///
/// `KeyError` when nothing has been assigned to it yet (`language.md` §7).
#[inline]
pub fn load<'a>(slot: &'a Slot, name: &str) -> Result<&'a Value, Error> {
    match slot {
        Some(value) => Ok(value),
        None => Err(Error::key_not_found(name)),
    }
}

/// Moves a variable's value out at its last use.
///
/// # Errors
///
/// As [`load`].
#[inline]
pub fn take(slot: &mut Slot, name: &str) -> Result<Value, Error> {
    match slot.take() {
        Some(value) => Ok(value),
        None => Err(Error::key_not_found(name)),
    }
}

impl dyn Machine {
    /// The step it is in.
    #[must_use]
    pub fn step(&self) -> Option<&'static StepInfo> {
        let info = self.info();
        info.states.get(self.state()).and_then(|state| info.steps.get(state.step))
    }

    /// Its place, for a stack trace.
    #[must_use]
    pub fn trace(&self) -> Option<TraceElement> {
        let step = self.step()?;
        Some(TraceElement {
            routine: self.info().routine.into(),
            step: step.name.into(),
            line: step.line,
            column: step.column,
            length: step.length,
        })
    }
}
