//! A platform that asks us to wait for longer than a post may be late: the post is held and told in its time, with why.

use anyhow::{Result, ensure};
use domain::clock::Clock as _;
use domain::delivery::{Reason, State};
use domain::schedule::{HOUR_MS, LATENESS_LIMIT_MS, MINUTE_MS, plus_ms};
use simulator::{Effect, Fault};
use testing::world::World;

use super::{ENGINES, with_logins};

const ASKED: Effect = Effect::TooMany {
    retry_after_s: Some(5 * 3_600),
};

/// Plans a post, lets this call be answered with *too many, come back in five hours*, and sees it held within minutes of
/// its limit.
async fn held_in_time(world: &World, login: &super::Login, operation: &str) -> Result<()> {
    let due = plus_ms(world.clock.now(), 3 * HOUR_MS);
    let delivery = world.plan(login.channel, "Rye", &[], due).await?;
    world.sim.add_fault(Fault::always(operation, ASKED));
    world.run_until(plus_ms(due, LATENESS_LIMIT_MS)).await?;
    let state = world.delivery(delivery).await?.state;
    ensure!(!matches!(state, State::Missed(_)), "{operation}: {state:?}");
    let soon = plus_ms(due, LATENESS_LIMIT_MS + 2 * MINUTE_MS);
    world.run_until(soon).await?;
    let state = world.delivery(delivery).await?.state;
    ensure!(
        state == State::Missed(Reason::Quota),
        "{operation}: {state:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_post_that_is_told_to_wait_for_hours_is_held_at_its_limit() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        held_in_time(&world, &logins[0], "bluesky.put_record").await?;
    }
    Ok(())
}

#[tokio::test]
async fn so_is_one_whose_login_is_told_to_wait() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        held_in_time(&world, &logins[0], "bluesky.token.refresh").await?;
    }
    Ok(())
}
