//! PostgreSQL: the pool, transactions, binding, reading rows. A closure runs on a blocking thread,
//! so that callers write the same closure for both engines. Not here: how a connection is driven
//! (`line.rs`), TLS (the connection is plain) and exclusive locks (many nodes serve at once).

use std::cell::Cell;
use std::error::Error as _;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::engine::{Conn, Link, call};
use crate::error::{Error, Failure, Result};
use crate::line::{Line, Prepared};
use crate::row::{Columns, Row};
use crate::sql::Statement;
use crate::value::Value;

/// How long a caller waits for a connection, a new connection for the server, and a sent byte for
/// its acknowledgement.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the connections of a pool.
struct Opener(tokio_postgres::Config);

impl managed::Manager for Opener {
    type Type = Line;
    type Error = Error;

    async fn create(&self) -> Result<Line> {
        let config = self.0.clone();
        tokio::task::spawn_blocking(move || Line::open(&config, PATIENCE))
            .await
            .map_err(|_| Error::Closed)?
            .map_err(Error::Unavailable)
    }

    async fn recycle(&self, line: &mut Line, _: &Metrics) -> RecycleResult<Error> {
        if line.is_over() {
            return Err(RecycleError::message("the connection has ended"));
        }
        Ok(())
    }
}

/// The connections of this node.
pub(crate) struct Pool(managed::Pool<Opener>);

impl Pool {
    pub(crate) async fn connect(url: &str, connections: usize) -> Result<Self> {
        // The parser's message may quote the address with its password.
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|_| Error::Unavailable("the PostgreSQL address cannot be read".to_owned()))?;
        config
            .application_name("mainstay")
            .connect_timeout(PATIENCE)
            .tcp_user_timeout(PATIENCE);
        let pool = managed::Pool::builder(Opener(config))
            .max_size(connections.max(1))
            // The one used last knows its statements and is in the caches.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        let pool = Self(pool);
        // A wrong address or password is said at the start, not at the first page.
        drop(pool.line().await?);
        Ok(pool)
    }

    pub(crate) fn close(&self) {
        self.0.close();
    }

    async fn line(&self) -> Result<Object<Opener>> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Closed => Error::Closed,
            PoolError::Backend(error) => error,
            other => Error::Unavailable(other.to_string()),
        })
    }

    /// One consistent picture, as SQLite gives it.
    pub(crate) async fn read<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        self.transact(name, Kind::Read, f).await
    }

    pub(crate) async fn write<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        self.transact(name, Kind::Write, f).await
    }

    async fn transact<T, F>(&self, name: &'static str, kind: Kind, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        let mut work = f;
        // Each round takes one dead connection away; a fresh one is not dead.
        for _ in 0..=self.0.status().max_size {
            let session = Session {
                line: self.line().await?,
                open: Cell::new(false),
                begins: Cell::new(None),
            };
            let done = tokio::task::spawn_blocking(move || session.transact(name, kind, work));
            match done.await {
                Ok(Ok(outcome)) => return outcome,
                // It ended while nobody used it: that one is gone, and the next is tried.
                Ok(Err(again)) => work = again,
                Err(_) => {
                    return Err(Error::Uncertain {
                        name,
                        message: "the program is stopping".to_owned(),
                    });
                }
            }
        }
        Err(Error::Unavailable(
            "connections to PostgreSQL end as soon as they are made".to_owned(),
        ))
    }
}

/// What a transaction may do.
#[derive(Clone, Copy)]
enum Kind {
    Read,
    Write,
}

/// The same server's address with another database; what is asked of the connection stays.
pub(crate) fn in_database(url: &str, name: &str) -> Result<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(Error::Unavailable(
            "the PostgreSQL address is not of the form postgres://user@host/database".to_owned(),
        ));
    };
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, format!("?{query}")),
        None => (rest, String::new()),
    };
    let server = place.split('/').next().unwrap_or_default();
    Ok(format!("{scheme}://{server}/{name}{query}"))
}

/// One command about the server's databases, outside of any transaction.
pub(crate) async fn on_server(url: &str, command: &str) -> Result<()> {
    let unavailable = |error: tokio_postgres::Error| Error::Unavailable(describe(&error));
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .map_err(unavailable)?;
    let talking = tokio::spawn(connection);
    let done = client.batch_execute(command).await.map_err(unavailable);
    drop(client);
    let _ = talking.await;
    done
}

/// One connection while a closure has it.
pub(crate) struct Session {
    line: Object<Opener>,
    /// Whether a transaction may be open.
    open: Cell<bool>,
    /// How a transaction begins that has not begun yet: it is sent with its first statement.
    begins: Cell<Option<&'static str>>,
}

impl Session {
    /// The work is given back undone where the connection turns out to have ended before it.
    fn transact<T, F>(
        self,
        name: &'static str,
        kind: Kind,
        work: F,
    ) -> std::result::Result<Result<T>, F>
    where
        F: FnOnce(&mut Conn<'_>) -> Result<T>,
    {
        if !self.line.is_alive() {
            drop(Object::take(self.line));
            return Err(work);
        }
        let outcome = match kind {
            Kind::Read => self.read(name, work),
            Kind::Write => self.write(name, work),
        };
        self.give_back();
        Ok(outcome)
    }

    /// Nothing is waited for but the answers to statements: the beginning goes out with the first of them, and the
    /// end is sent off. Should either be lost, nothing is lost with it.
    fn read<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&mut Conn<'_>) -> Result<T>,
    {
        self.begins
            .set(Some("begin isolation level repeatable read read only"));
        let outcome = call(name, Link::Postgres(self), f);
        if self.open.get() {
            let end = self.line.client().batch_execute("rollback");
            self.open.set(!self.line.send(end));
        }
        outcome
    }

    /// Here too the beginning goes out with the first statement. Should it be refused, that statement cannot write:
    /// outside of a transaction that asks for it, a connection reads only ([`Line::open`]).
    fn write<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: FnOnce(&mut Conn<'_>) -> Result<T>,
    {
        self.begins
            .set(Some("begin isolation level read committed read write"));
        let outcome = call(name, Link::Postgres(self), f);
        if !self.open.get() {
            return outcome;
        }
        match outcome {
            Ok(value) => self.commit(name).map(|()| value),
            Err(error) => {
                if self.script(name, "rollback").is_ok() {
                    self.open.set(false);
                }
                Err(error)
            }
        }
    }

    /// Sends this, and before it what begins the transaction where that is still to be sent: one wait for both.
    async fn begun<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> std::result::Result<T, tokio_postgres::Error> {
        let Some(begin) = self.begins.take() else {
            return work.await;
        };
        self.open.set(true);
        let (begun, done) = tokio::join!(biased; self.line.client().batch_execute(begin), work);
        begun.and(done)
    }

    fn commit(&self, name: &'static str) -> Result<()> {
        match self.line.wait(self.line.client().batch_execute("commit")) {
            Ok(()) => {
                self.open.set(false);
                Ok(())
            }
            Err(error) => {
                let message = describe(&error);
                let class = error
                    .code()
                    .map(|code| code.code().get(..2).unwrap_or_default().to_owned());
                // A broken rule (23) or a rollback (40) is an answer. Anything else, a server that
                // ends the connection included, leaves open what became of the commit.
                match class.as_deref() {
                    Some("23" | "40") => Err(Error::NotStored { name, message }),
                    _ => Err(Error::Uncertain { name, message }),
                }
            }
        }
    }

    /// A connection in an unknown state does not go back to the pool.
    fn give_back(self) {
        if self.open.get() {
            drop(Object::take(self.line));
        }
    }

    pub(crate) fn script(&self, name: &'static str, text: &str) -> Result<()> {
        self.line
            .wait(self.begun(self.line.client().batch_execute(text)))
            .map_err(|error| failed(name, &error))
    }

    pub(crate) fn prepare(&self, statement: &Statement) -> Result<()> {
        let prepared = self
            .line
            .wait(self.line.client().prepare(statement.postgres()));
        let prepared = prepared.map_err(|error| failed(statement.name(), &error))?;
        let wrong = prepared
            .params()
            .iter()
            .chain(prepared.columns().iter().map(tokio_postgres::Column::type_));
        for kind in wrong {
            if !known(kind) {
                return Err(Error::mistake(
                    statement.name(),
                    format!(
                        "it has a parameter or column of the type {kind}, which only one engine knows: cast it"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// A newer node may have added a column under a prepared `select *`: the server refuses that plan
    /// from then on, so it is forgotten here, and the next call prepares it anew.
    fn failed(&self, statement: &Statement, error: &tokio_postgres::Error) -> Error {
        if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) {
            self.line.forget();
            let message = describe(error);
            return Error::Statement {
                statement: statement.name(),
                failure: Failure::Busy,
                message,
            };
        }
        failed(statement.name(), error)
    }

    pub(crate) fn run(&self, statement: &Statement, params: &[Value]) -> Result<u64> {
        let (prepared, params) = self.ready(statement, params)?;
        let work = self.line.client().execute(&prepared.statement, &params);
        let done = self.line.wait(self.begun(work));
        done.map_err(|error| self.failed(statement, &error))
    }

    pub(crate) fn all(&self, statement: &Statement, params: &[Value]) -> Result<Vec<Row>> {
        let (prepared, params) = self.ready(statement, params)?;
        let work = self.line.client().query(&prepared.statement, &params);
        let rows = self.line.wait(self.begun(work));
        let rows = rows.map_err(|error| self.failed(statement, &error))?;
        rows.iter()
            .map(|row| read_row(&prepared.columns, row))
            .collect()
    }

    fn ready<'v>(
        &self,
        statement: &Statement,
        params: &'v [Value],
    ) -> Result<(Prepared, Vec<&'v (dyn ToSql + Sync)>)> {
        let prepared = self.line.prepared(statement);
        let prepared = prepared.map_err(|error| self.failed(statement, &error))?;
        let params = checked(statement, &prepared.statement, params)?;
        Ok((prepared, params))
    }
}

fn read_row(columns: &Arc<Columns>, row: &tokio_postgres::Row) -> Result<Row> {
    let mut values = Vec::with_capacity(columns.names.len());
    for (at, column) in columns.names.iter().enumerate() {
        values.push(row.try_get::<_, Value>(at).map_err(|_| Error::Column {
            statement: columns.statement,
            column: column.clone(),
            problem: "it holds a type that only PostgreSQL knows".to_owned(),
        })?);
    }
    Ok(Row::new(columns.clone(), values))
}

/// The client panics on a wrong count, so it is looked at before.
fn checked<'v>(
    statement: &Statement,
    prepared: &tokio_postgres::Statement,
    params: &'v [Value],
) -> Result<Vec<&'v (dyn ToSql + Sync)>> {
    let wanted = prepared.params().len();
    if wanted != params.len() {
        return Err(Error::mistake(
            statement.name(),
            format!(
                "it takes {wanted} parameters, but {} were given",
                params.len()
            ),
        ));
    }
    Ok(params
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect())
}

/// The types that one text for both engines may use. Everything else is a slip, as an `integer`
/// column where a `bigint` was meant.
fn known(kind: &Type) -> bool {
    matches!(
        *kind,
        Type::INT8 | Type::BOOL | Type::TEXT | Type::BYTEA | Type::UUID
    )
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Encoded {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT8) => number.to_sql(kind, out),
            (Self::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Bool(flag), &Type::BOOL) => flag.to_sql(kind, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(kind, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (Self::Uuid(id), &Type::UUID) => id.to_sql(kind, out),
            (value, kind) => Err(format!(
                "the parameter is {}, but the database wants {kind}",
                value.kind()
            )
            .into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

type Encoded = std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

impl<'a> FromSql<'a> for Value {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(kind, raw).map(|number| Self::Int(number.into())),
            Type::BOOL => bool::from_sql(kind, raw).map(Self::Bool),
            Type::TEXT | Type::VARCHAR | Type::NAME => String::from_sql(kind, raw).map(Self::Text),
            Type::BYTEA => Vec::<u8>::from_sql(kind, raw).map(Self::Blob),
            Type::UUID => uuid::Uuid::from_sql(kind, raw).map(Self::Uuid),
            _ => Err(format!("the type {kind} is not used here").into()),
        }
    }

    fn from_sql_null(
        _: &Type,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn failed(statement: &'static str, error: &tokio_postgres::Error) -> Error {
    let failure = match error.code() {
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => Failure::Unique,
        Some(code) => match code.code().get(..2) {
            Some("23") => Failure::Constraint,
            Some("40") => Failure::Busy,
            Some("08" | "53" | "57" | "58") => Failure::Unavailable,
            _ if *code == SqlState::LOCK_NOT_AVAILABLE => Failure::Busy,
            _ => Failure::Mistake,
        },
        None if error.is_closed() || caused_by_io(error) => Failure::Unavailable,
        None => Failure::Mistake,
    };
    Error::Statement {
        statement,
        failure,
        message: describe(error),
    }
}

fn caused_by_io(error: &tokio_postgres::Error) -> bool {
    error
        .source()
        .is_some_and(|source| source.is::<std::io::Error>())
}

/// The server's sentence without its "detail", which quotes values of rows.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
