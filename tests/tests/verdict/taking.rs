//! A step of renewal takes more while what it took is under way, and drops nothing when it cannot.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use domain::clock::Clock as _;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use engine::{Bounds, due, run};
use storage::{Gate, Weather};
use storage::{deliveries, grants};
use testing::world::World;
use tokio::sync::Notify;

use super::{ENGINES, Login, with_logins};

/// Three at a time, of more than are taken at once.
const BOUNDS: Bounds = Bounds {
    lease_ms: 60_000,
    call_ms: 60_000,
    batch: 3,
    in_flight: 3,
    takes_ms: 5_000,
    longest_sleep_ms: 30_000,
    beat_ms: 60_000,
};

/// Lets no answer be stored before a second claim was made, and may refuse that one.
struct Second {
    claims: AtomicUsize,
    refused: bool,
    came: Notify,
}

impl Gate for Second {
    fn pass<'a>(&'a self, point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if point == "renew.answer:before" {
                while self.claims.load(Ordering::SeqCst) < 2 {
                    self.came.notified().await;
                }
            }
        })
    }

    fn weather(&self, name: &str, _writes: bool) -> Weather {
        if name == "renew.claim" {
            let before = self.claims.fetch_add(1, Ordering::SeqCst);
            self.came.notify_waiters();
            if self.refused && before == 1 {
                return Weather::Away;
            }
        }
        Weather::Fair
    }
}

/// All logins are due now; a world whose second claim is waited for.
async fn all_due(world: &mut World, logins: &[Login], refused: bool) -> Result<()> {
    let (workspace, now) = (world.workspace, world.clock.now());
    let which: Vec<_> = logins.iter().map(|login| login.grant).collect();
    let write = move |conn: &mut storage::Conn<'_>| {
        for grant in which {
            grants::renew_now(conn, workspace, grant, now)?;
        }
        Ok(())
    };
    world.store().write("test.due", write).await?;
    let gate = Second {
        claims: AtomicUsize::new(0),
        refused,
        came: Notify::new(),
    };
    world.cx.bounds = BOUNDS;
    world.cx.store = world.cx.store.with_gate(Arc::new(gate));
    Ok(())
}

#[tokio::test]
async fn what_a_node_let_lie_is_taken_up_when_it_is_free() -> Result<()> {
    for under in ENGINES {
        let (world, logins) = with_logins(under, 1).await?;
        let due_at = plus_ms(world.clock.now(), HOUR_MS);
        world.plan(logins[0].channel, "Rye", &[], due_at).await?;
        world.run_until(plus_ms(due_at, -MINUTE_MS)).await?;
        // Somebody takes it, stands still for longer than that holds, and goes on without it.
        world.clock.advance_ms(2 * MINUTE_MS);
        let (claim, _) = world.cx.claim();
        let take = move |conn: &mut storage::Conn<'_>| {
            deliveries::claim(conn, deliveries::Taker::Publish, &claim)
        };
        let taken = world.store().write("test.take", take).await?;
        ensure!(taken.taken() == 1, "it was due");
        let now = world.clock.now();
        let next = run::next_due(&world.cx).await?;
        ensure!(
            next.is_some_and(|at| at > now),
            "while it is held: {next:?}"
        );
        world.clock.advance_ms(HOUR_MS / 2);
        let now = world.clock.now();
        let next = run::next_due(&world.cx).await?;
        let soon = next.is_some_and(|at| at > now && at <= plus_ms(now, 2_000));
        ensure!(soon, "it is free at {now}, and looked at {next:?}");
    }
    Ok(())
}

async fn renewed(world: &World, logins: &[Login]) -> Result<usize> {
    let mut renewed = 0;
    for login in logins {
        let grant = world.grant(login.grant).await?;
        ensure!(grant.generation <= 2, "renewed twice");
        renewed += usize::from(grant.generation == 2);
    }
    Ok(renewed)
}

#[tokio::test]
async fn the_next_are_taken_before_an_answer_of_the_last_is_stored() -> Result<()> {
    for under in ENGINES {
        let (mut world, logins) = with_logins(under, 7).await?;
        all_due(&mut world, &logins, false).await?;
        let report = due::step(&world.cx).await?;
        ensure!(report.done == 7 && !report.more, "{report:?}");
        ensure!(renewed(&world, &logins).await? == 7);
    }
    Ok(())
}

#[tokio::test]
async fn a_claim_that_fails_drops_no_answer() -> Result<()> {
    for under in ENGINES {
        let (mut world, logins) = with_logins(under, 7).await?;
        all_due(&mut world, &logins, true).await?;
        ensure!(due::step(&world.cx).await.is_err(), "the claim failed");
        let done = renewed(&world, &logins).await?;
        ensure!(done == 3, "{done} of the three that were under way");
        let report = due::step(&world.cx).await?;
        ensure!(report.done == 4, "{report:?}");
        ensure!(renewed(&world, &logins).await? == 7);
    }
    Ok(())
}
