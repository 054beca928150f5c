//! `text.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/text/find_all>).
//!
//! Positions count code points, as `len` does.

use super::arguments::{bytes, integer, text as string, text_or};
use super::helpers::count_value;
use super::regex::Regex;
use crate::error::{Error, Result};
use crate::value::json::too_long;
use crate::value::{EcoString, MAX_TEXT, Value};

mod charset;
mod url;

pub use url::{url_decode, url_encode, url_encode_plus};

/// `text.decode`: the text that bytes stand for; what cannot be decoded becomes U+FFFD.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for an unknown charset.
pub fn decode(data: Value, charset: Value) -> Result {
    let data = bytes("data", data)?;
    charset::decode(&data, &text_or("charset", charset, "UTF-8")?).map(Value::from)
}

/// `text.encode`: the bytes of a text.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for an unknown charset and for characters that it lacks.
pub fn encode(text: Value, charset: Value) -> Result {
    let text = string("text", text)?;
    charset::encode(&text, &text_or("charset", charset, "UTF-8")?).map(|bytes| Value::Bytes(bytes.into()))
}

/// `text.find_all`: where a text occurs, without overlaps.
///
/// # Errors
///
/// `TypeError` unless both are strings.
pub fn find_all(source: Value, substr: Value) -> Result {
    let source = string("source", source)?;
    let substr = string("substr", substr)?;
    let mut positions = Positions::new(&source);
    Ok(Value::list(source.match_indices(substr.as_str()).map(|(at, _)| positions.at(at)).collect()))
}

/// `text.find_all_regex`: the matches of a pattern as maps of `index` and `match`.
///
/// # Errors
///
/// `TypeError` unless both are strings, `ValueError` when the pattern is invalid.
pub fn find_all_regex(source: Value, regexp: Value) -> Result {
    let source = string("source", source)?;
    let regex = Regex::new(&string("regexp", regexp)?)?;
    let mut positions = Positions::new(&source);
    let matches = regex.find_all(&source);
    Ok(Value::list(
        matches
            .into_iter()
            .map(|found| {
                let text = source.get(found.clone()).unwrap_or_default();
                Value::from([("index", positions.at(found.start)), ("match", Value::from(text))])
            })
            .collect(),
    ))
}

/// `text.match_regex`: whether a pattern matches anywhere.
///
/// # Errors
///
/// As [`find_all_regex`].
pub fn match_regex(source: Value, regexp: Value) -> Result {
    let source = string("source", source)?;
    let regex = Regex::new(&string("regexp", regexp)?)?;
    Ok(Value::Bool(regex.is_match(&source)))
}

/// `text.replace_all`: the text with every occurrence replaced.
///
/// # Errors
///
/// `TypeError` unless all are strings; `ResourceLimitError` when the result is too long.
pub fn replace_all(source: Value, substr: Value, repl: Value) -> Result {
    let source = string("source", source)?;
    let substr = string("substr", substr)?;
    let repl = string("repl", repl)?;
    replace(&source, source.match_indices(substr.as_str()).map(|(at, found)| at..at + found.len()), &repl)
}

/// `text.replace_all_regex`: the text with every match of a pattern replaced; the replacement is used as it is.
///
/// # Errors
///
/// `TypeError` unless all are strings, `ValueError` when the pattern is invalid; `ResourceLimitError` when the result is
/// too long.
pub fn replace_all_regex(source: Value, regexp: Value, repl: Value) -> Result {
    let source = string("source", source)?;
    let regex = Regex::new(&string("regexp", regexp)?)?;
    let repl = string("repl", repl)?;
    replace(&source, regex.find_all(&source).into_iter(), &repl)
}

/// `text.split`: the parts between separators.
///
/// # Errors
///
/// `TypeError` unless both are strings, `ValueError` for an empty separator.
pub fn split(source: Value, separator: Value) -> Result {
    let source = string("source", source)?;
    let separator = string("separator", separator)?;
    if separator.is_empty() {
        return Err(Error::value_error("separator must not be empty"));
    }
    Ok(Value::list(source.split(separator.as_str()).map(Value::from).collect()))
}

/// `text.substring`: the characters from `start` to before `end`; negative positions count from the end.
///
/// # Errors
///
/// `TypeError` unless they are a string and two integers.
pub fn substring(source: Value, start: Value, end: Value) -> Result {
    let source = string("source", source)?;
    let length = source.chars().count();
    let position = |n: i64| {
        let distance = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
        if n < 0 { length.saturating_sub(distance) } else { distance.min(length) }
    };
    let start = position(integer("start", &start)?);
    let end = position(integer("end", &end)?);
    let part: EcoString = source.chars().skip(start).take(end.saturating_sub(start)).collect();
    Ok(Value::Str(part))
}

/// `text.to_lower`: the text in lower case, by Unicode's rules for no language in particular.
///
/// # Errors
///
/// `TypeError` unless it is a string.
pub fn to_lower(source: Value) -> Result {
    string("source", source).map(|source| Value::from(source.to_lowercase()))
}

/// `text.to_upper`: the text in upper case, by Unicode's rules for no language in particular.
///
/// # Errors
///
/// `TypeError` unless it is a string.
pub fn to_upper(source: Value) -> Result {
    string("source", source).map(|source| Value::from(source.to_uppercase()))
}

/// Replaces ascending ranges that do not overlap.
fn replace(source: &str, ranges: impl Iterator<Item = std::ops::Range<usize>>, repl: &str) -> Result {
    let mut out = EcoString::new();
    let mut copied = 0;
    for range in ranges {
        out.push_str(source.get(copied..range.start).unwrap_or_default());
        out.push_str(repl);
        copied = range.end;
        if out.len() > MAX_TEXT {
            return Err(too_long());
        }
    }
    out.push_str(source.get(copied..).unwrap_or_default());
    if out.len() > MAX_TEXT { Err(too_long()) } else { Ok(Value::Str(out)) }
}

/// Turns ascending byte offsets into code-point positions in one pass.
struct Positions<'a> {
    text: &'a str,
    offset: usize,
    position: usize,
}

impl<'a> Positions<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, position: 0 }
    }

    fn at(&mut self, offset: usize) -> Value {
        self.position += self.text.get(self.offset..offset).map_or(0, |part| part.chars().count());
        self.offset = offset;
        count_value(self.position)
    }
}
