//! What every store has to do, as one suite of tests over all of them.

use std::collections::BTreeMap;

use super::{
    Commit, CurrentStep, End, MemoryStore, Query, Record, SqliteOptions, SqliteStore, State, Store,
    StoreError,
};
use crate::effect::Timestamp;
use crate::execution::{Failure, StackFrame};

/// Text that breaks what is careless with text.
const ODD: &str = "a\0b'\"\\;-- \u{fffd}\u{1f980}\u{301}\r\n%_?1 NULL \u{7f}";

/// An execution as `create` gets it.
pub(super) fn record(id: &str, workflow: &str) -> Record {
    Record {
        id: id.to_owned(),
        workflow: workflow.to_owned(),
        revision: "r1".to_owned(),
        state: State::Active,
        argument: None,
        result: None,
        failure: None,
        create_time: Timestamp(1),
        end_time: None,
        labels: BTreeMap::new(),
        call_log_level: None,
        current_steps: Vec::new(),
        secret: [7; 32],
        version: 1,
    }
}

/// A write that leaves the execution waiting.
pub(super) fn advance(id: &str, version: u64, wake_up: Option<i64>) -> Commit {
    Commit {
        id: id.to_owned(),
        expected_version: version,
        checkpoint: Some(format!("checkpoint after {version}").into_bytes()),
        wake_up: wake_up.map(Timestamp),
        current_steps: vec![CurrentStep { routine: "main".to_owned(), step: format!("step {version}") }],
        adopted_by: None,
        end: None,
    }
}

/// A write that ends the execution.
pub(super) fn ending(id: &str, version: u64, time: i64) -> Commit {
    let end =
        End { state: State::Succeeded, result: Some("1".to_owned()), failure: None, time: Timestamp(time) };
    Commit { end: Some(end), checkpoint: None, wake_up: None, ..advance(id, version, None) }
}

async fn ids(store: &dyn Store, query: Query) -> Vec<String> {
    store.list(query).await.unwrap().into_iter().map(|record| record.id).collect()
}

async fn due_ids(store: &dyn Store, until: i64, limit: usize) -> Vec<String> {
    store.due(Timestamp(until), limit).await.unwrap().into_iter().map(|(id, _)| id).collect()
}

async fn creates_and_reads(store: &dyn Store) {
    let created = record("e1", "w");
    store.create(created.clone(), b"first".to_vec()).await.unwrap();
    assert_eq!(store.get("e1").await.unwrap(), Some(created.clone()));
    assert_eq!(store.load("e1").await.unwrap(), Some((created, b"first".to_vec())));
    assert_eq!(store.due(Timestamp(0), 10).await.unwrap(), [("e1".to_owned(), Timestamp(0))]);
    assert_eq!(store.get("e2").await.unwrap(), None);
    assert_eq!(store.load("e2").await.unwrap(), None);
}

async fn refuses_what_does_not_fit(store: &dyn Store) {
    store.create(record("e1", "w"), b"first".to_vec()).await.unwrap();
    let again = store.create(record("e1", "other"), b"second".to_vec()).await;
    assert!(matches!(again, Err(StoreError::Exists(id)) if id == "e1"));
    let unknown = store.commit(advance("e2", 1, None)).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(id)) if id == "e2"));
    for version in [0, 2, u64::MAX] {
        let late = store.commit(advance("e1", version, Some(5))).await;
        assert!(matches!(late, Err(StoreError::Conflict(id)) if id == "e1"));
    }
    assert_eq!(store.load("e1").await.unwrap(), Some((record("e1", "w"), b"first".to_vec())));
}

async fn commits_once_per_version(store: &dyn Store) {
    store.create(record("e1", "w"), Vec::new()).await.unwrap();
    store.commit(advance("e1", 1, Some(50))).await.unwrap();
    let twice = store.commit(advance("e1", 1, Some(60))).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))));
    let (now, checkpoint) = store.load("e1").await.unwrap().unwrap();
    assert_eq!((now.version, checkpoint), (2, b"checkpoint after 1".to_vec()));
    assert_eq!(now.current_steps, advance("e1", 1, None).current_steps);
    assert_eq!(store.due(Timestamp(100), 10).await.unwrap(), [("e1".to_owned(), Timestamp(50))]);
    store.commit(advance("e1", 2, None)).await.unwrap();
    assert_eq!(store.due(Timestamp(i64::MAX), 10).await.unwrap(), []);
}

async fn an_end_is_the_end(store: &dyn Store) {
    store.create(record("e1", "w"), b"x".to_vec()).await.unwrap();
    let careless =
        Commit { checkpoint: Some(b"y".to_vec()), wake_up: Some(Timestamp(3)), ..ending("e1", 1, 9) };
    store.commit(careless).await.unwrap();
    let ended = store.get("e1").await.unwrap().unwrap();
    assert_eq!((ended.state, ended.end_time), (State::Succeeded, Some(Timestamp(9))));
    assert_eq!((ended.result.as_deref(), ended.version), (Some("1"), 2));
    assert_eq!(store.load("e1").await.unwrap(), None);
    assert_eq!(store.due(Timestamp(i64::MAX), 10).await.unwrap(), []);
    for late in [advance("e1", 2, Some(1)), ending("e1", 2, 10)] {
        assert!(matches!(store.commit(late).await, Err(StoreError::Conflict(_))));
    }
    assert_eq!(store.get("e1").await.unwrap(), Some(ended));
}

async fn keeps_values_as_they_are(store: &dyn Store) {
    let odd = || ODD.to_owned();
    let step = CurrentStep { routine: odd(), step: odd() };
    let created = Record {
        revision: odd(),
        state: State::Queued,
        argument: Some(odd()),
        create_time: Timestamp(i64::MIN),
        labels: BTreeMap::from([(odd(), odd()), (String::new(), String::new())]),
        call_log_level: Some(String::new()),
        current_steps: vec![step.clone(), step.clone()],
        secret: std::array::from_fn(|index| u8::try_from(255 - index).unwrap()),
        ..record(ODD, ODD)
    };
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    store.create(created.clone(), bytes.clone()).await.unwrap();
    assert_eq!(store.load(ODD).await.unwrap(), Some((created.clone(), bytes)));
    let of_workflow = Query { workflow: Some(odd()), limit: 9, ..Query::default() };
    assert_eq!(store.list(of_workflow).await.unwrap(), std::slice::from_ref(&created));
    let frame = StackFrame { step: odd(), routine: odd(), line: u32::MAX, column: 0, length: 1 };
    let failure = Failure { payload: odd(), context: odd(), stack_trace: vec![frame] };
    let end =
        End { state: State::Failed, result: None, failure: Some(failure.clone()), time: Timestamp(i64::MAX) };
    store.commit(Commit { end: Some(end), current_steps: Vec::new(), ..ending(ODD, 1, 0) }).await.unwrap();
    let ended = Record {
        state: State::Failed,
        failure: Some(failure),
        end_time: Some(Timestamp(i64::MAX)),
        current_steps: Vec::new(),
        version: 2,
        ..created
    };
    assert_eq!(store.get(ODD).await.unwrap(), Some(ended));
}

async fn lists_newest_first_in_pages(store: &dyn Store) {
    // The order is that of creation, whatever the ids and clocks say.
    for (index, id) in ["m", "z", "a", "k", "b"].iter().enumerate() {
        let workflow = if index % 2 == 0 { "even" } else { "odd" };
        let time = Timestamp(100 - i64::try_from(index).unwrap());
        store.create(Record { create_time: time, ..record(id, workflow) }, Vec::new()).await.unwrap();
    }
    store.commit(ending("a", 1, 5)).await.unwrap();
    let all = Query { limit: usize::MAX, ..Query::default() };
    assert_eq!(ids(store, all.clone()).await, ["b", "k", "a", "z", "m"]);
    assert_eq!(ids(store, Query { limit: 2, ..all.clone() }).await, ["b", "k"]);
    assert_eq!(ids(store, Query { limit: 2, offset: 3, ..all.clone() }).await, ["z", "m"]);
    assert!(ids(store, Query { offset: 5, ..all.clone() }).await.is_empty());
    assert!(ids(store, Query { limit: 0, ..all.clone() }).await.is_empty());
    assert!(ids(store, Query { offset: usize::MAX, ..all.clone() }).await.is_empty());
    let even = Query { workflow: Some("even".to_owned()), ..all.clone() };
    assert_eq!(ids(store, even.clone()).await, ["b", "a", "m"]);
    assert_eq!(ids(store, Query { state: Some(State::Active), offset: 1, ..even }).await, ["m"]);
    assert_eq!(ids(store, Query { state: Some(State::Succeeded), ..all.clone() }).await, ["a"]);
    assert!(ids(store, Query { workflow: Some("o".to_owned()), ..all }).await.is_empty());
}

async fn finds_what_is_due(store: &dyn Store) {
    let wake_ups = [("late", Some(300)), ("first", Some(-5)), ("never", None), ("soon", Some(200))];
    for (id, wake_up) in wake_ups {
        store.create(record(id, "w"), Vec::new()).await.unwrap();
        store.commit(advance(id, 1, wake_up)).await.unwrap();
    }
    assert_eq!(due_ids(store, 300, 10).await, ["first", "soon", "late"]);
    assert_eq!(due_ids(store, 299, 10).await, ["first", "soon"]);
    assert_eq!(due_ids(store, i64::MAX, 2).await, ["first", "soon"]);
    assert!(due_ids(store, -6, 10).await.is_empty());
    assert!(due_ids(store, 300, 0).await.is_empty());
    store.commit(ending("first", 2, 1)).await.unwrap();
    assert_eq!(due_ids(store, i64::MAX, usize::MAX).await, ["soon", "late"]);
}

async fn removes_old_ends(store: &dyn Store) {
    let never = Timestamp(i64::MIN);
    for index in 0..10 {
        let id = format!("e{index}");
        let labels = BTreeMap::from([("k".to_owned(), id.clone())]);
        store.create(Record { labels, ..record(&id, "w") }, Vec::new()).await.unwrap();
        if index < 8 {
            store.commit(ending(&id, 1, 100 - index)).await.unwrap();
        }
    }
    assert_eq!(store.remove_ended(never, usize::MAX, 100).await.unwrap(), 0);
    assert_eq!(store.remove_ended(never, 8, 100).await.unwrap(), 0);
    assert_eq!(store.remove_ended(Timestamp(93), usize::MAX, 100).await.unwrap(), 0);
    assert_eq!(store.remove_ended(Timestamp(95), usize::MAX, 100).await.unwrap(), 2);
    assert_eq!(store.remove_ended(never, 4, 1).await.unwrap(), 1);
    let all = Query { limit: 100, ..Query::default() };
    assert_eq!(ids(store, all.clone()).await, ["e9", "e8", "e4", "e3", "e2", "e1", "e0"]);
    assert_eq!(store.remove_ended(Timestamp(i64::MAX), 0, 0).await.unwrap(), 0);
    assert_eq!(store.remove_ended(never, 2, 100).await.unwrap(), 3);
    assert_eq!(store.remove_ended(Timestamp(i64::MAX), 0, 100).await.unwrap(), 2);
    assert_eq!(ids(store, all).await, ["e9", "e8"]);
    assert_eq!(store.get("e0").await.unwrap(), None);
    assert_eq!(due_ids(store, 0, 10).await.len(), 2);
    store.create(record("e0", "w"), Vec::new()).await.unwrap();
    assert_eq!(store.get("e0").await.unwrap(), Some(record("e0", "w")));
}

/// Many threads race for each version of one row: one wins each time, and nobody sees a version go back.
async fn one_winner_per_version(store: &dyn Store) {
    const RACERS: usize = 8;
    const VERSIONS: u64 = 25;
    store.create(record("e1", "w"), Vec::new()).await.unwrap();
    let race = || {
        let mut won = 0;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut version = 1;
            while version <= VERSIONS {
                match store.commit(advance("e1", version, Some(0))).await {
                    Ok(()) => won += 1,
                    Err(StoreError::Conflict(_)) => {}
                    Err(other) => panic!("{other}"),
                }
                let now = store.get("e1").await.unwrap().unwrap().version;
                assert!(now > version, "a write that returned is seen");
                version = now;
            }
        });
        won
    };
    let wins: u64 = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(race)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(wins, VERSIONS);
    assert_eq!(store.get("e1").await.unwrap().unwrap().version, VERSIONS + 1);
}

/// The suite over one store; what is opened comes with what has to outlive it.
macro_rules! suite {
    ($name:ident, $open:expr, $($test:ident),+ $(,)?) => {
        mod $name {
            use super::*;
            $(
                #[tokio::test]
                async fn $test() {
                    let (_guard, store) = $open;
                    super::$test(&store).await;
                }
            )+
        }
    };
}

macro_rules! suites {
    ($($test:ident),+ $(,)?) => {
        suite!(memory, ((), MemoryStore::new()), $($test),+);
        suite!(sqlite, open_sqlite(), $($test),+);
    };
}

/// A new database in a folder of its own.
pub(super) fn open_sqlite() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("test.db"), SqliteOptions::default()).unwrap();
    (folder, store)
}

suites!(
    creates_and_reads,
    refuses_what_does_not_fit,
    commits_once_per_version,
    an_end_is_the_end,
    keeps_values_as_they_are,
    lists_newest_first_in_pages,
    finds_what_is_due,
    removes_old_ends,
    one_winner_per_version,
);
