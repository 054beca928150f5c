//! An uncaught error as the Executions API shows it (`language.md` §12.3).

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::value::Value;

/// `Execution.error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// JSON text of the raised value.
    pub payload: String,
    /// The error and the frames it passed through, for people.
    pub context: String,
    /// The frames it passed through, innermost first.
    pub stack_trace: Vec<StackFrame>,
}

/// `StackTraceElement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackFrame {
    /// The step.
    pub step: String,
    /// The (sub)workflow.
    pub routine: String,
    /// Line of the step's body, from 1.
    pub line: u32,
    /// Column of the step's body, from 1.
    pub column: u32,
    /// Length of the step's body in characters.
    pub length: u32,
}

impl Failure {
    /// How the API shows `error`.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        Self {
            payload: json_text(error.value()),
            context: context(error),
            stack_trace: error
                .trace()
                .iter()
                .map(|element| StackFrame {
                    step: element.step.clone().into_owned(),
                    routine: element.routine.clone().into_owned(),
                    line: element.line,
                    column: element.column,
                    length: element.length,
                })
                .collect(),
        }
    }
}

/// The value of a branch's error in an `UnhandledBranchError` (`language.md` §6): text for scalars, maps as they are.
pub(super) fn branch_error(error: &Error) -> Value {
    let payload = match error.value() {
        map @ Value::Map(_) => map.clone(),
        other => Value::from(json_text(other)),
    };
    Value::from([("context", Value::from(context(error))), ("payload", payload)])
}

/// First the message, then one line per frame.
fn context(error: &Error) -> String {
    let mut text = match error.value().get("message").and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None => format!("RuntimeError: {}", json_text(error.value())),
    };
    for element in error.trace() {
        text.push_str(&format!(
            "\nin step \"{}\", routine \"{}\", line: {}",
            element.step, element.routine, element.line
        ));
    }
    text
}

/// JSON text, or a description in a JSON string for what has no JSON form.
fn json_text(value: &Value) -> String {
    value
        .to_json_text()
        .unwrap_or_else(|_| format!("\"a value of type {} that has no JSON form\"", value.type_name()))
}
