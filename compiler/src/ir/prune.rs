//! Removes blocks that nothing leads to, and puts the rest into reading order.

use super::{BlockId, Machine, Terminator};

/// Keeps the entry and what can be reached from it, handlers included. The entry comes first, then the blocks of each
/// step together, steps in source order.
pub(super) fn tidy(machine: &mut Machine) {
    let entry = entry(machine);
    let reachable = reachable(machine, entry);
    let mut order: Vec<usize> =
        (0..machine.blocks.len()).filter(|i| reachable.get(*i) == Some(&true)).collect();
    let place = |index: &usize| {
        let block = machine.blocks.get(*index);
        let last = block.is_some_and(|b| b.name.starts_with('$'));
        (*index != entry.index(), last, block.map_or(0, |b| b.step), *index)
    };
    order.sort_by_key(place);
    let mut numbers = vec![BlockId(0); machine.blocks.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(number) = numbers.get_mut(*old) {
            *number = BlockId(u32::try_from(new).unwrap_or(u32::MAX));
        }
    }
    let renumber = |id: BlockId| numbers.get(id.index()).copied().unwrap_or(id);
    let mut blocks: Vec<_> = std::mem::take(&mut machine.blocks).into_iter().map(Some).collect();
    machine.blocks = order.iter().filter_map(|old| blocks.get_mut(*old)?.take()).collect();
    for block in &mut machine.blocks {
        block.terminator.map_successors(renumber);
        block.handler = block.handler.map(renumber);
    }
}

/// Where the machine begins: a first block that only leads on is not needed.
fn entry(machine: &Machine) -> BlockId {
    match machine.blocks.first() {
        Some(block) if block.ops.is_empty() => match block.terminator {
            Terminator::Goto(first) => first,
            _ => BlockId(0),
        },
        _ => BlockId(0),
    }
}

fn reachable(machine: &Machine, entry: BlockId) -> Vec<bool> {
    let mut reachable = vec![false; machine.blocks.len()];
    let mut queue = vec![entry];
    while let Some(id) = queue.pop() {
        let (Some(seen), Some(block)) = (reachable.get_mut(id.index()), machine.blocks.get(id.index()))
        else {
            continue;
        };
        if !std::mem::replace(seen, true) {
            queue.extend(block.terminator.successors());
            queue.extend(block.handler);
        }
    }
    reachable
}
