//! The command line of a compiled workflow: what the `main` of a generated binary calls.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::engine::log::StderrLog;
use crate::engine::{Builder, Engine, EngineError, Retention, common_profile};
use crate::http::ClientOptions;
use crate::machine::Workflow;
use crate::store::StoreError;

mod args;
mod callbacks;
mod describe;
mod environment;
mod executions;
mod remote;
mod run;
mod server;
mod storage;

use args::{Args, Command};

/// Exit code of an execution that did not succeed.
const EXECUTION_FAILED: u8 = 1;
/// Exit code of a wrong command line and of a program that cannot do its work.
const USAGE: u8 = 2;

/// Why a command could not be carried out. The text is a whole sentence for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommandError {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: std::io::Error },
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen { address: String, source: std::io::Error },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server could not be asked.
    #[error("cannot reach {server}: {reason}; is the program serving there?")]
    Unreachable { server: String, reason: String },
    /// The server refused what it was asked.
    #[error("the server answered {status}: {message}")]
    Refused { status: u16, message: String },
    /// An execution cannot be stored any more.
    #[error(
        "{error}; execution `{id}` stays as it was stored last, and goes on with --execution {id} and the same --store"
    )]
    Unstored { id: String, error: StoreError },
    /// The operating system failed.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Runs the command line of a binary that holds `workflows`.
///
/// Exit codes: 0 success, 1 the execution failed, 2 usage errors and everything that kept the command from being
/// carried out.
#[must_use]
pub fn main(workflows: &[&'static Workflow]) -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors; clap knows where each is to be printed.
            let code = if error.use_stderr() { USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match carry_out(workflows, args.command) {
        Ok(code) => code,
        Err(error) => {
            report(&format!("error: {error}"));
            ExitCode::from(USAGE)
        }
    }
}

fn carry_out(workflows: &[&'static Workflow], command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Run(options) => block_on(run::run(workflows, options)),
        Command::Serve(options) => block_on(server::serve(workflows, options)),
        Command::Executions(command) => block_on(executions::carry_out(workflows, command)),
        Command::Callbacks(command) => block_on(callbacks::carry_out(workflows, command)),
        Command::Describe(choice) => describe::describe(choose(workflows, choice.workflow.as_deref())?),
        Command::Source(choice) => describe::source(choose(workflows, choice.workflow.as_deref())?),
    }
}

fn block_on<T>(future: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(future);
    // What still runs (requests of a cancelled execution) must not delay the exit.
    runtime.shutdown_background();
    result
}

/// The workflow that is meant when a binary holds several.
fn choose(workflows: &[&'static Workflow], name: Option<&str>) -> Result<&'static Workflow, CommandError> {
    let names = || workflows.iter().map(|w| w.name).collect::<Vec<_>>().join(", ");
    match (workflows, name) {
        ([only, rest @ ..], None) if rest.iter().all(|w| w.name == only.name) => Ok(only),
        (_, None) => Err(CommandError::Usage(format!("say which workflow with --workflow: {}", names()))),
        (_, Some(name)) => workflows.iter().find(|w| w.name == name).copied().ok_or_else(|| {
            CommandError::Usage(format!("there is no workflow `{name}` in this program; it has: {}", names()))
        }),
    }
}

/// An engine over all workflows with the options that `run` and `serve` share.
///
/// # Errors
///
/// A file of environment variables that cannot be read.
fn engine(
    workflows: &[&'static Workflow],
    options: &args::Shared,
    public_url: &str,
) -> Result<Builder, CommandError> {
    let json = !std::io::stderr().is_terminal();
    let mut builder = Engine::builder().public_url(public_url).log(Arc::new(StderrLog { json }));
    builder = builder
        .retention(Retention { time: options.keep_for.0, count: options.keep_last })
        .execution_timeout(options.execution_timeout);
    builder = builder.adopt_revisions(options.revisions == args::Revisions::Adopt);
    for workflow in workflows {
        builder = builder.workflow(workflow);
    }
    for (name, value) in environment::variables(options)? {
        builder = builder.env(name, value);
    }
    Ok(outgoing(builder, workflows, &options.outgoing))
}

/// How requests go out.
fn outgoing(builder: Builder, workflows: &[&'static Workflow], options: &args::Outgoing) -> Builder {
    let allowed = options.allow_host.clone();
    let client = ClientOptions {
        allow_hosts: (!allowed.is_empty()).then_some(allowed),
        auth_token_command: options.auth_token_command.as_ref().map(|command| command.0.clone()),
        idempotency_header: options.idempotency_header,
        ..ClientOptions::of(common_profile(workflows))
    };
    builder.client(client).at_most_once(options.at_most_once.iter().cloned())
}

/// One line for people, on standard error.
#[expect(clippy::print_stderr, reason = "this is the command line")]
fn report(line: &str) {
    eprintln!("{line}");
}

/// One line of output, on standard output. A reader that has gone away is no error.
fn output(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
