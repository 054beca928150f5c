//! `experimental.executions.*`: executions of workflows of the same program (`stdlib.md` §13).

use super::{seconds, text};
use crate::effect::{ChildExecutions, Effect};
use crate::error::{Error, Result};
use crate::machine::Context;
use crate::value::Value;

/// Seconds that a child may take when the call does not say.
const DEFAULT_TIMEOUT: f64 = 1_800.0;

/// `experimental.executions.run`
/// (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/experimental.executions/run>).
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type.
pub fn run(
    context: &Context,
    workflow_id: Value,
    location: Value,
    project_id: Value,
    argument: Value,
) -> Result<Box<Effect>> {
    start(context, &workflow_id, [&location, &project_id], vec![argument], DEFAULT_TIMEOUT, false)
}

/// `experimental.executions.map`
/// (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/experimental.executions/map>).
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for a timeout below 0 or beyond a year.
pub fn map(
    context: &Context,
    workflow_id: Value,
    arguments: Value,
    timeout: Value,
    location: Value,
    project_id: Value,
) -> Result<Box<Effect>> {
    let Some(arguments) = arguments.as_list() else {
        return Err(Error::type_error(format!("arguments must be a list; got: {}", arguments.type_name())));
    };
    let seconds = seconds("timeout", &timeout, Some(DEFAULT_TIMEOUT))?;
    start(context, &workflow_id, [&location, &project_id], arguments.to_vec(), seconds, true)
}

fn start(
    context: &Context,
    workflow: &Value,
    place: [&Value; 2],
    arguments: Vec<Value>,
    seconds: f64,
    all: bool,
) -> Result<Box<Effect>> {
    let workflow = text("workflow_id", workflow)?;
    if let Some(other) = place.iter().find(|value| !matches!(value, Value::Null | Value::Str(_))) {
        return Err(Error::type_error(format!(
            "location and project_id must be strings; got: {}",
            other.type_name()
        )));
    }
    if arguments.iter().any(|argument| matches!(argument, Value::Bytes(_))) {
        return Err(Error::type_error("an argument must have a JSON form; got: bytes"));
    }
    Ok(Box::new(Effect::Children(ChildExecutions {
        workflow,
        arguments,
        all,
        deadline: context.now().after(seconds),
    })))
}
