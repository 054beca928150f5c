//! Random histories: the stores cannot be told apart, and no wake-up is ever out of reach.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::contract::{advance, ending, record};
use super::{Durability, MemoryStore, Query, SqliteOptions, SqliteStore, State, Store, StoreError};
use crate::effect::Timestamp;

/// What is done; `lag` is what the expected version is behind the right one.
#[derive(Debug, Clone)]
enum Step {
    Create { id: u8, workflow: u8 },
    Advance { id: u8, lag: u64, wake_up: Option<i64> },
    End { id: u8, lag: u64 },
    Remove { before: i64, keep: usize, limit: usize },
    List { workflow: Option<u8>, ended: Option<bool>, limit: usize, offset: usize },
    Due { until: i64, limit: usize },
    Reopen,
}

/// Few ids, so that they meet.
fn step() -> impl Strategy<Value = Step> {
    let id = 0..5_u8;
    let lag = prop_oneof![8 => Just(0_u64), 1 => Just(1), 1 => Just(u64::MAX)];
    let wake_up = proptest::option::weighted(0.8, 0..20_i64);
    prop_oneof![
        4 => (id.clone(), 0..2_u8).prop_map(|(id, workflow)| Step::Create { id, workflow }),
        8 => (id.clone(), lag.clone(), wake_up).prop_map(|(id, lag, wake_up)| Step::Advance { id, lag, wake_up }),
        2 => (id, lag).prop_map(|(id, lag)| Step::End { id, lag }),
        1 => (0..100_i64, 0..4_usize, 0..3_usize)
            .prop_map(|(before, keep, limit)| Step::Remove { before, keep, limit }),
        2 => (proptest::option::of(0..2_u8), proptest::option::of(any::<bool>()), 0..6_usize, 0..3_usize)
            .prop_map(|(workflow, ended, limit, offset)| Step::List { workflow, ended, limit, offset }),
        2 => (0..20_i64, 0..6_usize).prop_map(|(until, limit)| Step::Due { until, limit }),
        1 => Just(Step::Reopen),
    ]
}

/// What is seen of a step. Equal wake-ups have no order, so that only the instants count where a limit cuts.
async fn observe(store: &dyn Store, step: &Step, number: i64) -> String {
    let version = async |id: &str| store.get(id).await.unwrap().map_or(1, |record| record.version);
    match *step {
        Step::Create { id, workflow } => {
            let created = record(&format!("e{id}"), &format!("w{workflow}"));
            shown(store.create(created, vec![id]).await)
        }
        Step::Advance { id, lag, wake_up } => {
            let id = format!("e{id}");
            shown(store.commit(advance(&id, version(&id).await.wrapping_sub(lag), wake_up)).await)
        }
        Step::End { id, lag } => {
            let id = format!("e{id}");
            shown(store.commit(ending(&id, version(&id).await.wrapping_sub(lag), number)).await)
        }
        Step::Remove { before, keep, limit } => {
            shown(store.remove_ended(Timestamp(before), keep, limit).await)
        }
        Step::List { workflow, ended, limit, offset } => {
            let state = ended.map(|ended| if ended { State::Succeeded } else { State::Active });
            let workflow = workflow.map(|number| format!("w{number}"));
            shown(store.list(Query { workflow, state, limit, offset }).await)
        }
        Step::Due { until, limit } => {
            let due = store.due(Timestamp(until), limit).await;
            shown(due.map(|due| due.into_iter().map(|(_, at)| at).collect::<Vec<_>>()))
        }
        Step::Reopen => String::new(),
    }
}

fn shown<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    format!("{result:?}")
}

/// Every execution, with its checkpoint, and every wake-up in the order of ids.
async fn everything(store: &dyn Store) -> String {
    let mut loaded = Vec::new();
    for id in 0..5 {
        loaded.push(store.load(&format!("e{id}")).await.unwrap());
    }
    let mut due = store.due(Timestamp(i64::MAX), usize::MAX).await.unwrap();
    due.sort();
    let all = store.list(Query { limit: usize::MAX, ..Query::default() }).await.unwrap();
    format!("{all:?} {loaded:?} {due:?}")
}

async fn compare(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let options =
            SqliteOptions { durability: Durability::Relaxed, readers: 1, ..SqliteOptions::default() };
        SqliteStore::open(folder.path().join("test.db"), options).unwrap()
    };
    let memory = MemoryStore::new();
    let mut sqlite = open();
    // What the wake-ups have to be, kept apart from either store's way of finding them.
    let mut wake_ups = BTreeMap::new();
    for (number, step) in (0..).zip(&steps) {
        if matches!(step, Step::Reopen) {
            drop(sqlite);
            sqlite = open();
        }
        let seen = observe(&sqlite, step, number).await;
        prop_assert_eq!(&seen, &observe(&memory, step, number).await, "step {}", number);
        if seen == "Ok(())" {
            match *step {
                Step::Create { id, .. } => wake_ups.insert(format!("e{id}"), 0),
                Step::Advance { id, wake_up: Some(at), .. } => wake_ups.insert(format!("e{id}"), at),
                Step::Advance { id, wake_up: None, .. } | Step::End { id, .. } => {
                    wake_ups.remove(&format!("e{id}"))
                }
                _ => None,
            };
        }
        for (id, at) in &wake_ups {
            let due = sqlite.due(Timestamp(*at), usize::MAX).await.unwrap();
            prop_assert!(due.contains(&(id.clone(), Timestamp(*at))), "{} is not woken at {}", id, at);
        }
    }
    prop_assert_eq!(everything(&sqlite).await, everything(&memory).await);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn stores_cannot_be_told_apart(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(compare(steps))?;
    }
}
