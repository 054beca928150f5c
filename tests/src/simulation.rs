//! The engine in a simulated world: virtual time, a seeded course of events, a store that fails, delays and loses what
//! was not yet durable when the process dies, and people who create, cancel, call back and look.
//!
//! Everything follows from the seed: [`run`] gives the same digest of all that happened each time. One run has several
//! lives. Each is a runtime of its own with paused time; when it crashes, all that is in memory goes and the store
//! keeps what was durable. The last life is a healthy one, in which everything must come to its right end.
//!
//! ```text
//! COGWORK_SIMULATION_SEEDS=10000 cargo test -p cogwork-tests --test simulation
//! COGWORK_SIMULATION_SEED=4711 cargo test -p cogwork-tests --test simulation -- --nocapture
//! ```
//!
//! The first is the long form, the second replays one seed and prints its trace.

use cogwork::Workflow;

pub mod check;
pub mod clients;
pub mod clock;
pub mod course;
pub mod lives;
pub mod plan;
pub mod race;
pub mod store;
pub mod world;

pub use course::Course;

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Digest of the trace.
    pub digest: u64,
    /// Executions that were accepted.
    pub executions: usize,
    /// Callbacks that were accepted.
    pub callbacks: usize,
    /// Effects that arrived in the world.
    pub effects: usize,
    /// Effects that arrived once more, because a crash or the store kept their result from being stored.
    pub repeated: usize,
    /// Lives that ended in a crash.
    pub crashes: usize,
    /// Writes that a crash lost.
    pub lost: usize,
    /// Executions that nobody was told of, because a crash or the store came between, and that are there all the same.
    pub unannounced: usize,
    /// Executions that were asked for and are not there.
    pub absent: usize,
}

impl Report {
    /// Adds the numbers of another run.
    pub fn add(&mut self, other: &Self) {
        self.digest ^= other.digest;
        self.executions += other.executions;
        self.callbacks += other.callbacks;
        self.effects += other.effects;
        self.repeated += other.repeated;
        self.crashes += other.crashes;
        self.lost += other.lost;
        self.unannounced += other.unannounced;
        self.absent += other.absent;
    }
}

/// A promise that was broken: what, and the trace up to there.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The seed that shows it again.
    pub seed: u64,
    /// What was wrong.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

/// Simulates one seed over `workflows`; `print` shows the trace.
///
/// # Errors
///
/// The first promise that was broken.
pub fn run(seed: u64, workflows: &[&'static Workflow], print: bool) -> Result<Report, Violation> {
    let course = Course::new(seed, print);
    lives::run(&course, workflows).map_err(|what| Violation { seed, what })
}
