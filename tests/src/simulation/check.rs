//! What must hold of the stored executions between lives and at the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use cogwork::effect::Timestamp;
use cogwork::execution::{Execution, Identity, Limits};
use cogwork::stdlib::Surroundings;
use cogwork::store::{MemoryStore, Query, Store, StoreError};
use cogwork::{Record, State, Workflow};
use serde_json::{Value as Json, json};

use super::clients::{Known, Sent};
use super::plan::Kind;
use super::store::ready;
use super::world::{VALUE, World};

/// A restored execution that is only looked at sees nothing of the world.
#[derive(Debug)]
struct Nowhere;

impl Surroundings for Nowhere {
    fn now_micros(&self) -> i64 {
        0
    }

    fn random_bytes(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }

    fn env(&self, _: &str) -> Option<cogwork::value::EcoString> {
        None
    }
}

fn failed(error: &StoreError) -> String {
    error.to_string()
}

fn records(store: &MemoryStore) -> Vec<Record> {
    ready(store.list(Query { limit: usize::MAX, ..Query::default() })).unwrap_or_default()
}

/// Whether there is an execution of that name.
pub(super) fn exists(store: &MemoryStore, name: &str) -> bool {
    records(store).iter().any(|record| record.labels.get("name").is_some_and(|other| other == name))
}

/// The executions that have not ended.
pub(super) fn unfinished(store: &MemoryStore) -> Vec<String> {
    records(store).into_iter().filter(|record| !record.state.is_terminal()).map(|record| record.id).collect()
}

/// The executions whose timers should have fired `late` seconds ago, or earlier.
pub(super) fn overslept(store: &MemoryStore, now: Timestamp, late: f64) -> Vec<(String, Timestamp)> {
    let due = ready(store.due(now.after(-late), usize::MAX)).unwrap_or_default();
    // The beginning of time says that effects are under way, which may take longer.
    due.into_iter().filter(|(_, at)| at.0 > 0).collect()
}

/// Every unfinished execution is found by a query for what is due, no later than it has something to do; one that has
/// ended is not.
pub(super) fn wake_ups(store: &MemoryStore, workflows: &[&'static Workflow]) -> Result<(), String> {
    for record in records(store) {
        let id = &record.id;
        let due = |until| -> Result<bool, String> {
            let rows = ready(store.due(until, usize::MAX)).map_err(|error| failed(&error))?;
            Ok(rows.iter().any(|(due, _)| due == id))
        };
        if record.state.is_terminal() {
            if due(Timestamp(i64::MAX))? {
                return Err(format!("{id} has ended and is woken"));
            }
            continue;
        }
        let execution = restore(store, &record, workflows)?;
        let at = if execution.is_idle() { execution.next_deadline() } else { Some(Timestamp(0)) };
        if let Some(at) = at
            && !due(at)?
        {
            return Err(format!("{id} has something to do at {at:?} and no query reaches it"));
        }
    }
    Ok(())
}

fn restore(
    store: &MemoryStore,
    record: &Record,
    workflows: &[&'static Workflow],
) -> Result<Execution, String> {
    let id = &record.id;
    let loaded = ready(store.load(id)).map_err(|error| failed(&error))?;
    let (_, checkpoint) = loaded.ok_or_else(|| format!("{id} has not ended and has no checkpoint"))?;
    let workflow = workflows
        .iter()
        .find(|workflow| workflow.name == record.workflow)
        .ok_or_else(|| format!("{id} runs on no workflow of ours"))?;
    let identity = Identity { id: id.clone(), callback_base: String::new(), secret: record.secret };
    Execution::restore(&checkpoint, workflow, identity, Limits::of(workflow.profile), Arc::new(Nowhere))
        .map_err(|error| format!("{id} cannot be restored: {error}"))
}

/// What has come of everything that was accepted.
pub(super) fn outcomes(store: &MemoryStore, world: &World, known: &[Known]) -> Result<(), String> {
    let records = records(store);
    for known in known {
        let own: Vec<&Record> =
            records.iter().filter(|record| record.labels.get("name") == Some(&known.plan.name)).collect();
        match (own.as_slice(), &known.accepted) {
            ([], None) => {}
            ([], Some(id)) => return Err(format!("{id} was accepted and is not there")),
            // A create that failed leaves nothing, or a whole execution.
            ([_], _) if !known.tried => return Err(format!("{} was never asked for", known.plan.name)),
            ([record], _) => {
                outcome(record, world, known).map_err(|what| format!("{what}; {known:#?} {record:#?}"))?;
            }
            _ => return Err(format!("{} exists more than once", known.plan.name)),
        }
    }
    let named: BTreeSet<&String> = known.iter().map(|known| &known.plan.name).collect();
    for record in &records {
        match record.labels.get("name") {
            Some(name) if named.contains(name) => {}
            Some(name) => return Err(format!("nobody planned {name}")),
            None => child(record, world)?,
        }
    }
    Ok(())
}

fn outcome(record: &Record, world: &World, known: &Known) -> Result<(), String> {
    if let Some(id) = &known.accepted
        && *id != record.id
    {
        return Err(format!("accepted as {id}, there as {}", record.id));
    }
    if let Some(ended) = &known.ended
        && ended != record
    {
        return Err(format!("seen to end as {ended:?}"));
    }
    match record.state {
        State::Cancelled if known.cancel_tried => return Ok(()),
        State::Succeeded if !known.cancelled => {}
        _ => return Err("the wrong end".to_owned()),
    }
    for effect in known.plan.kind.effects() {
        if world.count(&known.plan.name, effect) == 0 {
            return Err(format!("effect {effect} never arrived"));
        }
    }
    let text = record.result.as_deref().ok_or("no result")?;
    let result: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if result["id"] != json!(known.plan.name) {
        return Err("the result of another execution".to_owned());
    }
    let expected = match known.plan.kind {
        Kind::Mix => ("sum", json!(4 * VALUE)),
        Kind::Fan => ("sum", json!(4 * VALUE + 400)),
        Kind::Family => ("all", json!([2, 4, 6])),
        Kind::Inbox | Kind::Late => ("id", json!(known.plan.name)),
    };
    if result[expected.0] != expected.1 {
        return Err(format!("the wrong {}", expected.0));
    }
    match known.plan.kind {
        Kind::Family if result["single"] != json!(14) || result["failed"] != json!(true) => {
            Err("the wrong single or failed".to_owned())
        }
        Kind::Mix => consumed(&known.callbacks, &[result["got"].clone()], None),
        Kind::Inbox => {
            consumed(&known.callbacks, result["got"].as_array().ok_or("no list")?, result["until"].as_f64())
        }
        Kind::Late => {
            let got: Vec<Json> = [&result["first"], &result["second"]]
                .into_iter()
                .filter(|value| !value.is_null())
                .cloned()
                .collect();
            consumed(&known.callbacks, &got, result["until"].as_f64())
        }
        Kind::Fan | Kind::Family => Ok(()),
    }
}

/// What was received was sent, nothing twice, and what was accepted was received, unless it came after the execution
/// had looked for the last time: `until`, in seconds. Then it lies in the endpoint's one slot.
pub(super) fn consumed(sent: &[Sent], got: &[Json], until: Option<f64>) -> Result<(), String> {
    let mut received = BTreeSet::new();
    for value in got {
        let value = value.as_i64().ok_or_else(|| format!("received {value}"))?;
        if !received.insert(value) {
            return Err(format!("callback {value} was consumed twice"));
        }
        if !sent.iter().any(|sent| sent.value == value) {
            return Err(format!("callback {value} was never sent"));
        }
    }
    let accepted = sent.iter().filter_map(|sent| Some((sent.value, sent.accepted?)));
    let left: Vec<_> = accepted.filter(|(value, _)| !received.contains(value)).collect();
    match left.as_slice() {
        [] => Ok(()),
        [(value, at)] if until.is_some_and(|until| at.seconds() + 1e-6 < until) => {
            Err(format!("callback {value} was accepted in time and never consumed"))
        }
        [_] => Ok(()),
        _ => Err(format!("callbacks were accepted and never consumed: {left:?}")),
    }
}

/// A child execution, which has ended like every other one.
fn child(record: &Record, world: &World) -> Result<(), String> {
    let argument: Json = serde_json::from_str(record.argument.as_deref().unwrap_or("null"))
        .map_err(|error| error.to_string())?;
    let id = argument["id"].as_str().ok_or_else(|| format!("nobody planned {record:?}"))?;
    if world.count(id, "ask") == 0 {
        return Err(format!("child {id} never asked"));
    }
    let number = argument["number"].as_i64().unwrap_or(0);
    let right = if number < 0 {
        record.state == State::Failed
    } else {
        record.state == State::Succeeded && record.result == Some((number * 2).to_string())
    };
    if right { Ok(()) } else { Err(format!("child {id} has the wrong end: {record:#?}")) }
}
