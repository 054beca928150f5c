//! The graph as JSON.

use serde::Serialize;

use super::model::{Edge, Graph, Node, NodeId, Region, RegionId};

#[derive(Serialize)]
struct Document<'g> {
    name: &'g str,
    regions: Vec<RegionData<'g>>,
    nodes: Vec<NodeData<'g>>,
    edges: Vec<EdgeData<'g>>,
}

#[derive(Serialize)]
struct RegionData<'g> {
    id: String,
    kind: &'static str,
    name: &'g str,
    params: &'g [String],
    /// The parallel step.
    parent: Option<String>,
    start: String,
}

#[derive(Serialize)]
struct NodeData<'g> {
    id: String,
    region: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'g str,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'g str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'g str,
    #[serde(skip_serializing_if = "str::is_empty")]
    file: &'g str,
    #[serde(skip_serializing_if = "is_zero")]
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<String>,
}

#[derive(Serialize)]
struct EdgeData<'g> {
    from: String,
    to: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'g str,
}

/// The graph as an indented JSON object.
pub(super) fn write(graph: &Graph) -> String {
    let document = Document {
        name: &graph.name,
        regions: graph.regions.iter().enumerate().map(|(index, region)| region_data(index, region)).collect(),
        nodes: graph.nodes.iter().enumerate().map(|(index, node)| node_data(index, node)).collect(),
        edges: graph.edges.iter().map(edge_data).collect(),
    };
    // Strings and numbers under fixed keys: nothing that could fail to serialise.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn region_data(index: usize, region: &Region) -> RegionData<'_> {
    RegionData {
        id: RegionId(index).to_string(),
        kind: region.kind.as_str(),
        name: &region.name,
        params: &region.params,
        parent: region.parent.map(|id| id.to_string()),
        start: NodeId(region.nodes.start).to_string(),
    }
}

fn node_data(index: usize, node: &Node) -> NodeData<'_> {
    NodeData {
        id: NodeId(index).to_string(),
        region: node.region.to_string(),
        kind: node.kind.as_str(),
        name: &node.name,
        summary: &node.summary,
        detail: &node.detail,
        file: &node.file,
        line: node.line,
        guard: node.guard.map(|id| id.to_string()),
    }
}

fn edge_data(edge: &Edge) -> EdgeData<'_> {
    EdgeData {
        from: edge.from.to_string(),
        to: edge.to.to_string(),
        kind: edge.kind.as_str(),
        label: &edge.label,
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
