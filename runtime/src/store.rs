//! Durable storage of executions: what is written, and what holds after a crash.
//!
//! A store keeps one row per execution. Each write is a compare-and-set on the row's write version, so a driver that
//! has lost its execution to another one finds out before it does anything more.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::effect::Timestamp;
use crate::execution::Failure;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod histories;
pub mod memory;
pub mod sqlite;

pub use memory::MemoryStore;
pub use sqlite::{Durability, SqliteOptions, SqliteStore};

/// A boxed future, so that stores can be used as `dyn Store`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a store's methods give.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Where an execution stands; the words are the Executions API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// It runs or waits.
    Active,
    /// It ended with a result.
    Succeeded,
    /// It ended with an uncaught error.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// It waits for a free place.
    Queued,
    /// It cannot go on here, for the reason that stands with it.
    Unavailable,
}

impl State {
    /// Whether it has ended.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Queued => "QUEUED",
            Self::Unavailable => "UNAVAILABLE",
        }
    }
}

/// A step as `Execution.status.currentSteps` names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentStep {
    /// The (sub)workflow.
    pub routine: String,
    /// The step.
    pub step: String,
}

/// What is known of an execution, apart from its checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id, unique in the store.
    pub id: String,
    /// The workflow's name.
    pub workflow: String,
    /// Digest of the machines that it runs on.
    pub revision: String,
    /// Where it stands.
    pub state: State,
    /// JSON text of the argument, if one was given.
    pub argument: Option<String>,
    /// JSON text of the result, once it succeeded.
    pub result: Option<String>,
    /// The error, once it failed or was cancelled.
    pub failure: Option<Failure>,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// `callLogLevel` as it was given.
    pub call_log_level: Option<String>,
    /// The steps that run or wait, or the last ones once it has ended.
    pub current_steps: Vec<CurrentStep>,
    /// Keys the execution's callback ids.
    pub secret: [u8; 32],
    /// The number of the last write.
    pub version: u64,
}

/// A write to an existing execution.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The execution.
    pub id: String,
    /// The version that the row must have.
    pub expected_version: u64,
    /// The machine's state; `None` removes it (the execution has ended).
    pub checkpoint: Option<Vec<u8>>,
    /// When it has to be looked at again without an event from outside: the next deadline, or the beginning of time
    /// when effects are under way that a restart must start again.
    pub wake_up: Option<Timestamp>,
    /// The steps that run or wait.
    pub current_steps: Vec<CurrentStep>,
    /// The revision that goes on with the execution, when it is another one than before.
    pub adopted_by: Option<String>,
    /// Its end, if it has ended.
    pub end: Option<End>,
}

/// The end of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// A terminal state.
    pub state: State,
    /// JSON text of the result.
    pub result: Option<String>,
    /// The error.
    pub failure: Option<Failure>,
    /// When.
    pub time: Timestamp,
}

/// Which executions to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only those of this workflow.
    pub workflow: Option<String>,
    /// Only those in this state.
    pub state: Option<State>,
    /// How many at most.
    pub limit: usize,
    /// How many to pass over.
    pub offset: usize,
}

/// Why a store could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// An execution with this id exists already.
    #[error("execution {0} exists already")]
    Exists(String),
    /// The row has another version: somebody else drives the execution.
    #[error("execution {0} was changed by somebody else")]
    Conflict(String),
    /// There is no such execution.
    #[error("there is no execution {0}")]
    NotFound(String),
    /// It is more than the store can keep, now and at any later time.
    #[error("{0}")]
    TooLarge(String),
    /// The storage itself failed.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// A store of executions.
///
/// Guarantees of every implementation: a write that returned `Ok` survives whatever the store promises to survive (the
/// memory store: nothing but the process's life); a write that returned an error either happened whole or not at all;
/// reads see every write that returned before them.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Adds an execution with its first checkpoint. It is due at once.
    fn create(&self, record: Record, checkpoint: Vec<u8>) -> StoreFuture<'_, ()>;

    /// Applies a write if the version fits; the row then has the next version.
    ///
    /// An execution that has ended stays as it is: writes to it are conflicts. A write that ends it removes its
    /// checkpoint and its wake-up, whatever else it says.
    fn commit(&self, commit: Commit) -> StoreFuture<'_, ()>;

    /// An execution without its checkpoint.
    fn get<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<Record>>;

    /// An execution with its checkpoint, if it has not ended.
    fn load<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<(Record, Vec<u8>)>>;

    /// Executions, newest first.
    fn list(&self, query: Query) -> StoreFuture<'_, Vec<Record>>;

    /// Unfinished executions whose wake-up is not after `until`, earliest first (equals in any order), at most
    /// `limit`.
    fn due(&self, until: Timestamp, limit: usize) -> StoreFuture<'_, Vec<(String, Timestamp)>>;

    /// Writes something without meaning, to see whether writing works.
    fn try_write(&self) -> StoreFuture<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Removes executions that ended before `before`, and those that are not among the `keep` that ended last:
    /// earliest ends first, at most `limit`. Gives how many were removed.
    ///
    /// `Timestamp(i64::MIN)` and `usize::MAX` each switch one of the two rules off.
    fn remove_ended(&self, before: Timestamp, keep: usize, limit: usize) -> StoreFuture<'_, usize>;
}
