//! The expression helpers, functions without a namespace
//! (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/expression-helpers>).

use super::arguments::{map, mismatch};
use crate::error::{Error, Result, Tag};
use crate::ops;
use crate::value::{EcoString, Value};

/// `double`: a number, or the number that a text stands for.
///
/// # Errors
///
/// `TypeError` for other types, `ValueError` for a text that is no decimal number or lies beyond the doubles.
pub fn double(x: Value) -> Result {
    match x {
        Value::Float(_) => Ok(x),
        Value::Int(_) => Ok(x.as_number().map_or(Value::Null, Value::Float)),
        Value::Str(text) => parse_double(&text)
            .map(Value::Float)
            .ok_or_else(|| Error::value_error(format!("could not convert string to double: {text:?}"))),
        other => Err(unsupported("double", &other, "number or string")),
    }
}

/// `int`: a number without its fraction, or the integer that a text stands for.
///
/// # Errors
///
/// `TypeError` for other types, `ValueError` for a text that is no integer and for what does not fit 64 bits.
pub fn int(x: Value) -> Result {
    match x {
        Value::Int(_) => Ok(x),
        Value::Float(number) => whole(number.trunc()).ok_or_else(|| {
            Error::value_error(format!(
                "{} does not fit an integer",
                crate::value::json::format_double(number)
            ))
        }),
        Value::Str(text) => parse_integer(&text)
            .map(Value::Int)
            .ok_or_else(|| Error::value_error(format!("could not convert string to int: {text:?}"))),
        other => Err(unsupported("int", &other, "number or string")),
    }
}

/// `string`: the text of a string, number or boolean.
///
/// # Errors
///
/// `TypeError` for other types.
pub fn string(x: Value) -> Result {
    ops::scalar_text(&x)
        .map(Value::Str)
        .ok_or_else(|| unsupported("string", &x, "number, string, or boolean"))
}

/// `keys`: the keys of a map in ascending order.
///
/// # Errors
///
/// `TypeError` unless it is a map.
pub fn keys(m: Value) -> Result {
    let m = map("the argument of keys()", m)?;
    let mut keys: Vec<EcoString> = m.keys().cloned().collect();
    keys.sort_unstable();
    Ok(Value::list(keys.into_iter().map(Value::Str).collect()))
}

/// `len`: the number of elements, entries or characters.
///
/// # Errors
///
/// `TypeError` unless it is a list, map or string.
pub fn len(x: Value) -> Result {
    let count = match &x {
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::Str(text) => text.chars().count(),
        other => return Err(unsupported("len", other, "list, map or string")),
    };
    Ok(count_value(count))
}

/// `default`: the first argument unless it is null.
///
/// # Errors
///
/// None.
pub fn default(val: Value, default_val: Value) -> Result {
    Ok(if matches!(val, Value::Null) { default_val } else { val })
}

/// `if`: the second argument for true, the third for false and null.
///
/// # Errors
///
/// `TypeError` for any other condition.
pub fn if_(condition: Value, if_true: Value, if_false: Value) -> Result {
    match condition {
        Value::Bool(true) => Ok(if_true),
        Value::Bool(false) | Value::Null => Ok(if_false),
        other => Err(mismatch("the condition of if()", "a boolean or null", &other)),
    }
}

/// `get_type`: the name of the type.
///
/// # Errors
///
/// None.
pub fn get_type(x: Value) -> Result {
    Ok(Value::from(x.type_name()))
}

/// A count as a value.
pub(super) fn count_value(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A double without fraction as an integer, if it fits.
pub(super) fn whole(x: f64) -> Option<Value> {
    // 2^63: every double from there on is too large, and its negative is the smallest integer.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is in range and has no fraction")]
    (-BEYOND..BEYOND).contains(&x).then(|| Value::Int(x as i64))
}

fn parse_integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// An optional sign, digits, an optional fraction and an optional exponent.
fn parse_double(text: &str) -> Option<f64> {
    let decimal = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !decimal {
        return None;
    }
    text.parse().ok().filter(|x: &f64| x.is_finite())
}

fn unsupported(function: &str, value: &Value, expected: &str) -> Error {
    Error::new(
        Tag::TypeError,
        format!(
            "TypeError: unsupported operand type for {function}(): '{}' (expecting {expected})",
            value.service_name()
        ),
    )
}
