//! Whether the store takes writes.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::clock::Clock;
use super::lock;
use super::observer::Observer;
use crate::effect::Timestamp;
use crate::store::StoreError;

/// For how many seconds no write may have failed before the store counts as mended.
const CALM: f64 = 1.0;

/// What the last writes and reads told about the store.
#[derive(Debug)]
pub(super) struct Health {
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
    /// The error of the last write, if it failed.
    failure: Mutex<Option<StoreError>>,
    /// Wakes who waits for writes to fail or to work, first come, first served.
    changed: Notify,
    /// When a write failed last, until the observer is told that writes work again.
    last_failure: Mutex<Option<Timestamp>>,
    /// The last failure of a read that was told.
    unreadable: Mutex<Option<String>>,
}

impl Health {
    pub(super) fn new(observer: Arc<dyn Observer>, clock: Arc<dyn Clock>) -> Self {
        Self {
            observer,
            clock,
            failure: Mutex::default(),
            changed: Notify::new(),
            last_failure: Mutex::default(),
            unreadable: Mutex::default(),
        }
    }

    /// Takes note of how a write ended. The observer is told when writes begin to fail, and when they work again and none
    /// has failed for a while: on a disk that is nearly full they do both by turns.
    pub(super) fn wrote<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let now = match &outcome {
            Err(error @ StoreError::Failed(_)) => Some(error.clone()),
            // A refusal as well comes from a store that works.
            _ => None,
        };
        self.tell(now.as_ref());
        let before = std::mem::replace(&mut *lock(&self.failure), now.clone());
        if before.is_some() != now.is_some() {
            self.changed.notify_waiters();
        }
        outcome
    }

    fn tell(&self, failure: Option<&StoreError>) {
        let mut last_failure = lock(&self.last_failure);
        let before = *last_failure;
        match (failure, before) {
            (None, None) => return,
            (None, Some(last)) if self.clock.now() < last.after(CALM) => return,
            (None, Some(_)) => *last_failure = None,
            (Some(_), _) => *last_failure = Some(self.clock.now()),
        }
        // The observer may ask the engine something.
        drop(last_failure);
        match failure {
            None => self.observer.store_recovered(),
            Some(error) if before.is_none() => self.observer.store_failed(error),
            Some(_) => {}
        }
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

    /// Whether a write has failed lately.
    pub(super) fn is_doubtful(&self) -> bool {
        lock(&self.last_failure).is_some()
    }

    /// Waits until writes fail; gives why.
    pub(super) async fn failing(&self) -> StoreError {
        loop {
            // Asked for before the look, so that no change is missed in between.
            let changed = self.changed.notified();
            if let Some(error) = lock(&self.failure).clone() {
                return error;
            }
            changed.await;
        }
    }

    /// Waits until writes work again.
    pub(super) async fn working(&self) {
        loop {
            // As above.
            let changed = self.changed.notified();
            if lock(&self.failure).is_none() {
                return;
            }
            changed.await;
        }
    }
}
