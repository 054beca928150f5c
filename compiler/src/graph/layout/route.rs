//! Gives each layer its y and each link its line.

use std::collections::BTreeMap;

use super::spread::{Wish, spread};
use super::{Chain, Item, Layers, Link, Piece, Plan, Point, Role, Route, Size, Vertex, at, put, update};

/// Room between two layers: at least this, more where links run far sideways.
const CHANNEL: f64 = 34.0;
const MAX_CHANNEL: f64 = 84.0;
/// Vertices of at most this height stand in the middle of a layer's upper part.
const LINE: f64 = 48.0;
/// How deep the turn of a link that leads back is.
const TURN: f64 = 22.0;
/// Distance of the ends of links at one item, and of the outermost from its corners.
const PORT_GAP: f64 = 16.0;
const CORNER: f64 = 10.0;

/// The finished plan.
pub(super) fn plan(layers: &Layers, items: &[Item], links: &[Link]) -> Plan {
    let rows = rows(layers, links);
    let ports = ports(layers, items, links);
    let width = layers.vertices.iter().map(|vertex| vertex.x + vertex.right).fold(0.0, f64::max);
    let turns = |(link, chain): (&Link, &Chain)| {
        chain.back && at(&layers.vertices, link.from).layer + 1 == rows.len()
    };
    let below = if links.iter().zip(&layers.chains).any(turns) { TURN } else { 0.0 };
    let height = rows.last().map_or(0.0, |row| row.bottom) + below;
    let corner =
        |(vertex, item): (&Vertex, &Item)| Point { x: vertex.x - item.middle, y: top(&rows, vertex) };
    let routes = links
        .iter()
        .zip(&layers.chains)
        .zip(&ports)
        .map(|((link, chain), ports)| Line { layers, rows: &rows }.route(link, chain, *ports))
        .collect();
    Plan {
        size: Size { width, height },
        items: layers.vertices.iter().zip(items).map(corner).collect(),
        routes,
    }
}

/// The upper and lower edge of a layer.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    top: f64,
    bottom: f64,
}

/// Where a link meets its items.
#[derive(Debug, Clone, Copy, Default)]
struct Ports {
    from: f64,
    to: f64,
}

fn rows(layers: &Layers, links: &[Link]) -> Vec<Row> {
    let mut sideways = vec![0.0f64; layers.rows.len()];
    for (index, below) in layers.below.iter().enumerate() {
        let upper = at(&layers.vertices, index);
        for lower in below {
            let far = (at(&layers.vertices, *lower).x - upper.x).abs();
            update(&mut sideways, upper.layer, |most| *most = far.max(*most));
        }
    }
    let into_first = links
        .iter()
        .zip(&layers.chains)
        .any(|(link, chain)| chain.back && at(&layers.vertices, link.to).layer == 0);
    let mut y = if into_first { TURN } else { 0.0 };
    layers
        .rows
        .iter()
        .zip(sideways)
        .map(|(row, sideways)| {
            let height = row.iter().map(|index| at(&layers.vertices, *index).height).fold(0.0, f64::max);
            let result = Row { top: y, bottom: y + height };
            y += height + (CHANNEL + sideways * 0.08).min(MAX_CHANNEL);
            result
        })
        .collect()
}

/// The upper edge of a vertex.
fn top(rows: &[Row], vertex: &Vertex) -> f64 {
    let row = at(rows, vertex.layer);
    row.top + ((row.bottom - row.top).min(LINE) - vertex.height).max(0.0) / 2.0
}

/// Distributes the ends of links over the lower and upper edges of the items.
fn ports(layers: &Layers, items: &[Item], links: &[Link]) -> Vec<Ports> {
    let x = |vertex: Option<&usize>| vertex.map(|index| at(&layers.vertices, *index).x);
    let mut ports = vec![Ports::default(); links.len()];
    let mut ends: BTreeMap<usize, Vec<End>> = BTreeMap::new();
    for (index, (link, chain)) in links.iter().zip(&layers.chains).enumerate() {
        let towards = x(chain.vertices.first()).unwrap_or(at(&layers.vertices, link.to).x);
        ends.entry(link.from).or_default().push(End { link: index, towards, turns: chain.back });
    }
    for (index, place) in distribute(layers, items, std::mem::take(&mut ends)) {
        put(&mut ports, index, Ports { from: place, to: place });
    }
    for (index, (link, chain)) in
        links.iter().zip(&layers.chains).enumerate().filter(|(_, (_, c))| c.stub.is_none())
    {
        let towards = x(chain.vertices.last()).unwrap_or(at(&ports, index).from);
        ends.entry(link.to).or_default().push(End { link: index, towards, turns: chain.back });
    }
    for (index, place) in distribute(layers, items, ends) {
        update(&mut ports, index, |ports| ports.to = place);
    }
    ports
}

/// The end of a link at an item.
#[derive(Debug, Clone, Copy)]
struct End {
    link: usize,
    /// The x of what is at the other end.
    towards: f64,
    turns: bool,
}

/// How much the wish of a line that turns counts: the others are to be straight.
const TURNING: f64 = 0.05;

/// The x where each link meets its item.
fn distribute(layers: &Layers, items: &[Item], ends: BTreeMap<usize, Vec<End>>) -> Vec<(usize, f64)> {
    let mut places = Vec::new();
    for (item, mut ends) in ends {
        let middle = at(&layers.vertices, item).x;
        let reach = (at(items, item).reach - CORNER).max(0.0);
        // A line that turns is the outermost, so that the others do not cross it.
        let side = |end: &End| match end.turns {
            true if end.towards < middle => f64::NEG_INFINITY,
            true => f64::INFINITY,
            false => end.towards,
        };
        ends.sort_by(|a, b| side(a).total_cmp(&side(b)).then(a.towards.total_cmp(&b.towards)));
        let room = 2.0 * reach / (ends.len().saturating_sub(1).max(1)) as f64;
        let gap = PORT_GAP.min(room);
        let clamp = |x: f64| x.max(middle - reach).min(middle + reach);
        let wish =
            |end: &End| Wish { x: clamp(end.towards), weight: if end.turns { TURNING } else { 1.0 }, gap };
        let wishes: Vec<Wish> = ends.iter().map(wish).collect();
        let spread = spread(&wishes);
        // The outermost may stick out by a little.
        let least = |index: usize| middle - reach + gap * index as f64;
        let most = |index: usize| middle + reach - gap * (ends.len() - 1 - index) as f64;
        let fit = |(index, (end, x)): (usize, (&End, f64))| (end.link, x.max(least(index)).min(most(index)));
        places.extend(ends.iter().zip(spread).enumerate().map(fit));
    }
    places
}

struct Line<'l> {
    layers: &'l Layers,
    rows: &'l [Row],
}

impl Line<'_> {
    fn route(&self, link: &Link, chain: &Chain, ports: Ports) -> Route {
        let from = at(&self.layers.vertices, link.from);
        let to = at(&self.layers.vertices, link.to);
        let start = Point { x: ports.from, y: top(self.rows, &from) + from.height };
        let mut pen = Pen::new(start);
        pen.line(Point { x: start.x, y: at(self.rows, from.layer).bottom });
        for (position, index) in chain.vertices.iter().enumerate() {
            let vertex = at(&self.layers.vertices, *index);
            let row = at(self.rows, vertex.layer);
            let (top_end, bottom_end) =
                (Point { x: vertex.x, y: row.top }, Point { x: vertex.x, y: row.bottom });
            match (chain.back, position) {
                _ if vertex.role == Role::Stub => pen.curve(Point { y: top(self.rows, &vertex), ..top_end }),
                (false, _) => {
                    pen.curve(top_end);
                    pen.line(bottom_end);
                }
                (true, 0) => {
                    pen.turn(bottom_end, TURN);
                    pen.line(top_end);
                }
                (true, _) => {
                    pen.curve(bottom_end);
                    pen.line(top_end);
                }
            }
        }
        let end = Point { x: ports.to, y: top(self.rows, &to) };
        let above = Point { y: at(self.rows, to.layer).top, ..end };
        match (chain.stub, chain.back) {
            (Some(_), _) => {}
            (None, true) => {
                pen.turn(above, -TURN);
                pen.line(end);
            }
            (None, false) => {
                pen.curve(above);
                pen.line(end);
            }
        }
        Route { pieces: pen.pieces, label: self.middle(chain.label), stub: self.middle(chain.stub) }
    }

    fn middle(&self, vertex: Option<usize>) -> Option<Point> {
        let vertex = at(&self.layers.vertices, vertex?);
        Some(Point { x: vertex.x, y: top(self.rows, &vertex) + vertex.height / 2.0 })
    }
}

/// Draws a line that is vertical at the edges of layers.
struct Pen {
    pieces: Vec<Piece>,
    place: Point,
}

impl Pen {
    fn new(start: Point) -> Self {
        Self { pieces: vec![Piece::Move(start)], place: start }
    }

    fn line(&mut self, to: Point) {
        if (to.x - self.place.x).abs() < 0.05 && (to.y - self.place.y).abs() < 0.05 {
            return;
        }
        // A line straight on prolongs the one before.
        let before = self.pieces.len().checked_sub(2).and_then(|index| self.pieces.get(index));
        let straight = match before {
            Some(Piece::Move(p) | Piece::Line(p) | Piece::Curve(_, _, p)) => (p.x - to.x).abs() < 0.05,
            None => false,
        };
        match self.pieces.last_mut() {
            Some(Piece::Line(end)) if straight => *end = to,
            _ => self.pieces.push(Piece::Line(to)),
        }
        self.place = to;
    }

    /// On to another layer.
    fn curve(&mut self, to: Point) {
        if (to.x - self.place.x).abs() < 0.5 {
            return self.line(to);
        }
        let bend = (to.y - self.place.y) * 0.5;
        let first = Point { x: self.place.x, y: self.place.y + bend };
        self.pieces.push(Piece::Curve(first, Point { x: to.x, y: to.y - bend }, to));
        self.place = to;
    }

    /// A turn by half a circle.
    fn turn(&mut self, to: Point, depth: f64) {
        let first = Point { x: self.place.x, y: self.place.y + depth };
        self.pieces.push(Piece::Curve(first, Point { x: to.x, y: to.y + depth }, to));
        self.place = to;
    }
}
