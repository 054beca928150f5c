//! Percent-encoding (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/text/url_encode>).

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::stdlib::arguments::text;
use crate::value::Value;

/// `text.url_encode`: all but ASCII letters, digits and `.-_` as `%XX`.
///
/// # Errors
///
/// `TypeError` unless it is a string.
pub fn url_encode(source: Value) -> Result {
    Ok(escape(&text("source", source)?, "%20"))
}

/// `text.url_encode_plus`: as [`url_encode`], but `+` for a space.
///
/// # Errors
///
/// `TypeError` unless it is a string.
pub fn url_encode_plus(source: Value) -> Result {
    Ok(escape(&text("source", source)?, "+"))
}

/// `text.url_decode`: undoes both encodings; what is no UTF-8 becomes U+FFFD.
///
/// # Errors
///
/// `TypeError` unless it is a string, `ValueError` for a `%` without two hexadecimal digits.
pub fn url_decode(source: Value) -> Result {
    let source = text("source", source)?;
    let mut decoded = Vec::with_capacity(source.len());
    let mut rest = source.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => decoded.push(b' '),
            b'%' => {
                let (byte, tail) = hex_pair(tail).ok_or_else(|| {
                    Error::value_error("source has a % that two hexadecimal digits do not follow")
                })?;
                decoded.push(byte);
                rest = tail;
            }
            other => decoded.push(*other),
        }
    }
    Ok(Value::from(&*String::from_utf8_lossy(&decoded)))
}

fn escape(source: &str, space: &str) -> Value {
    let mut out = String::with_capacity(source.len());
    for byte in source.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'.' | b'-' | b'_' => out.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            // Writing to a string cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    Value::from(out)
}

fn hex_pair(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, rest) = bytes.split_at_checked(2)?;
    let digits: Option<u32> = pair.iter().try_fold(0, |n, b| Some(n * 16 + char::from(*b).to_digit(16)?));
    Some((u8::try_from(digits?).ok()?, rest))
}
