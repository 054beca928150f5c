//! A callback against its timeout: just before, just after, and while what one of them did is being stored.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::log::NoLog;
use cogwork::execution::Delivery;
use cogwork::store::Store as _;
use cogwork::{CreateOptions, Engine, State, Value, Workflow};
use serde_json::{Value as Json, json};

use super::clients::Sent;
use super::clock::CourseClock;
use super::store::{FaultyStore, Weather, ready};
use super::world::{SERVER, World};
use super::{Course, Violation, check, lives};
use crate::harness::request;

/// Which way the races of a seed went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Callbacks that came before the timeout.
    pub before: u64,
    /// Callbacks that the await after the timeout received.
    pub after: u64,
    /// Callbacks that were refused.
    pub refused: u64,
    /// Digest of the trace.
    pub digest: u64,
}

impl Outcome {
    /// Adds the races of another seed.
    pub fn add(&mut self, other: &Self) {
        self.before += other.before;
        self.after += other.after;
        self.refused += other.refused;
        self.digest ^= other.digest;
    }
}

/// Runs `late.yaml` once, with up to three callbacks around its first deadline.
///
/// # Errors
///
/// A callback that was accepted and is lost, or that was consumed twice.
pub fn run(seed: u64, late: &'static Workflow, print: bool) -> Result<Outcome, Violation> {
    let course = Course::new(seed, print);
    let outcome = lives::life(race(&course, late)).and_then(|outcome| outcome);
    let outcome = outcome.and_then(|outcome| course.verdict().map(|()| outcome));
    outcome.map_err(|what| Violation { seed, what })
}

async fn race(course: &Course, late: &'static Workflow) -> Result<Outcome, String> {
    course.begin_life();
    let (store, world) = (FaultyStore::new(course), World::new(course));
    store.set_weather(Weather { delay: Duration::from_millis(1 + course.below(6)), ..Weather::FAIR });
    let engine = Engine::builder()
        .workflow(late)
        .store(Arc::new(store.clone()))
        .clock(Arc::new(CourseClock(course.clone())))
        .randomness(Arc::new(course.clone()))
        .http(Arc::new(world.clone()))
        .log(Arc::new(NoLog))
        // Now and then it has left memory when the time comes.
        .idle_time(Duration::from_millis(1 + course.below(60)))
        .start()
        .await
        .map_err(|error| error.to_string())?;
    let timeout = (20 + course.below(60)) as f64 / 1e3;
    let argument = json!({"server": SERVER, "id": "race", "timeout": timeout}).to_string();
    let argument = Value::from_json_text(&argument).map_err(|error| error.to_string())?;
    let options = CreateOptions { id: Some("race".to_owned()), ..CreateOptions::default() };
    engine.create(late.name, argument, options).await.map_err(|error| error.to_string())?;
    let deadline = deadline(&store).await;
    let url = world.url("race").ok_or("no URL was told")?;
    let callback = url.rsplit('/').next().unwrap_or_default();
    let sent: Mutex<(Vec<Sent>, u64)> = Mutex::default();
    let one = |value| send(course, &engine, callback, deadline, value, &sent);
    let more = course.below(3);
    tokio::join!(
        one(1),
        async {
            if more > 0 {
                one(2).await;
            }
        },
        async {
            if more > 1 {
                one(3).await;
            }
        }
    );
    let record = engine.wait("race").await.map_err(|error| error.to_string())?;
    let result: Json = serde_json::from_str(record.result.as_deref().unwrap_or("null"))
        .map_err(|error| error.to_string())?;
    course.note(format_args!("{} {result}", record.state.as_str()));
    let (sent, refused) = sent.into_inner().unwrap_or_else(PoisonError::into_inner);
    let got: Vec<Json> =
        [&result["first"], &result["second"]].into_iter().filter(|value| !value.is_null()).cloned().collect();
    if record.state != State::Succeeded {
        return Err(format!("the wrong end: {record:?}"));
    }
    check::consumed(&sent, &got, result["until"].as_f64())
        .map_err(|what| format!("{what}: {sent:?} {result}"))?;
    let outcome = Outcome {
        before: u64::from(!result["first"].is_null()),
        after: u64::from(result["first"].is_null() && !result["second"].is_null()),
        refused,
        digest: course.digest(),
    };
    course.end_life();
    Ok(outcome)
}

/// Waits until the execution awaits its callback; gives the deadline.
async fn deadline(store: &FaultyStore) -> Timestamp {
    loop {
        let due = ready(store.durable().due(Timestamp(i64::MAX), 1)).unwrap_or_default();
        if let Some((_, at)) = due.first()
            && at.0 > 0
        {
            return *at;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Sends a callback within a few milliseconds of the deadline.
async fn send(
    course: &Course,
    engine: &Engine,
    callback: &str,
    deadline: Timestamp,
    value: i64,
    sent: &Mutex<(Vec<Sent>, u64)>,
) {
    let wide = course.chance(100);
    let early = i64::try_from(if wide { course.below(300) } else { course.below(12) }).unwrap_or(0);
    let late = deadline.0 - course.now().0 + (early - if wide { 30 } else { 8 }) * 1_000;
    tokio::time::sleep(Duration::from_micros(u64::try_from(late).unwrap_or(0))).await;
    course.dawdle(Duration::ZERO).await;
    let delivery = engine.deliver_callback("race", callback, request("POST", json!({"value": value}))).await;
    course.note(format_args!("callback {value}: {delivery:?}"));
    let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
    match delivery {
        Ok(Delivery::Accepted) => sent.0.push(Sent { value, accepted: Some(course.now()) }),
        Ok(Delivery::NotFound | Delivery::Full) => sent.1 += 1,
        other => course.violated(format_args!("callback {value}: {other:?}")),
    }
}
