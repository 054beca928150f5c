//! How long executions may take, and how long they are kept after their end.

use std::sync::Arc;
use std::time::Duration;

use cogwork::engine::Retention;
use cogwork::store::{Durability, MemoryStore, Query, SqliteOptions, SqliteStore, Store};
use cogwork::{CreateOptions, Engine, State, Value};
use cogwork_tests::harness::Harness;
use serde_json::{Value as Json, json};

use crate::compiled;

const DAY: u64 = 24 * 3_600;

#[tokio::test(start_paused = true)]
async fn an_execution_ends_after_a_year_whatever_it_does() {
    let harness = Harness::new(&compiled::patient::WORKFLOW).await;
    let ended = harness.run(json!("sleep")).await;
    assert_eq!(ended.payload()["tags"], json!(["TimeoutError"]));
    assert!((ended.seconds - 365.0 * 86_400.0).abs() < 1.0, "took {}", ended.seconds);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_time_holds_for_waits_and_across_restarts() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let life = async || {
        Harness::with(&compiled::patient::WORKFLOW, |builder| {
            builder.store(Arc::clone(&store)).execution_timeout(Duration::from_secs(100))
        })
        .await
    };
    let first = life().await;
    let waits = first.start(json!("callback")).await;
    let sleeps = first.start(json!("sleep")).await;
    tokio::time::sleep(Duration::from_secs(40)).await;
    first.engine.shutdown(Duration::ZERO).await;
    // The clock of the second life begins at its epoch again, as if no time had passed meanwhile.
    let second = life().await;
    for id in [waits, sleeps] {
        let ended = second.end(&id).await;
        assert_eq!(ended.payload()["tags"], json!(["TimeoutError"]));
        assert!((ended.seconds - 100.0).abs() < 0.1, "took {}", ended.seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn a_computation_without_end_is_ended() {
    let harness =
        Harness::with(&compiled::patient::WORKFLOW, |b| b.execution_timeout(Duration::from_millis(50))).await;
    // Time stands still while something computes, so it is moved on by hand.
    let id = harness.start(json!("compute")).await;
    for _ in 0..10 {
        tokio::time::advance(Duration::from_millis(10)).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(harness.end(&id).await.payload()["tags"], json!(["TimeoutError"]));
}

async fn left(harness: &Harness) -> usize {
    harness.engine.list(Query { limit: 10_000, ..Query::default() }).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn ended_executions_are_kept_for_a_time() {
    let retention = Retention { time: Some(Duration::from_secs(DAY)), count: None };
    let harness = Harness::with(&compiled::patient::WORKFLOW, |b| b.retention(retention)).await;
    for _ in 0..5 {
        harness.run(Json::Null).await;
    }
    let waiting = harness.start(json!("callback")).await;
    tokio::time::sleep(Duration::from_secs(DAY - 60)).await;
    assert_eq!(left(&harness).await, 6);
    tokio::time::sleep(Duration::from_secs(1_200)).await;
    assert_eq!(left(&harness).await, 1);
    assert_eq!(harness.engine.get(&waiting).await.unwrap().state, State::Active);
}

#[tokio::test(start_paused = true)]
async fn of_many_only_the_last_are_kept() {
    let retention = Retention { time: None, count: Some(10) };
    let harness = Harness::with(&compiled::patient::WORKFLOW, |b| b.retention(retention)).await;
    for number in 0..2_500 {
        let options = CreateOptions { id: Some(format!("{number:04}")), ..CreateOptions::default() };
        let id = harness.start_with(Json::Null, options).await;
        harness.end(&id).await;
    }
    // No time passed, but so many ended that it was looked at meanwhile.
    let found = left(&harness).await;
    assert!((10..1_100).contains(&found), "{found} are left");
    tokio::time::sleep(Duration::from_secs(1_200)).await;
    assert_eq!(left(&harness).await, 10);
    assert!(harness.engine.get("2499").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn without_a_rule_everything_stays() {
    let harness = Harness::with(&compiled::patient::WORKFLOW, |b| b.retention(Retention::FOREVER)).await;
    harness.run(Json::Null).await;
    tokio::time::sleep(Duration::from_secs(400 * DAY)).await;
    assert_eq!(left(&harness).await, 1);
}

/// Runs executions to their end, some at a time.
async fn many(engine: &Engine, count: usize) {
    let argument = Value::from("x".repeat(1_000));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..count {
        if tasks.len() >= 64 {
            tasks.join_next().await;
        }
        let (engine, argument) = (engine.clone(), argument.clone());
        tasks.spawn(async move {
            let created = engine.create("patient", argument, CreateOptions::default()).await.unwrap();
            engine.wait(&created.id).await.unwrap();
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_database_does_not_grow_under_load_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.db");
    let options =
        SqliteOptions { durability: Durability::Relaxed, wal_bytes: 1 << 20, ..SqliteOptions::default() };
    let engine = Engine::builder()
        .workflow(&compiled::patient::WORKFLOW)
        .store(Arc::new(SqliteStore::open(&path, options).unwrap()))
        .retention(Retention { time: None, count: Some(100) })
        .start()
        .await
        .unwrap();
    let size = || std::fs::metadata(&path).unwrap().len();
    many(&engine, 3_000).await;
    let first = size();
    many(&engine, 6_000).await;
    assert!(size() < first * 3 / 2 + (1 << 20), "it grew from {first} to {} bytes", size());
    let log = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
    assert!(log < 16 << 20, "the log has {log} bytes");
    engine.shutdown(Duration::ZERO).await;
}
