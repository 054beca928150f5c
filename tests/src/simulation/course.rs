//! The course of one run: its random numbers, its trace, its virtual time, and whether its process has to die.

use std::fmt::Display;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::{Clock as _, Randomness, TokioClock};
use tokio::sync::Notify;

use crate::harness::EPOCH;

/// Shared by everything in a run. All of it happens on one thread, so that the order of draws follows from the seed.
#[derive(Debug, Clone)]
pub struct Course {
    inner: Arc<Mutex<Inner>>,
    /// Rings when the process has to die.
    crash: Arc<Notify>,
}

#[derive(Debug)]
struct Inner {
    random: u64,
    trace: DefaultHasher,
    print: bool,
    /// When the last life ended.
    ended: Timestamp,
    /// The clock of this life.
    clock: Option<TokioClock>,
    violation: Option<String>,
    /// Operations of the store and the world until the process dies.
    fuse: Option<u64>,
}

impl Inner {
    fn now(&self) -> Timestamp {
        self.clock.map_or(self.ended, |clock| clock.now())
    }
}

impl Course {
    /// The course of a seed.
    #[must_use]
    pub fn new(seed: u64, print: bool) -> Self {
        let inner = Inner {
            random: seed.wrapping_mul(0xD6E8_FEB8_6659_FD93),
            trace: DefaultHasher::new(),
            print,
            ended: EPOCH,
            clock: None,
            violation: None,
            fuse: None,
        };
        Self { inner: Arc::new(Mutex::new(inner)), crash: Arc::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A random number below `bound` (SplitMix64); 0 when that is 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        let mut inner = self.inner();
        inner.random = inner.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = inner.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }

    /// True `permille` times in a thousand.
    #[must_use]
    pub fn chance(&self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// Waits some virtual time up to `most`, often none, and lets other tasks go first now and then.
    pub async fn dawdle(&self, most: Duration) {
        for _ in 0..self.below(4) {
            tokio::task::yield_now().await;
        }
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        if most > 0 && self.chance(600) {
            tokio::time::sleep(Duration::from_millis(self.below(most) + 1)).await;
        }
    }

    /// Notes what happened.
    pub fn note(&self, what: impl Display) {
        let mut inner = self.inner();
        let line = format!("{:>12.6} {what}", (inner.now().0 - EPOCH.0) as f64 / 1e6);
        line.hash(&mut inner.trace);
        if inner.print {
            println!("{line}");
        }
    }

    /// Digest of the trace so far.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.inner().trace.finish()
    }

    /// Notes a broken promise; the first one counts.
    pub fn violated(&self, what: impl Display) {
        self.note(format_args!("VIOLATION {what}"));
        self.inner().violation.get_or_insert_with(|| what.to_string());
        self.crash.notify_one();
    }

    /// The first broken promise.
    ///
    /// # Errors
    ///
    /// There is one.
    pub fn verdict(&self) -> Result<(), String> {
        self.inner().violation.clone().map_or(Ok(()), Err)
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner().now()
    }

    /// Begins a life on the current runtime, whose time must be paused. Virtual time goes on where the last one ended.
    pub fn begin_life(&self) {
        let mut inner = self.inner();
        inner.clock = Some(TokioClock::starting_at(inner.ended));
    }

    /// Ends a life, still on its runtime.
    pub fn end_life(&self) {
        let mut inner = self.inner();
        inner.ended = inner.now();
        inner.clock = None;
        inner.fuse = None;
    }

    /// Lets the process die after so many operations, or not at all.
    pub fn set_fuse(&self, operations: Option<u64>) {
        self.inner().fuse = operations;
    }

    /// Counts an operation of the store or the world.
    pub fn operation(&self) {
        let mut inner = self.inner();
        if let Some(left) = &mut inner.fuse {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.crash.notify_one();
            }
        }
    }

    /// Waits until the process has to die.
    pub async fn death(&self) {
        self.crash.notified().await;
    }
}

impl Randomness for Course {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = u8::try_from(self.below(256)).unwrap_or_default();
        }
    }
}
