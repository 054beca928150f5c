//! Gives each vertex its x.

use super::spread::{Wish, spread};
use super::{Layers, Role, Vertex, at, update};

/// Distance between items of a layer, and where one of the two is a line.
const ITEM_GAP: f64 = 30.0;
const LINE_GAP: f64 = 14.0;
/// Rounds of moving towards neighbours, one down and one up each; large graphs get fewer.
const ROUNDS: usize = 10;
const LARGE: usize = 4_000;

/// Places the vertices of each layer in order, near their neighbours, lines through several layers straight.
pub(super) fn columns(layers: &mut Layers) {
    for row in 0..layers.rows.len() {
        place(layers, row, |_, _| None);
    }
    let rounds = if layers.vertices.len() > LARGE { 3 } else { ROUNDS };
    for round in 0..rounds {
        for row in (0..layers.rows.len()).rev() {
            place(layers, row, |layers, vertex| mean(layers, layers.below.get(vertex)));
        }
        // The last word has the layer above, by median: what has one way in stands straight below.
        let last = round + 1 == rounds;
        for row in 0..layers.rows.len() {
            place(layers, row, |layers, vertex| match last {
                true => median(layers, layers.above.get(vertex)),
                false => mean(layers, layers.above.get(vertex)),
            });
        }
    }
    straighten(layers);
    let least = layers.vertices.iter().map(|vertex| vertex.x - vertex.left).fold(f64::INFINITY, f64::min);
    for vertex in &mut layers.vertices {
        vertex.x -= least;
    }
}

/// Places one layer; `wish` tells where a vertex would like to be.
fn place(layers: &mut Layers, row: usize, wish: impl Fn(&Layers, usize) -> Option<f64>) {
    let Some(row) = layers.rows.get(row) else { return };
    let mut before: Option<Vertex> = None;
    let wishes: Vec<Wish> = row
        .iter()
        .map(|index| {
            let vertex = at(&layers.vertices, *index);
            let gap = before.replace(vertex).map_or(0.0, |before| distance(before, vertex));
            match (wish(layers, *index), vertex.beside) {
                (Some(x), _) => Wish { x, weight: weight(layers, *index), gap },
                // The item it belongs to is not to give way.
                (None, Some(item)) => Wish { x: at(&layers.vertices, item).x, weight: 0.01, gap },
                (None, None) => Wish { x: vertex.x, weight: 0.1, gap },
            }
        })
        .collect();
    let places = spread(&wishes);
    for (index, x) in row.iter().zip(places) {
        if let Some(vertex) = layers.vertices.get_mut(*index) {
            vertex.x = x;
        }
    }
}

/// Straightens the lines that pass several layers as far as their neighbours leave room.
fn straighten(layers: &mut Layers) {
    let mut neighbours = vec![(None, None); layers.vertices.len()];
    for row in &layers.rows {
        for pair in row.windows(2) {
            if let [left, right] = pair {
                update(&mut neighbours, *left, |of| of.1 = Some(*right));
                update(&mut neighbours, *right, |of| of.0 = Some(*left));
            }
        }
    }
    let chains: Vec<Vec<usize>> = layers.chains.iter().map(|chain| chain.vertices.clone()).collect();
    for chain in chains {
        let mut rest = chain.as_slice();
        while !rest.is_empty() {
            // The longest piece from here on that fits into one column.
            let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
            let mut count = 0;
            for vertex in rest {
                let (least, most) = room(layers, at(&neighbours, *vertex), *vertex);
                if count > 0 && low.max(least) > high.min(most) {
                    break;
                }
                (low, high) = (low.max(least), high.min(most));
                count += 1;
            }
            let (piece, behind) = rest.split_at(count.max(1).min(rest.len()));
            let mean =
                piece.iter().map(|vertex| at(&layers.vertices, *vertex).x).sum::<f64>() / piece.len() as f64;
            for vertex in piece {
                update(&mut layers.vertices, *vertex, |vertex| vertex.x = mean.min(high).max(low));
            }
            rest = behind;
        }
    }
}

/// Between which places a vertex may stand without moving its neighbours.
fn room(layers: &Layers, neighbours: (Option<usize>, Option<usize>), vertex: usize) -> (f64, f64) {
    let own = at(&layers.vertices, vertex);
    let left = neighbours.0.map(|index| at(&layers.vertices, index));
    let right = neighbours.1.map(|index| at(&layers.vertices, index));
    (
        left.map_or(f64::NEG_INFINITY, |left| left.x + distance(left, own)),
        right.map_or(f64::INFINITY, |right| right.x - distance(own, right)),
    )
}

fn distance(left: Vertex, right: Vertex) -> f64 {
    let item = |vertex: Vertex| matches!(vertex.role, Role::Item(_));
    left.right + right.left + if item(left) && item(right) { ITEM_GAP } else { LINE_GAP }
}

/// Lines count more than items, so that they come out straight.
fn weight(layers: &Layers, vertex: usize) -> f64 {
    match at(&layers.vertices, vertex).role {
        Role::Bend => 4.0,
        Role::Label | Role::Stub => 2.0,
        Role::Item(_) => 1.0,
    }
}

fn mean(layers: &Layers, neighbours: Option<&Vec<usize>>) -> Option<f64> {
    let neighbours = neighbours.filter(|list| !list.is_empty())?;
    let sum: f64 = neighbours.iter().map(|index| at(&layers.vertices, *index).x).sum();
    Some(sum / neighbours.len() as f64)
}

fn median(layers: &Layers, neighbours: Option<&Vec<usize>>) -> Option<f64> {
    let mut places: Vec<f64> = neighbours?.iter().map(|index| at(&layers.vertices, *index).x).collect();
    places.sort_by(f64::total_cmp);
    let upper = *places.get(places.len() / 2)?;
    let lower = at(&places, (places.len() - 1) / 2);
    Some((upper + lower) / 2.0)
}
