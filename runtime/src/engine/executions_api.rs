//! The Executions API as workflows call it: `googleapis.workflowexecutions.*`, answered by the program itself.
//!
//! As with child executions, what is created has an id that follows from the effect, so that nothing is created twice
//! when an effect is started again after a crash.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::children::child_id;
use super::patience::patiently;
use super::resource::{self, View};
use super::{CreateOptions, Engine, EngineError, Inner};
use crate::effect::{ExecutionsCall, ExecutionsMethod, NewExecution};
use crate::error::{Error, Result, Tag};
use crate::execution::{CallLogLevel, FiberId};
use crate::http::failure;
use crate::store::{Record, State, StoreError};
use crate::value::{Map, Value};

/// Answers the call that effect `number` of `fiber` makes.
pub(super) async fn answer(
    inner: Arc<Inner>,
    parent: Record,
    fiber: FiberId,
    number: u64,
    call: ExecutionsCall,
) -> Result {
    let clock = Arc::clone(&inner.clock);
    let engine = Engine { inner };
    let ExecutionsCall { workflow, method, deadline } = call;
    let work = async {
        match method {
            ExecutionsMethod::Create { execution, wait } => {
                let id = child_id(&parent, fiber, number, 0);
                let record = create(&engine, &workflow, &id, execution).await?;
                if wait {
                    ended(&engine, &id).await.map(|(_, resource)| resource)
                } else {
                    show(&engine, &record)
                }
            }
            ExecutionsMethod::Run { execution, wait } => {
                let id = child_id(&parent, fiber, number, 0);
                create(&engine, &workflow, &id, execution).await?;
                if wait {
                    ended(&engine, &id).await.and_then(|(record, _)| result(&record))
                } else {
                    Ok(Value::Null)
                }
            }
            ExecutionsMethod::Get { execution, full } => {
                let record = find(&engine, &workflow, &execution).await?;
                let view = if full { View::Full } else { View::Basic };
                value(&resource::execution(&engine, &record, &engine.execution_name(&record), view))
            }
            ExecutionsMethod::Cancel { execution } => cancel(&engine, &workflow, &execution).await,
        }
    };
    tokio::select! {
        biased;
        answer = work => answer,
        () = clock.sleep_until(deadline) => {
            Err(Error::new(Tag::TimeoutError, format!("TimeoutError: workflow `{workflow}` took too long")))
        }
    }
}

/// The execution that this call creates, or has created before a crash.
async fn create(engine: &Engine, workflow: &str, id: &str, new: NewExecution) -> Result<Record> {
    let argument = match &new.argument {
        None => Value::Null,
        Some(text) => {
            Value::from_json_text(text).map_err(|error| refused(&EngineError::Argument(error.to_string())))?
        }
    };
    let options = CreateOptions {
        id: Some(id.to_owned()),
        labels: new.labels,
        call_log_level: new.call_log_level.as_deref().and_then(CallLogLevel::parse),
        schedule: None,
    };
    match patiently(engine, || engine.create(workflow, argument.clone(), options.clone())).await {
        Err(EngineError::Store(StoreError::Exists(_))) => patiently(engine, || engine.get(id)).await,
        created => created,
    }
    .map_err(|error| refused(&error))
}

/// The execution at its end, if it succeeded.
async fn ended(engine: &Engine, id: &str) -> Result<(Record, Value)> {
    let record = patiently(engine, || engine.wait(id)).await.map_err(|error| refused(&error))?;
    let resource = show(engine, &record)?;
    if record.state == State::Succeeded {
        return Ok((record, resource));
    }
    let (state, failure) = (record.state.as_str(), record.failure.as_ref());
    let context = failure.map_or("", |failure| failure.context.as_str());
    let message = format!("OperationError: execution {id} ended as {state}: {context}");
    let details = resource.get("error").cloned().unwrap_or_default();
    Err(Error::new(Tag::OperationError, message).with("operation", resource).with("error", details))
}

fn result(record: &Record) -> Result {
    let text = record.result.as_deref().unwrap_or("null");
    Value::from_json_text(text)
        .map_err(|error| Error::new(Tag::ResponseTypeError, format!("ResponseTypeError: {error}")))
}

async fn find(engine: &Engine, workflow: &str, id: &str) -> Result<Record> {
    match patiently(engine, || engine.get(id)).await {
        Ok(record) if record.workflow == workflow => Ok(record),
        Ok(_) => Err(refused(&EngineError::UnknownExecution(id.to_owned()))),
        Err(error) => Err(refused(&error)),
    }
}

async fn cancel(engine: &Engine, workflow: &str, id: &str) -> Result {
    find(engine, workflow, id).await?;
    let record = match patiently(engine, || engine.cancel(id)).await {
        // This call may be the one that cancelled it, before a crash.
        Err(EngineError::Ended(_)) => match find(engine, workflow, id).await? {
            record if record.state == State::Cancelled => record,
            _ => return Err(refused(&EngineError::Ended(id.to_owned()))),
        },
        cancelled => cancelled.map_err(|error| refused(&error))?,
    };
    show(engine, &record)
}

fn show(engine: &Engine, record: &Record) -> Result {
    value(&resource::execution(engine, record, &engine.execution_name(record), View::Full))
}

fn value(json: &Json) -> Result {
    Value::from_json_text(&json.to_string())
        .map_err(|error| Error::new(Tag::SystemError, format!("SystemError: {error}")))
}

/// The error that the API's answer to a refused request makes in a workflow.
fn refused(error: &EngineError) -> Error {
    let (code, name) = error.status();
    let body = json!({"error": {"code": code, "message": error.to_string(), "status": name}});
    failure::status(code, Value::map(Map::default()), value(&body).unwrap_or_default())
}
