//! What ends a sign-in at the server, and what is said of it.

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::schedule::DAY_MS;
use engine::login;
use engine::renew::Came;
use engine::run;
use storage::Conn;
use testing::neutral::{IDLE_MS, NeutralWorld};

use super::{ENGINES, Seen as _, TOKEN, server};

/// Somebody else (a copy of this installation, a thief) renews with our refresh token, then we do: the server takes
/// it for stolen and ends the sign-in for both.
#[tokio::test]
async fn a_refresh_token_that_another_has_used_ends_the_sign_in() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        let (workspace, channel) = (at.world.workspace, at.channel);
        let read = move |conn: &mut Conn<'_>| login::read(conn, workspace, channel, None);
        let rows = at.world.store().read("test", read).await?;
        let rows = rows.context("a login")?;
        let secrets = login::open_app(&at.world.cx.vault, &rows.app)?;
        let call = login::call(&at.world.cx, &rows.app, &secrets);
        let adapter = rows.adapter()?;
        let theirs = adapter.renew(&call, &at.tokens().await?).await?;
        ensure!(server.usable(&at.account).await? == 1, "theirs");

        ensure!(at.renew().await? == Came::Dead(Cause::LostInFlight));
        at.is_over(Cause::LostInFlight, "used twice").await?;
        ensure!(server.usable(&at.account).await? == 0, "ended for both");
        ensure!(adapter.renew(&call, &theirs.tokens).await.is_err());
        let said = at.row().await?.last_evidence.context("evidence")?;
        ensure!(said.message.contains("already used"), "{said:?}");
    }
    Ok(())
}

#[tokio::test]
async fn taken_back_at_the_server_is_seen_at_the_next_renewal_and_not_asked_again() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        ensure!(server.revoke(&at.account).await? == 1);
        ensure!(at.renew().await? == Came::Dead(Cause::AppRemovedByUser));
        at.is_over(Cause::AppRemovedByUser, "taken back").await?;
        at.go_on(30 * DAY_MS).await?;
        at.is_over(Cause::AppRemovedByUser, "a month later").await?;
        let asked = at.asked().await?;
        ensure!(asked == [TOKEN], "what is over is left alone: {asked:?}");
    }
    Ok(())
}

/// The machine stood still for longer than the server keeps an unused refresh token.
#[tokio::test]
async fn rested_for_too_long_it_has_ended_by_its_life() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        let at = NeutralWorld::start(under, &server, &format!("anna-{under:?}")).await?;
        at.world.clock.advance_ms(IDLE_MS + DAY_MS);
        run::until_idle(&at.world.cx, 20).await?;
        at.is_over(Cause::LifespanEnded, "a long rest").await?;
    }
    Ok(())
}
