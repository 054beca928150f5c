//! Runs compiled programs under virtual time.

use std::sync::Arc;
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::log::{LogSink, MemoryLog};
use cogwork::engine::{Clock, TokioClock};
use cogwork::execution::Limits;
use cogwork::{CreateOptions, Engine, State, Value, Workflow};
use serde_json::{Value as Json, json};

use super::evaluate::{Ending, Outcome, comparable};

/// Orders of parallel bodies that are tried: as they come, and some random ones.
const SCHEDULES: [Option<u64>; 4] = [None, Some(1), Some(2), Some(3)];

/// What a compiled program comes to under each schedule, with the service's limits.
///
/// # Errors
///
/// A description when there is no outcome.
pub fn outcomes(workflow: &'static Workflow) -> Result<Vec<Outcome>, String> {
    SCHEDULES.into_iter().map(|schedule| outcome(workflow, schedule)).collect()
}

fn outcome(workflow: &'static Workflow, schedule: Option<u64>) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(Timestamp(1_720_788_633_000_000)));
        let log: Arc<dyn LogSink> = Arc::new(MemoryLog::default());
        let engine =
            Engine::builder().workflow(workflow).clock(clock).log(log).limits(Limits::google()).start().await;
        let engine = engine.map_err(|error| error.to_string())?;
        let options = CreateOptions { schedule, ..CreateOptions::default() };
        let created =
            engine.create(workflow.name, Value::Null, options).await.map_err(|error| error.to_string())?;
        // Years of virtual time pass in no time when nothing is left to happen.
        let wait = tokio::time::timeout(Duration::from_secs(100_000_000), engine.wait(&created.id)).await;
        let record =
            wait.map_err(|_| "the execution does not end".to_owned())?.map_err(|error| error.to_string())?;
        let end = record.end_time.ok_or("the execution has no end")?.seconds();
        let text = match (record.state, &record.result, &record.failure) {
            (State::Succeeded, Some(result), _) => result,
            (_, _, Some(failure)) => &failure.payload,
            other => return Err(format!("the execution ended as {other:?}")),
        };
        let json = comparable(serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))?);
        let ending =
            if record.state == State::Succeeded { Ending::Returned(json) } else { Ending::Raised(json) };
        Ok(Outcome { ending, seconds: end - record.create_time.seconds(), waits: 0 })
    })
}

/// How the outcomes differ from what was expected.
///
/// # Errors
///
/// The difference, for people.
pub fn compare(expected: &Outcome, found: &Result<Vec<Outcome>, String>) -> Result<(), String> {
    let found = found.as_ref().map_err(Clone::clone)?;
    let late = 0.01 + 0.001 * f64::from(expected.waits);
    for (outcome, schedule) in found.iter().zip(SCHEDULES) {
        if outcome.ending != expected.ending || (outcome.seconds - expected.seconds).abs() > late {
            return Err(format!(
                "schedule {schedule:?}\nexpected {}\nfound    {}",
                show(expected),
                show(outcome)
            ));
        }
    }
    Ok(())
}

fn show(outcome: &Outcome) -> String {
    to_json(outcome).to_string()
}

/// An outcome as JSON.
pub fn to_json(outcome: &Outcome) -> Json {
    match &outcome.ending {
        Ending::Returned(value) => json!({"seconds": outcome.seconds, "returned": value}),
        Ending::Raised(value) => json!({"seconds": outcome.seconds, "raised": value}),
    }
}

/// An outcome from JSON.
pub fn from_json(json: &Json) -> Option<Outcome> {
    let seconds = json.get("seconds")?.as_f64()?;
    let returned = json.get("returned").cloned().map(Ending::Returned);
    Some(Outcome {
        ending: returned.or_else(|| json.get("raised").cloned().map(Ending::Raised))?,
        seconds,
        waits: 0,
    })
}
