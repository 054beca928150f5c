//! `sys.log`, `sys.sleep`, `sys.sleep_until` (`stdlib.md` §10).

use super::{LONGEST_WAIT, seconds};
use crate::effect::{Effect, LogEntry, LogPayload, Severity};
use crate::error::{Error, Result};
use crate::machine::Context;
use crate::stdlib::{helpers, time};
use crate::value::Value;

/// `sys.sleep` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/sys/sleep>).
///
/// # Errors
///
/// `TypeError` when it is no number, `ValueError` when it is negative or longer than a year.
pub fn sleep(context: &Context, duration: Value) -> Result<Box<Effect>> {
    let seconds = seconds("seconds", &duration, None)?;
    Ok(Box::new(Effect::Sleep { until: context.now().after(seconds) }))
}

/// `sys.sleep_until` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/sys/sleep_until>).
///
/// # Errors
///
/// `TypeError` when it is no string, `ValueError` when it is no ISO 8601 time or more than a year ahead.
pub fn sleep_until(context: &Context, time: Value) -> Result<Box<Effect>> {
    let until = time::parse_micros(&time)?;
    let now = context.now();
    if until > now.after(LONGEST_WAIT).0 {
        return Err(Error::value_error("time must be at most one year ahead"));
    }
    Ok(Box::new(Effect::Sleep { until: crate::effect::Timestamp(until.max(now.0)) }))
}

/// `sys.log` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/sys/log>).
///
/// # Errors
///
/// `TypeError` unless exactly one of `data`, `text`, `json` is given in a type it takes; `ValueError` for an unknown
/// severity.
pub fn log(
    _: &Context,
    data: Value,
    severity: Value,
    text: Value,
    json: Value,
    timeout: Value,
) -> Result<Box<Effect>> {
    let severity = parse_severity(&severity)?;
    if !matches!(timeout, Value::Null) && timeout.as_number().is_none() {
        return Err(Error::type_error(format!(
            "timeout must be a number of seconds; got: {}",
            timeout.type_name()
        )));
    }
    let payload = match (data, text, json) {
        (data @ Value::Map(_), Value::Null, Value::Null) => LogPayload::Json(data),
        (Value::Null, Value::Null, json @ Value::Map(_)) => LogPayload::Json(json),
        (Value::Null, Value::Null, Value::Null) => {
            return Err(Error::type_error("sys.log needs one of data, text and json"));
        }
        (Value::Null, Value::Null, json) => {
            return Err(Error::type_error(format!("json must be a map; got: {}", json.type_name())));
        }
        (data, Value::Null, Value::Null) => LogPayload::Text(log_text("data", &data)?),
        (Value::Null, text, Value::Null) => LogPayload::Text(log_text("text", &text)?),
        _ => return Err(Error::type_error("sys.log takes only one of data, text and json")),
    };
    Ok(Box::new(Effect::Log(LogEntry { severity, payload })))
}

fn log_text(parameter: &str, value: &Value) -> Result<String> {
    match value {
        Value::List(_) | Value::Map(_) => value.to_json_text(),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Str(_) => {
            helpers::string(value.clone()).map(|text| text.as_str().unwrap_or_default().to_owned())
        }
        Value::Null | Value::Bytes(_) => Err(Error::type_error(format!(
            "{parameter} must be a string, number, boolean, list or map; got: {}",
            value.type_name()
        ))),
    }
}

fn parse_severity(value: &Value) -> Result<Severity> {
    match value {
        Value::Null => Ok(Severity::Default),
        Value::Str(text) => match text.as_str() {
            "DEFAULT" => Ok(Severity::Default),
            "DEBUG" => Ok(Severity::Debug),
            "INFO" => Ok(Severity::Info),
            "NOTICE" => Ok(Severity::Notice),
            "WARNING" => Ok(Severity::Warning),
            "ERROR" => Ok(Severity::Error),
            "CRITICAL" => Ok(Severity::Critical),
            "ALERT" => Ok(Severity::Alert),
            "EMERGENCY" => Ok(Severity::Emergency),
            other => Err(Error::value_error(format!("unknown severity: {other}"))),
        },
        other => Err(Error::type_error(format!("severity must be a string; got: {}", other.type_name()))),
    }
}
