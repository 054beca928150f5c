//! The `run` command: one execution to its end.

use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::args::RunOptions;
use super::server::listen;
use super::{CommandError, EXECUTION_FAILED, choose, engine, output, report, storage};
use crate::api;
use crate::engine::{CreateOptions, Engine, EngineError, Observer};
use crate::machine::Workflow;
use crate::store::{Record, State};
use crate::value::Value;

/// Exit code after an interrupt, by the shell's convention: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// How long answers that are under way may take after the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Says which callback URLs wait for a request.
#[derive(Debug)]
struct ShowCallbacks;

impl Observer for ShowCallbacks {
    fn callback_opened(&self, _: &Record, method: &str, url: &str) {
        report(&format!("callback endpoint: {method} {url}"));
    }
}

pub(super) async fn run(
    workflows: &[&'static Workflow],
    options: RunOptions,
) -> Result<ExitCode, CommandError> {
    let workflow = choose(workflows, options.choice.workflow.as_deref())?;
    let argument = argument(options.data.as_deref())?;
    let (listener, address) = listen(options.listen, &options.shared).await?;
    let engine = engine(workflows, &options.shared, &format!("http://{address}"))?
        .store(storage::open(&options.store, options.shared.durability)?)
        .observer(Arc::new(ShowCallbacks))
        .start()
        .await?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, api::router(engine.clone())).with_graceful_shutdown(async {
        // A dropped sender stops the server as well.
        let _ = stopped.await;
    });
    let server = tokio::spawn(server.into_future());
    let create = CreateOptions {
        id: options.execution,
        call_log_level: Some(options.call_log_level.into()),
        ..CreateOptions::default()
    };
    let record = create_or_resume(&engine, workflow, argument, create).await?;
    let record = tokio::select! {
        record = engine.wait(&record.id) => record?,
        error = engine.store_failure() => {
            return Err(CommandError::Unstored { id: record.id, error });
        }
        () = super::server::stopped() => {
            report("interrupted");
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    drop(stop);
    // The sender of the last callback still gets its answer; a connection that stays open does not hold up the exit.
    let _ = tokio::time::timeout(LAST_ANSWERS, server).await;
    Ok(finish(&record))
}

/// The execution of that id if the store has it, else a new one.
async fn create_or_resume(
    engine: &Engine,
    workflow: &Workflow,
    argument: Value,
    create: CreateOptions,
) -> Result<Record, CommandError> {
    if let Some(id) = &create.id {
        match engine.get(id).await {
            Ok(record) if record.workflow == workflow.name => {
                show_endpoints(engine, &record).await?;
                return Ok(record);
            }
            Ok(record) => {
                return Err(CommandError::Usage(format!(
                    "execution `{id}` is one of workflow `{}`",
                    record.workflow
                )));
            }
            Err(EngineError::UnknownExecution(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(engine.create(workflow.name, argument, create).await?)
}

/// Shows the callback endpoints of an execution that goes on, at this server's address.
async fn show_endpoints(engine: &Engine, record: &Record) -> Result<(), CommandError> {
    for endpoint in engine.callbacks(&record.id).await? {
        let url = engine.callback_url(record, &endpoint.id);
        report(&format!("callback endpoint: {} {url}", endpoint.method));
    }
    Ok(())
}

fn finish(record: &Record) -> ExitCode {
    let failure = record.failure.as_ref();
    let failure = failure.map(|failure| (failure.context.as_str(), failure.payload.as_str()));
    conclude(record.state.as_str(), record.result.as_deref(), failure)
}

/// Tells how an execution ended: its result, or context and payload of its error; gives the exit code.
pub(super) fn conclude(state: &str, result: Option<&str>, failure: Option<(&str, &str)>) -> ExitCode {
    if state == State::Succeeded.as_str() {
        output(result.unwrap_or("null"));
        return ExitCode::SUCCESS;
    }
    match failure {
        Some((context, payload)) => report(&format!("execution {state}: {context}\npayload: {payload}")),
        None => report(&format!("execution {state}")),
    }
    ExitCode::from(EXECUTION_FAILED)
}

/// JSON text as it was given, and where it comes from: itself, `@FILE`, or `-` for standard input. It is not looked at.
pub(super) fn data(given: Option<&str>) -> Result<Option<(String, String)>, CommandError> {
    let read = |path: &str, text: std::io::Result<String>| match text {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(source) => Err(CommandError::Read { path: path.to_owned(), source }),
    };
    match given {
        None => Ok(None),
        Some("-") => {
            let mut text = String::new();
            let result = std::io::stdin().read_to_string(&mut text);
            read("standard input", result.map(|_| text))
        }
        Some(given) => match given.strip_prefix('@') {
            Some(path) => read(path, std::fs::read_to_string(path)),
            None => Ok(Some(("--data".to_owned(), given.to_owned()))),
        },
    }
}

/// The argument of the execution.
fn argument(given: Option<&str>) -> Result<Value, CommandError> {
    let Some((origin, text)) = data(given)? else { return Ok(Value::Null) };
    Value::from_json_text(&text)
        .map_err(|error| CommandError::Usage(format!("{origin} is not JSON: {error}")))
}
