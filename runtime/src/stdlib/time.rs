//! `time.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/time/format>).

use std::fmt::Write as _;

use jiff::civil::{self, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::arguments::{mismatch, text_or};
use crate::error::{Error, Result};
use crate::value::Value;

/// The start of Unix time.
const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// `time.format`: seconds since the Unix epoch as ISO 8601 with microseconds, in UTC or a time zone.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for an unknown zone or a year outside 0000 to 9999.
pub fn format(seconds: Value, timezone: Value) -> Result {
    let micros = match &seconds {
        Value::Int(n) => n.checked_mul(1_000_000),
        Value::Float(x) => to_micros(*x),
        other => return Err(mismatch("seconds", "a number", other)),
    };
    let name = text_or("timezone", timezone, "")?;
    let zone = match name.as_str() {
        "" => TimeZone::UTC,
        // Only names are meant, no POSIX rules and no paths.
        name if name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+')) => {
            TimeZone::get(name).map_err(|_| unknown_zone(name))?
        }
        name => return Err(unknown_zone(name)),
    };
    let text = micros.and_then(|micros| local_time(micros, &zone));
    text.map(Value::from)
        .ok_or_else(|| Error::value_error("seconds must be a time in the years 0000 to 9999"))
}

/// The text of an instant; none outside the years of four digits.
fn local_time(micros: i64, zone: &TimeZone) -> Option<String> {
    // The zone's rules of the last days that jiff knows hold for the very last ones, too.
    let last = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let offset = zone.to_offset(Timestamp::from_microsecond(micros).unwrap_or(last)).seconds();
    let local = micros.checked_add(i64::from(offset) * 1_000_000)?;
    let time = EPOCH.checked_add(SignedDuration::from_micros(local)).ok().filter(|time| time.year() >= 0)?;
    let mut text = time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
    match offset {
        0 => text.push('Z'),
        _ => {
            let minutes = offset.abs() / 60;
            let sign = if offset < 0 { '-' } else { '+' };
            // Writing to a string cannot fail.
            let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
    }
    Some(text)
}

/// `time.parse`: seconds since the Unix epoch of an RFC 3339 time, as a double.
///
/// # Errors
///
/// `TypeError` unless it is a string, `ValueError` when it is no RFC 3339 time.
pub fn parse(value: Value) -> Result {
    #[expect(clippy::cast_precision_loss, reason = "the result is a double by definition")]
    parse_micros(&value).map(|micros| Value::Float(micros as f64 / 1e6))
}

/// As [`parse`], in microseconds; what lies below them is dropped.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_micros(value: &Value) -> Result<i64> {
    let Value::Str(text) = value else { return Err(mismatch("value", "a string", value)) };
    rfc3339(text).ok_or_else(|| {
        Error::value_error(format!(
            "a time must look like 2024-05-08T12:01:00.000000Z; got: {:?}",
            text.as_str()
        ))
    })
}

/// Strictly section 5.6 of RFC 3339, without leap seconds.
fn rfc3339(text: &str) -> Option<i64> {
    let mut scanner = Scanner(text.as_bytes());
    let year = scanner.number(4)?;
    scanner.literal(b"-")?;
    let month = scanner.number(2)?;
    scanner.literal(b"-")?;
    let day = scanner.number(2)?;
    scanner.literal(b"Tt")?;
    let hour = scanner.number(2)?;
    scanner.literal(b":")?;
    let minute = scanner.number(2)?;
    scanner.literal(b":")?;
    let second = scanner.number(2)?;
    let micros = if scanner.literal(b".").is_some() { scanner.fraction()? } else { 0 };
    let offset = match scanner.literal(b"Zz+-")? {
        sign @ (b'+' | b'-') => {
            let hours = scanner.number(2).filter(|hours| *hours < 24)?;
            scanner.literal(b":")?;
            let minutes = scanner.number(2).filter(|minutes| *minutes < 60)?;
            let seconds = i64::from(hours * 3600 + minutes * 60);
            if sign == b'-' { -seconds } else { seconds }
        }
        _ => 0,
    };
    if !scanner.0.is_empty() || second > 59 {
        return None;
    }
    let narrow = |n: i32| i8::try_from(n).ok();
    let date = civil::Date::new(i16::try_from(year).ok()?, narrow(month)?, narrow(day)?).ok()?;
    let time = civil::Time::new(narrow(hour)?, narrow(minute)?, narrow(second)?, 0).ok()?;
    let local = date.to_datetime(time).duration_since(EPOCH).as_secs();
    Some((local - offset) * 1_000_000 + micros)
}

/// The rest of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    /// One of the bytes.
    fn literal(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        accepted.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// Exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let number =
            number.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))?;
        self.0 = rest;
        Some(number)
    }

    /// Microseconds of at least one digit.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(length).filter(|(digits, _)| !digits.is_empty())?;
        self.0 = rest;
        Some((0..6).fold(0, |n, i| n * 10 + digits.get(i).map_or(0, |b| i64::from(b - b'0'))))
    }
}

/// The nearest microsecond.
fn to_micros(seconds: f64) -> Option<i64> {
    let micros = (seconds * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "far inside the range of integers")]
    (micros.abs() < 9e18).then_some(micros as i64)
}

fn unknown_zone(name: &str) -> Error {
    Error::value_error(format!("unknown time zone: {name:?}"))
}
