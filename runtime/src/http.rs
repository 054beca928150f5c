//! Outgoing HTTP: what a request is, and what sends it.
//!
//! A request is checked once, by [`crate::stdlib::http`], and is plain data from then on: it is stored in the checkpoint
//! before it is sent, so that it can be sent again after a crash.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

pub use crate::auth::AuthSpec;
use crate::error::Result;
use crate::value::Value;

pub mod body;
mod client;
mod content_encoding;
pub(crate) mod failure;
mod host;
mod redirect;
mod stored_bytes;
pub(crate) mod transport;

pub use client::{Client, ClientError, ClientOptions};
pub use host::{HostError, HostPattern};

#[cfg(test)]
pub(crate) mod tests;

/// A request, checked and ready to be sent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// The method, in capitals.
    pub method: String,
    /// An http or https URL; `query` has been merged into it.
    pub url: String,
    /// The headers that the workflow gives, and the content type that goes with the body.
    pub headers: Vec<(String, String)>,
    /// The encoded body.
    #[serde(default, with = "stored_bytes")]
    pub body: Option<Vec<u8>>,
    /// Seconds that the whole exchange may take.
    pub timeout_seconds: f64,
    /// The token to send as `Authorization`; fetched when the request is sent.
    pub auth: Option<AuthSpec>,
    /// A DER certificate that replaces the default roots.
    #[serde(default, with = "stored_bytes")]
    pub ca_certificate: Option<Vec<u8>>,
}

/// Leaves out what may be secret: the values of headers, the query and the body.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field(
                "url",
                &reqwest::Url::parse(&self.url)
                    .map(|url| format!("{}{}", url.origin().ascii_serialization(), url.path())),
            )
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body", &self.body.as_ref().map(Vec::len))
            .field("timeout_seconds", &self.timeout_seconds)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

/// The response value, or what the workflow sees instead, some time later.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;

/// What sends requests: the network, or a stand-in for it.
pub trait HttpService: Send + Sync {
    /// Sends `request`; gives `{body, code, headers}` or the error that the workflow sees.
    ///
    /// `idempotency_key` is the same whenever the same effect of the same execution is sent again.
    fn send<'a>(&'a self, request: &'a HttpRequest, idempotency_key: Option<&'a str>) -> Sending<'a>;
}
