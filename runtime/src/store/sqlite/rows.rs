//! Executions as rows: the statements, and what goes into and comes out of their columns.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, ffi, params};

use crate::effect::Timestamp;
use crate::execution::Failure;
use crate::store::{Commit, CurrentStep, End, Query, Record, State, StoreError};

/// The columns that [`record`] reads, in its order.
macro_rules! select {
    ($more:literal) => {
        concat!(
            "SELECT e.id, e.workflow, e.revision, e.state, i.argument, e.result, e.failure, e.create_time, e.end_time, \
             i.labels, e.call_log_level, e.current_steps, e.secret, e.version, e.checkpoint \
             FROM executions AS e LEFT JOIN inputs AS i ON i.execution = e.seq ",
            $more
        )
    };
}

const GET: &str = select!("WHERE e.id = ?1");
const LOAD: &str = select!("WHERE e.id = ?1 AND e.checkpoint IS NOT NULL");
const LIST: &str = select!("ORDER BY e.seq DESC LIMIT ?1 OFFSET ?2");
const LIST_STATE: &str = select!("WHERE e.state = ?3 ORDER BY e.seq DESC LIMIT ?1 OFFSET ?2");
const LIST_WORKFLOW: &str = select!("WHERE e.workflow = ?3 ORDER BY e.seq DESC LIMIT ?1 OFFSET ?2");
const LIST_BOTH: &str =
    select!("WHERE e.workflow = ?3 AND e.state = ?4 ORDER BY e.seq DESC LIMIT ?1 OFFSET ?2");

const DUE: &str = "SELECT id, wake_up FROM executions WHERE wake_up <= ?1 ORDER BY wake_up LIMIT ?2";

const INSERT: &str = "INSERT INTO executions (id, version, state, wake_up, create_time, end_time, workflow, revision, \
     call_log_level, secret, current_steps, result, failure, checkpoint) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const INSERT_INPUT: &str = "INSERT INTO inputs (execution, argument, labels) VALUES (?1, ?2, ?3)";

const ADVANCE: &str = "UPDATE executions SET version = version + 1, wake_up = ?3, current_steps = ?4, checkpoint = ?5, \
     revision = COALESCE(?6, revision) \
     WHERE id = ?1 AND version = ?2 AND end_time IS NULL";
const END: &str = "UPDATE executions SET version = version + 1, wake_up = NULL, current_steps = ?3, checkpoint = NULL, \
     state = ?4, result = ?5, failure = ?6, end_time = ?7 \
     WHERE id = ?1 AND version = ?2 AND end_time IS NULL";

/// The end of the newest ended execution that is too many.
const FIRST_SURPLUS: &str = "SELECT end_time, seq FROM executions WHERE end_time IS NOT NULL \
     ORDER BY end_time DESC, seq DESC LIMIT 1 OFFSET ?1";
const ENDED: &str = "SELECT seq FROM executions WHERE end_time <= ?1 AND (end_time < ?1 OR seq <= ?2) \
     ORDER BY end_time, seq LIMIT ?3";

/// Does what a new execution does to the disk, and leaves nothing.
pub(super) fn insert_and_delete(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute(
        "INSERT INTO executions (id, version, state, wake_up, create_time, workflow, revision, secret, current_steps) \
         VALUES ('', 1, 'ACTIVE', 0, 0, '', '', x'', '[]')",
        (),
    )?;
    delete(connection, &[connection.last_insert_rowid()])
}

/// Adds an execution. An error of the inner kind is the request's own; one of the outer kind is the database's.
pub(super) fn insert(
    connection: &Connection,
    record: &Record,
    checkpoint: &[u8],
) -> rusqlite::Result<Result<(), StoreError>> {
    let failure = record.failure.as_ref().map(|failure| json(&failure)).transpose()?;
    let inserted = connection.prepare_cached(INSERT)?.execute(params![
        record.id,
        integer(record.version),
        record.state.as_str(),
        0,
        record.create_time.0,
        record.end_time.map(|time| time.0),
        record.workflow,
        record.revision,
        record.call_log_level,
        record.secret,
        steps_text(&record.current_steps)?,
        record.result,
        failure,
        checkpoint,
    ]);
    match inserted {
        Ok(_) => {}
        Err(Error::SqliteFailure(failure, _)) if failure.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE => {
            return Ok(Err(StoreError::Exists(record.id.clone())));
        }
        Err(error) => return Err(error),
    }
    if record.argument.is_some() || !record.labels.is_empty() {
        let labels = (!record.labels.is_empty()).then(|| json(&record.labels)).transpose()?;
        connection.prepare_cached(INSERT_INPUT)?.execute(params![
            connection.last_insert_rowid(),
            record.argument,
            labels
        ])?;
    }
    Ok(Ok(()))
}

/// Applies a commit; errors as in [`insert`].
pub(super) fn update(connection: &Connection, commit: &Commit) -> rusqlite::Result<Result<(), StoreError>> {
    let (id, version) = (&commit.id, integer(commit.expected_version));
    let steps = steps_text(&commit.current_steps)?;
    let changed = match &commit.end {
        None => connection.prepare_cached(ADVANCE)?.execute(params![
            id,
            version,
            commit.wake_up.map(|time| time.0),
            steps,
            commit.checkpoint,
            commit.adopted_by
        ])?,
        Some(End { state, result, failure, time }) => {
            let failure = failure.as_ref().map(|failure| json(&failure)).transpose()?;
            connection.prepare_cached(END)?.execute(params![
                id,
                version,
                steps,
                state.as_str(),
                result,
                failure,
                time.0
            ])?
        }
    };
    if changed > 0 {
        return Ok(Ok(()));
    }
    let exists = connection.prepare_cached("SELECT 1 FROM executions WHERE id = ?1")?.exists([id])?;
    Ok(Err(if exists { StoreError::Conflict(id.clone()) } else { StoreError::NotFound(id.clone()) }))
}

/// Deletes rows by their numbers; gives how many there were.
pub(super) fn delete(connection: &Connection, rows: &[i64]) -> rusqlite::Result<usize> {
    let mut execution = connection.prepare_cached("DELETE FROM executions WHERE seq = ?1")?;
    let mut input = connection.prepare_cached("DELETE FROM inputs WHERE execution = ?1")?;
    let mut count = 0;
    for row in rows {
        count += execution.execute([row])?;
        input.execute([row])?;
    }
    Ok(count)
}

/// An execution without its checkpoint.
pub(super) fn get(connection: &Connection, id: &str) -> rusqlite::Result<Option<Record>> {
    connection.prepare_cached(GET)?.query_row([id], record).optional()
}

/// An execution with its checkpoint, if it has one.
pub(super) fn load(connection: &Connection, id: &str) -> rusqlite::Result<Option<(Record, Vec<u8>)>> {
    connection.prepare_cached(LOAD)?.query_row([id], |row| Ok((record(row)?, row.get(14)?))).optional()
}

/// Executions, newest first.
pub(super) fn list(connection: &Connection, query: &Query) -> rusqlite::Result<Vec<Record>> {
    let (limit, offset) = (count(query.limit), count(query.offset));
    let state = query.state.map(State::as_str);
    match (&query.workflow, state) {
        (None, None) => connection.prepare_cached(LIST)?.query_map(params![limit, offset], record)?.collect(),
        (None, Some(state)) => {
            connection.prepare_cached(LIST_STATE)?.query_map(params![limit, offset, state], record)?.collect()
        }
        (Some(workflow), None) => connection
            .prepare_cached(LIST_WORKFLOW)?
            .query_map(params![limit, offset, workflow], record)?
            .collect(),
        (Some(workflow), Some(state)) => connection
            .prepare_cached(LIST_BOTH)?
            .query_map(params![limit, offset, workflow, state], record)?
            .collect(),
    }
}

/// Unfinished executions with their wake-ups, earliest first.
pub(super) fn due(
    connection: &Connection,
    until: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<(String, Timestamp)>> {
    let mut statement = connection.prepare_cached(DUE)?;
    let rows = statement
        .query_map(params![until.0, count(limit)], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))?;
    rows.collect()
}

/// The row numbers of ended executions that may go: earliest ends first.
pub(super) fn removable(
    connection: &Connection,
    before: Timestamp,
    keep: usize,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let surplus: Option<(i64, i64)> = connection
        .prepare_cached(FIRST_SURPLUS)?
        .query_row([count(keep)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let old = before.0.checked_sub(1).map(|last| (last, i64::MAX));
    let Some((end, row)) = surplus.max(old) else { return Ok(Vec::new()) };
    connection.prepare_cached(ENDED)?.query_map(params![end, row, count(limit)], |row| row.get(0))?.collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let state: String = row.get(3)?;
    let failure: Option<String> = row.get(6)?;
    let labels: Option<String> = row.get(9)?;
    let steps: String = row.get(11)?;
    Ok(Record {
        id: row.get(0)?,
        workflow: row.get(1)?,
        revision: row.get(2)?,
        state: parse_state(&state).ok_or_else(|| unreadable(3, format!("no state is called {state:?}")))?,
        argument: row.get(4)?,
        result: row.get(5)?,
        failure: failure.map(|text| parse::<Failure>(6, &text)).transpose()?,
        create_time: Timestamp(row.get(7)?),
        end_time: row.get::<_, Option<i64>>(8)?.map(Timestamp),
        labels: labels.map(|text| parse::<BTreeMap<_, _>>(9, &text)).transpose()?.unwrap_or_default(),
        call_log_level: row.get(10)?,
        current_steps: parse::<Vec<(String, String)>>(11, &steps)?
            .into_iter()
            .map(|(routine, step)| CurrentStep { routine, step })
            .collect(),
        secret: row.get(12)?,
        version: u64::try_from(row.get::<_, i64>(13)?).map_err(|error| unreadable(13, error))?,
    })
}

fn parse_state(word: &str) -> Option<State> {
    use State::{Active, Cancelled, Failed, Queued, Succeeded, Unavailable};
    [Active, Succeeded, Failed, Cancelled, Queued, Unavailable]
        .into_iter()
        .find(|state| state.as_str() == word)
}

fn parse<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(column, error))
}

fn unreadable(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

/// Pairs are half as long as maps, and this is written with each commit.
fn steps_text(steps: &[CurrentStep]) -> rusqlite::Result<String> {
    let pairs: Vec<(&str, &str)> = steps.iter().map(|at| (at.routine.as_str(), at.step.as_str())).collect();
    json(&pairs)
}

/// SQLite's integers are signed; no version comes near the end of them.
fn integer(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Statements that look rows up.
#[cfg(test)]
pub(super) const LOOKUPS: &[&str] = &[GET, LOAD, LIST_WORKFLOW, LIST_BOTH, DUE, ADVANCE, END, ENDED];
/// Statements that walk along an order until they have enough.
#[cfg(test)]
pub(super) const WALKS: &[&str] = &[LIST, LIST_STATE, FIRST_SURPLUS];
