//! What only a database file can do or suffer.

use std::io::{Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{Durability, SqliteOptions, SqliteStore, rows};
use crate::effect::Timestamp;
use crate::store::contract::{advance, ending, open_sqlite, record};
use crate::store::{Query, Record, Store, StoreError};

/// Names the database to tests that run as a child process.
const CHILD_DATABASE: &str = "COGWORK_TEST_DATABASE";

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, SqliteOptions::default())
}

fn refusal(path: &Path) -> String {
    let error = open(path).expect_err("has to be refused").to_string();
    assert!(error.contains(&path.display().to_string()), "names the file: {error}");
    error
}

fn relaxed(wal_bytes: u64) -> SqliteOptions {
    SqliteOptions { durability: Durability::Relaxed, wal_bytes, ..SqliteOptions::default() }
}

async fn all(store: &SqliteStore) -> Vec<Record> {
    store.list(Query { limit: usize::MAX, ..Query::default() }).await.unwrap()
}

fn length(path: &Path, ending: &str) -> u64 {
    std::fs::metadata(super::lock::beside(path, ending)).map_or(0, |metadata| metadata.len())
}

/// Waits for what happens in the background.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_reopened_database_has_everything() {
    let (folder, store) = open_sqlite();
    let path = folder.path().join("test.db");
    for id in ["e1", "e2", "e3"] {
        store.create(record(id, "w"), b"first".to_vec()).await.unwrap();
    }
    store.commit(advance("e1", 1, Some(5))).await.unwrap();
    store.commit(ending("e2", 1, 6)).await.unwrap();
    let (listed, loaded) = (all(&store).await, store.load("e1").await.unwrap());
    drop(store);
    assert_eq!((length(&path, "-wal"), length(&path, "-shm")), (0, 0), "closed cleanly");
    let store = open(&path).unwrap();
    assert_eq!(all(&store).await, listed);
    assert_eq!(store.load("e1").await.unwrap(), loaded);
    let due = store.due(Timestamp(i64::MAX), 9).await.unwrap();
    assert_eq!(due, [("e3".to_owned(), Timestamp(0)), ("e1".to_owned(), Timestamp(5))]);
    store.create(record("e4", "w"), Vec::new()).await.unwrap();
    assert_eq!(all(&store).await[0].id, "e4");
}

#[tokio::test]
async fn a_trial_write_reaches_the_disk_and_leaves_nothing() {
    let (folder, store) = open_sqlite();
    store.create(record("e1", "w"), Vec::new()).await.unwrap();
    let path = folder.path().join("test.db");
    let before = length(&path, "-wal");
    store.try_write().await.unwrap();
    assert!(length(&path, "-wal") > before);
    assert_eq!(all(&store).await, [record("e1", "w")]);
}

#[test]
fn one_owner_at_a_time() {
    let (folder, store) = open_sqlite();
    let path = folder.path().join("test.db");
    assert!(refusal(&path).contains("in use by this process"));
    // Another name of the same file does not help.
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(open(&link).unwrap_err().to_string().contains("in use"));
    drop(store);
    drop(open(&link).unwrap());
    drop(open(&path).unwrap());
}

#[test]
fn a_database_of_a_newer_version_stays_untouched() {
    let (folder, store) = open_sqlite();
    drop(store);
    let path = folder.path().join("test.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(refusal(&path).contains("newer Cogwork (format 99"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn other_files_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    for garbage in [&b"xy"[..], b"not a database, but a text", &[0xa5; 10_000]] {
        std::fs::write(&path, garbage).unwrap();
        assert!(refusal(&path).contains("not an SQLite database"));
        assert_eq!(std::fs::read(&path).unwrap(), garbage);
    }
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(refusal(&path).contains("another program"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(refusal(folder.path()).contains("cannot open"));
    let error = open(&folder.path().join("missing/x.db")).unwrap_err().to_string();
    assert!(error.contains("missing/x.db") && error.contains("No such file"), "{error}");
    std::fs::write(folder.path().join("empty.db"), b"").unwrap();
    drop(open(&folder.path().join("empty.db")).unwrap());
}

#[test]
fn a_read_only_file_is_refused() {
    let (folder, store) = open_sqlite();
    drop(store);
    let path = folder.path().join("test.db");
    let reader = super::schema::open_reading(&path).unwrap();
    let error = reader.execute_batch("PRAGMA query_only = 0; DELETE FROM executions").unwrap_err();
    let text = super::failure::failed("write to", &path, &error).to_string();
    assert!(text.contains("cannot write to") && text.contains("read-only"), "{text}");
    drop(reader);
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    // Permissions do not bind everybody.
    if std::fs::OpenOptions::new().write(true).open(&path).is_err() {
        assert!(refusal(&path).contains("read-only"));
    }
}

#[tokio::test]
async fn damage_is_reported_and_named() {
    let (folder, store) = open_sqlite();
    let path = folder.path().join("test.db");
    for number in 0..50 {
        store.create(record(&format!("e{number}"), "w"), vec![1; 3_000]).await.unwrap();
    }
    drop(store);
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let size = file.seek(SeekFrom::End(0)).unwrap();
    file.seek(SeekFrom::Start(4_096)).unwrap();
    file.write_all(&vec![0xee; usize::try_from(size).unwrap() - 4_096]).unwrap();
    let store = open(&path).unwrap();
    for error in [
        store.get("e7").await.unwrap_err().to_string(),
        store.create(record("new", "w"), Vec::new()).await.unwrap_err().to_string(),
    ] {
        assert!(error.contains("test.db") && error.contains("damaged"), "{error}");
    }
}

#[tokio::test]
async fn waiting_requests_share_a_commit_and_fail_alone() {
    let (folder, store) = open_sqlite();
    store.create(record("old", "w"), Vec::new()).await.unwrap();
    let before = store.statistics();
    // While somebody else writes, the requests gather.
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let created: Vec<_> = (0..200).map(|n| store.create(record(&format!("e{n}"), "w"), Vec::new())).collect();
    let twice = store.create(record("e7", "w"), Vec::new());
    let late = store.commit(advance("old", 9, None));
    let unknown = store.commit(advance("nobody", 1, None));
    let right = store.commit(advance("old", 1, Some(4)));
    let next = store.commit(advance("old", 2, Some(5)));
    // A reader does not wait for whoever writes, and sees nothing that is not committed.
    assert_eq!(store.get("e7").await.unwrap(), None);
    other.execute_batch("COMMIT").unwrap();
    for result in created {
        result.await.unwrap();
    }
    assert!(matches!(twice.await, Err(StoreError::Exists(id)) if id == "e7"));
    assert!(matches!(late.await, Err(StoreError::Conflict(id)) if id == "old"));
    assert!(matches!(unknown.await, Err(StoreError::NotFound(id)) if id == "nobody"));
    right.await.unwrap();
    next.await.unwrap();
    assert_eq!(store.get("old").await.unwrap().unwrap().version, 3);
    let after = store.statistics();
    assert_eq!(after.writes - before.writes, 205);
    assert!(after.commits - before.commits <= 2, "{} commits", after.commits - before.commits);
}

#[tokio::test]
async fn a_failed_batch_fails_whole_and_the_writer_goes_on() {
    let (folder, store) = open_sqlite();
    store.create(record("e1", "w"), Vec::new()).await.unwrap();
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    other.execute_batch("ALTER TABLE inputs RENAME TO hidden").unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let with_argument = Record { argument: Some("1".to_owned()), ..record("e2", "w") };
    let results = [
        store.commit(advance("e1", 1, None)),
        store.commit(advance("e1", 2, None)),
        store.create(with_argument.clone(), Vec::new()),
    ];
    other.execute_batch("COMMIT").unwrap();
    let [first, second, third] = results;
    let results = [first.await, second.await, third.await];
    assert!(matches!(&results[2], Err(StoreError::Failed(why)) if why.contains("test.db")));
    other.execute_batch("ALTER TABLE hidden RENAME TO inputs").unwrap();
    // Whatever was answered is what is there.
    let acknowledged = results.iter().filter(|result| result.is_ok()).count();
    let version = store.get("e1").await.unwrap().unwrap().version;
    assert_eq!(version, 1 + u64::try_from(acknowledged).unwrap());
    assert_eq!(store.get("e2").await.unwrap(), None);
    store.create(with_argument, Vec::new()).await.unwrap();
    store.commit(advance("e1", version, None)).await.unwrap();
}

#[tokio::test]
async fn the_log_stays_small_under_load_and_goes_when_it_is_quiet() {
    const ROOM: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = SqliteStore::open(&path, relaxed(ROOM)).unwrap();
    for id in ["a", "b", "c"] {
        store.create(record(id, "w"), Vec::new()).await.unwrap();
    }
    let mut largest = 0;
    for version in 1..1_000 {
        for id in ["a", "b", "c"] {
            let commit = advance(id, version, Some(0));
            store.commit(crate::store::Commit { checkpoint: Some(vec![1; 10_000]), ..commit }).await.unwrap();
        }
        largest = largest.max(length(&path, "-wal"));
    }
    assert!(largest <= 4 * ROOM, "{largest} bytes of log");
    assert!(length(&path, "") < ROOM);
    eventually("cutting the log", || length(&path, "-wal") == 0);
    drop(store);
}

#[tokio::test]
async fn removed_executions_give_their_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = SqliteStore::open(&path, relaxed(1 << 20)).unwrap();
    for number in 0..400 {
        let id = format!("e{number}");
        let argument = Some("x".repeat(20_000));
        store.create(Record { argument, ..record(&id, "w") }, Vec::new()).await.unwrap();
        store.commit(ending(&id, 1, number)).await.unwrap();
    }
    eventually("writing the database", || length(&path, "") > 8_000_000);
    assert_eq!(store.remove_ended(Timestamp(i64::MIN), 20, usize::MAX).await.unwrap(), 380);
    eventually("shrinking", || length(&path, "") < 2_000_000);
    assert_eq!(all(&store).await.len(), 20);
    let orphans = Connection::open(&path).unwrap().query_row(
        "SELECT count(*) FROM inputs WHERE execution NOT IN (SELECT seq FROM executions)",
        (),
        |row| row.get::<_, i64>(0),
    );
    assert_eq!(orphans, Ok(0));
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let (folder, _store) = open_sqlite();
    let connection = Connection::open(folder.path().join("test.db")).unwrap();
    let plan = |sql: &str| -> String {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines =
            statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>();
        lines.unwrap().join("; ")
    };
    for sql in rows::LOOKUPS {
        let plan = plan(sql);
        assert!(plan.contains("SEARCH") && !plan.contains("SCAN"), "{sql}: {plan}");
        assert!(!plan.contains("B-TREE"), "{sql}: {plan}");
    }
    for sql in rows::WALKS {
        assert!(!plan(sql).contains("B-TREE"), "{sql}: {}", plan(sql));
    }
}

/// Runs an ignored test of this module in a process of its own, begun with `shell`.
fn child(test: &str, shell: &str, database: &Path) -> (bool, String) {
    let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "--test-threads=1", &name])
        .env(CHILD_DATABASE, database)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut output).unwrap();
    (child.wait().unwrap().success(), output)
}

/// The database of a child; none if the test was not started by another one.
fn child_database() -> Option<PathBuf> {
    std::env::var_os(CHILD_DATABASE).map(PathBuf::from)
}

#[tokio::test]
async fn what_was_acknowledged_survives_an_abort() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let (succeeded, output) = child("child_aborts_while_it_writes", "", &path);
    assert!(!succeeded);
    let acknowledged: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("stored ")).collect();
    assert!(acknowledged.len() >= 50, "{output}");
    // The lock went with its process.
    let store = open(&path).unwrap();
    for id in acknowledged {
        let (now, checkpoint) = store.load(id).await.unwrap().unwrap();
        assert_eq!((now.version, checkpoint), (2, b"checkpoint after 1".to_vec()));
    }
}

#[tokio::test]
#[ignore = "run as a child process"]
async fn child_aborts_while_it_writes() {
    let Some(path) = child_database() else { return };
    let store = open(&path).unwrap();
    for number in 0..50 {
        let id = format!("e{number}");
        store.create(record(&id, "w"), b"first".to_vec()).await.unwrap();
        store.commit(advance(&id, 1, Some(3))).await.unwrap();
        let mut output = std::io::stdout().lock();
        writeln!(output, "\nstored {id}").unwrap();
    }
    let _under_way: Vec<_> =
        (50..90).map(|n| store.create(record(&format!("e{n}"), "w"), vec![0; 9_000])).collect();
    std::process::abort();
}

#[test]
fn another_process_is_refused() {
    let (folder, store) = open_sqlite();
    let (succeeded, output) = child("child_opens", "", store.path());
    assert!(
        !succeeded && output.contains(&format!("another process (id {})", std::process::id())),
        "{output}"
    );
    let path = folder.path().join("test.db");
    drop(store);
    assert!(child("child_opens", "", &path).0);
}

#[test]
#[ignore = "run as a child process"]
fn child_opens() {
    let Some(path) = child_database() else { return };
    drop(open(&path).unwrap());
}

#[test]
fn a_disk_without_room_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond 512 KiB, until the child says otherwise.
    let limit = "trap '' XFSZ; ulimit -S -f 1024;";
    let (succeeded, output) = child("child_runs_out_of_room", limit, &folder.path().join("test.db"));
    assert!(succeeded, "{output}");
}

#[tokio::test]
#[ignore = "run as a child process"]
async fn child_runs_out_of_room() {
    let Some(path) = child_database() else { return };
    let store = open(&path).unwrap();
    let mut stored = Vec::new();
    let error = loop {
        let id = format!("e{}", stored.len());
        match store.create(record(&id, "w"), vec![1; 3_000]).await {
            Ok(()) => stored.push(id),
            Err(error) => break error,
        }
        assert!(stored.len() < 10_000, "no limit was met");
    };
    let text = error.to_string();
    assert!(matches!(error, StoreError::Failed(_)) && text.contains("cannot write to"), "{text}");
    assert!(text.contains(&path.display().to_string()) && text.contains("disk"), "{text}");
    // Reads go on, writes are refused as long as there is no room.
    assert_eq!(store.get(&stored[0]).await.unwrap(), Some(record(&stored[0], "w")));
    assert!(store.create(record("more", "w"), vec![1; 600_000]).await.is_err());
    let process = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited"]).status().unwrap();
    assert!(raised.success());
    store.create(record("more", "w"), vec![1; 600_000]).await.unwrap();
    stored.push("more".to_owned());
    drop(store);
    let store = open(&path).unwrap();
    for id in &stored {
        assert_eq!(store.get(id).await.unwrap(), Some(record(id, "w")));
    }
}
