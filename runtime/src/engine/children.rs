//! Child executions: workflows of the same program, run for an effect of another execution.
//!
//! A child's id follows from its parent's effect, so that an effect that is started again after a crash finds the
//! children that it has already.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::patience::patiently;
use super::{CreateOptions, Engine, EngineError, Inner};
use crate::effect::ChildExecutions;
use crate::error::{Error, Result, Tag};
use crate::execution::FiberId;
use crate::store::{Record, State, StoreError};
use crate::value::Value;

/// Runs the children of effect `number` of `fiber`; gives their results.
pub(super) async fn run(
    inner: Arc<Inner>,
    parent: Record,
    fiber: FiberId,
    number: u64,
    children: ChildExecutions,
) -> Result {
    let clock = Arc::clone(&inner.clock);
    let deadline = children.deadline;
    let engine = Engine { inner };
    let work = async {
        let mut ids = Vec::new();
        for (index, argument) in children.arguments.iter().enumerate() {
            let id = child_id(&parent, fiber, number, index);
            create(&engine, &children.workflow, argument.clone(), id.clone()).await?;
            ids.push(id);
        }
        let mut results = Vec::new();
        for id in ids {
            let ended = patiently(&engine, || engine.wait(&id))
                .await
                .map_err(|error| failed(&children.workflow, &error.to_string()))?;
            results.push(result(&children.workflow, &ended)?);
        }
        Ok(results)
    };
    let results = tokio::select! {
        biased;
        results = work => results?,
        () = clock.sleep_until(deadline) => {
            return Err(Error::new(Tag::TimeoutError, "TimeoutError: a child execution took too long"));
        }
    };
    if children.all {
        return Ok(Value::list(results));
    }
    Ok(results.into_iter().next().unwrap_or_default())
}

async fn create(engine: &Engine, workflow: &str, argument: Value, id: String) -> Result<()> {
    let options = CreateOptions { id: Some(id), ..CreateOptions::default() };
    match patiently(engine, || engine.create(workflow, argument.clone(), options.clone())).await {
        Ok(_) | Err(EngineError::Store(StoreError::Exists(_))) => Ok(()),
        Err(error) => Err(failed(workflow, &error.to_string())),
    }
}

fn result(workflow: &str, ended: &Record) -> Result {
    match (ended.state, &ended.result) {
        (State::Succeeded, Some(text)) => {
            Value::from_json_text(text).map_err(|error| failed(workflow, &error.to_string()))
        }
        _ => {
            let reason =
                ended.failure.as_ref().map_or(ended.state.as_str(), |failure| failure.context.as_str());
            Err(failed(workflow, reason))
        }
    }
}

fn failed(workflow: &str, reason: &str) -> Error {
    Error::new(
        Tag::ExecutionError,
        format!("ExecutionError: execution of workflow `{workflow}` failed: {reason}"),
    )
}

pub(super) fn child_id(parent: &Record, fiber: FiberId, number: u64, index: usize) -> String {
    let mut digest = Sha256::new();
    digest.update(b"child");
    digest.update(parent.secret);
    digest.update(parent.id.as_bytes());
    digest.update(fiber.0.to_be_bytes());
    digest.update(number.to_be_bytes());
    digest.update((index as u64).to_be_bytes());
    let bytes: [u8; 32] = digest.finalize().into();
    let half: [u8; 16] = bytes.first_chunk().copied().unwrap_or_default();
    uuid::Builder::from_random_bytes(half).into_uuid().to_string()
}
