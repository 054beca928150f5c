//! The command `cogwork`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cogwork_compiler::cli::main(std::env::args_os())
}
