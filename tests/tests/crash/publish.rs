//! One post goes out, and the run is killed at every point on its way.

use anyhow::{Context as _, Result, ensure};
use domain::Timestamp;
use domain::clock::Clock as _;
use domain::delivery::State;
use domain::ids::{ChannelId, DeliveryId};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use engine::run;
use simulator::instagram::{NewAccount, NewPage, NewPerson};
use testing::kill::Ended;
use testing::world::{Under, World};

use super::{ENGINES, bluesky_posts, instagram_posts, jpeg, points};

pub(super) const TEXT: &str = "Fresh rolls at seven, and the harbour is still asleep.";

/// A platform and the way in. The accounts are new and empty: nothing is read back but what is posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) platform: Platform,
    flow: LoginFlow,
}

pub(super) const CASES: [Case; 3] = [
    Case {
        platform: Platform::Instagram,
        flow: LoginFlow::Instagram,
    },
    Case {
        platform: Platform::Instagram,
        flow: LoginFlow::Facebook,
    },
    Case {
        platform: Platform::Bluesky,
        flow: LoginFlow::Bluesky,
    },
];

const USERNAME: &str = "tide.and.tern";
const BLUESKY_HANDLE: &str = "tide-and-tern.bsky.social";

impl Case {
    /// Makes the account at the platform. Who signs in there, and the account's handle.
    fn account(self, world: &World) -> (String, &'static str) {
        if self.platform == Platform::Bluesky {
            world.sim.add_bluesky_account(BLUESKY_HANDLE, "Tide & Tern");
            return (BLUESKY_HANDLE.to_owned(), BLUESKY_HANDLE);
        }
        let new = NewAccount {
            username: USERNAME.to_owned(),
            name: "Tide & Tern".to_owned(),
            ..NewAccount::default()
        };
        let account = world.sim.add_instagram_account(new);
        if self.flow == LoginFlow::Instagram {
            return (USERNAME.to_owned(), USERNAME);
        }
        let person = world.sim.add_facebook_person(NewPerson {
            id: None,
            name: "Ida Tern".to_owned(),
        });
        let tasks = ["MANAGE", "CREATE_CONTENT", "ANALYZE"]
            .map(str::to_owned)
            .to_vec();
        world.sim.add_page(NewPage {
            id: None,
            name: "Tide & Tern".to_owned(),
            instagram: Some(account),
            tasks: vec![(person.clone(), tasks)],
        });
        (person, USERNAME)
    }
}

pub(super) struct Ready {
    pub(super) world: World,
    channel: ChannelId,
    pub(super) delivery: DeliveryId,
    pub(super) due_at: Timestamp,
}

pub(super) async fn ready(under: Under, case: Case) -> Result<Ready> {
    let world = World::new(under, 7).await?;
    let app = world.app(case.platform, case.flow).await?;
    let (sign_in, handle) = case.account(&world);
    let (channel, _) = world.link(app, &sign_in, handle).await?;
    // The login is proven and the channel read back before anything is killed.
    run::until_idle(&world.cx, 20).await?;
    let picture = world.picture(jpeg()?).await?;
    let due_at = plus_ms(world.clock.now(), 30 * MINUTE_MS);
    let delivery = world.plan(channel, TEXT, &[picture], due_at).await?;
    Ok(Ready {
        world,
        channel,
        delivery,
        due_at,
    })
}

/// How many posts with this text the platform holds.
pub(super) async fn held(ready: &Ready, case: Case, text: &str) -> Result<usize> {
    Ok(match case.platform {
        Platform::Bluesky => {
            let (workspace, channel) = (ready.world.workspace, ready.channel);
            let read = move |conn: &mut storage::Conn<'_>| {
                storage::channels::one(conn, workspace, channel)
            };
            let row = ready
                .world
                .store()
                .read("test", read)
                .await?
                .context("channel")?;
            bluesky_posts(&ready.world, &row.account_id, text)
        }
        _ => instagram_posts(&ready.world, USERNAME, text),
    })
}

/// Runs to an hour after the planned time; killed at point `at` and gone on with, if there is one.
async fn go(ready: &mut Ready, at: Option<usize>) -> Result<Option<String>> {
    let until = plus_ms(ready.due_at, HOUR_MS / 2);
    let gate = ready.world.gate.clone();
    gate.arm(at);
    let killed = match gate.run(ready.world.run_until(until)).await {
        Ended::Finished(outcome) => {
            outcome?;
            None
        }
        Ended::Killed(point) => Some(point),
    };
    if killed.is_some() {
        ready.world.restart().await?;
        ready.world.run_until(until).await?;
    }
    Ok(killed)
}

async fn every_point(under: Under, case: Case) -> Result<()> {
    let mut quiet = ready(under, case).await?;
    go(&mut quiet, None).await?;
    let passed = quiet.world.gate.passed();
    ensure!(
        held(&quiet, case, TEXT).await? == 1,
        "{case:?} on {under:?}: without any kill it goes out once"
    );
    ensure!(quiet.world.delivery(quiet.delivery).await?.state == State::Published);
    ensure!(
        passed.iter().any(|point| point == "publish.fence:after"),
        "no fence in {:?}",
        points::names(&passed)
    );
    for at in points::chosen(&passed) {
        let mut ready = ready(under, case).await?;
        let killed = go(&mut ready, Some(at)).await?;
        let (row, held) = (
            ready.world.delivery(ready.delivery).await?,
            held(&ready, case, TEXT).await?,
        );
        ensure!(
            held == 1 && row.state == State::Published,
            "{case:?} on {under:?}, killed at {at} ({killed:?}): the platform holds {held}, we say {:?}",
            row.state
        );
    }
    Ok(())
}

#[tokio::test]
async fn instagram_login_on_both_engines() -> Result<()> {
    for under in ENGINES {
        every_point(under, CASES[0]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn facebook_login_on_both_engines() -> Result<()> {
    for under in ENGINES {
        every_point(under, CASES[1]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn bluesky_on_both_engines() -> Result<()> {
    for under in ENGINES {
        every_point(under, CASES[2]).await?;
    }
    Ok(())
}

/// What a publish writes and calls, by name. A new line here wants a thought: what if the run ends there?
#[tokio::test]
async fn the_points_are_known() -> Result<()> {
    for case in CASES {
        let mut ready = ready(Under::Sqlite, case).await?;
        go(&mut ready, None).await?;
        let names = points::names(&ready.world.gate.passed()).join("\n");
        insta::assert_snapshot!(format!("points-{}-{}", case.platform, case.flow), names);
    }
    Ok(())
}
