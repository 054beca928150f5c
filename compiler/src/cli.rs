//! The command line `cogwork`: checks, builds and runs workflows.
//!
//! Exit codes: 0 success; 1 the execution failed (the built program's own exit code is passed on); 2 a wrong command
//! line, a definition that does not compile, and everything that kept a command from being carried out.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use crate::bundle::BundleError;
use crate::graph::GraphError;
use crate::project::ProjectError;
use crate::source::ReadError;
use crate::{Compilation, Options, Source, compile};

mod args;
mod build;
mod check;
mod files;
mod graph;
mod program;
mod terminal;

pub use terminal::Terminal;

/// Exit code when all went well.
const SUCCESS: u8 = 0;
/// Exit code of a wrong command line, a definition that does not compile, and a command that could not be carried out.
const FAILURE: u8 = 2;

/// Why a command could not be carried out. The text is a whole clause for the user.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("there is no .yaml, .yml or .json file in `{}`", .0.display())]
    NoFiles(PathBuf),
    #[error("`{}` does not compile: {problems}", path.display())]
    Workflow { path: PathBuf, problems: String },
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("--keep `{}` defines workflow `{name}`, which is not among those to be built", path.display())]
    KeepUnknown { path: PathBuf, name: String },
    #[error("{0} workflows go into one program, which needs a name: add -o PATH")]
    NoOutput(usize),
    #[error("--data is not JSON: {0}")]
    Data(serde_json::Error),
    #[error("cannot start `{}`: {source}", program.display())]
    Start { program: PathBuf, source: std::io::Error },
}

/// Carries out a command line, the program's name first; prints to standard output and standard error.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(run(args, &mut Terminal::standard()))
}

/// Carries out a command line, the program's name first; gives the exit code.
///
/// `run` and `serve` do not come back where the platform can replace the process by the built program.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, terminal: &mut Terminal<'_>) -> u8 {
    let command = match args::Args::try_parse_from(args) {
        Ok(args) => args.command,
        Err(error) => {
            // Help and version are no errors and belong to standard output.
            let is_error = error.use_stderr();
            terminal.styled(&error.render(), is_error);
            return if is_error { FAILURE } else { SUCCESS };
        }
    };
    let outcome = match command {
        args::Command::Check(options) => check::check(&options, terminal),
        args::Command::Build(options) => build::build(&options, terminal),
        args::Command::Run(options) => program::run(options, terminal),
        args::Command::Serve(options) => program::serve(options, terminal),
        args::Command::Expand(options) => expand(&options, terminal),
        args::Command::Graph(options) => graph::graph(&options, terminal),
    };
    outcome.unwrap_or_else(|error| {
        terminal.error(&error.to_string());
        FAILURE
    })
}

fn expand(options: &args::Expand, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let compilation = compiled(&options.file, terminal)?;
    terminal.output(&compilation.rust().unwrap_or_default());
    Ok(SUCCESS)
}

/// Compiles one file and shows what there is to say. A definition with errors is an error here.
fn compiled(path: &std::path::Path, terminal: &mut Terminal<'_>) -> Result<Compilation, CliError> {
    let source = Source::read(path, path.to_string_lossy())?;
    let compilation = compile(vec![source], &Options::default());
    terminal.message(&compilation.report(terminal.style()));
    if compilation.has_errors() {
        let problems = check::Count::of(&compilation.diagnostics).to_string();
        return Err(CliError::Workflow { path: path.to_owned(), problems });
    }
    Ok(compilation)
}
