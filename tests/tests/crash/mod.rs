//! A run is killed at every point of one journey, one point a run; then another incarnation goes on.
//! What the platform holds in the end is counted, not believed.

mod app_secret;
mod connect;
mod ends;
mod fixed;
mod points;
mod publish;
mod renew;
mod spoiled;
mod straggler;
mod two_tasks;

use anyhow::Result;
use testing::world::{Under, World};

/// Both engines. Without PostgreSQL's the test fails: a half that did not run is no pass.
const ENGINES: [Under; 2] = [Under::Sqlite, Under::Postgres];

/// The posts of an Instagram account that the product made, as the simulator holds them.
fn instagram_posts(world: &World, username: &str, caption: &str) -> usize {
    let truth = world.sim.truth();
    let accounts = truth["instagram"]["accounts"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let account = accounts
        .values()
        .find(|account| account["username"] == username);
    let posts = account
        .and_then(|account| account["posts"].as_array())
        .cloned()
        .unwrap_or_default();
    posts
        .iter()
        .filter(|post| post["caption"] == caption)
        .count()
}

/// The posts of a Bluesky account with this text.
fn bluesky_posts(world: &World, did: &str, text: &str) -> usize {
    let account = world.sim.bluesky_account(did);
    account.map_or(0, |account| {
        account
            .posts
            .iter()
            .filter(|post| post.text == text)
            .count()
    })
}

/// A JPEG that platforms take.
fn jpeg() -> Result<Vec<u8>> {
    testing::pictures::jpeg(320, 320)
}
