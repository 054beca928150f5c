//! The arguments of `http.*`.

use super::{message, tag, unwrap};
use crate::auth::AuthSpec;
use crate::error::Result;
use crate::http::HttpRequest;
use crate::stdlib::http;
use crate::value::Value;

const URL: &str = "https://example.com/p";

/// Calls `http.request` with named arguments; method and URL have defaults.
fn call(arguments: &[(&str, Value)]) -> Result<HttpRequest> {
    let names = [
        "method",
        "url",
        "timeout",
        "body",
        "headers",
        "query",
        "auth",
        "private_service_name",
        "ca_certificate",
    ];
    assert!(arguments.iter().all(|(name, _)| names.contains(name)));
    let [method, url, timeout, body, headers, query, auth, service, certificate] =
        names.map(|name| match (arguments.iter().find(|(known, _)| *known == name), name) {
            (Some((_, value)), _) => value.clone(),
            (None, "method") => "POST".into(),
            (None, "url") => URL.into(),
            (None, _) => Value::Null,
        });
    http::request(method, url, timeout, body, headers, query, auth, service, certificate).map(unwrap)
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::from(entries)
}

#[test]
fn bad_arguments_are_named() {
    let null = || Value::Null;
    let oauth = || map([("type", "OAuth2".into())]);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("url", null(), "TypeError"),
        ("url", Value::Int(1), "TypeError"),
        ("url", "".into(), "ValueError"),
        ("url", "example.com".into(), "ValueError"),
        ("url", "ftp://example.com".into(), "ValueError"),
        ("url", "http://".into(), "ValueError"),
        ("url", "http://a:99999/".into(), "ValueError"),
        ("url", format!("http://a/{}", "x".repeat(65_000)).into(), "ValueError"),
        ("method", Value::Int(1), "TypeError"),
        ("method", "FETCH".into(), "ValueError"),
        ("timeout", "5".into(), "TypeError"),
        ("timeout", true.into(), "TypeError"),
        ("timeout", Value::Int(1801), "ValueError"),
        ("timeout", Value::Float(1800.5), "ValueError"),
        ("timeout", Value::Int(0), "ValueError"),
        ("timeout", Value::Float(f64::NAN), "ValueError"),
        ("headers", "a".into(), "TypeError"),
        ("headers", map([("a", Value::Int(1))]), "TypeError"),
        ("headers", map([("a", null())]), "TypeError"),
        ("headers", map([("a b", "c".into())]), "ValueError"),
        ("headers", map([("", "c".into())]), "ValueError"),
        ("headers", map([("a", "c\r\nd: e".into())]), "ValueError"),
        (
            "headers",
            Value::map((0..300).map(|i| (format!("h{i}").into(), "v".into())).collect()),
            "ValueError",
        ),
        ("query", "a=b".into(), "TypeError"),
        ("query", map([("a", null())]), "TypeError"),
        ("query", map([("a", map([]))]), "TypeError"),
        ("query", map([("a", Value::list(vec![Value::list(vec![])]))]), "TypeError"),
        ("auth", "OIDC".into(), "TypeError"),
        ("auth", map([]), "ValueError"),
        ("auth", map([("type", Value::Int(1))]), "TypeError"),
        ("auth", map([("type", "oidc".into())]), "ValueError"),
        ("auth", map([("type", "OIDC".into()), ("audience", Value::Int(1))]), "TypeError"),
        ("auth", oauth(), "ValueError"),
        ("private_service_name", Value::Int(1), "TypeError"),
        ("private_service_name", "x".into(), "ValueError"),
        ("private_service_name", "projects/p/locations/l/namespaces/n/services/s".into(), "ValueError"),
        ("ca_certificate", "pem".into(), "ValueError"),
        ("body", map([("a", Value::Bytes([1].as_slice().into()))]), "ValueError"),
    ];
    for (name, value, expected) in cases {
        let error = call(&[(name, value.clone())]).unwrap_err();
        assert_eq!(tag(&error), expected, "{name}: {value:?}");
        assert!(message(&error).starts_with(&format!("{expected}: ")), "{}", message(&error));
    }
    for url in [
        "http://storage.googleapis.com/",
        "https://evilgoogleapis.com/",
        "https://googleapis.com.evil.example/",
    ] {
        assert_eq!(tag(&call(&[("url", url.into()), ("auth", oauth())]).unwrap_err()), "ValueError", "{url}");
    }
}

#[test]
fn defaults_are_filled_in() {
    let request = call(&[]).unwrap();
    let plain = HttpRequest {
        method: "POST".to_owned(),
        url: URL.to_owned(),
        headers: Vec::new(),
        body: None,
        timeout_seconds: 300.0,
        auth: None,
        ca_certificate: None,
    };
    assert_eq!(request, plain);
    let null = || Value::Null;
    let get =
        http::get(URL.into(), Value::Int(7), null(), null(), null(), null(), null()).map(unwrap).unwrap();
    assert_eq!(get, HttpRequest { method: "GET".to_owned(), timeout_seconds: 7.0, ..plain });
    let patch = http::patch(URL.into(), null(), "b".into(), null(), null(), null(), null(), null())
        .map(unwrap)
        .unwrap();
    assert_eq!((patch.method.as_str(), patch.body.as_deref()), ("PATCH", Some(br#""b""#.as_slice())));
}

#[test]
fn the_query_is_merged_in_order() {
    let query = map([
        ("z", Value::list(vec!["1".into(), Value::Int(2), Value::Float(2.5), true.into()])),
        ("a b", "c&d ü".into()),
        ("e", Value::list(vec![])),
    ]);
    for (url, expected) in [
        ("https://h", "https://h/?a+b=c%26d+%C3%BC&z=1&z=2&z=2.5&z=true"),
        ("https://h/p?", "https://h/p?a+b=c%26d+%C3%BC&z=1&z=2&z=2.5&z=true"),
        ("https://h/p?x=%20y#f", "https://h/p?x=%20y&a+b=c%26d+%C3%BC&z=1&z=2&z=2.5&z=true"),
    ] {
        assert_eq!(call(&[("url", url.into()), ("query", query.clone())]).unwrap().url, expected);
    }
    assert_eq!(
        call(&[("url", "https://h/p?x=1".into()), ("query", map([]))]).unwrap().url,
        "https://h/p?x=1"
    );
}

#[test]
fn the_content_type_decides_how_the_body_is_encoded() {
    let json = Some("application/json; charset=utf-8");
    let bytes = || Value::Bytes(b"\x00\xff".as_slice().into());
    let list = || Value::list(vec![Value::Int(1)]);
    let form = "application/x-www-form-urlencoded";
    type Row<'a> = (Option<&'a str>, Value, Option<&'a [u8]>, Option<&'a str>);
    let rows: Vec<Row> = vec![
        (None, Value::Null, None, None),
        (None, "a\"b".into(), Some(br#""a\"b""#), json),
        (None, list(), Some(b"[1]"), json),
        (None, Value::Int(1), Some(b"1"), json),
        (None, bytes(), Some(b"\x00\xff"), Some("application/octet-stream")),
        (Some("application/json"), "a".into(), Some(br#""a""#), Some("application/json")),
        (Some("application/ld+json; a=b"), list(), Some(b"[1]"), Some("application/ld+json; a=b")),
        (Some("application/json"), bytes(), Some(b"\x00\xff"), Some("application/json")),
        (Some("Application/Json"), Value::Null, None, Some("Application/Json")),
        (Some(form), map([("b", list()), ("a", " ".into())]), Some(b"a=+&b=1"), Some(form)),
        (Some(form), "a=b c".into(), Some(b"a=b c"), Some(form)),
        (Some(form), bytes(), Some(b"\x00\xff"), Some(form)),
        (Some(form), list(), None, Some("ValueError")),
        (Some(form), map([("a", Value::Null)]), None, Some("TypeError")),
        (Some("text/plain"), "a".into(), Some(b"a"), Some("text/plain")),
        (Some("text/plain"), Value::Float(1.5), Some(b"1.5"), Some("text/plain")),
        (Some("text/plain"), list(), None, Some("ValueError")),
        (Some("application/xml"), "<a/>".into(), Some(b"<a/>"), Some("application/xml")),
        (Some("application/xml"), list(), Some(b"[1]"), Some("application/xml")),
    ];
    for (content_type, body, expected, expected_type) in rows {
        let headers = content_type.map_or(Value::Null, |text| map([("CONTENT-type", text.into())]));
        let result = call(&[("body", body.clone()), ("headers", headers)]);
        match result {
            Ok(request) => {
                let types: Vec<_> = request
                    .headers
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"))
                    .collect();
                assert_eq!(request.body.as_deref(), expected, "{content_type:?} {body:?}");
                assert_eq!(types.first().map(|(_, value)| value.as_str()), expected_type);
                assert!(types.len() <= 1);
            }
            Err(error) => assert_eq!(Some(tag(&error)), expected_type, "{content_type:?} {body:?}"),
        }
    }
}

#[test]
fn headers_of_the_connection_are_left_to_the_client() {
    let headers = map([
        ("Content-Length", "999".into()),
        ("transfer-encoding", "chunked".into()),
        ("X-A", "1".into()),
        ("x-a", "2".into()),
    ]);
    assert_eq!(call(&[("headers", headers)]).unwrap().headers, [("x-a".to_owned(), "2".to_owned())]);
}

#[test]
fn auth_asks_for_a_token() {
    let audience = |auth: Value| call(&[("auth", auth)]).unwrap().auth;
    let oidc = |text: &str| Some(AuthSpec::Oidc { audience: text.to_owned() });
    assert_eq!(audience(map([("type", "OIDC".into())])), oidc(URL));
    assert_eq!(audience(map([("type", "OIDC".into()), ("audience", "a".into())])), oidc("a"));
    let scopes = |key: &str, value: Value| {
        let auth = map([("type", "OAuth2".into()), (key, value)]);
        match call(&[("url", "https://storage.googleapis.com/b".into()), ("auth", auth)]).unwrap().auth {
            Some(AuthSpec::OAuth2 { scopes }) => scopes,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(scopes("scope", Value::Null), ["https://www.googleapis.com/auth/cloud-platform"]);
    assert_eq!(scopes("scope", "a, b c".into()), ["a", "b", "c"]);
    assert_eq!(scopes("scopes", Value::list(vec!["a".into(), "b".into()])), ["a", "b"]);
}

#[test]
fn a_request_survives_being_stored() {
    let mut request = call(&[
        ("body", Value::Bytes((0..=255).collect::<Vec<u8>>().into())),
        ("auth", map([("type", "OIDC".into())])),
        ("timeout", Value::Float(0.5)),
    ])
    .unwrap();
    for certificate in [None, Some(vec![1, 2, 3])] {
        request.ca_certificate = certificate;
        for stored in [rmp_serde::to_vec(&request).unwrap(), rmp_serde::to_vec_named(&request).unwrap()] {
            assert_eq!(rmp_serde::from_slice::<HttpRequest>(&stored).unwrap(), request);
        }
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<HttpRequest>(&stored).unwrap(), request);
    }
}

#[test]
fn debugging_shows_no_secrets() {
    let secret = || Value::from("hunter2");
    let request = call(&[
        ("url", "https://user:hunter2@example.com/p?key=hunter2".into()),
        ("headers", map([("Authorization", secret())])),
        ("body", secret()),
    ]);
    let text = format!("{:?}", request.unwrap());
    assert!(text.contains("https://example.com/p") && text.contains("Authorization"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
