//! What an answer is worth: one that says nothing of a login ends nothing, and is weighed with those of others.

mod doubt;
mod joining;
mod last_try;
mod sending;
mod taking;
mod waiting;

use anyhow::{Context as _, Result};
use domain::cause::Cause;
use domain::health::Health;
use domain::ids::{ChannelId, GrantId};
use domain::platform::{LoginFlow, Platform};
use engine::run;
use testing::world::{Under, World};

/// Both engines. Without PostgreSQL's the test fails: a half that did not run is no pass.
const ENGINES: [Under; 2] = [Under::Sqlite, Under::Postgres];

/// A login at Bluesky, each of another person.
#[derive(Clone)]
struct Login {
    channel: ChannelId,
    grant: GrantId,
    did: String,
}

/// A world with so many logins, all proven.
async fn with_logins(under: Under, count: usize) -> Result<(World, Vec<Login>)> {
    let world = World::new(under, 41).await?;
    let app = world.app(Platform::Bluesky, LoginFlow::Bluesky).await?;
    let mut logins = Vec::new();
    for number in 0..count {
        let handle = format!("harbour-{number}.bsky.social");
        world.sim.add_bluesky_account(&handle, "Harbour");
        let (channel, grant) = world.link(app, &handle, &handle).await?;
        let workspace = world.workspace;
        let read =
            move |conn: &mut storage::Conn<'_>| storage::channels::one(conn, workspace, channel);
        let row = world.store().read("test", read).await?.context("channel")?;
        logins.push(Login {
            channel,
            grant,
            did: row.account_id,
        });
    }
    run::until_idle(&world.cx, 20).await?;
    Ok((world, logins))
}

/// How the login of a channel is.
async fn health(world: &World, channel: ChannelId) -> Result<(Health, Option<Cause>)> {
    let workspace = world.workspace;
    let read = move |conn: &mut storage::Conn<'_>| {
        storage::channel_grants::primary(conn, workspace, channel)
    };
    let on = world.store().read("test", read).await?.context("login")?;
    Ok((on.condition.health, on.condition.cause))
}

/// What the timeline of a channel says happened, in order.
async fn happened(world: &World, channel: ChannelId) -> Result<Vec<String>> {
    let workspace = world.workspace;
    let read = move |conn: &mut storage::Conn<'_>| {
        storage::channel_events::latest(conn, workspace, channel, 50)
    };
    let mut lines = world.store().read("test", read).await?;
    lines.reverse();
    Ok(lines.into_iter().map(|line| line.kind).collect())
}

/// Breakers that are open and may be seen by the workspace, with the number of channels that wait.
async fn open(world: &World) -> Result<Vec<(Cause, u32)>> {
    let workspace = world.workspace;
    let read = move |conn: &mut storage::Conn<'_>| storage::breakers::open_for(conn, workspace);
    let open = world.store().read("test", read).await?;
    Ok(open
        .into_iter()
        .map(|(breaker, waiting)| (breaker.cause, waiting))
        .collect())
}
