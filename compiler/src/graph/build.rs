//! From machines to the graph: blocks of a step become one node, and the ways between blocks of different steps edges.

use std::collections::HashMap;

use super::describe::{Describer, machine_of};
use super::model::{Graph, Node, NodeId, NodeKind, Region, RegionId, RegionKind};
use crate::ir::{Block, BlockId, Machine, MachineId, MachineKind, Module, StepInfo, Terminator};

mod ways;

use ways::Ways;

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
    fn region(&mut self, planned: Planned, machine: &'m Machine) -> Vec<Planned> {
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

    fn step_nodes(&mut self, region: RegionId, machine: &'m Machine) -> Vec<Planned> {
        let describer = Describer::new(self.module, machine);
        let mut nested = Vec::new();
        let mut blocks: Vec<Vec<(BlockId, &'m Block)>> = vec![Vec::new(); machine.steps.len()];
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
            let node = self.add(region, kind, step, describer.detail(kind, blocks));
            self.steps.insert((region, index), node);
            for (id, block) in blocks {
                if let Terminator::Fork(fork) = &block.terminator {
                    let join = self.add(region, NodeKind::Join, &StepInfo::default(), String::new());
                    self.joins.insert((region, *id), join);
                    let bodies = describer.bodies(step, fork);
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
