//! Assigns items to layers and puts vertices into the layers that a link passes.

use super::{Chain, Item, Layers, Link, MAX_SPAN, Role, Size, Vertex, append, at, put, update};

/// Half the room that a passing line takes.
const BEND: f64 = 2.0;

/// The layers, each in the order of a walk along the links.
pub(super) fn layers(items: &[Item], links: &[Link]) -> Layers {
    let mut outgoing = vec![Vec::new(); items.len()];
    for (index, link) in links.iter().enumerate() {
        append(&mut outgoing, link.from, index);
    }
    let (walk, back) = walk(items.len(), links, &outgoing);
    let ranks = ranks(items.len(), links, &outgoing, &back);
    let mut layers = Layers::default();
    for (item, rank) in items.iter().zip(&ranks) {
        layers.add(Vertex {
            role: Role::Item(layers.vertices.len()),
            layer: *rank,
            left: item.middle,
            right: item.size.width - item.middle,
            height: item.size.height,
            ..Vertex::default()
        });
    }
    layers.chains = vec![Chain::default(); links.len()];
    for item in walk {
        layers.enter_row(item);
        for index in outgoing.get(item).into_iter().flatten() {
            let chain = layers.chain(&at(links, *index), at(&back, *index));
            put(&mut layers.chains, *index, chain);
        }
    }
    layers
}

/// The items in the order of a depth-first walk, and for each link whether it leads back to an item on the way to it.
fn walk(items: usize, links: &[Link], outgoing: &[Vec<usize>]) -> (Vec<usize>, Vec<bool>) {
    #[derive(Clone, Copy, PartialEq, Default)]
    enum State {
        #[default]
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; items];
    let mut back = vec![false; links.len()];
    let mut order = Vec::with_capacity(items);
    for root in 0..items {
        let mut stack = vec![(root, 0)];
        while let Some((item, next)) = stack.pop() {
            if next == 0 {
                if at(&states, item) != State::New {
                    continue;
                }
                put(&mut states, item, State::Open);
                order.push(item);
            }
            let Some(index) = outgoing.get(item).and_then(|list| list.get(next)) else {
                put(&mut states, item, State::Done);
                continue;
            };
            stack.push((item, next + 1));
            let to = at(links, *index).to;
            match at(&states, to) {
                State::New => stack.push((to, 0)),
                State::Open => put(&mut back, *index, true),
                State::Done => {}
            }
        }
    }
    (order, back)
}

/// The layer of each item: the longest way to it. A label takes a layer of its own.
fn ranks(items: usize, links: &[Link], outgoing: &[Vec<usize>], back: &[bool]) -> Vec<usize> {
    let mut missing = vec![0usize; items];
    for (link, _) in links.iter().zip(back).filter(|(_, back)| !**back) {
        update(&mut missing, link.to, |count| *count += 1);
    }
    let mut ranks = vec![0usize; items];
    let mut ready: Vec<usize> = (0..items).filter(|item| at(&missing, *item) == 0).collect();
    while let Some(item) = ready.pop() {
        for index in outgoing.get(item).into_iter().flatten().filter(|index| !at(back, **index)) {
            let link = at(links, *index);
            let length = if link.label.width > 0.0 { 2 } else { 1 };
            let rank = at(&ranks, item) + length;
            update(&mut ranks, link.to, |old| *old = rank.max(*old));
            let left = at(&missing, link.to).saturating_sub(1);
            put(&mut missing, link.to, left);
            if left == 0 {
                ready.push(link.to);
            }
        }
    }
    ranks
}

impl Layers {
    fn add(&mut self, vertex: Vertex) -> usize {
        self.vertices.push(vertex);
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        self.vertices.len() - 1
    }

    /// Puts a vertex at the end of its layer.
    fn enter_row(&mut self, vertex: usize) {
        let layer = at(&self.vertices, vertex).layer;
        if self.rows.len() <= layer {
            self.rows.resize(layer + 1, Vec::new());
        }
        append(&mut self.rows, layer, vertex);
    }

    fn connect(&mut self, upper: usize, lower: usize) {
        append(&mut self.below, upper, lower);
        append(&mut self.above, lower, upper);
    }

    /// A vertex that is no item, in its layer.
    fn passing(&mut self, role: Role, layer: usize, size: Size, beside: Option<usize>) -> usize {
        let half = (size.width / 2.0).max(BEND);
        let vertex = Vertex { role, layer, left: half, right: half, height: size.height, x: 0.0, beside };
        let index = self.add(vertex);
        self.enter_row(index);
        index
    }

    /// Makes the vertices of a link.
    fn chain(&mut self, link: &Link, back: bool) -> Chain {
        let (from, to) = (at(&self.vertices, link.from).layer, at(&self.vertices, link.to).layer);
        let mut chain = Chain { back, ..Chain::default() };
        if from.abs_diff(to) > MAX_SPAN {
            return self.stub(link, from, chain);
        }
        // A link that leads back passes the layers of both its ends too, beside the items.
        let passed: Vec<usize> = if back { (to..=from).rev().collect() } else { (from + 1..to).collect() };
        for (position, layer) in passed.iter().enumerate() {
            let labelled = position == 0 && link.label.width > 0.0;
            let beside = match back {
                true if *layer == to => Some(link.to),
                true if position == 0 => Some(link.from),
                _ => None,
            };
            let (role, size) =
                if labelled { (Role::Label, link.label) } else { (Role::Bend, Size::default()) };
            let vertex = self.passing(role, *layer, size, beside);
            if labelled {
                chain.label = Some(vertex);
            }
            chain.vertices.push(vertex);
        }
        let ends = if back { (None, None) } else { (Some(link.from), Some(link.to)) };
        let all: Vec<usize> =
            ends.0.into_iter().chain(chain.vertices.iter().copied()).chain(ends.1).collect();
        for pair in all.windows(2) {
            if let [first, second] = pair {
                let (upper, lower) = if back { (*second, *first) } else { (*first, *second) };
                self.connect(upper, lower);
            }
        }
        chain
    }

    /// Below the source: the label, if there is one, then the name of the target.
    fn stub(&mut self, link: &Link, from: usize, mut chain: Chain) -> Chain {
        chain.back = false;
        let mut upper = link.from;
        let mut layer = from + 1;
        if link.label.width > 0.0 {
            let label = self.passing(Role::Label, layer, link.label, None);
            self.connect(upper, label);
            chain.label = Some(label);
            chain.vertices.push(label);
            (upper, layer) = (label, layer + 1);
        }
        let stub = self.passing(Role::Stub, layer, link.stub, None);
        self.connect(upper, stub);
        chain.stub = Some(stub);
        chain.vertices.push(stub);
        chain
    }
}
