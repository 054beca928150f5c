//! `base64.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/base64/decode>).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::arguments::{bytes, flag_or, text};
use crate::error::{Error, Result};
use crate::value::Value;

/// `base64.decode`: bytes of a text, line breaks skipped.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for a text that is not base64 with (by default) or without
/// padding.
pub fn decode(data: Value, padding: Value) -> Result {
    let data = text("data", data)?;
    let engine = if flag_or("padding", &padding, true)? { STANDARD } else { STANDARD_NO_PAD };
    let joined: Vec<u8> = data.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    match engine.decode(joined) {
        Ok(decoded) => Ok(Value::Bytes(decoded.into())),
        Err(error) => Err(Error::value_error(format!("data is not base64: {error}"))),
    }
}

/// `base64.encode`: text of bytes, with padding unless told otherwise.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type.
pub fn encode(data: Value, padding: Value) -> Result {
    let data = bytes("data", data)?;
    let engine = if flag_or("padding", &padding, true)? { STANDARD } else { STANDARD_NO_PAD };
    Ok(Value::from(engine.encode(data)))
}
