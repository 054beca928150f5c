//! `+ - * / // %` and the signs (`language.md` §9.4).

use std::fmt::Write as _;

use ecow::EcoString;

use super::{operand, operands};
use crate::error::{Error, Result, Tag};
use crate::value::json::{format_double, too_long};
use crate::value::{MAX_TEXT, Value};

/// What integer arithmetic does when the result does not fit 64 bits: it wraps around. The one place that says so.
mod overflow {
    pub(super) const fn add(a: i64, b: i64) -> i64 {
        a.wrapping_add(b)
    }

    pub(super) const fn subtract(a: i64, b: i64) -> i64 {
        a.wrapping_sub(b)
    }

    pub(super) const fn multiply(a: i64, b: i64) -> i64 {
        a.wrapping_mul(b)
    }

    pub(super) const fn negate(a: i64) -> i64 {
        a.wrapping_neg()
    }

    /// Truncating quotient and remainder; `b` is not zero.
    pub(super) const fn divide(a: i64, b: i64) -> (i64, i64) {
        (a.wrapping_div(b), a.wrapping_rem(b))
    }
}

/// `left + right`: numbers add, and a string with a string, number or boolean is concatenated.
///
/// # Errors
///
/// `TypeError` for other operands.
#[inline]
pub fn add(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return Ok(Value::Int(overflow::add(*a, *b)));
    }
    match add_slow(left, right) {
        Ok(Sum::Double(x)) => Ok(Value::Float(x)),
        Ok(Sum::Text(text)) => Ok(Value::Str(text)),
        Err(error) => Err(error),
    }
}

/// What is no sum of integers. Values are made of it in inlined code only: one that is handed over in memory would force
/// integers through memory as well.
enum Sum {
    Double(f64),
    Text(EcoString),
}

/// `target = target + right`, in place where nobody else holds the text. On an error the target stays as it is.
///
/// # Errors
///
/// As [`add`].
#[inline]
pub fn add_assign(target: &mut Value, right: &Value) -> Result<()> {
    if let (Value::Int(a), Value::Int(b)) = (&mut *target, right) {
        *a = overflow::add(*a, *b);
        return Ok(());
    }
    add_assign_slow(target, right)
}

#[cold]
#[inline(never)]
fn add_slow(left: &Value, right: &Value) -> Result<Sum> {
    if let (Value::Str(_), _) | (_, Value::Str(_)) = (left, right) {
        let mut text = match left {
            Value::Str(text) => text.clone(),
            other => scalar_text(other).ok_or_else(|| operands("+", left, right))?,
        };
        if !push_scalar(&mut text, right)? {
            return Err(operands("+", left, right));
        }
        return Ok(Sum::Text(text));
    }
    double_operands("+", left, right).map(|(a, b)| Sum::Double(a + b))
}

#[cold]
#[inline(never)]
fn add_assign_slow(target: &mut Value, right: &Value) -> Result<()> {
    if let Value::Str(text) = target {
        return if push_scalar(text, right)? { Ok(()) } else { Err(operands("+", target, right)) };
    }
    *target = add(target, right)?;
    Ok(())
}

/// Appends what [`scalar_text`] gives; false, and nothing appended, when there is none.
fn push_scalar(text: &mut EcoString, value: &Value) -> Result<bool> {
    match value {
        Value::Str(tail) => {
            if text.len().saturating_add(tail.len()) > MAX_TEXT {
                return Err(too_long());
            }
            text.push_str(tail);
        }
        // Writing to a string cannot fail.
        Value::Int(n) => drop(write!(text, "{n}")),
        Value::Float(x) => text.push_str(&format_double(*x)),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Null | Value::Bytes(_) | Value::List(_) | Value::Map(_) => return Ok(false),
    }
    Ok(true)
}

/// The text of a string, number or boolean, as `string()` gives it.
pub(crate) fn scalar_text(value: &Value) -> Option<EcoString> {
    match value {
        Value::Str(text) => Some(text.clone()),
        Value::Int(n) => Some(ecow::eco_format!("{n}")),
        Value::Float(x) => Some(format_double(*x)),
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }.into()),
        Value::Null | Value::Bytes(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// `left - right`
///
/// # Errors
///
/// `TypeError` unless both are numbers.
#[inline]
pub fn subtract(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return Ok(Value::Int(overflow::subtract(*a, *b)));
    }
    double_operands("-", left, right).map(|(a, b)| Value::Float(a - b))
}

/// `left * right`
///
/// # Errors
///
/// `TypeError` unless both are numbers.
#[inline]
pub fn multiply(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return Ok(Value::Int(overflow::multiply(*a, *b)));
    }
    double_operands("*", left, right).map(|(a, b)| Value::Float(a * b))
}

/// `left / right`, always a double.
///
/// # Errors
///
/// `TypeError` unless both are numbers, `ZeroDivisionError` when the divisor is zero.
pub fn divide(left: &Value, right: &Value) -> Result {
    let (a, b) = double_operands("/", left, right)?;
    if b == 0.0 { Err(zero_division()) } else { Ok(Value::Float(a / b)) }
}

/// `left // right`, rounded towards negative infinity; an integer for two integers, otherwise a double.
///
/// # Errors
///
/// `TypeError` unless both are numbers, `ZeroDivisionError` when the divisor is zero.
pub fn floor_divide(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return integer_floor(*a, *b).map(|(quotient, _)| Value::Int(quotient)).ok_or_else(zero_division);
    }
    let (a, b) = double_operands("//", left, right)?;
    if b == 0.0 { Err(zero_division()) } else { Ok(Value::Float((a / b).floor())) }
}

/// `left % right`, with the divisor's sign; an integer for two integers, otherwise a double.
///
/// # Errors
///
/// `TypeError` unless both are numbers, `ZeroDivisionError` when the divisor is zero.
pub fn remainder(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return integer_floor(*a, *b).map(|(_, rest)| Value::Int(rest)).ok_or_else(zero_division);
    }
    let (a, b) = double_operands("%", left, right)?;
    if b == 0.0 {
        return Err(zero_division());
    }
    let rest = a % b;
    Ok(Value::Float(if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }))
}

/// Quotient and remainder of floor division; none when the divisor is zero.
fn integer_floor(a: i64, b: i64) -> Option<(i64, i64)> {
    if b == 0 {
        return None;
    }
    let (quotient, rest) = overflow::divide(a, b);
    // Rust truncates: one too high when the division left something and the signs differ.
    Some(if rest != 0 && (rest < 0) != (b < 0) { (quotient - 1, rest + b) } else { (quotient, rest) })
}

/// `-operand`
///
/// # Errors
///
/// `TypeError` unless it is a number.
pub fn negate(value: &Value) -> Result {
    match value {
        Value::Int(n) => Ok(Value::Int(overflow::negate(*n))),
        Value::Float(x) => Ok(Value::Float(-x)),
        other => Err(operand("-", other)),
    }
}

/// `+operand`
///
/// # Errors
///
/// `TypeError` unless it is a number.
pub fn plus(value: &Value) -> Result {
    match value {
        Value::Int(_) | Value::Float(_) => Ok(value.clone()),
        other => Err(operand("+", other)),
    }
}

/// Both operands as doubles.
#[cold]
#[inline(never)]
fn double_operands(symbol: &str, left: &Value, right: &Value) -> Result<(f64, f64)> {
    left.as_number().zip(right.as_number()).ok_or_else(|| operands(symbol, left, right))
}

#[cold]
fn zero_division() -> Error {
    Error::new(Tag::ZeroDivisionError, "ZeroDivisionError: division by zero")
}
