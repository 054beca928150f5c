//! When all wait, nothing is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cogwork::engine::TokioClock;
use cogwork::engine::log::NoLog;
use cogwork::execution::Delivery;
use cogwork::store::{Durability, MemoryStore, Query, SqliteOptions, SqliteStore, Store};
use cogwork::{CreateOptions, Engine, State, Value};
use cogwork_tests::harness::{EPOCH, request};
use cogwork_tests::simulation::Course;
use cogwork_tests::simulation::world::{SERVER, World};
use cogwork_tests::troubled::{Fate, Operation, Troubled};
use serde_json::json;

use crate::compiled::{fan, late};

/// Far more than the hour that is watched: virtual time leaps ahead whenever all wait for the threads of the store.
const LONG: u64 = 30_000_000;

#[tokio::test(start_paused = true)]
async fn an_hour_of_waiting_writes_nothing_to_memory() {
    an_hour(MemoryStore::new(), 300).await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_waiting_writes_nothing_to_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { durability: Durability::Relaxed, ..SqliteOptions::default() };
    let store = SqliteStore::open(folder.path().join("quiet.db"), options).unwrap();
    an_hour(store, 40).await;
}

async fn an_hour(store: impl Store, pairs: usize) {
    let writes = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&writes);
    let store = Troubled::over(store, move |operation| {
        let is_write = matches!(operation, Operation::Create(_) | Operation::Commit { .. });
        counter.fetch_add(u64::from(is_write), Ordering::Relaxed);
        Fate::Works
    });
    let world = World::new(&Course::new(1, false));
    let engine = Engine::builder()
        .workflow(&late::WORKFLOW)
        .workflow(&fan::WORKFLOW)
        .store(Arc::clone(&store) as Arc<dyn Store>)
        .clock(Arc::new(TokioClock::starting_at(EPOCH)))
        .log(Arc::new(NoLog))
        .http(Arc::new(world.clone()))
        .start()
        .await
        .unwrap();
    for number in 0..pairs {
        for (workflow, kind) in [("late", "timeout"), ("fan", "nap")] {
            let id = format!("{workflow}{number}");
            let argument = json!({"server": SERVER, "id": id, kind: LONG}).to_string();
            let options = CreateOptions { id: Some(id), ..CreateOptions::default() };
            engine.create(workflow, Value::from_json_text(&argument).unwrap(), options).await.unwrap();
        }
    }
    // They have come to rest when none is in memory and none has anything to do before long.
    let soon = || store.due(engine.now().after(LONG as f64 / 2.0), 1);
    while engine.in_memory() > 0 || !soon().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let written = writes.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(60 * 60)).await;
    assert_eq!(writes.load(Ordering::Relaxed), written, "writes while all wait");
    assert_eq!(engine.in_memory(), 0);
    // And they are all still there.
    let url = world.url("late7").unwrap();
    let callback = url.rsplit('/').next().unwrap();
    let delivered = engine.deliver_callback("late7", callback, request("POST", json!({"value": 1}))).await;
    assert_eq!(delivered.unwrap(), Delivery::Accepted);
    assert_eq!(engine.wait("late7").await.unwrap().state, State::Succeeded);
    let waiting = Query { state: Some(State::Active), limit: usize::MAX, ..Query::default() };
    assert_eq!(store.list(waiting).await.unwrap().len(), 2 * pairs - 1);
}
