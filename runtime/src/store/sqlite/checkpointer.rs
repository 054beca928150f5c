//! Moves the write-ahead log into the database, beside the writer, so that the log stays small and commits do not wait.
//!
//! A thread of its own copies most of the log while the writer goes on. What was written meanwhile is little, and the
//! writer copies it itself; the log is then wholly copied and begins anew with the next commit.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{SqliteOptions, schema};
use crate::store::StoreError;

/// Bytes of a frame of the log: a page and its header.
const FRAME: u64 = 4_096 + 24;
/// The writer itself copies at most one in so many frames of a full log.
const REST: i64 = 4;

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
    pub(super) fn start(path: Arc<Path>, options: SqliteOptions) -> Result<(Self, JoinHandle<()>), StoreError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let busy = Arc::new(AtomicBool::new(false));
        let connection = schema::open_writing(&path, &options)?;
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
        // A failure to copy loses nothing, as everything is in the log, and is tried again after the next commit.
        let Ok((frames, copied)) = checkpoint(connection, "NOOP") else { return };
        if frames < self.full {
            self.finish_at = self.full;
        } else if frames - copied > self.full / REST {
            self.ask(Ask::Copy);
        } else if frames >= self.finish_at {
            let _ = checkpoint(connection, "PASSIVE");
            // A reader may hold the log for a while: do not try with each commit.
            self.finish_at = frames + self.full / REST;
        }
    }
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
            connection = schema::open_writing(path, options).ok();
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

/// Checkpoints; gives how many frames the log has and how many of them are copied.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?
        .query_row((), |row| Ok((row.get(1)?, row.get(2)?)))
}
