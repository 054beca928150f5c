//! A caught error as a value, so that a frame can hold it across a suspension without losing its stack trace.

use crate::error::{Error, TraceElement};
use crate::value::{Slot, Value};

/// Packs an error into a value.
#[must_use]
pub fn pack(error: Error) -> Value {
    let trace = error
        .trace()
        .iter()
        .map(|element| {
            Value::list(vec![
                Value::from(&*element.routine),
                Value::from(&*element.step),
                Value::Int(element.line.into()),
                Value::Int(element.column.into()),
                Value::Int(element.length.into()),
            ])
        })
        .collect();
    Value::from([("trace", Value::list(trace)), ("value", error.into_value())])
}

/// The value that `except` binds.
#[must_use]
pub fn value(packed: &Slot) -> Value {
    packed.as_ref().and_then(|p| p.get("value")).cloned().unwrap_or_default()
}

/// The error as it was packed, to be thrown again by the frame that caught it.
#[must_use]
pub fn unpack(packed: &Slot) -> Error {
    unpack_fresh(packed).rethrown()
}

/// The error as it was packed before any frame had it.
#[must_use]
pub fn unpack_fresh(packed: &Slot) -> Error {
    let mut error = Error::raised(value(packed));
    let trace = packed.as_ref().and_then(|p| p.get("trace")).and_then(Value::as_list).unwrap_or_default();
    for element in trace {
        if let Some([routine, step, line, column, length]) = element.as_list() {
            error.push_trace(TraceElement {
                routine: routine.as_str().unwrap_or_default().to_owned().into(),
                step: step.as_str().unwrap_or_default().to_owned().into(),
                line: number(line),
                column: number(column),
                length: number(length),
            });
        }
    }
    error
}

fn number(value: &Value) -> u32 {
    if let Value::Int(n) = value { u32::try_from(*n).unwrap_or_default() } else { 0 }
}
