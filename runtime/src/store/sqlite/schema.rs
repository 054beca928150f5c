//! The tables, their versions, and how connections are opened.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ffi};

use super::failure::failed;
use super::{Durability, SqliteOptions};
use crate::store::StoreError;

/// Marks a database as Cogwork's: `CogW`.
const APPLICATION_ID: i32 = 0x436f_6757;

/// The oldest SQLite that may be used, as `sqlite3_libversion_number` counts: earlier ones can damage a database when a
/// checkpoint resets the write-ahead log.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a connection waits for another one of this process.
const BUSY: Duration = Duration::from_secs(10);

/// The steps from an empty database to the present version; `user_version` counts those that were taken.
///
/// A commit touches one row of `executions`; what never changes and may be large (the argument) is elsewhere, so that
/// it is not written again each time. The checkpoint comes last, so that reading the other columns passes over it.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE executions (
        seq            INTEGER PRIMARY KEY AUTOINCREMENT,
        id             TEXT    NOT NULL UNIQUE,
        version        INTEGER NOT NULL,
        state          TEXT    NOT NULL,
        wake_up        INTEGER,
        create_time    INTEGER NOT NULL,
        end_time       INTEGER,
        workflow       TEXT    NOT NULL,
        revision       TEXT    NOT NULL,
        call_log_level TEXT,
        secret         BLOB    NOT NULL,
        current_steps  TEXT    NOT NULL,
        result         TEXT,
        failure        TEXT,
        checkpoint     BLOB,
        CHECK (end_time IS NULL OR (wake_up IS NULL AND checkpoint IS NULL))
    ) STRICT;
    CREATE INDEX executions_due ON executions (wake_up) WHERE wake_up IS NOT NULL;
    CREATE INDEX executions_ended ON executions (end_time) WHERE end_time IS NOT NULL;
    CREATE INDEX executions_of_workflow ON executions (workflow);
    CREATE TABLE inputs (
        execution INTEGER PRIMARY KEY,
        argument  TEXT,
        labels    TEXT
    ) STRICT;
"];

/// Refuses an SQLite that is too old.
///
/// # Errors
///
/// The linked SQLite is older than the oldest that is safe.
pub(super) fn check_sqlite() -> Result<(), StoreError> {
    if rusqlite::version_number() >= OLDEST_SQLITE {
        return Ok(());
    }
    Err(StoreError::Failed(format!(
        "SQLite {} is too old: versions before 3.51.3 can damage a database; link a newer one",
        rusqlite::version()
    )))
}

/// Opens the connection that writes; makes or migrates the database first.
///
/// # Errors
///
/// The file cannot be opened or written, is no database, is another program's, or is newer than this program.
pub(super) fn prepare(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Asked before SQLite is: it would leave files beside this one that are read-only as well, and stay so.
    let writable = std::fs::OpenOptions::new().write(true).open(path);
    if let Err(error) = writable
        && matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    {
        let path = path.display();
        return Err(StoreError::Failed(format!("cannot write to {path}: the file is read-only ({error})")));
    }
    let opened = || -> rusqlite::Result<(Connection, bool, Found)> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        let read_only = connection.is_readonly(rusqlite::MAIN_DB)?;
        let found = look(&connection)?;
        Ok((connection, read_only, found))
    };
    let (mut connection, read_only, found) = opened().map_err(|error| failed("open", path, &error))?;
    let name = path.display();
    if read_only {
        return Err(StoreError::Failed(format!("cannot write to {name}: the file is read-only")));
    }
    let newest = MIGRATIONS.len();
    let taken = match found {
        Found::Foreign => {
            return Err(StoreError::Failed(format!(
                "{name} is a database of another program; choose another file"
            )));
        }
        Found::Version(version) if version > newest => {
            return Err(StoreError::Failed(format!(
                "{name} was written by a newer Cogwork (format {version}; this program knows {newest}); use the newer \
                 program"
            )));
        }
        Found::Version(version) => version,
    };
    if taken == 0 {
        // Has to be said before the first page is written.
        connection
            .pragma_update(None, "auto_vacuum", "INCREMENTAL")
            .map_err(|error| failed("set up", path, &error))?;
    }
    let prepared = configure(&connection, options).and_then(|()| migrate(&mut connection, taken));
    prepared.map_err(|error| failed("set up", path, &error))?;
    Ok(connection)
}

/// Opens one more connection that may write to a database that [`prepare`] has seen.
///
/// # Errors
///
/// The file cannot be opened any more.
pub(super) fn open_writing(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        configure(&connection, options)?;
        let found = look(&connection)?;
        Ok((connection, found))
    };
    match open().map_err(|error| failed("open", path, &error))? {
        (connection, Found::Version(version)) if version == MIGRATIONS.len() => Ok(connection),
        _ => Err(StoreError::Failed(format!("{} is not the file that it was at the start", path.display()))),
    }
}

/// Opens a connection that cannot write.
///
/// # Errors
///
/// The file cannot be opened.
pub(super) fn open_reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        harden(&connection)?;
        Ok(connection)
    };
    open().map_err(|error| failed("open", path, &error))
}

/// What a database says of itself.
enum Found {
    /// Ours, or empty: so many migrations were made.
    Version(usize),
    /// Another program's.
    Foreign,
}

fn look(connection: &Connection) -> rusqlite::Result<Found> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok(match (application, usize::try_from(version)) {
        (APPLICATION_ID, Ok(version)) if version > 0 => Found::Version(version),
        (0, Ok(0)) if objects == 0 => Found::Version(0),
        _ => Found::Foreign,
    })
}

fn configure(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        let message = "its file system cannot keep a write-ahead log".to_owned();
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), Some(message)));
    }
    match options.durability {
        Durability::Full => {
            connection.pragma_update(None, "synchronous", "FULL")?;
            // Where a plain sync leaves data in the drive's cache (macOS).
            connection.pragma_update(None, "fullfsync", true)?;
            connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        }
        Durability::Relaxed => connection.pragma_update(None, "synchronous", "NORMAL")?,
    }
    // Checkpoints are made beside the writer, not within its commits.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    let limit = i64::try_from(options.wal_bytes).unwrap_or(i64::MAX);
    connection.pragma_update_and_check(None, "journal_size_limit", limit, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    harden(connection)
}

/// A database file is input like any other.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

fn migrate(connection: &mut Connection, taken: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (number, statements) in MIGRATIONS.iter().enumerate().skip(taken) {
        transaction.execute_batch(statements)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
    }
    if taken == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    transaction.commit()
}
