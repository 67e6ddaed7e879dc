//! An answer lost in mid-renewal, a request that never arrived, and the way back after the worst.

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::connect::ConnectPhase;
use domain::delivery::{Reason, State};
use domain::grant::{Life, LifeWord};
use domain::health::Health;
use domain::ids::{ChannelId, DeliveryId};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::connect::Outcome;
use engine::renew::{self, Came};
use testing::pds::{Account, Fault};
use testing::pds_world::PdsWorld;
use testing::world::Under;

use super::{TOKEN, count, ensure_out_once, granted, linked, planned};

const TEXT: &str = "Fresh bread at nine";

#[tokio::test]
async fn a_rotation_whose_answer_is_lost_ends_the_login_and_a_sign_in_mends_all() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let grant = world.grant(channel).await?.id;
    let delivery = world
        .plan(channel, TEXT, &[], plus_ms(world.cx.now(), 2 * HOUR_MS))
        .await?;
    // The first request is refused for want of a nonce; the second one rotates, and its answer is lost.
    world
        .pds
        .fault(Fault::lose_answer().path(TOKEN).skip(1).times(1))
        .await?;
    let came = renew::renew_one(&world.cx, world.workspace, grant).await?;
    ensure!(
        matches!(came, Came::TryAgain(_)),
        "nothing is known to have ended: {came:?}"
    );
    ensure!(
        world.renewals(grant).await?[0].outcome.is_none(),
        "the intent stands open"
    );

    // A minute later: the old access token is refused, and the last way left is the old refresh token.
    world.run_for_ms(30 * MINUTE_MS).await?;
    let Life::Dead {
        cause: Cause::LostInFlight,
        ..
    } = world.grant_by_id(grant).await?.life
    else {
        anyhow::bail!(
            "{:?}, {:?}",
            world.grant_by_id(grant).await?,
            world.renewals(grant).await?
        );
    };
    let evidence = world
        .grant_by_id(grant)
        .await?
        .last_evidence
        .context("no evidence")?;
    ensure!(
        evidence.code == "invalid_grant" && evidence.message.contains("replayed"),
        "{evidence:?}"
    );
    ensure!(
        world.pds.sessions(&anna.did).await?.is_empty(),
        "the server has ended the session"
    );
    ensure_told(&world, channel, 0).await?;

    world.run_for_ms(2 * HOUR_MS).await?;
    let missed = world.delivery(delivery).await?.state;
    ensure!(missed == State::Missed(Reason::LoginDead), "{missed:?}");
    ensure!(count(&world, &anna, TEXT).await? == 0);
    ensure_told(&world, channel, 1).await?;

    another_account_changes_nothing(&world, channel, delivery).await?;
    mended(&world, &anna, channel, delivery).await
}

/// One open notice, with the cause, and with the posts that wait.
async fn ensure_told(world: &PdsWorld, channel: ChannelId, waiting: u32) -> Result<()> {
    let notices = world.notices(channel).await?;
    let about: Vec<_> = notices
        .iter()
        .map(|notice| (notice.cause, notice.waiting))
        .collect();
    ensure!(
        about == [(Some(Cause::LostInFlight), waiting)],
        "{notices:?}"
    );
    ensure!(world.health(channel).await? == Health::NeedsRefresh);
    Ok(())
}

/// Ben signs in where Anna was asked for: once by his own handle, once by choosing himself on the PDS.
async fn another_account_changes_nothing(
    world: &PdsWorld,
    channel: ChannelId,
    delivery: DeliveryId,
) -> Result<()> {
    let ben = world.account("ben-elsewhere.test").await?;
    let before = world.primary(channel).await?;
    let server = world.pds.url.clone();
    for hint in [ben.handle.as_str(), server.as_str()] {
        let row = world.sign_in(Some(channel), Some(hint), &ben).await?;
        ensure!(
            row.phase == ConnectPhase::Refused,
            "{hint}: {:?} {}",
            row.phase,
            row.outcome
        );
        let said = Outcome::of(&row.outcome);
        ensure!(
            said.accounts.iter().any(|account| account.id == ben.did),
            "it says who came back: {said:?}"
        );
    }
    ensure!(world.channels().await? == 1 && world.primary(channel).await?.id == before.id);
    ensure!(world.health(channel).await? == Health::NeedsRefresh);
    ensure!(world.delivery(delivery).await?.state == State::Missed(Reason::LoginDead));
    ensure!(
        world.pds.sessions(&ben.did).await?.is_empty(),
        "his sign-ins were given back"
    );
    Ok(())
}

async fn mended(
    world: &PdsWorld,
    anna: &Account,
    channel: ChannelId,
    delivery: DeliveryId,
) -> Result<()> {
    let dead = world.grant(channel).await?;
    let row = world.sign_in(Some(channel), None, anna).await?;
    ensure!(
        row.phase == ConnectPhase::Done,
        "{:?}: {}",
        row.phase,
        row.outcome
    );
    ensure!(world.health(channel).await? == Health::Healthy);
    ensure!(
        world.grant(channel).await?.id != dead.id,
        "a sign-in makes a new grant"
    );
    ensure!(world.grant_by_id(dead.id).await?.life.word() == LifeWord::Superseded);
    world.run_for_ms(MINUTE_MS).await?;
    ensure!(
        count(world, anna, TEXT).await? == 0,
        "what was missed waits for a person"
    );
    ensure!(world.notices(channel).await?[0].waiting == 1);

    world
        .reschedule(delivery, plus_ms(world.cx.now(), 5 * MINUTE_MS))
        .await?;
    world.run_for_ms(DAY_MS).await?;
    ensure_out_once(world, anna, delivery, TEXT).await?;
    ensure!(
        world.notices(channel).await?.is_empty(),
        "all is well again"
    );
    ensure!(world.channels().await? == 1);
    Ok(())
}

#[tokio::test]
async fn a_renewal_that_never_arrived_costs_nothing() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let grant = world.grant(channel).await?.id;
    world.pds.forget_requests().await?;
    world
        .pds
        .fault(Fault::drop_connection().path(TOKEN).skip(1).times(1))
        .await?;
    let came = renew::renew_one(&world.cx, world.workspace, grant).await?;
    ensure!(matches!(came, Came::TryAgain(_)), "{came:?}");
    ensure!(granted(&world).await? == 0);
    // We cannot know that it never arrived; the old access token testifies, and so it is repeated.
    world.run_for_ms(10 * MINUTE_MS).await?;
    let row = world.grant(channel).await?;
    ensure!(row.life == Life::Live && row.generation == 2, "{row:?}");
    let outcomes: Vec<_> = world
        .renewals(grant)
        .await?
        .into_iter()
        .map(|one| one.outcome)
        .collect();
    ensure!(
        outcomes == [Some("renewed".to_owned()), Some("not_rotated".to_owned())],
        "{outcomes:?}"
    );
    ensure!(granted(&world).await? == 1);
    let delivery = planned(&world, channel, TEXT).await?;
    world.run_for_ms(6 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await
}
