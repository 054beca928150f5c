//! Wakes executions that are not in memory.
//!
//! The store's index of wake-ups is the truth; in memory there is only the near horizon.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{EngineError, Inner, STORE_RETRY, lock};
use crate::effect::Timestamp;
use crate::store::StoreError;

/// Seconds of wake-ups that are held in memory.
const HORIZON: f64 = 600.0;
/// How many wake-ups are read from the store at first; when there are more, four times as many, and so on.
const BATCH: usize = 1_024;

/// The wake-ups of the near horizon.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: Mutex<Due>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Due {
    wake_ups: BTreeSet<(Timestamp, String)>,
    /// Up to here the store's wake-ups are known.
    horizon: Option<Timestamp>,
}

impl Timers {
    /// Notes the wake-up of an execution that leaves memory. What lies beyond the horizon the store tells in time.
    pub(super) fn add(&self, at: Timestamp, id: String) {
        let mut due = lock(&self.due);
        if due.horizon.is_none_or(|horizon| at <= horizon) {
            due.wake_ups.insert((at, id));
            drop(due);
            self.changed.notify_one();
        }
    }

    /// Notes when to look again at an execution that the store did not let go on. The store need not know of this
    /// wake-up: the execution may even have ended, by a write that was taken for a failed one.
    pub(super) fn retry(&self, at: Timestamp, id: String) {
        lock(&self.due).wake_ups.insert((at, id));
        self.changed.notify_one();
    }

    fn first(&self) -> Option<Timestamp> {
        lock(&self.due).wake_ups.first().map(|(at, _)| *at)
    }

    fn horizon(&self) -> Option<Timestamp> {
        lock(&self.due).horizon
    }

    fn take_due(&self, now: Timestamp) -> Vec<String> {
        let mut due = lock(&self.due);
        let later = due.wake_ups.split_off(&(Timestamp(now.0.saturating_add(1)), String::new()));
        std::mem::replace(&mut due.wake_ups, later).into_iter().map(|(_, id)| id).collect()
    }
}

/// Reads the first wake-ups and starts the task that wakes executions; it ends with the engine.
///
/// # Errors
///
/// The store cannot be read.
pub(super) async fn run(inner: &Arc<Inner>) -> Result<JoinHandle<()>, StoreError> {
    load(inner, inner.clock.now()).await?;
    let weak = Arc::downgrade(inner);
    Ok(tokio::spawn(async move {
        while let Some(wait) = tick(&weak).await {
            wait.await;
        }
    }))
}

/// Wakes what is due; gives the wait until the next time, or nothing when the engine is gone.
async fn tick(weak: &Weak<Inner>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let inner = weak.upgrade()?;
    inner.check_running().ok()?;
    let now = inner.clock.now();
    if inner.timers.horizon().is_none_or(|horizon| horizon <= now)
        && let Err(error) = load(&inner, now).await
    {
        inner.health.unreadable(&error);
    }
    for id in inner.timers.take_due(now) {
        // One that has ended, that is parked, or that another process drives, needs no waking.
        if let Err(EngineError::Store(error)) = inner.activate(&id, None).await {
            inner.health.unreadable(&error);
            inner.timers.retry(now.after(STORE_RETRY), id);
        }
    }
    let horizon = inner.timers.horizon().unwrap_or_else(|| now.after(STORE_RETRY));
    let next = inner.timers.first().map_or(horizon, |first| first.min(horizon));
    let (clock, changed) = (Arc::clone(&inner.clock), Arc::clone(&inner.timers.changed));
    // The engine itself must not be kept alive by a wait.
    Some(async move {
        tokio::select! {
            biased;
            () = clock.sleep_until(next) => {}
            () = changed.notified() => {}
        }
    })
}

/// Reads the wake-ups up to the next horizon from the store. While the store fails, the horizon stays where it was.
async fn load(inner: &Arc<Inner>, now: Timestamp) -> Result<(), StoreError> {
    let horizon = now.after(HORIZON);
    // From here on executions that leave memory add themselves up to the new horizon.
    lock(&inner.timers.due).horizon = Some(horizon);
    let mut limit = BATCH;
    let rows = loop {
        match inner.store.due(horizon, limit).await {
            Ok(rows) if rows.len() < limit => break rows,
            Ok(_) => limit = limit.saturating_mul(4),
            Err(error) => {
                lock(&inner.timers.due).horizon = None;
                return Err(error);
            }
        }
    };
    let live = lock(&inner.live);
    let mut due = lock(&inner.timers.due);
    due.wake_ups.extend(rows.into_iter().filter(|(id, _)| !live.contains_key(id)).map(|(id, at)| (at, id)));
    Ok(())
}
