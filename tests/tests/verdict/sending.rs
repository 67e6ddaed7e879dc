//! What sending shows of a login, and of a post that was refused until it was too late.

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::delivery::{Reason, State};
use domain::health::Health;
use domain::notice::NoticeKind;
use domain::schedule::{HOUR_MS, LATENESS_LIMIT_MS, MINUTE_MS, plus_ms};
use simulator::{Effect, Fault};

use super::{ENGINES, happened, health, with_logins};

/// An answer that no table knows.
fn strange() -> Effect {
    Effect::Refuse {
        status: 400,
        code: "SomethingElse".to_owned(),
        subcode: None,
        message: "nobody has heard of this".to_owned(),
    }
}

#[tokio::test]
async fn a_post_that_goes_out_proves_a_login_that_was_in_doubt() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        let channel = logins[0].channel;
        // No probe can mend it: the call that it makes is answered so for the whole test.
        world
            .sim
            .add_fault(Fault::always("bluesky.get_session", strange()));
        engine::connect::prove_now(&world.cx, world.workspace, channel)
            .await
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        ensure!(health(&world, channel).await? == (Health::Checking, Some(Cause::Unknown)));
        let due = plus_ms(world.clock.now(), MINUTE_MS);
        let delivery = world.plan(channel, "Barley", &[], due).await?;
        world.run_until(plus_ms(due, MINUTE_MS)).await?;
        let row = world.delivery(delivery).await?;
        ensure!(row.state == State::Published, "{:?}", row.state);
        let stands = health(&world, channel).await?;
        ensure!(stands == (Health::Healthy, None), "{stands:?}");
        let lines = happened(&world, channel).await?;
        ensure!(lines.iter().any(|line| line == "restored"), "{lines:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_post_that_is_refused_in_unknown_words_until_its_limit_says_so() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        let due = plus_ms(world.clock.now(), 3 * HOUR_MS);
        let delivery = world.plan(logins[0].channel, "Oats", &[], due).await?;
        world
            .sim
            .add_fault(Fault::always("bluesky.put_record", strange()));
        world
            .run_until(plus_ms(due, LATENESS_LIMIT_MS + 10 * MINUTE_MS))
            .await?;
        let state = world.delivery(delivery).await?.state;
        ensure!(state == State::Missed(Reason::TooLate), "{state:?}");
        let workspace = world.workspace;
        let read =
            move |conn: &mut storage::Conn<'_>| storage::notices::list(conn, workspace, false, 100);
        let open = world.store().read("test", read).await?;
        let told = open
            .iter()
            .find(|notice| notice.kind == NoticeKind::Missed)
            .context("a notice")?;
        ensure!(told.cause == Some(Cause::Unknown), "{told:?}");
        let said = told.evidence.as_ref().context("evidence")?;
        ensure!(said.message.contains("nobody has heard"), "{said:?}");
    }
    Ok(())
}
