//! A node stands still with the call in its hand that shows a post. The others look, do not find the post, and miss
//! it; a person plans it anew, as it was or with other words. Whenever the call then comes in, there is one post.

use std::sync::Arc;

use anyhow::{Result, ensure};
use domain::delivery::State;
use domain::platform::Platform;
use domain::post::Variant;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::{Cx, publish};
use storage::ledger;
use testing::sim::SimTransport;
use testing::world::{Under, reschedule};

use super::publish::{CASES, Case, Ready, TEXT, held, ready};
use super::two_tasks::Hold;

const OTHER: &str = "Fresh rolls at eight, since the oven was cold.";

/// When the call comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    /// Before the post is due again.
    Before,
    /// While the next try is prepared or already out.
    After,
}

#[derive(Clone, Copy, Debug)]
struct Story {
    case: Case,
    edited: bool,
    /// How long after the first time the post is planned again.
    later_ms: i64,
    comes: Comes,
}

#[tokio::test]
async fn a_call_that_comes_in_after_all_shows_no_second_post() -> Result<()> {
    for case in CASES {
        for edited in [false, true] {
            for later_ms in [3 * HOUR_MS, 2 * DAY_MS] {
                for comes in [Comes::Before, Comes::After] {
                    tell(Story {
                        case,
                        edited,
                        later_ms,
                        comes,
                    })
                    .await?;
                }
            }
        }
    }
    Ok(())
}

async fn tell(story: Story) -> Result<()> {
    let ready = ready(Under::Postgres, story.case).await?;
    let (world, id) = (&ready.world, ready.delivery);
    world.run_until(plus_ms(ready.due_at, -1_000)).await?;
    world.clock.set(ready.due_at);
    let hold = Hold::new(match story.case.platform {
        Platform::Bluesky => "call:bluesky.put_record:before",
        _ => "call:instagram.media_publish:before",
    });
    let stands_still = Cx {
        me: world.cx.ids().make(),
        transport: Arc::new(SimTransport::new(&world.sim).with_gate(hold.clone())),
        store: world.store().clone(),
        ..world.cx.clone()
    };
    let call = tokio::spawn(async move { publish::step(&stands_still).await });
    hold.reached.notified().await;

    // Nobody else gets to it within its hour.
    world.clock.set(plus_ms(ready.due_at, HOUR_MS + MINUTE_MS));
    world.run_until(plus_ms(ready.due_at, 2 * HOUR_MS)).await?;
    let missed = world.delivery(id).await?;
    ensure!(
        matches!(missed.state, State::Missed(_)),
        "{story:?}: {:?}",
        missed.state
    );
    let due_at = plus_ms(ready.due_at, story.later_ms);
    if story.edited {
        let (workspace, text) = (world.workspace, Some(OTHER.to_owned()));
        let variant = Variant { text, media: None };
        let write =
            move |conn: &mut storage::Conn<'_>| ledger::set_variant(conn, workspace, id, &variant);
        world.store().write("test.edit", write).await?;
    }
    reschedule(world.store(), missed, due_at, world.cx.now()).await?;
    if story.comes == Comes::Before {
        world
            .run_until(plus_ms(world.cx.now(), 5 * MINUTE_MS))
            .await?;
        hold.released.notify_one();
        call.await??;
        world.run_until(plus_ms(due_at, 2 * HOUR_MS)).await?;
    } else {
        world.run_until(plus_ms(due_at, 2 * HOUR_MS)).await?;
        hold.released.notify_one();
        call.await??;
    }
    one_post(&ready, story).await
}

async fn one_post(ready: &Ready, story: Story) -> Result<()> {
    let (first, second) = (
        held(ready, story.case, TEXT).await?,
        held(ready, story.case, OTHER).await?,
    );
    let state = ready.world.delivery(ready.delivery).await?.state;
    ensure!(
        first + second == 1,
        "{story:?}: {first} as it was, {second} as edited; we say {state:?}"
    );
    // Only a container that nobody can take back, with other words in it, is waited for until it is too late.
    let waits = story.edited
        && story.comes == Comes::After
        && story.later_ms < DAY_MS
        && story.case.platform != Platform::Bluesky;
    ensure!(
        waits == matches!(state, State::Missed(_)) && (waits || state == State::Published),
        "{story:?}: {state:?}"
    );
    Ok(())
}
