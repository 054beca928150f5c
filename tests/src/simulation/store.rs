//! A store that fails, delays and forgets.
//!
//! A write goes through four moments: it is begun, it is *applied* (its compare-and-set is decided), it is *durable*
//! (with everything that was applied before it, as in a group commit; from here on it can be read), and its future
//! returns. Time may pass between any two. It can fail before it is applied, and its future can report a failure
//! although it was applied or still will be. A crash keeps all that is durable, and of the writes that were only
//! applied a prefix that the seed chooses.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cogwork::Record;
use cogwork::effect::Timestamp;
use cogwork::store::{Commit, MemoryStore, Query, Store, StoreError, StoreFuture};

use super::Course;

/// How the store behaves for a while.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// How many writes in a thousand fail, one way or another.
    pub failing_writes: u64,
    /// How many reads in a thousand fail.
    pub failing_reads: u64,
    /// The longest delay at each moment of an operation.
    pub delay: Duration,
}

impl Weather {
    /// A store as it should be.
    pub const FAIR: Self = Self { failing_writes: 0, failing_reads: 0, delay: Duration::from_millis(3) };
}

/// The store of a run; it outlives the lives.
#[derive(Debug, Clone)]
pub struct FaultyStore {
    course: Course,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    weather: Weather,
    /// What was applied, in order.
    journal: Vec<Write>,
    /// How much of the journal is durable.
    durable: usize,
    /// The state after the whole journal.
    applied: Arc<MemoryStore>,
    /// The state after the durable part of it.
    visible: Arc<MemoryStore>,
    /// Writes that were begun.
    begun: u64,
}

#[derive(Debug, Clone)]
enum Write {
    Create(Box<Record>, Vec<u8>),
    Commit(Box<Commit>),
}

impl Write {
    fn apply(self, store: &MemoryStore) -> Result<(), StoreError> {
        ready(match self {
            Self::Create(record, checkpoint) => store.create(*record, checkpoint),
            Self::Commit(commit) => store.commit(*commit),
        })
    }
}

impl std::fmt::Display for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Create(record, _) => write!(f, "create {}", record.id),
            Self::Commit(commit) => {
                let end = commit.end.as_ref().map_or("", |end| end.state.as_str());
                let wake_up = commit.wake_up.map(|at| at.0);
                write!(f, "commit {} over {} wake-up {wake_up:?} {end}", commit.id, commit.expected_version)
            }
        }
    }
}

/// The outcome of a future of the memory store, which never waits.
pub(super) fn ready<T>(mut future: impl Future<Output = T> + Unpin) -> T {
    match std::pin::Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => unreachable!("the memory store never waits"),
    }
}

fn failed(what: &str) -> StoreError {
    StoreError::Failed(format!("simulated: {what}"))
}

impl FaultyStore {
    /// An empty store.
    #[must_use]
    pub fn new(course: &Course) -> Self {
        let shared = Shared {
            weather: Weather::FAIR,
            journal: Vec::new(),
            durable: 0,
            applied: Arc::default(),
            visible: Arc::default(),
            begun: 0,
        };
        Self { course: course.clone(), shared: Arc::new(Mutex::new(shared)) }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how the store behaves.
    pub fn set_weather(&self, weather: Weather) {
        self.shared().weather = weather;
    }

    /// What is durable, without delays and failures.
    #[must_use]
    pub fn durable(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.shared().visible)
    }

    /// How many writes were begun.
    #[must_use]
    pub fn writes_begun(&self) -> u64 {
        self.shared().begun
    }

    /// The process has died: of what was applied and not durable, a prefix is kept. Gives how many writes are lost.
    pub fn crash(&self) -> usize {
        let (durable, applied) = {
            let shared = self.shared();
            (shared.durable, shared.journal.len())
        };
        let kept = durable + usize::try_from(self.course.below((applied - durable + 1) as u64)).unwrap_or(0);
        self.make_durable(kept);
        let mut shared = self.shared();
        shared.journal.truncate(kept);
        let again = MemoryStore::new();
        for write in shared.journal.iter().cloned() {
            if let Err(error) = write.apply(&again) {
                self.course.violated(format_args!("the journal does not replay: {error}"));
            }
        }
        shared.applied = Arc::new(again);
        self.course.note(format_args!("crash: {kept} writes kept, {} lost", applied - kept));
        applied - kept
    }

    fn make_durable(&self, count: usize) {
        let mut shared = self.shared();
        while shared.durable < count {
            let write = shared.journal.get(shared.durable).cloned();
            shared.durable += 1;
            if let Some(Err(error)) = write.map(|write| write.apply(&shared.visible)) {
                self.course.violated(format_args!("what was applied cannot be made durable: {error}"));
            }
        }
    }

    /// Applies a write, makes it durable, and says what became of it.
    async fn carry_out(self, write: Write, weather: Weather) -> Result<(), StoreError> {
        self.course.dawdle(weather.delay).await;
        let applied = Arc::clone(&self.shared().applied);
        let outcome = write.clone().apply(&applied);
        self.course.note(format_args!("store: {write}: {outcome:?}"));
        if outcome.is_ok() {
            self.shared().journal.push(write);
        }
        // A refusal, too, rests on what others have written and has to wait until that is durable.
        let position = self.shared().journal.len();
        self.course.dawdle(weather.delay).await;
        self.make_durable(position);
        outcome
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.course.operation();
        let weather = {
            let mut shared = self.shared();
            shared.begun += 1;
            shared.weather
        };
        let fails = self.course.chance(weather.failing_writes);
        let manner = self.course.below(3);
        if fails && manner == 0 {
            self.course.dawdle(weather.delay).await;
            self.course.note(format_args!("store: {write}: fails"));
            return Err(failed("not written"));
        }
        // Who no longer waits for a write does not undo it.
        let work = tokio::spawn(self.clone().carry_out(write.clone(), weather));
        if fails && manner == 1 {
            self.course.dawdle(weather.delay).await;
            self.course.note(format_args!("store: {write}: fails, and goes on"));
            return Err(failed("the connection was lost"));
        }
        let outcome = work.await.map_err(|_| failed("the write was dropped"))?;
        self.course.dawdle(weather.delay).await;
        if fails {
            self.course.note(format_args!("store: {write}: reported as failed"));
            return Err(failed("the answer was lost"));
        }
        outcome
    }

    async fn read<T>(
        &self,
        what: &str,
        read: impl FnOnce(&MemoryStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.course.operation();
        let weather = self.shared().weather;
        self.course.dawdle(weather.delay).await;
        if self.course.chance(weather.failing_reads) {
            self.course.note(format_args!("store: {what}: fails"));
            return Err(failed("not read"));
        }
        let seen = read(&self.durable());
        // What was read may be old by the time it arrives.
        self.course.dawdle(weather.delay).await;
        seen
    }
}

impl Store for FaultyStore {
    fn create(&self, record: Record, checkpoint: Vec<u8>) -> StoreFuture<'_, ()> {
        Box::pin(self.write(Write::Create(Box::new(record), checkpoint)))
    }

    fn commit(&self, commit: Commit) -> StoreFuture<'_, ()> {
        Box::pin(self.write(Write::Commit(Box::new(commit))))
    }

    fn get<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<Record>> {
        Box::pin(self.read("get", move |store| ready(store.get(id))))
    }

    fn load<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<(Record, Vec<u8>)>> {
        Box::pin(self.read("load", move |store| ready(store.load(id))))
    }

    fn list(&self, query: Query) -> StoreFuture<'_, Vec<Record>> {
        Box::pin(self.read("list", move |store| ready(store.list(query))))
    }

    fn due(&self, until: Timestamp, limit: usize) -> StoreFuture<'_, Vec<(String, Timestamp)>> {
        Box::pin(self.read("due", move |store| ready(store.due(until, limit))))
    }

    /// The simulated engine removes nothing.
    fn remove_ended(&self, _: Timestamp, _: usize, _: usize) -> StoreFuture<'_, usize> {
        Box::pin(std::future::ready(Ok(0)))
    }
}
