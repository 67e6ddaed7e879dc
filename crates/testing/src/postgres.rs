//! Databases for tests in the throwaway PostgreSQL that `scripts/with-postgres` starts, one cluster for a
//! whole run. A test makes its own database and leaves it; the cluster goes as a whole.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, bail};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

/// The variable that holds the address of the cluster.
pub const VARIABLE: &str = "MAINSTAY_TEST_POSTGRES";

/// The cluster's address, `postgres://USER@127.0.0.1:PORT/postgres`.
///
/// # Errors
/// When no cluster was started: PostgreSQL's half of the tests must not be skipped unseen.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own setting, no setting of the product"
)]
pub fn cluster_url() -> Result<String> {
    std::env::var(VARIABLE).with_context(|| {
        format!("{VARIABLE} is not set; run `make test`, or `scripts/with-postgres CMD…`")
    })
}

/// Makes an empty database and gives its address.
///
/// # Errors
/// When the cluster is not there or refuses.
pub async fn fresh_database() -> Result<String> {
    copy_of("template1").await
}

/// Makes a database that is a copy of another, to which nobody may be connected: quick where many tests
/// begin from one migrated schema.
///
/// # Errors
/// When the cluster is not there or refuses.
pub async fn copy_of(template: &str) -> Result<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let cluster = cluster_url()?;
    let client = connect(&cluster).await?;
    loop {
        // Unique in this process; another process that had the same id before it only costs a turn.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        match client
            .batch_execute(&format!(
                "create database \"{name}\" template \"{template}\""
            ))
            .await
        {
            Ok(()) => return on_database(&cluster, &name),
            Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => {}
            Err(error) => return Err(error).context("create database"),
        }
    }
}

fn on_database(cluster: &str, name: &str) -> Result<String> {
    let Some((before, _)) = cluster.rsplit_once('/') else {
        bail!("{VARIABLE} is no address: {cluster}");
    };
    Ok(format!("{before}/{name}"))
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .with_context(|| format!("no PostgreSQL at {url}"))?;
    tokio::spawn(connection);
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_databases_do_not_see_each_other() {
        let (one, two) = (
            fresh_database().await.unwrap(),
            fresh_database().await.unwrap(),
        );
        assert_ne!(one, two);
        let client = connect(&one).await.unwrap();
        client
            .batch_execute("create table t (x bigint)")
            .await
            .unwrap();
        let other = connect(&two).await.unwrap();
        let error = other
            .batch_execute("select x from t")
            .await
            .expect_err("no such table there");
        assert_eq!(error.code(), Some(&SqlState::UNDEFINED_TABLE));
    }
}
