//! From machines to the graph: blocks of a step become one node, and the ways between blocks of different steps edges.

use std::collections::{HashMap, HashSet};

use super::model::{Edge, EdgeKind, Graph, Node, NodeId, NodeKind, Region, RegionId, RegionKind};
use super::text;
use crate::ir::{
    Block, BlockId, Expr, Fork, ForkBodies, Machine, MachineId, MachineKind, Module, Op, StepInfo, Terminator,
};

impl Graph {
    /// The control flow of `module`. Steps that nothing leads to are not in it.
    #[must_use]
    pub fn of(module: &Module) -> Self {
        let mut builder = Builder::new(module);
        builder.regions();
        for (region, id) in builder.machines.clone().into_iter().enumerate() {
            if let Some(machine) = machine_of(module, id) {
                Ways::new(&mut builder, RegionId(region), machine).trace(id);
            }
        }
        let mut graph = builder.graph;
        graph.edges.sort_by_key(|edge| edge.from);
        graph
    }
}

fn machine_of(module: &Module, id: MachineId) -> Option<&Machine> {
    module.machines.get(id.0 as usize)
}

struct Builder<'m> {
    module: &'m Module,
    graph: Graph,
    /// The machine of each region.
    machines: Vec<MachineId>,
    /// The region of each machine.
    places: HashMap<MachineId, RegionId>,
    /// The node of a step, by region and index of the step.
    steps: HashMap<(RegionId, usize), NodeId>,
    /// The node where the bodies of a fork come together, by region and block of the fork.
    joins: HashMap<(RegionId, BlockId), NodeId>,
    /// The node where a routine ends.
    ends: HashMap<(RegionId, Outcome), NodeId>,
}

/// A machine that is to become a region; for a parallel body the parallel step and the region's name.
struct Planned {
    machine: MachineId,
    parent: Option<(NodeId, String)>,
}

/// How a routine ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Outcome {
    Value,
    Error,
}

impl<'m> Builder<'m> {
    fn new(module: &'m Module) -> Self {
        Self {
            module,
            graph: Graph {
                name: module.name.clone(),
                regions: Vec::new(),
                nodes: Vec::new(),
                edges: Vec::new(),
            },
            machines: Vec::new(),
            places: HashMap::new(),
            steps: HashMap::new(),
            joins: HashMap::new(),
            ends: HashMap::new(),
        }
    }

    /// Makes all regions with their nodes.
    fn regions(&mut self) {
        let routine =
            |machine: &Machine| matches!(machine.kind, MachineKind::Main | MachineKind::Subworkflow);
        let ids = (0..self.module.machines.len()).map(|i| MachineId(u32::try_from(i).unwrap_or(u32::MAX)));
        let others =
            ids.filter(|id| *id != self.module.main && machine_of(self.module, *id).is_some_and(routine));
        let routines: Vec<_> = std::iter::once(self.module.main).chain(others).collect();
        for id in routines {
            let mut queue = vec![Planned { machine: id, parent: None }];
            while let Some(planned) = queue.pop() {
                if !self.places.contains_key(&planned.machine)
                    && let Some(machine) = machine_of(self.module, planned.machine)
                {
                    let nested = self.region(planned, machine);
                    queue.extend(nested.into_iter().rev());
                }
            }
        }
    }

    /// Makes one region; gives the parallel bodies in it with their steps.
    fn region(&mut self, planned: Planned, machine: &Machine) -> Vec<Planned> {
        let region = RegionId(self.graph.regions.len());
        let first = self.graph.nodes.len();
        let (parent, name) = match planned.parent {
            Some((parent, name)) => (Some(parent), name),
            None => (None, machine.name.clone()),
        };
        self.graph.regions.push(Region {
            kind: region_kind(machine.kind),
            name,
            params: machine.params.iter().map(|param| param.name.clone()).collect(),
            parent,
            nodes: first..first,
        });
        self.machines.push(planned.machine);
        self.places.insert(planned.machine, region);
        self.add(region, NodeKind::Start, &StepInfo::default(), String::new());
        let nested = self.step_nodes(region, machine);
        self.end_nodes(region, machine);
        let last = self.graph.nodes.len();
        if let Some(region) = self.graph.regions.get_mut(region.0) {
            region.nodes = first..last;
        }
        nested
    }

    fn step_nodes(&mut self, region: RegionId, machine: &Machine) -> Vec<Planned> {
        let mut nested = Vec::new();
        let mut blocks: Vec<Vec<(BlockId, &Block)>> = vec![Vec::new(); machine.steps.len()];
        for (index, block) in machine.blocks.iter().enumerate().filter(|(_, block)| !is_outside_steps(block))
        {
            if let Some(list) = blocks.get_mut(block.step) {
                list.push((BlockId(u32::try_from(index).unwrap_or(u32::MAX)), block));
            }
        }
        for (index, (step, blocks)) in machine.steps.iter().zip(&blocks).enumerate() {
            if blocks.is_empty() {
                continue;
            }
            let kind = NodeKind::of_summary(&step.summary);
            let node = self.add(region, kind, step, detail(self.module, machine, kind, blocks));
            self.steps.insert((region, index), node);
            for (id, block) in blocks {
                if let Terminator::Fork(fork) = &block.terminator {
                    let join = self.add(region, NodeKind::Join, &StepInfo::default(), String::new());
                    self.joins.insert((region, *id), join);
                    let bodies = bodies(self.module, machine, step, fork);
                    let planned = |(machine, name)| Planned { machine, parent: Some((node, name)) };
                    nested.extend(bodies.into_iter().map(planned));
                }
            }
        }
        nested
    }

    fn end_nodes(&mut self, region: RegionId, machine: &Machine) {
        if machine.blocks.iter().any(|block| matches!(block.terminator, Terminator::Return(_))) {
            let node = self.add(region, NodeKind::End, &StepInfo::default(), String::new());
            self.ends.insert((region, Outcome::Value), node);
        }
        let fails =
            |block: &Block| matches!(block.terminator, Terminator::Raise(_)) && block.handler.is_none();
        if machine.blocks.iter().any(fails) {
            let node = self.add(region, NodeKind::Failure, &StepInfo::default(), String::new());
            self.ends.insert((region, Outcome::Error), node);
        }
    }

    fn add(&mut self, region: RegionId, kind: NodeKind, step: &StepInfo, detail: String) -> NodeId {
        let id = NodeId(self.graph.nodes.len());
        self.graph.nodes.push(Node {
            region,
            kind,
            name: step.name.clone(),
            summary: step.summary.clone(),
            detail,
            file: step.file.clone(),
            line: step.line,
            guard: None,
        });
        id
    }

    /// The first node of a machine's region.
    fn start(&self, machine: MachineId) -> Option<NodeId> {
        let region = self.graph.region(*self.places.get(&machine)?)?;
        Some(NodeId(region.nodes.start))
    }
}

fn region_kind(kind: MachineKind) -> RegionKind {
    match kind {
        MachineKind::Main => RegionKind::Workflow,
        MachineKind::Subworkflow => RegionKind::Subworkflow,
        MachineKind::Branch => RegionKind::Branch,
        MachineKind::Iteration { .. } => RegionKind::Iteration,
    }
}

/// Whether a block is the common start or end of the routine. A part of a step has a slash in its name.
fn is_outside_steps(block: &Block) -> bool {
    !block.enters_step && !block.name.contains('/')
}

/// The bodies of a fork with names for readers.
fn bodies(module: &Module, machine: &Machine, step: &StepInfo, fork: &Fork) -> Vec<(MachineId, String)> {
    match &fork.bodies {
        ForkBodies::Branches(list) => {
            let prefix = format!("{}/{}/", machine.name, step.name);
            list.iter()
                .map(|body| {
                    let path = machine_of(module, body.machine).map_or("", |machine| machine.name.as_str());
                    (body.machine, path.strip_prefix(&prefix).unwrap_or(path).to_owned())
                })
                .collect()
        }
        ForkBodies::Each { body, range, over } => {
            let value = match machine_of(module, body.machine) {
                Some(inner @ Machine { kind: MachineKind::Iteration { value, .. }, .. }) => {
                    text::variable(inner, *value)
                }
                _ => String::new(),
            };
            vec![(body.machine, format!("for {}", loop_text(&value, *range, machine, over)))]
        }
    }
}

fn loop_text(value: &str, range: bool, machine: &Machine, over: &Expr) -> String {
    let word = if range { "in range" } else { "in" };
    format!("{value} {word} {}", text::expression(machine, over))
}

/// What there is to say about a step beside its summary.
fn detail(module: &Module, machine: &Machine, kind: NodeKind, blocks: &[(BlockId, &Block)]) -> String {
    let terminators = || blocks.iter().map(|(_, block)| &block.terminator);
    let found = match kind {
        NodeKind::For => for_detail(machine, blocks),
        NodeKind::Return => terminators().find_map(|end| match end {
            Terminator::Return(value) => Some(text::expression(machine, value)),
            _ => None,
        }),
        NodeKind::Raise => terminators().find_map(|end| match end {
            Terminator::Raise(value) => Some(text::expression(machine, value)),
            _ => None,
        }),
        NodeKind::Call => return String::new(),
        _ => None,
    };
    found.unwrap_or_else(|| called(module, terminators()).join(", "))
}

fn for_detail(machine: &Machine, blocks: &[(BlockId, &Block)]) -> Option<String> {
    let value = blocks.iter().find_map(|(_, block)| match &block.terminator {
        Terminator::NextElement { each, .. } | Terminator::NextNumber { each, .. } => {
            Some(text::variable(machine, each.value))
        }
        _ => None,
    })?;
    blocks.iter().flat_map(|(_, block)| &block.ops).find_map(|op| match op {
        Op::StartList { over, .. } => Some(loop_text(&value, false, machine, over)),
        Op::StartRange { over, .. } => Some(loop_text(&value, true, machine, over)),
        _ => None,
    })
}

/// Names of what a step calls inside, each once.
fn called<'t>(module: &'t Module, terminators: impl Iterator<Item = &'t Terminator>) -> Vec<&'t str> {
    let mut seen = HashSet::new();
    terminators
        .filter_map(|end| match end {
            Terminator::Suspend { function, .. } => Some(function.name),
            Terminator::Call { machine, .. } => machine_of(module, *machine).map(|m| m.name.as_str()),
            _ => None,
        })
        .filter(|name| seen.insert(*name))
        .collect()
}

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

/// Follows the blocks of one machine and makes the edges.
struct Ways<'b, 'm> {
    builder: &'b mut Builder<'m>,
    region: RegionId,
    machine: &'m Machine,
    visited: Vec<bool>,
    queue: Vec<(NodeId, BlockId, Via)>,
    known: HashSet<(NodeId, NodeId, EdgeKind, String)>,
    /// Errors raised where a handler gets them: where, by which way, and the handler's step.
    raised: Vec<(NodeId, Via, NodeId)>,
}

impl<'b, 'm> Ways<'b, 'm> {
    fn new(builder: &'b mut Builder<'m>, region: RegionId, machine: &'m Machine) -> Self {
        let visited = vec![false; machine.blocks.len()];
        Self {
            builder,
            region,
            machine,
            visited,
            queue: Vec::new(),
            known: HashSet::new(),
            raised: Vec::new(),
        }
    }

    fn trace(&mut self, machine: MachineId) {
        let first_edge = self.builder.graph.edges.len();
        let Some(start) = self.builder.start(machine) else { return };
        match self.machine.blocks.first() {
            Some(block) if is_outside_steps(block) => self.follow(start, BlockId(0), Via::next()),
            _ => self.leave(start, None, BlockId(0), Via::next()),
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
        self.queue.push((from, block, via));
        while let Some((from, id, via)) = self.queue.pop() {
            let (Some(seen), Some(block)) =
                (self.visited.get_mut(id.index()), self.machine.blocks.get(id.index()))
            else {
                continue;
            };
            if !std::mem::replace(seen, true) {
                let known = self.queue.len();
                self.terminator(from, id, block, via);
                // The queue is a stack: what comes first in the source is to be followed first.
                if let Some(added) = self.queue.get_mut(known..) {
                    added.reverse();
                }
            }
        }
    }

    fn terminator(&mut self, from: NodeId, id: BlockId, block: &'m Block, via: Via) {
        match &block.terminator {
            Terminator::Switch { cases, otherwise } => {
                for (condition, to) in cases {
                    let label = text::expression(self.machine, condition);
                    self.leave(from, Some(block), *to, Via::new(EdgeKind::Condition, label));
                }
                self.leave(from, Some(block), *otherwise, Via::new(EdgeKind::Condition, "else"));
            }
            Terminator::NextElement { each, .. } | Terminator::NextNumber { each, .. } => {
                let again = self.block(each.body).is_some_and(|body| !body.enters_step);
                if again {
                    self.edge(from, from, Via::new(EdgeKind::LoopBack, ""));
                } else {
                    self.leave(from, Some(block), each.body, Via::new(EdgeKind::LoopBody, "each"));
                }
                self.leave(from, Some(block), each.exit, Via::new(EdgeKind::LoopExit, "done"));
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
                    self.leave(from, Some(block), to, via.clone());
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
            self.leave(from, Some(block), to, via.clone());
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
        self.leave(join, Some(block), fork.then, Via::next());
    }

    /// Goes from a block that `from` stands for to the block `to`: on in the same step, or along a new edge.
    fn leave(&mut self, from: NodeId, block: Option<&Block>, to: BlockId, via: Via) {
        let Some(target) = self.block(to) else { return };
        if is_outside_steps(target) {
            if let Some(end) = self.end(Outcome::Value) {
                self.edge(from, end, via);
            }
        } else if target.enters_step {
            if let Some(node) = self.step(target.step) {
                self.edge(from, node, via);
            }
        } else if block.is_none_or(|block| block.step == target.step || is_outside_steps(block)) {
            self.queue.push((from, to, via));
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
