//! Call logging in Cloud Logging's shape: `google.cloud.workflows.type.EngineCallLog`.

use super::log::{LogRecord, rfc3339};
use crate::effect::{LogEntry, LogPayload, Severity, Timestamp};
use crate::execution::{CallEvent, CallRecord};
use crate::store::Record;
use crate::value::Value;

/// The longest text of an argument, a response or an error in an entry, in bytes; what is longer is cut.
const LONGEST_TEXT: usize = 4_096;

/// The log entry that tells what a call did.
pub(super) fn entry(execution: &Record, call: CallRecord) -> LogRecord {
    let CallRecord { time, place, callee, event } = call;
    let (severity, state, field, details) = match event {
        CallEvent::Begun(args) => {
            let named =
                args.into_iter().map(|(name, value)| (name.into(), Value::from(text(&value)))).collect();
            (Severity::Info, "BEGUN", "begun", Value::from([("namedArgs", Value::map(named))]))
        }
        CallEvent::Succeeded { started, response } => {
            let details = ended(started, "response", &response);
            (Severity::Info, "SUCCEEDED", "succeeded", details)
        }
        CallEvent::Raised { started, exception } => {
            let details = ended(started, "exception", &exception);
            (Severity::Error, "EXCEPTION_RAISED", "exceptionRaised", details)
        }
    };
    let payload = Value::from([
        ("@type", Value::from("type.googleapis.com/google.cloud.workflows.type.EngineCallLog")),
        ("executionId", Value::from(execution.id.as_str())),
        ("activityTime", Value::from(rfc3339(time))),
        ("state", Value::from(state)),
        ("step", Value::from(&*place.step)),
        ("callee", Value::from(callee)),
        (field, details),
    ]);
    LogRecord {
        time,
        workflow: execution.workflow.clone(),
        execution: execution.id.clone(),
        place: Some(place),
        entry: LogEntry { severity, payload: LogPayload::Json(payload) },
    }
}

fn ended(started: Option<Timestamp>, field: &'static str, value: &Value) -> Value {
    let mut details = Vec::new();
    if let Some(started) = started {
        details.push(("callStartTime".into(), Value::from(rfc3339(started))));
    }
    details.push((field.into(), Value::from(text(value))));
    Value::map(details.into_iter().collect())
}

/// A value as text: strings as they are, all else as JSON.
fn text(value: &Value) -> String {
    let mut text = match value {
        Value::Str(text) => text.to_string(),
        other => other.to_json_text().unwrap_or_else(|_| format!("({})", other.type_name())),
    };
    if text.len() > LONGEST_TEXT {
        let end = (0..=LONGEST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
