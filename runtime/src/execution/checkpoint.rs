//! The stored form of an execution: program counters and variables by name, waits with absolute deadlines.
//!
//! Compact and self-describing (MessagePack with named fields), so that a later revision can tell whether everything
//! that a checkpoint names still exists.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::fiber::{Fiber, FiberId, FiberState, Input, Parent};
use super::fork::{BodyFailure, ForkState, Pending};
use super::{Execution, Identity, Limits, Started};
use crate::effect::Effect;
use crate::error::{Error, Tag};
use crate::machine::{Body, CellId, Machine, Workflow, caught};
use crate::stdlib::Surroundings;
use crate::value::{Slot, Value};

/// Version of the stored form.
const FORMAT: u32 = 1;

/// Why a checkpoint cannot be continued by this workflow.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bytes are no checkpoint.
    #[error("the checkpoint cannot be read: {0}")]
    Malformed(String),
    /// It was written in a form that this program does not know.
    #[error("the checkpoint has format {found}, this program reads format {FORMAT}")]
    Format {
        /// The format that it has.
        found: u32,
    },
    /// It is in a routine that the workflow does not have.
    #[error("the workflow has no routine `{0}`")]
    Machine(String),
    /// It is at a step that the routine does not have.
    #[error("routine `{machine}` has no state `{state}`")]
    State {
        /// The routine.
        machine: String,
        /// The missing state.
        state: String,
    },
    /// It holds a variable that the routine does not have.
    #[error("routine `{machine}` has no variable `{variable}`")]
    Variable {
        /// The routine.
        machine: String,
        /// The missing variable.
        variable: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    format: u32,
    steps: u64,
    next_fiber: u32,
    fibers: Vec<FiberRecord>,
    ready: Vec<FiberId>,
    forks: Vec<FiberId>,
    cells: Vec<Slot>,
    free_cells: Vec<CellId>,
    endpoints: Vec<(String, Endpoint)>,
}

#[derive(Serialize, Deserialize)]
struct FiberRecord {
    id: FiberId,
    parent: Option<Parent>,
    effects: u64,
    frames: Vec<FrameRecord>,
    state: StateRecord,
}

#[derive(Serialize, Deserialize)]
struct FrameRecord {
    machine: String,
    state: String,
    variables: Vec<(String, Value)>,
    shared: Vec<CellId>,
}

#[derive(Serialize, Deserialize)]
enum StateRecord {
    Resume,
    Value(Value),
    /// A packed error.
    Error(Value),
    Waiting {
        number: u64,
        effect: Effect,
    },
    Forked(ForkRecord),
}

#[derive(Serialize, Deserialize)]
struct ForkRecord {
    pending: PendingRecord,
    next: u64,
    running: usize,
    limit: Option<usize>,
    nesting: usize,
    depth: usize,
    lent: Vec<(String, CellId)>,
    failures: Vec<BodyFailure>,
    truncated: bool,
}

#[derive(Serialize, Deserialize)]
enum PendingRecord {
    Branches(Vec<BodyRecord>),
    Items { body: BodyRecord, list: Value },
    Numbers { body: BodyRecord, next: Slot, last: Slot },
}

#[derive(Serialize, Deserialize)]
struct BodyRecord {
    machine: String,
    captures: Vec<(String, Slot)>,
    shared: Vec<CellId>,
}

impl Execution {
    /// Its stored form.
    ///
    /// # Errors
    ///
    /// A fatal `ResourceLimitError` when a variable nests deeper than can be stored.
    pub fn checkpoint(&self) -> crate::error::Result<Vec<u8>> {
        let (cells, free_cells) = self.context.cells();
        let checkpoint = Checkpoint {
            format: FORMAT,
            steps: self.steps,
            next_fiber: self.next_fiber,
            fibers: self.fibers.iter().map(|(id, fiber)| self.fiber_record(*id, fiber)).collect(),
            ready: self.ready.iter().copied().collect(),
            forks: self.forks.clone(),
            cells: cells.to_vec(),
            free_cells: free_cells.to_vec(),
            endpoints: self.endpoints.iter().map(|(id, endpoint)| (id.clone(), endpoint.clone())).collect(),
        };
        rmp_serde::to_vec_named(&checkpoint).map_err(|error| {
            Error::fatal(
                Tag::ResourceLimitError,
                format!("ResourceLimitError: the variables cannot be stored: {error}"),
            )
        })
    }

    /// Continues from a stored form. Effects that were under way are among [`Execution::take_started`] again.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, or name something that `workflow` does not have.
    pub fn restore(
        bytes: &[u8],
        workflow: &'static Workflow,
        identity: Identity,
        limits: Limits,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
    ) -> Result<Self, RestoreError> {
        let malformed = |error: rmp_serde::decode::Error| RestoreError::Malformed(error.to_string());
        let stored: Checkpoint = rmp_serde::from_slice(bytes).map_err(malformed)?;
        if stored.format != FORMAT {
            return Err(RestoreError::Format { found: stored.format });
        }
        let mut execution = Self::empty(workflow, identity, limits, surroundings);
        execution.steps = stored.steps;
        execution.next_fiber = stored.next_fiber;
        execution.ready = stored.ready.into();
        execution.forks = stored.forks;
        execution.context.restore_cells(stored.cells, stored.free_cells);
        execution.endpoints = stored.endpoints.into_iter().collect();
        for record in stored.fibers {
            execution.restore_fiber(record)?;
        }
        Ok(execution)
    }

    fn fiber_record(&self, id: FiberId, fiber: &Fiber) -> FiberRecord {
        let top = fiber.frames.last();
        let state = match &fiber.state {
            FiberState::Ready(Input::Resume) => StateRecord::Resume,
            FiberState::Ready(Input::Value(value)) => StateRecord::Value(value.clone()),
            FiberState::Ready(Input::Error(error)) => StateRecord::Error(caught::pack(error.clone())),
            FiberState::Waiting { number, effect } => {
                StateRecord::Waiting { number: *number, effect: effect.clone() }
            }
            FiberState::Forked(fork) => StateRecord::Forked(ForkRecord {
                pending: self.pending_record(&fork.pending),
                next: fork.next,
                running: fork.running,
                limit: fork.limit,
                nesting: fork.nesting,
                depth: fork.depth,
                lent: fork
                    .lent
                    .iter()
                    .filter_map(|(slot, cell)| Some(((*top?.info().slots.get(*slot)?).to_owned(), *cell)))
                    .collect(),
                failures: fork.failures.clone(),
                truncated: fork.truncated,
            }),
        };
        FiberRecord {
            id,
            parent: fiber.parent,
            effects: fiber.effects,
            frames: fiber.frames.iter().map(|frame| frame_record(frame.as_ref())).collect(),
            state,
        }
    }

    fn pending_record(&self, pending: &Pending) -> PendingRecord {
        let body = |body: &Body| {
            let info = self.workflow.machines.get(body.machine);
            let name =
                |slot: usize| info.and_then(|info| info.slots.get(slot)).map(|name| (*name).to_owned());
            BodyRecord {
                machine: info.map_or(String::new(), |info| info.name.to_owned()),
                captures: body
                    .captures
                    .iter()
                    .filter_map(|(slot, v)| Some((name(*slot)?, v.clone())))
                    .collect(),
                shared: body.shared.clone(),
            }
        };
        match pending {
            Pending::Branches(list) => PendingRecord::Branches(list.iter().map(body).collect()),
            Pending::Items { body: each, list } => {
                PendingRecord::Items { body: body(each), list: list.clone() }
            }
            Pending::Numbers { body: each, next, last } => {
                PendingRecord::Numbers { body: body(each), next: next.clone(), last: last.clone() }
            }
        }
    }

    fn restore_fiber(&mut self, record: FiberRecord) -> Result<(), RestoreError> {
        let frames: Vec<Box<dyn Machine>> =
            record.frames.into_iter().map(|frame| self.restore_frame(frame)).collect::<Result<_, _>>()?;
        let state = match record.state {
            StateRecord::Resume => FiberState::Ready(Input::Resume),
            StateRecord::Value(value) => FiberState::Ready(Input::Value(value)),
            StateRecord::Error(packed) => {
                FiberState::Ready(Input::Error(caught::unpack_fresh(&Some(packed))))
            }
            StateRecord::Waiting { number, effect } => {
                if effect.is_external() {
                    let place = frames.last().and_then(|frame| frame.trace());
                    let effect = effect.clone();
                    self.started.push(Started { fiber: record.id, number, effect, place, again: true });
                }
                FiberState::Waiting { number, effect }
            }
            StateRecord::Forked(fork) => {
                let top = frames.last().map(|frame| frame.info());
                let lent = fork
                    .lent
                    .into_iter()
                    .map(|(name, cell)| {
                        let slot = top.and_then(|info| info.slots.iter().position(|s| *s == name));
                        slot.map(|slot| (slot, cell)).ok_or_else(|| RestoreError::Variable {
                            machine: top.map_or(String::new(), |info| info.name.to_owned()),
                            variable: name,
                        })
                    })
                    .collect::<Result<_, _>>()?;
                FiberState::Forked(ForkState {
                    pending: self.restore_pending(fork.pending)?,
                    next: fork.next,
                    running: fork.running,
                    limit: fork.limit,
                    nesting: fork.nesting,
                    depth: fork.depth,
                    lent,
                    failures: fork.failures,
                    truncated: fork.truncated,
                })
            }
        };
        let fiber = Fiber { frames, parent: record.parent, effects: record.effects, state };
        self.fibers.insert(record.id, fiber);
        Ok(())
    }

    fn restore_frame(&self, record: FrameRecord) -> Result<Box<dyn Machine>, RestoreError> {
        let mut frame = self
            .machine_named(&record.machine)
            .and_then(|index| self.new_frame(index).ok())
            .ok_or_else(|| RestoreError::Machine(record.machine.clone()))?;
        let info = frame.info();
        let state = info.states.iter().position(|state| state.name == record.state);
        if !state.is_some_and(|state| frame.set_state(state)) {
            return Err(RestoreError::State { machine: record.machine, state: record.state });
        }
        for (name, value) in record.variables {
            let slot = info.slots.iter().position(|slot| *slot == name);
            match slot.and_then(|slot| frame.slot_mut(slot)) {
                Some(place) => *place = Some(value),
                None => return Err(RestoreError::Variable { machine: record.machine, variable: name }),
            }
        }
        if !frame.set_shared(&record.shared) {
            return Err(RestoreError::Variable {
                machine: record.machine,
                variable: "shared variables".to_owned(),
            });
        }
        Ok(frame)
    }

    fn restore_pending(&self, pending: PendingRecord) -> Result<Pending, RestoreError> {
        let body = |record: BodyRecord| {
            let machine = self
                .machine_named(&record.machine)
                .ok_or_else(|| RestoreError::Machine(record.machine.clone()))?;
            let slots = self.workflow.machines.get(machine).map(|info| info.slots).unwrap_or_default();
            let captures = record
                .captures
                .into_iter()
                .map(|(name, value)| match slots.iter().position(|slot| *slot == name) {
                    Some(slot) => Ok((slot, value)),
                    None => Err(RestoreError::Variable { machine: record.machine.clone(), variable: name }),
                })
                .collect::<Result<_, _>>()?;
            Ok(Body { machine, captures, shared: record.shared })
        };
        Ok(match pending {
            PendingRecord::Branches(list) => {
                Pending::Branches(list.into_iter().map(body).collect::<Result<_, RestoreError>>()?)
            }
            PendingRecord::Items { body: each, list } => Pending::Items { body: body(each)?, list },
            PendingRecord::Numbers { body: each, next, last } => {
                Pending::Numbers { body: body(each)?, next, last }
            }
        })
    }

    fn machine_named(&self, name: &str) -> Option<usize> {
        self.workflow.machines.iter().position(|info| info.name == name)
    }
}

fn frame_record(frame: &dyn Machine) -> FrameRecord {
    let info = frame.info();
    let variables = info
        .slots
        .iter()
        .enumerate()
        .filter_map(|(index, name)| Some(((*name).to_owned(), frame.slot(index)?.clone()?)))
        .collect();
    FrameRecord {
        machine: info.name.to_owned(),
        state: info.states.get(frame.state()).map_or(String::new(), |state| state.name.to_owned()),
        variables,
        shared: frame.shared().to_vec(),
    }
}
