//! What went wrong with the database, in words for the person who has to mend it.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::store::StoreError;

/// The error of an attempt to do something (`"write to"`) with the database.
pub(super) fn failed(doing: &str, path: &Path, error: &Error) -> StoreError {
    let path = path.display();
    StoreError::Failed(match cause(error) {
        Some(cause) => format!("cannot {doing} {path}: {cause} ({error})"),
        None => format!("cannot {doing} {path}: {error}"),
    })
}

fn cause(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => "the disk is full",
            ErrorCode::ReadOnly => "the file or its directory is read-only",
            ErrorCode::SystemIoFailure => "the disk reports an error",
            ErrorCode::DatabaseCorrupt => "the file is damaged; restore it from a copy",
            ErrorCode::NotADatabase => "the file is not an SQLite database",
            ErrorCode::CannotOpen => "the file cannot be opened",
            ErrorCode::PermissionDenied => "access is not permitted",
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another program holds it locked",
            ErrorCode::OutOfMemory => "there is not enough memory",
            ErrorCode::TooBig => "the execution's data are too large",
            _ => return None,
        },
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => "a row holds what Cogwork never writes",
        _ => return None,
    })
}
