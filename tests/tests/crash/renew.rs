//! One renewal that rotates, killed at every point; and what an answer that was lost costs.

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::grant::Life;
use domain::ids::{ChannelId, GrantId};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{DAY_MS, plus_ms};
use engine::run;
use simulator::{Effect, Fault};
use testing::kill::Ended;
use testing::world::{Under, World};

use super::{ENGINES, points};

const HANDLE: &str = "tide-and-tern.bsky.social";

struct Ready {
    world: World,
    channel: ChannelId,
    grant: GrantId,
}

/// A Bluesky login whose keep-alive is near. The loopback client's life is 14 days in all, so its
/// keep-alive is due after a week.
async fn ready(under: Under) -> Result<Ready> {
    let world = World::new(under, 11).await?;
    world.sim.add_bluesky_account(HANDLE, "Tide & Tern");
    let app = world.app(Platform::Bluesky, LoginFlow::Bluesky).await?;
    let (channel, grant) = world.link(app, HANDLE, HANDLE).await?;
    run::until_idle(&world.cx, 20).await?;
    Ok(Ready {
        world,
        channel,
        grant,
    })
}

async fn did(ready: &Ready) -> Result<String> {
    let (workspace, channel) = (ready.world.workspace, ready.channel);
    let read = move |conn: &mut storage::Conn<'_>| storage::channels::one(conn, workspace, channel);
    Ok(ready
        .world
        .store()
        .read("test", read)
        .await?
        .context("channel")?
        .account_id)
}

async fn rotated_unseen(ready: &Ready) -> Result<u64> {
    let did = did(ready).await?;
    Ok(ready
        .world
        .sim
        .bluesky_account(&did)
        .context("account")?
        .rotated_unseen)
}

/// Renews once, killed at point `at` and gone on with, if there is one.
async fn go(ready: &mut Ready, at: Option<usize>) -> Result<Option<String>> {
    let gate = ready.world.gate.clone();
    gate.arm(at);
    let (workspace, grant) = (ready.world.workspace, ready.grant);
    let killed = match gate
        .run(engine::renew::renew_one(&ready.world.cx, workspace, grant))
        .await
    {
        Ended::Finished(came) => {
            came?;
            None
        }
        Ended::Killed(point) => Some(point),
    };
    if killed.is_some() {
        ready.world.restart().await?;
        let read = move |conn: &mut storage::Conn<'_>| {
            let now = domain::Timestamp::UNIX_EPOCH;
            storage::grants::renew_now(conn, workspace, grant, now)
        };
        ready.world.store().write("test", read).await?;
        run::until_idle(&ready.world.cx, 20).await?;
    }
    Ok(killed)
}

#[tokio::test]
async fn a_kill_costs_a_login_only_where_the_platform_rotated_without_our_commit() -> Result<()> {
    for under in ENGINES {
        let mut quiet = ready(under).await?;
        go(&mut quiet, None).await?;
        ensure!(
            quiet.world.grant(quiet.grant).await?.generation == 2,
            "one renewal, one generation"
        );
        let passed = quiet.world.gate.passed();
        let mut lost = Vec::new();
        for at in 0..passed.len() {
            let mut ready = ready(under).await?;
            let point = go(&mut ready, Some(at)).await?.unwrap_or_default();
            let grant = ready.world.grant(ready.grant).await?;
            match grant.life {
                Life::Live => ensure!(grant.generation >= 2, "killed at {point}: never renewed"),
                Life::Dead { cause, .. } => {
                    ensure!(
                        cause == Cause::LostInFlight,
                        "killed at {point}: dead by {cause}"
                    );
                    lost.push(point);
                }
                other => anyhow::bail!("killed at {point}: {other:?}"),
            }
        }
        // Between the platform's rotation and our commit, and nowhere else.
        lost.dedup();
        ensure!(
            lost == ["call:bluesky.renew:after", "renew.answer:before"],
            "on {under:?} a login was lost at {lost:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_lost_is_lost_in_flight_and_said() -> Result<()> {
    for under in ENGINES {
        let mut ready = ready(under).await?;
        // The first call is refused for want of a nonce; the second one rotates.
        let lost = Fault {
            skip: 1,
            ..Fault::once("bluesky.token.refresh", Effect::LoseAnswer)
        };
        ready.world.sim.add_fault(lost);
        go(&mut ready, None).await?;
        ensure!(rotated_unseen(&ready).await? == 1);
        ensure!(
            ready.world.grant(ready.grant).await?.life == Life::Live,
            "nothing is known to have ended"
        );
        let until = plus_ms(ready.world.clock.now(), DAY_MS);
        ready.world.run_until(until).await?;
        let grant = ready.world.grant(ready.grant).await?;
        ensure!(
            matches!(
                grant.life,
                Life::Dead {
                    cause: Cause::LostInFlight,
                    ..
                }
            ),
            "{:?}",
            grant.life
        );
        let (workspace, channel) = (ready.world.workspace, ready.channel);
        let read = move |conn: &mut storage::Conn<'_>| {
            storage::notices::of_channel(conn, workspace, channel)
        };
        let notices = ready.world.store().read("test", read).await?;
        ensure!(
            notices
                .iter()
                .any(|notice| notice.cause == Some(Cause::LostInFlight)),
            "it is told: {notices:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_was_lost_costs_nothing() -> Result<()> {
    for under in ENGINES {
        let mut ready = ready(under).await?;
        ready
            .world
            .sim
            .add_fault(Fault::once("bluesky.token.refresh", Effect::LoseRequest));
        go(&mut ready, None).await?;
        let until = plus_ms(ready.world.clock.now(), DAY_MS);
        ready.world.run_until(until).await?;
        let grant = ready.world.grant(ready.grant).await?;
        ensure!(
            grant.life == Life::Live && grant.generation >= 2,
            "the old access token testified: {grant:?}"
        );
        ensure!(rotated_unseen(&ready).await? == 0);
    }
    Ok(())
}

#[tokio::test]
async fn trouble_at_the_token_endpoint_is_waited_out() -> Result<()> {
    let mut ready = ready(Under::Sqlite).await?;
    ready.world.sim.add_fault(Fault {
        times: Some(5),
        ..Fault::always("bluesky.token.refresh", Effect::ServerError { status: 503 })
    });
    go(&mut ready, None).await?;
    let until = plus_ms(ready.world.clock.now(), DAY_MS);
    ready.world.run_until(until).await?;
    let grant = ready.world.grant(ready.grant).await?;
    ensure!(
        grant.life == Life::Live && grant.generation >= 2,
        "{grant:?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_points_are_known() -> Result<()> {
    let mut ready = ready(Under::Sqlite).await?;
    go(&mut ready, None).await?;
    insta::assert_snapshot!(
        "points-renewal",
        points::names(&ready.world.gate.passed()).join("\n")
    );
    Ok(())
}
