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
use crate::execution::Failure;
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
    if record.state == State::Succeeded {
        output(record.result.as_deref().unwrap_or("null"));
        return ExitCode::SUCCESS;
    }
    let word = record.state.as_str();
    match &record.failure {
        Some(failure) => report(&format!("execution {word}: {}", describe(failure))),
        None => report(&format!("execution {word}")),
    }
    ExitCode::from(EXECUTION_FAILED)
}

fn describe(failure: &Failure) -> String {
    format!("{}\npayload: {}", failure.context, failure.payload)
}

/// The argument as it was given: JSON text, `@FILE`, or `-` for standard input.
fn argument(data: Option<&str>) -> Result<Value, CommandError> {
    let (origin, text) = match data {
        None => return Ok(Value::Null),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|source| CommandError::Read { path: "standard input".to_owned(), source })?;
            ("standard input".to_owned(), text)
        }
        Some(data) => match data.strip_prefix('@') {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
                (path.to_owned(), text)
            }
            None => ("--data".to_owned(), data.to_owned()),
        },
    };
    Value::from_json_text(&text)
        .map_err(|error| CommandError::Usage(format!("{origin} is not JSON: {error}")))
}
