//! Fibers: stacks of frames that run and wait independently.

use serde::{Deserialize, Serialize};

use super::fork::ForkState;
use crate::effect::{Effect, Timestamp};
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::value::Value;

/// Number of a fiber in its execution; the first one runs `main`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FiberId(pub u32);

/// A stack of frames.
pub(super) struct Fiber {
    /// The innermost frame is the last.
    pub(super) frames: Vec<Box<dyn Machine>>,
    /// For a parallel body: where it belongs.
    pub(super) parent: Option<Parent>,
    /// Effects so far.
    pub(super) effects: u64,
    pub(super) state: FiberState,
}

/// The place of a parallel body in its fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parent {
    /// The fiber that forked.
    pub(super) fiber: FiberId,
    /// Number of the branch or iteration.
    pub(super) number: u64,
    /// Frames on the stacks of all ancestors.
    pub(super) depth: usize,
    /// Parallel steps around it.
    pub(super) nesting: usize,
}

/// What a fiber is doing.
#[derive(Debug)]
pub(super) enum FiberState {
    /// It can run, beginning with this input.
    Ready(Input),
    /// It waits for an effect.
    Waiting {
        /// Number of the effect in this fiber.
        number: u64,
        /// The effect.
        effect: Effect,
    },
    /// It waits for parallel bodies.
    Forked(ForkState),
}

/// What the innermost frame receives.
#[derive(Debug)]
pub(super) enum Input {
    /// Nothing new: it goes on where it paused, or begins.
    Resume,
    /// A result.
    Value(Value),
    /// An error.
    Error(Error),
}

impl From<Result> for Input {
    fn from(outcome: Result) -> Self {
        match outcome {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Error(error),
        }
    }
}

impl Fiber {
    pub(super) fn new(frame: Box<dyn Machine>, parent: Option<Parent>) -> Self {
        Self { frames: vec![frame], parent, effects: 0, state: FiberState::Ready(Input::Resume) }
    }

    /// Frames on its own stack and on those of its ancestors.
    pub(super) fn depth(&self) -> usize {
        self.parent.map_or(0, |p| p.depth) + self.frames.len()
    }

    /// Parallel steps around it.
    pub(super) fn nesting(&self) -> usize {
        self.parent.map_or(0, |p| p.nesting)
    }

    /// When it stops waiting by itself.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            FiberState::Waiting { effect: Effect::Sleep { until }, .. } => Some(*until),
            FiberState::Waiting { effect: Effect::AwaitCallback { deadline, .. }, .. } => Some(*deadline),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Fiber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fiber")
            .field("frames", &self.frames.len())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
