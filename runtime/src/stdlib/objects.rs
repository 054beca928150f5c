//! The constant objects of the library (`stdlib.md` §8.8, §9).
//!
//! The predicate of a policy is no value of the language; the machine knows it by the policy's name.

use crate::value::Value;

/// `retry.default_backoff`, in seconds.
#[must_use]
pub fn retry_default_backoff() -> Value {
    Value::from([
        ("initial_delay", Value::Int(1)),
        ("max_delay", Value::Int(60)),
        ("multiplier", Value::Float(1.25)),
    ])
}

/// The fields of `http.default_retry` that are values.
#[must_use]
pub fn http_default_retry() -> Value {
    Value::from([("backoff", retry_default_backoff()), ("max_retries", Value::Int(5))])
}

/// The fields of `http.default_retry_non_idempotent` that are values.
#[must_use]
pub fn http_default_retry_non_idempotent() -> Value {
    http_default_retry()
}
