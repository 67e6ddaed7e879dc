//! An end that is over gets a last try before it is believed; and an end that failing renewals would have moved
//! is announced.

use anyhow::{Result, ensure};
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::grant::{End, EndSource, Ends, Life};
use domain::health::Health;
use domain::ids::{GrantId, RenewalId};
use domain::schedule::{DAY_MS, HOUR_MS, plus_ms};
use engine::{login, run};
use simulator::control::Break;
use storage::grants::{self, NewTokens};
use testing::world::World;
use vault::{Purpose, places};

use super::{ENGINES, health, with_logins};

/// Writes other ends into a grant, as a renewal whose answer named them would have.
async fn with_ends(world: &World, id: GrantId, change: impl Fn(&mut Ends)) -> Result<()> {
    let grant = world.grant(id).await?;
    let tokens = login::open_tokens(&world.cx.vault, &grant)?;
    let place = places::grant_tokens(grant.workspace, grant.id, grant.generation + 1);
    let chance = world.cx.chance.as_ref();
    let sealed = world
        .cx
        .vault
        .seal(Purpose::GrantToken, &place, &tokens.to_secret(), chance)?;
    let mut ends = grant.ends;
    change(&mut ends);
    let new = NewTokens {
        sealed: sealed.into_bytes(),
        scopes: grant.scopes.clone(),
        horizon: domain::horizon::horizon(grant.mechanism, &ends),
        ends,
        renew_at: Some(plus_ms(world.clock.now(), 300 * DAY_MS)),
        jitter_permille: 0,
    };
    let (intent, now): (RenewalId, _) = (world.cx.ids().make(), world.clock.now());
    let write =
        move |conn: &mut storage::Conn<'_>| grants::renewed(conn, intent, &grant, &new, now);
    world.store().write("test", write).await?;
    Ok(())
}

#[tokio::test]
async fn an_end_that_was_none_is_found_out_by_trying() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        let wrong = plus_ms(world.clock.now(), 2 * DAY_MS);
        let at = Some(End {
            at: wrong,
            source: EndSource::Sheet,
        });
        let concluded = |ends: &mut Ends| {
            ends.absolute_end = at;
            ends.absolute_by_renewal = true;
        };
        with_ends(&world, logins[0].grant, concluded).await?;
        world.run_until(plus_ms(wrong, HOUR_MS)).await?;
        let grant = world.grant(logins[0].grant).await?;
        ensure!(grant.life == Life::Live, "{:?}", grant.life);
        ensure!(
            grant.horizon.is_none_or(|end| end > plus_ms(wrong, DAY_MS)),
            "the end that was none is forgotten"
        );
        ensure!(health(&world, logins[0].channel).await? == (Health::Healthy, None));
    }
    Ok(())
}

#[tokio::test]
async fn an_end_is_believed_where_the_last_try_is_refused_or_unanswered() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        let end = plus_ms(world.clock.now(), 2 * DAY_MS);
        let at = Some(End {
            at: end,
            source: EndSource::Answer,
        });
        let concluded = |ends: &mut Ends| {
            ends.absolute_end = at;
            ends.absolute_by_renewal = true;
        };
        with_ends(&world, logins[0].grant, concluded).await?;
        world.sim.break_it(Break::PlatformDown {
            platform: "bluesky".to_owned(),
        })?;
        world.run_until(plus_ms(end, HOUR_MS)).await?;
        let stands = health(&world, logins[0].channel).await?;
        ensure!(
            stands == (Health::NeedsRefresh, Some(Cause::LifespanEnded)),
            "{stands:?}"
        );
        run::until_idle(&world.cx, 20).await?;
    }
    Ok(())
}
