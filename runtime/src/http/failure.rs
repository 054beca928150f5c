//! The errors that a workflow sees when a request fails, apart from those for bad arguments.

use std::error::Error as _;

use reqwest::Url;

use crate::error::{Error, Tag};
use crate::value::Value;

/// An answer whose status is 400 or above.
pub(crate) fn status(code: u16, headers: Value, body: Value) -> Error {
    Error::new(Tag::HttpError, format!("HTTP server responded with error code {code}"))
        .with("code", Value::Int(code.into()))
        .with("headers", headers)
        .with("body", body)
}

/// No connection was made; nothing was sent.
pub(super) fn not_connected(url: &Url, reason: &str) -> Error {
    Error::new(
        Tag::ConnectionFailedError,
        format!("ConnectionFailedError: cannot connect to {}: {reason}", place(url)),
    )
}

/// The connection broke, or what came over it was no valid response.
pub(super) fn broken(url: &Url, reason: &str) -> Error {
    Error::new(
        Tag::ConnectionError,
        format!("ConnectionError: no valid response from {}: {reason}", place(url)),
    )
}

/// The whole exchange took too long.
pub(super) fn timeout(url: &str, seconds: f64) -> Error {
    let place = Url::parse(url).map(|url| place(&url)).unwrap_or_default();
    Error::new(
        Tag::TimeoutError,
        format!("TimeoutError: no whole response from {place} within {seconds} seconds"),
    )
}

/// The response is over the limit.
pub(super) fn too_large(url: &Url, limit: usize) -> Error {
    let place = place(url);
    Error::new(
        Tag::ResourceLimitError,
        format!("ResourceLimitError: the response from {place} is larger than the limit of {limit} bytes"),
    )
}

/// A failure that `reqwest` reports. `answered`: an earlier hop has seen the request, so it is not safe to send again.
pub(super) fn transport(error: &reqwest::Error, url: &Url, answered: bool) -> Error {
    let reason = innermost(error);
    if error.is_builder() {
        Error::value_error(format!("the request to {} cannot be sent: {reason}", place(url)))
    } else if error.is_connect() && !answered {
        not_connected(url, &reason)
    } else {
        broken(url, &reason)
    }
}

/// The last cause of an error: the ones above it say no more than that a request failed.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(next) = cause.and_then(std::error::Error::source) {
        cause = Some(next);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

/// Where a request went, without what may be secret: user, password, path and query.
fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// A call that may not be repeated was under way when the program ended.
pub(crate) fn interrupted(url: &str) -> Error {
    let place = Url::parse(url).map(|url| place(&url)).unwrap_or_default();
    Error::new(
        Tag::ConnectionError,
        format!("ConnectionError: the call to {place} was interrupted and may not be repeated"),
    )
}
