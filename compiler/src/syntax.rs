//! Source text to trees: the only part that knows YAML, JSON and the grammar of expressions.

pub mod expression;
pub mod tree;
pub mod yaml;
