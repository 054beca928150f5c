//! The operators of the language (`language.md` §9.4–9.6), and the writes of `assign`.
//!
//! Work on integers and booleans is inlined into generated code; everything else is out of line.

use std::sync::Arc;

use crate::error::{Error, Result, Tag};
use crate::value::json::format_double;
use crate::value::{EcoString, Slot, Value};

mod compare;
mod path;
mod range;

pub use compare::{contains, equal, greater, greater_equal, less, less_equal, not_equal};
pub use path::{index, index_ref, member, member_ref, store};
pub use range::{loop_list, range, range_contains, range_next};

/// `left + right`
///
/// # Errors
///
/// `TypeError` for operands that cannot be added.
#[inline]
pub fn add(left: &Value, right: &Value) -> Result {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Ok(Value::Int(a.wrapping_add(*b))),
        _ => add_slow(left, right),
    }
}

#[cold]
fn add_slow(left: &Value, right: &Value) -> Result {
    if let (Some(a), Some(b)) = (left.as_number(), right.as_number()) {
        return Ok(Value::Float(a + b));
    }
    if !matches!(left, Value::Str(_)) && !matches!(right, Value::Str(_)) {
        return Err(operands("+", left, right));
    }
    match (text_of(left), text_of(right)) {
        (Some(a), Some(b)) => {
            let mut text = a;
            text.push_str(&b);
            Ok(Value::Str(text))
        }
        _ => Err(operands("+", left, right)),
    }
}

/// `target = target + right`, in place where the target is not shared. On an error the target is unchanged.
///
/// # Errors
///
/// As [`add`].
#[inline]
pub fn add_assign(target: &mut Value, right: &Value) -> Result<()> {
    match (&mut *target, right) {
        (Value::Int(a), Value::Int(b)) => {
            *a = a.wrapping_add(*b);
            Ok(())
        }
        (Value::Str(text), other) => match other {
            Value::Str(more) => {
                text.push_str(more);
                Ok(())
            }
            other => match text_of(other) {
                Some(more) => {
                    text.push_str(&more);
                    Ok(())
                }
                None => Err(operands("+", target, right)),
            },
        },
        _ => {
            *target = add_slow(target, right)?;
            Ok(())
        }
    }
}

/// Appends to a list, in place where it is not shared.
///
/// # Errors
///
/// `TypeError` unless the target is a list.
pub fn append(list: &mut Value, item: Value) -> Result<()> {
    match list {
        Value::List(items) => {
            Arc::make_mut(items).push(item);
            Ok(())
        }
        other => Err(Error::type_error(format!("expected a list; got: {}", other.type_name()))),
    }
}

/// The text of a scalar in a concatenation.
fn text_of(value: &Value) -> Option<EcoString> {
    match value {
        Value::Str(text) => Some(text.clone()),
        Value::Int(n) => Some(EcoString::from(n.to_string())),
        Value::Float(x) => Some(format_double(*x)),
        Value::Bool(b) => Some(if *b { "true" } else { "false" }.into()),
        _ => None,
    }
}

#[cold]
fn operands(operator: &str, left: &Value, right: &Value) -> Error {
    Error::type_error(format!(
        "unsupported operand types for {operator}: '{}' and '{}'",
        left.type_name(),
        right.type_name()
    ))
}

#[cold]
fn operand(operator: &str, value: &Value) -> Error {
    Error::type_error(format!("unsupported operand type for {operator}: '{}'", value.type_name()))
}

/// Defines an arithmetic operator on integers and doubles.
macro_rules! arithmetic {
    ($(#[$doc:meta])* $name:ident, $symbol:literal, |$a:ident, $b:ident| $ints:expr, |$x:ident, $y:ident| $floats:expr) => {
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// `TypeError` unless both are numbers.
        #[inline]
        pub fn $name(left: &Value, right: &Value) -> Result {
            match (left, right) {
                (Value::Int($a), Value::Int($b)) => Ok(Value::Int($ints)),
                _ => match (left.as_number(), right.as_number()) {
                    (Some($x), Some($y)) => Ok(Value::Float($floats)),
                    _ => Err(operands($symbol, left, right)),
                },
            }
        }
    };
}

arithmetic!(
    /// `left - right`; integers wrap.
    subtract, "-", |a, b| a.wrapping_sub(*b), |x, y| x - y
);
arithmetic!(
    /// `left * right`; integers wrap.
    multiply, "*", |a, b| a.wrapping_mul(*b), |x, y| x * y
);

#[cold]
fn division_by_zero() -> Error {
    Error::new(Tag::ZeroDivisionError, "ZeroDivisionError: division by zero")
}

fn numbers(operator: &str, left: &Value, right: &Value) -> Result<(f64, f64)> {
    match (left.as_number(), right.as_number()) {
        (Some(_), Some(0.0)) => Err(division_by_zero()),
        (Some(a), Some(b)) => Ok((a, b)),
        _ => Err(operands(operator, left, right)),
    }
}

/// `left / right`, always a double.
///
/// # Errors
///
/// `TypeError` unless both are numbers, `ZeroDivisionError` for a zero divisor.
pub fn divide(left: &Value, right: &Value) -> Result {
    let (a, b) = numbers("/", left, right)?;
    Ok(Value::Float(a / b))
}

/// `left // right`, rounded down.
///
/// # Errors
///
/// As [`divide`].
pub fn floor_divide(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        if *b == 0 {
            return Err(division_by_zero());
        }
        let quotient = a.wrapping_div(*b);
        let inexact = a.wrapping_rem(*b) != 0;
        return Ok(Value::Int(if inexact && (*a < 0) != (*b < 0) { quotient - 1 } else { quotient }));
    }
    let (a, b) = numbers("//", left, right)?;
    Ok(Value::Float((a / b).floor()))
}

/// `left % right`, with the sign of the divisor.
///
/// # Errors
///
/// As [`divide`].
pub fn remainder(left: &Value, right: &Value) -> Result {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        if *b == 0 {
            return Err(division_by_zero());
        }
        let rest = a.wrapping_rem(*b);
        return Ok(Value::Int(if rest != 0 && (rest < 0) != (*b < 0) { rest + b } else { rest }));
    }
    let (a, b) = numbers("%", left, right)?;
    let rest = a % b;
    Ok(Value::Float(if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }))
}

/// `-value`
///
/// # Errors
///
/// `TypeError` unless it is a number.
pub fn negate(value: &Value) -> Result {
    match value {
        Value::Int(n) => Ok(Value::Int(n.wrapping_neg())),
        Value::Float(x) => Ok(Value::Float(-x)),
        other => Err(operand("unary -", other)),
    }
}

/// `+value`
///
/// # Errors
///
/// `TypeError` unless it is a number.
pub fn plus(value: &Value) -> Result {
    match value {
        Value::Int(_) | Value::Float(_) => Ok(value.clone()),
        other => Err(operand("unary +", other)),
    }
}

/// `not value`
///
/// # Errors
///
/// `TypeError` unless it is a boolean.
pub fn not(value: &Value) -> Result {
    match value {
        Value::Bool(b) => Ok(Value::Bool(!b)),
        other => Err(operand("not", other)),
    }
}

/// A condition.
///
/// # Errors
///
/// `TypeError` unless it is a boolean.
#[inline]
pub fn truth(value: &Value) -> Result<bool> {
    match value {
        Value::Bool(b) => Ok(*b),
        other => Err(not_boolean("a condition", other)),
    }
}

/// An operand of `and`, `or`.
///
/// # Errors
///
/// `TypeError` unless it is a boolean.
#[inline]
pub fn logical(value: &Value) -> Result<bool> {
    match value {
        Value::Bool(b) => Ok(*b),
        other => Err(not_boolean("an operand of 'and' and 'or'", other)),
    }
}

#[cold]
fn not_boolean(what: &str, value: &Value) -> Error {
    Error::type_error(format!("{what} must be a boolean; got: {}", value.type_name()))
}

/// For [`path`]: what `slot` must hold.
fn assigned<'a>(slot: &'a mut Slot, name: &str) -> Result<&'a mut Value> {
    slot.as_mut().ok_or_else(|| Error::key_not_found(name))
}
