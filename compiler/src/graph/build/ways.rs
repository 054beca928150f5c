//! Follows the blocks of one machine and makes the edges.

use std::collections::{HashMap, HashSet};

use super::{Builder, Outcome, is_outside_steps};
use crate::graph::describe::Describer;
use crate::graph::model::{Edge, EdgeKind, NodeId, RegionId};
use crate::ir::{Block, BlockId, Fork, ForkBodies, Machine, MachineId, Terminator};

/// How control got to a block since it entered the step.
#[derive(Debug, Clone)]
struct Via {
    kind: EdgeKind,
    label: String,
}

impl Via {
    fn new(kind: EdgeKind, label: impl Into<String>) -> Self {
        Self { kind, label: label.into() }
    }

    fn next() -> Self {
        Self::new(EdgeKind::Next, "")
    }
}

/// A place to go to from a node.
#[derive(Debug)]
struct Hop {
    from: NodeId,
    /// The step of the block that leads there, unless that is outside steps.
    step: Option<usize>,
    to: BlockId,
    via: Via,
}

/// Follows the blocks of one machine and makes the edges.
pub(super) struct Ways<'b, 'm> {
    builder: &'b mut Builder<'m>,
    region: RegionId,
    machine: &'m Machine,
    describer: Describer<'m>,
    visited: Vec<bool>,
    /// What is to be followed, the next last.
    queue: Vec<Hop>,
    known: HashSet<(NodeId, NodeId, EdgeKind, String)>,
    /// Errors raised where a handler gets them: where, by which way, and the handler's step.
    raised: Vec<(NodeId, Via, NodeId)>,
}

impl<'b, 'm> Ways<'b, 'm> {
    pub(super) fn new(builder: &'b mut Builder<'m>, region: RegionId, machine: &'m Machine) -> Self {
        let visited = vec![false; machine.blocks.len()];
        let describer = Describer::new(builder.module, machine);
        Self {
            builder,
            describer,
            region,
            machine,
            visited,
            queue: Vec::new(),
            known: HashSet::new(),
            raised: Vec::new(),
        }
    }

    /// Makes the edges of the machine, which has this number.
    pub(super) fn trace(&mut self, machine: MachineId) {
        let first_edge = self.builder.graph.edges.len();
        let Some(start) = self.builder.start(machine) else { return };
        match self.machine.blocks.first() {
            Some(block) if is_outside_steps(block) => self.follow(start, BlockId(0), Via::next()),
            _ => {
                self.queue.push(Hop { from: start, step: None, to: BlockId(0), via: Via::next() });
                self.run();
            }
        }
        let handlers: HashSet<BlockId> =
            self.machine.blocks.iter().filter_map(|block| block.handler).collect();
        for (index, block) in self.machine.blocks.iter().enumerate() {
            let id = BlockId(u32::try_from(index).unwrap_or(u32::MAX));
            let Some(node) = self.step(block.step).filter(|_| !is_outside_steps(block)) else { continue };
            if block.enters_step {
                self.guard(node, block);
                self.follow(node, id, Via::next());
            } else if handlers.contains(&id) {
                self.follow(node, id, Via::new(EdgeKind::Except, "except"));
            }
        }
        self.connect_raised(first_edge);
    }

    /// Notes the `try` step around `node`.
    fn guard(&mut self, node: NodeId, block: &Block) {
        let guard =
            block.handler.and_then(|handler| self.block(handler)).and_then(|handler| self.step(handler.step));
        if let Some(node) = self.builder.graph.nodes.get_mut(node.0) {
            node.guard = guard;
        }
    }

    /// Errors that a step raises lead to where the handler's errors lead.
    fn connect_raised(&mut self, first_edge: usize) {
        let mut targets: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        let own = self.builder.graph.edges.iter().skip(first_edge);
        for edge in own.filter(|edge| edge.kind == EdgeKind::Except) {
            targets.entry(edge.from).or_default().push(edge.to);
        }
        for (from, via, handler) in std::mem::take(&mut self.raised) {
            for to in targets.get(&handler).cloned().unwrap_or_else(|| vec![handler]) {
                self.edge(from, to, Via::new(EdgeKind::Except, via.label.clone()));
            }
        }
    }

    fn block(&self, id: BlockId) -> Option<&'m Block> {
        self.machine.blocks.get(id.index())
    }

    fn step(&self, step: usize) -> Option<NodeId> {
        self.builder.steps.get(&(self.region, step)).copied()
    }

    fn end(&self, kind: Outcome) -> Option<NodeId> {
        self.builder.ends.get(&(self.region, kind)).copied()
    }

    /// Follows `block` and the other parts of its step on behalf of `from`.
    fn follow(&mut self, from: NodeId, block: BlockId, via: Via) {
        self.enter(from, block, via);
        self.run();
    }

    fn run(&mut self) {
        while let Some(hop) = self.queue.pop() {
            self.arrive(hop);
        }
    }

    fn enter(&mut self, from: NodeId, id: BlockId, via: Via) {
        let (Some(seen), Some(block)) =
            (self.visited.get_mut(id.index()), self.machine.blocks.get(id.index()))
        else {
            return;
        };
        if !std::mem::replace(seen, true) {
            let known = self.queue.len();
            self.terminator(from, id, block, via);
            // What comes first in the source is to be followed first.
            if let Some(added) = self.queue.get_mut(known..) {
                added.reverse();
            }
        }
    }

    fn terminator(&mut self, from: NodeId, id: BlockId, block: &'m Block, via: Via) {
        match &block.terminator {
            Terminator::Switch { cases, otherwise } => {
                for (condition, to) in cases {
                    let label = self.describer.expression(condition);
                    self.leave(from, block, *to, Via::new(EdgeKind::Condition, label));
                }
                self.leave(from, block, *otherwise, Via::new(EdgeKind::Condition, "else"));
            }
            Terminator::NextElement { each, .. } | Terminator::NextNumber { each, .. } => {
                let again = self.block(each.body).is_some_and(|body| !body.enters_step);
                if again {
                    self.edge(from, from, Via::new(EdgeKind::LoopBack, ""));
                } else {
                    self.leave(from, block, each.body, Via::new(EdgeKind::LoopBody, "each"));
                }
                self.leave(from, block, each.exit, Via::new(EdgeKind::LoopExit, "done"));
            }
            Terminator::Fork(fork) => self.fork(from, id, block, fork, via),
            Terminator::Backoff { .. } => self.edge(from, from, Via::new(EdgeKind::Retry, "retry")),
            Terminator::Return(_) => {
                if let Some(end) = self.end(Outcome::Value) {
                    self.edge(from, end, via);
                }
            }
            Terminator::Raise(_) => {
                let handler = block.handler.and_then(|id| self.block(id)).and_then(|b| self.step(b.step));
                if let Some(handler) = handler {
                    self.raised.push((from, via, handler));
                } else if let Some(end) = self.end(Outcome::Error) {
                    self.edge(from, end, via);
                }
            }
            Terminator::Call { machine, .. } => self.call(from, *machine, block, via),
            Terminator::CallPredicate { machine, .. } => self.call(from, *machine, block, via),
            Terminator::Goto(_)
            | Terminator::Decide { .. }
            | Terminator::Suspend { .. }
            | Terminator::MayRetry { .. }
            | Terminator::Verdict { .. }
            | Terminator::LogPredicateFailure { .. }
            | Terminator::Rethrow(_) => {
                for to in block.terminator.successors() {
                    self.leave(from, block, to, via.clone());
                }
            }
        }
    }

    fn call(&mut self, from: NodeId, machine: MachineId, block: &'m Block, via: Via) {
        if let Some(start) = self.builder.start(machine) {
            let label = match block.terminator {
                Terminator::CallPredicate { .. } => "predicate",
                _ => "call",
            };
            self.edge(from, start, Via::new(EdgeKind::Call, label));
        }
        for to in block.terminator.successors() {
            self.leave(from, block, to, via.clone());
        }
    }

    fn fork(&mut self, from: NodeId, id: BlockId, block: &'m Block, fork: &Fork, via: Via) {
        let join = self.builder.joins.get(&(self.region, id)).copied().unwrap_or(from);
        let bodies: Vec<MachineId> = match &fork.bodies {
            ForkBodies::Branches(list) => list.iter().map(|body| body.machine).collect(),
            ForkBodies::Each { body, .. } => vec![body.machine],
        };
        if bodies.is_empty() {
            self.edge(from, join, via.clone());
        }
        for machine in bodies {
            let Some(start) = self.builder.start(machine) else { continue };
            self.edge(from, start, Via::new(EdgeKind::Fork, via.label.clone()));
            let end = self
                .builder
                .places
                .get(&machine)
                .and_then(|region| self.builder.ends.get(&(*region, Outcome::Value)).copied());
            if let Some(end) = end {
                self.edge(end, join, Via::new(EdgeKind::Join, ""));
            }
        }
        self.leave(join, block, fork.then, Via::next());
    }

    fn leave(&mut self, from: NodeId, block: &Block, to: BlockId, via: Via) {
        let step = Some(block.step).filter(|_| !is_outside_steps(block));
        self.queue.push(Hop { from, step, to, via });
    }

    /// Goes on in the same step, or makes an edge to another.
    fn arrive(&mut self, hop: Hop) {
        let Hop { from, step, to, via } = hop;
        let Some(target) = self.block(to) else { return };
        if is_outside_steps(target) {
            if let Some(end) = self.end(Outcome::Value) {
                self.edge(from, end, via);
            }
        } else if target.enters_step {
            if let Some(node) = self.step(target.step) {
                self.edge(from, node, via);
            }
        } else if step.is_none_or(|step| step == target.step) {
            self.enter(from, to, via);
        } else if let Some(node) = self.step(target.step) {
            // The only part of a step that others lead to is the head of a loop.
            let kind = if via.kind == EdgeKind::Except { EdgeKind::Except } else { EdgeKind::LoopBack };
            self.edge(from, node, Via::new(kind, via.label));
        }
    }

    /// Adds an edge unless there is the same one already.
    fn edge(&mut self, from: NodeId, to: NodeId, via: Via) {
        if self.known.insert((from, to, via.kind, via.label.clone())) {
            self.builder.graph.edges.push(Edge { from, to, kind: via.kind, label: via.label });
        }
    }
}
