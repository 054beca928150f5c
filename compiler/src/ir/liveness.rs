//! Finds the last use of each value, so that generated code moves it instead of copying.
//!
//! Appending to a list that is moved costs a few nanoseconds; appending to one that is still shared copies it all.

use super::{Block, Expr, Fork, ForkBodies, Machine, Op, Terminator};
use crate::program::{SlotId, Variable};

/// A set of slots.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slots(Vec<u64>);

impl Slots {
    fn empty(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn insert(&mut self, slot: SlotId) {
        if let Some(word) = self.0.get_mut(slot.0 as usize / 64) {
            *word |= 1 << (slot.0 % 64);
        }
    }

    fn remove(&mut self, slot: SlotId) {
        if let Some(word) = self.0.get_mut(slot.0 as usize / 64) {
            *word &= !(1 << (slot.0 % 64));
        }
    }

    fn contains(&self, slot: SlotId) -> bool {
        self.0.get(slot.0 as usize / 64).is_some_and(|word| word & (1 << (slot.0 % 64)) != 0)
    }

    fn add_all(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// Sets [`Expr::Slot::last`](Expr::Slot) wherever nothing reads the slot afterwards, on any path and in any handler.
pub(super) fn mark_last_uses(machine: &mut Machine) {
    let count = machine.slots.len();
    let mut live_in = vec![Slots::empty(count); machine.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for index in (0..machine.blocks.len()).rev() {
            let Some(block) = machine.blocks.get_mut(index) else { continue };
            let live = transfer(block, &live_in, count, false);
            if let Some(known) = live_in.get_mut(index)
                && *known != live
            {
                *known = live;
                changed = true;
            }
        }
    }
    for block in &mut machine.blocks {
        transfer(block, &live_in, count, true);
    }
}

/// What is live at the block's beginning; with `mark`, also sets the flags.
fn transfer(block: &mut Block, live_in: &[Slots], count: usize, mark: bool) -> Slots {
    let mut handler = Slots::empty(count);
    if let Some(live) = block.handler.and_then(|h| live_in.get(h.index())) {
        handler.add_all(live);
    }
    let mut live = handler.clone();
    for successor in block.terminator.successors() {
        if let Some(more) = live_in.get(successor.index()) {
            live.add_all(more);
        }
    }
    terminator(&mut block.terminator, &mut live, mark);
    live.add_all(&handler);
    for op in block.ops.iter_mut().rev() {
        operation(op, &mut live, &handler, mark);
        live.add_all(&handler);
    }
    live
}

/// `handler` is live wherever the operation may fail: an assignment that fails leaves the old value for it.
fn operation(op: &mut Op, live: &mut Slots, handler: &Slots, mark: bool) {
    match op {
        Op::Assign { variable, path, value, .. } => {
            if let Variable::Slot(slot) = variable {
                if path.is_empty() {
                    live.remove(*slot);
                } else {
                    live.insert(*slot);
                }
            }
            live.add_all(handler);
            uses(std::iter::once(value).chain(path), live, mark);
        }
        Op::Evaluate(value) => uses([value], live, mark),
        Op::Receive(variable) => {
            if let Some(Variable::Slot(slot)) = variable {
                live.remove(*slot);
            }
        }
        Op::Default { slot, value } => {
            live.insert(*slot);
            uses([value], live, mark);
        }
        Op::Clear(slots) => slots.iter().for_each(|slot| live.remove(*slot)),
        Op::Catch(slot) | Op::StartRetry(slot) => live.remove(*slot),
        Op::BindError { error, variable } => {
            live.remove(*variable);
            live.insert(*error);
        }
        Op::StartList { list, cursor, over } => {
            live.remove(*list);
            live.remove(*cursor);
            uses([over], live, mark);
        }
        Op::StartRange { next, last, cursor, over } => {
            for slot in [next, last, cursor] {
                live.remove(*slot);
            }
            uses([over], live, mark);
        }
    }
}

fn terminator(terminator: &mut Terminator, live: &mut Slots, mark: bool) {
    match terminator {
        Terminator::Goto(_) => {}
        Terminator::Switch { cases, .. } => {
            uses(cases.iter_mut().map(|(condition, _)| condition), live, mark)
        }
        Terminator::Decide { operand, .. } => uses([operand], live, mark),
        Terminator::Call { args, .. } | Terminator::Suspend { args, .. } => {
            uses(args.iter_mut().flatten(), live, mark);
        }
        Terminator::Fork(fork) => self::fork(fork, live, mark),
        Terminator::NextElement { list, cursor, each } => {
            for slot in each.locals.iter().chain(&each.index).chain([&each.value]) {
                live.remove(*slot);
            }
            live.insert(*list);
            live.insert(*cursor);
        }
        Terminator::NextNumber { next, last, cursor, each } => {
            for slot in each.locals.iter().chain(&each.index).chain([&each.value]) {
                live.remove(*slot);
            }
            for slot in [next, last, cursor] {
                live.insert(*slot);
            }
        }
        Terminator::MayRetry { error, attempts, max_retries, .. } => {
            live.insert(*error);
            live.insert(*attempts);
            uses(max_retries, live, mark);
        }
        Terminator::CallPredicate { error, .. }
        | Terminator::LogPredicateFailure { error, .. }
        | Terminator::Rethrow(error) => live.insert(*error),
        Terminator::Verdict { result, .. } => live.insert(*result),
        Terminator::Backoff { attempts, initial_delay, max_delay, multiplier, .. } => {
            live.insert(*attempts);
            uses(initial_delay.iter_mut().chain(max_delay).chain(multiplier), live, mark);
        }
        Terminator::Return(value) | Terminator::Raise(value) => uses([value], live, mark),
    }
}

fn fork(fork: &mut Fork, live: &mut Slots, mark: bool) {
    for slot in &fork.lent {
        live.insert(*slot);
    }
    let mut capture = |captures: &[(Variable, SlotId)]| {
        for (from, _) in captures {
            if let Variable::Slot(slot) = from {
                live.insert(*slot);
            }
        }
    };
    let over = match &mut fork.bodies {
        ForkBodies::Branches(bodies) => {
            bodies.iter().for_each(|body| capture(&body.captures));
            None
        }
        ForkBodies::Each { body, over, .. } => {
            capture(&body.captures);
            Some(over)
        }
    };
    uses(over.into_iter().chain(&mut fork.concurrency_limit), live, mark);
}

/// Adds the slots that the expressions of one operation read. A slot that is read once and dead afterwards may be
/// moved; one that is read twice is not, as the operation may still borrow it.
fn uses<'a>(exprs: impl IntoIterator<Item = &'a mut Expr>, live: &mut Slots, mark: bool) {
    let mut found: Vec<(SlotId, &mut bool)> = Vec::new();
    for expr in exprs {
        collect(expr, &mut found);
    }
    if mark {
        let slots: Vec<SlotId> = found.iter().map(|(slot, _)| *slot).collect();
        for (slot, last) in &mut found {
            **last = !live.contains(*slot) && slots.iter().filter(|other| *other == slot).count() == 1;
        }
    }
    for (slot, _) in found {
        live.insert(slot);
    }
}

fn collect<'a>(expr: &'a mut Expr, found: &mut Vec<(SlotId, &'a mut bool)>) {
    match expr {
        Expr::Slot { slot, last } => found.push((*slot, last)),
        Expr::List(items) => items.iter_mut().for_each(|item| collect(item, found)),
        Expr::Map(entries) => {
            for (key, value) in entries {
                collect(key, found);
                collect(value, found);
            }
        }
        Expr::Unary(_, operand) | Expr::Member(operand, _) => collect(operand, found),
        Expr::Binary(left, _, right) | Expr::Index(left, right) => {
            collect(left, found);
            collect(right, found);
        }
        Expr::Call(_, args) => args.iter_mut().flatten().for_each(|arg| collect(arg, found)),
        Expr::Null
        | Expr::Bool(_)
        | Expr::Int(_)
        | Expr::Float(_)
        | Expr::Str(_)
        | Expr::Shared(_)
        | Expr::Object(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, Source, compile};

    /// Whether a step that appends to `list` moves it, when `rest` follows.
    fn moves(rest: &str) -> bool {
        let append = r#"assign: [{list: "${list.concat(list, 1 / 0)}"}]"#;
        let text = format!("- init: {{assign: [{{list: []}}]}}\n- append:\n    try: {{{append}}}\n{rest}");
        let code = compile(vec![Source::new("w.yaml", text)], &Options::default()).rust().unwrap();
        let (_, argument) = code.split_once("list::concat(").unwrap();
        argument.trim_start().starts_with("rt::take(")
    }

    #[test]
    fn a_value_that_is_replaced_is_moved_unless_it_is_read_after_a_failure() {
        assert!(moves(""));
        assert!(!moves("    except: {steps: [{handle: {return: \"${list}\"}}]}\n"));
        assert!(!moves("    except: {steps: []}\n- done: {return: \"${list}\"}\n"));
        assert!(moves("    except: {steps: []}\n- done: {return: 1}\n"));
    }
}
