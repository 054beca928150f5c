//! Source text to trees: the only part that knows YAML, JSON and the grammar of expressions.

pub mod expression;
pub mod tree;
pub mod yaml;

use std::borrow::Cow;

/// Characters of a source text that a message quotes at most.
const MAX_QUOTED: usize = 60;

/// A part of the source as a message quotes it: what is too long is cut.
pub(crate) fn quoted(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}
