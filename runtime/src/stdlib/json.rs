//! `json.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/json/encode>).

use super::arguments::{mismatch, text_or};
use crate::error::{Error, Result};
use crate::value::Value;
use crate::value::json::Indent;

/// `json.decode`: the value of a JSON text.
///
/// # Errors
///
/// `TypeError` unless it is bytes or a string, `ValueError` when it is not JSON.
pub fn decode(data: Value) -> Result {
    let parsed = match &data {
        Value::Str(text) => Value::from_json_text(text),
        Value::Bytes(bytes) => Value::from_json_text(&String::from_utf8_lossy(bytes)),
        other => return Err(mismatch("data", "bytes or a string", other)),
    };
    parsed.map_err(Error::value_error)
}

/// `json.encode`: JSON as bytes.
///
/// # Errors
///
/// `ValueError` for what JSON cannot express, `TypeError` for a wrong `indent`.
pub fn encode(data: Value, indent: Value) -> Result {
    text(&data, indent).map(|text| Value::Bytes(text.into_bytes().into()))
}

/// `json.encode_to_string`: JSON as text.
///
/// # Errors
///
/// As [`encode`].
pub fn encode_to_string(data: Value, indent: Value) -> Result {
    text(&data, indent).map(Value::from)
}

fn text(data: &Value, indent: Value) -> Result<String> {
    match layout(indent)? {
        Some(indent) => data.to_indented_json_text(&indent),
        None => data.to_json_text(),
    }
}

fn layout(indent: Value) -> Result<Option<Indent>> {
    match indent {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(Indent::default())),
        Value::Map(map) => {
            let field = |name: &str, default: &str| {
                text_or(&format!("indent.{name}"), map.get(name).cloned().unwrap_or_default(), default)
            };
            let default = Indent::default();
            Ok(Some(Indent {
                prefix: field("prefix", &default.prefix)?,
                indent: field("indent", &default.indent)?,
            }))
        }
        other => Err(mismatch("indent", "a boolean or a map", &other)),
    }
}
