//! Tells the embedding program what happens.

use std::fmt;

use crate::store::{Record, StoreError};

/// Is told what happens to executions, after it is stored. Every method does nothing by default.
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// A callback endpoint was opened.
    fn callback_opened(&self, execution: &Record, method: &str, url: &str) {
        let _ = (execution, method, url);
    }

    /// The store begins to fail. Executions go on when it works again.
    fn store_failed(&self, error: &StoreError) {
        let _ = error;
    }

    /// The store takes writes again.
    fn store_recovered(&self) {}
}

/// Does not care.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
