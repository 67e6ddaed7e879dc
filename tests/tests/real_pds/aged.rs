//! Sessions that grow old at the real server: what it gives a confidential client, what it takes away, and that a
//! server which is gone for days takes nothing.

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::grant::Life;
use domain::health::Health;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use engine::renew::{self, Came};
use testing::pds::{Account, Fault};
use testing::pds_world::PdsWorld;
use testing::world::Under;

use super::{ensure_out_once, linked, planned};

const TEXT: &str = "Still here";

/// So many days go by, of which the engine does not know until they are over: the machine was off.
async fn sleep(world: &PdsWorld, who: &Account, days: i64) -> Result<()> {
    world.pds.age(days * 86_400, Some(&who.did)).await?;
    world.jump_to(plus_ms(world.cx.now(), days * DAY_MS));
    Ok(())
}

async fn ended_by_its_life(world: &PdsWorld, channel: domain::ids::ChannelId) -> Result<()> {
    let row = world.grant(channel).await?;
    ensure!(
        matches!(
            row.life,
            Life::Dead {
                cause: Cause::LifespanEnded,
                ..
            }
        ),
        "{:?}, {:?}",
        row.life,
        row.last_evidence
    );
    let told: Vec<_> = world.notices(channel).await?;
    ensure!(
        told.len() == 1 && told[0].cause == Some(Cause::LifespanEnded),
        "{told:?}"
    );
    ensure!(world.health(channel).await? == Health::NeedsRefresh);
    Ok(())
}

#[tokio::test]
async fn three_months_without_a_renewal_end_it_and_a_day_less_does_not() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    sleep(&world, &anna, 85).await?;
    world.run_for_ms(0).await?;
    let row = world.grant(channel).await?;
    ensure!(row.life == Life::Live && row.generation == 2, "{row:?}");
    let delivery = planned(&world, channel, TEXT).await?;
    world.run_for_ms(6 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await?;

    sleep(&world, &anna, 95).await?;
    world.run_for_ms(MINUTE_MS).await?;
    ended_by_its_life(&world, channel).await
}

#[tokio::test]
async fn two_years_are_said_from_the_first_day_and_are_what_the_server_gives() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let grant = world.grant(channel).await?;
    let end = grant.horizon.context("an end")?;
    let days = ms_between(world.cx.now(), end) / DAY_MS;
    ensure!((729..=731).contains(&days), "good for {days} days");
    // Renewed every two months, it does not end before: no renewal moves that end.
    for generation in 2..=12 {
        sleep(&world, &anna, 61).await?;
        let came = renew::renew_one(&world.cx, world.workspace, grant.id).await?;
        ensure!(came == Came::Renewed, "generation {generation}: {came:?}");
        ensure!(world.grant(channel).await?.horizon == Some(end));
    }
    // The server's own word. The product clock stands just before the end: nothing of ours has ended it.
    world.pds.age(61 * 86_400, Some(&anna.did)).await?;
    let came = renew::renew_one(&world.cx, world.workspace, grant.id).await?;
    ensure!(came == Came::Dead(Cause::LifespanEnded), "{came:?}");
    ended_by_its_life(&world, channel).await
}

/// Down for three days in the ugliest way, and up again: nobody was asked to do anything.
#[tokio::test]
async fn cut_off_for_days_it_comes_back_by_itself() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let grant = world.grant(channel).await?.id;
    world.pds.fault(Fault::drop_connection()).await?;
    let came = renew::renew_one(&world.cx, world.workspace, grant).await?;
    ensure!(matches!(came, Came::TryAgain(_)), "{came:?}");
    world.run_for_ms(3 * DAY_MS).await?;
    ensure!(world.grant(channel).await?.life == Life::Live);
    let health = world.health(channel).await?;
    ensure!(health == Health::Waiting, "{health}");
    world.pds.restore().await?;
    world.run_for_ms(7 * HOUR_MS).await?;
    ensure!(world.health(channel).await? == Health::Healthy);
    let row = world.grant(channel).await?;
    ensure!(
        row.life == Life::Live && row.id == grant && row.generation >= 2,
        "{row:?}"
    );
    ensure!(world.pds.sessions(&anna.did).await?.len() == 1);
    let delivery = planned(&world, channel, TEXT).await?;
    world.run_for_ms(6 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await
}
