//! The document tree: YAML or JSON with a span on every node, and no meaning yet.

use crate::source::Span;

/// A node of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What the node is.
    pub kind: NodeKind,
    /// Where it is written, without tag and anchor. For a block collection: from its first to its last entry.
    pub span: Span,
}

/// The kinds of nodes, after resolving the YAML 1.2 core schema as `language.md` §1.1 chooses.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with fraction or exponent; always finite.
    Float(f64),
    /// Any other scalar.
    Str(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in source order; keys are unique.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key. A scalar that is not a string stands here as the text it is written with (`1: x` has key `"1"`).
    pub key: Text,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A string scalar, which still knows where each of its characters comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The string after unquoting, unescaping and folding.
    pub value: String,
    /// How it is written.
    pub style: Style,
    /// Where each part of `value` lies in the file.
    pub map: OffsetMap,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    SingleQuoted,
    /// In double quotes (JSON strings too).
    DoubleQuoted,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
}

/// Maps byte offsets of a decoded string to byte offsets of the file.
///
/// Stored as breakpoints, sorted by `decoded`: from one breakpoint to the next both sides advance byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OffsetMap {
    /// (offset in the decoded string, offset in the file).
    pub points: Vec<(u32, u32)>,
}

impl OffsetMap {
    /// A map for text that stands in the file as it is, from `start` on.
    #[must_use]
    pub fn verbatim(start: usize) -> Self {
        Self { points: vec![(0, u32::try_from(start).unwrap_or(u32::MAX))] }
    }

    /// The file offset of a decoded offset.
    #[must_use]
    pub fn to_file(&self, decoded: usize) -> usize {
        let at = u32::try_from(decoded).unwrap_or(u32::MAX);
        let index = self.points.partition_point(|(d, _)| *d <= at);
        match index.checked_sub(1).and_then(|i| self.points.get(i)) {
            Some((d, f)) => (*f + (at - d)) as usize,
            None => 0,
        }
    }
}
