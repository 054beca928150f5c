//! Credentials: the tokens that `auth: {type: OIDC}` and `auth: {type: OAuth2}` send.

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

mod cache;
mod command;
mod exchange;
mod google;
mod jwt;
mod key_file;

pub use google::{CredentialOptions, GoogleCredentials};

#[cfg(test)]
mod tests;

/// Which token a request needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuthSpec {
    /// An ID token for a service.
    Oidc {
        /// The service, usually its URL.
        audience: String,
    },
    /// An access token for Google APIs.
    OAuth2 {
        /// What it gives access to.
        scopes: Vec<String>,
    },
}

/// A token, or why there is none.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<String, TokenError>> + Send + 'a>>;

/// What makes tokens.
pub trait TokenSource: Send + Sync {
    /// A token that is valid for a while yet.
    fn token<'a>(&'a self, spec: &'a AuthSpec) -> Fetching<'a>;
}

/// Why there is no token. The workflow sees it as the message of an `AuthError`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(String);

impl TokenError {
    /// `message` says what is wrong and what to do; it must hold no secret.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
