//! The graph as a Mermaid flowchart.
//!
//! Identifiers are ours; names and conditions stand only in quoted labels, with everything that Mermaid could take
//! for syntax as a character code.

use std::fmt::Write as _;

use super::model::{Edge, EdgeKind, Graph, Node, NodeId, NodeKind, RegionId};
use super::text::shown;

/// Characters of a name and of a label that a drawing shows.
const NAME: usize = 60;
const LABEL: usize = 60;

/// Colours of the kinds of nodes that stand out.
const CLASSES: &str = "\
    classDef terminal fill:#334155,stroke:#334155,color:#ffffff\n\
    classDef failure fill:#b91c1c,stroke:#b91c1c,color:#ffffff\n\
    classDef decision fill:#fef3c7,stroke:#d97706,color:#1f2937\n\
    classDef call fill:#dbeafe,stroke:#2563eb,color:#1f2937\n\
    classDef guard fill:#fee2e2,stroke:#dc2626,color:#1f2937\n\
    classDef loop fill:#ede9fe,stroke:#7c3aed,color:#1f2937\n\
    classDef parallel fill:#dcfce7,stroke:#16a34a,color:#1f2937\n";

/// The graph as text.
pub(super) fn write(graph: &Graph) -> String {
    let mut out = String::from("flowchart TD\n");
    let children = graph.children();
    for (index, region) in graph.regions.iter().enumerate() {
        if region.parent.is_none() {
            regions(graph, &children, RegionId(index), &mut out);
        }
    }
    for edge in &graph.edges {
        write_edge(edge, &mut out);
    }
    for line in CLASSES.lines() {
        let _ = writeln!(out, "    {line}");
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        if let Some(class) = class(node.kind) {
            let _ = writeln!(out, "    class {} {class}", NodeId(index));
        }
    }
    out
}

/// A region with those nested in it, as subgraphs.
fn regions(graph: &Graph, children: &[Vec<RegionId>], root: RegionId, out: &mut String) {
    // `None` closes a subgraph.
    let mut stack = vec![Some((root, 1))];
    let mut depths = Vec::new();
    while let Some(entry) = stack.pop() {
        let Some((id, depth)) = entry else {
            let depth: usize = depths.pop().unwrap_or(1);
            let _ = writeln!(out, "{}end", "    ".repeat(depth));
            continue;
        };
        let Some(region) = graph.region(id) else { continue };
        let indent = "    ".repeat(depth);
        let _ = writeln!(out, "{indent}subgraph {id}[\"{}\"]", escaped(&shown(&region.title(), LABEL)));
        for index in region.nodes.clone() {
            if let Some(node) = graph.nodes.get(index) {
                let _ = writeln!(out, "{indent}    {}{}", NodeId(index), shape(node));
            }
        }
        depths.push(depth);
        stack.push(None);
        stack.extend(children.get(id.0).into_iter().flatten().rev().map(|child| Some((*child, depth + 1))));
    }
}

fn shape(node: &Node) -> String {
    let text = label(node);
    match node.kind {
        NodeKind::Start => "((\" \"))".to_owned(),
        NodeKind::End => "(((\" \")))".to_owned(),
        NodeKind::Failure => "([\"error\"])".to_owned(),
        NodeKind::Join => "[[\"join\"]]".to_owned(),
        NodeKind::Switch => format!("{{\"{text}\"}}"),
        NodeKind::For => format!("{{{{\"{text}\"}}}}"),
        NodeKind::Return | NodeKind::Raise => format!("([\"{text}\"])"),
        NodeKind::Parallel => format!("[[\"{text}\"]]"),
        _ => format!("[\"{text}\"]"),
    }
}

fn label(node: &Node) -> String {
    let name = escaped(&shown(&node.name, NAME));
    let detail = if node.detail.is_empty() { String::new() } else { format!(" {}", node.detail) };
    format!("{name}<br/>{}", escaped(&shown(&format!("{}{detail}", node.summary), LABEL)))
}

fn write_edge(edge: &Edge, out: &mut String) {
    let arrow = match edge.kind {
        EdgeKind::Call | EdgeKind::Except | EdgeKind::Retry => "-.->",
        EdgeKind::Fork | EdgeKind::Join => "==>",
        _ => "-->",
    };
    let label = edge.text();
    let text =
        if label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&shown(&label, LABEL))) };
    let _ = writeln!(out, "    {} {arrow}{text} {}", edge.from, edge.to);
}

fn class(kind: NodeKind) -> Option<&'static str> {
    match kind {
        NodeKind::Start | NodeKind::End => Some("terminal"),
        NodeKind::Failure | NodeKind::Raise => Some("failure"),
        NodeKind::Switch => Some("decision"),
        NodeKind::Call => Some("call"),
        NodeKind::Try => Some("guard"),
        NodeKind::For => Some("loop"),
        NodeKind::Parallel | NodeKind::Join => Some("parallel"),
        NodeKind::Next | NodeKind::Assign | NodeKind::Return | NodeKind::Steps => None,
    }
}

/// Text inside a quoted label. Only letters, digits and punctuation without meaning stand for themselves.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'a'..='z'
            | 'A'..='Z'
            | '0'..='9'
            | ' '
            | '_'
            | '-'
            | '.'
            | ','
            | ':'
            | '('
            | ')'
            | '/'
            | '='
            | '+'
            | '\'' => {
                out.push(character);
            }
            other if other.is_ascii() => {
                let _ = write!(out, "#{};", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_label() {
        assert_eq!(escaped("a-b.c(d): é"), "a-b.c(d): é");
        assert_eq!(escaped("\"]; click"), "#34;#93;#59; click");
        assert_eq!(escaped("%%{`<b>#&$"), "#37;#37;#123;#96;#60;b#62;#35;#38;#36;");
    }
}
