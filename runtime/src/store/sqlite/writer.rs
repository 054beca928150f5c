//! The one thread that writes: it gathers the requests that wait and commits them together.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::checkpointer::{Ask, Checkpointer};
use super::failure::failed;
use super::{Counters, SqliteOptions, rows, schema};
use crate::store::{Commit, Record, StoreError};

/// How many requests share a commit at most.
const BATCH: usize = 256;
/// How long nothing is written before the file is tidied up.
const QUIET: Duration = Duration::from_millis(500);
/// The time between two steps of tidying.
const STEP: Duration = Duration::from_millis(10);
/// How many free pages are given back in one step.
const VACUUM_PAGES: i64 = 256;
/// A file whose free pages are at most one in so many is left alone: it will need them again.
const FREE_SHARE: i64 = 8;

/// What to write.
#[derive(Debug)]
pub(super) enum Write {
    /// A new execution and its checkpoint.
    Create(Box<Record>, Vec<u8>),
    /// A write to an execution.
    Commit(Box<Commit>),
    /// Rows to delete, by number.
    Delete(Vec<i64>),
    /// An execution that is gone again at the end of the transaction.
    Nothing,
}

/// A write and who waits for it. The answer is the number of rows.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) write: Write,
    pub(super) reply: oneshot::Sender<Result<usize, StoreError>>,
}

/// The state of the thread.
#[derive(Debug)]
pub(super) struct Writer {
    path: Arc<Path>,
    options: SqliteOptions,
    /// `None` after a failure: the next batch begins with a fresh one.
    connection: Option<Connection>,
    checkpointer: Checkpointer,
    counters: Arc<Counters>,
}

impl Writer {
    pub(super) fn new(
        path: Arc<Path>,
        options: SqliteOptions,
        connection: Connection,
        checkpointer: Checkpointer,
        counters: Arc<Counters>,
    ) -> Self {
        Self { path, options, connection: Some(connection), checkpointer, counters }
    }

    /// Serves requests until nobody can send any more.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        let mut batch = Vec::with_capacity(BATCH);
        // How long to wait for a request before tidying; none when all is tidy.
        let mut patience = Some(QUIET);
        loop {
            let first = match patience {
                None => requests.recv().map_err(RecvTimeoutError::from),
                Some(time) => requests.recv_timeout(time),
            };
            match first {
                Ok(request) => {
                    batch.push(request);
                    batch.extend(requests.try_iter().take(BATCH - 1));
                    self.commit(&mut batch);
                    patience = Some(QUIET);
                }
                Err(RecvTimeoutError::Timeout) => patience = self.tidy(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Writes a batch and answers each request; all fail if the commit does.
    fn commit(&mut self, batch: &mut Vec<Request>) {
        match self.write(batch) {
            Ok(outcomes) => {
                self.counters.count(batch.len());
                for (request, outcome) in batch.drain(..).zip(outcomes) {
                    // Who no longer waits has it written all the same.
                    let _ = request.reply.send(outcome);
                }
                if let Some(connection) = &self.connection {
                    self.checkpointer.after_commit(connection);
                }
            }
            Err(error) => {
                // Closing rolls back, and whatever state the failure left in the connection goes with it.
                self.connection = None;
                for request in batch.drain(..) {
                    let _ = request.reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn write(&mut self, batch: &[Request]) -> Result<Vec<Result<usize, StoreError>>, StoreError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(schema::open_writing(&self.path, &self.options)?),
        };
        transaction(connection, batch).map_err(|error| failed("write to", &self.path, &error))
    }

    /// Does one step of tidying in a quiet time; gives the time until the next, or nothing when all is tidy.
    fn tidy(&mut self) -> Option<Duration> {
        // An error here harms nobody: what was not tidied now is tidied after the next write.
        if let Some(connection) = &self.connection
            && vacuum(connection).unwrap_or(false)
        {
            return Some(STEP);
        }
        if self.checkpointer.ask(Ask::Truncate) { None } else { Some(QUIET) }
    }
}

/// Applies a batch in one transaction. An error means that nothing of it is to be acknowledged.
fn transaction(
    connection: &Connection,
    batch: &[Request],
) -> rusqlite::Result<Vec<Result<usize, StoreError>>> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for request in batch {
        outcomes.push(match &request.write {
            Write::Create(record, checkpoint) => rows::insert(connection, record, checkpoint)?.map(|()| 1),
            Write::Commit(commit) => rows::update(connection, commit)?.map(|()| 1),
            Write::Nothing => Ok(rows::insert_and_delete(connection)?),
            Write::Delete(numbers) => Ok(rows::delete(connection, numbers)?),
        });
    }
    connection.prepare_cached("COMMIT")?.execute(())?;
    Ok(outcomes)
}

/// Gives some free pages back to the file system. True: there may be more.
fn vacuum(connection: &Connection) -> rusqlite::Result<bool> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (free, pages) = (number("freelist_count")?, number("page_count")?);
    if free < VACUUM_PAGES || free < pages / FREE_SHARE {
        return Ok(false);
    }
    // Each step of the statement frees one page.
    let mut statement = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
    let mut pages = statement.query(())?;
    while pages.next()?.is_some() {}
    Ok(true)
}
