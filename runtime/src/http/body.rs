//! What a body from the network is to a workflow: JSON, text or bytes, by its content type.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use crate::value::Value;

/// Textual types outside `text/*`, besides those that end in `+xml` or `+yaml`.
const TEXTUAL: [&str; 13] = [
    "application/ecmascript",
    "application/graphql",
    "application/javascript",
    "application/json-seq",
    "application/jsonl",
    "application/ndjson",
    "application/sql",
    "application/toml",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
];

/// Decodes a body: JSON to a value (to text when it does not parse), textual types to a string, all else to bytes.
///
/// Empty JSON, and an empty body without a content type, are null.
#[must_use]
pub fn decode(content_type: Option<&str>, bytes: &[u8]) -> Value {
    let Some(content_type) = content_type.map(str::trim).filter(|text| !text.is_empty()) else {
        return if bytes.is_empty() { Value::Null } else { Value::Bytes(bytes.into()) };
    };
    let media_type = media_type(content_type);
    if is_json(&media_type) {
        let text = text(content_type, bytes);
        if text.trim().is_empty() {
            return Value::Null;
        }
        Value::from_json_text(&text).unwrap_or_else(|_| Value::from(text.as_ref()))
    } else if is_textual(&media_type) {
        Value::from(text(content_type, bytes).as_ref())
    } else {
        Value::Bytes(bytes.into())
    }
}

/// A header name as Go writes it (`content-type` is `Content-Type`); unchanged when it is no header name.
#[must_use]
pub fn canonical_header_name(name: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.chars().all(is_token) {
        return name.to_owned();
    }
    let mut start = true;
    name.chars()
        .map(|c| {
            let cased = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start = c == '-';
            cased
        })
        .collect()
}

/// The media type in lower case, without parameters.
pub(crate) fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `application/json` and its kin.
pub(crate) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}

fn is_textual(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.ends_with("+xml")
        || media_type.ends_with("+yaml")
        || TEXTUAL.contains(&media_type)
}

/// Text by the charset parameter, UTF-8 without one; what cannot be decoded becomes U+FFFD, a byte order mark is dropped.
fn text<'a>(content_type: &str, bytes: &'a [u8]) -> Cow<'a, str> {
    let charset = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    let encoding = charset.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8);
    encoding.decode(bytes).0
}
