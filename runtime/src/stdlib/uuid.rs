//! `uuid.generate` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/uuid/generate>).

use super::Surroundings;
use crate::error::Result;
use crate::value::Value;

/// `uuid.generate`: a random UUID of version 4 as text.
///
/// # Errors
///
/// None.
pub fn generate(surroundings: &dyn Surroundings) -> Result {
    let mut bytes = [0; 16];
    surroundings.random_bytes(&mut bytes);
    Ok(Value::from(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
}
