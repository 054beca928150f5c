//! `projects.locations.workflows.executions` (`executions-api.md` §§1–4).

use std::collections::BTreeMap;

use axum::extract::Request;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::BODY_LIMIT;
use super::path::{WorkflowName, query_pairs};
use super::problem::Problem;
use crate::engine::resource::{self, View};
use crate::engine::{CreateOptions, Engine};
use crate::execution::CallLogLevel;
use crate::store::{Query, Record};
use crate::value::Value;

/// Entries on a page when the client does not say.
const DEFAULT_PAGE: usize = 100;
/// Entries on a page at most, by view.
const LARGEST_PAGE: [usize; 2] = [1_000, 100];

/// The fields of an Execution that a client may set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewExecution {
    argument: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    #[serde(rename = "callLogLevel", alias = "call_log_level")]
    call_log_level: Option<Json>,
}

pub(super) async fn create(
    engine: &Engine,
    parent: &WorkflowName,
    request: Request,
) -> Result<Json, Problem> {
    let body = axum::body::to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|_| {
        Problem::invalid_argument(format!("the body could not be read or is over {BODY_LIMIT} bytes"))
    })?;
    let new: NewExecution = if body.iter().all(u8::is_ascii_whitespace) {
        NewExecution::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Problem::invalid_argument(format!("the body is not an Execution: {error}")))?
    };
    let argument = match &new.argument {
        None => Value::Null,
        Some(text) => Value::from_json_text(text)
            .map_err(|error| Problem::invalid_argument(format!("argument is not JSON text: {error}")))?,
    };
    let options = CreateOptions {
        labels: new.labels.unwrap_or_default(),
        call_log_level: call_log_level(new.call_log_level.as_ref())?,
        ..CreateOptions::default()
    };
    let record = engine.create(&parent.workflow, argument, options).await?;
    Ok(show(engine, &record, parent, View::Full))
}

pub(super) async fn get(
    engine: &Engine,
    parent: &WorkflowName,
    id: &str,
    query: Option<&str>,
) -> Result<Json, Problem> {
    let record = find(engine, parent, id).await?;
    Ok(show(engine, &record, parent, view(query, View::Full)?))
}

pub(super) async fn list(
    engine: &Engine,
    parent: &WorkflowName,
    query: Option<&str>,
) -> Result<Json, Problem> {
    if engine.workflow(&parent.workflow).is_none() {
        return Err(Problem::not_found(&format!(
            "there is no workflow `{}` in this program",
            parent.workflow
        )));
    }
    let view = view(query, View::Basic)?;
    let largest = LARGEST_PAGE[usize::from(view == View::Full)];
    let mut limit = DEFAULT_PAGE;
    let mut offset = 0;
    for (key, value) in query_pairs(query) {
        match key.as_str() {
            "pageSize" | "page_size" => {
                let size: usize = value
                    .parse()
                    .map_err(|_| Problem::invalid_argument("pageSize must be a number from 0 on"))?;
                limit = if size == 0 { DEFAULT_PAGE } else { size.min(largest) };
            }
            "pageToken" | "page_token" if !value.is_empty() => {
                offset = value
                    .parse()
                    .map_err(|_| Problem::invalid_argument("pageToken is not one of this list"))?;
            }
            _ => {}
        }
    }
    let query = Query { workflow: Some(parent.workflow.clone()), state: None, limit: limit + 1, offset };
    let mut records = engine.list(query).await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let executions: Vec<Json> = records.iter().map(|record| show(engine, record, parent, view)).collect();
    let mut answer = json!({ "executions": executions });
    if more && let Some(map) = answer.as_object_mut() {
        map.insert("nextPageToken".to_owned(), json!((offset + limit).to_string()));
    }
    Ok(answer)
}

pub(super) async fn cancel(engine: &Engine, parent: &WorkflowName, id: &str) -> Result<Json, Problem> {
    find(engine, parent, id).await?;
    let record = engine.cancel(id).await?;
    Ok(show(engine, &record, parent, View::Full))
}

pub(super) async fn callbacks(engine: &Engine, parent: &WorkflowName, id: &str) -> Result<Json, Problem> {
    find(engine, parent, id).await?;
    let callbacks: Vec<Json> = engine
        .callbacks(id)
        .await?
        .into_iter()
        .map(|endpoint| {
            let payloads: Vec<String> =
                endpoint.payloads.iter().filter_map(|payload| payload.to_json_text().ok()).collect();
            json!({
                "name": format!("{}/callbacks/{}", parent.execution(id), endpoint.id),
                "method": endpoint.method,
                "waiters": endpoint.waiters.to_string(),
                "availablePayloads": payloads,
            })
        })
        .collect();
    Ok(json!({ "callbacks": callbacks }))
}

/// The level by its name, or its number in the API's definition.
fn call_log_level(given: Option<&Json>) -> Result<Option<CallLogLevel>, Problem> {
    let Some(given) = given else { return Ok(None) };
    let level = match (given.as_str(), given.as_u64()) {
        (Some("CALL_LOG_LEVEL_UNSPECIFIED"), _) | (_, Some(0)) => return Ok(None),
        (Some(name), _) => CallLogLevel::parse(name),
        (_, Some(1)) => Some(CallLogLevel::All),
        (_, Some(2)) => Some(CallLogLevel::Errors),
        (_, Some(3)) => Some(CallLogLevel::None),
        _ => None,
    };
    match level {
        None => Err(Problem::invalid_argument(format!(
            "callLogLevel must be LOG_ALL_CALLS, LOG_ERRORS_ONLY or LOG_NONE; got: {given}"
        ))),
        level => Ok(level),
    }
}

/// An execution of that workflow.
async fn find(engine: &Engine, parent: &WorkflowName, id: &str) -> Result<Record, Problem> {
    let record = engine.get(id).await?;
    if record.workflow == parent.workflow {
        Ok(record)
    } else {
        Err(Problem::not_found(&format!("workflow `{}` has no execution `{id}`", parent.workflow)))
    }
}

fn view(query: Option<&str>, default: View) -> Result<View, Problem> {
    let given = query_pairs(query).into_iter().rfind(|(key, _)| key == "view").map(|(_, value)| value);
    View::parse(given.as_deref().unwrap_or_default(), default).map_err(Problem::invalid_argument)
}

fn show(engine: &Engine, record: &Record, parent: &WorkflowName, view: View) -> Json {
    resource::execution(engine, record, &parent.execution(&record.id), view)
}
