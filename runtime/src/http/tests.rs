//! Arguments, exchanges with servers that misbehave, and bodies.

mod arguments;
mod bodies;
mod exchange;
pub(crate) mod server;
mod tls;

use crate::effect::Effect;
use crate::error::Error;
use crate::http::{Client, ClientOptions, HttpRequest};
use crate::value::Value;

/// Options for servers on this machine.
fn options() -> ClientOptions {
    ClientOptions { proxy_from_environment: false, ..ClientOptions::default() }
}

fn client() -> Client {
    Client::new(options()).unwrap()
}

/// A request as `http.get` makes it.
fn get(url: &str) -> HttpRequest {
    request("GET", url, Value::Null, Value::Null)
}

/// A request as `http.request` makes it.
fn request(method: &str, url: &str, body: Value, headers: Value) -> HttpRequest {
    let effect = crate::stdlib::http::request(
        method.into(),
        url.into(),
        Value::Int(20),
        body,
        headers,
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    );
    unwrap(effect.unwrap())
}

fn unwrap(effect: Effect) -> HttpRequest {
    match effect {
        Effect::Http(request) => *request,
        other => panic!("no HTTP request: {other:?}"),
    }
}

/// The first tag of an error.
fn tag(error: &Error) -> &str {
    error.value().get("tags").unwrap().as_list().unwrap()[0].as_str().unwrap()
}

fn message(error: &Error) -> &str {
    error.value().get("message").unwrap().as_str().unwrap()
}

/// Sorted JSON, to compare values.
fn json(value: &Value) -> String {
    value.to_json_text().unwrap()
}
