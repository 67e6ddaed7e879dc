//! An answer lost on its way, after the server rotated and before.

use anyhow::{Context as _, Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::grant::Life;
use domain::schedule::{MINUTE_MS, ms_between};
use engine::login;
use engine::renew::Came;
use storage::Conn;
use testing::neutral::{ACCESS_MS, NeutralWorld};
use testing::pds::Fault;
use testing::world::Under;

use super::{ENGINES, INSPECT, ME, Seen as _, TOKEN, server};

/// The next renewal meets `fault`. `lives`: whether an access token does meanwhile.
async fn interrupted(at: &NeutralWorld, fault: Fault, lives: bool) -> Result<()> {
    if !lives {
        at.world.clock.advance_ms(ACCESS_MS);
    }
    let once = fault.method("POST").path("/token").times(1);
    at.server.fault(once).await?;
    let came = at.renew().await?;
    ensure!(
        matches!(came, Came::TryAgain(_)),
        "nothing is known to have ended: {came:?}"
    );
    ensure!(
        at.journal().await? == [None],
        "the intent stands open: {:?}",
        at.journal().await?
    );
    Ok(())
}

#[tokio::test]
async fn after_a_rotation_the_access_token_testifies_and_the_loss_has_its_own_cause() -> Result<()>
{
    let server = server().await?;
    for under in ENGINES {
        for lives in [true, false] {
            let after = format!("lost on {under:?}, access token lives: {lives}");
            let at = NeutralWorld::start(under, &server, &after).await?;
            interrupted(&at, Fault::lose_answer(), lives).await?;
            ensure!(
                server.usable(&at.account).await? == 1,
                "the new one, which nobody has"
            );
            let lost_at = at.world.clock.now();
            at.go_on(10 * MINUTE_MS).await?;
            at.is_over(Cause::LostInFlight, &after).await?;
            let Life::Dead { since, .. } = at.row().await?.life else {
                anyhow::bail!("{after}: it lives");
            };
            let late_ms = ms_between(lost_at, since);
            ensure!(late_ms <= 2 * MINUTE_MS, "{after}: told {late_ms} ms later");
            // First who may speak without harm; the old refresh token is the last way.
            let asked = at.asked().await?;
            let expected: &[&str] = if lives {
                &[TOKEN, ME, INSPECT, TOKEN]
            } else {
                &[TOKEN, ME, TOKEN]
            };
            ensure!(asked == expected, "{after}: {asked:?}");
            let said = at.row().await?.last_evidence.context("evidence")?;
            ensure!(
                said.code == "invalid_grant" && said.message.contains("already used"),
                "{after}: {said:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_never_reached_the_server_is_repeated_and_costs_nothing() -> Result<()> {
    let server = server().await?;
    for under in ENGINES {
        for lives in [true, false] {
            let after = format!("cut off on {under:?}, access token lives: {lives}");
            let at = NeutralWorld::start(under, &server, &after).await?;
            interrupted(&at, Fault::drop_connection(), lives).await?;
            at.go_on(10 * MINUTE_MS).await?;
            at.lives(2, &after).await?;
            let asked = at.asked().await?;
            let expected: &[&str] = if lives {
                &[TOKEN, ME, INSPECT, TOKEN]
            } else {
                // It was told to wait for the platform: the last one proves that it is well again.
                &[TOKEN, ME, TOKEN, ME]
            };
            ensure!(asked == expected, "{after}: {asked:?}");
            // Where nobody could testify, it was only overtaken.
            let first = if lives { "not_rotated" } else { "overtaken" };
            let journal = at.journal().await?;
            let outcomes: Vec<_> = journal.iter().flatten().map(String::as_str).collect();
            ensure!(outcomes == [first, "renewed"], "{after}: {journal:?}");
        }
    }
    Ok(())
}

/// Why the witness of this server's adapter asks twice: an access token that is still taken says nothing here.
#[tokio::test]
async fn this_server_takes_the_old_access_token_after_it_has_rotated() -> Result<()> {
    let server = server().await?;
    let at = NeutralWorld::start(Under::Sqlite, &server, "anna").await?;
    let (workspace, channel) = (at.world.workspace, at.channel);
    let read = move |conn: &mut Conn<'_>| login::read(conn, workspace, channel, None);
    let rows = at.world.store().read("test", read).await?;
    let rows = rows.context("a login")?;
    let secrets = login::open_app(&at.world.cx.vault, &rows.app)?;
    let call = login::call(&at.world.cx, &rows.app, &secrets);
    let (adapter, old) = (rows.adapter()?, at.tokens().await?);
    adapter.witness(&call, &old).await?;
    adapter.renew(&call, &old).await?;
    let refused = adapter.witness(&call, &old).await.err().context("spent")?;
    ensure!(
        refused.cause == Cause::LostInFlight && !refused.final_answer,
        "{refused:?}"
    );
    let asked = at.asked().await?;
    ensure!(asked == [ME, INSPECT, TOKEN, ME, INSPECT], "{asked:?}");
    let seen = server.requests().await?;
    ensure!(seen[3].status == Some(200), "the old access token is taken");
    Ok(())
}
