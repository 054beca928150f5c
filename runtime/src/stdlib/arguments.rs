//! Checks of arguments, so that all functions refuse them in the same words.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::value::{EcoString, List, Map, Value};

/// `TypeError` about a parameter.
#[cold]
pub(super) fn mismatch(parameter: &str, expected: impl fmt::Display, got: &Value) -> Error {
    Error::type_error(format!("{parameter} must be {expected}; got: {}", got.type_name()))
}

/// A string.
pub(super) fn text(parameter: &str, value: Value) -> Result<EcoString> {
    match value {
        Value::Str(text) => Ok(text),
        other => Err(mismatch(parameter, "a string", &other)),
    }
}

/// A string, or a default for null.
pub(super) fn text_or(parameter: &str, value: Value, default: &str) -> Result<EcoString> {
    if matches!(value, Value::Null) { Ok(default.into()) } else { text(parameter, value) }
}

/// Bytes.
pub(super) fn bytes(parameter: &str, value: Value) -> Result<Arc<[u8]>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        other => Err(mismatch(parameter, "bytes", &other)),
    }
}

/// A boolean, or a default for null.
pub(super) fn flag_or(parameter: &str, value: &Value, default: bool) -> Result<bool> {
    match value {
        Value::Null => Ok(default),
        Value::Bool(flag) => Ok(*flag),
        other => Err(mismatch(parameter, "a boolean", other)),
    }
}

/// An integer.
pub(super) fn integer(parameter: &str, value: &Value) -> Result<i64> {
    match value {
        Value::Int(n) => Ok(*n),
        other => Err(mismatch(parameter, "an integer", other)),
    }
}

/// A number as a double.
pub(super) fn number(parameter: &str, value: &Value) -> Result<f64> {
    value.as_number().ok_or_else(|| mismatch(parameter, "a number", value))
}

/// A list.
pub(super) fn list(parameter: &str, value: Value) -> Result<Arc<List>> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(mismatch(parameter, "a list", &other)),
    }
}

/// A map.
pub(super) fn map(parameter: &str, value: Value) -> Result<Arc<Map>> {
    match value {
        Value::Map(map) => Ok(map),
        other => Err(mismatch(parameter, "a map", &other)),
    }
}
