//! The store of a single machine: an SQLite database file.
//!
//! One thread writes and commits the requests that wait together, so that many executions share one sync of the disk;
//! a few threads read beside it. A request is answered after its commit only. The file belongs to one process at a
//! time, which a lock file beside it ensures.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

mod checkpointer;
mod failure;
mod lock;
mod readers;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use self::checkpointer::Checkpointer;
use self::lock::Lock;
use self::readers::Readers;
use self::writer::{Request, Write, Writer};
use super::{Commit, Query, Record, Store, StoreError, StoreFuture};
use crate::effect::Timestamp;

/// How many executions one request to the writer removes at most, so that commits between them do not wait long.
const REMOVED_AT_ONCE: usize = 100;
/// Bytes that a text or checkpoint may have; SQLite's own bound is near 1 GB for a whole row.
const LARGEST: usize = 256 << 20;

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Everything that the disk survives: each commit waits for the disk.
    #[default]
    Full,
    /// The end of the process, however it comes. When the machine itself stops (power, kernel), the writes of the last
    /// moments may be lost; what is left is whole.
    Relaxed,
}

/// How a database is used.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// How many threads read.
    pub readers: usize,
    /// Bytes that the write-ahead log is to have at most. Under load it may be twice as much, and more while a long read
    /// goes on.
    pub wal_bytes: u64,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { durability: Durability::Full, readers: 2, wal_bytes: 16 << 20 }
    }
}

/// How much was written since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteStatistics {
    /// Requests that were written or refused on their own.
    pub writes: u64,
    /// Transactions that they shared.
    pub commits: u64,
}

/// Executions in a database file.
///
/// Dropping it waits until what was asked for is done and the file is closed.
#[derive(Debug)]
pub struct SqliteStore {
    path: Arc<Path>,
    counters: Arc<Counters>,
    /// `None` only while it is dropped.
    threads: Option<Threads>,
    /// Released last: fields are dropped after the threads have ended.
    _lock: Lock,
}

#[derive(Debug)]
struct Threads {
    requests: Sender<Request>,
    readers: Readers,
    writer: JoinHandle<()>,
    checkpointer: JoinHandle<()>,
}

/// Counts for [`SqliteStatistics`].
#[derive(Debug, Default)]
struct Counters {
    writes: AtomicU64,
    commits: AtomicU64,
}

impl Counters {
    fn count(&self, writes: usize) {
        self.writes.fetch_add(u64::try_from(writes).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
    }
}

impl SqliteStore {
    /// Opens the database at `path`, which is made if there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written, is used by another process, is not Cogwork's, is damaged, or was written
    /// by a newer version.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        schema::check_sqlite()?;
        let path: Arc<Path> = absolute(path.as_ref())?.into();
        let lock = Lock::take(&path)?;
        let connection = schema::prepare(&path, &options)?;
        let readers = Readers::start(&path, options.readers)?;
        let (checkpoints, checkpointer) = Checkpointer::start(Arc::clone(&path), options.clone())?;
        let counters = Arc::new(Counters::default());
        let (requests, inbox) = mpsc::channel();
        let writer = Writer::new(Arc::clone(&path), options, connection, checkpoints, Arc::clone(&counters));
        let writer = spawn("cogwork-write", move || writer.run(&inbox))?;
        let threads = Threads { requests, readers, writer, checkpointer };
        Ok(Self { path, counters, threads: Some(threads), _lock: lock })
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much was written since the store was opened.
    #[must_use]
    pub fn statistics(&self) -> SqliteStatistics {
        SqliteStatistics {
            writes: self.counters.writes.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
        }
    }

    fn write(&self, write: Write) -> StoreFuture<'static, usize> {
        let (reply, answer) = oneshot::channel();
        if let Some(threads) = &self.threads {
            // An error drops the reply's sender, which the answer shows.
            let _ = threads.requests.send(Request { write, reply });
        }
        let path = Arc::clone(&self.path);
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(closed(&path))) })
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreFuture<'static, T> {
        match &self.threads {
            Some(threads) => threads.readers.read(read),
            None => Box::pin(std::future::ready(Err(closed(&self.path)))),
        }
    }

    /// Refuses what would make the whole batch fail.
    fn bounded(&self, id: &str, sizes: &[usize]) -> Result<(), StoreError> {
        if sizes.iter().all(|size| *size <= LARGEST) {
            return Ok(());
        }
        Err(StoreError::TooLarge(format!(
            "execution {id} holds a value of more than {LARGEST} bytes, which {} cannot keep",
            self.path.display()
        )))
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if let Some(Threads { requests, readers, writer, checkpointer }) = self.threads.take() {
            // The readers first: the connection that is closed last copies the log, and must be able to write.
            readers.close();
            drop(requests);
            // A thread that panicked has closed its connection as well.
            let _ = writer.join();
            let _ = checkpointer.join();
        }
    }
}

impl Store for SqliteStore {
    fn create(&self, record: Record, checkpoint: Vec<u8>) -> StoreFuture<'_, ()> {
        let argument = record.argument.as_ref().map_or(0, String::len);
        if let Err(error) = self.bounded(&record.id, &[argument, checkpoint.len()]) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let written = self.write(Write::Create(Box::new(record), checkpoint));
        Box::pin(async move { written.await.map(drop) })
    }

    fn commit(&self, commit: Commit) -> StoreFuture<'_, ()> {
        let result = commit.end.as_ref().and_then(|end| end.result.as_ref()).map_or(0, String::len);
        let checkpoint = commit.checkpoint.as_ref().map_or(0, Vec::len);
        if let Err(error) = self.bounded(&commit.id, &[result, checkpoint]) {
            return Box::pin(std::future::ready(Err(error)));
        }
        let written = self.write(Write::Commit(Box::new(commit)));
        Box::pin(async move { written.await.map(drop) })
    }

    fn get<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<Record>> {
        let id = id.to_owned();
        self.read(move |connection| rows::get(connection, &id))
    }

    fn load<'a>(&'a self, id: &'a str) -> StoreFuture<'a, Option<(Record, Vec<u8>)>> {
        let id = id.to_owned();
        self.read(move |connection| rows::load(connection, &id))
    }

    fn list(&self, query: Query) -> StoreFuture<'_, Vec<Record>> {
        self.read(move |connection| rows::list(connection, &query))
    }

    fn due(&self, until: Timestamp, limit: usize) -> StoreFuture<'_, Vec<(String, Timestamp)>> {
        self.read(move |connection| rows::due(connection, until, limit))
    }

    fn try_write(&self) -> StoreFuture<'_, ()> {
        let written = self.write(Write::Nothing);
        Box::pin(async move { written.await.map(drop) })
    }

    fn remove_ended(&self, before: Timestamp, keep: usize, limit: usize) -> StoreFuture<'_, usize> {
        let found = self.read(move |connection| rows::removable(connection, before, keep, limit));
        Box::pin(async move {
            let mut count = 0;
            for some in found.await?.chunks(REMOVED_AT_ONCE) {
                count += self.write(Write::Delete(some.to_vec())).await?;
            }
            Ok(count)
        })
    }
}

/// The path that names the file whatever the working directory is and by whichever link it was reached.
fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    let failed =
        |error: std::io::Error| StoreError::Failed(format!("cannot open {}: {error}", path.display()));
    match path.canonicalize() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        found => return found.map_err(failed),
    }
    let name = path.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidFilename.into()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Ok(folder.canonicalize().map_err(failed)?.join(name))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Failed(format!("cannot start a thread for the store: {error}")))
}

fn closed(path: &Path) -> StoreError {
    StoreError::Failed(format!("the database {} is closed", path.display()))
}
