//! What the tests of the whole share.

#![forbid(unsafe_code)]

pub mod command;
pub mod echo;
pub mod executions;
pub mod harness;
pub mod random;
pub mod server;
pub mod simulation;
pub mod troubled;
pub mod world;
