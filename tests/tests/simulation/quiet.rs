//! When all wait, nothing is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::TokioClock;
use cogwork::engine::log::NoLog;
use cogwork::execution::Delivery;
use cogwork::store::{
    Commit, Durability, MemoryStore, Query, SqliteOptions, SqliteStore, Store, StoreFuture,
};
use cogwork::{CreateOptions, Engine, Record, State, Value};
use cogwork_tests::harness::{EPOCH, request};
use cogwork_tests::simulation::Course;
use cogwork_tests::simulation::world::{SERVER, World};
use serde_json::json;

use crate::compiled::{fan, late};

/// Far more than the hour that is watched: virtual time leaps ahead whenever all wait for the threads of the store.
const LONG: u64 = 30_000_000;

/// Counts writes.
#[derive(Debug)]
struct Counting<S> {
    store: S,
    writes: AtomicU64,
}

impl<S: Store> Store for Counting<S> {
    fn create(&self, record: Record, checkpoint: Vec<u8>) -> StoreFuture<'_, ()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.store.create(record, checkpoint)
    }

    fn commit(&self, commit: Commit) -> StoreFuture<'_, ()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.store.commit(commit)
    }

    fn get<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<Record>> {
        self.store.get(id)
    }

    fn load<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<(Record, Vec<u8>)>> {
        self.store.load(id)
    }

    fn list(&self, query: Query) -> StoreFuture<'_, Vec<Record>> {
        self.store.list(query)
    }

    fn due(&self, until: Timestamp, limit: usize) -> StoreFuture<'_, Vec<(String, Timestamp)>> {
        self.store.due(until, limit)
    }

    fn remove_ended(&self, before: Timestamp, keep: usize, limit: usize) -> StoreFuture<'_, usize> {
        Box::pin(async move {
            let removed = self.store.remove_ended(before, keep, limit).await?;
            // A look at what may go writes nothing; that is the store's own affair and tested there.
            self.writes.fetch_add(u64::from(removed > 0), Ordering::Relaxed);
            Ok(removed)
        })
    }
}

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
    let store = Arc::new(Counting { store, writes: AtomicU64::new(0) });
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
    let written = store.writes.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(60 * 60)).await;
    assert_eq!(store.writes.load(Ordering::Relaxed), written, "writes while all wait");
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
