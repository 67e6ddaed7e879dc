//! SQLite: opening connections, binding, reading rows, and the readers. Not here: the writer thread
//! and its group commit (`writer.rs`).

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use tokio::sync::Semaphore;

use crate::engine::{Conn, Link, Mode, call};
use crate::error::{Error, Failure, Result};
use crate::row::{Columns, Row};
use crate::sql::Statement;
use crate::value::Value;
use crate::writer::{Work, commit_alone};

/// Readers beside the writer: pages are short, and two cores are what most machines have.
const READERS: usize = 3;
/// A command beside the server waits this long for the writer's lock.
const BUSY: Duration = Duration::from_secs(10);
/// More than the register holds, so that nothing is ever parsed twice.
const CACHED_STATEMENTS: usize = 1024;

/// Opens (or creates, readable by the owner alone) the database for writing.
pub(crate) fn open_writer(path: &Path, mode: Mode) -> Result<Connection> {
    create_private(path)?;
    let conn = open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    let (before, journal, synchronous) = match mode {
        Mode::Threads => ("", "wal", "full"),
        Mode::Inline => ("", "wal", "normal"),
        Mode::Alone => ("pragma locking_mode = exclusive;", "memory", "off"),
    };
    conn.execute_batch(before).map_err(unavailable)?;
    let answer: String = conn
        .query_row(&format!("pragma journal_mode = {journal}"), [], |row| {
            row.get(0)
        })
        .map_err(unavailable)?;
    if answer != journal {
        return Err(Error::Unavailable(format!(
            "the database file cannot be used with a journal of the kind {journal} (it answers {answer:?})"
        )));
    }
    conn.execute_batch(&format!(
        "pragma synchronous = {synchronous}; pragma journal_size_limit = 67108864; pragma wal_autocheckpoint = 4000;"
    ))
    .map_err(unavailable)?;
    Ok(conn)
}

fn open_reader(path: &Path) -> Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(unavailable)?;
    conn.busy_timeout(BUSY).map_err(unavailable)?;
    // The plan of a statement depends on its text alone: without this, other values in a parameter have it
    // parsed and planned anew, which cost half as much again as running it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(unavailable)?;
    conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // No memory map: it makes the resident size follow the file (docs/decisions, measurements).
    conn.execute_batch(
        "pragma foreign_keys = on; pragma mmap_size = 0; pragma cache_size = -16000; \
         pragma temp_store = memory; pragma trusted_schema = off;",
    )
    .map_err(unavailable)?;
    Ok(conn)
}

fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::Unavailable(format!("{}: {error}", path.display()))),
    }
}

fn unavailable(error: rusqlite::Error) -> Error {
    Error::Unavailable(error.to_string())
}

/// The connections that only read. Each read is one transaction, so one consistent picture.
pub(crate) struct Readers {
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let idle = (0..READERS)
            .map(|_| open_reader(path))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            permits: Arc::new(Semaphore::new(READERS)),
            idle: Arc::new(Mutex::new(idle)),
        })
    }

    pub(crate) fn close(&self) {
        self.permits.close();
    }

    pub(crate) async fn read<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Closed)?;
        let idle = self.idle.clone();
        let work = move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            // There are as many permits as connections, and each goes back before its permit.
            let conn = taken.ok_or(Error::Closed)?;
            let outcome = read_on(&conn, name, f);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
            drop(permit);
            outcome
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Error::Closed)?
    }
}

fn read_on<T, F>(conn: &Connection, name: &'static str, f: F) -> Result<T>
where
    F: FnOnce(&mut Conn<'_>) -> Result<T>,
{
    plain(conn, name, "begin")?;
    let outcome = call(name, Link::Sqlite(conn), f);
    // Some failures end the transaction by themselves; then there is nothing to end.
    if !conn.is_autocommit() {
        plain(conn, name, "rollback")?;
    }
    outcome
}

/// Everything in the calling task, on one connection: what it has in its cache need not be read again after each write.
pub(crate) struct Inline(Mutex<Connection>);

impl Inline {
    pub(crate) fn open(path: &Path, mode: Mode) -> Result<Self> {
        Ok(Self(Mutex::new(open_writer(path, mode)?)))
    }

    pub(crate) fn read<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&mut Conn<'_>) -> Result<T>,
    {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = conn.total_changes();
        let outcome = read_on(&conn, name, f);
        // Whatever it wrote was rolled back; that it tried is our own mistake. (`query_only` would say so by itself,
        // but switching it has all statements prepared anew.)
        if conn.total_changes() != before {
            return Err(Error::mistake(name, "a read has written".to_owned()));
        }
        outcome
    }

    pub(crate) fn write<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&mut Conn<'_>) -> Result<T>,
    {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        commit_alone(&conn, Work::new(name, f))
    }
}

/// Runs one word of transaction control.
pub(crate) fn plain(conn: &Connection, name: &'static str, word: &str) -> Result<()> {
    let done = conn
        .prepare_cached(word)
        .and_then(|mut prepared| prepared.raw_execute());
    done.map(|_| ()).map_err(|error| failed(name, error))
}

pub(crate) fn script(conn: &Connection, name: &'static str, text: &str) -> Result<()> {
    conn.execute_batch(text)
        .map_err(|error| failed(name, error))
}

pub(crate) fn prepare(conn: &Connection, statement: &Statement) -> Result<()> {
    conn.prepare(statement.sqlite())
        .map(|_| ())
        .map_err(|error| failed(statement.name(), error))
}

pub(crate) fn run(conn: &Connection, statement: &Statement, params: &[Value]) -> Result<u64> {
    let mut prepared = conn
        .prepare_cached(statement.sqlite())
        .map_err(|error| failed(statement.name(), error))?;
    bind(&mut prepared, statement, params)?;
    let changed = prepared
        .raw_execute()
        .map_err(|error| failed(statement.name(), error))?;
    Ok(changed as u64)
}

pub(crate) fn all(conn: &Connection, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
    let fail = |error| failed(statement.name(), error);
    let mut prepared = conn.prepare_cached(statement.sqlite()).map_err(fail)?;
    bind(&mut prepared, statement, params)?;
    let mut rows = prepared.raw_query();
    let mut columns = None;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(fail)? {
        // Asked after the first step: a column that was added meanwhile shows only then.
        let columns = columns.get_or_insert_with(|| {
            let names = row.as_ref().column_names().map(str::to_owned).collect();
            Arc::new(Columns {
                statement: statement.name(),
                names,
            })
        });
        let mut values = Vec::with_capacity(columns.names.len());
        for at in 0..columns.names.len() {
            let value = row.get_ref(at).map_err(fail)?;
            values.push(read_value(statement, columns, at, value)?);
        }
        found.push(Row::new(columns.clone(), values));
    }
    Ok(found)
}

/// `$3` is a *name* to SQLite, numbered by first appearance: so it is bound by its name.
fn bind(
    prepared: &mut rusqlite::CachedStatement<'_>,
    statement: &Statement,
    params: &[Value],
) -> Result<()> {
    let mut highest = 0;
    for at in 1..=prepared.parameter_count() {
        let number = prepared
            .parameter_name(at)
            .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let Some(value) = number.and_then(|number| params.get(number.checked_sub(1)?)) else {
            return Err(Error::mistake(
                statement.name(),
                format!("parameter {at} has no value ({} were given)", params.len()),
            ));
        };
        highest = highest.max(number.unwrap_or_default());
        prepared
            .raw_bind_parameter(at, Bound(value))
            .map_err(|error| failed(statement.name(), error))?;
    }
    if highest != params.len() {
        return Err(Error::mistake(
            statement.name(),
            format!(
                "it takes {highest} parameters, but {} were given",
                params.len()
            ),
        ));
    }
    Ok(())
}

struct Bound<'v>(&'v Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Bool(flag) => ValueRef::Integer(i64::from(*flag)),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
            Value::Uuid(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

fn read_value(
    statement: &Statement,
    columns: &Columns,
    at: usize,
    value: ValueRef<'_>,
) -> Result<Value> {
    let problem = match value {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Integer(number) => return Ok(Value::Int(number)),
        ValueRef::Blob(bytes) => return Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => return Ok(Value::Text(text.to_owned())),
            Err(_) => "the text is not UTF-8",
        },
        ValueRef::Real(_) => "it holds a fraction, which no column of ours does",
    };
    let column = columns.names.get(at).cloned().unwrap_or_default();
    Err(Error::Column {
        statement: statement.name(),
        column,
        problem: problem.to_owned(),
    })
}

/// SQLite's messages name tables and columns, never values.
pub(crate) fn failed(statement: &'static str, error: rusqlite::Error) -> Error {
    let failure = match &error {
        rusqlite::Error::SqliteFailure(code, _) => match (code.code, code.extended_code) {
            (
                ErrorCode::ConstraintViolation,
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID,
            ) => Failure::Unique,
            (ErrorCode::ConstraintViolation, _) => Failure::Constraint,
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Failure::Busy,
            (
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::OutOfMemory,
                _,
            ) => Failure::Unavailable,
            _ => Failure::Mistake,
        },
        _ => Failure::Mistake,
    };
    Error::Statement {
        statement,
        failure,
        message: error.to_string(),
    }
}
