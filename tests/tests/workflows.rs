//! The test workflows: their generated code as snapshots, and the same code run under virtual time.

mod workflows {
    pub mod callbacks;
    pub mod calls;
    pub mod children;
    pub mod conformance;
    pub mod corpus;
    pub mod language;
    pub mod lifetimes;
    pub mod parity;
    pub mod revisions;
    pub mod samples;
    pub mod snapshots;
}

/// The generated code, compiled.
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
pub mod compiled {
    include!(concat!(env!("OUT_DIR"), "/workflows.rs"));
}

/// The samples, compiled.
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
pub mod samples {
    include!(concat!(env!("OUT_DIR"), "/samples.rs"));
}

/// The corpus with connectors stubbed, compiled; an empty list when it is not at hand.
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
pub mod corpus {
    include!(concat!(env!("OUT_DIR"), "/corpus.rs"));
}
