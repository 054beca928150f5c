//! Sends requests over the network.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, USER_AGENT,
};
use reqwest::{Method, Response, Url};

use super::content_encoding::{Decoder, Refused};
use super::host::HostPattern;
use super::redirect::{self, Hop};
use super::transport::Transport;
use super::{HttpRequest, HttpService, Sending, body, failure};
use crate::auth::{CredentialOptions, GoogleCredentials, TokenSource};
use crate::error::{Error, Result, Tag};
use crate::machine::Profile;
use crate::value::{Map, Value};

/// The header that can carry the key of an effect.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest time for an exchange, in seconds.
const MAX_TIMEOUT: Duration = Duration::from_secs(1800);

/// What a [`Client`] does and allows.
#[derive(Clone)]
pub struct ClientOptions {
    /// What is sent as `User-Agent`, or appended to the one that the workflow gives.
    pub user_agent: String,
    /// The largest response body in bytes, decoded.
    pub response_limit: usize,
    /// The hosts that may be reached, all by default.
    pub allow_hosts: Option<Vec<HostPattern>>,
    /// Whether the key of the effect goes out as `Idempotency-Key`, unless the workflow sets that header.
    pub idempotency_header: bool,
    /// Whether the usual environment variables (`HTTPS_PROXY` and so on) name a proxy.
    pub proxy_from_environment: bool,
    /// A program and its arguments that print a token for `auth`, instead of Google's application default credentials.
    /// It runs without a shell and finds in its environment what is asked for: `COGWORK_AUTH_TYPE` (`OIDC` or `OAuth2`),
    /// `COGWORK_AUTH_AUDIENCE` and `COGWORK_AUTH_SCOPES`.
    pub auth_token_command: Option<Vec<String>>,
    /// Where the tokens for `auth` come from, instead of all the above.
    pub tokens: Option<Arc<dyn TokenSource>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            user_agent: "GoogleCloudWorkflows; (+https://cloud.google.com/workflows/docs)".to_owned(),
            response_limit: 32 * 1024 * 1024,
            allow_hosts: None,
            idempotency_header: false,
            proxy_from_environment: true,
            auth_token_command: None,
            tokens: None,
        }
    }
}

impl ClientOptions {
    /// What fits workflows that were compiled for these limits: the service itself takes responses of up to 2 MB.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Default => Self::default(),
            Profile::Google => Self { response_limit: 2 * 1024 * 1024, ..Self::default() },
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("user_agent", &self.user_agent)
            .field("response_limit", &self.response_limit)
            .field("allow_hosts", &self.allow_hosts)
            .field("idempotency_header", &self.idempotency_header)
            .field("proxy_from_environment", &self.proxy_from_environment)
            .field("auth_token_command", &self.auth_token_command)
            .finish_non_exhaustive()
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The user agent cannot stand in a header.
    #[error("the user agent `{0}` must be printable ASCII text")]
    UserAgent(String),
    /// No response would ever fit.
    #[error("the response limit must not be 0")]
    ResponseLimit,
}

/// The network as a [`HttpService`]. Connections are pooled; none is made, and no root certificate loaded, before the
/// first request.
pub struct Client {
    options: ClientOptions,
    transport: Arc<Transport>,
    tokens: Arc<dyn TokenSource>,
}

impl Client {
    /// A client that has done nothing yet.
    ///
    /// # Errors
    ///
    /// Options that make no sense.
    pub fn new(options: ClientOptions) -> std::result::Result<Self, ClientError> {
        if options.user_agent.is_empty() || !options.user_agent.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(ClientError::UserAgent(options.user_agent));
        }
        if options.response_limit == 0 {
            return Err(ClientError::ResponseLimit);
        }
        let transport = Arc::new(Transport::new(options.proxy_from_environment));
        let tokens = options.tokens.clone().unwrap_or_else(|| {
            let mut credentials = CredentialOptions::from_environment();
            credentials.command.clone_from(&options.auth_token_command);
            Arc::new(GoogleCredentials::over(Arc::clone(&transport), credentials))
        });
        Ok(Self { options, transport, tokens })
    }

    /// Sends `request` and gives `{body, code, headers}`.
    ///
    /// # Errors
    ///
    /// `HttpError`, `ConnectionFailedError`, `ConnectionError`, `TimeoutError`, `ResourceLimitError`, `AuthError`, and
    /// `ValueError` for a host that is not allowed or a certificate that cannot be read.
    pub async fn send(&self, request: &HttpRequest, idempotency_key: Option<&str>) -> Result<Value> {
        let timeout =
            Duration::try_from_secs_f64(request.timeout_seconds).unwrap_or(MAX_TIMEOUT).min(MAX_TIMEOUT);
        let exchange = Box::pin(self.exchange(request, idempotency_key));
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or_else(|_| Err(failure::timeout(&request.url, request.timeout_seconds)))
    }

    async fn exchange(&self, request: &HttpRequest, idempotency_key: Option<&str>) -> Result<Value> {
        let url =
            Url::parse(&request.url).map_err(|error| Error::value_error(format!("invalid url: {error}")))?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Error::value_error(format!("invalid method: {}", request.method)))?;
        let mut hop = Hop { method, url, headers: HeaderMap::new(), body: request.body.as_deref() };
        self.check_host(&hop.url)?;
        hop.headers = self.headers(request, idempotency_key).await?;
        for hops in 0..=redirect::LIMIT {
            let response = self.send_hop(request, &hop, hops > 0).await?;
            let follows = hop
                .follow(response.status(), response.headers())
                .map_err(|reason| failure::broken(response.url(), &reason))?;
            if !follows {
                return self.receive(&hop.url, response).await;
            }
            self.check_host(&hop.url)?;
        }
        Err(failure::broken(&hop.url, &format!("more than {} redirects", redirect::LIMIT)))
    }

    async fn send_hop(&self, request: &HttpRequest, hop: &Hop<'_>, answered: bool) -> Result<Response> {
        let is_https = hop.url.scheme() == "https";
        let client = match &request.ca_certificate {
            Some(certificate) if is_https => self.transport.private(certificate).map_err(|reason| {
                Error::value_error(format!("ca_certificate must hold one DER certificate: {reason}"))
            })?,
            _ => {
                self.transport.shared(is_https).map_err(|reason| failure::not_connected(&hop.url, &reason))?
            }
        };
        let mut builder = client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
        if let Some(body) = hop.body {
            builder = builder.body(body.to_vec());
        }
        builder.send().await.map_err(|error| failure::transport(&error, &hop.url, answered))
    }

    async fn receive(&self, url: &Url, mut response: Response) -> Result<Value> {
        let limit = self.options.response_limit;
        let refused = |refused| match refused {
            Refused::TooLarge => failure::too_large(url, limit),
            Refused::Corrupt => failure::broken(url, "the body is not encoded as Content-Encoding says"),
        };
        let code = response.status().as_u16();
        let mut headers = std::mem::take(response.headers_mut());
        let (mut decoder, decodes) = Decoder::new(text(headers.get(CONTENT_ENCODING)).as_deref(), limit);
        let mut received = false;
        while let Some(chunk) =
            response.chunk().await.map_err(|error| failure::transport(&error, url, true))?
        {
            received = true;
            decoder.push(&chunk).map_err(refused)?;
        }
        let bytes = decoder.finish(received).map_err(refused)?;
        if decodes && received {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
        }
        let body = body::decode(text(headers.get(CONTENT_TYPE)).as_deref(), &bytes);
        let headers = header_map(&headers);
        if code >= 400 {
            return Err(failure::status(code, headers, body));
        }
        Ok(Value::from([("body", body), ("code", Value::Int(code.into())), ("headers", headers)]))
    }

    async fn headers(&self, request: &HttpRequest, idempotency_key: Option<&str>) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            set(&mut headers, name, value)?;
        }
        let user_agent = match text(headers.get(USER_AGENT)) {
            Some(own) => format!("{own} {}", self.options.user_agent),
            None => self.options.user_agent.clone(),
        };
        set(&mut headers, USER_AGENT.as_str(), &user_agent)?;
        if !headers.contains_key(ACCEPT_ENCODING) {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        }
        if let Some(key) = idempotency_key.filter(|_| self.options.idempotency_header)
            && !headers.contains_key(IDEMPOTENCY_KEY)
        {
            set(&mut headers, IDEMPOTENCY_KEY.as_str(), key)?;
        }
        if let Some(spec) = &request.auth {
            let token = self
                .tokens
                .token(spec)
                .await
                .map_err(|error| Error::new(Tag::AuthError, format!("AuthError: {error}")))?;
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| Error::new(Tag::AuthError, "AuthError: the token cannot stand in a header"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    fn check_host(&self, url: &Url) -> Result<()> {
        let Some(allowed) = &self.options.allow_hosts else { return Ok(()) };
        if allowed.iter().any(|pattern| pattern.matches(url)) {
            return Ok(());
        }
        Err(Error::value_error(format!(
            "requests to host {} are not allowed; allow it where this workflow runs",
            url.host_str().unwrap_or_default()
        )))
    }
}

impl HttpService for Client {
    fn send<'a>(&'a self, request: &'a HttpRequest, idempotency_key: Option<&'a str>) -> Sending<'a> {
        Box::pin(self.send(request, idempotency_key))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<()> {
    let invalid = || Error::value_error(format!("invalid header: {name}"));
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
    headers.try_insert(name, value).map(|_| ()).map_err(|_| Error::value_error("too many headers"))
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The headers as the workflow sees them: canonical names, repeated ones joined.
fn header_map(headers: &HeaderMap) -> Value {
    let mut map = Map::default();
    for name in headers.keys() {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        map.insert(body::canonical_header_name(name.as_str()).into(), Value::from(values.join(", ")));
    }
    Value::map(map)
}
