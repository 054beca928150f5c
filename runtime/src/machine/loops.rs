//! The steps of `for` loops (`language.md` §4.4).

use crate::error::{Error, Result};
use crate::ops;
use crate::value::{Slot, Value};

/// The next element of a list loop with its number; advances the cursor.
#[inline]
pub fn next_element(list: &Slot, cursor: &mut Slot) -> Option<(Value, i64)> {
    let (Some(Value::List(items)), Some(Value::Int(at))) = (list, cursor) else { return None };
    let number = *at;
    let item = items.get(usize::try_from(number).ok()?)?.clone();
    *at += 1;
    Some((item, number))
}

/// The next number of a range loop with its place in the sequence; advances both.
#[inline]
pub fn next_number(next: &mut Slot, last: &Slot, cursor: &mut Slot) -> Option<(Value, i64)> {
    let (Some(value), Some(bound), Some(Value::Int(at))) = (next.as_mut(), last, cursor) else { return None };
    if !ops::range_contains(value, bound) {
        return None;
    }
    let number = *at;
    *at += 1;
    let value = match ops::range_next(value) {
        Some(following) => std::mem::replace(value, following),
        // Behind the largest integer there is nothing: this is the last one.
        None => next.take()?,
    };
    Some((value, number))
}

/// The list that a loop runs over.
///
/// # Errors
///
/// `TypeError` for anything but a list.
pub fn list(value: Value) -> Result {
    ops::loop_list(value)
}

/// The bounds of a range loop.
///
/// # Errors
///
/// `TypeError` or `ValueError` for anything but a list of two numbers.
pub fn range(value: &Value) -> Result<(Value, Value)> {
    ops::range(value)
}

/// The value of `concurrency_limit` (`language.md` §6).
///
/// # Errors
///
/// `TypeError` unless it is an integer, `ValueError` when it is below 1.
pub fn concurrency_limit(value: &Value) -> Result<usize> {
    match value {
        Value::Int(n) => usize::try_from(*n)
            .ok()
            .filter(|n| *n >= 1)
            .ok_or_else(|| Error::value_error(format!("concurrency_limit must be at least 1; got: {n}"))),
        other => Err(Error::type_error(format!(
            "concurrency_limit must be an integer; got: {}",
            other.type_name()
        ))),
    }
}
