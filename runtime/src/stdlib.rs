//! The standard library (`stdlib.md`): one module per namespace.
//!
//! Functions take their arguments by value in positional order; an optional one that is absent is null. Those that read
//! the execution's surroundings take them first.

use crate::value::EcoString;

mod arguments;
pub mod base64;
pub mod effects;
pub mod hash;
pub mod helpers;
pub mod http;
pub mod json;
pub mod list;
pub mod map;
pub mod math;
pub mod objects;
mod regex;
pub mod retry;
pub mod sys;
mod table;
pub mod text;
pub mod time;
pub mod uuid;

pub use table::{Constant, constants, functions};

/// What functions read besides their arguments.
pub trait Surroundings {
    /// Microseconds since the Unix epoch.
    fn now_micros(&self) -> i64;

    /// Fills the buffer with unpredictable bytes.
    fn random_bytes(&self, buffer: &mut [u8]);

    /// An environment variable of the workflow.
    fn env(&self, name: &str) -> Option<EcoString>;
}

#[cfg(test)]
mod tests;
