//! `googleapis.workflowexecutions.*.projects.locations.workflows.executions.*` (`stdlib.md` §§13–14).

use super::{seconds, text};
use crate::effect::{Effect, ExecutionsCall, ExecutionsMethod, NewExecution};
use crate::error::{Error, Result};
use crate::execution::CallLogLevel;
use crate::machine::Context;
use crate::value::{Map, Value};

/// Seconds that a call may take when it does not say.
const DEFAULT_TIMEOUT: f64 = 1_800.0;
/// The most that a call which does not wait for an execution may ask for, in seconds.
const LONGEST_PLAIN: f64 = 1_800.0;

/// Version 1 of the API.
pub mod v1 {
    pub use super::{cancel, create, get, run};
}

/// Version 1beta of the API.
pub mod v1beta {
    use super::{Context, Effect, Result, Value};

    pub use super::{cancel, create, get};

    /// `executions.run`, without a `callLogLevel`.
    ///
    /// # Errors
    ///
    /// `TypeError` and `ValueError` for bad arguments.
    pub fn run(
        context: &Context,
        workflow_id: Value,
        location: Value,
        project_id: Value,
        argument: Value,
        connector_params: Value,
    ) -> Result<Box<Effect>> {
        super::run(context, workflow_id, location, project_id, argument, Value::Null, connector_params)
    }
}

/// `executions.run`: waits for the end and gives the result
/// (<https://docs.cloud.google.com/workflows/docs/reference/googleapis/workflowexecutions/v1/projects.locations.workflows.executions/run>).
///
/// # Errors
///
/// `TypeError` and `ValueError` for bad arguments.
pub fn run(
    context: &Context,
    workflow_id: Value,
    location: Value,
    project_id: Value,
    argument: Value,
    call_log_level: Value,
    connector_params: Value,
) -> Result<Box<Effect>> {
    let workflow = text("workflow_id", &workflow_id)?;
    for (parameter, value) in [("location", location), ("project_id", project_id)] {
        optional_text(parameter, &value)?;
    }
    let params = Params::of(&connector_params, super::LONGEST_WAIT)?;
    let execution = NewExecution {
        argument: match argument {
            Value::Null => None,
            argument => Some(argument.to_json_text()?),
        },
        call_log_level: level("callLogLevel", &call_log_level)?,
        ..NewExecution::default()
    };
    let method = ExecutionsMethod::Run { execution, wait: !params.skip_polling };
    Ok(call(context, workflow, method, &params))
}

/// `executions.create`: waits for the end and gives the execution.
///
/// # Errors
///
/// `TypeError` and `ValueError` for bad arguments.
pub fn create(context: &Context, parent: Value, body: Value, connector_params: Value) -> Result<Box<Effect>> {
    let parent = text("parent", &parent)?;
    let ["projects", _, "locations", _, "workflows", workflow] = segments(&parent)[..] else {
        return Err(Error::value_error(format!(
            "parent must be projects/PROJECT/locations/LOCATION/workflows/WORKFLOW; got: {parent}"
        )));
    };
    let params = Params::of(&connector_params, super::LONGEST_WAIT)?;
    let method = ExecutionsMethod::Create { execution: new_execution(&body)?, wait: !params.skip_polling };
    Ok(call(context, workflow.to_owned(), method, &params))
}

/// `executions.get`: gives the execution as it is.
///
/// # Errors
///
/// `TypeError` and `ValueError` for bad arguments.
pub fn get(context: &Context, name: Value, view: Value, connector_params: Value) -> Result<Box<Effect>> {
    let (workflow, execution) = execution_name(&name)?;
    let full = match optional_text("view", &view)?.as_deref() {
        None | Some("FULL" | "EXECUTION_VIEW_UNSPECIFIED") => true,
        Some("BASIC") => false,
        Some(other) => return Err(Error::value_error(format!("view must be BASIC or FULL; got: {other}"))),
    };
    let params = Params::of(&connector_params, LONGEST_PLAIN)?;
    Ok(call(context, workflow, ExecutionsMethod::Get { execution, full }, &params))
}

/// `executions.cancel`: ends the execution and gives it.
///
/// # Errors
///
/// `TypeError` and `ValueError` for bad arguments.
pub fn cancel(context: &Context, name: Value, body: Value, connector_params: Value) -> Result<Box<Effect>> {
    let (workflow, execution) = execution_name(&name)?;
    optional_map("body", &body)?;
    let params = Params::of(&connector_params, LONGEST_PLAIN)?;
    Ok(call(context, workflow, ExecutionsMethod::Cancel { execution }, &params))
}

fn call(context: &Context, workflow: String, method: ExecutionsMethod, params: &Params) -> Box<Effect> {
    let deadline = context.now().after(params.timeout);
    Box::new(Effect::Executions(Box::new(ExecutionsCall { workflow, method, deadline })))
}

/// What `connector_params` says. Polling is not looked at: nothing is polled within one program.
struct Params {
    timeout: f64,
    skip_polling: bool,
}

impl Params {
    fn of(value: &Value, longest: f64) -> Result<Self> {
        let params = optional_map("connector_params", value)?;
        let field = |name: &str| params.and_then(|map| map.get(name)).unwrap_or(&Value::Null);
        let timeout = seconds("connector_params.timeout", field("timeout"), Some(DEFAULT_TIMEOUT))?;
        if timeout > longest {
            return Err(Error::value_error(format!(
                "connector_params.timeout must be at most {longest} seconds; got: {timeout}"
            )));
        }
        let skip_polling = match field("skip_polling") {
            Value::Null => false,
            Value::Bool(skip) => *skip,
            other => {
                return Err(Error::type_error(format!(
                    "connector_params.skip_polling must be a boolean; got: {}",
                    other.type_name()
                )));
            }
        };
        Ok(Self { timeout, skip_polling })
    }
}

fn new_execution(body: &Value) -> Result<NewExecution> {
    let mut execution = NewExecution::default();
    for (name, value) in optional_map("body", body)?.into_iter().flatten() {
        match name.as_str() {
            "argument" => execution.argument = optional_text("body.argument", value)?,
            "callLogLevel" => execution.call_log_level = level("body.callLogLevel", value)?,
            "labels" => {
                for (label, value) in optional_map("body.labels", value)?.into_iter().flatten() {
                    execution.labels.insert(label.to_string(), text("a label", value)?);
                }
            }
            // Settings of the service that have no counterpart here.
            "executionHistoryLevel" | "disableConcurrencyQuotaOverflowBuffering" => {}
            other => return Err(Error::value_error(format!("an execution has no field {other} to be set"))),
        }
    }
    Ok(execution)
}

/// Workflow and id in the resource name of an execution.
fn execution_name(name: &Value) -> Result<(String, String)> {
    let name = text("name", name)?;
    match segments(&name)[..] {
        ["projects", _, "locations", _, "workflows", workflow, "executions", id] => {
            Ok((workflow.to_owned(), id.to_owned()))
        }
        _ => Err(Error::value_error(format!(
            "name must be projects/PROJECT/locations/LOCATION/workflows/WORKFLOW/executions/EXECUTION; got: {name}"
        ))),
    }
}

fn level(parameter: &str, value: &Value) -> Result<Option<String>> {
    match optional_text(parameter, value)? {
        Some(name) if name == "CALL_LOG_LEVEL_UNSPECIFIED" => Ok(None),
        Some(name) if CallLogLevel::parse(&name).is_none() => {
            Err(Error::value_error(format!("unknown {parameter}: {name}")))
        }
        name => Ok(name),
    }
}

fn segments(name: &str) -> Vec<&str> {
    name.split('/').collect()
}

fn optional_text(parameter: &str, value: &Value) -> Result<Option<String>> {
    if matches!(value, Value::Null) { Ok(None) } else { text(parameter, value).map(Some) }
}

fn optional_map<'a>(parameter: &str, value: &'a Value) -> Result<Option<&'a Map>> {
    match value {
        Value::Null => Ok(None),
        Value::Map(map) => Ok(Some(map)),
        other => Err(Error::type_error(format!("{parameter} must be a map; got: {}", other.type_name()))),
    }
}
