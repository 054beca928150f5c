//! The predicates of retry policies (`stdlib.md` §8.8, §9).

use crate::error::Result;
use crate::value::Value;

/// `retry.always`
///
/// # Errors
///
/// None.
pub fn always(_exception: Value) -> Result {
    Ok(Value::Bool(true))
}

/// `retry.never`
///
/// # Errors
///
/// None.
pub fn never(_exception: Value) -> Result {
    Ok(Value::Bool(false))
}

/// `http.default_retry_predicate`
///
/// # Errors
///
/// None.
pub fn default_retry_predicate(exception: Value) -> Result {
    Ok(Value::Bool(http_default(&exception)))
}

/// `http.default_retry_predicate_non_idempotent`
///
/// # Errors
///
/// None.
pub fn default_retry_predicate_non_idempotent(exception: Value) -> Result {
    Ok(Value::Bool(http_default_non_idempotent(&exception)))
}

/// Whether a request that may be repeated is worth repeating after this error.
#[must_use]
pub fn http_default(exception: &Value) -> bool {
    accepts(exception, &[429, 502, 503, 504], &["ConnectionError", "ConnectionFailedError", "TimeoutError"])
}

/// Whether a request that must not happen twice is worth repeating after this error.
#[must_use]
pub fn http_default_non_idempotent(exception: &Value) -> bool {
    accepts(exception, &[429, 503], &["ConnectionFailedError"])
}

fn accepts(exception: &Value, codes: &[i64], accepted: &[&str]) -> bool {
    let tags = exception.get("tags").and_then(Value::as_list).unwrap_or_default();
    let mut tags = tags.iter().filter_map(Value::as_str);
    tags.any(|tag| match (tag, exception.get("code")) {
        ("HttpError", Some(code)) => codes.iter().any(|accepted| *code == Value::Int(*accepted)),
        _ => accepted.contains(&tag),
    })
}
