//! An outage over all logins of an app, and trouble with one: who waits, who is told, and how it ends.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::health::Health;
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, HOUR_MS, plus_ms};
use engine::run;
use simulator::control::Break;
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
