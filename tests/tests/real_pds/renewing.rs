//! Two processes over one store renew at once; and what the server does where nothing keeps them apart.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::grant::Verdict;
use domain::health::Health;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use engine::renew::{self, Came};
use engine::{connect, login, run};
use testing::pds::Fault;
use testing::world::Under;

use super::{TOKEN, ensure_out_once, granted, linked, planned};

async fn two_processes(under: Under) -> Result<()> {
    let (world, anna, channel) = linked(under).await?;
    let other = world.another_engine();
    let grant = world.grant(channel).await?.id;
    world.pds.forget_requests().await?;
    // Slow enough that the second one surely comes while the first is at it.
    world.pds.fault(Fault::delay_ms(300).path(TOKEN)).await?;
    let (one, two) = tokio::join!(
        renew::renew_one(&world.cx, world.workspace, grant),
        renew::renew_one(&other, world.workspace, grant),
    );
    let came = [one?, two?];
    ensure!(
        came.contains(&Came::Renewed) && came.contains(&Came::Busy),
        "{came:?}"
    );
    ensure!(granted(&world).await? == 1, "the server was asked once");
    ensure!(world.grant(channel).await?.generation == 2);

    // The access token has ended for both, and both want to make a call.
    world.jump_to(plus_ms(world.cx.now(), 2 * HOUR_MS));
    let (one, two) = tokio::join!(
        connect::prove_now(&world.cx, world.workspace, channel),
        connect::prove_now(&other, world.workspace, channel),
    );
    one?;
    two?;
    ensure!(granted(&world).await? == 2, "one more");
    ensure!(world.grant(channel).await?.generation == 3);

    // And both run on with a post, which goes out once.
    let delivery = planned(&world, channel, "By one of us").await?;
    world.jump_to(plus_ms(world.cx.now(), 5 * MINUTE_MS));
    let (one, two) = tokio::join!(run::until_idle(&world.cx, 20), run::until_idle(&other, 20));
    one?;
    two?;
    world.run_for_ms(MINUTE_MS).await?;
    ensure_out_once(&world, &anna, delivery, "By one of us").await?;
    ensure!(world.health(channel).await? == Health::Healthy);
    ensure!(world.pds.sessions(&anna.did).await?.len() == 1);
    Ok(())
}

#[tokio::test]
async fn two_processes_on_sqlite_renew_once() -> Result<()> {
    two_processes(Under::Sqlite).await
}

#[tokio::test]
async fn two_processes_on_postgres_renew_once() -> Result<()> {
    two_processes(Under::Postgres).await
}

/// What the lease is for: the same refresh token sent twice at once, as no engine does. The server takes
/// one. If the other comes while that is being written, it fails with a 500; if it comes a little later,
/// the server takes it for stolen and ends the session.
#[tokio::test]
async fn without_the_lease_the_session_is_in_danger() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let rows = world.login(channel).await?;
    let (tokens, secrets) = (
        world.tokens(channel).await?,
        login::open_app(&world.cx.vault, &rows.app)?,
    );
    let (call, adapter) = (login::call(&world.cx, &rows.app, &secrets), rows.adapter()?);
    let (one, two) = tokio::join!(adapter.renew(&call, &tokens), adapter.renew(&call, &tokens));
    let ((Ok(won), Err(lost)) | (Err(lost), Ok(won))) = (one, two) else {
        anyhow::bail!("not one of two");
    };
    let new = tokens.replaced_by(won.tokens);
    let sessions = world.pds.sessions(&anna.did).await?.len();
    match (lost.verdict(), lost.evidence.http_status) {
        (Verdict::TryAgain, 500) => {
            ensure!(sessions == 1 && world.takes(channel, &new).await?.is_ok());
        }
        (Verdict::Dead, 400) => {
            ensure!(
                lost.cause == Cause::LostInFlight && lost.evidence.message.contains("replayed"),
                "{lost:?}"
            );
            ensure!(sessions == 0 && world.takes(channel, &new).await?.is_err());
        }
        _ => anyhow::bail!("{lost:?}"),
    }
    Ok(())
}
