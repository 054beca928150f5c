//! Random workflow programs, compared between compiled code and a direct evaluator.

pub mod evaluate;
pub mod generate;
pub mod program;
pub mod render;
