//! A login whose refresh token stays the same, through the real engine and store: what a renewal keeps, when
//! one is made, what a kill or a lost answer costs (nothing), and what ends it. The platform is a stand-in
//! (`testing::fixed`) that knows its tokens and counts: of what a real one answers nothing is shown here.

mod ready;

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::grant::Life;
use domain::health::Health;
use domain::renewal::MINT_MARGIN_MS;
use domain::schedule::{DAY_MS, HOUR_MS, ms_between, plus_ms};
use engine::renew::{Came, renew_one};
use engine::{Cx, run};
use testing::fixed::{ACCESS_SECONDS, LEFT_ALONE, OVER, PROBED, REFRESH, Says};
use testing::kill::Ended;
use testing::world::Under;

use self::ready::{Ready, due, ready};
use super::two_tasks::Hold;
use super::{ENGINES, points};

/// Renews twice. Whether `first` replaced the stored token shows in what is sent the second time, and in the
/// store: it must be `then`.
async fn renews_twice(under: Under, first: Option<Says>, then: &str) -> Result<()> {
    let ready = ready(under, &LEFT_ALONE).await?;
    if let Some(says) = first {
        ready.service.will_say(says);
    }
    for generation in [2, 3] {
        let came = ready.renew().await?;
        ensure!(came == Came::Renewed, "{first:?}, on {under:?}: {came:?}");
        let grant = ready.world.grant(ready.grant).await?;
        ensure!(grant.life == Life::Live && grant.generation == generation);
    }
    let (sent, stored) = (ready.sent(), ready.stored().await?);
    ensure!(sent == [REFRESH, then], "on {under:?}: sent {sent:?}");
    ensure!(stored == then, "on {under:?}: stored {stored}");
    ensure!(ready.service.minted() == 2);
    Ok(())
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_stored_one() -> Result<()> {
    for under in ENGINES {
        renews_twice(under, None, REFRESH).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_refresh_token_replaces_nothing() -> Result<()> {
    for under in ENGINES {
        renews_twice(under, Some(Says::Refresh("")), REFRESH).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_that_does_come_is_the_one_from_then_on() -> Result<()> {
    for under in ENGINES {
        renews_twice(under, Some(Says::Refresh("another")), "another").await?;
    }
    Ok(())
}

/// No call needs an access token, so only the keep-alive mints. The first is due 30 days after the sign-in
/// (a world's sign-ins have no jitter); the second 30 days after that, less a tenth at the most: on day 57 to
/// 60. The third is not due before day 84.
#[tokio::test]
async fn left_alone_it_is_minted_for_once_a_month() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under, &LEFT_ALONE).await?;
        let begun = ready.world.clock.now();
        ready.go_on(65 * DAY_MS).await?;
        let at = ready.asked_as("fixed.renew");
        ensure!(at.len() == 2 && ready.service.minted() == 2, "{at:?}");
        ensure!(at[0].at == plus_ms(begun, 30 * DAY_MS), "{at:?}");
        let rest_ms = ms_between(at[0].at, at[1].at);
        ensure!(
            (27 * DAY_MS..=30 * DAY_MS).contains(&rest_ms),
            "a rest of {rest_ms} ms"
        );
        ready.lives_on(3, "65 days").await?;
    }
    Ok(())
}

/// It is read back every 6 hours and probed once a day, both with an access token that lives for an hour: each
/// reading after the first (which has the sign-in's token) mints one, and the probe of the same moment uses it.
/// The keep-alive is never due, since no token set grows older than 6 hours.
#[tokio::test]
async fn in_use_it_is_minted_for_only_when_a_call_needs_it() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under, &PROBED).await?;
        ready.go_on(65 * DAY_MS).await?;
        let asked = ready.service.asked();
        ensure!(ready.service.minted() == 65 * 4, "on {under:?}");
        ensure!(ready.asked_as("fixed.posts").len() == 1 + 65 * 4);
        ensure!(ready.asked_as("fixed.probe").len() == 1 + 65);
        ensure!(
            asked.iter().all(|asked| asked.status == 200),
            "a call was made with a token that was over"
        );
        let mut fresh_since = asked.first().context("a call")?.at;
        for pair in asked.windows(2) {
            let [asked, next] = pair else { continue };
            if asked.operation != "fixed.renew" {
                continue;
            }
            let age_ms = ms_between(fresh_since, asked.at);
            ensure!(
                age_ms > ACCESS_SECONDS * 1_000 - MINT_MARGIN_MS,
                "minted while the one before lived: {asked:?}"
            );
            ensure!(
                next.at == asked.at && next.operation != "fixed.renew",
                "minted for no call: {asked:?}, {next:?}"
            );
            fresh_since = asked.at;
        }
        ready.lives_on(1 + 65 * 4, "65 days").await?;
    }
    Ok(())
}

/// Renews what is due, killed at point `at` if there is one; then another incarnation does what is due.
async fn killed(under: Under, at: Option<usize>) -> Result<(Ready, String)> {
    let mut ready = due(under).await?;
    let gate = ready.world.gate.clone();
    gate.arm(at);
    match gate.run(ready.renew()).await {
        Ended::Finished(came) => {
            ensure!(came? == Came::Renewed);
            Ok((ready, String::new()))
        }
        Ended::Killed(point) => {
            ready.world.restart().await?;
            Ok((ready, point))
        }
    }
}

#[tokio::test]
async fn a_kill_costs_nothing_at_any_point() -> Result<()> {
    for under in ENGINES {
        let (quiet, _) = killed(under, None).await?;
        quiet.lives_on(2, "a renewal").await?;
        let passed = quiet.world.gate.passed();
        let known = [
            "call:fixed.renew",
            "renew.answer",
            "renew.claim_one",
            "renew.intend",
        ];
        ensure!(points::names(&passed) == known, "{passed:?}");
        for at in 0..passed.len() {
            let (ready, point) = killed(under, Some(at)).await?;
            run::until_idle(&ready.world.cx, 20).await?;
            // Where it was renewed and that is durable it is not due again; elsewhere it still is.
            ready.lives_on(2, &format!("killed at {point}")).await?;
            let unseen = ["call:fixed.renew:after", "renew.answer:before"];
            let minted = 1 + usize::from(unseen.contains(&point.as_str()));
            ensure!(
                ready.service.minted() == minted,
                "killed at {point}, on {under:?}: {} minted",
                ready.service.minted()
            );
            ensure!(
                ready.journal().await?.iter().all(Option::is_some),
                "killed at {point}, on {under:?}: an intent stands open"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() -> Result<()> {
    for under in ENGINES {
        let ready = due(under).await?;
        ready.service.will_say(Says::Lost);
        let came = ready.renew().await?;
        ensure!(matches!(came, Came::TryAgain(_)), "{came:?}");
        ensure!(ready.service.minted() == 1 && ready.stored().await? == REFRESH);
        ready.go_on(HOUR_MS).await?;
        ready.lives_on(2, "a lost answer").await?;
        ensure!(ready.sent() == [REFRESH, REFRESH]);
        let journal = ready.journal().await?;
        let outcomes: Vec<_> = journal.iter().flatten().map(String::as_str).collect();
        ensure!(outcomes == ["try_again", "renewed"], "{journal:?}");
    }
    Ok(())
}

async fn is_over(ready: &Ready) -> Result<()> {
    let (under, grant) = (ready.under, ready.world.grant(ready.grant).await?);
    let over = matches!(grant.life, Life::Dead { cause, .. } if cause == OVER);
    ensure!(over, "on {under:?}: {:?}", grant.life);
    let causes: Vec<Option<Cause>> = ready.notices().await?.iter().map(|one| one.cause).collect();
    ensure!(causes == [Some(OVER)], "on {under:?}: told {causes:?}");
    ensure!(ready.health().await? == Health::NeedsRefresh);
    Ok(())
}

/// Whatever was lost before: a token that does not rotate is not lost in flight.
#[tokio::test]
async fn a_refusal_after_a_lost_answer_has_its_own_cause() -> Result<()> {
    for under in ENGINES {
        let lost = due(under).await?;
        lost.service.will_say(Says::Lost);
        lost.renew().await?;
        lost.service.will_say(Says::InvalidGrant);
        lost.go_on(HOUR_MS).await?;
        is_over(&lost).await?;

        let passed = killed(under, None).await?.0.world.gate.passed();
        let at = passed.iter().position(|at| at == "call:fixed.renew:after");
        let (killed, _) = killed(under, Some(at.context("the point")?)).await?;
        killed.service.will_say(Says::InvalidGrant);
        run::until_idle(&killed.world.cx, 20).await?;
        is_over(&killed).await?;
    }
    Ok(())
}

#[tokio::test]
async fn trouble_and_answers_that_cannot_be_read_are_waited_out() -> Result<()> {
    for under in ENGINES {
        for says in [Says::Unavailable, Says::Unreadable, Says::NoAccess] {
            let ready = due(under).await?;
            ready.service.will_say(says);
            ready.service.will_say(says);
            let came = ready.renew().await?;
            ensure!(matches!(came, Came::TryAgain(_)), "{says:?}: {came:?}");
            let grant = ready.world.grant(ready.grant).await?;
            ensure!(
                grant.life == Life::Live && grant.generation == 1 && grant.tries == 1,
                "{says:?}, on {under:?}: {grant:?}"
            );
            ready.go_on(HOUR_MS).await?;
            ready.lives_on(2, &format!("twice {says:?}")).await?;
            ensure!(ready.sent().len() == 3 && ready.service.minted() == 1);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_documented_refusal_is_final() -> Result<()> {
    for under in ENGINES {
        let ready = due(under).await?;
        ready.service.will_say(Says::InvalidGrant);
        ensure!(ready.renew().await? == Came::Dead(OVER));
        ready.go_on(40 * DAY_MS).await?;
        is_over(&ready).await?;
        ensure!(ready.sent().len() == 1, "what is over is not asked again");
    }
    Ok(())
}

/// The refusal is in hand, and by then another node has renewed: what was refused is not what is stored.
#[tokio::test]
async fn a_refusal_ends_nothing_where_the_store_has_moved_on() -> Result<()> {
    for under in ENGINES {
        let ready = due(under).await?;
        let (world, workspace) = (&ready.world, ready.world.workspace);
        let hold = Hold::new("call:fixed.renew:after");
        let slow = Cx {
            transport: ready.service.way(hold.clone()),
            ..world.cx.clone()
        };
        let another = Cx {
            me: world.cx.ids().make(),
            ..world.cx.clone()
        };
        ready.service.will_say(Says::InvalidGrant);
        let quicker = async {
            hold.reached.notified().await;
            // The first one's lease runs out, and the longest call with it.
            let bounds = world.cx.bounds;
            world
                .clock
                .advance_ms(bounds.lease_ms + bounds.call_ms + 1_000);
            let came = renew_one(&another, workspace, ready.grant).await;
            hold.released.notify_one();
            came
        };
        let (refused, renewed) = tokio::join!(renew_one(&slow, workspace, ready.grant), quicker);
        ensure!(renewed? == Came::Renewed);
        ensure!(refused? == Came::Busy, "its refusal was not believed");
        ready.lives_on(2, "a refusal that came late").await?;
    }
    Ok(())
}
