//! What a loop runs over (`language.md` §4.4).

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::value::Value;
use crate::value::compare::numbers;

/// The list of a loop, unchanged.
///
/// # Errors
///
/// `TypeError` for anything but a list.
pub fn loop_list(value: Value) -> Result {
    match value {
        Value::List(_) => Ok(value),
        other => Err(Error::type_error(format!("a loop runs over a list; got: {}", other.type_name()))),
    }
}

/// First and last number of a range.
///
/// # Errors
///
/// `TypeError` for anything but a list of numbers, `ValueError` unless there are two.
pub fn range(value: &Value) -> Result<(Value, Value)> {
    let Some(bounds) = value.as_list() else {
        return Err(Error::type_error(format!(
            "range must be a list of two numbers; got: {}",
            value.type_name()
        )));
    };
    let [first, last] = bounds else {
        return Err(Error::value_error(format!(
            "range must be a list of two numbers; got {} items",
            bounds.len()
        )));
    };
    match [first, last].into_iter().find(|bound| bound.as_number().is_none()) {
        Some(other) => {
            Err(Error::type_error(format!("a bound of a range must be a number; got: {}", other.type_name())))
        }
        None => Ok((first.clone(), last.clone())),
    }
}

/// Whether a range that ends at `last` still holds `value`.
#[inline]
#[must_use]
pub fn range_contains(value: &Value, last: &Value) -> bool {
    match (value, last) {
        (Value::Int(a), Value::Int(b)) => a <= b,
        _ => numbers(value, last).is_some_and(Ordering::is_le),
    }
}

/// The number after `value` in a range, of the same type; none at the end of the integers, and where doubles are so large
/// that adding one changes nothing.
#[inline]
#[must_use]
pub fn range_next(value: &Value) -> Option<Value> {
    match value {
        Value::Int(n) => n.checked_add(1).map(Value::Int),
        Value::Float(x) => Some(x + 1.0).filter(|next| next > x).map(Value::Float),
        _ => None,
    }
}
