//! Runs one test on SQLite with its writer thread, on SQLite inline, and on PostgreSQL, each with a
//! fresh and migrated database. Without a PostgreSQL the test fails: a half that did not run is no
//! pass.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use storage::{Mode, Store};

/// Names the superuser's address of a throwaway server.
const SERVER: &str = "MAINSTAY_TEST_POSTGRES";

/// Runs `test` on every kind of store.
pub fn on_both<F, Fut>(test: F)
where
    F: Fn(Store) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        on_sqlite(Mode::Threads, &test).await;
        on_sqlite(Mode::Inline, &test).await;
        on_sqlite(Mode::Alone, &test).await;
        on_postgres(&test).await;
    });
}

async fn on_sqlite<F, Fut>(mode: Mode, test: &F)
where
    F: Fn(Store) -> Fut,
    Fut: Future<Output = ()>,
{
    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(folder.path(), mode).await;
    named(&format!("SQLite, {mode:?}"), test(store.clone())).await;
    store.close().await.expect("the store closes");
}

async fn on_postgres<F, Fut>(test: &F)
where
    F: Fn(Store) -> Fut,
    Fut: Future<Output = ()>,
{
    let database = Database::create().await;
    let store = database.open().await;
    named("PostgreSQL", test(store.clone())).await;
    store.close().await.expect("the store closes");
    database.remove().await;
}

async fn named(engine: &str, test: impl Future<Output = ()>) {
    let done = AssertUnwindSafe(test).catch_unwind().await;
    assert!(done.is_ok(), "the test failed on {engine}, see above");
}

/// A fresh, migrated SQLite database.
pub async fn sqlite(folder: &Path, mode: Mode) -> Store {
    let store = Store::open_sqlite(&folder.join("test.db"), mode).expect("it opens");
    store.migrate().await.expect("it migrates");
    store
}

/// The address of the test server.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is no setting of the program"
)]
pub fn server() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: run the tests through scripts/with-postgres, which starts a throwaway server")
    })
}

/// A fresh database on the test server.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Creates it, empty.
    pub async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = server();
        let name = format!(
            "mainstay_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let database = Self { server, name };
        // A test that failed leaves its database; another process may get the same number later.
        database
            .server(&format!(
                "drop database if exists {} with (force)",
                database.name
            ))
            .await;
        database
            .server(&format!("create database {}", database.name))
            .await;
        database
    }

    /// A store on it, migrated.
    pub async fn open(&self) -> Store {
        let store = Store::open_postgres(&self.url(), 16)
            .await
            .expect("it opens");
        store.migrate().await.expect("it migrates");
        store
    }

    /// Its address.
    pub fn url(&self) -> String {
        in_database(&self.server, &self.name)
    }

    /// Drops it.
    pub async fn remove(self) {
        self.server(&format!(
            "drop database if exists {} with (force)",
            self.name
        ))
        .await;
    }

    /// Ends all its connections, as a server does that is started anew.
    pub async fn end_connections(&self) {
        self.server(&format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{}'",
            self.name
        ))
        .await;
    }

    async fn server(&self, text: &str) {
        let (client, connection) = tokio_postgres::connect(&self.server, tokio_postgres::NoTls)
            .await
            .expect("the test server answers");
        let driver = tokio::spawn(connection);
        client
            .batch_execute(text)
            .await
            .expect("the server does it");
        drop(client);
        driver
            .await
            .expect("joined")
            .expect("the connection ends well");
    }
}

/// The same server's address with another database.
fn in_database(server: &str, name: &str) -> String {
    let Some((scheme, rest)) = server.split_once("://") else {
        return format!("{server} dbname={name}");
    };
    let (place, query) = rest
        .split_once('?')
        .map_or((rest, String::new()), |(place, query)| {
            (place, format!("?{query}"))
        });
    let host = place.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{query}")
}

/// A number as an id, so that tests need no chance.
pub fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}
