//! A node stands still with the call in its hand that shows a post. The others look, do not find the post, and miss
//! it; a person plans it anew, as it was or with other words. Whenever the call then comes in, there is one post.

use std::sync::Arc;

use anyhow::{Result, ensure};
use domain::Timestamp;
use domain::delivery::State;
use domain::platform::Platform;
use domain::post::Variant;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::reconciler::Report;
use engine::{Cx, publish, settle};
use storage::ledger;
use testing::sim::SimTransport;
use testing::world::{Under, reschedule};
use tokio::task::JoinHandle;

use super::publish::{CASES, Case, Ready, TEXT, held, ready};
use super::two_tasks::Hold;

const OTHER: &str = "Fresh rolls at eight, since the oven was cold.";

/// When the call comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    /// Before the post is due again.
    Before,
    /// When the next try has looked and prepared, and is about to show the post.
    Between,
    /// When all that is over.
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

/// A node that publishes what is due, and stops with a call in its hand.
struct Node {
    hold: Arc<Hold>,
    /// Whether it came to that call at all.
    stopped: bool,
    run: JoinHandle<engine::error::Result<Report>>,
}

impl Node {
    async fn stopped_at(ready: &Ready, at: &'static str) -> Self {
        let world = &ready.world;
        let hold = Hold::new(at);
        let cx = Cx {
            me: world.cx.ids().make(),
            transport: Arc::new(SimTransport::new(&world.sim).with_gate(hold.clone())),
            store: world.store().clone(),
            ..world.cx.clone()
        };
        let mut run = tokio::spawn(async move { publish::step(&cx).await });
        let stopped = tokio::select! {
            () = hold.reached.notified() => true,
            done = &mut run => {
                run = tokio::spawn(async move { done.expect("it ran") });
                false
            }
        };
        Self { hold, stopped, run }
    }

    /// How often it came to the same call again.
    async fn goes_on(mut self) -> Result<usize> {
        let mut again = 0;
        loop {
            self.hold.released.notify_one();
            tokio::select! {
                done = &mut self.run => {
                    done??;
                    return Ok(again);
                }
                () = self.hold.reached.notified() => again += 1,
            }
        }
    }
}

fn shows(case: Case) -> &'static str {
    match case.platform {
        Platform::Bluesky => "call:bluesky.put_record:before",
        _ => "call:instagram.media_publish:before",
    }
}

/// One node stands still with the call that shows the post; the others have missed it.
async fn missed(ready: &Ready, case: Case) -> Result<Node> {
    let world = &ready.world;
    world.run_until(plus_ms(ready.due_at, -1_000)).await?;
    world.clock.set(ready.due_at);
    let node = Node::stopped_at(ready, shows(case)).await;
    ensure!(node.stopped, "{case:?}");
    // Nobody else gets to it within its hour.
    world.clock.set(plus_ms(ready.due_at, HOUR_MS + MINUTE_MS));
    world.run_until(plus_ms(ready.due_at, 2 * HOUR_MS)).await?;
    let state = world.delivery(ready.delivery).await?.state;
    ensure!(matches!(state, State::Missed(_)), "{case:?}: {state:?}");
    Ok(node)
}

async fn edit(ready: &Ready) -> Result<()> {
    let (workspace, id) = (ready.world.workspace, ready.delivery);
    let row = ready.world.delivery(id).await?;
    let now = ready.world.cx.now();
    let variant = Variant {
        text: Some(OTHER.to_owned()),
        media: None,
    };
    let write = move |conn: &mut storage::Conn<'_>| {
        ledger::set_variant(conn, workspace, id, &variant)?;
        storage::deliveries::describe(conn, &row, OTHER, None, now)
    };
    Ok(ready.world.store().write("test.edit", write).await?)
}

async fn plan_again(ready: &Ready, due_at: Timestamp) -> Result<()> {
    let row = ready.world.delivery(ready.delivery).await?;
    reschedule(ready.world.store(), row, due_at, ready.world.cx.now()).await
}

#[tokio::test]
async fn a_call_that_comes_in_after_all_shows_no_second_post() -> Result<()> {
    for case in CASES {
        for edited in [false, true] {
            for later_ms in [3 * HOUR_MS, 2 * DAY_MS] {
                for comes in [Comes::Before, Comes::Between, Comes::After] {
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
    let world = &ready.world;
    let node = missed(&ready, story.case).await?;
    let due_at = plus_ms(ready.due_at, story.later_ms);
    if story.edited {
        edit(&ready).await?;
    }
    plan_again(&ready, due_at).await?;
    let over = plus_ms(due_at, 2 * HOUR_MS);
    match story.comes {
        Comes::Before => {
            world
                .run_until(plus_ms(world.cx.now(), 5 * MINUTE_MS))
                .await?;
            node.goes_on().await?;
            world.run_until(over).await?;
        }
        Comes::Between => {
            world.run_until(plus_ms(due_at, -1_000)).await?;
            world.clock.set(due_at);
            let next = Node::stopped_at(&ready, shows(story.case)).await;
            node.goes_on().await?;
            next.goes_on().await?;
            world.run_until(over).await?;
        }
        Comes::After => {
            world.run_until(over).await?;
            node.goes_on().await?;
        }
    }
    one_post(&ready, story).await
}

/// Nothing that was looked at or made before an edit is sent over it.
#[tokio::test]
async fn an_edit_while_it_is_looked_for_is_not_sent_over() -> Result<()> {
    let case = CASES[0];
    let ready = ready(Under::Postgres, case).await?;
    let world = &ready.world;
    let _stands_still = missed(&ready, case).await?;
    let due_at = plus_ms(ready.due_at, 3 * HOUR_MS);
    plan_again(&ready, due_at).await?;
    world.clock.set(due_at);
    let looks = Node::stopped_at(&ready, "call:instagram.container:before").await;
    ensure!(looks.stopped, "it looks");
    edit(&ready).await?;
    looks.goes_on().await?;
    world.run_until(plus_ms(due_at, HOUR_MS / 2)).await?;
    let (first, second) = (
        held(&ready, case, TEXT).await?,
        held(&ready, case, OTHER).await?,
    );
    // The words that the container holds are nobody's any more, and it may still be shown: the new ones wait.
    ensure!((first, second) == (0, 0), "{first} and {second}");
    Ok(())
}

/// A person moves the post while it is looked for: whoever had it has it no more, and stops.
#[tokio::test]
async fn who_lost_it_while_looking_asks_no_more() -> Result<()> {
    let case = CASES[0];
    let ready = ready(Under::Postgres, case).await?;
    let world = &ready.world;
    let _stands_still = missed(&ready, case).await?;
    let due_at = plus_ms(ready.due_at, 3 * HOUR_MS);
    plan_again(&ready, due_at).await?;
    world.clock.set(due_at);
    let looks = Node::stopped_at(&ready, "call:instagram.container:before").await;
    ensure!(looks.stopped, "it looks");
    plan_again(&ready, plus_ms(due_at, 1_000)).await?;
    world.clock.set(plus_ms(due_at, 1_000));
    ensure!(looks.goes_on().await? == 0, "it asks on");
    Ok(())
}

/// Whoever took it to look for it stands still until others have settled it: it then has nothing to look for, and
/// nothing to send.
#[tokio::test]
async fn who_looks_too_late_sends_nothing() -> Result<()> {
    for case in CASES {
        let ready = ready(Under::Postgres, case).await?;
        let world = &ready.world;
        world.run_until(plus_ms(ready.due_at, -1_000)).await?;
        world.clock.set(ready.due_at);
        let sends = Node::stopped_at(&ready, shows(case)).await;
        // Its lease runs out; the next finds the fence, takes it to look, and stands still too.
        world.clock.set(plus_ms(ready.due_at, 5 * MINUTE_MS));
        publish::step(&world.cx).await?;
        let hold = Hold::new("settle.claim:after");
        let looks = Cx {
            me: world.cx.ids().make(),
            store: world.store().with_gate(hold.clone()),
            ..world.cx.clone()
        };
        let looking = tokio::spawn(async move { settle::step(&looks).await });
        hold.reached.notified().await;
        world.clock.set(plus_ms(ready.due_at, HOUR_MS + MINUTE_MS));
        world.run_until(plus_ms(ready.due_at, 2 * HOUR_MS)).await?;
        let state = world.delivery(ready.delivery).await?.state;
        ensure!(matches!(state, State::Missed(_)), "{case:?}: {state:?}");
        hold.released.notify_one();
        looking.await??;
        ensure!(
            held(&ready, case, TEXT).await? == 0,
            "{case:?}: sent by who looked too late"
        );
        sends.goes_on().await?;
    }
    Ok(())
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
