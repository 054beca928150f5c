//! The graph as a picture: one panel per routine, parallel bodies as frames inside.

use std::fmt::Write as _;

use super::layout::{self, Item, Link, Plan, Point, Size};
use super::model::{Edge, EdgeKind, Graph, NodeId, RegionId, RegionKind};
use super::{GraphError, text::shown};

mod measure;
mod shape;
mod write;

use write::{escaped, number};

/// Nodes that are drawn at most.
const MAX_NODES: usize = 20_000;
/// Characters of a label on an edge.
const LABEL: usize = 40;
/// Characters of a title.
const TITLE: usize = 60;
/// Room around the drawing and between panels.
const MARGIN: f64 = 16.0;
/// Room inside of a panel or frame, and the height of its title.
const PADDING: f64 = 18.0;
const HEADER: f64 = 30.0;

const STYLE: &str = "\
.cogwork text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;fill:#1f2937}\
.cogwork .name{font-weight:600}\
.cogwork .summary,.cogwork .label{font-size:11px;fill:#475569}\
.cogwork a .summary,.cogwork a .label{fill:#1d4ed8}\
.cogwork .title{font-size:13px;font-weight:600;fill:#334155}\
.cogwork .frame .title{font-size:11px;fill:#15803d}\
.cogwork .panel>rect{fill:#fff;stroke:#cbd5e1}\
.cogwork .frame>rect{fill:#f7fdf9;stroke:#86c9a0;stroke-dasharray:5 3}\
.cogwork .node .box{fill:#f8fafc;stroke:#94a3b8}\
.cogwork .call .box{fill:#eff6ff;stroke:#60a5fa}\
.cogwork .switch .box{fill:#fffbeb;stroke:#e0a83a}\
.cogwork .for .box{fill:#f5f3ff;stroke:#a78bfa}\
.cogwork .try .box{fill:#fef2f2;stroke:#f19a9a}\
.cogwork .raise .box{fill:#fee2e2;stroke:#dc2626}\
.cogwork .parallel .box{fill:#f0fdf4;stroke:#4ca96f}\
.cogwork .dot{fill:#334155}\
.cogwork .ring{fill:none;stroke:#334155;stroke-width:1.5}\
.cogwork .bar{fill:#4ca96f}\
.cogwork .failure .dot{fill:#dc2626}\
.cogwork .failure .ring{stroke:#dc2626}\
.cogwork .edge{fill:none;stroke:#64748b;stroke-width:1.3}\
.cogwork .edge.except{stroke:#dc2626;stroke-dasharray:5 3}\
.cogwork .edge.retry{stroke:#b45309;stroke-dasharray:5 3}\
.cogwork .edge.fork,.cogwork .edge.join{stroke:#4ca96f}\
.cogwork .label.except{fill:#b91c1c}\
.cogwork .label.retry{fill:#b45309}\
.cogwork .under{fill:#fff;fill-opacity:.88}\
.cogwork .frame .under{fill:#f7fdf9}";

/// The colours that an arrow may have: the class of its marker and the colour.
const ARROWS: [(&str, &str); 4] =
    [("plain", "#64748b"), ("except", "#dc2626"), ("retry", "#b45309"), ("fork", "#4ca96f")];

/// The graph as an SVG document.
///
/// # Errors
///
/// When it has too many nodes.
pub(super) fn write(graph: &Graph) -> Result<String, GraphError> {
    if graph.nodes.len() > MAX_NODES {
        return Err(GraphError::TooLarge { nodes: graph.nodes.len(), limit: MAX_NODES });
    }
    let panels = Painter::new(graph).panels();
    let width = panels.iter().map(|panel| panel.size.width).fold(0.0, f64::max) + 2.0 * MARGIN;
    let height = panels.iter().map(|panel| panel.size.height + MARGIN).sum::<f64>() + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cogwork\" width=\"{w}\" height=\"{h}\" \
         viewBox=\"0 0 {w} {h}\">\n",
        w = number(width.ceil()),
        h = number(height.ceil())
    );
    let _ = writeln!(out, "<title>{}</title>", escaped(&shown(&graph.name, TITLE)));
    let _ = writeln!(out, "<style>{}</style>", escaped(STYLE));
    out.push_str("<defs>\n");
    for (name, colour) in ARROWS {
        let _ = writeln!(
            out,
            "<marker id=\"arrow-{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 .8 7.5 4 0 7.2z\" fill=\"{colour}\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"#f8fafc\"/>");
    let mut y = MARGIN;
    for panel in panels {
        let _ =
            write!(out, "<g transform=\"translate({} {})\">\n{}</g>\n", number(MARGIN), number(y), panel.svg);
        y += panel.size.height + MARGIN;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

/// A region that is drawn, with its upper left corner at the origin.
#[derive(Debug, Clone, Default)]
struct Drawn {
    size: Size,
    svg: String,
}

struct Painter<'g> {
    graph: &'g Graph,
    children: Vec<Vec<RegionId>>,
    /// The edges to be drawn in each region.
    edges: Vec<Vec<&'g Edge>>,
    /// The region that each node calls first.
    calls: Vec<Option<RegionId>>,
    drawn: Vec<Option<Drawn>>,
}

impl<'g> Painter<'g> {
    fn new(graph: &'g Graph) -> Self {
        let mut edges = vec![Vec::new(); graph.regions.len()];
        let mut calls = vec![None; graph.nodes.len()];
        for edge in &graph.edges {
            let region = |id| graph.node(id).map(|node| node.region);
            match edge.kind {
                EdgeKind::Call if edge.label != "call" => {}
                EdgeKind::Call => {
                    if let Some(call) = calls.get_mut(edge.from.0) {
                        *call = call.or(region(edge.to));
                    }
                }
                kind => {
                    // What leads out of a parallel body belongs to the drawing around it.
                    let owner = region(if kind == EdgeKind::Join { edge.to } else { edge.from });
                    if let Some(list) = owner.and_then(|owner| edges.get_mut(owner.0)) {
                        list.push(edge);
                    }
                }
            }
        }
        Self { graph, children: graph.children(), edges, calls, drawn: vec![None; graph.regions.len()] }
    }

    /// The panels of the routines from top to bottom.
    fn panels(mut self) -> Vec<Drawn> {
        // Nested regions stand behind those around them, so that from the end they are drawn first.
        for index in (0..self.graph.regions.len()).rev() {
            let drawn = self.region(RegionId(index));
            if let Some(place) = self.drawn.get_mut(index) {
                *place = Some(drawn);
            }
        }
        let nested = self.graph.regions.iter().map(|region| region.parent.is_some());
        self.drawn
            .into_iter()
            .zip(nested)
            .filter(|(_, nested)| !nested)
            .filter_map(|(drawn, _)| drawn)
            .collect()
    }

    fn region(&mut self, id: RegionId) -> Drawn {
        let Some(region) = self.graph.region(id) else { return Drawn::default() };
        let children = self.children.get(id.0).cloned().unwrap_or_default();
        let frames: Vec<Drawn> = children
            .iter()
            .map(|child| self.drawn.get_mut(child.0).and_then(Option::take).unwrap_or_default())
            .collect();
        let edges = self.edges.get(id.0).map(Vec::as_slice).unwrap_or_default();
        let (loops, edges): (Vec<&Edge>, Vec<&Edge>) = edges.iter().partition(|edge| edge.from == edge.to);
        let mut shapes: Vec<shape::Shape<'_>> =
            region.nodes.clone().map(|index| shape::Shape::of(self.graph, NodeId(index))).collect();
        for edge in loops {
            if let Some(shape) = shapes.get_mut(edge.from.0.wrapping_sub(region.nodes.start)) {
                shape.add_loop(edge);
            }
        }
        let items: Vec<Item> = shapes
            .iter()
            .map(shape::Shape::item)
            .chain(frames.iter().map(|frame| frame_item(frame.size)))
            .collect();
        // A node of a nested region stands for its frame.
        let item = |node: NodeId| {
            let inside = self.graph.node(node)?.region;
            match inside == id {
                true => node.0.checked_sub(region.nodes.start),
                false => children.binary_search(&inside).ok().map(|index| shapes.len() + index),
            }
        };
        let drawable: Vec<(Link, &Edge)> = edges
            .into_iter()
            .filter_map(|edge| {
                let (from, to) = (item(edge.from)?, item(edge.to)?);
                let label = measure::label(&shown(&edge.text(), LABEL));
                let stub = measure::label(&stub_text(self.graph, edge));
                Some((Link { from, to, label, stub }, edge))
            })
            .collect();
        let links: Vec<Link> = drawable.iter().map(|(link, _)| *link).collect();
        let plan = layout::arrange(&items, &links);
        let mut inside = String::new();
        for ((_, edge), route) in drawable.iter().zip(&plan.routes) {
            write::edge(&mut inside, edge, route);
        }
        self.contents(&mut inside, &plan, &shapes, &frames);
        for ((_, edge), route) in drawable.iter().zip(&plan.routes) {
            let label = shown(&edge.text(), LABEL);
            write::labels(&mut inside, edge, route, &label, &stub_text(self.graph, edge));
        }
        framed(id, region.kind, &shown(&region.title(), TITLE), plan.size, &inside)
    }

    /// Nodes and nested frames at their places.
    fn contents(&self, out: &mut String, plan: &Plan, shapes: &[shape::Shape<'_>], frames: &[Drawn]) {
        let (nodes, rest) = plan.items.split_at_checked(shapes.len()).unwrap_or_default();
        for (shape, place) in shapes.iter().zip(nodes) {
            let call = self.calls.get(shape.id.0).copied().flatten();
            shape.write(out, *place, call);
        }
        for (frame, place) in frames.iter().zip(rest) {
            let Point { x, y } = *place;
            let _ =
                write!(out, "<g transform=\"translate({} {})\">\n{}</g>\n", number(x), number(y), frame.svg);
        }
    }
}

fn frame_item(size: Size) -> Item {
    Item { size, middle: size.width / 2.0, reach: (size.width / 2.0).min(40.0) }
}

/// The text that stands for the target of an edge that is too long to be drawn.
fn stub_text(graph: &Graph, edge: &Edge) -> String {
    match graph.node(edge.to) {
        Some(node) if !node.name.is_empty() => format!("→ {}", shown(&node.name, LABEL)),
        Some(node) => format!("→ {}", node.kind.as_str()),
        None => String::new(),
    }
}

/// Puts a border and a title around the drawing of a region.
fn framed(id: RegionId, kind: RegionKind, title: &str, inner: Size, inside: &str) -> Drawn {
    let class = match kind {
        RegionKind::Workflow | RegionKind::Subworkflow => "panel",
        RegionKind::Branch | RegionKind::Iteration => "frame",
    };
    let width = (inner.width + 2.0 * PADDING).max(measure::title(title) + 2.0 * PADDING);
    let height = inner.height + HEADER + PADDING;
    let mut svg = format!(
        "<g id=\"{id}\" class=\"{class}\">\n<rect width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        number(width),
        number(height)
    );
    let _ = writeln!(svg, "<text class=\"title\" x=\"12\" y=\"20\">{}</text>", escaped(title));
    let left = (width - inner.width) / 2.0;
    let _ =
        write!(svg, "<g transform=\"translate({} {})\">\n{inside}</g>\n</g>\n", number(left), number(HEADER));
    Drawn { size: Size { width, height }, svg }
}
