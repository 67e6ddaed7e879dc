//! The store as callers see it, and the only file that knows there are two engines. Work is handed
//! over as a closure that runs to its end inside one transaction and never waits for anything but
//! the database: no transaction is ever held across an await.
//!
//! A closure may be running after its caller has gone (the future was dropped): it is then finished
//! and committed or rolled back as a whole, as if the answer had been lost.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::gate::{Gate, Weather};
use crate::postgres;
use crate::row::Row;
use crate::sql::Statement;
use crate::sqlite;
use crate::value::Value;
use crate::writer;

/// Which database stands behind a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// One file beside the program.
    Sqlite,
    /// A server that many nodes share.
    Postgres,
}

/// How a SQLite store does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One writer thread with group commit, and a few readers: a served program. Every commit is on
    /// the disk before it is answered.
    Threads,
    /// Everything in the calling task: commands beside no server, and tests.
    /// A commit outlives the process, though perhaps not a loss of power.
    Inline,
    /// The same on a file that nobody else opens, and whose commits need not outlive the process: the
    /// rehearsal, where a process ends by being dropped.
    Alone,
}

enum Engine {
    Threads {
        writer: writer::Writer,
        readers: sqlite::Readers,
    },
    Inline(sqlite::Inline),
    Postgres(postgres::Pool),
}

/// A database, open. Clones share it.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    gate: Option<Arc<dyn Gate>>,
}

impl Store {
    /// Opens or creates the SQLite database at `path`. The folder must exist.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened or is no database.
    pub fn open_sqlite(path: &Path, mode: Mode) -> Result<Self> {
        let engine = match mode {
            Mode::Threads => {
                let writer = writer::Writer::start(sqlite::open_writer(path, mode)?)?;
                Engine::Threads {
                    writer,
                    readers: sqlite::Readers::open(path)?,
                }
            }
            Mode::Inline | Mode::Alone => Engine::Inline(sqlite::Inline::open(path, mode)?),
        };
        Ok(Self {
            engine: Arc::new(engine),
            gate: None,
        })
    }

    /// Connects to PostgreSQL at `url` (`postgres://user:password@host/database`) with at most
    /// `connections` connections. The connection is not encrypted: put the server on the same
    /// machine, a private network or behind a tunnel.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the address cannot be read or no connection can be made.
    pub async fn open_postgres(url: &str, connections: usize) -> Result<Self> {
        let pool = postgres::Pool::connect(url, connections).await?;
        Ok(Self {
            engine: Arc::new(Engine::Postgres(pool)),
            gate: None,
        })
    }

    /// Makes an empty database of this name on the server of `url`, in place of one that is there, and
    /// gives its address. For the rehearsal.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server is out of reach or refuses, or the address is no URL.
    pub async fn fresh_postgres(url: &str, name: &str) -> Result<String> {
        let fresh = postgres::in_database(url, name)?;
        Self::drop_postgres(url, name).await?;
        postgres::on_server(url, &format!("create database \"{name}\"")).await?;
        Ok(fresh)
    }

    /// Drops the database of this name, if it is there.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server is out of reach or refuses.
    pub async fn drop_postgres(url: &str, name: &str) -> Result<()> {
        let drop = format!("drop database if exists \"{name}\" with (force)");
        postgres::on_server(url, &drop).await
    }

    /// The same store, whose writes pass `gate`.
    #[must_use]
    pub fn with_gate(&self, gate: Arc<dyn Gate>) -> Self {
        Self {
            engine: self.engine.clone(),
            gate: Some(gate),
        }
    }

    /// Which engine this is.
    #[must_use]
    pub fn kind(&self) -> EngineKind {
        match *self.engine {
            Engine::Threads { .. } | Engine::Inline(_) => EngineKind::Sqlite,
            Engine::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// Runs `f` on one consistent picture of the data; it cannot write. `name` is for traces.
    ///
    /// # Errors
    /// What `f` returns, or that the database cannot be reached.
    pub async fn read<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        tracing::trace!(read = name);
        if let Some(refusal) = self.weather(name, false).refusal(name, false) {
            return Err(refusal);
        }
        match &*self.engine {
            Engine::Threads { readers, .. } => readers.read(name, f).await,
            Engine::Inline(inline) => inline.read(name, f),
            Engine::Postgres(pool) => pool.read(name, f).await,
        }
    }

    /// Runs `f` in one transaction and answers when it is durable. An error or a panic of `f`, or
    /// a statement in it that failed, undoes all of it and nothing else. On SQLite writes run one
    /// after the other; on PostgreSQL beside each other (read committed), so a change that depends on
    /// what was read is a compare-and-set or takes its row with `for update`.
    ///
    /// # Errors
    /// What `f` returns; [`Error::NotStored`] when the commit certainly failed;
    /// [`Error::Uncertain`] when its answer was lost.
    pub async fn write<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        tracing::trace!(write = name);
        if let Some(gate) = &self.gate {
            gate.pass(&format!("{name}:before")).await;
        }
        let weather = self.weather(name, true);
        if let Some(refusal) = weather.refusal(name, true) {
            return Err(refusal);
        }
        let outcome = match &*self.engine {
            Engine::Threads { writer, .. } => writer.write(name, f).await,
            Engine::Inline(inline) => inline.write(name, f),
            Engine::Postgres(pool) => pool.write(name, f).await,
        };
        let outcome = weather.told(name, outcome);
        if let Some(gate) = &self.gate {
            gate.pass(&format!("{name}:after")).await;
        }
        outcome
    }

    fn weather(&self, name: &str, writes: bool) -> Weather {
        self.gate
            .as_ref()
            .map_or(Weather::Fair, |gate| gate.weather(name, writes))
    }

    /// Held while a call is out whose outcome will soon be written: as long as one is held, the
    /// SQLite writer waits up to a millisecond for more work before it commits.
    pub fn flight(&self) -> Flight {
        match &*self.engine {
            Engine::Threads { writer, .. } => Flight(Some(writer.flight())),
            Engine::Inline(_) | Engine::Postgres(_) => Flight(None),
        }
    }

    /// Finishes what was handed in and closes the store for all its clones; later calls are refused.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the writer did not end well.
    pub async fn close(&self) -> Result<()> {
        match &*self.engine {
            Engine::Threads { writer, readers } => {
                readers.close();
                writer.stop().await
            }
            Engine::Inline(_) => Ok(()),
            Engine::Postgres(pool) => {
                pool.close();
                Ok(())
            }
        }
    }

    /// Asks the database to prepare the statement, without running it: the register test.
    ///
    /// # Errors
    /// What the database says against it.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<()> {
        self.read("storage.prepare", move |conn| conn.prepare(statement))
            .await
    }
}

/// See [`Store::flight`].
#[derive(Debug)]
#[must_use = "it counts only while it is held"]
pub struct Flight(#[expect(dead_code, reason = "held for its drop")] Option<writer::InFlight>);

/// The one link to the database inside a closure.
pub(crate) enum Link<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c postgres::Session),
}

/// What a closure works with: statements in, typed rows out.
pub struct Conn<'c> {
    link: Link<'c>,
    /// The first statement that failed. PostgreSQL forgets a transaction in which one failed; that
    /// both engines behave alike, the closure is undone even if it returns `Ok`.
    failed: Option<Error>,
}

impl Conn<'_> {
    /// All rows.
    ///
    /// # Errors
    /// When the statement fails.
    pub fn all(&mut self, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
        let rows = match &self.link {
            Link::Sqlite(conn) => sqlite::all(conn, statement, params),
            Link::Postgres(session) => session.all(statement, params),
        };
        self.note(rows)
    }

    /// The only row, or none.
    ///
    /// # Errors
    /// When the statement fails, or returns more than one row.
    pub fn maybe(&mut self, statement: &Statement, params: &[Value]) -> Result<Option<Row>> {
        let mut rows = self.all(statement, params)?;
        if rows.len() > 1 {
            return Err(Error::RowCount {
                statement: statement.name(),
                wanted: "at most one row",
                found: rows.len(),
            });
        }
        Ok(rows.pop())
    }

    /// The only row.
    ///
    /// # Errors
    /// When the statement fails, or does not return exactly one row.
    pub fn one(&mut self, statement: &Statement, params: &[Value]) -> Result<Row> {
        self.maybe(statement, params)?.ok_or(Error::RowCount {
            statement: statement.name(),
            wanted: "one row",
            found: 0,
        })
    }

    /// Runs a statement that returns no rows; the number of rows it changed.
    ///
    /// # Errors
    /// When the statement fails.
    pub fn run(&mut self, statement: &Statement, params: &[Value]) -> Result<u64> {
        let changed = match &self.link {
            Link::Sqlite(conn) => sqlite::run(conn, statement, params),
            Link::Postgres(session) => session.run(statement, params),
        };
        self.note(changed)
    }

    /// Runs a statement that must change exactly one row: a compare-and-set.
    ///
    /// # Errors
    /// [`Error::Stale`] naming `what` when no row matched.
    pub fn change(
        &mut self,
        what: &'static str,
        statement: &Statement,
        params: &[Value],
    ) -> Result<()> {
        match self.run(statement, params)? {
            1 => Ok(()),
            0 => Err(Error::Stale { what }),
            many => Err(Error::RowCount {
                statement: statement.name(),
                wanted: "one changed row",
                found: usize::try_from(many).unwrap_or(usize::MAX),
            }),
        }
    }

    /// Runs SQL text of this program that is in no register: migrations, and the tables of tests.
    ///
    /// # Errors
    /// When one of its statements fails.
    #[doc(hidden)]
    pub fn script(
        &mut self,
        name: &'static str,
        sqlite_text: &str,
        postgres_text: &str,
    ) -> Result<()> {
        let done = match &self.link {
            Link::Sqlite(conn) => sqlite::script(conn, name, sqlite_text),
            Link::Postgres(session) => session.script(name, postgres_text),
        };
        self.note(done)
    }

    /// Whether other programs may be at work on this database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.link, Link::Postgres(_))
    }

    fn prepare(&mut self, statement: &Statement) -> Result<()> {
        let done = match &self.link {
            Link::Sqlite(conn) => sqlite::prepare(conn, statement),
            Link::Postgres(session) => session.prepare(statement),
        };
        self.note(done)
    }

    fn note<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let (Err(error), None) = (&outcome, &self.failed) {
            self.failed = Some(error.clone());
        }
        outcome
    }
}

/// Runs a closure: a panic becomes an error, and so does a failed statement that it kept quiet about.
pub(crate) fn call<T, F>(name: &'static str, link: Link<'_>, f: F) -> Result<T>
where
    F: FnOnce(&mut Conn<'_>) -> Result<T>,
{
    let mut conn = Conn { link, failed: None };
    // Nothing of the closure is used after a panic, and the connection is rolled back by the caller.
    match catch_unwind(AssertUnwindSafe(|| f(&mut conn))) {
        Err(_) => Err(Error::Panicked { name }),
        Ok(Err(error)) => Err(error),
        Ok(Ok(value)) => conn.failed.map_or(Ok(value), Err),
    }
}
