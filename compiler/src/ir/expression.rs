//! Lowers expressions: what may suspend is hoisted into terminators, in the order in which it is evaluated.

use super::builder::Builder;
use super::{Expr, MachineId, Op, Terminator};
use crate::program::{self, BinaryOp, Callee, ExprKind, SlotId, Variable};
use crate::signatures::FunctionKind;

/// Lowers `expr`, which may end the current block and go on in a new one.
pub(super) fn lower(builder: &mut Builder, expr: &program::Expr) -> Expr {
    match &expr.kind {
        ExprKind::Null => Expr::Null,
        ExprKind::Bool(value) => Expr::Bool(*value),
        ExprKind::Int(value) => Expr::Int(*value),
        ExprKind::Float(value) => Expr::Float(*value),
        ExprKind::Str(value) => Expr::Str(value.clone()),
        ExprKind::Variable(variable, _) => load(*variable),
        ExprKind::Object(name) => Expr::Object(name),
        ExprKind::List(items) => Expr::List(lower_all(builder, items)),
        ExprKind::Map(entries) => {
            let flat: Vec<_> = entries.iter().flat_map(|(key, value)| [key, value]).collect();
            let mut lowered = lower_refs(builder, &flat).into_iter();
            let mut pairs = Vec::with_capacity(entries.len());
            while let (Some(key), Some(value)) = (lowered.next(), lowered.next()) {
                pairs.push((key, value));
            }
            Expr::Map(pairs)
        }
        ExprKind::Unary(op, operand) => Expr::Unary(*op, Box::new(lower(builder, operand))),
        ExprKind::Binary(left, op @ (BinaryOp::And | BinaryOp::Or), right) if suspends(right) => {
            lower_short_circuit(builder, left, *op, right)
        }
        ExprKind::Binary(left, op, right) => {
            let (left, right) = lower_pair(builder, left, right);
            Expr::Binary(Box::new(left), *op, Box::new(right))
        }
        ExprKind::Member(base, name) => Expr::Member(Box::new(lower(builder, base)), name.clone()),
        ExprKind::Index(base, index) => {
            let (base, index) = lower_pair(builder, base, index);
            Expr::Index(Box::new(base), Box::new(index))
        }
        ExprKind::Call(callee, args) => lower_call(builder, *callee, args),
    }
}

/// A variable as an operand.
pub(super) fn load(variable: Variable) -> Expr {
    match variable {
        Variable::Slot(slot) => Expr::Slot { slot, last: false },
        Variable::Shared(shared) => Expr::Shared(shared),
    }
}

/// Lowers several expressions that are evaluated one after the other.
pub(super) fn lower_all(builder: &mut Builder, exprs: &[program::Expr]) -> Vec<Expr> {
    lower_refs(builder, &exprs.iter().collect::<Vec<_>>())
}

/// Everything before the last one that suspends is kept in hidden slots, so that the order stays as written.
pub(super) fn lower_refs(builder: &mut Builder, exprs: &[&program::Expr]) -> Vec<Expr> {
    let last_suspending = exprs.iter().rposition(|e| suspends(e));
    exprs
        .iter()
        .enumerate()
        .map(|(position, expr)| {
            let lowered = lower(builder, expr);
            if last_suspending.is_some_and(|last| position < last) && !is_constant(&lowered) {
                keep(builder, lowered)
            } else {
                lowered
            }
        })
        .collect()
}

/// Lowers optional arguments; `order` tells in which order they are written.
pub(super) fn lower_args(
    builder: &mut Builder,
    args: &[Option<program::Expr>],
    order: &[usize],
) -> Vec<Option<Expr>> {
    let written: Vec<_> = order.iter().filter_map(|&i| args.get(i)?.as_ref().map(|e| (i, e))).collect();
    let in_position = written.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0));
    let mut lowered = lower_refs(builder, &written.iter().map(|(_, e)| *e).collect::<Vec<_>>());
    let computed = lowered.iter().filter(|e| !is_constant(e)).count();
    if !in_position && computed > 1 {
        lowered = lowered.into_iter().map(|e| if is_constant(&e) { e } else { keep(builder, e) }).collect();
    }
    let mut result: Vec<Option<Expr>> = args.iter().map(|_| None).collect();
    for ((position, _), expr) in written.into_iter().zip(lowered) {
        if let Some(place) = result.get_mut(position) {
            *place = Some(expr);
        }
    }
    result
}

/// Whether evaluating `expr` may suspend.
pub(super) fn suspends(expr: &program::Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(callee, args) => is_suspending(*callee) || args.iter().flatten().any(suspends),
        ExprKind::List(items) => items.iter().any(suspends),
        ExprKind::Map(entries) => entries.iter().any(|(key, value)| suspends(key) || suspends(value)),
        ExprKind::Unary(_, operand) | ExprKind::Member(operand, _) => suspends(operand),
        ExprKind::Binary(left, _, right) | ExprKind::Index(left, right) => suspends(left) || suspends(right),
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Variable(..)
        | ExprKind::Object(_) => false,
    }
}

fn is_suspending(callee: Callee) -> bool {
    match callee {
        Callee::Routine(_) => true,
        Callee::Function(function) => function.kind == FunctionKind::Effect,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Float(_) | Expr::Str(_) | Expr::Object(_)
    )
}

fn keep(builder: &mut Builder, value: Expr) -> Expr {
    let slot = builder.hidden("value");
    store(builder, slot, value);
    Expr::Slot { slot, last: false }
}

fn store(builder: &mut Builder, slot: SlotId, value: Expr) {
    builder.push(Op::Assign { variable: Variable::Slot(slot), name: String::new(), path: Vec::new(), value });
}

fn lower_pair(builder: &mut Builder, left: &program::Expr, right: &program::Expr) -> (Expr, Expr) {
    let mut pair = lower_refs(builder, &[left, right]).into_iter();
    (pair.next().unwrap_or(Expr::Null), pair.next().unwrap_or(Expr::Null))
}

fn lower_short_circuit(
    builder: &mut Builder,
    left: &program::Expr,
    op: BinaryOp,
    right: &program::Expr,
) -> Expr {
    let result = builder.hidden("value");
    let left = lower(builder, left);
    let decided = matches!(op, BinaryOp::Or);
    let (evaluate, skip, join) = (builder.part("right"), builder.part("decided"), builder.part("joined"));
    let (yes, no) = if decided { (skip, evaluate) } else { (evaluate, skip) };
    builder.end(Terminator::Decide { operand: left, yes, no });
    builder.switch_to(skip);
    store(builder, result, Expr::Bool(decided));
    builder.end(Terminator::Goto(join));
    builder.switch_to(evaluate);
    let right = lower(builder, right);
    // `x and x` with a constant left side checks that the right operand is a boolean.
    let checked = Expr::Binary(Box::new(Expr::Bool(!decided)), op, Box::new(right));
    store(builder, result, checked);
    builder.end(Terminator::Goto(join));
    builder.switch_to(join);
    Expr::Slot { slot: result, last: false }
}

fn lower_call(builder: &mut Builder, callee: Callee, args: &[Option<program::Expr>]) -> Expr {
    let order: Vec<usize> = (0..args.len()).collect();
    let args = lower_args(builder, args, &order);
    let result = match callee {
        Callee::Function(function) if function.kind != FunctionKind::Effect => {
            return Expr::Call(function, args);
        }
        Callee::Function(function) => {
            let then = builder.part("value");
            builder.end(Terminator::Suspend { function, args, then });
            then
        }
        Callee::Routine(routine) => {
            let then = builder.part("value");
            builder.end(Terminator::Call { machine: MachineId(routine.0), args, then });
            then
        }
    };
    builder.switch_to(result);
    let slot = builder.hidden("value");
    builder.push(Op::Receive(Some(Variable::Slot(slot))));
    Expr::Slot { slot, last: false }
}
