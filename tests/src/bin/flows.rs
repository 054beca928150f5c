//! The test workflows as a binary, the way `cogwork build` makes one.

#[allow(unreachable_pub, missing_debug_implementations, reason = "generated code")]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/workflows.rs"));
}

fn main() -> std::process::ExitCode {
    let workflows: Vec<_> = compiled::ALL.iter().map(|(_, _, _, workflow)| *workflow).collect();
    cogwork::serve::main(&workflows)
}
