//! The graph for Graphviz.

use std::fmt::Write as _;

use super::model::{Edge, EdgeKind, Graph, Node, NodeId, NodeKind, RegionId};
use super::text::shown;

/// Characters of a name and of a label that a drawing shows.
const NAME: usize = 60;
const LABEL: usize = 60;

/// The graph as text.
pub(super) fn write(graph: &Graph) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "digraph {} {{", quoted(&shown(&graph.name, NAME)));
    out.push_str("    graph [fontname=\"sans-serif\", style=rounded, color=\"#94a3b8\"];\n");
    out.push_str(
        "    node [fontname=\"sans-serif\", shape=box, style=\"rounded,filled\", fillcolor=\"#f8fafc\"];\n",
    );
    out.push_str("    edge [fontname=\"sans-serif\", fontsize=10];\n");
    let children = graph.children();
    for (index, region) in graph.regions.iter().enumerate() {
        if region.parent.is_none() {
            regions(graph, &children, RegionId(index), &mut out);
        }
    }
    for edge in &graph.edges {
        write_edge(edge, &mut out);
    }
    out.push_str("}\n");
    out
}

/// A region with those nested in it, as clusters.
fn regions(graph: &Graph, children: &[Vec<RegionId>], root: RegionId, out: &mut String) {
    // `None` closes a cluster.
    let mut stack = vec![Some((root, 1))];
    let mut depths = Vec::new();
    while let Some(entry) = stack.pop() {
        let Some((id, depth)) = entry else {
            let depth: usize = depths.pop().unwrap_or(1);
            let _ = writeln!(out, "{}}}", "    ".repeat(depth));
            continue;
        };
        let Some(region) = graph.region(id) else { continue };
        let indent = "    ".repeat(depth);
        let _ = writeln!(out, "{indent}subgraph cluster_{id} {{");
        let _ = writeln!(out, "{indent}    label={};", quoted(&shown(&region.title(), LABEL)));
        for index in region.nodes.clone() {
            if let Some(node) = graph.nodes.get(index) {
                let _ = writeln!(out, "{indent}    {} [{}];", NodeId(index), attributes(node));
            }
        }
        depths.push(depth);
        stack.push(None);
        stack.extend(children.get(id.0).into_iter().flatten().rev().map(|child| Some((*child, depth + 1))));
    }
}

fn attributes(node: &Node) -> String {
    let dot = "shape=circle, width=0.2, label=\"\"";
    match node.kind {
        NodeKind::Start => format!("{dot}, fillcolor=\"#334155\""),
        NodeKind::End => format!("{dot}, fillcolor=\"#334155\", peripheries=2"),
        NodeKind::Failure => "shape=ellipse, label=\"error\", fillcolor=\"#fecaca\"".to_owned(),
        NodeKind::Join => "shape=box, height=0.08, width=0.8, label=\"\", fillcolor=\"#16a34a\"".to_owned(),
        _ => {
            let (shape, colour) = style(node.kind);
            format!("label={}, shape={shape}, fillcolor=\"{colour}\", tooltip={}", label(node), tooltip(node))
        }
    }
}

fn style(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Switch => ("diamond", "#fef3c7"),
        NodeKind::Call => ("box", "#dbeafe"),
        NodeKind::Try => ("box", "#fee2e2"),
        NodeKind::For => ("hexagon", "#ede9fe"),
        NodeKind::Parallel => ("box", "#dcfce7"),
        NodeKind::Raise => ("box", "#fecaca"),
        _ => ("box", "#f8fafc"),
    }
}

fn label(node: &Node) -> String {
    let detail = if node.detail.is_empty() { String::new() } else { format!(" {}", node.detail) };
    let summary = shown(&format!("{}{detail}", node.summary), LABEL);
    format!("\"{}\\n{}\"", escaped(&shown(&node.name, NAME)), escaped(&summary))
}

fn tooltip(node: &Node) -> String {
    quoted(&format!("{}:{}", shown(&node.file, LABEL), node.line))
}

fn write_edge(edge: &Edge, out: &mut String) {
    let mut attributes = Vec::new();
    let label = edge.text();
    if !label.is_empty() {
        attributes.push(format!("label={}", quoted(&shown(&label, LABEL))));
    }
    match edge.kind {
        EdgeKind::Call => {
            attributes.push("style=dashed, color=\"#2563eb\", constraint=false".to_owned());
        }
        EdgeKind::Except => attributes.push("style=dashed, color=\"#dc2626\"".to_owned()),
        EdgeKind::Retry => attributes.push("style=dashed, color=\"#d97706\"".to_owned()),
        EdgeKind::Fork | EdgeKind::Join => attributes.push("color=\"#16a34a\"".to_owned()),
        _ => {}
    }
    let list = if attributes.is_empty() { String::new() } else { format!(" [{}]", attributes.join(", ")) };
    let _ = writeln!(out, "    {} -> {}{list};", edge.from, edge.to);
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Text inside quotes. Graphviz also reads backslash sequences and HTML entities there.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        assert_eq!(quoted("a\"];\\N & <b>"), "\"a\\\"];\\\\N &amp; <b>\"");
    }
}
