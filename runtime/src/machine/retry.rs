//! The decisions of `retry` (`language.md` §5.3).

use crate::effect::{Effect, LogEntry, LogPayload, Severity};
use crate::error::{Error, Result};
use crate::stdlib::retry as predicates;
use crate::value::{Slot, Value};

use super::{Context, caught};

/// Retries after the first attempt when the policy does not say.
const DEFAULT_MAX_RETRIES: i64 = 5;
/// Seconds before the first retry when the policy does not say.
const DEFAULT_INITIAL_DELAY: f64 = 1.0;
/// The longest delay in seconds when the policy does not say.
const DEFAULT_MAX_DELAY: f64 = 60.0;
/// Growth of the delay when the policy does not say.
const DEFAULT_MULTIPLIER: f64 = 1.25;
/// The longest delay that a policy can ask for, in seconds: the maximum of `sys.sleep`.
const LONGEST_DELAY: f64 = 31_536_000.0;

/// The predicates of the standard library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// Any error.
    Always,
    /// No error.
    Never,
    /// `http.default_retry_predicate`
    HttpDefault,
    /// `http.default_retry_predicate_non_idempotent`
    HttpNonIdempotent,
}

/// Whether attempts remain and, given a built-in predicate, whether it accepts the error.
///
/// # Errors
///
/// `TypeError` or `ValueError` when `max_retries` is no whole number from 0 on.
pub fn may_retry(
    error: &Slot,
    attempts: &Slot,
    max_retries: Option<Value>,
    predicate: Option<Predicate>,
) -> Result<bool> {
    let allowed = match max_retries {
        None => DEFAULT_MAX_RETRIES,
        Some(Value::Int(n)) if n >= 0 => n,
        Some(Value::Int(n)) => {
            return Err(Error::value_error(format!("max_retries must not be negative; got: {n}")));
        }
        Some(other) => {
            return Err(Error::type_error(format!(
                "max_retries must be an integer; got: {}",
                other.type_name()
            )));
        }
    };
    let used = if let Some(Value::Int(n)) = attempts { *n } else { 0 };
    let value = caught::value(error);
    Ok(used < allowed
        && match predicate {
            None | Some(Predicate::Always) => true,
            Some(Predicate::Never) => false,
            Some(Predicate::HttpDefault) => predicates::http_default(&value),
            Some(Predicate::HttpNonIdempotent) => predicates::http_default_non_idempotent(&value),
        })
}

/// What a predicate subworkflow said; anything but a boolean means no.
#[must_use]
pub fn verdict(result: &Slot) -> bool {
    matches!(result, Some(Value::Bool(true)))
}

/// The wait before the next attempt; counts the attempt.
///
/// # Errors
///
/// `TypeError` or `ValueError` when a field of `backoff` is no number from 0 on.
pub fn backoff(
    context: &Context,
    attempts: &mut Slot,
    initial_delay: Option<Value>,
    max_delay: Option<Value>,
    multiplier: Option<Value>,
) -> Result<Box<Effect>> {
    let initial = number("initial_delay", initial_delay, DEFAULT_INITIAL_DELAY)?;
    let longest = number("max_delay", max_delay, DEFAULT_MAX_DELAY)?;
    let factor = number("multiplier", multiplier, DEFAULT_MULTIPLIER)?;
    let used = if let Some(Value::Int(n)) = attempts { *n } else { 0 };
    *attempts = Some(Value::Int(used.saturating_add(1)));
    let exponent = i32::try_from(used).unwrap_or(i32::MAX);
    let delay = (initial * factor.powi(exponent)).min(longest).min(LONGEST_DELAY);
    let delay = if delay.is_finite() { delay } else { longest.min(LONGEST_DELAY) };
    Ok(Box::new(Effect::Sleep { until: context.now().after(delay) }))
}

fn number(field: &str, value: Option<Value>, default: f64) -> Result<f64> {
    let Some(value) = value else { return Ok(default) };
    match value.as_number() {
        Some(x) if x >= 0.0 && x.is_finite() => Ok(x),
        Some(x) => Err(Error::value_error(format!("backoff.{field} must be a number from 0 on; got: {x}"))),
        None => {
            Err(Error::type_error(format!("backoff.{field} must be a number; got: {}", value.type_name())))
        }
    }
}

/// The log entry about a predicate that failed itself.
#[must_use]
pub fn predicate_failure(error: &Slot) -> Box<Effect> {
    let value = caught::value(error);
    let reason = match value.get("message").and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None => value.to_json_text().unwrap_or_else(|_| value.type_name().to_owned()),
    };
    Box::new(Effect::Log(LogEntry {
        severity: Severity::Warning,
        payload: LogPayload::Text(format!("The retry predicate failed, so there is no retry: {reason}")),
    }))
}
