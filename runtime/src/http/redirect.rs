//! The next request when the answer is a redirect.

use reqwest::Url;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, COOKIE, HOST,
    HeaderMap, HeaderName, LOCATION, PROXY_AUTHORIZATION, WWW_AUTHENTICATE,
};
use reqwest::{Method, StatusCode};

/// How many redirects are followed.
pub(super) const LIMIT: usize = 10;

/// Headers that are meant for one host only.
const FOR_ONE_HOST: [HeaderName; 5] = [AUTHORIZATION, COOKIE, HOST, PROXY_AUTHORIZATION, WWW_AUTHENTICATE];
/// Headers that describe a body.
const ABOUT_BODY: [HeaderName; 4] = [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE];

/// One request of an exchange.
#[derive(Debug, Clone)]
pub(super) struct Hop<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<&'a [u8]>,
}

impl Hop<'_> {
    /// Turns this into the request that the answer asks for. False: the answer is no redirect, or says not where to.
    pub(super) fn follow(&mut self, status: StatusCode, answer: &HeaderMap) -> Result<bool, String> {
        let repeats_body = match status.as_u16() {
            301..=303 => false,
            307 | 308 => true,
            _ => return Ok(false),
        };
        let Some(location) = answer.get(LOCATION) else { return Ok(false) };
        let location =
            std::str::from_utf8(location.as_bytes()).map_err(|_| "the redirect's location is not UTF-8")?;
        let mut next =
            self.url.join(location).map_err(|error| format!("the redirect's location is no URL: {error}"))?;
        next.set_fragment(None);
        if !matches!(next.scheme(), "http" | "https") || !next.has_host() {
            return Err("the redirect leads away from http and https".to_owned());
        }
        if !same_host(&self.url, &next) {
            for name in FOR_ONE_HOST {
                self.headers.remove(name);
            }
        }
        if !repeats_body {
            self.body = None;
            if self.method != Method::HEAD {
                self.method = Method::GET;
            }
            for name in ABOUT_BODY {
                self.headers.remove(name);
            }
        }
        self.url = next;
        Ok(true)
    }
}

/// Whether what is secret between us and `from` may also go to `to`; from http to https of one host it may.
fn same_host(from: &Url, to: &Url) -> bool {
    let upgrade = from.scheme() == "http"
        && to.scheme() == "https"
        && from.port_or_known_default() == Some(80)
        && to.port_or_known_default() == Some(443);
    from.host() == to.host()
        && (upgrade
            || from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default())
}
