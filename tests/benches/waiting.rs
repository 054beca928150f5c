//! Many executions that wait for callbacks: memory, restart, and delivery.
//!
//! `cargo bench -p cogwork-tests --bench waiting -- [EXECUTIONS]`; 100,000 by default. Linux only, for the memory.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cogwork::execution::Delivery;
use cogwork::store::{Query, SqliteOptions, SqliteStore};
use cogwork::{CreateOptions, Engine, State, Value};
use cogwork_tests::harness::request;

#[allow(unreachable_pub, missing_debug_implementations, dead_code, reason = "generated code")]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/workflows.rs"));
}

/// Executions that get their callback in the end.
const DELIVERED: usize = 1_000;
/// Creations at a time.
const CONCURRENCY: usize = 256;

async fn engine(path: &Path) -> Engine {
    let store = SqliteStore::open(path, SqliteOptions::default()).expect("the store opens");
    Engine::builder()
        .workflow(&compiled::callback_sequence::WORKFLOW)
        .store(Arc::new(store))
        .idle_time(Duration::from_millis(200))
        .start()
        .await
        .expect("the engine starts")
}

/// Resident memory of this process in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1_000.0
}

async fn idle(engine: &Engine) {
    while engine.in_memory() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn create(engine: &Engine, count: usize) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..count {
        if tasks.len() >= CONCURRENCY {
            tasks.join_next().await;
        }
        let engine = engine.clone();
        tasks.spawn(async move {
            let created = engine.create("callback_sequence", Value::Int(1), CreateOptions::default()).await;
            created.expect("created");
        });
    }
    while tasks.join_next().await.is_some() {}
}

async fn deliver(engine: &Engine, id: &str) {
    let endpoints = engine.callbacks(id).await.expect("it waits");
    let [endpoint] = &endpoints[..] else { panic!("one endpoint") };
    let delivery = engine.deliver_callback(id, &endpoint.id, request("POST", serde_json::json!(1))).await;
    assert_eq!(delivery.expect("delivered"), Delivery::Accepted);
    assert_eq!(engine.wait(id).await.expect("it exists").state, State::Succeeded);
}

async fn run(count: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("waiting.db");
    let first = engine(&path).await;
    let before = resident();
    let start = Instant::now();
    create(&first, count).await;
    idle(&first).await;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{count} executions created and waiting: {seconds:.1} s, {:.0} per second",
        count as f64 / seconds
    );
    println!("resident: {:.0} MB ({before:.0} MB before)", resident());
    let query = Query { workflow: None, state: Some(State::Active), limit: DELIVERED, offset: count / 3 };
    let some = first.list(query).await.expect("listed");
    first.shutdown(Duration::from_secs(5)).await;
    drop(first);
    let start = Instant::now();
    let second = loop {
        // The tasks of the first engine let go of the database in their own time.
        if let Ok(store) = SqliteStore::open(&path, SqliteOptions::default()) {
            drop(store);
            break engine(&path).await;
        }
        tokio::task::yield_now().await;
    };
    second.get(&some[0].id).await.expect("it answers");
    println!("restart until the first answer: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    for record in &some {
        deliver(&second, &record.id).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} callbacks delivered one by one: {:.2} ms each",
        some.len(),
        seconds / some.len() as f64 * 1e3
    );
    println!("resident: {:.0} MB", resident());
}

fn main() {
    let count = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(100_000);
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(run(count));
}
