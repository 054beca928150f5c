//! An application that serves a workflow which its build script compiled.
//!
//! `cargo run -p sample-build-script -- run --data '"the lease"'` asks for one signature;
//! `cargo run -p sample-build-script -- serve` answers the Executions API.

use std::process::ExitCode;

include!(concat!(env!("OUT_DIR"), "/sign_off.rs"));

fn main() -> ExitCode {
    cogwork::serve::main(&[&sign_off::WORKFLOW])
}
