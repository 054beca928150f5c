//! Google's application default credentials: a key file, the user's own login, or the metadata server of the machine.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::cache::{Cache, Fresh};
use super::key_file::{self, KeyFile};
use super::{AuthSpec, Fetching, TokenError, TokenSource, command, exchange, jwt};
use crate::http::transport::Transport;

/// Where every machine on Google Cloud finds its metadata server.
const METADATA_HOST: &str = "169.254.169.254";
/// How long a token endpoint may take.
const ENDPOINT_TIME: Duration = Duration::from_secs(30);
/// How long the metadata server may take; it is on the same machine, or not there at all.
const METADATA_TIME: Duration = Duration::from_secs(5);
/// How long an assertion is valid, in seconds; the longest that Google accepts.
const ASSERTION_LIFETIME: u64 = 3600;
/// How long a token is taken to be valid when its endpoint does not say.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Where to look for credentials, in this order.
#[derive(Debug, Clone, Default)]
pub struct CredentialOptions {
    /// A program and its arguments that print a token; the only source when given.
    pub command: Option<Vec<String>>,
    /// A credential file that must be there.
    pub key_file: Option<PathBuf>,
    /// A credential file that is used when it is there.
    pub user_file: Option<PathBuf>,
    /// Host and port of the metadata server, when it is not Google's.
    pub metadata_host: Option<String>,
}

impl CredentialOptions {
    /// What the usual variables say: `GOOGLE_APPLICATION_CREDENTIALS`, `CLOUDSDK_CONFIG` or `HOME`,
    /// `GCE_METADATA_HOST`.
    #[must_use]
    pub fn from_environment() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let config = set("CLOUDSDK_CONFIG")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".config/gcloud")));
        Self {
            command: None,
            key_file: set("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from),
            user_file: config.map(|config| config.join("application_default_credentials.json")),
            metadata_host: set("GCE_METADATA_HOST").and_then(|host| host.into_string().ok()),
        }
    }
}

/// Application default credentials as a [`TokenSource`]. Nothing is read before the first token is asked for; a credential
/// file is read again for each new token, so that a replaced key is taken up.
pub struct GoogleCredentials {
    options: CredentialOptions,
    transport: Arc<Transport>,
    cache: Cache,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    id_token: Option<String>,
    expires_in: Option<u64>,
}

impl GoogleCredentials {
    /// Credentials by `options`.
    #[must_use]
    pub fn new(options: CredentialOptions) -> Self {
        Self::over(Arc::new(Transport::new(true)), options)
    }

    pub(crate) fn over(transport: Arc<Transport>, options: CredentialOptions) -> Self {
        Self { options, transport, cache: Cache::default() }
    }

    async fn fetch(&self, spec: &AuthSpec) -> Result<Fresh, TokenError> {
        if let Some(command) = &self.options.command {
            return command::run(command, spec).await;
        }
        match self.key_file().await? {
            Some(KeyFile::ServiceAccount { client_email, private_key, private_key_id, token_uri }) => {
                let claims = assertion(&client_email, &token_uri, spec);
                let assertion = jwt::sign(&claims, &private_key, private_key_id.as_deref())?;
                let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                self.exchange(&token_uri, &[("grant_type", grant), ("assertion", &assertion)], spec).await
            }
            Some(KeyFile::AuthorizedUser { client_id, client_secret, refresh_token, token_uri }) => {
                if let AuthSpec::Oidc { audience } = spec {
                    return Err(TokenError::new(format!(
                        "the login of a user gives no ID token for {audience}; use the key of a service account \
                         (GOOGLE_APPLICATION_CREDENTIALS) or a token command"
                    )));
                }
                let form = [
                    ("grant_type", "refresh_token"),
                    ("client_id", &client_id),
                    ("client_secret", &client_secret),
                    ("refresh_token", &refresh_token),
                ];
                self.exchange(&token_uri, &form, spec).await
            }
            None => self.metadata(spec).await,
        }
    }

    async fn key_file(&self) -> Result<Option<KeyFile>, TokenError> {
        let path = match (&self.options.key_file, &self.options.user_file) {
            (Some(path), _) => path.clone(),
            (None, Some(path)) if path.exists() => path.clone(),
            _ => return Ok(None),
        };
        let read = tokio::task::spawn_blocking(move || key_file::read(&path));
        read.await.map_err(|_| TokenError::new("the credential file could not be read"))?.map(Some)
    }

    async fn exchange(&self, uri: &str, form: &[(&str, &str)], spec: &AuthSpec) -> Result<Fresh, TokenError> {
        let place = format!("the token endpoint {uri}");
        let client = self.transport.shared(uri.starts_with("https:")).map_err(TokenError::new)?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = client.post(uri).header("Content-Type", "application/x-www-form-urlencoded").body(body);
        let answer = exchange::send(request, &place, ENDPOINT_TIME).await?;
        token_of(&answer, &place, spec)
    }

    async fn metadata(&self, spec: &AuthSpec) -> Result<Fresh, TokenError> {
        let host = self.options.metadata_host.as_deref().unwrap_or(METADATA_HOST);
        let place = format!("the metadata server {host}");
        let url = metadata_url(host, spec);
        let client = self.transport.direct().map_err(TokenError::new)?;
        let request = client.get(url).header("Metadata-Flavor", "Google");
        let answer = exchange::send(request, &place, METADATA_TIME).await.map_err(|error| {
            TokenError::new(format!(
                "no Google credentials found: set GOOGLE_APPLICATION_CREDENTIALS to a key file, run \
                 `gcloud auth application-default login`, or configure a token command ({error})"
            ))
        })?;
        match spec {
            AuthSpec::OAuth2 { .. } => token_of(&answer, &place, spec),
            AuthSpec::Oidc { .. } => Ok(id_token(answer)),
        }
    }
}

impl TokenSource for GoogleCredentials {
    fn token<'a>(&'a self, spec: &'a AuthSpec) -> Fetching<'a> {
        Box::pin(self.cache.get(spec, self.fetch(spec)))
    }
}

impl fmt::Debug for GoogleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCredentials").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What a service account says of itself to get a token (RFC 7523, and `target_audience` for ID tokens).
fn assertion(client_email: &str, token_uri: &str, spec: &AuthSpec) -> serde_json::Value {
    let now = jwt::since_epoch().as_secs();
    let (claim, value) = match spec {
        AuthSpec::Oidc { audience } => ("target_audience", audience.clone()),
        AuthSpec::OAuth2 { scopes } => ("scope", scopes.join(" ")),
    };
    json!({"iss": client_email, "aud": token_uri, "iat": now, "exp": now + ASSERTION_LIFETIME, claim: value})
}

fn metadata_url(host: &str, spec: &AuthSpec) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let what = match spec {
        AuthSpec::Oidc { audience } => {
            query.append_pair("audience", audience).append_pair("format", "full");
            "identity"
        }
        AuthSpec::OAuth2 { scopes } => {
            query.append_pair("scopes", &scopes.join(","));
            "token"
        }
    };
    format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/{what}?{}", query.finish())
}

fn token_of(answer: &str, place: &str, spec: &AuthSpec) -> Result<Fresh, TokenError> {
    let missing = || TokenError::new(format!("the answer of {place} holds no token"));
    let answer: TokenAnswer = serde_json::from_str(answer).map_err(|_| missing())?;
    match spec {
        AuthSpec::Oidc { .. } => answer.id_token.map(id_token).ok_or_else(missing),
        AuthSpec::OAuth2 { .. } => {
            let lifetime = answer.expires_in.map_or(LIFETIME, Duration::from_secs);
            answer.access_token.map(|token| Fresh { token, lifetime }).ok_or_else(missing)
        }
    }
}

fn id_token(token: String) -> Fresh {
    let lifetime = jwt::remaining(&token).unwrap_or(LIFETIME);
    Fresh { token, lifetime }
}
