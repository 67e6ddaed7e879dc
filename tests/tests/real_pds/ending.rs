//! What ends or halts a login at the server: revoked by its owner, paused, taken down, a server that is
//! away. What passes is waited for; what only a person can mend is said.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::connect::ConnectPhase;
use domain::delivery::{Reason, Stage, State};
use domain::grant::Life;
use domain::health::Health;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use testing::world::Under;

use super::{count, ensure_out_once, linked, planned};

const TEXT: &str = "Open on Sunday";

#[tokio::test]
async fn revoked_at_the_server_is_seen_at_the_next_contact_and_mended_in_time() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = world
        .plan(channel, TEXT, &[], plus_ms(world.cx.now(), 2 * DAY_MS))
        .await?;
    ensure!(world.pds.revoke_sessions(&anna.did).await? == 1);
    // The daily probe: its access token is refused, the renewal says why.
    world.run_for_ms(DAY_MS + HOUR_MS).await?;
    let life = world.grant(channel).await?.life;
    ensure!(
        matches!(
            life,
            Life::Dead {
                cause: Cause::AppRemovedByUser,
                ..
            }
        ),
        "{life:?}"
    );
    ensure!(world.health(channel).await? == Health::NeedsRefresh);
    let notices = world.notices(channel).await?;
    ensure!(
        notices.len() == 1 && notices[0].cause == Some(Cause::AppRemovedByUser),
        "{notices:?}"
    );
    ensure!(
        world.delivery(delivery).await?.state == State::Scheduled,
        "its hour has not come"
    );

    let row = world.sign_in(Some(channel), None, &anna).await?;
    ensure!(
        row.phase == ConnectPhase::Done,
        "{:?}: {}",
        row.phase,
        row.outcome
    );
    ensure!(world.notices(channel).await?.is_empty(), "well again");
    world.run_for_ms(DAY_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await
}

/// An access token that is refused is not left to its own end: the break shows at the first contact.
#[tokio::test]
async fn a_refused_probe_asks_for_a_renewal_at_once() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    world.run_for_ms(5 * MINUTE_MS).await?;
    world.pds.revoke_sessions(&anna.did).await?;
    engine::connect::prove_now(&world.cx, world.workspace, channel).await?;
    let life = world.grant(channel).await?.life;
    ensure!(
        matches!(
            life,
            Life::Dead {
                cause: Cause::AppRemovedByUser,
                ..
            }
        ),
        "{life:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = world
        .plan(channel, TEXT, &[], plus_ms(world.cx.now(), 3 * HOUR_MS))
        .await?;
    world.run_for_ms(2 * HOUR_MS - 5 * MINUTE_MS).await?;
    world.pds.cut_off().await?;
    // The probe an hour before the post meets the outage: no access token can be had.
    world.run_for_ms(HOUR_MS).await?;
    let login = world.primary(channel).await?;
    ensure!(
        login.condition.health == Health::Waiting,
        "{:?}",
        login.condition
    );
    ensure!(login.condition.cause == Some(Cause::PlatformOutage));
    ensure!(
        world.notices(channel).await?.is_empty(),
        "nobody need do anything"
    );
    // The hour of the post comes and goes; within the lateness limit the server is back.
    world.run_for_ms(25 * MINUTE_MS).await?;
    ensure!(world.grant(channel).await?.life == Life::Live);
    let state = world.delivery(delivery).await?.state;
    ensure!(
        matches!(
            state,
            State::Scheduled | State::Publishing(Stage::Preparing)
        ),
        "{state:?}"
    );
    world.pds.restore().await?;
    world.run_for_ms(15 * MINUTE_MS).await?;
    ensure!(
        world.health(channel).await? == Health::Healthy,
        "{:?}",
        world.primary(channel).await?.condition
    );
    ensure_out_once(&world, &anna, delivery, TEXT).await
}

/// The send itself met the outage: a 503 may have had its effect, so nothing is sent again before a look.
#[tokio::test]
async fn away_past_the_lateness_limit_is_missed_and_nothing_bursts() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let delivery = planned(&world, channel, TEXT).await?;
    world.pds.cut_off().await?;
    world.run_for_ms(2 * HOUR_MS).await?;
    let state = world.delivery(delivery).await?.state;
    ensure!(
        state == State::Uncertain,
        "{state:?} {:?}",
        world.history(delivery).await?
    );
    ensure!(world.health(channel).await? == Health::Waiting);
    ensure!(world.grant(channel).await?.life == Life::Live);
    world.pds.restore().await?;
    world.run_for_ms(2 * HOUR_MS).await?;
    ensure!(world.health(channel).await? == Health::Healthy);
    let state = world.delivery(delivery).await?.state;
    ensure!(
        matches!(state, State::Missed(Reason::TooLate | Reason::PlatformDown)),
        "{state:?}"
    );
    ensure!(
        count(&world, &anna, TEXT).await? == 0,
        "nothing bursts out late"
    );
    let notices = world.notices(channel).await?;
    ensure!(notices.len() == 1 && notices[0].waiting == 1, "{notices:?}");
    Ok(())
}

#[tokio::test]
async fn a_paused_account_is_limited_and_comes_back_without_a_sign_in() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    world.pds.set_active(&anna.did, false).await?;
    world.run_for_ms(DAY_MS + HOUR_MS).await?;
    let login = world.primary(channel).await?;
    ensure!(
        login.condition.health == Health::Limited,
        "{:?}",
        login.condition
    );
    ensure!(
        login.condition.cause == Some(Cause::AccountInactive),
        "{:?}",
        login.condition
    );
    ensure!(world.grant(channel).await?.life == Life::Live);
    world.pds.set_active(&anna.did, true).await?;
    world.run_for_ms(3 * HOUR_MS).await?;
    ensure!(
        world.health(channel).await? == Health::Healthy,
        "{:?}",
        world.primary(channel).await?.condition
    );
    let delivery = planned(&world, channel, TEXT).await?;
    world.run_for_ms(6 * MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, TEXT).await
}

/// The server has thrown all sessions away, and signing in helps only once the account is up again: first
/// the one is said, then the other.
#[tokio::test]
async fn a_takedown_is_no_removal_by_the_person() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    world.pds.take_down(&anna.did, true).await?;
    world.run_for_ms(DAY_MS + HOUR_MS).await?;
    let login = world.primary(channel).await?;
    ensure!(
        login.condition.health == Health::Limited,
        "{:?}",
        login.condition
    );
    ensure!(
        login.condition.cause == Some(Cause::AccountRestricted),
        "{:?}",
        login.condition
    );
    let notices = world.notices(channel).await?;
    ensure!(
        notices.len() == 1 && notices[0].cause == Some(Cause::AccountRestricted),
        "{notices:?}"
    );
    world.pds.take_down(&anna.did, false).await?;
    world.run_for_ms(12 * HOUR_MS).await?;
    ensure!(
        world.health(channel).await? == Health::NeedsRefresh,
        "{:?}",
        world.primary(channel).await?.condition
    );
    let row = world.sign_in(Some(channel), None, &anna).await?;
    ensure!(
        row.phase == ConnectPhase::Done,
        "{:?}: {}",
        row.phase,
        row.outcome
    );
    ensure!(
        world.notices(channel).await?.is_empty(),
        "well again: {:?}",
        world.notices(channel).await?
    );
    Ok(())
}
