//! An installation without a public address: its logins work, and end two weeks after the sign-in. That
//! is said from the first day.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::grant::Life;
use domain::horizon::{Outlook, outlook};
use domain::schedule::{DAY_MS, MINUTE_MS, ms_between};
use engine::renew::{self, Came};
use testing::pds_world::{Client, PdsWorld};
use testing::world::Under;

use super::{ensure_out_once, planned};

#[tokio::test]
async fn two_weeks_are_said_and_are_what_the_server_gives() -> Result<()> {
    let world = PdsWorld::start(Under::Sqlite, Client::Loopback).await?;
    let anna = world.account("anna-harbour.test").await?;
    let channel = world.connect(&anna).await?;
    let grant = world.grant(channel).await?;
    let Outlook::ExtendsUntil(end) = outlook(grant.mechanism, &grant.ends) else {
        anyhow::bail!("{:?}", grant.ends);
    };
    let days = ms_between(world.cx.now(), end) / DAY_MS;
    ensure!((13..=14).contains(&days), "good for {days} days");
    let delivery = planned(&world, channel, "Two weeks").await?;
    world.run_for_ms(6 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, "Two weeks").await?;

    // A week later it is renewed, and the end has not moved.
    world.pds.age(7 * 86_400, None).await?;
    ensure!(renew::renew_one(&world.cx, world.workspace, grant.id).await? == Came::Renewed);
    ensure!(world.grant(channel).await?.horizon == Some(end));
    // The server's own word, once the two weeks are over.
    world.pds.age(7 * 86_400 + 3_600, None).await?;
    let came = renew::renew_one(&world.cx, world.workspace, grant.id).await?;
    ensure!(came == Came::Dead(Cause::LifespanEnded), "{came:?}");
    ensure!(matches!(
        world.grant(channel).await?.life,
        Life::Dead { .. }
    ));
    ensure!(world.notices(channel).await?[0].cause == Some(Cause::LifespanEnded));
    Ok(())
}
