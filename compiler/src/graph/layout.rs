//! A layered drawing of a directed graph, from top to bottom.
//!
//! Links that lead back are found first and kept apart; the longest way to an item decides its layer; links through
//! several layers get a vertex in each; medians of neighbours decide the order in a layer; places follow from the
//! order. Every phase is linear in the number of vertices but for sorting.

mod order;
mod place;
mod rank;
mod route;
mod spread;

/// Layers that a link may span. A longer one is drawn as a stub that names its target, which also bounds the number of
/// vertices.
const MAX_SPAN: usize = 25;

/// A place in pixels, y downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Something with a place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Item {
    pub(super) size: Size,
    /// Where links meet it, from its left edge.
    pub(super) middle: f64,
    /// How far from the middle links may meet it.
    pub(super) reach: f64,
}

/// A connection of two different items.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The size of its label; no width: it has none.
    pub(super) label: Size,
    /// The size of the text that stands for the target when the link is too long.
    pub(super) stub: Size,
}

/// A part of the line of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Piece {
    Move(Point),
    Line(Point),
    /// Two control points and the end.
    Curve(Point, Point, Point),
}

/// How a link runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Route {
    pub(super) pieces: Vec<Piece>,
    /// The middle of its label.
    pub(super) label: Option<Point>,
    /// The middle of the text that stands for its target; the line ends there.
    pub(super) stub: Option<Point>,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    pub(super) size: Size,
    /// The upper left corner of each item.
    pub(super) items: Vec<Point>,
    /// The line of each link.
    pub(super) routes: Vec<Route>,
}

/// Arranges items; the first is where reading begins.
pub(super) fn arrange(items: &[Item], links: &[Link]) -> Plan {
    let mut layers = rank::layers(items, links);
    order::reduce_crossings(&mut layers);
    place::columns(&mut layers);
    route::plan(&layers, items, links)
}

/// What stands at a place in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Role {
    /// The item of this index.
    Item(usize),
    /// The label of a link.
    Label,
    /// The end of a link that is too long.
    Stub,
    /// A link that passes through.
    #[default]
    Bend,
}

/// Something in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Vertex {
    role: Role,
    layer: usize,
    /// How far it extends to the left and right of its x.
    left: f64,
    right: f64,
    height: f64,
    x: f64,
    /// A vertex of the same layer that it is to stand beside: the end of a link that leads back.
    beside: Option<usize>,
}

/// The vertices in layers.
#[derive(Debug, Clone, PartialEq, Default)]
struct Layers {
    vertices: Vec<Vertex>,
    /// The vertices of each layer from left to right.
    rows: Vec<Vec<usize>>,
    /// Neighbours of each vertex in the layers above and below.
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    /// For each link its vertices between the two items, from the source on.
    chains: Vec<Chain>,
}

/// The vertices of a link between its items.
#[derive(Debug, Clone, PartialEq, Default)]
struct Chain {
    vertices: Vec<usize>,
    /// Whether it leads up.
    back: bool,
    label: Option<usize>,
    stub: Option<usize>,
}

/// An element, or the default where there is none.
fn at<T: Copy + Default>(list: &[T], index: usize) -> T {
    list.get(index).copied().unwrap_or_default()
}

/// Stores an element where there is one.
fn put<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}

/// Changes an element where there is one.
fn update<T>(list: &mut [T], index: usize, change: impl FnOnce(&mut T)) {
    if let Some(place) = list.get_mut(index) {
        change(place);
    }
}

/// Appends to a list in a list.
fn append<T>(lists: &mut [Vec<T>], index: usize, value: T) {
    if let Some(list) = lists.get_mut(index) {
        list.push(value);
    }
}

#[cfg(test)]
mod tests;
