//! Threads that read: each has a connection of its own and never waits for the writer.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::failed;
use super::{closed, schema, spawn};
use crate::store::{StoreError, StoreFuture};

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The threads and the way to them.
#[derive(Debug)]
pub(super) struct Readers {
    path: Arc<Path>,
    jobs: Sender<Job>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts so many threads.
    ///
    /// # Errors
    ///
    /// The database cannot be opened once more, or there can be no more threads.
    pub(super) fn start(path: &Arc<Path>, count: usize) -> Result<Self, StoreError> {
        let (jobs, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        let threads = (0..count.max(1)).map(|_| {
            let connection = schema::open_reading(path)?;
            let receiver = Arc::clone(&receiver);
            spawn("cogwork-read", move || {
                while let Some(job) = next(&receiver) {
                    job(&connection);
                }
            })
        });
        let threads = threads.collect::<Result<_, _>>()?;
        Ok(Self { path: Arc::clone(path), jobs, threads })
    }

    /// Reads something on one of the threads.
    pub(super) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreFuture<'static, T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Who no longer waits needs no answer.
            let _ = reply.send(read(connection));
        });
        // An error drops the reply's sender, which the answer shows.
        let _ = self.jobs.send(job);
        let path = Arc::clone(&self.path);
        Box::pin(async move {
            let read = answer.await.map_err(|_| closed(&path))?;
            read.map_err(|error| failed("read", &path, &error))
        })
    }

    /// Ends the threads once they have done what was asked.
    pub(super) fn close(self) {
        drop(self.jobs);
        for thread in self.threads {
            // One that panicked has closed its connection as well.
            let _ = thread.join();
        }
    }
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    // The others wait for the lock meanwhile, which is as good as waiting for a job.
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
