//! Durable effects per second: the disk alone, SQLite alone, the store, and the engine with compiled workflows.
//!
//! `cargo bench -p cogwork-tests --bench effects [-- SECONDS [FOLDER]]`. All rates come from one run on one disk, as
//! only their ratios say anything. Each write is the commit of a small checkpoint, as an execution makes one for each
//! effect.

#![allow(clippy::print_stdout, reason = "it prints its results")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cogwork::effect::Timestamp;
use cogwork::engine::log::NoLog;
use cogwork::store::{Commit, CurrentStep, Durability, Record, SqliteOptions, SqliteStore, State, Store};
use cogwork::{CreateOptions, Engine, Value};
use rusqlite::{Connection, params};

#[allow(unreachable_pub, missing_debug_implementations, dead_code, reason = "generated code")]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/workflows.rs"));
}

/// Executions that are written to in turn.
const EXECUTIONS: usize = 10_000;
/// Bytes of a checkpoint.
const CHECKPOINT: usize = 300;

/// How often everything is measured, in turn, so that a disk that is now quick and now slow does not favour one.
const ROUNDS: usize = 3;
/// How many executions commit at a time.
const CONCURRENCY: [usize; 3] = [1, 64, 256];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let seconds = arguments.first().map_or(Ok(3.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds / ROUNDS as f64);
    let parent = arguments.get(1).map_or(".", String::as_str);
    println!("SQLite {}, {seconds} s for each line, in {parent}", rusqlite::version());

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut rates = [const { Vec::new() }; 12];
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir_in(parent)?;
        let path = |name: String| folder.path().join(name);
        let mut measured = vec![syncs(&path("log".to_owned()), time)?];
        for size in [1, 64] {
            measured.push(loops(&path(format!("bare{size}.db")), size, time)?);
        }
        for durability in [Durability::Full, Durability::Relaxed] {
            for concurrency in CONCURRENCY {
                let path = path(format!("{durability:?}{concurrency}.db"));
                measured.push(runtime.block_on(commits(&path, durability, concurrency, time))?);
            }
        }
        for concurrency in CONCURRENCY {
            measured.push(runtime.block_on(effects(
                &path(format!("engine{concurrency}.db")),
                concurrency,
                time,
            ))?);
        }
        for (all, rate) in rates.iter_mut().zip(measured) {
            all.push(rate);
        }
    }

    let [disk, bare_1, bare_64, stores @ ..] = rates.map(median);
    println!("{:<40} {disk:>9.0}/s", "disk: append and fdatasync");
    line("bare SQLite loop, 1 write per commit", bare_1, disk, "of the disk");
    line("bare SQLite loop, 64 writes per commit", bare_64, disk, "of the disk");
    let names = ["store, full", "store, relaxed", "engine, full"]
        .into_iter()
        .flat_map(|name| CONCURRENCY.map(|concurrency| (name, concurrency)));
    for ((name, concurrency), rate) in names.zip(stores) {
        let (base, of) =
            if concurrency == 1 { (disk, "of the disk") } else { (bare_64, "of the bare loop of 64") };
        line(&format!("{name}, concurrency {concurrency}"), rate, base, of);
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn line(what: &str, rate: f64, base: f64, of: &str) {
    println!("{what:<40} {rate:>9.0}/s {:6.0} % {of}", 100.0 * rate / base);
}

/// How often the disk syncs an append of the size of a write.
fn syncs(path: &Path, time: Duration) -> std::io::Result<f64> {
    let mut file = File::create(path)?;
    let block = [7; CHECKPOINT];
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

/// The same writes with nothing around them: one thread, one connection, so many writes per commit.
fn loops(path: &Path, per_commit: usize, time: Duration) -> rusqlite::Result<f64> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;
         CREATE TABLE executions (
             seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
             wake_up INTEGER, current_steps TEXT NOT NULL, checkpoint BLOB
         ) STRICT;
         CREATE INDEX due ON executions (wake_up) WHERE wake_up IS NOT NULL;",
    )?;
    let setup = connection.transaction()?;
    for number in 0..EXECUTIONS {
        setup
            .prepare_cached(
                "INSERT INTO executions (id, version, wake_up, current_steps) VALUES (?1, 1, 0, '[]')",
            )?
            .execute([id(number)])?;
    }
    setup.commit()?;
    let checkpoint = [7_u8; CHECKPOINT];
    let (start, mut count) = (Instant::now(), 0_usize);
    while start.elapsed() < time {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for _ in 0..per_commit {
            let version = i64::try_from(count / EXECUTIONS).unwrap_or(i64::MAX) + 1;
            let changed = transaction
                .prepare_cached(
                    "UPDATE executions SET version = version + 1, wake_up = 0, current_steps = ?3, checkpoint = ?4 \
                     WHERE id = ?1 AND version = ?2",
                )?
                .execute(params![id(count % EXECUTIONS), version, r#"[["main","a_step"]]"#, checkpoint])?;
            assert_eq!(changed, 1, "every write counts");
            count += 1;
        }
        transaction.commit()?;
    }
    Ok(rate(count, start))
}

/// So many executions at a time commit one after another.
async fn commits(
    path: &Path,
    durability: Durability,
    concurrency: usize,
    time: Duration,
) -> Result<f64, Box<dyn Error>> {
    let store = Arc::new(SqliteStore::open(path, SqliteOptions { durability, ..SqliteOptions::default() })?);
    let created: Vec<_> = (0..EXECUTIONS).map(|number| store.create(record(number), Vec::new())).collect();
    for creation in created {
        creation.await?;
    }
    let start = Instant::now();
    let before = store.statistics();
    let mut tasks = tokio::task::JoinSet::new();
    for first in 0..concurrency {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let mine = (first..EXECUTIONS).step_by(concurrency);
            for version in 1.. {
                for number in mine.clone() {
                    if start.elapsed() >= time {
                        return Ok(());
                    }
                    store.commit(write(number, version)).await?;
                }
            }
            Ok::<_, cogwork::store::StoreError>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let after = store.statistics();
    Ok(rate(usize::try_from(after.writes - before.writes)?, start))
}

/// So many executions at a time do one effect after another.
async fn effects(path: &Path, concurrency: usize, time: Duration) -> Result<f64, Box<dyn Error>> {
    let store = Arc::new(SqliteStore::open(path, SqliteOptions::default())?);
    let engine = Engine::builder()
        .workflow(&compiled::effects_loop::WORKFLOW)
        .store(Arc::clone(&store) as Arc<dyn Store>)
        .log(Arc::new(NoLog))
        .start()
        .await?;
    for _ in 0..concurrency {
        engine.create("effects_loop", Value::Null, CreateOptions::default()).await?;
    }
    let (start, before) = (Instant::now(), store.statistics());
    tokio::time::sleep(time).await;
    let rate = rate(usize::try_from(store.statistics().writes - before.writes)?, start);
    engine.shutdown(Duration::ZERO).await;
    Ok(rate)
}

fn rate(count: usize, start: Instant) -> f64 {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Ids as random as real ones, so that they are scattered over the index.
fn id(number: usize) -> String {
    let scattered = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{scattered:016x}-4a7c-4000-8000-{number:012}")
}

fn record(number: usize) -> Record {
    Record {
        id: id(number),
        workflow: "order".to_owned(),
        revision: "000001-abc".to_owned(),
        state: State::Active,
        argument: None,
        result: None,
        failure: None,
        create_time: Timestamp(0),
        end_time: None,
        labels: BTreeMap::new(),
        call_log_level: None,
        current_steps: Vec::new(),
        secret: [0; 32],
        version: 1,
    }
}

fn write(number: usize, version: u64) -> Commit {
    Commit {
        id: id(number),
        expected_version: version,
        checkpoint: Some(vec![7; CHECKPOINT]),
        wake_up: Some(Timestamp(0)),
        current_steps: vec![CurrentStep { routine: "main".to_owned(), step: "a_step".to_owned() }],
        adopted_by: None,
        end: None,
    }
}
