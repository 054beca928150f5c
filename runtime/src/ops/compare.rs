//! Equality, order, membership.

use std::cmp::Ordering;

use super::operands;
use crate::error::{Error, Result, Tag};
use crate::value::Value;

/// Levels of nesting that a comparison follows.
const MAX_DEPTH: usize = 1_000;

impl PartialEq for Value {
    /// Equality of the language: numbers across types, maps in any order, everything else within its type.
    fn eq(&self, other: &Self) -> bool {
        equal_within(self, other, MAX_DEPTH)
    }
}

fn equal_within(left: &Value, right: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Int(n), Value::Float(x)) | (Value::Float(x), Value::Int(n)) => {
            compare_int_double(*n, *x) == Some(Ordering::Equal)
        }
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal_within(a, b, depth))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| equal_within(value, other, depth)))
        }
        _ => false,
    }
}

/// Exact order of an integer and a double, which may lie beyond the doubles' whole numbers.
fn compare_int_double(n: i64, x: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if x.is_nan() {
        return None;
    }
    if x >= BEYOND {
        return Some(Ordering::Less);
    }
    if x < -BEYOND {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the bounds are checked")]
    let whole = x.trunc() as i64;
    Some(n.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&x.fract()).unwrap_or(Ordering::Equal)))
}

/// `left == right`
#[inline]
#[must_use]
pub fn equal(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Value::Bool(a == b),
        _ => Value::Bool(left == right),
    }
}

/// `left != right`
#[inline]
#[must_use]
pub fn not_equal(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Value::Bool(a != b),
        _ => Value::Bool(left != right),
    }
}

/// The order of two values; `None` when one of them is NaN.
#[cold]
fn order(operator: &str, left: &Value, right: &Value) -> Result<Option<Ordering>> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Int(n), Value::Float(x)) => Ok(compare_int_double(*n, *x)),
        (Value::Float(x), Value::Int(n)) => Ok(compare_int_double(*n, *x).map(Ordering::reverse)),
        // Bytes of UTF-8 are ordered as code points are.
        (Value::Str(a), Value::Str(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
        _ => Err(operands(operator, left, right)),
    }
}

/// Defines an order operator.
macro_rules! comparison {
    ($name:ident, $symbol:literal, $int:tt, $test:ident) => {
        #[doc = concat!("`left ", $symbol, " right`")]
        ///
        /// # Errors
        ///
        /// `TypeError` unless both are numbers or both are strings.
        #[inline]
        pub fn $name(left: &Value, right: &Value) -> Result {
            match (left, right) {
                (Value::Int(a), Value::Int(b)) => Ok(Value::Bool(a $int b)),
                _ => Ok(Value::Bool(order($symbol, left, right)?.is_some_and(Ordering::$test))),
            }
        }
    };
}

comparison!(less, "<", <, is_lt);
comparison!(less_equal, "<=", <=, is_le);
comparison!(greater, ">", >, is_gt);
comparison!(greater_equal, ">=", >=, is_ge);

/// `item in container`
///
/// # Errors
///
/// `TypeError` unless the container is a map or a list, or when a map is asked for a key that is no string.
pub fn contains(item: &Value, container: &Value) -> Result {
    match container {
        Value::List(items) => Ok(Value::Bool(items.iter().any(|other| item == other))),
        Value::Map(map) => match item {
            Value::Str(key) => Ok(Value::Bool(map.contains_key(key))),
            other => Err(Error::type_error(format!("map key must be a string; got: {}", other.type_name()))),
        },
        other => Err(Error::new(
            Tag::TypeError,
            format!("The argument of 'in' must be a dict or an array; got: {}", other.type_name()),
        )),
    }
}
