//! One bounded request to a token endpoint or a metadata server.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::Value as Json;

use super::TokenError;
use crate::http::transport::innermost;

/// The most that an answer may hold.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends `request` and gives the text of a successful answer. `place` is what errors call the other side.
pub(super) async fn send(request: RequestBuilder, place: &str, time: Duration) -> Result<String, TokenError> {
    tokio::time::timeout(time, receive(request, place)).await.unwrap_or_else(|_| {
        Err(TokenError::new(format!("no answer from {place} within {} seconds", time.as_secs())))
    })
}

async fn receive(request: RequestBuilder, place: &str) -> Result<String, TokenError> {
    let broken =
        |error: reqwest::Error| TokenError::new(format!("cannot reach {place}: {}", innermost(&error)));
    let mut response = request.send().await.map_err(broken)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Err(TokenError::new(format!("the answer of {place} is over {MAX_ANSWER} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    if response.status().is_success() {
        return Ok(text);
    }
    let code = response.status().as_u16();
    Err(TokenError::new(match complaint(&text) {
        Some(complaint) => format!("{place} answered {code}: {complaint}"),
        None => format!("{place} answered {code}"),
    }))
}

/// RFC 6749, section 5.2: an error has a code and may have a description.
fn complaint(text: &str) -> Option<String> {
    let answer: Json = serde_json::from_str(text).ok()?;
    let code = answer.get("error")?.as_str()?;
    Some(match answer.get("error_description").and_then(Json::as_str) {
        Some(description) => format!("{code}: {description}"),
        None => code.to_owned(),
    })
}
