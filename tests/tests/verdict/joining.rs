//! Many callers of one process need the same new access token: one call, one rotation.

use anyhow::{Result, ensure};
use domain::grant::Life;
use engine::renew::{self, Came};
use tokio::task::JoinSet;

use super::{ENGINES, with_logins};

#[tokio::test]
async fn fifty_callers_spend_one_refresh_token() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        let (workspace, id) = (world.workspace, logins[0].grant);
        let before = world.grant(id).await?.generation;
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let cx = world.cx.clone();
            callers.spawn(async move { renew::mint(&cx, workspace, id, before).await });
        }
        for came in callers.join_all().await {
            ensure!(came? == Came::Renewed);
        }
        let grant = world.grant(id).await?;
        ensure!(
            grant.generation == before + 1,
            "generation {}",
            grant.generation
        );
        // A refresh token that was used twice would have ended the session there.
        let again = renew::mint(&world.cx, workspace, id, before).await?;
        ensure!(again == Came::Renewed, "somebody has renewed since");
        ensure!(
            world.grant(id).await?.generation == before + 1,
            "nothing was asked"
        );
        ensure!(world.grant(id).await?.life == Life::Live);
        let next = renew::mint(&world.cx, workspace, id, before + 1).await?;
        ensure!(next == Came::Renewed && world.grant(id).await?.generation == before + 2);
    }
    Ok(())
}
