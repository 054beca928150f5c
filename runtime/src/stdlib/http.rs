//! The arguments of `http.*`: checks them and makes the request that they describe.

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use crate::auth::AuthSpec;
use crate::effect::Effect;
use crate::error::{Error, Result};
use crate::http::HttpRequest;
use crate::value::Value;

use super::arguments::mismatch;
pub use super::retry::{default_retry_predicate, default_retry_predicate_non_idempotent};

mod encode;

/// Seconds that an exchange may take when the workflow does not say.
const DEFAULT_TIMEOUT: f64 = 300.0;
/// The most seconds that a workflow may ask for.
const MAX_TIMEOUT: f64 = 1800.0;
/// The methods of `http.request`.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
/// The longest URL in bytes; what a request line can hold.
const MAX_URL: usize = 65_000;
/// The most headers of one request.
const MAX_HEADERS: usize = 256;
/// The scope of an access token when the workflow names none.
const DEFAULT_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Headers that belong to the connection and not to the request; the client sets them itself.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

struct Arguments {
    url: Value,
    timeout: Value,
    body: Value,
    headers: Value,
    query: Value,
    auth: Value,
    private_service_name: Value,
    ca_certificate: Value,
}

/// `http.get`
///
/// # Errors
///
/// `TypeError` and `ValueError` for bad arguments.
pub fn get(
    url: Value,
    timeout: Value,
    headers: Value,
    query: Value,
    auth: Value,
    private_service_name: Value,
    ca_certificate: Value,
) -> Result<Effect> {
    build(
        "GET",
        Arguments {
            url,
            timeout,
            body: Value::Null,
            headers,
            query,
            auth,
            private_service_name,
            ca_certificate,
        },
    )
}

macro_rules! with_body {
    ($($name:ident $method:literal;)*) => {
        $(
            #[doc = concat!("`http.", stringify!($name), "`")]
            ///
            /// # Errors
            ///
            /// `TypeError` and `ValueError` for bad arguments.
            #[allow(clippy::too_many_arguments, reason = "the parameters of the library function")]
            pub fn $name(
                url: Value,
                timeout: Value,
                body: Value,
                headers: Value,
                query: Value,
                auth: Value,
                private_service_name: Value,
                ca_certificate: Value,
            ) -> Result<Effect> {
                build(
                    $method,
                    Arguments { url, timeout, body, headers, query, auth, private_service_name, ca_certificate },
                )
            }
        )*
    };
}

with_body! {
    post "POST";
    put "PUT";
    patch "PATCH";
    delete "DELETE";
}

/// `http.request`
///
/// # Errors
///
/// `TypeError` and `ValueError` for bad arguments.
#[allow(clippy::too_many_arguments, reason = "the parameters of the library function")]
pub fn request(
    method: Value,
    url: Value,
    timeout: Value,
    body: Value,
    headers: Value,
    query: Value,
    auth: Value,
    private_service_name: Value,
    ca_certificate: Value,
) -> Result<Effect> {
    let method = string("method", &method)?.to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let known = METHODS.join(", ");
        return Err(Error::value_error(format!("method must be one of {known}; got: {method}")));
    }
    build(
        &method,
        Arguments { url, timeout, body, headers, query, auth, private_service_name, ca_certificate },
    )
}

fn build(method: &str, arguments: Arguments) -> Result<Effect> {
    let given_url = string("url", &arguments.url)?;
    let mut url = parse_url(given_url)?;
    let timeout_seconds = timeout(&arguments.timeout)?;
    let mut headers = headers(&arguments.headers)?;
    let auth = auth(&arguments.auth, given_url, &url)?;
    private_service(&arguments.private_service_name, &url)?;
    let ca_certificate = match arguments.ca_certificate {
        Value::Null => None,
        Value::Bytes(certificate) => Some(certificate.to_vec()),
        other => {
            return Err(Error::value_error(format!(
                "ca_certificate must be bytes; got: {}",
                other.type_name()
            )));
        }
    };
    let query = match &arguments.query {
        Value::Null => String::new(),
        query => encode::pairs("query", query)?,
    };
    if !query.is_empty() {
        let merged = match url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{query}"),
            _ => query,
        };
        url.set_query(Some(&merged));
    }
    if url.as_str().len() > MAX_URL {
        return Err(Error::value_error(format!("url and query together are longer than {MAX_URL} bytes")));
    }
    let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
    let encoded = encode::body(&arguments.body, content_type.map(|(_, value)| value.as_str()))?;
    let body = encoded.map(|encoded| {
        if let Some(content_type) = encoded.content_type {
            headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        encoded.bytes
    });
    Ok(Effect::Http(Box::new(HttpRequest {
        method: method.to_owned(),
        url: url.into(),
        headers,
        body,
        timeout_seconds,
        auth,
        ca_certificate,
    })))
}

fn string<'a>(name: &str, value: &'a Value) -> Result<&'a str> {
    value.as_str().ok_or_else(|| mismatch(name, "a string", value))
}

fn parse_url(text: &str) -> Result<Url> {
    let mut url =
        Url::parse(text).map_err(|error| Error::value_error(format!("invalid url: {error}; got: {text}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Error::value_error(format!("url must begin with http:// or https://; got: {text}")));
    }
    url.set_fragment(None);
    Ok(url)
}

fn timeout(value: &Value) -> Result<f64> {
    if matches!(value, Value::Null) {
        return Ok(DEFAULT_TIMEOUT);
    }
    match value.as_number() {
        Some(seconds) if seconds > 0.0 && seconds <= MAX_TIMEOUT => Ok(seconds),
        Some(seconds) => Err(Error::value_error(format!(
            "timeout must be more than 0 and at most {MAX_TIMEOUT} seconds; got: {seconds}"
        ))),
        None => Err(mismatch("timeout", "a number", value)),
    }
}

/// The headers, each name once: of names that differ in case only the last one wins.
fn headers(value: &Value) -> Result<Vec<(String, String)>> {
    let map = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Map(map) => map,
        other => return Err(mismatch("headers", "a map", other)),
    };
    if map.len() > MAX_HEADERS {
        return Err(Error::value_error(format!("headers must be at most {MAX_HEADERS}; got: {}", map.len())));
    }
    let mut headers: Vec<(String, String)> = Vec::with_capacity(map.len() + 1);
    for (name, value) in map.iter() {
        let text = string(&format!("header {name}"), value)?;
        let lower = name.to_ascii_lowercase();
        if HeaderName::from_bytes(lower.as_bytes()).is_err() {
            return Err(Error::value_error(format!("invalid header name: {name}")));
        }
        if HeaderValue::from_bytes(text.as_bytes()).is_err() {
            return Err(Error::value_error(format!(
                "header {name} holds characters that a header cannot hold"
            )));
        }
        if OF_CONNECTION.contains(&lower.as_str()) {
            continue;
        }
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&lower));
        headers.push((name.as_str().to_owned(), text.to_owned()));
    }
    Ok(headers)
}

fn auth(value: &Value, given_url: &str, url: &Url) -> Result<Option<AuthSpec>> {
    let map = match value {
        Value::Null => return Ok(None),
        Value::Map(map) => map,
        other => return Err(mismatch("auth", "a map", other)),
    };
    let kind = map
        .get("type")
        .ok_or_else(|| Error::value_error("auth.type is missing; it must be OIDC or OAuth2"))?;
    match string("auth.type", kind)? {
        "OIDC" => {
            let audience = match map.get("audience") {
                None | Some(Value::Null) => given_url,
                Some(audience) => string("auth.audience", audience)?,
            };
            if audience.is_empty() {
                return Err(Error::value_error("auth.audience must not be empty"));
            }
            Ok(Some(AuthSpec::Oidc { audience: audience.to_owned() }))
        }
        "OAuth2" => {
            let host = url.host_str().unwrap_or_default();
            if url.scheme() != "https" || !(host == "googleapis.com" || host.ends_with(".googleapis.com")) {
                return Err(Error::value_error(format!(
                    "auth.type OAuth2 is for https URLs below googleapis.com only, use OIDC elsewhere; got host: {host}"
                )));
            }
            let given = map.get("scopes").or_else(|| map.get("scope")).unwrap_or(&Value::Null);
            Ok(Some(AuthSpec::OAuth2 { scopes: scopes(given)? }))
        }
        other => Err(Error::value_error(format!("auth.type must be OIDC or OAuth2; got: {other}"))),
    }
}

/// A list of scopes, or one text that separates them with commas or blanks.
fn scopes(value: &Value) -> Result<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        scopes
            .extend(text.split([',', ' ', '\t', '\n']).filter(|scope| !scope.is_empty()).map(str::to_owned));
    };
    match value {
        Value::Null => {}
        Value::List(items) => {
            for item in items.iter() {
                add(string("auth.scopes", item)?);
            }
        }
        other => add(other
            .as_str()
            .ok_or_else(|| mismatch("auth.scopes", "a string or a list of strings", other))?),
    }
    if scopes.is_empty() {
        scopes.push(DEFAULT_SCOPE.to_owned());
    }
    Ok(scopes)
}

/// Checks the name and refuses it: there is no Service Directory here.
fn private_service(value: &Value, url: &Url) -> Result<()> {
    if matches!(value, Value::Null) {
        return Ok(());
    }
    let name = string("private_service_name", value)?;
    let parts: Vec<&str> = name.split('/').collect();
    let is_valid = parts.len() == 8
        && parts.iter().step_by(2).eq(["projects", "locations", "namespaces", "services"].iter())
        && parts.iter().all(|part| !part.is_empty());
    Err(Error::value_error(if !is_valid {
        format!(
            "private_service_name must look like \
             projects/PROJECT/locations/LOCATION/namespaces/NAMESPACE/services/SERVICE; got: {name}"
        )
    } else if url.port().is_some() {
        "private_service_name and a port in url exclude each other".to_owned()
    } else {
        "private_service_name is not supported: there is no Service Directory here; use the address of the service as url"
            .to_owned()
    }))
}
