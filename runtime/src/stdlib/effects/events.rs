//! `events.*`: callbacks (`stdlib.md` §12).

use super::seconds;
use crate::effect::Effect;
use crate::error::{Error, Result};
use crate::machine::Context;
use crate::value::Value;

/// Methods that an endpoint can take.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
/// Seconds that an await lasts when it does not say: twelve hours.
const DEFAULT_TIMEOUT: f64 = 43_200.0;

/// `events.create_callback_endpoint`
/// (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/events/create_callback_endpoint>).
///
/// # Errors
///
/// `TypeError` when the method is no string, `ValueError` when it is none of the seven.
pub fn create_callback_endpoint(_: &Context, http_callback_method: Value) -> Result<Box<Effect>> {
    let method = match &http_callback_method {
        Value::Null => "POST",
        Value::Str(text) if METHODS.contains(&text.as_str()) => text.as_str(),
        Value::Str(text) => {
            return Err(Error::value_error(format!(
                "http_callback_method must be one of {}; got: {text}",
                METHODS.join(", ")
            )));
        }
        other => {
            return Err(Error::type_error(format!(
                "http_callback_method must be a string; got: {}",
                other.type_name()
            )));
        }
    };
    Ok(Box::new(Effect::CreateCallback { method: method.to_owned() }))
}

/// `events.await_callback` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/events/await_callback>).
///
/// # Errors
///
/// `TypeError` when the callback is no map with a `url` or the timeout is no number, `ValueError` when the timeout is
/// negative or longer than a year.
pub fn await_callback(context: &Context, callback: Value, timeout: Value) -> Result<Box<Effect>> {
    let Some(map) = callback.as_map() else {
        return Err(Error::type_error(format!(
            "callback must be the map that events.create_callback_endpoint gave; got: {}",
            callback.type_name()
        )));
    };
    let url = match map.get("url") {
        Some(Value::Str(url)) => url.to_string(),
        Some(other) => {
            return Err(Error::type_error(format!(
                "callback.url must be a string; got: {}",
                other.type_name()
            )));
        }
        None => return Err(Error::value_error("callback has no `url`")),
    };
    let seconds = seconds("timeout", &timeout, Some(DEFAULT_TIMEOUT))?;
    Ok(Box::new(Effect::AwaitCallback { url, deadline: context.now().after(seconds) }))
}
