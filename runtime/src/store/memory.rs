//! A store that lasts as long as the process: for tests and one-off runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Commit, Query, Record, Store, StoreError, StoreFuture};
use crate::effect::Timestamp;

/// Executions in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    by_id: BTreeMap<String, Row>,
    /// Ids in the order of creation.
    created: Vec<String>,
    wake_ups: BTreeSet<(Timestamp, String)>,
    /// Those that have ended, by when.
    ended: BTreeSet<(Timestamp, String)>,
}

#[derive(Debug)]
struct Row {
    record: Record,
    checkpoint: Option<Vec<u8>>,
    wake_up: Option<Timestamp>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // Every method leaves the rows whole, so those of a panicked thread are still right.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn set_wake_up(&mut self, id: &str, wake_up: Option<Timestamp>) {
        if let Some(row) = self.by_id.get_mut(id) {
            if let Some(old) = std::mem::replace(&mut row.wake_up, wake_up) {
                self.wake_ups.remove(&(old, id.to_owned()));
            }
            self.wake_ups.extend(wake_up.map(|at| (at, id.to_owned())));
        }
    }
}

impl Store for MemoryStore {
    fn create(&self, record: Record, checkpoint: Vec<u8>) -> StoreFuture<'_, ()> {
        let mut rows = self.rows();
        let result = if rows.by_id.contains_key(&record.id) {
            Err(StoreError::Exists(record.id))
        } else {
            let id = record.id.clone();
            rows.created.push(id.clone());
            rows.by_id.insert(id.clone(), Row { record, checkpoint: Some(checkpoint), wake_up: None });
            rows.set_wake_up(&id, Some(Timestamp(0)));
            Ok(())
        };
        Box::pin(std::future::ready(result))
    }

    fn commit(&self, commit: Commit) -> StoreFuture<'_, ()> {
        let mut rows = self.rows();
        let result = match rows.by_id.get_mut(&commit.id) {
            None => Err(StoreError::NotFound(commit.id)),
            Some(row) if row.record.version != commit.expected_version || row.record.end_time.is_some() => {
                Err(StoreError::Conflict(commit.id))
            }
            Some(row) => {
                row.record.version += 1;
                row.record.current_steps = commit.current_steps;
                if let Some(revision) = commit.adopted_by {
                    row.record.revision = revision;
                }
                row.checkpoint = commit.checkpoint;
                let mut wake_up = commit.wake_up;
                if let Some(end) = commit.end {
                    row.record.state = end.state;
                    row.record.result = end.result;
                    row.record.failure = end.failure;
                    row.record.end_time = Some(end.time);
                    row.checkpoint = None;
                    wake_up = None;
                    rows.ended.insert((end.time, commit.id.clone()));
                }
                rows.set_wake_up(&commit.id, wake_up);
                Ok(())
            }
        };
        Box::pin(std::future::ready(result))
    }

    fn get<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<Record>> {
        let record = self.rows().by_id.get(id).map(|row| row.record.clone());
        Box::pin(std::future::ready(Ok(record)))
    }

    fn load<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<(Record, Vec<u8>)>> {
        let loaded =
            self.rows().by_id.get(id).and_then(|row| Some((row.record.clone(), row.checkpoint.clone()?)));
        Box::pin(std::future::ready(Ok(loaded)))
    }

    fn list(&self, query: Query) -> StoreFuture<'_, Vec<Record>> {
        let rows = self.rows();
        let list = rows
            .created
            .iter()
            .rev()
            .filter_map(|id| rows.by_id.get(id))
            .map(|row| &row.record)
            .filter(|record| query.workflow.as_ref().is_none_or(|name| record.workflow == *name))
            .filter(|record| query.state.is_none_or(|state| record.state == state))
            .skip(query.offset)
            .take(query.limit)
            .cloned()
            .collect();
        Box::pin(std::future::ready(Ok(list)))
    }

    fn due(&self, until: Timestamp, limit: usize) -> StoreFuture<'_, Vec<(String, Timestamp)>> {
        let rows = self.rows();
        let due = rows
            .wake_ups
            .iter()
            .take_while(|(at, _)| *at <= until)
            .take(limit)
            .map(|(at, id)| (id.clone(), *at))
            .collect();
        Box::pin(std::future::ready(Ok(due)))
    }

    fn remove_ended(&self, before: Timestamp, keep: usize, limit: usize) -> StoreFuture<'_, usize> {
        let mut rows = self.rows();
        let surplus = rows.ended.len().saturating_sub(keep);
        let old = rows.ended.iter().take_while(|(end, _)| *end < before).count();
        let count = surplus.max(old).min(limit);
        let removed: BTreeSet<String> =
            (0..count).filter_map(|_| rows.ended.pop_first()).map(|(_, id)| id).collect();
        if !removed.is_empty() {
            for id in &removed {
                rows.by_id.remove(id);
            }
            rows.created.retain(|id| !removed.contains(id));
        }
        Box::pin(std::future::ready(Ok(count)))
    }
}
