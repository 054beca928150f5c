//! What steps do, in words of the source.

use std::collections::{HashMap, HashSet};

use super::model::NodeKind;
use super::text::shown;
use crate::ir::{
    Block, BlockId, Expr, Fork, ForkBodies, Machine, MachineId, MachineKind, Module, Op, StepInfo, Terminator,
};
use crate::program::{SlotId, Variable};
use crate::source::{Span, Spanned};
use crate::syntax::expression::{Expr as Syntax, ExprKind};

/// Characters of an expression that a label keeps.
const MAX_LABEL: usize = 200;
/// What stands for a part that cannot be shown.
const GAP: &str = "…";

/// The machine of this number.
pub(super) fn machine_of(module: &Module, id: MachineId) -> Option<&Machine> {
    module.machines.get(id.0 as usize)
}

/// Describes the steps of one machine.
#[derive(Debug)]
pub(super) struct Describer<'m> {
    module: &'m Module,
    machine: &'m Machine,
    /// What the compiler keeps in slots of its own.
    hidden: HashMap<SlotId, Kept<'m>>,
}

/// The content of a hidden slot.
#[derive(Debug, Clone, Copy)]
enum Kept<'m> {
    /// The result of the call of this function.
    Result(&'m str),
    Value(&'m Expr),
    /// Of `and`, `or`: the left side, and what the right side was made to.
    Decided(&'m Expr, &'m Expr),
    /// One of several things.
    Various,
}

impl<'m> Describer<'m> {
    /// Describes the steps of `machine`.
    pub(super) fn new(module: &'m Module, machine: &'m Machine) -> Self {
        Self { module, machine, hidden: hidden(module, machine) }
    }

    /// What there is to say about a step beside its summary.
    pub(super) fn detail(&self, kind: NodeKind, blocks: &[(BlockId, &'m Block)]) -> String {
        let terminators = || blocks.iter().map(|(_, block)| &block.terminator);
        let found = match kind {
            NodeKind::For => self.for_detail(blocks),
            NodeKind::Return => terminators().find_map(|end| match end {
                Terminator::Return(value) => Some(self.expression(value)),
                _ => None,
            }),
            NodeKind::Raise => terminators().find_map(|end| match end {
                Terminator::Raise(value) => Some(self.expression(value)),
                _ => None,
            }),
            NodeKind::Call => return String::new(),
            _ => None,
        };
        found.unwrap_or_else(|| self.called(terminators()).join(", "))
    }

    fn for_detail(&self, blocks: &[(BlockId, &Block)]) -> Option<String> {
        let value = blocks.iter().find_map(|(_, block)| match &block.terminator {
            Terminator::NextElement { each, .. } | Terminator::NextNumber { each, .. } => Some(each.value),
            _ => None,
        })?;
        let value = self.variable(value)?;
        blocks.iter().flat_map(|(_, block)| &block.ops).find_map(|op| match op {
            Op::StartList { over, .. } => Some(self.loop_text(value, false, over)),
            Op::StartRange { over, .. } => Some(self.loop_text(value, true, over)),
            _ => None,
        })
    }

    /// Names of what a step calls inside, each once.
    fn called(&self, terminators: impl Iterator<Item = &'m Terminator>) -> Vec<&'m str> {
        let mut seen = HashSet::new();
        terminators.filter_map(|end| callee(self.module, end)).filter(|name| seen.insert(*name)).collect()
    }

    /// The bodies of a fork with names for readers.
    pub(super) fn bodies(&self, step: &StepInfo, fork: &Fork) -> Vec<(MachineId, String)> {
        match &fork.bodies {
            ForkBodies::Branches(list) => {
                let prefix = format!("{}/{}/", self.machine.name, step.name);
                list.iter()
                    .map(|body| {
                        let path = machine_of(self.module, body.machine).map_or("", |machine| &machine.name);
                        (body.machine, path.strip_prefix(&prefix).unwrap_or(path).to_owned())
                    })
                    .collect()
            }
            ForkBodies::Each { body, range, over } => {
                let value = machine_of(self.module, body.machine).and_then(|inner| match inner.kind {
                    MachineKind::Iteration { value, .. } => {
                        inner.slots.get(value.0 as usize)?.variable.as_deref()
                    }
                    _ => None,
                });
                let text = self.loop_text(value.unwrap_or(GAP), *range, over);
                vec![(body.machine, format!("for {text}"))]
            }
        }
    }

    fn loop_text(&self, value: &str, range: bool, over: &Expr) -> String {
        let word = if range { "in range" } else { "in" };
        format!("{value} {word} {}", self.expression(over))
    }

    /// An expression as it could be written in the source, cut when it is long.
    pub(super) fn expression(&self, expr: &Expr) -> String {
        shown(&self.written(expr).to_string(), MAX_LABEL)
    }

    fn variable(&self, slot: SlotId) -> Option<&'m str> {
        self.machine.slots.get(slot.0 as usize)?.variable.as_deref()
    }

    /// Back to the form that the printer of expressions takes. Data with content, which has no such form, is left out.
    fn written(&self, expr: &Expr) -> Syntax {
        let inner = |expr: &Expr| Box::new(self.written(expr));
        let kind = match expr {
            Expr::Null => ExprKind::Null,
            Expr::Bool(value) => ExprKind::Bool(*value),
            Expr::Int(value) => ExprKind::Int(*value),
            Expr::Float(value) => ExprKind::Float(*value),
            Expr::Str(value) => ExprKind::Str(value.clone()),
            Expr::Slot { slot, .. } => return self.slot(*slot),
            Expr::Shared(shared) => {
                return name(self.machine.shared.get(shared.0 as usize).map_or(GAP, String::as_str));
            }
            Expr::List(items) => ExprKind::List(items.iter().map(|item| self.written(item)).collect()),
            Expr::Map(entries) if entries.is_empty() => return name("{}"),
            Expr::Map(_) => return name("{…}"),
            Expr::Unary(op, operand) => ExprKind::Unary(*op, inner(operand)),
            Expr::Binary(left, op, right) => ExprKind::Binary(inner(left), *op, inner(right)),
            Expr::Member(base, name) => {
                ExprKind::Member(inner(base), Spanned::new(name.clone(), Span::default()))
            }
            Expr::Index(base, index) => ExprKind::Index(inner(base), inner(index)),
            Expr::Call(function, args) => {
                let last = args.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
                let argument = |arg: &Option<Expr>| arg.as_ref().map_or(name(GAP), |arg| self.written(arg));
                let args = args.iter().take(last).map(argument).collect();
                ExprKind::Call(Box::new(name(function.name)), args)
            }
            Expr::Object(object) => return name(object),
        };
        Syntax { kind, span: Span::default() }
    }

    fn slot(&self, slot: SlotId) -> Syntax {
        match (self.variable(slot), self.hidden.get(&slot)) {
            (Some(variable), _) => name(variable),
            (None, Some(Kept::Result(function))) => name(&format!("{function}({GAP})")),
            // What is kept holds only what was kept before it, so that this comes to an end.
            (None, Some(Kept::Value(value))) => self.written(value),
            (None, Some(Kept::Decided(left, Expr::Binary(_, op, right)))) => Syntax {
                kind: ExprKind::Binary(Box::new(self.written(left)), *op, Box::new(self.written(right))),
                span: Span::default(),
            },
            (None, Some(Kept::Decided(..) | Kept::Various) | None) => name(GAP),
        }
    }
}

/// The name of what a block ends with calling.
fn callee<'m>(module: &'m Module, end: &'m Terminator) -> Option<&'m str> {
    match end {
        Terminator::Suspend { function, .. } => Some(function.name),
        Terminator::Call { machine, .. } => machine_of(module, *machine).map(|machine| machine.name.as_str()),
        _ => None,
    }
}

fn hidden<'m>(module: &'m Module, machine: &'m Machine) -> HashMap<SlotId, Kept<'m>> {
    let own = |slot: SlotId| machine.slots.get(slot.0 as usize).is_some_and(|slot| slot.variable.is_none());
    let decided: HashMap<SlotId, &Expr> =
        machine.blocks.iter().filter_map(|block| decided(machine, block)).collect();
    let mut hidden = HashMap::new();
    let mut keep = |slot: SlotId, kept: Kept<'m>| {
        if own(slot) {
            hidden.entry(slot).and_modify(|old| *old = Kept::Various).or_insert(kept);
        }
    };
    for block in &machine.blocks {
        for op in &block.ops {
            if let Op::Assign { variable: Variable::Slot(slot), path, value, .. } = op
                && path.is_empty()
            {
                match (decided.get(slot), value) {
                    (Some(_), Expr::Bool(_)) => {}
                    (Some(left), _) => keep(*slot, Kept::Decided(left, value)),
                    (None, _) => keep(*slot, Kept::Value(value)),
                }
            }
        }
        if let (Some(name), [then]) =
            (callee(module, &block.terminator), block.terminator.successors().as_slice())
            && let Some(Op::Receive(Some(Variable::Slot(slot)))) =
                machine.blocks.get(then.index()).and_then(|then| then.ops.first())
        {
            keep(*slot, Kept::Result(name));
        }
    }
    hidden
}

/// The left side of an `and`, `or` whose right side suspends, and the slot of the whole: on one way only a constant is
/// stored.
fn decided<'m>(machine: &'m Machine, block: &'m Block) -> Option<(SlotId, &'m Expr)> {
    let Terminator::Decide { operand, yes, no } = &block.terminator else { return None };
    [yes, no].into_iter().find_map(|way| match machine.blocks.get(way.index())?.ops.as_slice() {
        [Op::Assign { variable: Variable::Slot(slot), value: Expr::Bool(_), .. }] => Some((*slot, operand)),
        _ => None,
    })
}

fn name(text: &str) -> Syntax {
    Syntax { kind: ExprKind::Name(text.to_owned()), span: Span::default() }
}
