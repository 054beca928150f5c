//! Parallel steps (`language.md` §6).

use serde::{Deserialize, Serialize};

use super::failure::branch_error;
use super::fiber::{Fiber, FiberState, Input, Parent};
use super::{Execution, FiberId};
use crate::error::{Error, Result, Tag};
use crate::machine::{Bodies, Body, CellId, Fork, MachineKind, loops};
use crate::value::{Slot, Value};

/// A parallel step under way.
#[derive(Debug)]
pub(super) struct ForkState {
    /// Bodies that have not been started.
    pub(super) pending: Pending,
    /// Number of the next body.
    pub(super) next: u64,
    /// Bodies that run.
    pub(super) running: usize,
    /// How many may run by the step's own limit.
    pub(super) limit: Option<usize>,
    /// Parallel steps around the bodies.
    pub(super) nesting: usize,
    /// Frames below the bodies.
    pub(super) depth: usize,
    /// Slots of the parent's frame that live in cells until the end.
    pub(super) lent: Vec<(usize, CellId)>,
    /// Errors of bodies: number, value for the error map, tags.
    pub(super) failures: Vec<BodyFailure>,
    /// Whether more bodies failed than are kept.
    pub(super) truncated: bool,
}

/// A body that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BodyFailure {
    pub(super) number: u64,
    pub(super) error: Value,
    pub(super) tags: Vec<String>,
}

/// Bodies that have not been started.
#[derive(Debug)]
pub(super) enum Pending {
    /// Of these, from `next` on.
    Branches(Vec<Body>),
    /// Of this list, from `next` on.
    Items { body: Body, list: Value },
    /// From this number on.
    Numbers { body: Body, next: Slot, last: Slot },
}

impl Pending {
    /// The next body with the element that it is for.
    fn take(&mut self, number: u64) -> Option<(Body, Option<Value>)> {
        match self {
            Self::Branches(list) => Some((list.get(usize::try_from(number).ok()?)?.clone(), None)),
            Self::Items { body, list } => {
                let item = list.as_list()?.get(usize::try_from(number).ok()?)?.clone();
                Some((body.clone(), Some(item)))
            }
            Self::Numbers { body, next, last } => {
                let (value, _) = loops::next_number(next, last, &mut Some(Value::Int(0)))?;
                Some((body.clone(), Some(value)))
            }
        }
    }
}

impl Execution {
    /// Begins a parallel step; its bodies start when [`Execution::start_bodies`] finds room.
    pub(super) fn fork(&mut self, id: FiberId, fiber: &mut Fiber, fork: Fork) -> Result<FiberState> {
        let nesting = fiber.nesting() + 1;
        if nesting > self.limits.parallel_depth {
            self.give_back(fiber, &fork.lent);
            return Err(Error::new(
                Tag::ParallelNestingError,
                format!(
                    "ParallelNestingError: parallel nesting depth limit ({}) exceeded",
                    self.limits.parallel_depth
                ),
            ));
        }
        let pending = match fork.bodies {
            Bodies::Branches(list) => Pending::Branches(list),
            Bodies::Items { body, list } => Pending::Items { body, list },
            Bodies::Numbers { body, first, last } => {
                Pending::Numbers { body, next: Some(first), last: Some(last) }
            }
        };
        self.forks.push(id);
        Ok(FiberState::Forked(ForkState {
            pending,
            next: 0,
            running: 0,
            limit: fork.concurrency_limit,
            nesting,
            depth: fiber.depth(),
            lent: fork.lent,
            failures: Vec::new(),
            truncated: false,
        }))
    }

    /// Starts as many waiting bodies as the limits allow, and ends parallel steps that have none left.
    pub(super) fn start_bodies(&mut self) {
        let mut position = 0;
        while let Some(id) = self.forks.get(position).copied() {
            if self.start_bodies_of(id) {
                position += 1
            } else {
                self.forks.remove(position);
            }
        }
    }

    /// False when the parallel step is over.
    fn start_bodies_of(&mut self, id: FiberId) -> bool {
        loop {
            let room = self.active_bodies() < self.limits.concurrent_branches;
            let Some(FiberState::Forked(fork)) = self.fibers.get_mut(&id).map(|fiber| &mut fiber.state)
            else {
                return false;
            };
            let may_start = room && fork.limit.is_none_or(|limit| fork.running < limit);
            if !may_start && fork.running > 0 {
                return true;
            }
            if !may_start {
                // Every place is taken by others; this step's turn comes when one of them ends.
                return true;
            }
            let Some((body, element)) = fork.pending.take(fork.next) else {
                if fork.running > 0 {
                    return true;
                }
                self.join(id);
                return false;
            };
            let parent = Parent { fiber: id, number: fork.next, depth: fork.depth, nesting: fork.nesting };
            fork.next += 1;
            fork.running += 1;
            if let Err(error) = self.start_body(parent, body, element) {
                self.body_ended(parent, Err(error));
            }
        }
    }

    /// Bodies that run themselves; one that waits for bodies of its own holds no place, or nested steps could block
    /// each other.
    fn active_bodies(&self) -> usize {
        self.fibers
            .values()
            .filter(|fiber| fiber.parent.is_some() && !matches!(fiber.state, FiberState::Forked(_)))
            .count()
    }

    fn start_body(&mut self, parent: Parent, body: Body, element: Option<Value>) -> Result<()> {
        let mut frame = self.new_frame(body.machine)?;
        frame.set_shared(&body.shared);
        for (slot, value) in body.captures {
            if let Some(place) = frame.slot_mut(slot) {
                *place = value;
            }
        }
        if let (MachineKind::Iteration { value, index }, Some(element)) = (frame.info().kind, element) {
            if let Some(place) = frame.slot_mut(value) {
                *place = Some(element);
            }
            if let Some(place) = index.and_then(|index| frame.slot_mut(index)) {
                *place = Some(Value::Int(i64::try_from(parent.number).unwrap_or(i64::MAX)));
            }
        }
        let id = self.add_fiber(Fiber::new(frame, Some(parent)));
        self.ready.push_back(id);
        Ok(())
    }

    /// Notes the end of a body.
    pub(super) fn body_ended(&mut self, parent: Parent, outcome: Result) {
        let kept = self.limits.branch_errors;
        let Some(FiberState::Forked(fork)) = self.fibers.get_mut(&parent.fiber).map(|fiber| &mut fiber.state)
        else {
            return;
        };
        fork.running = fork.running.saturating_sub(1);
        if let Err(error) = outcome {
            if fork.failures.len() < kept {
                let error_value = branch_error(&error);
                fork.failures.push(BodyFailure {
                    number: parent.number,
                    error: error_value,
                    tags: tags(&error),
                });
            } else {
                fork.truncated = true;
            }
        }
    }

    /// Ends a parallel step: shared variables go home, and the fiber goes on.
    fn join(&mut self, id: FiberId) {
        let Some(mut fiber) = self.fibers.remove(&id) else { return };
        let state = std::mem::replace(&mut fiber.state, FiberState::Ready(Input::Resume));
        if let FiberState::Forked(fork) = state {
            self.give_back(&mut fiber, &fork.lent);
            let input = if fork.failures.is_empty() {
                Input::Value(Value::Null)
            } else {
                Input::Error(unhandled_branch_error(fork.failures, fork.truncated))
            };
            fiber.state = FiberState::Ready(input);
        }
        self.fibers.insert(id, fiber);
        self.ready.push_back(id);
    }

    fn give_back(&mut self, fiber: &mut Fiber, lent: &[(usize, CellId)]) {
        for (slot, cell) in lent {
            let value = self.context.give_back(*cell);
            if let Some(place) = fiber.frames.last_mut().and_then(|frame| frame.slot_mut(*slot)) {
                *place = value;
            }
        }
    }
}

/// Tags that a branch's error adds to the whole; an untagged value counts as `RuntimeError`.
fn tags(error: &Error) -> Vec<String> {
    let tags: Vec<String> = error
        .value()
        .get("tags")
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect();
    if tags.is_empty() { vec!["RuntimeError".to_owned()] } else { tags }
}

fn unhandled_branch_error(mut failures: Vec<BodyFailure>, truncated: bool) -> Error {
    failures.sort_by_key(|failure| failure.number);
    let mut tags = vec![Tag::UnhandledBranchError.as_str().to_owned()];
    for tag in failures.iter().flat_map(|failure| &failure.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    let branches = failures
        .into_iter()
        .map(|failure| {
            Value::from([("id", Value::from(failure.number.to_string())), ("error", failure.error)])
        })
        .collect();
    Error::raised(Value::from([
        ("branches", Value::list(branches)),
        (
            "message",
            Value::from(
                "UnhandledBranchError: One or more branches or iterations encountered an unhandled runtime error",
            ),
        ),
        ("tags", Value::list(tags.into_iter().map(Value::from).collect())),
        ("truncated", Value::Bool(truncated)),
    ]))
}
