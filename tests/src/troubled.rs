//! A store that fails or takes its time at chosen operations.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cogwork::Record;
use cogwork::effect::Timestamp;
use cogwork::store::{Commit, MemoryStore, Query, Store, StoreError, StoreFuture};

/// What becomes of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It works.
    Works,
    /// Nothing is written.
    Fails,
    /// It is more than the store can keep.
    TooLarge,
    /// It is written, and the answer is lost.
    SeemsToFail,
    /// It works after this long.
    Takes(Duration),
    /// It works, and its answer takes this long.
    AnswersAfter(Duration),
}

/// An operation with the execution's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation<'a> {
    /// `Store::create`
    Create(&'a str),
    /// `Store::commit`
    Commit {
        /// The execution.
        id: &'a str,
        /// Whether it ends with it.
        ends: bool,
    },
    /// `Store::get`
    Get(&'a str),
    /// `Store::load`
    Load(&'a str),
}

/// Decides the fate of each operation.
type Script = dyn FnMut(Operation<'_>) -> Fate + Send;

/// A store whose operations meet their fate.
pub struct Troubled {
    store: Box<dyn Store>,
    script: Mutex<Box<Script>>,
}

impl std::fmt::Debug for Troubled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Troubled")
    }
}

impl Troubled {
    /// A store in memory.
    pub fn new(script: impl FnMut(Operation<'_>) -> Fate + Send + 'static) -> Arc<Self> {
        Self::over(MemoryStore::new(), script)
    }

    /// Any other store.
    pub fn over(store: impl Store, script: impl FnMut(Operation<'_>) -> Fate + Send + 'static) -> Arc<Self> {
        Arc::new(Self { store: Box::new(store), script: Mutex::new(Box::new(script)) })
    }

    /// Decides otherwise from now on.
    pub fn set(&self, script: impl FnMut(Operation<'_>) -> Fate + Send + 'static) {
        *self.script.lock().expect("not poisoned") = Box::new(script);
    }

    fn fate(&self, operation: Operation<'_>) -> Fate {
        (self.script.lock().expect("not poisoned"))(operation)
    }
}

async fn meet<T>(fate: Fate, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let failed = || StoreError::Failed("on purpose".to_owned());
    match fate {
        Fate::Works => work.await,
        Fate::Fails => Err(failed()),
        Fate::TooLarge => Err(StoreError::TooLarge("too large, on purpose".to_owned())),
        Fate::SeemsToFail => work.await.and_then(|_| Err(failed())),
        Fate::Takes(time) => {
            tokio::time::sleep(time).await;
            work.await
        }
        Fate::AnswersAfter(time) => {
            let outcome = work.await;
            tokio::time::sleep(time).await;
            outcome
        }
    }
}

impl Store for Troubled {
    fn create(&self, record: Record, checkpoint: Vec<u8>) -> StoreFuture<'_, ()> {
        let fate = self.fate(Operation::Create(&record.id));
        Box::pin(meet(fate, async move { self.store.create(record, checkpoint).await }))
    }

    fn commit(&self, commit: Commit) -> StoreFuture<'_, ()> {
        let fate = self.fate(Operation::Commit { id: &commit.id, ends: commit.end.is_some() });
        Box::pin(meet(fate, async move { self.store.commit(commit).await }))
    }

    fn get<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<Record>> {
        Box::pin(meet(self.fate(Operation::Get(id)), self.store.get(id)))
    }

    fn load<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<(Record, Vec<u8>)>> {
        Box::pin(meet(self.fate(Operation::Load(id)), self.store.load(id)))
    }

    fn list(&self, query: Query) -> StoreFuture<'_, Vec<Record>> {
        self.store.list(query)
    }

    fn due(&self, until: Timestamp, limit: usize) -> StoreFuture<'_, Vec<(String, Timestamp)>> {
        self.store.due(until, limit)
    }

    fn remove_ended(&self, before: Timestamp, keep: usize, limit: usize) -> StoreFuture<'_, usize> {
        self.store.remove_ended(before, keep, limit)
    }
}

/// The first operation that `which` names meets `fate`.
pub fn once(
    fate: Fate,
    which: impl Fn(Operation<'_>) -> bool + Send + 'static,
) -> impl FnMut(Operation<'_>) -> Fate + Send {
    let mut done = false;
    move |operation| {
        if done || !which(operation) {
            return Fate::Works;
        }
        done = true;
        fate
    }
}
