//! A renewal killed at each point: before the first byte and after the answer is durable that costs nothing.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::grant::Life;
use engine::run;
use testing::kill::Ended;
use testing::neutral::NeutralWorld;

use super::{ENGINES, Seen as _, server};

/// Between the server's rotation and our commit, and nowhere else.
const LOSES: [&str; 2] = ["call:neutral.renew:after", "renew.answer:before"];

/// Renews, killed at point `at` and gone on with by the next process, if there is one.
async fn killed(world: &mut NeutralWorld, at: Option<usize>) -> Result<String> {
    let gate = world.world.gate.clone();
    gate.arm(at);
    let ended = gate.run(world.renew()).await;
    let Ended::Killed(point) = ended else {
        return Ok(String::new());
    };
    world.world.restart().await?;
    let (workspace, grant) = (world.world.workspace, world.grant);
    // Due at once, as it was when it was begun.
    let now = domain::Timestamp::UNIX_EPOCH;
    let due =
        move |conn: &mut storage::Conn<'_>| storage::grants::renew_now(conn, workspace, grant, now);
    world.world.store().write("test", due).await?;
    run::until_idle(&world.world.cx, 20).await?;
    Ok(point)
}

#[tokio::test]
async fn a_kill_costs_the_login_only_between_rotation_and_commit() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let mut quiet = NeutralWorld::start(under, &server, &format!("{under:?}")).await?;
        killed(&mut quiet, None).await?;
        quiet.lives(2, "no kill").await?;
        let points = quiet.world.gate.passed();
        ensure!(
            LOSES
                .iter()
                .all(|at| points.iter().any(|point| point == at)),
            "{points:?}"
        );
        let mut lost = Vec::new();
        for at in 0..points.len() {
            let who = format!("{under:?}-{at}");
            let mut world = NeutralWorld::start(under, &server, &who).await?;
            let point = killed(&mut world, Some(at)).await?;
            let row = world.row().await?;
            if row.life == Life::Live {
                let after = format!("killed at {point}, on {under:?}");
                ensure!(row.generation >= 2, "{after}: never renewed");
                world.lives(row.generation, &after).await?;
            } else {
                world.is_over(Cause::LostInFlight, &point).await?;
                lost.push(point);
            }
        }
        ensure!(lost == LOSES, "on {under:?} lost at {lost:?}");
    }
    Ok(())
}
