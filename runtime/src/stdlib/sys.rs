//! The functions of `sys` that do not wait (`stdlib.md` §10).

use super::Surroundings;
use super::arguments::{mismatch, text};
use crate::error::Result;
use crate::value::Value;

/// `sys.now`: seconds since the Unix epoch.
///
/// # Errors
///
/// None.
pub fn now(surroundings: &dyn Surroundings) -> Result {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this age fit a double")]
    Ok(Value::Float(surroundings.now_micros() as f64 / 1e6))
}

/// `sys.get_env`: an environment variable of the workflow, or the default, or null.
///
/// # Errors
///
/// `TypeError` when an argument is no string.
pub fn get_env(surroundings: &dyn Surroundings, name: Value, default: Value) -> Result {
    let name = text("name", name)?;
    if !matches!(default, Value::Null | Value::Str(_)) {
        return Err(mismatch("default", "a string", &default));
    }
    Ok(surroundings.env(&name).map_or(default, Value::Str))
}
