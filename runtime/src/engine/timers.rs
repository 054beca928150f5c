//! Wakes executions that are not in memory.
//!
//! The store's index of wake-ups is the truth; in memory there is only the near horizon.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Notify;

use super::{EngineError, Inner, lock};
use crate::effect::Timestamp;

/// Seconds of wake-ups that are held in memory.
const HORIZON: f64 = 60.0;
/// Seconds after which a failing store is asked again.
const RETRY: f64 = 1.0;
/// How many wake-ups are read from the store at once.
const BATCH: usize = 1_024;

/// The wake-ups of the near horizon.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: Mutex<BTreeSet<(Timestamp, String)>>,
    changed: Arc<Notify>,
}

impl Timers {
    /// Notes the wake-up of an execution that leaves memory.
    pub(super) fn add(&self, at: Timestamp, id: String) {
        lock(&self.due).insert((at, id));
        self.changed.notify_one();
    }

    fn first(&self) -> Option<Timestamp> {
        lock(&self.due).first().map(|(at, _)| *at)
    }

    fn take_due(&self, now: Timestamp) -> Vec<String> {
        let mut due = lock(&self.due);
        let later = due.split_off(&(Timestamp(now.0.saturating_add(1)), String::new()));
        std::mem::replace(&mut *due, later).into_iter().map(|(_, id)| id).collect()
    }
}

/// Starts the task that wakes executions; it ends with the engine.
pub(super) fn run(inner: &Arc<Inner>) {
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        let mut loaded_until = None;
        while let Some(wait) = tick(&weak, &mut loaded_until).await {
            wait.await;
        }
    });
}

/// Wakes what is due; gives the wait until the next time, or nothing when the engine is gone.
async fn tick(
    weak: &Weak<Inner>,
    loaded_until: &mut Option<Timestamp>,
) -> Option<impl Future<Output = ()> + Send + use<>> {
    let inner = weak.upgrade()?;
    let now = inner.clock.now();
    let horizon = now.after(HORIZON);
    if loaded_until.is_none_or(|until| until <= now) {
        load(&inner, horizon).await;
        *loaded_until = Some(horizon);
    }
    for id in inner.timers.take_due(now) {
        // One that has ended, that is parked, or that another process drives, needs no waking.
        if let Err(EngineError::Store(_)) = inner.activate(&id).await {
            inner.timers.add(now.after(RETRY), id);
        }
    }
    let next = inner.timers.first().map_or(horizon, |first| first.min(horizon));
    let (clock, changed) = (Arc::clone(&inner.clock), Arc::clone(&inner.timers.changed));
    // The engine itself must not be kept alive by a wait.
    Some(async move {
        tokio::select! {
            () = clock.sleep_until(next) => {}
            () = changed.notified() => {}
        }
    })
}

/// Reads the near wake-ups from the store. What is due at once is woken batch by batch.
async fn load(inner: &Arc<Inner>, horizon: Timestamp) {
    let Ok(rows) = inner.store.due(horizon, BATCH).await else { return };
    for (id, at) in rows {
        let live = lock(&inner.live).contains_key(&id);
        if !live {
            inner.timers.add(at, id);
        }
    }
}
