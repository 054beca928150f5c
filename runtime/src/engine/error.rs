//! What can go wrong with what an engine is asked to do.

use crate::store::StoreError;

/// Why the engine could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No such workflow is compiled in.
    #[error("there is no workflow `{0}` in this program")]
    UnknownWorkflow(String),
    /// No such execution.
    #[error("there is no execution `{0}`")]
    UnknownExecution(String),
    /// The argument is no JSON, or has none.
    #[error("the argument is not JSON: {0}")]
    Argument(String),
    /// The argument is too large.
    #[error("the argument has {size} bytes, the limit is {limit}")]
    ArgumentTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The execution waits for a program that has its revision.
    #[error("execution `{id}` is parked: {reason}")]
    Parked {
        /// The execution.
        id: String,
        /// Why it cannot go on here.
        reason: String,
    },
    /// The engine is being shut down.
    #[error("the program is shutting down")]
    ShuttingDown,
    /// The execution has ended already.
    #[error("execution `{0}` has ended")]
    Ended(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine cannot begin.
    #[error("{0}")]
    Start(String),
}

impl EngineError {
    /// HTTP status and name of the error in Google's APIs (`executions-api.md` §7).
    #[must_use]
    pub(crate) fn status(&self) -> (u16, &'static str) {
        match self {
            Self::UnknownWorkflow(_) | Self::UnknownExecution(_) => (404, "NOT_FOUND"),
            Self::Argument(_) | Self::ArgumentTooLarge { .. } => (400, "INVALID_ARGUMENT"),
            Self::Store(StoreError::TooLarge(_)) => (400, "INVALID_ARGUMENT"),
            Self::Ended(_) => (400, "FAILED_PRECONDITION"),
            // A program that has the revision can still answer.
            Self::Parked { .. } | Self::ShuttingDown | Self::Store(_) | Self::Start(_) => {
                (503, "UNAVAILABLE")
            }
        }
    }
}
