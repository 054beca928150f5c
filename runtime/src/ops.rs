//! The operators of expressions (`language.md` §9.4–9.6), assignment to targets (§4.1) and loop bounds (§4.4).
//!
//! Integers and booleans take an inlined path; everything else is out of line, so that generated code stays small.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::{Error, Result, Tag};
use crate::value::Value;
use crate::value::compare::numbers;

mod arithmetic;
mod assign;
mod loops;

pub(crate) use arithmetic::scalar_text;
pub use arithmetic::{add, add_assign, divide, floor_divide, multiply, negate, plus, remainder, subtract};
pub use assign::{append, store};
pub use loops::{loop_list, range, range_contains, range_next};

/// `left == right`
#[inline]
#[must_use]
pub fn equal(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Value::Bool(a == b),
        (Value::Bool(a), Value::Bool(b)) => Value::Bool(a == b),
        _ => Value::Bool(equal_slow(left, right)),
    }
}

/// `left != right`
#[inline]
#[must_use]
pub fn not_equal(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Value::Bool(a != b),
        (Value::Bool(a), Value::Bool(b)) => Value::Bool(a != b),
        _ => Value::Bool(!equal_slow(left, right)),
    }
}

#[cold]
#[inline(never)]
fn equal_slow(left: &Value, right: &Value) -> bool {
    left == right
}

/// Defines an order operator.
macro_rules! order {
    ($name:ident, $symbol:literal, $operator:tt, $accepts:expr) => {
        #[doc = concat!("`left ", $symbol, " right`")]
        ///
        /// # Errors
        ///
        /// `TypeError` unless both are numbers or both are strings.
        #[inline]
        pub fn $name(left: &Value, right: &Value) -> Result {
            if let (Value::Int(a), Value::Int(b)) = (left, right) {
                return Ok(Value::Bool(a $operator b));
            }
            // The value is made here: one handed over in memory would slow down the path above, too.
            order_slow($symbol, left, right, $accepts).map(Value::Bool)
        }
    };
}

order!(less, "<", <, Ordering::is_lt);
order!(less_equal, "<=", <=, Ordering::is_le);
order!(greater, ">", >, Ordering::is_gt);
order!(greater_equal, ">=", >=, Ordering::is_ge);

/// Whether the order of two operands is accepted; there is none when one is NaN.
#[cold]
#[inline(never)]
fn order_slow(symbol: &str, left: &Value, right: &Value, accepts: fn(Ordering) -> bool) -> Result<bool> {
    let order = match (left, right) {
        // UTF-8 sorts by bytes as it does by code points.
        (Value::Str(a), Value::Str(b)) => Some(a.as_str().cmp(b.as_str())),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => numbers(left, right),
        _ => return Err(operands(symbol, left, right)),
    };
    Ok(order.is_some_and(accepts))
}

/// `item in container`
///
/// # Errors
///
/// `TypeError` unless the container is a list, or a map and the item a string.
pub fn contains(item: &Value, container: &Value) -> Result {
    match (item, container) {
        (item, Value::List(items)) => Ok(Value::Bool(items.iter().any(|other| other == item))),
        (Value::Str(key), Value::Map(map)) => Ok(Value::Bool(map.contains_key(key))),
        (item, Value::Map(_)) => Err(map_key(item)),
        (_, other) => Err(Error::new(
            Tag::TypeError,
            format!("The argument of 'in' must be a dict or an array; got: {}", other.service_name()),
        )),
    }
}

/// `not operand`
///
/// # Errors
///
/// `TypeError` unless it is a boolean.
#[inline]
pub fn not(operand: &Value) -> Result {
    logical(operand).map(|flag| Value::Bool(!flag))
}

/// The value of a condition.
///
/// # Errors
///
/// `TypeError` unless it is a boolean.
#[inline]
pub fn truth(condition: &Value) -> Result<bool> {
    match condition {
        Value::Bool(flag) => Ok(*flag),
        other => Err(no_boolean("a condition", other)),
    }
}

/// The value of an operand of `and`, `or`, `not`.
///
/// # Errors
///
/// `TypeError` unless it is a boolean.
#[inline]
pub fn logical(operand: &Value) -> Result<bool> {
    match operand {
        Value::Bool(flag) => Ok(*flag),
        other => Err(no_boolean("an operand of and, or, not", other)),
    }
}

#[cold]
fn no_boolean(what: &str, value: &Value) -> Error {
    Error::type_error(format!("{what} must be a boolean; got: {}", value.type_name()))
}

/// A copy of `base.name`.
///
/// # Errors
///
/// As [`member_ref`].
pub fn member(base: &Value, name: &str) -> Result {
    member_ref(base, name).cloned()
}

/// `base.name`
///
/// # Errors
///
/// `KeyError` when the map lacks the key, `TypeError` when it is no map.
pub fn member_ref<'a>(base: &'a Value, name: &str) -> Result<&'a Value> {
    match base {
        Value::Map(map) => map.get(name).ok_or_else(|| Error::key_not_found(name)),
        Value::List(_) => Err(list_index("string")),
        other => Err(no_container(other)),
    }
}

/// A copy of `base[index]`.
///
/// # Errors
///
/// As [`index_ref`].
pub fn index(base: &Value, index: &Value) -> Result {
    index_ref(base, index).cloned()
}

/// `base[index]`
///
/// # Errors
///
/// `KeyError` when the map lacks the key, `IndexError` when the list lacks the index, `TypeError` when the base is
/// neither or the index of the wrong type.
#[inline]
pub fn index_ref<'a>(base: &'a Value, index: &Value) -> Result<&'a Value> {
    if let (Value::List(items), Value::Int(at)) = (base, index)
        && let Ok(at) = usize::try_from(*at)
        && let Some(item) = items.get(at)
    {
        return Ok(item);
    }
    index_slow(base, index)
}

#[inline(never)]
fn index_slow<'a>(base: &'a Value, index: &Value) -> Result<&'a Value> {
    match (base, index) {
        (Value::Map(_), Value::Str(key)) => member_ref(base, key),
        (Value::Map(_), other) => Err(map_key(other)),
        (Value::List(_), Value::Int(at)) => Err(out_of_range(*at)),
        (Value::List(_), other) => Err(list_index(other.type_name())),
        (other, _) => Err(no_container(other)),
    }
}

/// Copies the container first if others hold it, and gives the item to write to.
fn index_mut<'a>(items: &'a mut Arc<crate::value::List>, index: &Value) -> Result<&'a mut Value> {
    let Value::Int(at) = index else { return Err(list_index(index.type_name())) };
    let position = usize::try_from(*at).ok().filter(|position| *position < items.len());
    position.and_then(|position| Arc::make_mut(items).get_mut(position)).ok_or_else(|| out_of_range(*at))
}

#[cold]
fn operands(symbol: &str, left: &Value, right: &Value) -> Error {
    Error::type_error(format!(
        "unsupported operand types for {symbol}: '{}' and '{}'",
        left.type_name(),
        right.type_name()
    ))
}

#[cold]
fn operand(symbol: &str, value: &Value) -> Error {
    Error::type_error(format!("unsupported operand type for {symbol}: '{}'", value.type_name()))
}

#[cold]
fn out_of_range(at: i64) -> Error {
    Error::new(Tag::IndexError, format!("IndexError: index out of range: {at}"))
}

#[cold]
fn list_index(type_name: &str) -> Error {
    Error::type_error(format!("list index must be an integer; got: {type_name}"))
}

#[cold]
pub(crate) fn map_key(key: &Value) -> Error {
    Error::type_error(format!("map key must be a string; got: {}", key.type_name()))
}

#[cold]
fn no_container(value: &Value) -> Error {
    Error::type_error(format!("only lists and maps have elements; got: {}", value.type_name()))
}

#[cfg(test)]
mod tests;
