//! Credential files as the Google Cloud console and `gcloud` write them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::TokenError;

/// Larger files are no credentials.
const MAX_SIZE: u64 = 64 * 1024;
/// Where refresh tokens are exchanged when the file does not say.
const GOOGLE_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// What a credential file holds.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum KeyFile {
    /// A key of a service account.
    ServiceAccount {
        client_email: String,
        private_key: String,
        private_key_id: Option<String>,
        #[serde(default = "google_token_uri")]
        token_uri: String,
    },
    /// What `gcloud auth application-default login` leaves behind.
    AuthorizedUser {
        client_id: String,
        client_secret: String,
        refresh_token: String,
        #[serde(default = "google_token_uri")]
        token_uri: String,
    },
}

fn google_token_uri() -> String {
    GOOGLE_TOKEN_URI.to_owned()
}

/// Reads a credential file.
pub(super) fn read(path: &Path) -> Result<KeyFile, TokenError> {
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_SIZE + 1).read_to_string(&mut text)).map_err(|error| {
        TokenError::new(format!("cannot read the credential file {}: {error}", path.display()))
    })?;
    if text.len() as u64 > MAX_SIZE {
        return Err(TokenError::new(format!(
            "the credential file {} is over {MAX_SIZE} bytes",
            path.display()
        )));
    }
    // The parser's message is left out: it may quote the file.
    serde_json::from_str(&text).map_err(|error| {
        TokenError::new(format!(
            "the credential file {} is no service account key and no user credentials (line {}); \
             other kinds can be used by a token command",
            path.display(),
            error.line()
        ))
    })
}
