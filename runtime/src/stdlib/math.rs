//! `math.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/math/abs>).

use super::arguments::{mismatch, number};
use super::helpers::whole;
use crate::error::{Error, Result};
use crate::value::Value;

/// `math.abs`: the number without its sign, in its own type.
///
/// # Errors
///
/// `TypeError` unless it is a number, `ValueError` for the smallest integer.
pub fn abs(x: Value) -> Result {
    match x {
        Value::Int(n) => n
            .checked_abs()
            .map(Value::Int)
            .ok_or_else(|| Error::value_error(format!("{n} has no absolute value"))),
        Value::Float(x) => Ok(Value::Float(x.abs())),
        other => Err(mismatch("x", "a number", &other)),
    }
}

/// `math.floor`: the largest integer that is not larger.
///
/// # Errors
///
/// `TypeError` unless it is a number, `ValueError` when the result does not fit 64 bits.
pub fn floor(x: Value) -> Result {
    match x {
        Value::Int(_) => Ok(x),
        Value::Float(x) => {
            whole(x.floor()).ok_or_else(|| Error::value_error(format!("{x} does not fit an integer")))
        }
        other => Err(mismatch("x", "a number", &other)),
    }
}

/// `math.max`: the larger number; an integer for two integers, otherwise a double. Of two zeros the positive one is
/// larger.
///
/// # Errors
///
/// `TypeError` unless both are numbers.
pub fn max(x: Value, y: Value) -> Result {
    choose(&x, &y, i64::max, |a, b| if b.total_cmp(&a).is_gt() { b } else { a })
}

/// `math.min`: the smaller number; an integer for two integers, otherwise a double.
///
/// # Errors
///
/// `TypeError` unless both are numbers.
pub fn min(x: Value, y: Value) -> Result {
    choose(&x, &y, i64::min, |a, b| if b.total_cmp(&a).is_lt() { b } else { a })
}

fn choose(x: &Value, y: &Value, integers: fn(i64, i64) -> i64, doubles: fn(f64, f64) -> f64) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (x, y) {
        return Ok(Value::Int(integers(*a, *b)));
    }
    let (a, b) = (number("x", x)?, number("y", y)?);
    Ok(Value::Float(if a.is_nan() || b.is_nan() { f64::NAN } else { doubles(a, b) }))
}
