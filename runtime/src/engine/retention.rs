//! Removes executions that ended long ago.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Inner;
use crate::effect::Timestamp;

/// Seconds between two looks at what may go.
const INTERVAL: f64 = 600.0;
/// Ends after which it is time to look again, however little time has passed.
const ENDS: usize = 1_000;
/// How many executions are removed before others have their turn at the store.
const BATCH: usize = 1_000;

/// Which executions that have ended are kept. All that break one of the rules are removed in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// For how long after their end; without one, for ever.
    pub time: Option<Duration>,
    /// How many of those that ended last; without one, any number.
    pub count: Option<usize>,
}

impl Retention {
    /// Everything is kept.
    pub const FOREVER: Self = Self { time: None, count: None };

    fn removes(self) -> bool {
        self.time.is_some() || self.count.is_some()
    }
}

impl Default for Retention {
    /// As the service does: 90 days (<https://docs.cloud.google.com/workflows/quotas>).
    fn default() -> Self {
        Self { time: Some(Duration::from_secs(90 * 24 * 3600)), count: None }
    }
}

/// Says when it is time to look.
#[derive(Debug, Default)]
pub(super) struct Ended {
    count: AtomicUsize,
    many: Arc<Notify>,
}

impl Ended {
    /// One more execution has ended.
    pub(super) fn one_more(&self) {
        if self.count.fetch_add(1, Ordering::Relaxed) + 1 >= ENDS {
            self.count.store(0, Ordering::Relaxed);
            self.many.notify_one();
        }
    }
}

/// Starts the task that removes executions; it ends with the engine.
pub(super) fn run(inner: &Arc<Inner>) -> Option<JoinHandle<()>> {
    if !inner.retention.removes() {
        return None;
    }
    let weak = Arc::downgrade(inner);
    Some(tokio::spawn(async move {
        while let Some(wait) = tick(&weak).await {
            wait.await;
        }
    }))
}

/// Removes what may go; gives the wait until the next time, or nothing when the engine is gone.
async fn tick(weak: &Weak<Inner>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let inner = weak.upgrade()?;
    let now = inner.clock.now();
    let before = match inner.retention.time {
        Some(time) => Timestamp(now.0.saturating_sub(i64::try_from(time.as_micros()).unwrap_or(i64::MAX))),
        None => Timestamp(i64::MIN),
    };
    let keep = inner.retention.count.unwrap_or(usize::MAX);
    loop {
        inner.check_running().ok()?;
        match inner.store.remove_ended(before, keep, BATCH).await {
            Ok(removed) if removed == BATCH => tokio::task::yield_now().await,
            // A store that fails is asked again next time.
            Ok(_) | Err(_) => break,
        }
    }
    let (clock, many) = (Arc::clone(&inner.clock), Arc::clone(&inner.ended_since.many));
    // The engine itself must not be kept alive by a wait.
    Some(async move {
        tokio::select! {
            biased;
            () = many.notified() => {}
            () = clock.sleep_until(now.after(INTERVAL)) => {}
        }
    })
}
