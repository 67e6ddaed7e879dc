//! Renewal in good weather: it rotates, what is durable is what the server takes, and two who want it at once are one
//! call.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::health::Health;
use domain::schedule::DAY_MS;
use engine::access::{self, Access};
use engine::connect;
use engine::renew::{Came, renew_one};
use secrecy::ExposeSecret as _;
use testing::neutral::{ACCESS_MS, IDLE_MS, NeutralWorld};
use testing::pds::Fault;

use super::{ENGINES, INSPECT, ME, Seen as _, TOKEN, server};

#[tokio::test]
async fn each_renewal_rotates_and_the_next_process_goes_on_with_what_is_durable() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let mut at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        let mut before = at.tokens().await?;
        for generation in 2..=4 {
            ensure!(at.renew().await? == Came::Renewed);
            at.lives(generation, "a renewal").await?;
            let now = at.tokens().await?;
            let [old, new] = [&before, &now].map(|tokens| {
                let refresh = tokens.refresh.as_ref();
                refresh.map(|token| token.expose_secret().to_owned())
            });
            ensure!(old != new && new.is_some(), "the refresh token rotated");
            before = now;
            // Nothing is left of the process but its store.
            at.world.restart().await?;
        }
        ensure!(at.asked().await? == [TOKEN; 3], "one call a renewal");
        ensure!(at.journal().await? == vec![Some("renewed".to_owned()); 3]);
    }
    Ok(())
}

/// Kept alive by itself, far beyond the rest that the server allows a refresh token.
#[tokio::test]
async fn nobody_signs_in_again_though_each_token_would_have_ended_long_ago() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        let days = 5 * IDLE_MS / DAY_MS;
        at.go_on(days * DAY_MS).await?;
        // At half the rest, up to a tenth earlier.
        let (least, most) = (days / 7, days / 7 * 10 / 9 + 1);
        let made = i64::try_from(at.asked_for_tokens().await?)?;
        ensure!((least..=most).contains(&made), "{made} in {days} days");
        at.lives(u64::try_from(made)? + 1, "seventy days").await?;
        ensure!(at.on().await?.condition.health == Health::Healthy);
    }
    Ok(())
}

#[tokio::test]
async fn two_nodes_at_once_are_one_call_and_no_token_is_used_twice() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        let (here, other) = (&at.world.cx, at.another_engine());
        let (workspace, channel) = (at.world.workspace, at.channel);
        // Rotated at once and answered late: the second one comes while the answer is on its way.
        let late = Fault::late_answer_ms(300).method("POST").path("/token");
        server.fault(late).await?;
        let (one, two) = tokio::join!(
            renew_one(here, workspace, at.grant),
            renew_one(&other, workspace, at.grant),
        );
        let came = [one?, two?];
        // Who comes second is told to wait, or waits for the first one's answer.
        let well = |came: &Came| matches!(came, Came::Renewed | Came::Busy);
        ensure!(
            came.contains(&Came::Renewed) && came.iter().all(well),
            "{came:?}"
        );
        ensure!(at.asked().await? == [TOKEN], "{:?}", at.asked().await?);
        at.lives(2, "two nodes at once").await?;

        // Both make a call whose access token is over.
        at.world.clock.advance_ms(ACCESS_MS);
        let (one, two) = tokio::join!(
            connect::prove_now(here, workspace, channel),
            connect::prove_now(&other, workspace, channel),
        );
        one?;
        two?;
        ensure!(at.asked_for_tokens().await? == 2, "one more");
        at.lives(3, "two calls at once").await?;
        server.restore().await?;
        let asked = at.asked().await?;
        ensure!(
            !asked.iter().any(|asked| asked == INSPECT) && asked.iter().any(|asked| asked == ME),
            "{asked:?}"
        );
    }
    Ok(())
}

/// The door for whoever stands outside the engine: one call while the token lives, then one more, then the end.
#[tokio::test]
async fn who_asks_for_access_gets_a_token_that_lives_or_hears_that_there_is_none() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        let (cx, workspace, channel) = (&at.world.cx, at.world.workspace, at.channel);
        let lives = access::ready(cx, workspace, channel).await?;
        ensure!(lives == Access::Ready { generation: 1 }, "{lives:?}");
        at.world.clock.advance_ms(ACCESS_MS);
        for _ in 0..2 {
            let anew = access::ready(cx, workspace, channel).await?;
            ensure!(anew == Access::Ready { generation: 2 }, "{anew:?}");
        }
        ensure!(at.asked().await? == [TOKEN], "{:?}", at.asked().await?);
        at.lives(2, "asked for access").await?;

        server.revoke(&at.account).await?;
        at.world.clock.advance_ms(ACCESS_MS);
        let over = access::ready(cx, workspace, channel).await?;
        ensure!(over == Access::Ended, "{over:?}");
        at.is_over(Cause::AppRemovedByUser, "taken back").await?;
    }
    Ok(())
}
