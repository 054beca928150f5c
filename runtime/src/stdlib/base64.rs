//! `base64.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/base64/decode>).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, NO_PAD, PAD};

use super::arguments::{bytes, flag_or, text};
use crate::error::{Error, Result};
use crate::value::Value;

// As in Go, bits of the last character that belong to no byte are ignored.
const PADDED: GeneralPurpose = engine(PAD);
const UNPADDED: GeneralPurpose = engine(NO_PAD);

const fn engine(config: GeneralPurposeConfig) -> GeneralPurpose {
    GeneralPurpose::new(&alphabet::STANDARD, config.with_decode_allow_trailing_bits(true))
}

/// `base64.decode`: bytes of a text, line breaks skipped.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for a text that is not base64 with (by default) or without
/// padding.
pub fn decode(data: Value, padding: Value) -> Result {
    let data = text("data", data)?;
    let engine = if flag_or("padding", &padding, true)? { PADDED } else { UNPADDED };
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
    let engine = if flag_or("padding", &padding, true)? { PADDED } else { UNPADDED };
    Ok(Value::from(engine.encode(data)))
}
