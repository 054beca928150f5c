//! Where `sys.log` writes to.

use std::fmt;
use std::io::Write as _;
use std::sync::Mutex;

use serde_json::json;

use crate::effect::{LogEntry, LogPayload, Timestamp};
use crate::error::TraceElement;
use crate::value::Value;

/// A log entry with its origin.
#[derive(Debug, Clone)]
pub struct LogRecord {
    /// When it was written.
    pub time: Timestamp,
    /// The workflow.
    pub workflow: String,
    /// The execution.
    pub execution: String,
    /// The step that wrote it.
    pub place: Option<TraceElement>,
    /// What it wrote.
    pub entry: LogEntry,
}

/// Receives log entries.
pub trait LogSink: fmt::Debug + Send + Sync + 'static {
    /// Takes one entry. It must not block for long.
    fn write(&self, record: &LogRecord);
}

/// Drops everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLog;

impl LogSink for NoLog {
    fn write(&self, _: &LogRecord) {}
}

/// Keeps everything, for tests.
#[derive(Debug, Default)]
pub struct MemoryLog {
    records: Mutex<Vec<LogRecord>>,
}

impl MemoryLog {
    /// What was written so far.
    #[must_use]
    pub fn records(&self) -> Vec<LogRecord> {
        self.records.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl LogSink for MemoryLog {
    fn write(&self, record: &LogRecord) {
        self.records.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(record.clone());
    }
}

/// Writes to standard error: one readable line, or one JSON object in Cloud Logging's shape.
#[derive(Debug, Clone, Copy)]
pub struct StderrLog {
    /// JSON lines.
    pub json: bool,
}

impl LogSink for StderrLog {
    fn write(&self, record: &LogRecord) {
        let line = if self.json { json_line(record) } else { text_line(record) };
        // There is nowhere left to report a failure of standard error to.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

fn text_line(record: &LogRecord) -> String {
    let text = match &record.entry.payload {
        LogPayload::Text(text) => text.clone(),
        LogPayload::Json(value) => json_text(value),
    };
    let step = record.place.as_ref().map_or("", |place| &*place.step);
    // Control characters of a workflow's data must not steer the reader's terminal.
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect();
    format!("{} {:<8} {step}: {text}\n", rfc3339(record.time), record.entry.severity.as_str())
}

fn json_line(record: &LogRecord) -> String {
    let mut object = json!({
        "severity": record.entry.severity.as_str(),
        "timestamp": rfc3339(record.time),
        "logName": "Workflows",
        "labels": { "workflows.googleapis.com/execution_id": record.execution, "workflow": record.workflow },
    });
    let (field, payload) = match &record.entry.payload {
        LogPayload::Text(text) => ("textPayload", serde_json::Value::from(text.as_str())),
        LogPayload::Json(value) => {
            ("jsonPayload", serde_json::from_str(&json_text(value)).unwrap_or(serde_json::Value::Null))
        }
    };
    if let Some(map) = object.as_object_mut() {
        map.insert(field.to_owned(), payload);
        if let Some(place) = &record.place {
            map.insert(
                "sourceLocation".to_owned(),
                json!({ "function": place.routine, "line": place.line.to_string() }),
            );
            if let Some(labels) = map.get_mut("labels").and_then(serde_json::Value::as_object_mut) {
                labels.insert("step".to_owned(), json!(place.step));
            }
        }
    }
    format!("{object}\n")
}

/// JSON text of a log payload; bytes inside are described, as they have no JSON form.
fn json_text(value: &Value) -> String {
    value.to_json_text().unwrap_or_else(|_| "\"(a value without JSON form)\"".to_owned())
}

/// An instant as RFC 3339 text in UTC with microseconds.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(time.0) {
        Ok(timestamp) => format!("{timestamp:.6}"),
        Err(_) => "9999-12-31T23:59:59.999999Z".to_owned(),
    }
}
