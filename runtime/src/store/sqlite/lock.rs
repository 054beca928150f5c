//! One process per database: an advisory lock on a file beside it.
//!
//! The operating system releases the lock when the process ends, however it ends. The file itself stays: removing it
//! would let two processes lock two files of the same name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Longest note of a process id that is read back.
const NOTE_LENGTH: u64 = 20;

/// Held as long as the database is open.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child that was forked this moment, until that runs its own program.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Locks the database at `path`.
    ///
    /// # Errors
    ///
    /// Somebody else holds the lock, or the lock file cannot be made.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let name = beside(path, ".lock");
        let refused = |error: std::io::Error| {
            StoreError::Failed(format!("cannot open the lock file {}: {error}", name.display()))
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&name)
            .map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(path, &mut file)),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        // The note only makes a refusal more helpful; a full disk must not stop the start.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

fn taken(path: &Path, file: &mut File) -> StoreError {
    let mut note = String::new();
    let read = file.rewind().and_then(|()| file.take(NOTE_LENGTH).read_to_string(&mut note));
    let holder = match (read, note.trim().parse::<u32>()) {
        (Ok(_), Ok(id)) if id == std::process::id() => "this process".to_owned(),
        (Ok(_), Ok(id)) => format!("another process (id {id})"),
        _ => "another process".to_owned(),
    };
    StoreError::Failed(format!(
        "the database {} is in use by {holder}; stop it first or choose another database",
        path.display()
    ))
}

/// The path with something added to its file name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
