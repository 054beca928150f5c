//! The time, injected: the only place that reads it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::effect::Timestamp;
use crate::store::BoxFuture;

/// Longest sleep before the wall clock is looked at again, so that a clock that was set or a machine that slept does
/// not delay a deadline by more than this.
const HORIZON: Duration = Duration::from_secs(60);

/// A source of time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Waits until `instant` has come.
    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while let Some(left) = remaining(self.now(), instant) {
                tokio::time::sleep(left.min(HORIZON)).await;
            }
        })
    }
}

/// A clock that follows tokio's time, which tests can pause: then it moves only when everything waits.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    epoch: Timestamp,
    start: Instant,
}

impl TokioClock {
    /// A clock that shows `epoch` now.
    #[must_use]
    pub fn starting_at(epoch: Timestamp) -> Self {
        Self { epoch, start: Instant::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.start.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.epoch.0.saturating_add(elapsed))
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while let Some(left) = remaining(self.now(), instant) {
                tokio::time::sleep(left).await;
            }
        })
    }
}

fn remaining(now: Timestamp, instant: Timestamp) -> Option<Duration> {
    let micros = instant.0.saturating_sub(now.0);
    u64::try_from(micros).ok().filter(|micros| *micros > 0).map(Duration::from_micros)
}
