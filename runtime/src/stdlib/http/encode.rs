//! Bodies and queries as they go over the network.

use crate::error::{Error, Result};
use crate::http::body::{is_json, media_type};
use crate::stdlib::arguments::mismatch;
use crate::value::Value;

const JSON: &str = "application/json; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const FORM: &str = "application/x-www-form-urlencoded";

/// An encoded body.
pub(super) struct Encoded {
    /// The content type that goes with it when the workflow gives none.
    pub(super) content_type: Option<&'static str>,
    pub(super) bytes: Vec<u8>,
}

/// Encodes a body as its content type demands; null is no body.
pub(super) fn body(value: &Value, content_type: Option<&str>) -> Result<Option<Encoded>> {
    let Some(content_type) = content_type else {
        return match value {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(Encoded { content_type: Some(BYTES), bytes: bytes.to_vec() })),
            value => Ok(Some(Encoded { content_type: Some(JSON), bytes: json(value)? })),
        };
    };
    let media_type = media_type(content_type);
    let bytes = match value {
        Value::Null => return Ok(None),
        Value::Bytes(bytes) => bytes.to_vec(),
        value if is_json(&media_type) => json(value)?,
        Value::Str(text) => text.as_bytes().to_vec(),
        Value::Map(_) if media_type == FORM => pairs("body", value)?.into_bytes(),
        value if media_type == FORM => {
            return Err(Error::value_error(format!(
                "body must be a map, a string or bytes when Content-Type is {FORM}; got: {}",
                value.type_name()
            )));
        }
        Value::List(_) | Value::Map(_) if media_type.starts_with("text/") => {
            return Err(Error::value_error(format!(
                "body must be no {} when Content-Type is {media_type}; encode it or use application/json",
                value.type_name()
            )));
        }
        value => json(value)?,
    };
    Ok(Some(Encoded { content_type: None, bytes }))
}

/// A map as `key=value&…`, keys in ascending order; a list repeats its key. `name` is what errors call the map.
pub(super) fn pairs(name: &str, value: &Value) -> Result<String> {
    let Value::Map(map) = value else {
        return Err(mismatch(name, "a map", value));
    };
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for (key, value) in entries {
        let items =
            if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        for item in items {
            match item {
                Value::Str(text) => serializer.append_pair(key, text),
                Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                    serializer.append_pair(key, &item.to_json_text()?)
                }
                other => {
                    let expected = "a string, a number, a boolean or a list of these";
                    return Err(mismatch(&format!("{name} parameter {key}"), expected, other));
                }
            };
        }
    }
    Ok(serializer.finish())
}

fn json(value: &Value) -> Result<Vec<u8>> {
    Ok(value.to_json_text()?.into_bytes())
}
