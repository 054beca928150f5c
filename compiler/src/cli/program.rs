//! The commands `run` and `serve`: build a program and become it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde::de::IgnoredAny;

use crate::cli::args::{Run, Serve};
use crate::cli::{CliError, Terminal, build};
use crate::project::Profile;
use crate::source::ReadError;
use crate::workflow_name;

/// Builds a definition and runs it once.
pub(super) fn run(options: Run, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut args = vec![OsString::from("run")];
    if let Some(data) = &options.data {
        check_data(data)?;
        args.push(format!("--data={data}").into());
    }
    args.extend(options.env.iter().map(|variable| format!("--env={variable}").into()));
    args.extend(options.rest);
    start(&options.file, options.release, args, terminal)
}

/// Builds a definition and serves it.
pub(super) fn serve(options: Serve, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut args = vec![OsString::from("serve")];
    args.extend(options.rest);
    start(&options.file, options.release, args, terminal)
}

/// Finds mistakes in `--data` before the build instead of behind it. The program reads it again.
fn check_data(data: &str) -> Result<(), CliError> {
    if data == "-" {
        return Ok(());
    }
    if let Some(file) = data.strip_prefix('@') {
        let failed = |source| ReadError::Io { path: file.into(), source };
        return Ok(std::fs::File::open(file).map(drop).map_err(failed)?);
    }
    serde_json::from_str::<IgnoredAny>(data).map(drop).map_err(CliError::Data)
}

fn start(
    file: &Path,
    release: bool,
    args: Vec<OsString>,
    terminal: &mut Terminal<'_>,
) -> Result<u8, CliError> {
    let profile = if release { Profile::Release } else { Profile::Dev };
    let program = build::program(file, profile, terminal)?;
    let mut command = Command::new(&program);
    command.args(args);
    let failed = |source| CliError::Start { program: program.clone(), source };
    become_program(&mut command, &workflow_name(&file.to_string_lossy())).map_err(failed)
}

/// Replaces this process, so that signals, exit code and standard streams are the program's own.
#[cfg(unix)]
fn become_program(command: &mut Command, name: &str) -> std::io::Result<u8> {
    use std::os::unix::process::CommandExt as _;
    Err(command.arg0(name).exec())
}

/// Waits for the program and passes its exit code on.
#[cfg(not(unix))]
fn become_program(command: &mut Command, _: &str) -> std::io::Result<u8> {
    let code = command.status()?.code().unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}
