//! The evaluator's values and what operators make of them (`language.md` §§8, 9).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::program::{Binary, Scalar, Unary};

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// The outcome of an operation; the error is what `except` gets.
pub(super) type Result<T = Value> = std::result::Result<T, Value>;

/// An error of the language itself. Its message is not specified, and so not compared.
pub(super) fn error<T>(tags: &[&str]) -> Result<T> {
    let tags = tags.iter().map(|tag| Value::text(tag)).collect();
    Err(Value::map([("message", Value::text("unspecified")), ("tags", Value::List(tags))]))
}

pub(super) fn type_error<T>() -> Result<T> {
    error(&["TypeError"])
}

pub(super) fn value_error<T>() -> Result<T> {
    error(&["ValueError"])
}

pub(super) fn key_error<T>() -> Result<T> {
    error(&["KeyError", "LookupError"])
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Str(text.to_owned())
    }

    pub(super) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(super) fn constant(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(flag) => Self::Bool(*flag),
            Scalar::Int(n) => Self::Int(*n),
            Scalar::Double(x) => Self::Double(*x),
            Scalar::Str(text) => Self::Str(text.clone()),
        }
    }

    /// How much of it there is, in characters and elements.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Str(text) => 1 + text.len(),
            Self::List(items) => 1 + items.iter().map(Self::weight).sum::<usize>(),
            Self::Map(entries) => {
                1 + entries.iter().map(|(key, value)| key.len() + value.weight()).sum::<usize>()
            }
            _ => 1,
        }
    }

    /// A number as a double.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "this is what mixed arithmetic does")]
            Self::Int(n) => Some(*n as f64),
            Self::Double(x) => Some(*x),
            _ => None,
        }
    }

    /// What `string()` and `+` make of a scalar.
    pub(super) fn scalar_text(&self) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Int(n) => Some(n.to_string()),
            Self::Double(x) => Some(double_text(*x)),
            Self::Str(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// JSON text; nothing when a double in it has no JSON form.
    pub(super) fn json_text(&self) -> Option<String> {
        Some(match self {
            Self::Null => "null".to_owned(),
            Self::Double(x) if !x.is_finite() => return None,
            Self::Bool(_) | Self::Int(_) | Self::Double(_) => self.scalar_text()?,
            Self::Str(text) => Json::from(text.as_str()).to_string(),
            Self::List(items) => {
                let items: Option<Vec<String>> = items.iter().map(Self::json_text).collect();
                format!("[{}]", items?.join(","))
            }
            Self::Map(entries) => {
                let entry = |(key, value): (&String, &Self)| {
                    Some(format!("{}:{}", Json::from(key.as_str()), value.json_text()?))
                };
                let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
                format!("{{{}}}", entries?.join(","))
            }
        })
    }

    /// `self.key`, `self[key]`
    pub(super) fn get(&self, key: &Self) -> Result<&Self> {
        match (self, key) {
            (Self::Map(entries), Self::Str(name)) => match entries.get(name) {
                Some(value) => Ok(value),
                None => key_error(),
            },
            (Self::List(items), Self::Int(n)) => match usize::try_from(*n).ok().and_then(|n| items.get(n)) {
                Some(value) => Ok(value),
                None => error(&["IndexError", "LookupError"]),
            },
            _ => type_error(),
        }
    }

    /// Stores below `self`, as an `assign` with accessors does. Maps between are made where they are missing.
    pub(super) fn store(&mut self, keys: &[Self], value: Self) -> Result<()> {
        let Some((key, rest)) = keys.split_first() else {
            *self = value;
            return Ok(());
        };
        if let (Self::Map(entries), Self::Str(name)) = (&mut *self, key) {
            match entries.get_mut(name) {
                Some(inner) => return inner.store(rest, value),
                None if rest.is_empty() => drop(entries.insert(name.clone(), value)),
                // A list would have to be made.
                None if rest.iter().any(|key| !matches!(key, Self::Str(_))) => return key_error(),
                None => {
                    // What cannot be stored must leave no trace.
                    let mut inner = Self::Map(BTreeMap::new());
                    inner.store(rest, value)?;
                    entries.insert(name.clone(), inner);
                }
            }
            return Ok(());
        }
        self.get(key)?;
        match (self, key) {
            (Self::List(items), Self::Int(n)) => items[usize::try_from(*n).unwrap_or(0)].store(rest, value),
            _ => type_error(),
        }
    }
}

/// Shortest form that reads back the same; an exponent only for very large and very small numbers.
fn double_text(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) || !x.is_finite() {
        return format!("{x}");
    }
    let text = format!("{x:e}");
    if size >= 1e21 { text.replace('e', "e+") } else { text }
}

pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => numeric(a, b) == Some(Ordering::Equal),
    }
}

/// Compares numbers by value, whatever their types.
pub(super) fn numeric(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(n), Value::Double(x)) => Some(integer_and_double(*n, *x)?),
        (Value::Double(x), Value::Int(n)) => Some(integer_and_double(*n, *x)?.reverse()),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        _ => None,
    }
}

fn integer_and_double(n: i64, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    // Saturates, and 128 bits hold every double that is near an integer of 64.
    #[allow(clippy::cast_possible_truncation, reason = "the fraction is compared below")]
    let whole = i128::from(n).cmp(&(x.floor() as i128));
    Some(if whole == Ordering::Equal && x.fract() != 0.0 { Ordering::Less } else { whole })
}

/// All infix operators but `and` and `or`.
pub(super) fn binary(left: &Value, operator: Binary, right: &Value) -> Result {
    match operator {
        Binary::Equal => Ok(Value::Bool(equal(left, right))),
        Binary::NotEqual => Ok(Value::Bool(!equal(left, right))),
        Binary::Less => ordered(left, right, Ordering::is_lt),
        Binary::LessEqual => ordered(left, right, Ordering::is_le),
        Binary::Greater => ordered(left, right, Ordering::is_gt),
        Binary::GreaterEqual => ordered(left, right, Ordering::is_ge),
        Binary::In => member(left, right).map(Value::Bool),
        Binary::NotIn => member(left, right).map(|found| Value::Bool(!found)),
        Binary::Add => match (left, right) {
            (Value::Str(_), _) | (_, Value::Str(_)) => match (left.scalar_text(), right.scalar_text()) {
                (Some(left), Some(right)) => Ok(Value::Str(left + &right)),
                _ => type_error(),
            },
            _ => arithmetic(left, right, i64::wrapping_add, |a, b| a + b),
        },
        Binary::Subtract => arithmetic(left, right, i64::wrapping_sub, |a, b| a - b),
        Binary::Multiply => arithmetic(left, right, i64::wrapping_mul, |a, b| a * b),
        Binary::Divide | Binary::FloorDivide | Binary::Remainder => division(left, operator, right),
        Binary::And | Binary::Or => unreachable!("they evaluate their operands themselves"),
    }
}

fn ordered(left: &Value, right: &Value, wanted: fn(Ordering) -> bool) -> Result {
    let order = match (left, right) {
        (Value::Str(a), Value::Str(b)) => Some(a.chars().cmp(b.chars())),
        _ => numeric(left, right),
    };
    order.map_or_else(type_error, |order| Ok(Value::Bool(wanted(order))))
}

fn member(left: &Value, right: &Value) -> Result<bool> {
    match (left, right) {
        (_, Value::List(items)) => Ok(items.iter().any(|item| equal(left, item))),
        (Value::Str(key), Value::Map(entries)) => Ok(entries.contains_key(key)),
        _ => type_error(),
    }
}

fn arithmetic(
    left: &Value,
    right: &Value,
    ints: fn(i64, i64) -> i64,
    doubles: fn(f64, f64) -> f64,
) -> Result {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Ok(Value::Int(ints(*a, *b))),
        _ => match left.number().zip(right.number()) {
            Some((a, b)) => Ok(Value::Double(doubles(a, b))),
            None => type_error(),
        },
    }
}

fn division(left: &Value, operator: Binary, right: &Value) -> Result {
    let Some((a, b)) = left.number().zip(right.number()) else { return type_error() };
    if b == 0.0 {
        return error(&["ZeroDivisionError", "ArithmeticError"]);
    }
    Ok(match (left, right, operator) {
        (_, _, Binary::Divide) => Value::Double(a / b),
        (Value::Int(a), Value::Int(b), _) => {
            // In 128 bits nothing overflows; the result wraps like all others.
            let (a, b) = (i128::from(*a), i128::from(*b));
            let floor = a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0);
            #[allow(clippy::cast_possible_truncation, reason = "it wraps")]
            Value::Int(if operator == Binary::FloorDivide { floor as i64 } else { (a - floor * b) as i64 })
        }
        (_, _, Binary::FloorDivide) => Value::Double((a / b).floor()),
        _ => {
            let rest = a % b;
            Value::Double(if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest })
        }
    })
}

pub(super) fn unary(operator: Unary, value: Value) -> Result {
    match (operator, value) {
        (Unary::Not, Value::Bool(flag)) => Ok(Value::Bool(!flag)),
        (Unary::Minus, Value::Int(n)) => Ok(Value::Int(n.wrapping_neg())),
        (Unary::Minus, Value::Double(x)) => Ok(Value::Double(-x)),
        (Unary::Plus, value @ (Value::Int(_) | Value::Double(_))) => Ok(value),
        _ => type_error(),
    }
}
