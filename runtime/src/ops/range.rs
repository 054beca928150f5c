//! What loops run over (`language.md` §4.4).

use super::{add, compare};
use crate::error::{Error, Result};
use crate::value::Value;

/// The list of a loop with `in`.
///
/// # Errors
///
/// `TypeError` for anything but a list.
pub fn loop_list(value: Value) -> Result {
    match value {
        list @ Value::List(_) => Ok(list),
        other => Err(Error::type_error(format!("a loop runs over a list; got: {}", other.type_name()))),
    }
}

/// First and last number of a loop with `range`.
///
/// # Errors
///
/// `TypeError` unless it is a list of numbers, `ValueError` unless there are two.
pub fn range(value: &Value) -> Result<(Value, Value)> {
    let Some(bounds) = value.as_list() else {
        return Err(Error::type_error(format!(
            "range must be a list of two numbers; got: {}",
            value.type_name()
        )));
    };
    let [first, last] = bounds else {
        return Err(Error::value_error(format!("range must have two numbers; got: {}", bounds.len())));
    };
    for bound in [first, last] {
        if bound.as_number().is_none() {
            return Err(Error::type_error(format!(
                "range must have two numbers; got: {}",
                bound.type_name()
            )));
        }
    }
    Ok((first.clone(), last.clone()))
}

/// Whether `value` does not lie beyond `last`.
#[inline]
#[must_use]
pub fn range_contains(value: &Value, last: &Value) -> bool {
    matches!(compare::less_equal(value, last), Ok(Value::Bool(true)))
}

/// The number after `value`; nothing behind the largest integer.
#[inline]
#[must_use]
pub fn range_next(value: &Value) -> Option<Value> {
    match value {
        Value::Int(n) => n.checked_add(1).map(Value::Int),
        other => add(other, &Value::Int(1)).ok(),
    }
}
