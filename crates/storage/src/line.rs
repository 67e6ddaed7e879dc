//! One connection to PostgreSQL, driven by the thread that waits on it: an answer wakes that thread and no
//! other. (Left to a task of the program's runtime, each statement went through three threads, which cost more
//! than the server's own work.) Not here: the pool and transactions (`postgres.rs`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use crate::postgres::describe;
use crate::row::Columns;
use crate::sql::Statement;

/// What holds on a connection from its beginning. A transaction that is left open, its end not sent for whatever
/// reason, keeps the server from cleaning up.
const SESSION: &str = "set session characteristics as transaction read only; \
    set idle_in_transaction_session_timeout = '5min'";

/// A statement that this connection knows already.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) statement: tokio_postgres::Statement,
    pub(crate) columns: Arc<Columns>,
}

/// An open connection. Every call that talks to the server blocks, so it belongs on a thread that may.
pub(crate) struct Line {
    /// Turns this connection's socket and nothing else. None only while it is dropped.
    runtime: Option<Runtime>,
    client: Client,
    /// None once the connection has ended.
    talk: RefCell<Option<Connection<Socket, NoTlsStream>>>,
    /// By their texts.
    prepared: RefCell<BTreeMap<&'static str, Prepared>>,
}

impl Line {
    /// Connects. What is not asked for in a transaction that says so cannot write: a statement whose transaction did
    /// not begin would be one by itself.
    /// Nothing of it takes longer than `patience`: whoever gave up waiting for it leaves its thread behind.
    pub(crate) fn open(config: &Config, patience: Duration) -> Result<Self, String> {
        let silent = |_| "the server does not answer".to_owned();
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| error.to_string())?;
        let opened = runtime.block_on(async { timeout(patience, config.connect(NoTls)).await });
        let opened = opened.map_err(silent);
        let opened = opened.and_then(|opened| opened.map_err(|error| describe(&error)));
        let (client, talk) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let line = Self {
            runtime: Some(runtime),
            client,
            talk: RefCell::new(Some(talk)),
            prepared: RefCell::default(),
        };
        line.wait(async { timeout(patience, line.client.batch_execute(SESSION)).await })
            .map_err(silent)?
            .map_err(|error| describe(&error))?;
        Ok(line)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether it is known to have ended.
    pub(crate) fn is_over(&self) -> bool {
        self.talk.borrow().is_none()
    }

    /// Looks at the socket without waiting: a server that was started anew while nobody used the connection
    /// shows before a transaction is begun on it.
    pub(crate) fn is_alive(&self) -> bool {
        self.runtime().block_on(async {
            self.turned().await;
            // Once round, so that the socket's news are fetched.
            tokio::task::yield_now().await;
            self.turned().await;
        });
        !self.is_over()
    }

    /// Waits for `work`, which is something this connection's client does.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        self.runtime().block_on(poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            self.turn(cx);
            work.as_mut().poll(cx)
        }))
    }

    fn runtime(&self) -> &Runtime {
        let Some(runtime) = &self.runtime else {
            unreachable!("it is taken only when the connection is dropped");
        };
        runtime
    }

    /// Sends what `work` asks for and leaves its answer to whoever uses the connection next. True if it was handed
    /// over.
    pub(crate) fn send(
        &self,
        work: impl Future<Output = Result<(), tokio_postgres::Error>>,
    ) -> bool {
        let mut work = pin!(work);
        let cx = &mut Context::from_waker(Waker::noop());
        let refused = matches!(work.as_mut().poll(cx), Poll::Ready(Err(_)));
        self.turn(cx);
        !refused && !self.is_over()
    }

    /// Lets the connection read and write as much as it can just now.
    fn turn(&self, cx: &mut Context<'_>) {
        let mut talk = self.talk.borrow_mut();
        let over = talk
            .as_mut()
            .is_some_and(|talk| Pin::new(talk).poll(cx).is_ready());
        if over {
            // Whoever still waits for an answer hears with this that none will come.
            *talk = None;
        }
    }

    async fn turned(&self) {
        poll_fn(|cx| {
            self.turn(cx);
            Poll::Ready(())
        })
        .await;
    }

    /// The statement, prepared on this connection now or earlier.
    pub(crate) fn prepared(
        &self,
        statement: &Statement,
    ) -> Result<Prepared, tokio_postgres::Error> {
        if let Some(known) = self.prepared.borrow().get(statement.postgres()) {
            return Ok(known.clone());
        }
        let prepared = self.wait(self.client.prepare(statement.postgres()))?;
        let names = prepared
            .columns()
            .iter()
            .map(|column| column.name().to_owned());
        let fresh = Prepared {
            columns: Arc::new(Columns {
                statement: statement.name(),
                names: names.collect(),
            }),
            statement: prepared,
        };
        self.prepared
            .borrow_mut()
            .insert(statement.postgres(), fresh.clone());
        Ok(fresh)
    }

    /// Forgets what is prepared.
    pub(crate) fn forget(&self) {
        self.prepared.borrow_mut().clear();
    }
}

impl Drop for Line {
    /// A connection is dropped wherever its pool is, which may be a thread that must not wait.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
