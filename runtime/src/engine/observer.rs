//! Tells the embedding program what happens.

use std::fmt;

use crate::store::Record;

/// Is told what happens to executions, after it is stored. Every method does nothing by default.
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// A callback endpoint was opened.
    fn callback_opened(&self, execution: &Record, method: &str, url: &str) {
        let _ = (execution, method, url);
    }
}

/// Does not care.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
