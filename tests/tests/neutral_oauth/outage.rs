//! The server is in trouble and says for how long: it is left alone until then, and nobody is asked to sign in.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::grant::Life;
use domain::health::Health;
use domain::schedule::{MINUTE_MS, ms_between};
use engine::renew::{Came, mint};
use testing::neutral::{ACCESS_MS, NeutralWorld};
use testing::pds::Fault;

use super::{ENGINES, Seen as _, server};

const ASKED_MINUTES: i64 = 30;

#[tokio::test]
async fn retry_after_is_obeyed_and_told_as_the_platforms_trouble() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        // No access token is left: whatever is planned waits for this renewal.
        at.world.clock.advance_ms(ACCESS_MS);
        let busy = Fault::status(503).path("/token");
        let seconds = (ASKED_MINUTES * 60).to_string();
        server.fault(busy.header("retry-after", &seconds)).await?;
        let began = at.world.clock.now();
        let Came::TryAgain(next) = at.renew().await? else {
            anyhow::bail!("a 503 is no end");
        };
        let wait_ms = ms_between(began, next);
        ensure!(wait_ms >= ASKED_MINUTES * MINUTE_MS, "only {wait_ms} ms");
        ensure!(at.asked().await?.len() == 1);
        // Nor is it asked by a person who presses, or by a post that falls due.
        ensure!(at.renew().await? == Came::TryAgain(next), "pressed");
        let (cx, row) = (&at.world.cx, at.row().await?);
        let for_a_post = mint(cx, row.workspace, row.id, row.generation).await?;
        ensure!(for_a_post == Came::TryAgain(next), "{for_a_post:?}");
        ensure!(at.asked().await?.len() == 1, "before its time");
        ensure!(at.row().await?.tries == 1, "that was no try");

        let on = at.on().await?.condition;
        ensure!(on.health == Health::Waiting, "{on:?}");
        ensure!(on.cause == Some(Cause::PlatformOutage), "{on:?}");
        ensure!(at.told().await?.is_empty(), "nobody need do anything");
        ensure!(at.row().await?.life == Life::Live);

        at.go_on((ASKED_MINUTES - 1) * MINUTE_MS).await?;
        let asked = at.asked().await?;
        ensure!(asked.len() == 1, "before its time: {asked:?}");

        server.restore().await?;
        at.go_on(3 * MINUTE_MS).await?;
        at.lives(2, "the server is back").await?;
        let health = at.on().await?.condition.health;
        ensure!(health == Health::Healthy, "{health}");
    }
    Ok(())
}

/// Down for a day, without a word of when it will be back.
#[tokio::test]
async fn a_long_outage_never_ends_a_login() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        at.world.clock.advance_ms(ACCESS_MS);
        server.fault(Fault::status(503)).await?;
        ensure!(matches!(at.renew().await?, Came::TryAgain(_)));
        at.go_on(24 * 60 * MINUTE_MS).await?;
        ensure!(at.row().await?.life == Life::Live);
        ensure!(at.row().await?.tries > 3, "it was tried again and again");
        server.restore().await?;
        at.go_on(6 * 60 * MINUTE_MS).await?;
        at.lives(2, "a day of outage").await?;
        ensure!(at.on().await?.condition.health == Health::Healthy);
    }
    Ok(())
}
