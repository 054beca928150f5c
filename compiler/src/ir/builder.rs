//! Builds one machine block by block.

use std::collections::{HashMap, HashSet};

use super::{Block, BlockId, Machine, Op, Slot, StepInfo, Terminator};
use crate::program::{SlotId, StepId};

/// A machine under construction and the place where the next operation goes.
pub(super) struct Builder {
    pub(super) machine: Machine,
    /// Where errors of new blocks go.
    pub(super) handler: Option<BlockId>,
    /// The step that new blocks belong to, as an index into the machine's steps.
    pub(super) step: usize,
    current: BlockId,
    entries: HashMap<StepId, BlockId>,
    names: HashSet<String>,
    hidden: HashSet<String>,
}

impl Builder {
    pub(super) fn new(machine: Machine) -> Self {
        Self {
            machine,
            handler: None,
            step: 0,
            current: BlockId(0),
            entries: HashMap::new(),
            names: HashSet::new(),
            hidden: HashSet::new(),
        }
    }

    /// Makes the entry block of a step; it is filled when the step is lowered.
    pub(super) fn add_step(&mut self, id: StepId, info: StepInfo) {
        self.step = self.machine.steps.len();
        let name = info.name.clone();
        self.machine.steps.push(info);
        let block = self.add_block(&name);
        if let Some(block) = self.machine.blocks.get_mut(block.index()) {
            block.enters_step = true;
        }
        self.entries.insert(id, block);
    }

    /// The entry block of a step.
    pub(super) fn entry(&self, id: StepId) -> BlockId {
        self.entries.get(&id).copied().unwrap_or(BlockId(0))
    }

    /// Makes that step's entry block the current one.
    pub(super) fn enter(&mut self, id: StepId) {
        let block = self.entry(id);
        self.switch_to(block);
        if let Some(entry) = self.machine.blocks.get_mut(block.index()) {
            entry.handler = self.handler;
            self.step = entry.step;
        }
    }

    /// A new block `STEP/part` of the current step.
    pub(super) fn part(&mut self, part: &str) -> BlockId {
        let step = self.machine.steps.get(self.step).map_or(String::new(), |s| s.name.clone());
        self.add_block(&format!("{step}/{part}"))
    }

    /// A new block with exactly this name, or with a number behind it when the name is taken.
    pub(super) fn add_block(&mut self, name: &str) -> BlockId {
        let mut unique = name.to_owned();
        let mut number = 2;
        while !self.names.insert(unique.clone()) {
            unique = format!("{name}#{number}");
            number += 1;
        }
        let id = BlockId(u32::try_from(self.machine.blocks.len()).unwrap_or(u32::MAX));
        self.machine.blocks.push(Block {
            name: unique,
            step: self.step,
            enters_step: false,
            ops: Vec::new(),
            terminator: Terminator::Goto(id),
            handler: self.handler,
        });
        id
    }

    /// Lets the next operations go to `block`.
    pub(super) fn switch_to(&mut self, block: BlockId) {
        self.current = block;
    }

    /// The block that the next operations go to.
    pub(super) fn current(&self) -> BlockId {
        self.current
    }

    /// Gives a block that exists already the handler of the present place.
    pub(super) fn set_handler(&mut self, block: BlockId) {
        let handler = self.handler;
        if let Some(block) = self.machine.blocks.get_mut(block.index()) {
            block.handler = handler;
        }
    }

    /// Appends an operation.
    pub(super) fn push(&mut self, op: Op) {
        if let Some(block) = self.machine.blocks.get_mut(self.current.index()) {
            block.ops.push(op);
        }
    }

    /// Ends the current block.
    pub(super) fn end(&mut self, terminator: Terminator) {
        if let Some(block) = self.machine.blocks.get_mut(self.current.index()) {
            block.terminator = terminator;
        }
    }

    /// A new hidden slot for `purpose`. It is named after the present step, so that a change elsewhere in the
    /// definition leaves the names in stored checkpoints right.
    pub(super) fn hidden(&mut self, purpose: &str) -> SlotId {
        let step = self.machine.steps.get(self.step).map_or("", |s| s.name.as_str());
        let base = format!("${purpose}@{step}");
        let mut name = base.clone();
        let mut number = 2;
        while !self.hidden.insert(name.clone()) {
            name = format!("{base}#{number}");
            number += 1;
        }
        let id = SlotId(u32::try_from(self.machine.slots.len()).unwrap_or(u32::MAX));
        self.machine.slots.push(Slot { name, variable: None });
        id
    }
}
