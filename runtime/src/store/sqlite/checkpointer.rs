//! Moves the write-ahead log into the database, beside the writer, so that the log stays small and commits do not wait.
//!
//! A thread of its own copies most of the log while the writer goes on. What was written meanwhile is little, and the
//! writer copies it itself; the log is then wholly copied and begins anew with the next commit. Where the thread does
//! not get ahead of the writer, the writer copies more than a little.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::failure::failed;
use super::{SqliteOptions, schema};
use crate::store::StoreError;

/// Bytes of a frame of the log: a page and its header.
const FRAME: u64 = 4_096 + 24;
/// Of a full log the writer itself copies one in so many frames, as long as there is room.
const REST: i64 = 4;

/// How long the writer waits for the thread at most.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What the thread is to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// Copy what can be copied without anybody waiting.
    Copy,
    /// Copy everything and cut the file to nothing: nobody writes just now.
    Truncate,
}

/// The writer's side of it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    sender: SyncSender<Ask>,
    /// Whether the thread is copying or about to.
    busy: Arc<AtomicBool>,
    /// How many frames make a full log.
    full: i64,
    /// The writer copies the rest once the log is this long.
    finish_at: i64,
}

impl Checkpointer {
    /// Starts the thread; it ends when the returned value is dropped.
    ///
    /// # Errors
    ///
    /// The database cannot be opened once more, or there can be no more threads.
    pub(super) fn start(
        path: Arc<Path>,
        options: SqliteOptions,
    ) -> Result<(Self, JoinHandle<()>), StoreError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let busy = Arc::new(AtomicBool::new(false));
        let connection = open(&path, &options)?;
        // Half of the room: the other half fills while the first is copied.
        let full = i64::try_from(options.wal_bytes / FRAME / 2).unwrap_or(i64::MAX).max(REST);
        let thread = super::spawn("cogwork-checkpoint", {
            let busy = Arc::clone(&busy);
            move || serve(&receiver, &busy, connection, &path, &options)
        })?;
        Ok((Self { sender, busy, full, finish_at: full }, thread))
    }

    /// Asks the thread. False: it has enough to do already.
    pub(super) fn ask(&self, ask: Ask) -> bool {
        let asked = !self.busy.swap(true, Ordering::AcqRel);
        if asked && self.sender.try_send(ask).is_err() {
            self.busy.store(false, Ordering::Release);
        }
        asked
    }

    /// Sees after a commit to it that the log does not grow too long.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        // A failure to copy loses nothing, as everything is in the log, and is tried again after a later commit.
        let Ok(Some((frames, copied))) = checkpoint(connection, "NOOP") else { return };
        let rest = self.full / REST;
        if frames < self.full {
            self.finish_at = self.full;
            return;
        }
        if frames - copied > rest && frames < 2 * self.full {
            self.ask(Ask::Copy);
            return;
        }
        if frames >= 4 * self.full {
            self.await_thread();
        }
        if frames >= self.finish_at && matches!(checkpoint(connection, "PASSIVE"), Ok(Some(_))) {
            // A reader may hold on to the log for a while: do not try with each commit.
            self.finish_at = frames + rest;
        }
    }

    /// Waits for a disk that takes longer to copy a log than the writer to fill several.
    fn await_thread(&self) {
        let start = Instant::now();
        while self.busy.load(Ordering::Acquire) && start.elapsed() < LONGEST_WAIT {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Opens the connection of the thread. It waits for nobody: cutting the log holds up the writer, which must not last as
/// long as somebody reads.
fn open(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let connection = schema::open_writing(path, options)?;
    connection.busy_timeout(Duration::ZERO).map_err(|error| failed("open", path, &error))?;
    Ok(connection)
}

/// Works until the writer is gone.
fn serve(
    asks: &Receiver<Ask>,
    busy: &AtomicBool,
    connection: Connection,
    path: &Path,
    options: &SqliteOptions,
) {
    let mut connection = Some(connection);
    for ask in asks {
        if connection.is_none() {
            connection = open(path, options).ok();
        }
        let done = connection.as_ref().is_some_and(|connection| {
            let copied = checkpoint(connection, "PASSIVE");
            match ask {
                Ask::Copy => copied.is_ok(),
                Ask::Truncate => copied.and_then(|_| checkpoint(connection, "TRUNCATE")).is_ok(),
            }
        });
        if !done {
            // A fresh connection next time.
            connection = None;
        }
        busy.store(false, Ordering::Release);
    }
}

/// Checkpoints; gives how many frames the log has and how many of them are copied, or nothing if another connection is
/// at it.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Option<(i64, i64)>> {
    let mut statement = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    statement.query_row((), |row| {
        let counts = (row.get(1)?, row.get(2)?);
        Ok((!row.get::<_, bool>(0)?).then_some(counts))
    })
}
