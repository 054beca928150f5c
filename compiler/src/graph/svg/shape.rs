//! How nodes look.

use std::fmt::Write as _;

use super::measure;
use super::write::{escaped, number};
use crate::graph::layout::{Item, Point, Size};
use crate::graph::model::{Edge, Graph, Node, NodeId, NodeKind, RegionId};
use crate::graph::text::shown;

/// Characters of a name, of a summary and of a line of the tooltip.
const NAME: usize = 40;
const SUMMARY: usize = 48;
const TOOLTIP: usize = 300;

const BOX_HEIGHT: f64 = 44.0;
const MIN_WIDTH: f64 = 84.0;
/// How far the pointed ends of a decision go in.
const POINT: f64 = 12.0;
/// How far a loop at a node sticks out.
const LOOP: f64 = 24.0;
const JOIN: Size = Size { width: 72.0, height: 6.0 };
const DOT: f64 = 7.0;
const RING: f64 = 9.0;

/// A node with all that is drawn with it.
#[derive(Debug, Clone)]
pub(super) struct Shape<'g> {
    pub(super) id: NodeId,
    node: Option<&'g Node>,
    name: String,
    summary: String,
    tooltip: String,
    size: Size,
    /// Edges from the node to itself: class and text.
    loops: Vec<(&'static str, String)>,
}

impl<'g> Shape<'g> {
    /// The shape of a node.
    pub(super) fn of(graph: &'g Graph, id: NodeId) -> Self {
        let node = graph.node(id);
        let mut shape = Self {
            id,
            node,
            name: String::new(),
            summary: String::new(),
            tooltip: String::new(),
            size: Size { width: 2.0 * DOT, height: 2.0 * DOT },
            loops: Vec::new(),
        };
        let Some(node) = node else { return shape };
        match node.kind {
            NodeKind::Start => {}
            NodeKind::End | NodeKind::Failure => shape.size = Size { width: 2.0 * RING, height: 2.0 * RING },
            NodeKind::Join => shape.size = JOIN,
            _ => {
                shape.name = shown(&node.name, NAME);
                shape.summary = match node.detail.as_str() {
                    "" => shown(&node.summary, SUMMARY),
                    detail => shown(&format!("{} {detail}", node.summary), SUMMARY),
                };
                let text = measure::name(&shape.name).max(measure::small(&shape.summary));
                let ends = if pointed(node.kind) { 2.0 * POINT } else { 0.0 };
                shape.size = Size { width: (text + 24.0 + ends).max(MIN_WIDTH), height: BOX_HEIGHT };
                shape.tooltip = tooltip(graph, node);
            }
        }
        shape
    }

    /// Adds an edge from the node to itself.
    pub(super) fn add_loop(&mut self, edge: &Edge) {
        self.loops.push((edge.kind.as_str(), edge.text()));
    }

    /// The room that it takes. Loops stick out to the right.
    pub(super) fn item(&self) -> Item {
        let labels = self.loops.iter().map(|(_, label)| measure::label(label).width).fold(0.0, f64::max);
        let beside = if self.loops.is_empty() { 0.0 } else { LOOP + labels };
        let ends = if self.node.is_some_and(|node| pointed(node.kind)) { POINT } else { 0.0 };
        Item {
            size: Size { width: self.size.width + beside, ..self.size },
            middle: self.size.width / 2.0,
            reach: if self.name.is_empty() { 0.0 } else { self.size.width / 2.0 - ends },
        }
    }

    /// Draws it; `call` is the region that a click leads to.
    pub(super) fn write(&self, out: &mut String, place: Point, call: Option<RegionId>) {
        let Some(node) = self.node else { return };
        let (x, y) = (number(place.x), number(place.y));
        let kind = node.kind.as_str();
        let _ =
            writeln!(out, "<g id=\"{}\" class=\"node {kind}\" transform=\"translate({x} {y})\">", self.id);
        match node.kind {
            NodeKind::Start => dot(out, DOT, DOT),
            NodeKind::End | NodeKind::Failure => {
                dot(out, RING, RING - 4.0);
                let _ = writeln!(
                    out,
                    "<circle class=\"ring\" cx=\"{RING}\" cy=\"{RING}\" r=\"{}\"/>",
                    RING - 1.0
                );
                let word = if node.kind == NodeKind::Failure { "ends with an error" } else { "ends" };
                let _ = writeln!(out, "<title>{word}</title>");
            }
            NodeKind::Join => {
                let Size { width, height } = JOIN;
                let _ = writeln!(out, "<rect class=\"bar\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>");
                out.push_str("<title>joins the parallel bodies</title>\n");
            }
            kind => self.write_step(out, kind, call),
        }
        out.push_str("</g>\n");
    }

    fn write_step(&self, out: &mut String, kind: NodeKind, call: Option<RegionId>) {
        let Size { width, height } = self.size;
        let _ = writeln!(out, "<title>{}</title>", escaped(&self.tooltip));
        self.write_loops(out);
        if pointed(kind) {
            let (right, low, middle) = (number(width), number(height), number(height / 2.0));
            let (inner, outer) = (number(POINT), number(width - POINT));
            let _ = writeln!(
                out,
                "<path class=\"box\" d=\"M{inner} 0H{outer}L{right} {middle} {outer} {low}H{inner}L0 {middle}z\"/>"
            );
        } else {
            let radius = if matches!(kind, NodeKind::Return | NodeKind::Raise) { height / 2.0 } else { 6.0 };
            let (width, height, radius) = (number(width), number(height), number(radius));
            let _ =
                writeln!(out, "<rect class=\"box\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>");
        }
        let middle = number(width / 2.0);
        let _ = writeln!(
            out,
            "<text class=\"name\" x=\"{middle}\" y=\"19\" text-anchor=\"middle\">{}</text>",
            escaped(&self.name)
        );
        let summary = format!(
            "<text class=\"summary\" x=\"{middle}\" y=\"34\" text-anchor=\"middle\">{}</text>",
            escaped(&self.summary)
        );
        let _ = match call {
            Some(region) => writeln!(out, "<a href=\"#{region}\">{summary}</a>"),
            None => writeln!(out, "{summary}"),
        };
    }

    fn write_loops(&self, out: &mut String) {
        let Size { width, height } = self.size;
        let count = self.loops.len() as f64;
        let ends = if self.node.is_some_and(|node| pointed(node.kind)) { POINT / 2.0 } else { 0.0 };
        for (index, (class, label)) in self.loops.iter().enumerate() {
            let middle = height * (index as f64 + 0.5) / count;
            let half = (height / count / 2.0 - 2.0).min(11.0);
            let (x, far, middle_text) = (number(width - ends), number(width + LOOP), number(middle + 4.0));
            let (upper, lower) = (number(middle - half), number(middle + half));
            let arrow = super::write::arrow(class);
            let _ = writeln!(
                out,
                "<path class=\"edge {class}\" d=\"M{x} {upper}C{far} {upper} {far} {lower} {x} {lower}\" \
                 marker-end=\"url(#arrow-{arrow})\"/>"
            );
            let text = number(width + LOOP - 2.0);
            let _ = writeln!(
                out,
                "<text class=\"label {class}\" x=\"{text}\" y=\"{middle_text}\">{}</text>",
                escaped(label)
            );
        }
    }
}

fn dot(out: &mut String, middle: f64, radius: f64) {
    let _ = writeln!(out, "<circle class=\"dot\" cx=\"{middle}\" cy=\"{middle}\" r=\"{radius}\"/>");
}

/// Whether the box has pointed ends: where the way divides.
fn pointed(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Switch | NodeKind::For)
}

fn tooltip(graph: &Graph, node: &Node) -> String {
    let mut text = format!("{}\n{}", shown(&node.name, TOOLTIP), shown(&node.summary, TOOLTIP));
    if !node.detail.is_empty() {
        let _ = write!(text, " {}", shown(&node.detail, TOOLTIP));
    }
    let _ = write!(text, "\n{}:{}", shown(&node.file, TOOLTIP), node.line);
    if let Some(guard) = node.guard.and_then(|guard| graph.node(guard)) {
        let _ = write!(text, "\nerrors go to {}", shown(&guard.name, TOOLTIP));
    }
    text
}
