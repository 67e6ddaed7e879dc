//! The real program as processes, under real `SIGKILL` and `SIGSTOP`, against the simulator over HTTP. What the platforms
//! hold in the end is counted, not believed. Elsewhere (`crash`) a run is ended at each point that is known; here the
//! operating system ends it wherever it is.
//!
//! `make test` takes a few rounds; `make rehearse-kills` the many, by the same code. Their number and seed are the
//! tests' own settings.

mod audit;
mod blows;
mod books;
mod channels;
mod door;
mod node;
mod owner;
mod report;
mod rounds;
mod snapshot;
mod stage;

use anyhow::Result;
use rounds::{Rounds, Under};

/// A setting of these tests; the usual where it is not set.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own setting, no setting of the product"
)]
fn setting(name: &str, usual: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

async fn play(under: Under, rounds: u64) -> Result<()> {
    let seed = setting("MAINSTAY_TEST_KILL_SEED", 7);
    let mut played = Rounds::begin(under, seed, rounds).await?;
    let done = played.play(rounds).await;
    played.end(done).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_is_lost_and_nothing_doubled() -> Result<()> {
    let rounds = setting("MAINSTAY_TEST_KILL_ROUNDS_SQLITE", 6);
    play(Under::Sqlite, rounds).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_with_two_nodes_nothing_is_lost_and_nothing_doubled() -> Result<()> {
    let rounds = setting("MAINSTAY_TEST_KILL_ROUNDS_POSTGRES", 4);
    play(Under::Postgres, rounds).await
}
