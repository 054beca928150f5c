//! The world that executions talk to: it answers their requests and remembers what it saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cogwork::Value;
use cogwork::error::{Error, Tag};
use cogwork::http::{HttpRequest, HttpService, Sending};
use serde_json::Value as Json;

use super::Course;

/// What each effect answers.
pub const VALUE: i64 = 5;

/// The base of its URLs.
pub const SERVER: &str = "http://world.test";

/// The world of a run; it outlives the lives.
#[derive(Debug, Clone)]
pub struct World {
    course: Course,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// What was seen, by the executions' own names.
    seen: BTreeMap<String, Seen>,
    /// Each idempotency key with the request that it came with first.
    keys: BTreeMap<String, HttpRequest>,
    /// The latest effect number of each fiber: the next effect starts when the result of this one is stored.
    numbers: BTreeMap<String, u64>,
    /// The callback URLs that were told, by the executions' own names.
    urls: BTreeMap<String, String>,
    repeated: usize,
    arrivals: usize,
}

/// What the world saw of one execution.
#[derive(Debug, Default)]
struct Seen {
    /// How often each effect arrived.
    counts: BTreeMap<String, u64>,
    /// The latest phase that was seen, by lane. Effects without a lane come before and after those of all lanes.
    phases: BTreeMap<Option<i64>, i64>,
}

/// The parts of a request that the world understands.
struct Arrival {
    id: String,
    effect: String,
    phase: i64,
    lane: Option<i64>,
    url: Option<String>,
}

impl Arrival {
    fn of(request: &HttpRequest) -> Option<Self> {
        let body: Json = serde_json::from_slice(request.body.as_ref()?).ok()?;
        Some(Self {
            id: body["id"].as_str()?.to_owned(),
            effect: body["effect"].as_str()?.to_owned(),
            phase: body["phase"].as_i64()?,
            lane: body["lane"].as_i64(),
            url: body["url"].as_str().map(str::to_owned),
        })
    }
}

impl World {
    /// A world that has seen nothing.
    #[must_use]
    pub fn new(course: &Course) -> Self {
        Self { course: course.clone(), shared: Arc::default() }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often an effect of an execution arrived.
    #[must_use]
    pub fn count(&self, id: &str, effect: &str) -> u64 {
        self.shared().seen.get(id).and_then(|seen| seen.counts.get(effect)).copied().unwrap_or(0)
    }

    /// The callback URL that an execution told.
    #[must_use]
    pub fn url(&self, id: &str) -> Option<String> {
        self.shared().urls.get(id).cloned()
    }

    /// How many requests arrived, and how many of them repeated an earlier one.
    #[must_use]
    pub fn arrivals(&self) -> (usize, usize) {
        let shared = self.shared();
        (shared.arrivals, shared.repeated)
    }

    /// Notes a request; gives how often its effect has arrived by now.
    fn arrive(&self, request: &HttpRequest, key: &str, arrival: &Arrival) -> u64 {
        let mut shared = self.shared();
        shared.arrivals += 1;
        if let Some(broken) = shared.repeats_what_is_stored(key, arrival) {
            self.course.violated(format_args!("{} {} {key}: {broken}", arrival.id, arrival.effect));
        }
        if let Some(first) = shared.keys.get(key) {
            if first != request {
                self.course.violated(format_args!("key {key} names {first:?} and {request:?}"));
            }
            shared.repeated += 1;
        } else {
            shared.keys.insert(key.to_owned(), request.clone());
        }
        if let Some(url) = &arrival.url {
            let told = shared.urls.entry(arrival.id.clone()).or_insert_with(|| url.clone());
            if told != url {
                self.course.violated(format_args!("{} tells {url} after {told}", arrival.id));
            }
        }
        let seen = shared.seen.entry(arrival.id.clone()).or_default();
        let count = seen.counts.entry(arrival.effect.clone()).or_default();
        *count += 1;
        *count
    }

    async fn answer(&self, request: &HttpRequest, key: Option<&str>) -> Result<Value, Error> {
        self.course.operation();
        let arrival = Arrival::of(request);
        let (Some(arrival), Some(key)) = (arrival, key) else {
            self.course.violated(format_args!("a request that the world does not understand: {request:?}"));
            return Err(Error::new(Tag::ConnectionError, "ConnectionError: not understood"));
        };
        let count = self.arrive(request, key, &arrival);
        self.course.note(format_args!("world: {} {} {key}, number {count}", arrival.id, arrival.effect));
        let slow = self.course.chance(50);
        self.course.dawdle(Duration::from_millis(if slow { 8_000 } else { 60 })).await;
        if request.url.ends_with("/flaky") && !count.is_multiple_of(3) {
            return Err(Error::new(Tag::HttpError, "HTTP server responded with error code 503")
                .with("code", Value::from(503))
                .with("headers", Value::from([("retry-after", Value::from("1"))]))
                .with("body", Value::Null));
        }
        let body = Value::from([("value", Value::from(VALUE))]);
        let headers = Value::from([("Content-Type", Value::from("application/json"))]);
        Ok(Value::from([("body", body), ("code", Value::from(200)), ("headers", headers)]))
    }
}

impl Shared {
    /// Whether an effect arrives although its result must have been stored: an effect after it has been seen.
    fn repeats_what_is_stored(&mut self, key: &str, arrival: &Arrival) -> Option<&'static str> {
        let mut broken = None;
        let Some((fiber, number)) = key.rsplit_once('-') else { return Some("not a key") };
        let Ok(number) = number.parse() else { return Some("not a number") };
        let latest = self.numbers.entry(fiber.to_owned()).or_insert(number);
        if number < *latest {
            broken = Some("sent after the next effect of its fiber");
        }
        *latest = number.max(*latest);
        let seen = self.seen.entry(arrival.id.clone()).or_default();
        let related = |lane: &Option<i64>| lane.is_none() || arrival.lane.is_none() || *lane == arrival.lane;
        if seen.phases.iter().any(|(lane, phase)| related(lane) && *phase > arrival.phase) {
            broken = Some("sent after an effect of a later phase");
        }
        let latest = seen.phases.entry(arrival.lane).or_insert(arrival.phase);
        *latest = arrival.phase.max(*latest);
        broken
    }
}

impl HttpService for World {
    fn send<'a>(&'a self, request: &'a HttpRequest, idempotency_key: Option<&'a str>) -> Sending<'a> {
        Box::pin(self.answer(request, idempotency_key))
    }
}
