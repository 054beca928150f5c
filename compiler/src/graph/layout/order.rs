//! Orders the vertices of each layer so that few links cross.

use std::collections::HashMap;

use super::{Layers, at, put, update};

/// Rounds of reordering, one down and one up each; large graphs get fewer.
const ROUNDS: usize = 8;
const LARGE: usize = 4_000;

/// Reorders the layers by medians of neighbours and keeps the best order that was seen.
pub(super) fn reduce_crossings(layers: &mut Layers) {
    let rounds = if layers.vertices.len() > LARGE { 2 } else { ROUNDS };
    let mut best = layers.rows.clone();
    let mut least = crossings(layers);
    for _ in 0..rounds {
        if least == 0 {
            break;
        }
        for downwards in [true, false] {
            sweep(layers, downwards);
            let found = crossings(layers);
            if found < least {
                least = found;
                best.clone_from(&layers.rows);
            }
        }
    }
    layers.rows = best;
    let positions = positions(layers);
    for row in 0..layers.rows.len() {
        put_beside(layers, &positions, row);
    }
}

/// The place of each vertex in its layer.
fn positions(layers: &Layers) -> Vec<usize> {
    let mut positions = vec![0; layers.vertices.len()];
    for row in &layers.rows {
        for (position, vertex) in row.iter().enumerate() {
            put(&mut positions, *vertex, position);
        }
    }
    positions
}

fn sweep(layers: &mut Layers, downwards: bool) {
    let mut positions = positions(layers);
    let count = layers.rows.len();
    let order: Vec<usize> = if downwards { (0..count).collect() } else { (0..count).rev().collect() };
    for row in order {
        let neighbours = if downwards { &layers.above } else { &layers.below };
        let mut keyed: Vec<(f64, usize)> = layers
            .rows
            .get(row)
            .into_iter()
            .flatten()
            .map(|vertex| {
                let list = neighbours.get(*vertex).map(Vec::as_slice).unwrap_or_default();
                (median(list, &positions).unwrap_or(at(&positions, *vertex) as f64), *vertex)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        put(&mut layers.rows, row, keyed.into_iter().map(|(_, vertex)| vertex).collect());
        put_beside(layers, &positions, row);
        for (position, vertex) in layers.rows.get(row).into_iter().flatten().enumerate() {
            put(&mut positions, *vertex, position);
        }
    }
}

fn median(neighbours: &[usize], positions: &[usize]) -> Option<f64> {
    let mut places: Vec<usize> = neighbours.iter().map(|vertex| at(positions, *vertex)).collect();
    places.sort_unstable();
    let upper = *places.get(places.len() / 2)?;
    let lower = places.get((places.len() - 1) / 2).copied().unwrap_or(upper);
    Some((upper + lower) as f64 / 2.0)
}

/// Moves the ends of links that lead back beside the items that they belong to: where they arrive to the left, where
/// they leave to the side from which the line comes.
fn put_beside(layers: &mut Layers, positions: &[usize], row: usize) {
    let Some(old) = layers.rows.get(row) else { return };
    let companions: Vec<(usize, usize)> =
        old.iter().filter_map(|vertex| Some((at(&layers.vertices, *vertex).beside?, *vertex))).collect();
    if companions.is_empty() {
        return;
    }
    let mut of: HashMap<usize, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (item, companion) in companions {
        let place =
            |vertex| median(layers.above.get(vertex).map(Vec::as_slice).unwrap_or_default(), positions);
        let sides = of.entry(item).or_default();
        match (place(companion), place(item)) {
            (Some(line), Some(item)) if line > item => sides.1.push(companion),
            _ => sides.0.push(companion),
        }
    }
    let alone = old.iter().filter(|vertex| at(&layers.vertices, **vertex).beside.is_none());
    let new = alone
        .flat_map(|vertex| {
            let (left, right) = of.remove(vertex).unwrap_or_default();
            left.into_iter().chain([*vertex]).chain(right)
        })
        .collect();
    put(&mut layers.rows, row, new);
}

/// How many pairs of links between neighbouring layers cross.
fn crossings(layers: &Layers) -> u64 {
    let positions = positions(layers);
    layers
        .rows
        .iter()
        .zip(layers.rows.iter().skip(1))
        .map(|(upper, lower)| between(layers, &positions, upper, lower.len()))
        .sum()
}

fn between(layers: &Layers, positions: &[usize], upper: &[usize], width: usize) -> u64 {
    // A tree of sums over the lower layer: how many links already end at or left of a position.
    let mut sums = vec![0u64; width + 1];
    let mut seen = 0u64;
    let mut total = 0u64;
    for vertex in upper {
        let mut ends: Vec<usize> =
            layers.below.get(*vertex).into_iter().flatten().map(|lower| at(positions, *lower)).collect();
        ends.sort_unstable();
        for end in &ends {
            let mut index = end + 1;
            let mut left = 0;
            while index > 0 {
                left += at(&sums, index);
                index &= index - 1;
            }
            total += seen.saturating_sub(left);
        }
        for end in ends {
            let mut index = end + 1;
            while index <= width {
                update(&mut sums, index, |sum| *sum += 1);
                index += index & index.wrapping_neg();
            }
            seen += 1;
        }
    }
    total
}
