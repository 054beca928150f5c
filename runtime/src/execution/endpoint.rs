//! Callback endpoints and their slots (`executions-api.md` §6).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fiber::Input;
use super::{Execution, FiberId};
use crate::error::{Error, Result};
use crate::value::Value;

/// An endpoint: one slot for a request, and the fibers that await one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Endpoint {
    /// The HTTP method it accepts.
    pub(super) method: String,
    /// The request that was accepted and not yet awaited.
    pub(super) stored: Option<Value>,
    /// Fibers that await a request, in the order of their awaits. Each is a further slot.
    pub(super) waiters: VecDeque<FiberId>,
}

impl Endpoint {
    /// Takes a fiber off the list of waiters.
    pub(super) fn forget(&mut self, fiber: FiberId) {
        self.waiters.retain(|waiter| *waiter != fiber);
    }
}

/// What became of a request to a callback URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Stored or handed to a waiting step: 200.
    Accepted,
    /// The slot is full and unprocessed: 429.
    Full,
    /// No such endpoint, or the execution has ended: 404.
    NotFound,
    /// The endpoint takes another method: 405.
    WrongMethod {
        /// The method that it takes.
        allowed: String,
    },
}

/// An endpoint as `callbacks.list` shows it.
#[derive(Debug, Clone)]
pub struct EndpointView {
    /// Its id.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Steps that wait on it.
    pub waiters: usize,
    /// Requests received and not yet consumed.
    pub payloads: Vec<Value>,
}

impl Execution {
    /// All endpoints, by id.
    pub fn endpoints(&self) -> impl Iterator<Item = EndpointView> + '_ {
        self.endpoints.iter().map(|(id, endpoint)| EndpointView {
            id: id.clone(),
            method: endpoint.method.clone(),
            waiters: endpoint.waiters.len(),
            payloads: endpoint.stored.iter().cloned().collect(),
        })
    }

    /// Method and URL of the endpoints that were opened since the last call.
    pub fn take_opened(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.opened)
    }

    /// Whether a request with `method` to endpoint `id` would be accepted now.
    #[must_use]
    pub fn probe_callback(&self, id: &str, method: &str) -> Delivery {
        match self.endpoints.get(id) {
            None => Delivery::NotFound,
            Some(endpoint) if endpoint.method != method => {
                Delivery::WrongMethod { allowed: endpoint.method.clone() }
            }
            Some(endpoint) if endpoint.waiters.is_empty() && endpoint.stored.is_some() => Delivery::Full,
            Some(_) => Delivery::Accepted,
        }
    }

    /// Hands in a request to endpoint `id`. `request` is what the awaiting step receives.
    pub fn deliver_callback(&mut self, id: &str, method: &str, request: Value) -> Delivery {
        let delivery = self.probe_callback(id, method);
        if delivery == Delivery::Accepted
            && let Some(endpoint) = self.endpoints.get_mut(id)
        {
            match endpoint.waiters.pop_front() {
                None => endpoint.stored = Some(request),
                Some(fiber) => self.wake(fiber, Input::Value(request)),
            }
        }
        delivery
    }

    /// Opens an endpoint for effect `number` of `fiber`; gives `{url}`.
    pub(super) fn create_endpoint(&mut self, fiber: FiberId, number: u64, method: String) -> Value {
        let id = self.callback_id(fiber, number);
        let url = format!("{}{id}", self.identity.callback_base);
        self.opened.push((method.clone(), url.clone()));
        self.endpoints.entry(id).or_insert(Endpoint { method, stored: None, waiters: VecDeque::new() });
        Value::from([("url", Value::from(url))])
    }

    /// Lets `fiber` await a request; gives it at once when one is stored.
    ///
    /// # Errors
    ///
    /// `ValueError` when `url` is no endpoint of this execution.
    pub(super) fn await_endpoint(&mut self, fiber: FiberId, url: &str) -> Result<Option<Value>> {
        // Scheme, host and port may have changed since the URL was made; the execution and the id decide.
        let id = url.rsplit('/').next().unwrap_or_default();
        let own = url.ends_with(&format!("/executions/{}/callbacks/{id}", self.identity.id));
        let Some(endpoint) = self.endpoints.get_mut(id).filter(|_| own) else {
            return Err(Error::value_error(format!("{url} is not a callback endpoint of this execution")));
        };
        let stored = endpoint.stored.take();
        if stored.is_none() {
            endpoint.waiters.push_back(fiber);
        }
        Ok(stored)
    }

    /// Two halves of 128 bits each, keyed with the execution's secret.
    fn callback_id(&self, fiber: FiberId, number: u64) -> String {
        let mut digest = Sha256::new();
        digest.update(b"callback");
        digest.update(self.identity.secret);
        digest.update(self.identity.id.as_bytes());
        digest.update(fiber.0.to_be_bytes());
        digest.update(number.to_be_bytes());
        let bytes: [u8; 32] = digest.finalize().into();
        let (first, second) = bytes.split_at(16);
        let half = |bytes: &[u8]| {
            let bytes: [u8; 16] = bytes.try_into().unwrap_or_default();
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        };
        format!("{}_{}", half(first), half(second))
    }
}

/// The value that an awaiting step receives for a request.
#[must_use]
pub fn request_value(request: CallbackRequest) -> Value {
    let pairs = |list: Vec<(String, String)>| {
        let mut map = crate::value::Map::default();
        for (key, value) in list {
            map.insert(key.into(), Value::from(value));
        }
        Value::map(map)
    };
    let http_request = Value::from([
        ("body", request.body),
        ("headers", pairs(request.headers)),
        ("method", Value::from(request.method)),
        ("query", pairs(request.query)),
        ("url", Value::from(request.path)),
    ]);
    Value::from([
        ("http_request", http_request),
        ("received_time", Value::from(request.received_time)),
        ("type", Value::from("HTTP")),
    ])
}

/// The parts of a request to a callback URL.
#[derive(Debug, Clone)]
pub struct CallbackRequest {
    /// The decoded body, null when there is none.
    pub body: Value,
    /// Headers by canonical name.
    pub headers: Vec<(String, String)>,
    /// The method.
    pub method: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// The path without authority and query.
    pub path: String,
    /// When it came, RFC 3339.
    pub received_time: String,
}
