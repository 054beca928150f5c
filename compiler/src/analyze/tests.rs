//! Tests of the analysis, one file per concern.

mod calls;
mod corpus;
mod jumps;
mod parallel;
mod programs;
mod properties;
mod retry;
mod scopes;
