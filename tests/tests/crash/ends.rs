//! Ends that are known ahead are announced at their days and believed at their moment, while the platform
//! answers nothing at all.

use anyhow::{Context as _, Result, ensure};
use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::Standing;
use domain::clock::Clock as _;
use domain::delivery::{Reason, State};
use domain::grant::Life;
use domain::health::Health;
use domain::ids::{ChannelId, GrantId};
use domain::notice::NoticeKind;
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::{login, run};
use simulator::{Effect, Fault};
use storage::notices::NoticeRow;
use storage::{Statement, channel_grants, channels, notices, params};
use testing::world::{Under, World};

use super::ENGINES;

const HANDLE: &str = "tide-and-tern.bsky.social";

static CHANNEL_END: Statement = Statement::both(
    "ends::CHANNEL_END",
    "update channel_grant set horizon_at_ms = $1, announce_at_ms = 0 where channel_id = $2 and standing = 'primary'",
);

struct Ready {
    world: World,
    channel: ChannelId,
    grant: GrantId,
    end: Timestamp,
}

/// A login that lives 14 days in all, whatever is renewed.
async fn ready(under: Under) -> Result<Ready> {
    let world = World::new(under, 31).await?;
    world.sim.add_bluesky_account(HANDLE, "Tide & Tern");
    let app = world.app(Platform::Bluesky, LoginFlow::Bluesky).await?;
    let (channel, grant) = world.link(app, HANDLE, HANDLE).await?;
    run::until_idle(&world.cx, 20).await?;
    let end = world.grant(grant).await?.horizon.context("an end")?;
    ensure!(end == plus_ms(world.clock.now(), 14 * DAY_MS), "{end}");
    Ok(Ready {
        world,
        channel,
        grant,
        end,
    })
}

impl Ready {
    async fn run_to(&self, before_end_ms: i64) -> Result<()> {
        self.world
            .run_until(plus_ms(self.end, -before_end_ms))
            .await
    }

    async fn told(&self) -> Result<Vec<NoticeRow>> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read =
            move |conn: &mut storage::Conn<'_>| notices::of_channel(conn, workspace, channel);
        Ok(self.world.store().read("test", read).await?)
    }

    async fn on(&self) -> Result<login::LoginRows> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = self.world.store().read("test", move |conn| {
            login::read(conn, workspace, channel, None)
        });
        read.await?.context("a login")
    }

    /// The one warning that is open: its days, and when it last grew.
    async fn warned(&self) -> Result<Option<(i64, Timestamp)>> {
        let told = self.told().await?;
        let near: Vec<_> = told
            .iter()
            .filter(|notice| notice.kind == NoticeKind::Expiring)
            .collect();
        ensure!(near.len() < 2, "one warning at a time: {near:?}");
        Ok(near
            .first()
            .and_then(|notice| Some((notice.detail["days"].as_i64()?, notice.grown_at))))
    }
}

#[tokio::test]
async fn an_end_is_told_in_time_while_the_platform_is_down() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let due_at = plus_ms(ready.end, HOUR_MS);
        let delivery = ready
            .world
            .plan(ready.channel, "Beyond", &[], due_at)
            .await?;
        ready.run_to(5 * DAY_MS).await?;
        let down = Fault::always("bluesky.*", Effect::ServerError { status: 503 });
        ready.world.sim.add_fault(down);
        ensure!(
            ready.warned().await?.is_none(),
            "not in the first three quarters"
        );
        // The last quarter begins between two of the days.
        for (days, before) in [(7, 84 * HOUR_MS), (3, 3 * DAY_MS), (1, DAY_MS)] {
            ready.run_to(before + MINUTE_MS).await?;
            let earlier = ready.warned().await?;
            ensure!(earlier.is_none_or(|(told, _)| told > days), "{earlier:?}");
            ready.run_to(before - MINUTE_MS).await?;
            let (told, at) = ready.warned().await?.context("a warning")?;
            ensure!(
                (told, at) == (days, plus_ms(ready.end, -before)),
                "{days} days on {under:?}: {told} at {at}"
            );
        }
        // The post is due soon by now, and the platform has been down for days: its owner hears that as well.
        let others = [NoticeKind::Expiring, NoticeKind::Waiting];
        let told = ready.told().await?;
        ensure!(
            told.len() == 2 && told.iter().all(|notice| others.contains(&notice.kind)),
            "and nothing else: {told:?}"
        );
        ready.run_to(MINUTE_MS).await?;
        ensure!(ready.world.grant(ready.grant).await?.life == Life::Live);
        ready.run_to(-MINUTE_MS).await?;
        let grant = ready.world.grant(ready.grant).await?;
        ensure!(
            grant.life
                == Life::Dead {
                    cause: Cause::LifespanEnded,
                    since: ready.end
                },
            "{:?}",
            grant.life
        );
        let told = ready.told().await?;
        ensure!(
            told.len() == 1
                && told[0].kind == NoticeKind::NeedsRefresh
                && told[0].cause == Some(Cause::LifespanEnded)
                && told[0].opened_at == ready.end,
            "the warning has come true, and one notice tells it: {told:?}"
        );
        ready.run_to(-2 * HOUR_MS).await?;
        let row = ready.world.delivery(delivery).await?;
        ensure!(row.state == State::Missed(Reason::LoginDead));
        ensure!(
            ready.told().await?.len() == 1,
            "the post stands in the same notice"
        );
    }
    Ok(())
}

#[tokio::test]
async fn where_nothing_is_planned_a_week_and_a_day_are_told_until_something_is() -> Result<()> {
    let ready = ready(Under::Sqlite).await?;
    ready.run_to(3 * DAY_MS - MINUTE_MS).await?;
    ensure!(
        ready.warned().await?.context("told")?.0 == 7,
        "three days are not told"
    );
    ready
        .world
        .plan(ready.channel, "Planned", &[], plus_ms(ready.end, -HOUR_MS))
        .await?;
    let (workspace, channel, now) = (
        ready.world.workspace,
        ready.channel,
        ready.world.clock.now(),
    );
    let write = move |conn: &mut storage::Conn<'_>| {
        channel_grants::probe_by(conn, workspace, channel, plus_ms(now, DAY_MS))
    };
    ready.world.store().write("test", write).await?;
    run::until_idle(&ready.world.cx, 20).await?;
    ensure!(
        ready.warned().await? == Some((3, now)),
        "{:?}",
        ready.warned().await?
    );
    // Looked at again and again, it is told once.
    ready.run_to(DAY_MS + MINUTE_MS).await?;
    ensure!(ready.warned().await? == Some((3, now)));
    ready.run_to(DAY_MS).await?;
    ensure!(ready.warned().await? == Some((1, plus_ms(ready.end, -DAY_MS))));
    Ok(())
}

/// The end of the login on one channel, while the grant lives on for others.
#[tokio::test]
async fn an_end_on_one_channel_is_told_and_believed_there_alone() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let (channel, end) = (ready.channel, plus_ms(ready.world.clock.now(), 4 * DAY_MS));
        let write =
            move |conn: &mut storage::Conn<'_>| conn.run(&CHANNEL_END, params![end, channel]);
        ready.world.store().write("test", write).await?;
        let down = Fault::always("bluesky.*", Effect::ServerError { status: 503 });
        ready.world.sim.add_fault(down);
        ready.world.run_until(plus_ms(end, -HOUR_MS)).await?;
        ensure!(ready.warned().await? == Some((1, plus_ms(end, -DAY_MS))));
        ready.world.run_until(plus_ms(end, MINUTE_MS)).await?;
        let rows = ready.on().await?;
        ensure!(rows.lives(), "the grant lives on");
        ensure!(
            (rows.on.condition.health, rows.on.condition.cause)
                == (Health::NeedsRefresh, Some(Cause::LifespanEnded))
        );
        ensure!(rows.on.condition.since == end);
        let told = ready.told().await?;
        ensure!(
            told.len() == 1 && told[0].kind == NoticeKind::NeedsRefresh,
            "{told:?}"
        );
    }
    Ok(())
}

/// An end that moved away is no warning any more, and a channel that is unlinked has none.
#[tokio::test]
async fn a_warning_ends_when_the_end_moves_or_the_channel_goes() -> Result<()> {
    let ready = ready(Under::Sqlite).await?;
    ready.run_to(2 * DAY_MS).await?;
    ensure!(ready.warned().await?.is_some());
    let (workspace, channel) = (ready.world.workspace, ready.channel);
    // Another sign-in of the same person, proven there.
    let app = ready
        .world
        .app(Platform::Bluesky, LoginFlow::Bluesky)
        .await?;
    let before = ready.on().await?.on.id;
    ready.world.link(app, HANDLE, HANDLE).await?;
    ready.world.clock.advance_ms(MINUTE_MS);
    run::until_idle(&ready.world.cx, 20).await?;
    let rows = ready.on().await?;
    ensure!(rows.on.id != before && rows.on.standing == Standing::Primary);
    ensure!(
        rows.on.condition.health == Health::Healthy,
        "{:?}",
        rows.on.condition
    );

    let maker = domain::post::Maker::Rule;
    engine::connect::unlink(&ready.world.cx, workspace, channel, maker).await?;
    ready
        .world
        .run_until(plus_ms(ready.end, 20 * DAY_MS))
        .await?;
    ensure!(ready.told().await?.is_empty(), "{:?}", ready.told().await?);
    let read = move |conn: &mut storage::Conn<'_>| channels::one(conn, workspace, channel);
    ensure!(ready.world.store().read("test", read).await?.is_some());
    Ok(())
}
