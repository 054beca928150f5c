//! An execution as the Executions API shows it (`executions-api.md` §3).

use serde_json::{Value as Json, json};

use super::Engine;
use super::log::rfc3339;
use crate::effect::Timestamp;
use crate::execution::Failure;
use crate::store::{Record, State};

/// How much of an execution to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Its state and times.
    Basic,
    /// Everything.
    Full,
}

impl View {
    /// The API's words and numbers for views; `default` stands for none.
    pub(crate) fn parse(text: &str, default: Self) -> Result<Self, String> {
        match text {
            "0" | "" | "EXECUTION_VIEW_UNSPECIFIED" => Ok(default),
            "1" | "BASIC" => Ok(Self::Basic),
            "2" | "FULL" => Ok(Self::Full),
            other => Err(format!("view must be BASIC or FULL; got: {other}")),
        }
    }
}

/// The resource of an execution that is called `name`.
pub(crate) fn execution(engine: &Engine, record: &Record, name: &str, view: View) -> Json {
    let mut fields = serde_json::Map::new();
    let mut set = |name: &str, value: Json| {
        fields.insert(name.to_owned(), value);
    };
    set("name", json!(name));
    set("createTime", json!(rfc3339(record.create_time)));
    set("startTime", json!(rfc3339(record.create_time)));
    if let Some(end) = record.end_time {
        set("endTime", json!(rfc3339(end)));
        set("duration", json!(duration(record.create_time, end)));
    }
    match engine.parked(record) {
        None => set("state", json!(record.state.as_str())),
        Some(reason) => {
            set("state", json!(State::Unavailable.as_str()));
            set("stateError", json!({ "details": reason, "type": "TYPE_UNSPECIFIED" }));
        }
    }
    set("workflowRevisionId", json!(record.revision));
    if view == View::Full {
        if let Some(argument) = &record.argument {
            set("argument", json!(argument));
        }
        if let Some(result) = &record.result {
            set("result", json!(result));
        }
        if let Some(failure) = &record.failure {
            set("error", show_failure(failure));
        }
        if let Some(level) = &record.call_log_level {
            set("callLogLevel", json!(level));
        }
        if !record.labels.is_empty() {
            set("labels", json!(record.labels));
        }
        let steps: Vec<Json> = record
            .current_steps
            .iter()
            .map(|current| json!({ "routine": current.routine, "step": current.step }))
            .collect();
        if !steps.is_empty() {
            set("status", json!({ "currentSteps": steps }));
        }
    }
    Json::Object(fields)
}

fn show_failure(failure: &Failure) -> Json {
    let elements: Vec<Json> = failure
        .stack_trace
        .iter()
        .map(|frame| {
            json!({
                "step": frame.step,
                "routine": frame.routine,
                // Numbers of 64 bits are strings in this JSON.
                "position": {
                    "line": frame.line.to_string(),
                    "column": frame.column.to_string(),
                    "length": frame.length.to_string(),
                },
            })
        })
        .collect();
    let trace = if elements.is_empty() { json!({}) } else { json!({ "elements": elements }) };
    json!({ "payload": failure.payload, "context": failure.context, "stackTrace": trace })
}

/// Seconds with microseconds and an `s`.
fn duration(from: Timestamp, to: Timestamp) -> String {
    let micros = to.0.saturating_sub(from.0).max(0);
    format!("{}.{:06}s", micros / 1_000_000, micros % 1_000_000)
}
