//! Hosts as options name them.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// A host or several: `api.example.com`, `*.example.com` for what is below it, `*` for all, each with or without a
/// `:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    port: Option<u16>,
}

/// The text is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host; write `api.example.com`, `*.example.com` or `*`, each with or without a `:port`")]
pub struct HostError(String);

impl HostPattern {
    /// Whether a URL leads there.
    #[must_use]
    pub fn matches(&self, url: &Url) -> bool {
        if self.port.is_some() && self.port != url.port_or_known_default() {
            return false;
        }
        let host = url.host_str().unwrap_or_default();
        match self.name.strip_prefix('*') {
            Some(parent) => {
                host.strip_suffix(parent).is_some_and(|below| parent.is_empty() || !below.is_empty())
            }
            None => self.name == host,
        }
    }
}

impl FromStr for HostPattern {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let (name, port) = match text.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets; what follows them is a port.
            Some((name, number)) if !number.ends_with(']') => {
                (name, Some(number.parse().map_err(|_| HostError(text.to_owned()))?))
            }
            _ => (text, None),
        };
        let rest = name.strip_prefix("*.").unwrap_or(name);
        let is_host = !rest.is_empty()
            && !rest.contains(['*', '/', '@', ' ', '?', '#'])
            && rest.contains(':') == rest.starts_with('[');
        if name == "*" || is_host {
            Ok(Self { name: name.to_ascii_lowercase(), port })
        } else {
            Err(HostError(text.to_owned()))
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, url: &str) -> bool {
        pattern.parse::<HostPattern>().unwrap().matches(&Url::parse(url).unwrap())
    }

    #[test]
    fn names_stand_for_hosts() {
        assert!(matches("api.example.com", "https://API.example.com/x"));
        assert!(!matches("api.example.com", "https://example.com/"));
        assert!(matches("*.example.com", "https://a.b.example.com/"));
        assert!(!matches("*.example.com", "https://example.com/"));
        assert!(!matches("*.example.com", "https://badexample.com/"));
        assert!(matches("*", "http://anything/"));
    }

    #[test]
    fn a_port_narrows_it() {
        assert!(matches("a.test:443", "https://a.test/"));
        assert!(!matches("a.test:444", "https://a.test/"));
        assert!(matches("*:8080", "http://a.test:8080/"));
        assert!(matches("[::1]:8080", "http://[::1]:8080/"));
        assert!(matches("[::1]", "http://[::1]/"));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "http://a.test", "a*b", "*.", "a.test:port", "a.test/x", "user@a.test", "::1"] {
            assert!(text.parse::<HostPattern>().is_err(), "{text}");
        }
    }
}
