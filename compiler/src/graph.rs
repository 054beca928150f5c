//! The control flow of a workflow as a drawing or as data.
//!
//! [`Graph::of`] makes the graph from the state machines; each format is a module that writes it. The same module
//! gives the same bytes.

use crate::ir::Module;

mod build;
mod describe;
mod dot;
mod json;
mod layout;
mod mermaid;
pub mod model;
mod svg;
mod text;

pub use model::Graph;

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A Mermaid flowchart, which many Markdown viewers draw.
    #[default]
    Mermaid,
    /// Graphviz.
    Dot,
    /// A picture that stands by itself.
    Svg,
    /// Nodes and edges as data.
    Json,
}

/// Why a graph cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// It has too many nodes to be drawn.
    #[error(
        "the workflow has {nodes} nodes, more than the {limit} that can be drawn; use the format json or dot instead"
    )]
    TooLarge {
        /// How many nodes it has.
        nodes: usize,
        /// How many may be drawn.
        limit: usize,
    },
}

/// The control flow of `module` in `format`, ending in a newline.
///
/// # Errors
///
/// When the graph is too large to be drawn; only [`Format::Svg`] has such a limit.
pub fn render(module: &Module, format: Format) -> Result<String, GraphError> {
    let graph = Graph::of(module);
    Ok(match format {
        Format::Mermaid => mermaid::write(&graph),
        Format::Dot => dot::write(&graph),
        Format::Json => json::write(&graph),
        Format::Svg => svg::write(&graph)?,
    })
}

#[cfg(test)]
mod tests;
