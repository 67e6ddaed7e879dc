//! An outage over all logins of an app, and trouble with one: who waits, who is told, and how it ends.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::health::Health;
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::run;
use simulator::control::Break;
use simulator::{Effect, Fault};
use testing::world::World;

use super::{ENGINES, Login, happened, health, open, with_logins};

/// All logins are proven now.
async fn prove(world: &World, logins: &[Login]) -> Result<()> {
    for login in logins {
        let rows = engine::connect::prove_now(&world.cx, world.workspace, login.channel).await;
        rows.map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(())
}

fn down() -> Break {
    Break::PlatformDown {
        platform: "bluesky".to_owned(),
    }
}

async fn notices(world: &World, kind: NoticeKind) -> Result<usize> {
    let workspace = world.workspace;
    let read =
        move |conn: &mut storage::Conn<'_>| storage::notices::list(conn, workspace, false, 100);
    let open = world.store().read("test", read).await?;
    Ok(open.iter().filter(|notice| notice.kind == kind).count())
}

#[tokio::test]
async fn an_outage_opens_the_breaker_and_the_first_good_answer_wakes_them_all() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 4).await?;
        ensure!(open(&world).await?.is_empty());
        world.sim.break_it(down())?;
        prove(&world, &logins[..2]).await?;
        ensure!(open(&world).await?.is_empty(), "two may both be broken");
        ensure!(health(&world, logins[0].channel).await?.0 == Health::Waiting);
        prove(&world, &logins[2..]).await?;
        ensure!(
            open(&world).await? == [(Cause::PlatformOutage, 4)],
            "{:?}",
            open(&world).await?
        );

        // Hours of it: nobody is asked to sign in, nothing is concluded.
        world
            .run_until(plus_ms(world.clock.now(), 20 * HOUR_MS))
            .await?;
        for login in &logins {
            let stands = health(&world, login.channel).await?;
            ensure!(
                stands == (Health::Waiting, Some(Cause::PlatformOutage)),
                "{stands:?}"
            );
        }
        ensure!(notices(&world, NoticeKind::NeedsRefresh).await? == 0);
        ensure!(
            notices(&world, NoticeKind::Waiting).await? == 0,
            "nothing is planned"
        );

        world.sim.mend_it(down())?;
        prove(&world, &logins[..1]).await?;
        let rest = prove(&world, &logins[1..2]);
        rest.await?;
        ensure!(
            open(&world).await?.is_empty(),
            "fewer than three are doubted"
        );
        run::until_idle(&world.cx, 20).await?;
        for login in &logins {
            let stands = health(&world, login.channel).await?;
            ensure!(
                stands == (Health::Healthy, None),
                "woken at once: {stands:?}"
            );
            let lines = happened(&world, login.channel).await?;
            let told: Vec<&str> = lines.iter().map(String::as_str).collect();
            ensure!(
                told.contains(&"waiting") && told.contains(&"restored"),
                "{told:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn owners_hear_of_a_long_outage_only_where_posts_are_due() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 4).await?;
        let due = plus_ms(world.clock.now(), 2 * DAY_MS);
        world
            .plan(logins[0].channel, "Tide table", &[], due)
            .await?;
        world.sim.break_it(down())?;
        prove(&world, &logins).await?;
        world
            .run_until(plus_ms(world.clock.now(), 5 * HOUR_MS))
            .await?;
        ensure!(notices(&world, NoticeKind::Waiting).await? == 0, "not yet");
        world
            .run_until(plus_ms(world.clock.now(), 2 * HOUR_MS))
            .await?;
        ensure!(
            notices(&world, NoticeKind::Waiting).await? == 1,
            "that one, once"
        );
        world
            .run_until(plus_ms(world.clock.now(), 6 * HOUR_MS))
            .await?;
        ensure!(
            notices(&world, NoticeKind::Waiting).await? == 1,
            "still one"
        );
        world.sim.mend_it(down())?;
        prove(&world, &logins).await?;
        ensure!(
            notices(&world, NoticeKind::Waiting).await? == 0,
            "it is over"
        );
    }
    Ok(())
}

#[tokio::test]
async fn trouble_with_one_login_opens_nothing_and_is_told_after_hours() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 4).await?;
        let bad = &logins[0];
        // An answer that no table knows, for this account alone.
        let fault = Fault::always(
            "bluesky.get_session",
            Effect::Refuse {
                status: 400,
                code: "SomethingElse".to_owned(),
                subcode: None,
                message: "nobody has heard of this".to_owned(),
            },
        );
        let number = world.sim.add_fault(fault.of(&bad.did));
        prove(&world, &logins).await?;
        ensure!(open(&world).await?.is_empty());
        let stands = health(&world, bad.channel).await?;
        ensure!(
            stands == (Health::Checking, Some(Cause::Unknown)),
            "{stands:?}"
        );
        world
            .run_until(plus_ms(world.clock.now(), 5 * HOUR_MS))
            .await?;
        ensure!(notices(&world, NoticeKind::Limited).await? == 0, "not yet");
        world
            .run_until(plus_ms(world.clock.now(), 2 * HOUR_MS))
            .await?;
        let stands = health(&world, bad.channel).await?;
        ensure!(
            stands == (Health::Limited, Some(Cause::Unknown)),
            "{stands:?}"
        );
        ensure!(
            notices(&world, NoticeKind::Limited).await? == 1,
            "told once"
        );
        ensure!(
            world.grant(bad.grant).await?.life == domain::grant::Life::Live,
            "nothing ended"
        );
        for well in &logins[1..] {
            ensure!(health(&world, well.channel).await?.0 == Health::Healthy);
        }

        world.sim.remove_fault(number);
        world
            .run_until(plus_ms(world.clock.now(), HOUR_MS + MINUTE_MS))
            .await?;
        ensure!(health(&world, bad.channel).await? == (Health::Healthy, None));
        ensure!(
            notices(&world, NoticeKind::Limited).await? == 0,
            "well by itself"
        );
        let lines = happened(&world, bad.channel).await?;
        let of_renewals = |line: &&str| *line != "renewed";
        let told: Vec<&str> = lines
            .iter()
            .map(String::as_str)
            .filter(of_renewals)
            .collect();
        let doubted = told.iter().filter(|line| **line == "doubted").count();
        ensure!(
            doubted == 1 && told.ends_with(&["doubted", "limited", "restored"]),
            "{told:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_app_that_is_refused_waits_and_nobody_is_asked_to_sign_in() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 3).await?;
        let fault = Fault::always(
            "bluesky.token*",
            Effect::Refuse {
                status: 400,
                code: "invalid_client".to_owned(),
                subcode: None,
                message: "no such client".to_owned(),
            },
        );
        let number = world.sim.add_fault(fault);
        // Access tokens are over: each probe must renew first.
        world
            .run_until(plus_ms(world.clock.now(), 2 * DAY_MS))
            .await?;
        let stands = health(&world, logins[0].channel).await?;
        ensure!(
            open(&world).await? == [(Cause::AppMisconfigured, 3)],
            "{:?}, {stands:?}, {:?}",
            open(&world).await?,
            happened(&world, logins[0].channel).await?
        );
        for login in &logins {
            let stands = health(&world, login.channel).await?;
            ensure!(
                stands == (Health::Waiting, Some(Cause::AppMisconfigured)),
                "{stands:?}"
            );
        }
        ensure!(notices(&world, NoticeKind::NeedsRefresh).await? == 0);
        ensure!(notices(&world, NoticeKind::Limited).await? == 0);
        world.sim.remove_fault(number);
        world
            .run_until(plus_ms(world.clock.now(), 7 * HOUR_MS))
            .await?;
        ensure!(open(&world).await?.is_empty());
        for login in &logins {
            ensure!(health(&world, login.channel).await? == (Health::Healthy, None));
        }
    }
    Ok(())
}
