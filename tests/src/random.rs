//! Random workflow programs: compiled code against a direct evaluator.
//!
//! [`generate`] makes a program from a seed, [`evaluate`] says what it must come to, and [`render`] writes it as YAML for
//! the compiler; none of them shares code with the compiler or the runtime. `tests/random_programs.rs` compares the
//! two, for programs that the build script compiles into it, and on request for any number of them:
//!
//! ```text
//! COGWORK_RANDOM_PROGRAMS=5000 COGWORK_RANDOM_SEED=1 cargo test -p cogwork-tests --test random_programs
//! COGWORK_RANDOM_SHRINK=4711 cargo test -p cogwork-tests --test random_programs
//! ```
//!
//! The first compares that many programs from the seed on, in batches that are built under `target/`, and makes the
//! first disagreements smaller. The second does so with the program of one seed.

pub mod batch;
pub mod evaluate;
pub mod generate;
pub mod program;
pub mod render;
pub mod run;
pub mod shrink;
