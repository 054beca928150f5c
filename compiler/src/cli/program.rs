//! The commands `run` and `serve`: build a program and become it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde::de::IgnoredAny;

use crate::Limits;
use crate::cli::args::{Run, Serve};
use crate::cli::{CliError, Terminal, build};
use crate::project::Profile;
use crate::source::ReadError;

/// Builds a definition and runs it once.
pub(super) fn run(options: Run, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut args = vec![OsString::from("run")];
    if let Some(data) = &options.data {
        check_data(data)?;
        args.push(format!("--data={data}").into());
    }
    args.extend(options.env.iter().map(|variable| format!("--env={variable}").into()));
    args.extend(options.rest);
    start(&options.files, options.limits.limits(), options.release, args, terminal)
}

/// Builds a definition and serves it.
pub(super) fn serve(options: Serve, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut args = vec![OsString::from("serve")];
    // Further files stand before the first option of the program.
    let mut rest = options.rest.into_iter().peekable();
    let mut files = vec![options.file];
    while let Some(file) = rest.next_if(|word| !word.as_encoded_bytes().starts_with(b"-")) {
        files.push(file.into());
    }
    args.extend(rest);
    start(&files, options.limits.limits(), options.release, args, terminal)
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
    files: &[PathBuf],
    limits: Limits,
    release: bool,
    mut args: Vec<OsString>,
    terminal: &mut Terminal<'_>,
) -> Result<u8, CliError> {
    let profile = if release { Profile::Release } else { Profile::Dev };
    let bundle = build::compiled(files, limits, terminal)?;
    let program = build::program(&bundle, profile, terminal)?;
    let names_one = args.iter().any(|arg| arg.as_encoded_bytes().starts_with(b"--workflow"));
    let is_run = args.first().is_some_and(|command| command == "run");
    if let [first, _, ..] = bundle.names.as_slice()
        && is_run
        && !names_one
    {
        args.push(format!("--workflow={first}").into());
    }
    let mut command = Command::new(&program);
    command.args(args);
    let failed = |source| CliError::Start { program: program.clone(), source };
    become_program(&mut command, bundle.names.first().map_or("", String::as_str)).map_err(failed)
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
