//! First pass over a workflow: its frames, scopes, steps and protected regions, and which scope owns which variable.
//!
//! Definedness does not follow the flow (`language.md` §7): a name that is assigned anywhere in a scope belongs to it.
//! So all assignments are noted first, then settled from the outermost scope inwards.

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::ast::{self, NodeId};
use crate::program::{RoutineId, Slot, SlotId, StepId};
use crate::source::{Span, Spanned};

/// A frame: the workflow's own, or that of a parallel body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FrameId(usize);

/// A scope in [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ScopeId(usize);

/// A region in [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RegionId(usize);

/// Where a step or an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) frame: FrameId,
    pub(super) scope: ScopeId,
    pub(super) region: RegionId,
}

/// A frame.
#[derive(Debug)]
pub(super) struct Frame {
    /// The routine that it becomes.
    pub(super) routine: RoutineId,
    /// For a parallel body: where the parallel step stands.
    pub(super) outer: Option<Place>,
    /// For a parallel body: the name of the parallel step.
    pub(super) fork: String,
    /// For a parallel body: the names in `shared`, and where they stand there.
    pub(super) shared: Rc<HashMap<String, Span>>,
    /// Its variables.
    pub(super) slots: Vec<Slot>,
    by_step: HashMap<(StepId, String), SlotId>,
    next_step: u32,
}

/// What opens a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// The whole (sub)workflow.
    Workflow,
    /// A loop body, parallel or not.
    Loop,
    /// An `except` block.
    Except,
    /// A parallel branch.
    Branch,
}

/// How a variable comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `params`
    Parameter,
    /// `value` or `index` of a loop.
    LoopVariable,
    /// `as` of `except`.
    Caught,
    /// `assign` or `result`.
    Local,
}

/// A variable of a scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    /// Where it is declared or first assigned.
    pub(super) span: Span,
    /// How it comes to be.
    pub(super) role: Role,
    /// Where it lives in the scope's frame.
    pub(super) slot: SlotId,
}

/// A scope.
#[derive(Debug)]
pub(super) struct Scope {
    /// The enclosing scope; for a parallel body it belongs to another frame.
    pub(super) parent: Option<ScopeId>,
    /// The frame that its variables live in.
    pub(super) frame: FrameId,
    /// What opens it.
    pub(super) kind: ScopeKind,
    /// The name of the step that opens it.
    pub(super) owner: String,
    /// Its variables, in the order of their slots.
    pub(super) variables: IndexMap<String, Declared>,
    step: Option<StepId>,
    assigned: Vec<Spanned<String>>,
}

/// What a region protects from being jumped into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegionKind {
    /// The whole (sub)workflow.
    Workflow,
    /// A loop body.
    Loop,
    /// A guarded body.
    Try,
    /// An `except` block.
    Except,
    /// A parallel branch.
    Branch,
    /// A body of a parallel loop.
    Iteration,
}

/// Steps that can only be entered in order.
#[derive(Debug)]
pub(super) struct Region {
    /// The enclosing region.
    pub(super) parent: Option<RegionId>,
    /// What it is.
    pub(super) kind: RegionKind,
    /// The name of the step that it belongs to.
    pub(super) owner: String,
}

/// A step that can be jumped to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// Its number.
    pub(super) id: StepId,
    /// Where it stands.
    pub(super) place: Place,
    /// Its name.
    pub(super) span: Span,
}

/// A loop variable whose name means something else around the loop.
#[derive(Debug)]
pub(super) struct Clash {
    /// The loop variable's name.
    pub(super) name: Spanned<String>,
    /// The loop's step.
    pub(super) owner: String,
    /// The other variable.
    pub(super) other: Declared,
}

/// The outline of one workflow.
#[derive(Debug, Default)]
pub(super) struct Outline {
    frames: Vec<Frame>,
    scopes: Vec<Scope>,
    regions: Vec<Region>,
    steps: HashMap<NodeId, StepId>,
    blocks: HashMap<NodeId, Place>,
    targets: IndexMap<String, Target>,
    /// Names that a second step of the workflow has too: the second place and the first.
    pub(super) duplicates: Vec<(Spanned<String>, Span)>,
    /// Loop variables that break rule D15.
    pub(super) clashes: Vec<Clash>,
    declared: HashMap<String, Vec<ScopeId>>,
}

/// Who a block belongs to.
#[derive(Clone, Copy)]
struct Owner<'a> {
    name: &'a str,
    step: StepId,
}

impl Outline {
    /// Outlines a workflow. Its parallel bodies take their routine ids from `next_routine`.
    pub(super) fn new(workflow: &ast::Workflow, routine: RoutineId, next_routine: &mut u32) -> Self {
        let mut outline = Self::default();
        outline.frames.push(Frame {
            routine,
            outer: None,
            fork: String::new(),
            shared: Rc::default(),
            slots: Vec::new(),
            by_step: HashMap::new(),
            next_step: 0,
        });
        let frame = FrameId(0);
        let owner = Owner { name: "", step: StepId(0) };
        let scope = outline.scope_in(frame, None, ScopeKind::Workflow, owner);
        let region = outline.region_in(None, RegionKind::Workflow, owner);
        for param in &workflow.params {
            outline.declare(scope, &param.name, Role::Parameter);
        }
        outline.walk_steps(&workflow.steps, Place { frame, scope, region }, next_routine);
        outline.settle();
        outline
    }

    /// Where the workflow's own steps stand.
    pub(super) fn root(&self) -> Place {
        Place { frame: FrameId(0), scope: ScopeId(0), region: RegionId(0) }
    }

    // Ids are only made by this outline and stay valid, because nothing is ever removed.

    pub(super) fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.0]
    }

    pub(super) fn frame_mut(&mut self, id: FrameId) -> &mut Frame {
        &mut self.frames[id.0]
    }

    pub(super) fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0]
    }

    pub(super) fn region(&self, id: RegionId) -> &Region {
        &self.regions[id.0]
    }

    /// All frames, the workflow's own first.
    pub(super) fn frame_ids(&self) -> impl Iterator<Item = FrameId> + use<> {
        (0..self.frames.len()).map(FrameId)
    }

    /// The number of a step.
    pub(super) fn step(&self, node: NodeId) -> StepId {
        self.steps.get(&node).copied().unwrap_or(StepId(0))
    }

    /// Where the steps inside a block stand.
    pub(super) fn block(&self, node: NodeId) -> Place {
        self.blocks.get(&node).copied().unwrap_or_else(|| self.root())
    }

    /// The step with this name.
    pub(super) fn target(&self, name: &str) -> Option<&Target> {
        self.targets.get(name)
    }

    /// The names of all steps.
    pub(super) fn step_names(&self) -> impl Iterator<Item = &str> {
        self.targets.keys().map(String::as_str)
    }

    /// The nearest enclosing scope that owns a variable of this name.
    pub(super) fn find(&self, from: ScopeId, name: &str) -> Option<ScopeId> {
        self.scopes_from(from).find(|scope| self.scope(*scope).variables.contains_key(name))
    }

    /// A scope and all that enclose it.
    pub(super) fn scopes_from(&self, from: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(from), |scope| self.scope(*scope).parent)
    }

    /// A region and all that enclose it.
    pub(super) fn regions_from(&self, from: RegionId) -> impl Iterator<Item = RegionId> + '_ {
        std::iter::successors(Some(from), |region| self.region(*region).parent)
    }

    /// Some scope, visible or not, that owns a variable of this name.
    pub(super) fn find_anywhere(&self, name: &str) -> Option<ScopeId> {
        self.declared.get(name).and_then(|scopes| scopes.first()).copied()
    }

    /// The variable of this name in exactly this scope.
    pub(super) fn variable(&self, scope: ScopeId, name: &str) -> Option<Declared> {
        self.scope(scope).variables.get(name).copied()
    }

    fn scope_in(
        &mut self,
        frame: FrameId,
        parent: Option<ScopeId>,
        kind: ScopeKind,
        owner: Owner<'_>,
    ) -> ScopeId {
        // The outermost scope of a frame needs no step to tell its variables apart.
        let own = parent.is_none_or(|parent| self.scope(parent).frame != frame);
        self.scopes.push(Scope {
            parent,
            frame,
            kind,
            owner: owner.name.to_owned(),
            variables: IndexMap::new(),
            step: (!own).then_some(owner.step),
            assigned: Vec::new(),
        });
        ScopeId(self.scopes.len() - 1)
    }

    fn region_in(&mut self, parent: Option<RegionId>, kind: RegionKind, owner: Owner<'_>) -> RegionId {
        self.regions.push(Region { parent, kind, owner: owner.name.to_owned() });
        RegionId(self.regions.len() - 1)
    }

    fn declare(&mut self, scope: ScopeId, name: &Spanned<String>, role: Role) {
        let Scope { frame, step, .. } = self.scopes[scope.0];
        let Frame { slots, by_step, .. } = &mut self.frames[frame.0];
        let slot = SlotId(u32::try_from(slots.len()).unwrap_or(u32::MAX));
        // The scopes of one step (its `except`, loops of its entries) are never open at the same time, so they may
        // have a variable of the same name in one slot: name and step identify a slot.
        let slot = step.map_or(slot, |step| *by_step.entry((step, name.value.clone())).or_insert(slot));
        if slot.0 as usize == slots.len() {
            slots.push(Slot { name: name.value.clone(), scope: step });
        }
        self.scopes[scope.0].variables.insert(name.value.clone(), Declared { span: name.span, role, slot });
        self.declared.entry(name.value.clone()).or_default().push(scope);
    }

    fn walk_steps(&mut self, steps: &[ast::Step], place: Place, next_routine: &mut u32) {
        for step in steps {
            let frame = self.frame_mut(place.frame);
            let id = StepId(frame.next_step);
            frame.next_step = frame.next_step.saturating_add(1);
            self.steps.insert(step.node, id);
            match self.targets.get(&step.name.value) {
                Some(first) => self.duplicates.push((step.name.clone(), first.span)),
                None => {
                    let target = Target { id, place, span: step.name.span };
                    self.targets.insert(step.name.value.clone(), target);
                }
            }
            self.walk_body(&step.body, place, Owner { name: &step.name.value, step: id }, next_routine);
        }
    }

    fn walk_body(&mut self, body: &ast::Body, place: Place, owner: Owner<'_>, next_routine: &mut u32) {
        match &body.action {
            ast::Action::Assign(entries) => {
                for entry in entries.iter().filter(|entry| entry.target.accessors.is_empty()) {
                    self.scopes[place.scope.0].assigned.push(entry.target.name.clone());
                }
            }
            ast::Action::Call(call) => {
                self.scopes[place.scope.0].assigned.extend(call.result.iter().cloned());
            }
            ast::Action::Switch(cases) => {
                for case in cases {
                    self.walk_body(&case.body, place, owner, next_routine);
                }
            }
            ast::Action::For(body) => {
                let scope = self.scope_in(place.frame, Some(place.scope), ScopeKind::Loop, owner);
                let region = self.region_in(Some(place.region), RegionKind::Loop, owner);
                self.walk_loop(body, Place { scope, region, ..place }, next_routine);
            }
            ast::Action::Parallel(parallel) => self.walk_parallel(parallel, place, owner, next_routine),
            ast::Action::Try(block) => {
                let region = self.region_in(Some(place.region), RegionKind::Try, owner);
                let inside = Place { region, ..place };
                self.blocks.insert(block.node, inside);
                self.walk_body(&block.body, inside, owner, next_routine);
                if let Some(except) = &block.except {
                    let scope = self.scope_in(place.frame, Some(place.scope), ScopeKind::Except, owner);
                    let region = self.region_in(Some(place.region), RegionKind::Except, owner);
                    if let Some(variable) = &except.variable {
                        self.declare(scope, variable, Role::Caught);
                    }
                    let inside = Place { scope, region, ..place };
                    self.blocks.insert(except.node, inside);
                    self.walk_steps(&except.steps, inside, next_routine);
                }
            }
            ast::Action::Steps(steps) => self.walk_steps(steps, place, next_routine),
            ast::Action::Nothing | ast::Action::Raise(_) | ast::Action::Return(..) => {}
        }
    }

    fn walk_loop(&mut self, body: &ast::For, inside: Place, next_routine: &mut u32) {
        for name in body.value.iter().chain(&body.index) {
            if self.variable(inside.scope, &name.value).is_none() {
                self.declare(inside.scope, name, Role::LoopVariable);
            }
        }
        self.blocks.insert(body.node, inside);
        self.walk_steps(&body.steps, inside, next_routine);
    }

    fn walk_parallel(
        &mut self,
        parallel: &ast::Parallel,
        place: Place,
        owner: Owner<'_>,
        next_routine: &mut u32,
    ) {
        let shared: HashMap<_, _> =
            parallel.shared.iter().map(|name| (name.value.clone(), name.span)).collect();
        let shared = Rc::new(shared);
        let mut enter = |outline: &mut Self, kind, region| {
            outline.frames.push(Frame {
                routine: RoutineId(*next_routine),
                outer: Some(place),
                fork: owner.name.to_owned(),
                shared: Rc::clone(&shared),
                slots: Vec::new(),
                by_step: HashMap::new(),
                next_step: 0,
            });
            *next_routine = next_routine.saturating_add(1);
            let frame = FrameId(outline.frames.len() - 1);
            let scope = outline.scope_in(frame, Some(place.scope), kind, owner);
            let region = outline.region_in(Some(place.region), region, owner);
            Place { frame, scope, region }
        };
        match &parallel.bodies {
            ast::Bodies::Branches(branches) => {
                // All branches of a step get their routine ids before the parallel steps inside them.
                let places: Vec<Place> =
                    branches.iter().map(|_| enter(self, ScopeKind::Branch, RegionKind::Branch)).collect();
                for (branch, inside) in branches.iter().zip(places) {
                    self.blocks.insert(branch.node, inside);
                    self.walk_steps(&branch.steps, inside, next_routine);
                }
            }
            ast::Bodies::For(body) => {
                let inside = enter(self, ScopeKind::Loop, RegionKind::Iteration);
                self.walk_loop(body, inside, next_routine);
            }
        }
    }

    /// Gives every assigned name to the scope that owns it. Enclosing scopes have smaller ids, so they come first.
    fn settle(&mut self) {
        for id in (0..self.scopes.len()).map(ScopeId) {
            for name in std::mem::take(&mut self.scopes[id.0].assigned) {
                if self.find(id, &name.value).is_none() {
                    self.declare(id, &name, Role::Local);
                }
            }
            self.find_clashes(id);
        }
    }

    /// Rule D15: around a loop its variables must not exist.
    fn find_clashes(&mut self, id: ScopeId) {
        let scope = self.scope(id);
        let Some(parent) = scope.parent else { return };
        let mut clashes = Vec::new();
        for (name, declared) in &scope.variables {
            if declared.role == Role::LoopVariable
                && let Some(other) = self.find(parent, name).and_then(|other| self.variable(other, name))
            {
                let name = Spanned::new(name.clone(), declared.span);
                clashes.push(Clash { name, owner: scope.owner.clone(), other });
            }
        }
        self.clashes.append(&mut clashes);
    }
}
