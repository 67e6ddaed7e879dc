//! Answers that arrive after a newer generation, or a newer sign-in, is durable: they change nothing.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use async_trait::async_trait;
use domain::cause::Cause;
use domain::connect::ConnectPhase;
use domain::grant::{Life, LifeWord};
use domain::health::Health;
use domain::schedule::{DAY_MS, HOUR_MS};
use engine::renew::{Came, renew_one};
use engine::{Cx, connect};
use platforms::http::{Request, Response, SendError, Transport};
use testing::pds::Fault;
use testing::world::Under;
use tokio::sync::Notify;

use super::{TOKEN, granted, linked};

const SESSION: &str = "/xrpc/com.atproto.server.getSession";

/// Asked with the access token of the first generation, answered when the second one has ended it.
#[tokio::test]
async fn a_refusal_of_the_old_access_token_says_nothing_of_the_login() -> Result<()> {
    let (world, _, channel) = linked(Under::Sqlite).await?;
    let (grant, other) = (world.grant(channel).await?.id, world.another_engine());
    world.pds.forget_requests().await?;
    world
        .pds
        .fault(Fault::delay_ms(3_000).path(SESSION).times(1))
        .await?;
    let (probed, renewed) = tokio::join!(
        connect::prove_now(&world.cx, world.workspace, channel),
        async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            renew_one(&other, world.workspace, grant).await
        }
    );
    probed?;
    ensure!(renewed? == Came::Renewed);
    let refused = world.pds.requests(SESSION).await?;
    ensure!(
        refused[0].status == Some(401),
        "the old token was asked with: {refused:?}"
    );
    ensure!(
        granted(&world).await? == 1,
        "nothing was renewed for that refusal"
    );
    let row = world.grant(channel).await?;
    ensure!(row.life == Life::Live && row.generation == 2, "{row:?}");
    ensure!(world.health(channel).await? == Health::Healthy);
    ensure!(world.notices(channel).await?.is_empty());
    Ok(())
}

/// What lease and call deadline are for, with both made too short: one node's renewal lies about in the network
/// until another has renewed. Its refusal is about a generation that is over and changes nothing. The harm was done
/// at the server, which ends a session whose old token comes back; that is found at the next contact, and said.
#[tokio::test]
async fn a_refusal_of_the_old_generation_changes_nothing_here() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let (grant, workspace) = (world.grant(channel).await?.id, world.workspace);
    let (mut slow, mut quick) = (world.cx.clone(), world.another_engine());
    slow.bounds.lease_ms = 1_500;
    quick.bounds.call_ms = 0;
    // The first request is refused for want of a nonce; the one with the effect is late.
    world
        .pds
        .fault(Fault::delay_ms(5_000).path(TOKEN).skip(1).times(1))
        .await?;
    let (late, renewed) = tokio::join!(renew_one(&slow, workspace, grant), async {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        renew_one(&quick, workspace, grant).await
    });
    ensure!(renewed? == Came::Renewed);
    let late = late?;
    ensure!(late == Came::Busy, "it was believed: {late:?}");
    let row = world.grant(channel).await?;
    ensure!(row.life == Life::Live && row.generation == 2, "{row:?}");
    ensure!(world.notices(channel).await?.is_empty());

    ensure!(world.pds.sessions(&anna.did).await?.is_empty());
    world.run_for_ms(DAY_MS + HOUR_MS).await?;
    let row = world.grant(channel).await?;
    ensure!(matches!(row.life, Life::Dead { .. }), "{row:?}");
    ensure!(world.notices(channel).await?.len() == 1);
    Ok(())
}

/// Holds a renewal that the server has granted until it is let go.
struct Holds {
    out: Arc<dyn Transport>,
    reached: Notify,
    released: Notify,
}

#[async_trait]
impl Transport for Holds {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let renews = request.operation == "bluesky.renew";
        let answer = self.out.send(request).await?;
        if renews && answer.status == 200 {
            self.reached.notify_one();
            self.released.notified().await;
        }
        Ok(answer)
    }
}

/// While the answer is on its way the person signs in again: the new sign-in stands, the old one gets no new tokens.
#[tokio::test]
async fn new_tokens_for_a_sign_in_that_was_replaced_are_not_taken() -> Result<()> {
    let (world, anna, channel) = linked(Under::Sqlite).await?;
    let old = world.grant(channel).await?.id;
    let holds = Arc::new(Holds {
        out: world.another_engine().transport,
        reached: Notify::new(),
        released: Notify::new(),
    });
    let slow = Cx {
        transport: holds.clone(),
        ..world.cx.clone()
    };
    let (late, row) = tokio::join!(renew_one(&slow, world.workspace, old), async {
        holds.reached.notified().await;
        let row = world.sign_in(Some(channel), None, &anna).await;
        holds.released.notify_one();
        row
    });
    let row = row?;
    ensure!(row.phase == ConnectPhase::Done, "{:?}", row.phase);
    let late = late?;
    ensure!(late == Came::Busy, "it was taken: {late:?}");
    let replaced = world.grant_by_id(old).await?;
    ensure!(
        replaced.life.word() == LifeWord::Superseded && replaced.generation == 1,
        "{replaced:?}"
    );
    let new = world.grant(channel).await?;
    ensure!(
        new.id != old && new.life == Life::Live && new.generation == 1,
        "{new:?}"
    );
    let tokens = world.tokens(channel).await?;
    ensure!(world.takes(channel, &tokens).await?.is_ok());
    ensure!(world.health(channel).await? == Health::Healthy);
    ensure!(
        !world
            .notices(channel)
            .await?
            .iter()
            .any(|notice| notice.cause == Some(Cause::LostInFlight))
    );
    Ok(())
}
