//! Bluesky for real: the engine against Bluesky's own PDS, the sign-in pages in a real browser. What the
//! server holds in the end is counted at the server, not believed.

mod aged;
mod api_only;
mod ending;
mod late;
mod loopback;
mod losing;
mod publishing;
mod renewing;
mod whole_way;

use anyhow::{Result, ensure};
use domain::delivery::State;
use domain::ids::{ChannelId, DeliveryId};
use domain::schedule::{MINUTE_MS, plus_ms};
use testing::pds::Account;
use testing::pds_world::{Client, PdsWorld};
use testing::world::Under;

/// Where sessions are renewed.
const TOKEN: &str = "/oauth/token";
/// Where posts go.
const PUT: &str = "/xrpc/com.atproto.repo.putRecord";

/// A confidential client with one channel that is well.
async fn linked(under: Under) -> Result<(PdsWorld, Account, ChannelId)> {
    let world = PdsWorld::start(under, Client::Confidential).await?;
    let anna = world.account("anna-harbour.test").await?;
    let channel = world.connect(&anna).await?;
    world.run_for_ms(0).await?;
    Ok((world, anna, channel))
}

/// A post that is due in five minutes.
async fn planned(world: &PdsWorld, channel: ChannelId, text: &str) -> Result<DeliveryId> {
    let due_at = plus_ms(world.cx.now(), 5 * MINUTE_MS);
    world.plan(channel, text, &[], due_at).await
}

/// How many posts with this text the server has.
async fn count(world: &PdsWorld, who: &Account, text: &str) -> Result<usize> {
    let posts = world.posts(who).await?;
    Ok(posts
        .iter()
        .filter(|post| post.value["text"] == text)
        .count())
}

/// It is out, and the server has it exactly once.
async fn ensure_out_once(
    world: &PdsWorld,
    who: &Account,
    id: DeliveryId,
    text: &str,
) -> Result<()> {
    let delivery = world.delivery(id).await?;
    let history = world.history(id).await?;
    ensure!(
        delivery.state == State::Published,
        "it is {:?} after {history:?}",
        delivery.state
    );
    ensure!(
        count(world, who, text).await? == 1,
        "not once: {:?}",
        world.posts(who).await?
    );
    ensure!(
        delivery
            .remote_id
            .is_some_and(|id| id.starts_with(&format!("at://{}/", who.did)))
    );
    Ok(())
}

/// How many renewals (or sign-ins) the server has granted since the list of requests was emptied.
async fn granted(world: &PdsWorld) -> Result<usize> {
    let seen = world.pds.requests(TOKEN).await?;
    Ok(seen.iter().filter(|seen| seen.status == Some(200)).count())
}
