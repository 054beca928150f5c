//! Faults of the disk and of the process, against the real binary.
//!
//! What this machine does not let us provoke is skipped, and says so.

mod faults {
    mod disk;
    mod means;
    mod refused;
    mod stop;
}

const BINARY: &str = env!("CARGO_BIN_EXE_flows");
