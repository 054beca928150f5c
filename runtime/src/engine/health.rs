//! Whether the store takes writes.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::lock;
use super::observer::Observer;
use crate::store::StoreError;

/// What the last writes and reads told about the store.
#[derive(Debug)]
pub(super) struct Health {
    observer: Arc<dyn Observer>,
    /// The error of the last write, if it failed.
    failure: watch::Sender<Option<StoreError>>,
    /// The last failure of a read that was told.
    unreadable: Mutex<Option<String>>,
}

impl Health {
    pub(super) fn new(observer: Arc<dyn Observer>) -> Self {
        Self { observer, failure: watch::Sender::new(None), unreadable: Mutex::default() }
    }

    /// Takes note of how a write ended. The observer is told when writes begin to fail and when they work again.
    pub(super) fn wrote<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let now = match &outcome {
            Err(error @ StoreError::Failed(_)) => Some(error.clone()),
            // A refusal as well comes from a store that works.
            _ => None,
        };
        let changed = self.failure.send_if_modified(|before| {
            let changed = before.is_some() != now.is_some();
            before.clone_from(&now);
            changed
        });
        if changed {
            match &now {
                Some(error) => self.observer.store_failed(error),
                None => self.observer.store_recovered(),
            }
        }
        outcome
    }

    /// Takes note of a row that could not be read and for which nobody waits. The same failure is told once.
    pub(super) fn unreadable(&self, error: &StoreError) {
        let text = error.to_string();
        let mut told = lock(&self.unreadable);
        if told.as_ref() != Some(&text) {
            *told = Some(text);
            drop(told);
            self.observer.store_failed(error);
        }
    }

    /// Why writes fail, if they do.
    pub(super) fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// Waits until writes fail; gives why.
    pub(super) async fn failing(&self) -> StoreError {
        let mut failure = self.failure.subscribe();
        // The sender lives as long as we do, so there is an answer or none yet.
        let found = failure.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        match found {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    /// Waits until writes work again.
    pub(super) async fn working(&self) {
        // As above.
        let _ = self.failure.subscribe().wait_for(Option::is_none).await;
    }
}
