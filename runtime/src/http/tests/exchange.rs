//! The client against real sockets that break at each phase.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::server::{Act, Server};
use super::{client, get, json, message, options, request, tag};
use crate::auth::{AuthSpec, Fetching, TokenError, TokenSource};
use crate::error::Error;
use crate::http::{Client, ClientOptions, HttpRequest, HttpService};
use crate::value::Value;

async fn fails(request: &HttpRequest) -> Error {
    client().send(request, None).await.unwrap_err()
}

#[tokio::test]
async fn a_response_is_a_map() {
    let server = Server::always(Act::reply(
        "201 Created",
        &["content-type: application/json", "x-a: 1", "X-A: 2"],
        "[1,2.5]",
    ))
    .await;
    let response = client().send(&get(&server.url("/p?q=1")), None).await.unwrap();
    assert_eq!(
        json(&response),
        r#"{"body":[1,2.5],"code":201,"headers":{"Connection":"close","Content-Length":"7","Content-Type":"application/json","X-A":"1, 2"}}"#
    );
    let received = &server.received()[0];
    assert_eq!((received.method.as_str(), received.target.as_str()), ("GET", "/p?q=1"));
    assert_eq!(
        received.header("user-agent"),
        Some("GoogleCloudWorkflows; (+https://cloud.google.com/workflows/docs)")
    );
    assert_eq!(received.header("idempotency-key"), None);
}

#[tokio::test]
async fn the_body_and_own_headers_are_sent() {
    let server = Server::always(Act::reply("200 OK", &[], "")).await;
    let headers = Value::from([("user-agent", Value::from("mine/1"))]);
    let request = request("POST", &server.url("/"), Value::from([("a", Value::Int(1))]), headers);
    let client = Client::new(ClientOptions { idempotency_header: true, ..options() }).unwrap();
    let response = client.send(&request, Some("e-1-2")).await.unwrap();
    assert!(matches!(response.get("body"), Some(Value::Null)));
    let received = &server.received()[0];
    assert_eq!(received.body, br#"{"a":1}"#);
    assert_eq!(received.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(
        received.header("user-agent"),
        Some("mine/1 GoogleCloudWorkflows; (+https://cloud.google.com/workflows/docs)")
    );
    assert_eq!(received.header("idempotency-key"), Some("e-1-2"));
}

#[tokio::test]
async fn a_status_from_400_on_is_an_error_with_the_whole_answer() {
    let server = Server::always(Act::reply("404 Not Found", &["Content-Type: text/plain"], "gone")).await;
    let error = fails(&get(&server.url("/"))).await;
    assert_eq!(tag(&error), "HttpError");
    assert_eq!(message(&error), "HTTP server responded with error code 404");
    assert_eq!(json(error.value().get("code").unwrap()), "404");
    assert_eq!(json(error.value().get("body").unwrap()), r#""gone""#);
    assert_eq!(
        error.value().get("headers").unwrap().get("Content-Type").unwrap().as_str(),
        Some("text/plain")
    );
    assert!(!error.is_fatal());
}

#[tokio::test]
async fn each_phase_has_its_error() {
    let unused = {
        let (server, listener) = Server::bind().await;
        drop(listener);
        server.url("/")
    };
    let phases = [
        ("refused", unused, "ConnectionFailedError"),
        ("no such host", "http://no-such-host.invalid/".to_owned(), "ConnectionFailedError"),
        ("reset", Server::always(Act::Reset).await.url("/"), "ConnectionError"),
        ("closed", Server::always(Act::Send(Vec::new())).await.url("/"), "ConnectionError"),
        (
            "garbage",
            Server::always(Act::Send(b"nonsense\r\n\r\n".to_vec())).await.url("/"),
            "ConnectionError",
        ),
        (
            "cut head",
            Server::always(Act::Send(b"HTTP/1.1 200 OK\r\nX: ".to_vec())).await.url("/"),
            "ConnectionError",
        ),
        (
            "cut body",
            Server::always(Act::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec()))
                .await
                .url("/"),
            "ConnectionError",
        ),
        (
            "cut chunk",
            Server::always(Act::Send(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".to_vec(),
            ))
            .await
            .url("/"),
            "ConnectionError",
        ),
        (
            "reset handshake",
            Server::always(Act::Reset).await.url("/").replace("http:", "https:"),
            "ConnectionFailedError",
        ),
    ];
    for (phase, url, expected) in phases {
        let error = fails(&get(&url)).await;
        assert_eq!(tag(&error), expected, "{phase}: {}", message(&error));
    }
}

#[tokio::test]
async fn the_timeout_covers_head_and_body() {
    for sent in ["", "HTTP/1.1 200 OK\r\nX-A: ", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
        let server = Server::always(Act::Stall(sent.into())).await;
        let error = fails(&HttpRequest { timeout_seconds: 0.15, ..get(&server.url("/")) }).await;
        assert_eq!(tag(&error), "TimeoutError", "{sent}: {}", message(&error));
    }
}

#[tokio::test]
async fn a_large_response_is_refused() {
    let limit = 1000;
    let bomb = gzip(&vec![0; 1_000_000]);
    assert!(bomb.len() < 2000);
    let endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".iter().copied();
    let endless: Vec<u8> = endless
        .chain(b"64\r\n".iter().copied().chain([b'a'; 100]).chain(*b"\r\n").cycle().take(4000))
        .collect();
    let cases = [
        (Act::reply("200 OK", &[], vec![b'a'; limit]), false),
        (Act::reply("200 OK", &[], vec![b'a'; limit + 1]), true),
        (Act::reply("500 Oh", &[], vec![b'a'; limit + 1]), true),
        (Act::reply("200 OK", &["Content-Encoding: gzip"], bomb), true),
        (Act::Stall(endless), true),
    ];
    let client = Client::new(ClientOptions { response_limit: limit, ..options() }).unwrap();
    for (act, refused) in cases {
        let server = Server::always(act).await;
        match client.send(&get(&server.url("/")), None).await {
            Ok(_) => assert!(!refused),
            Err(error) => {
                assert_eq!((refused, tag(&error)), (true, "ResourceLimitError"), "{}", message(&error))
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn compression_is_undone() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(b"text").unwrap();
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(b"text").unwrap();
    let cases = [
        ("gzip", gzip(b"text")),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", deflate.finish().unwrap()),
    ];
    for (name, bytes) in cases {
        let headers = [&format!("Content-Encoding: {name}"), "Content-Type: text/plain"];
        let server = Server::always(Act::reply("200 OK", &headers, &bytes)).await;
        let response = client().send(&get(&server.url("/")), None).await.unwrap();
        assert_eq!(
            json(&response),
            r#"{"body":"text","code":200,"headers":{"Connection":"close","Content-Type":"text/plain"}}"#
        );
        assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip, deflate"));
        let cut = Server::always(Act::reply("200 OK", &headers, &bytes[..bytes.len() - 2])).await;
        let error = fails(&get(&cut.url("/"))).await;
        assert_eq!(tag(&error), "ConnectionError", "{name}");
    }
    let nothing = Server::always(Act::reply("200 OK", &["Content-Encoding: gzip"], "")).await;
    assert!(client().send(&request("HEAD", &nothing.url("/"), Value::Null, Value::Null), None).await.is_ok());
}

#[tokio::test]
async fn redirects_change_the_method_as_their_code_says() {
    let cases = [
        ("POST", "301 M", "GET"),
        ("POST", "302 F", "GET"),
        ("PUT", "303 S", "GET"),
        ("HEAD", "302 F", "HEAD"),
        ("POST", "307 T", "POST"),
        ("PUT", "308 P", "PUT"),
    ];
    for (method, status, then) in cases {
        let server = Server::start(move |request| match request.target.as_str() {
            "/a/b" => Act::reply(status, &["Location: ../c?x=1#f"], ""),
            _ => Act::reply("200 OK", &[], ""),
        })
        .await;
        let headers = Value::from([("Authorization", Value::from("secret"))]);
        let request = request(method, &server.url("/a/b"), Value::from("hi"), headers);
        client().send(&request, None).await.unwrap();
        let received = server.received();
        assert_eq!((received[1].method.as_str(), received[1].target.as_str()), (then, "/c?x=1"), "{status}");
        let repeats = status.starts_with("307") || status.starts_with("308");
        assert_eq!(received[1].body, if repeats { br#""hi""#.to_vec() } else { Vec::new() }, "{status}");
        assert_eq!(received[1].header("content-type").is_some(), repeats, "{status}");
        assert_eq!(received[1].header("authorization"), Some("secret"));
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_takes_no_secrets_along() {
    let other = Server::always(Act::reply("200 OK", &[], "")).await;
    let location = format!("Location: {}", other.url("/"));
    let server = Server::start(move |_| Act::reply("307 T", &[&location], "")).await;
    let headers = Value::from([
        ("Authorization", Value::from("secret")),
        ("Cookie", Value::from("secret")),
        ("Host", Value::from("first.example")),
        ("X-Kept", Value::from("yes")),
    ]);
    client().send(&request("GET", &server.url("/"), Value::Null, headers), None).await.unwrap();
    assert_eq!(server.received()[0].header("host"), Some("first.example"));
    let received = &other.received()[0];
    assert_eq!((received.header("authorization"), received.header("cookie")), (None, None));
    assert_eq!(received.header("host"), Some(other.address.to_string().as_str()));
    assert_eq!(received.header("x-kept"), Some("yes"));
}

#[tokio::test]
async fn redirects_end() {
    let endless = Server::always(Act::reply("302 F", &["Location: /"], "")).await;
    let error = fails(&get(&endless.url("/"))).await;
    assert_eq!(tag(&error), "ConnectionError");
    assert_eq!(endless.received().len(), 11);
    let nowhere = Server::always(Act::reply("302 F", &[], "")).await;
    let response = client().send(&get(&nowhere.url("/")), None).await.unwrap();
    assert_eq!(json(response.get("code").unwrap()), "302");
    let away = Server::always(Act::reply("302 F", &["Location: file:///etc/passwd"], "")).await;
    assert_eq!(tag(&fails(&get(&away.url("/"))).await), "ConnectionError");
    // The first server may have done its work already, so the whole is not safe to send again.
    let dead = {
        let (server, listener) = Server::bind().await;
        drop(listener);
        format!("Location: {}", server.url("/"))
    };
    let to_dead = Server::start(move |_| Act::reply("303 S", &[&dead], "")).await;
    assert_eq!(tag(&fails(&get(&to_dead.url("/"))).await), "ConnectionError");
}

#[tokio::test]
async fn only_allowed_hosts_are_reached() {
    let server = Server::always(Act::reply("302 F", &["Location: http://localhost:1/"], "")).await;
    let allow = |hosts: &[&str]| {
        let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        Client::new(ClientOptions { allow_hosts: Some(hosts), ..options() })
    };
    for hosts in [&[][..], &["*.example.com"], &["127.0.0.1:1"]] {
        let error = allow(hosts).unwrap().send(&get(&server.url("/")), None).await.unwrap_err();
        assert_eq!(tag(&error), "ValueError", "{hosts:?}");
        assert!(server.received().is_empty());
    }
    let with_port = server.address.to_string();
    let error = allow(&[&with_port]).unwrap().send(&get(&server.url("/")), None).await.unwrap_err();
    assert_eq!((tag(&error), server.received().len()), ("ValueError", 1), "a redirect is checked too");
    assert!(message(&error).contains("localhost"));
}

struct Tokens;

impl TokenSource for Tokens {
    fn token<'a>(&'a self, spec: &'a AuthSpec) -> Fetching<'a> {
        Box::pin(async move {
            match spec {
                AuthSpec::Oidc { audience } => Ok(format!("for-{audience}")),
                AuthSpec::OAuth2 { .. } => Err(TokenError::new("nothing here")),
            }
        })
    }
}

#[tokio::test]
async fn auth_sends_a_token_in_place_of_an_own_header() {
    let server = Server::always(Act::reply("200 OK", &[], "")).await;
    let client = Client::new(ClientOptions { tokens: Some(Arc::new(Tokens)), ..options() }).unwrap();
    let headers = Value::from([("authorization", Value::from("mine"))]);
    let mut request = request("GET", &server.url("/"), Value::Null, headers);
    request.auth = Some(AuthSpec::Oidc { audience: "aud".to_owned() });
    client.send(&request, None).await.unwrap();
    assert_eq!(server.received()[0].header("authorization"), Some("Bearer for-aud"));
    request.auth = Some(AuthSpec::OAuth2 { scopes: Vec::new() });
    let error = client.send(&request, None).await.unwrap_err();
    assert_eq!((tag(&error), message(&error)), ("AuthError", "AuthError: nothing here"));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_not_used() {
    let server = Server::always(Act::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1".to_vec())).await;
    let client = client();
    for _ in 0..20 {
        client.send(&get(&server.url("/")), None).await.unwrap();
    }
    assert_eq!(server.received().len(), 20);
}

#[tokio::test]
async fn a_task_can_own_the_exchange() {
    let server = Server::always(Act::ok_json("true")).await;
    let service: Arc<dyn HttpService> = Arc::new(client());
    let request = get(&server.url("/"));
    let task = tokio::spawn(async move { service.send(&request, Some("key")).await });
    assert_eq!(json(task.await.unwrap().unwrap().get("body").unwrap()), "true");
}
