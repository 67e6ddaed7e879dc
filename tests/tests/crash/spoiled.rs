//! What is stored and cannot be used: a row that cannot be read, a payload of another form, a secret whose
//! key is missing. Nothing else waits for it, nothing of it is sent or thrown away, and it is told once.

use anyhow::{Context as _, Result, ensure};
use domain::Timestamp;
use domain::cause::Cause;
use domain::clock::Clock as _;
use domain::delivery::{Reason, Stage, State};
use domain::health::Health;
use domain::ids::{ChannelId, DeliveryId, GrantId, Id as _};
use domain::notice::NoticeKind;
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::run;
use simulator::instagram::NewAccount;
use simulator::{Effect, Fault};
use storage::notices::NoticeRow;
use storage::{Statement, ledger, params};
use testing::kill::Ended;
use testing::world::{Under, World};

use super::{ENGINES, instagram_posts, jpeg};

const USERNAME: &str = "tide.and.tern";

static STATE: Statement = Statement::both(
    "spoiled::STATE",
    "update delivery set state = $1 where id = $2",
);
static PAYLOAD: Statement = Statement::both(
    "spoiled::PAYLOAD",
    "update delivery_body set payload = $1 where delivery_id = $2",
);
static TOKENS: Statement = Statement::both(
    "spoiled::TOKENS",
    "update oauth_grant set tokens_sealed = $1 where id = $2",
);

static REMOTE: Statement = Statement::both(
    "spoiled::REMOTE",
    "update delivery set remote_id = $1 where id = $2",
);

struct Ready {
    world: World,
    channel: ChannelId,
    grant: GrantId,
    due_at: Timestamp,
}

async fn ready(under: Under) -> Result<Ready> {
    let world = World::new(under, 29).await?;
    let app = world.app(Platform::Instagram, LoginFlow::Instagram).await?;
    world.sim.add_instagram_account(NewAccount {
        username: USERNAME.to_owned(),
        name: "Tide & Tern".to_owned(),
        ..NewAccount::default()
    });
    let (channel, grant) = world.link(app, USERNAME, USERNAME).await?;
    run::until_idle(&world.cx, 20).await?;
    let due_at = plus_ms(world.clock.now(), HOUR_MS);
    Ok(Ready {
        world,
        channel,
        grant,
        due_at,
    })
}

impl Ready {
    async fn plan(&self, text: &str) -> Result<DeliveryId> {
        let picture = self.world.picture(jpeg()?).await?;
        self.world
            .plan(self.channel, text, &[picture], self.due_at)
            .await
    }

    async fn set(&self, statement: &'static Statement, text: &str, id: DeliveryId) -> Result<()> {
        let text = text.to_owned();
        let write = move |conn: &mut storage::Conn<'_>| conn.run(statement, params![text, id]);
        ensure!(self.world.store().write("test", write).await? == 1);
        Ok(())
    }

    /// To some time before or after the planned hour.
    async fn run_to(&self, minutes: i64) -> Result<()> {
        let until = plus_ms(self.due_at, minutes * MINUTE_MS);
        self.world.run_until(until).await
    }

    async fn told(&self) -> Result<Vec<NoticeRow>> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = move |conn: &mut storage::Conn<'_>| {
            storage::notices::of_channel(conn, workspace, channel)
        };
        Ok(self.world.store().read("test", read).await?)
    }

    async fn stands_in(&self, notice: &NoticeRow) -> Result<Vec<DeliveryId>> {
        let (workspace, id) = (self.world.workspace, notice.id);
        let read =
            move |conn: &mut storage::Conn<'_>| storage::notices::deliveries(conn, workspace, id);
        Ok(self.world.store().read("test", read).await?)
    }

    async fn kinds(&self, id: DeliveryId) -> Result<Vec<String>> {
        let workspace = self.world.workspace;
        let read = move |conn: &mut storage::Conn<'_>| {
            storage::delivery_events::of_delivery(conn, workspace, id)
        };
        let events = self.world.store().read("test", read).await?;
        Ok(events.into_iter().map(|event| event.kind).collect())
    }

    fn posts(&self, text: &str) -> usize {
        instagram_posts(&self.world, USERNAME, text)
    }
}

/// A platform that gives one id to two posts, as one does that has lost its last second: neither is sent again, and
/// no link leads to the other's post.
#[tokio::test]
async fn a_post_whose_id_settled_another_has_no_link_and_says_so() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let first = ready.plan("first").await?;
        ready.run_to(2).await?;
        let due = plus_ms(ready.due_at, 10 * MINUTE_MS);
        let picture = ready.world.picture(jpeg()?).await?;
        let world = &ready.world;
        let second = world.plan(ready.channel, "second", &[picture], due).await?;
        let unread = Effect::ServerError { status: 503 };
        let fault = Fault::always("instagram.media_read", unread);
        let fault = world.sim.add_fault(fault);
        world.run_until(plus_ms(due, 20_000)).await?;
        let state = world.delivery(second).await?.state;
        ensure!(state == State::Publishing(Stage::FollowingUp), "{state:?}");
        let workspace = world.workspace;
        let read = move |conn: &mut storage::Conn<'_>| ledger::steps(conn, workspace, second);
        let steps = world.store().read("test", read).await?;
        let shown = steps.iter().find(|step| step.effect == "shows");
        let output = shown.and_then(|step| step.output.as_ref()?["id"].as_str());
        let id = output.context("the id that the platform gave")?.to_owned();
        ready.set(&REMOTE, &id, first).await?;
        world.sim.remove_fault(fault);
        world.run_until(plus_ms(due, 10 * MINUTE_MS)).await?;
        let row = world.delivery(second).await?;
        ensure!(row.state == State::Published, "{:?}", row.state);
        ensure!((row.remote_id, row.permalink) == (None, None));
        ensure!((ready.posts("first"), ready.posts("second")) == (1, 1));
        let read = move |conn: &mut storage::Conn<'_>| {
            storage::delivery_events::of_delivery(conn, workspace, second)
        };
        let lines = world.store().read("test", read).await?;
        let last = lines.last().context("a line")?.detail.to_string();
        ensure!(last.contains("another post"), "{last}");
    }
    Ok(())
}

#[tokio::test]
async fn a_post_that_cannot_be_read_holds_up_no_other_and_is_told_once() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let (bad, well) = (ready.plan("bad").await?, ready.plan("well").await?);
        ready.set(&STATE, "dreaming", bad).await?;
        // Not through `run_until`: it would wait for what this program can never read.
        ready.world.clock.set(ready.due_at);
        run::until_idle(&ready.world.cx, 50).await?;
        for _ in 0..6 {
            ready.world.clock.advance_ms(3 * MINUTE_MS);
            run::until_idle(&ready.world.cx, 50).await?;
        }
        ensure!(ready.world.delivery(well).await?.state == State::Published);
        ensure!((ready.posts("well"), ready.posts("bad")) == (1, 0));
        let told = ready.told().await?;
        let [notice] = told.as_slice() else {
            anyhow::bail!("told {} times: {told:?}", told.len())
        };
        ensure!(notice.kind == NoticeKind::Missed && notice.grown_at == notice.opened_at);
        ensure!(ready.stands_in(notice).await? == [bad]);
        let said = notice.evidence.clone().context("evidence")?.message;
        ensure!(!said.contains("dreaming"), "no value of a row: {said}");

        // Whoever can read it again goes on with it: it is late by then, and says so.
        ready.world.clock.set(plus_ms(ready.due_at, 2 * HOUR_MS));
        ready.set(&STATE, "scheduled", bad).await?;
        ready.world.run_until(plus_ms(ready.due_at, DAY_MS)).await?;
        ensure!(
            ready.world.delivery(bad).await?.state == State::Missed(Reason::TooLate),
            "{:?}",
            ready.world.delivery(bad).await?.state
        );
        let told = ready.told().await?;
        ensure!(told.len() == 1 && told[0].id != notice.id, "{told:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_kept_and_never_frozen_again() -> Result<()> {
    for spoiled in [r#"{"text":7}"#, "no JSON at all"] {
        for under in ENGINES {
            let ready = ready(under).await?;
            let id = ready.plan("spoiled").await?;
            ready.run_to(-10).await?;
            ensure!(matches!(
                ready.world.delivery(id).await?.state,
                State::Publishing(_)
            ));
            ready.set(&PAYLOAD, spoiled, id).await?;
            ready.run_to(120).await?;
            ensure!(ready.world.delivery(id).await?.state == State::Failed);
            ensure!(ready.posts("spoiled") == 0);
            let kinds = ready.kinds(id).await?;
            ensure!(
                kinds.last().map(String::as_str) == Some("unreadable"),
                "{kinds:?}"
            );
            let told = ready.told().await?;
            ensure!(told.len() == 1 && ready.stands_in(&told[0]).await? == [id]);
            let workspace = ready.world.workspace;
            let body = ready
                .world
                .store()
                .read("test", move |conn| {
                    storage::ledger::body(conn, workspace, id)
                })
                .await?;
            ensure!(body.payload.is_some(), "it is kept as it was");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_may_be_out_and_cannot_be_read_is_asked_about() -> Result<()> {
    for under in ENGINES {
        let mut ready = ready(under).await?;
        let id = ready.plan("spoiled").await?;
        let gate = ready.world.gate.clone();
        // Killed behind the fence, before the call: nobody knows that nothing was sent.
        gate.arm(None);
        let until = plus_ms(ready.due_at, MINUTE_MS);
        ready
            .world
            .run_until(plus_ms(ready.due_at, -MINUTE_MS))
            .await?;
        gate.arm(None);
        let passed = {
            let probe = ready_twin(under).await?;
            probe.world.gate.arm(None);
            probe
                .world
                .run_until(plus_ms(probe.due_at, MINUTE_MS))
                .await?;
            probe.world.gate.passed()
        };
        let at = passed
            .iter()
            .position(|point| point == "publish.fence:after")
            .context("a fence")?;
        gate.arm(Some(at));
        let killed = gate.run(ready.world.run_until(until)).await;
        ensure!(
            matches!(&killed, Ended::Killed(point) if point == "publish.fence:after"),
            "{killed:?}"
        );
        ready.set(&PAYLOAD, r#"{"text":7}"#, id).await?;
        ready.world.restart().await?;
        ready.run_to(180).await?;
        ensure!(ready.world.delivery(id).await?.state == State::Uncertain);
        ensure!(ready.posts("spoiled") == 0, "nothing is sent blindly");
        let told = ready.told().await?;
        ensure!(
            told.len() == 1 && told[0].kind == NoticeKind::Uncertain,
            "{told:?}"
        );
        ensure!(told[0].evidence.is_some());
    }
    Ok(())
}

/// The same journey up to the same moment, to count its points.
async fn ready_twin(under: Under) -> Result<Ready> {
    let ready = ready(under).await?;
    ready.plan("spoiled").await?;
    ready
        .world
        .run_until(plus_ms(ready.due_at, -MINUTE_MS))
        .await?;
    Ok(ready)
}

#[tokio::test]
async fn a_missing_key_is_told_and_waited_for_and_loses_no_login() -> Result<()> {
    for under in ENGINES {
        let ready = ready(under).await?;
        let sealed = ready.world.grant(ready.grant).await?.tokens_sealed;
        let put = |bytes: Vec<u8>| {
            let id = ready.grant.uuid();
            let write = move |conn: &mut storage::Conn<'_>| conn.run(&TOKENS, params![bytes, id]);
            ready.world.store().write("test", write)
        };
        let mut other = sealed.clone();
        *other.last_mut().context("bytes")? ^= 1;
        ensure!(put(other).await? == 1);
        let id = ready.plan("locked").await?;
        ready.world.gate.arm(None);
        ready.run_to(24 * 60).await?;
        let tries = ready
            .world
            .gate
            .passed()
            .iter()
            .filter(|point| point.as_str() == "login.locked:after")
            .count();
        ensure!((1..40).contains(&tries), "{tries} tries in a day");
        let rows = ready.rows().await?;
        ensure!(
            (rows.on.condition.health, rows.on.condition.cause)
                == (Health::Limited, Some(Cause::AppMisconfigured)),
            "{:?}",
            rows.on.condition
        );
        ensure!(rows.lives(), "nothing is known against the login");
        ensure!(ready.world.delivery(id).await?.state == State::Missed(Reason::PermissionMissing));
        let told = ready.told().await?;
        let [notice] = told.as_slice() else {
            anyhow::bail!("told {} times: {told:?}", told.len())
        };
        ensure!(ready.stands_in(notice).await? == [id]);
        let said = notice.evidence.clone().context("evidence")?.message;
        ensure!(said.contains("key that opens this login"), "{said}");

        // A renewal that comes due meanwhile waits as well, ever longer.
        let (workspace, grant, now) = (ready.world.workspace, ready.grant, ready.world.clock.now());
        let write = move |conn: &mut storage::Conn<'_>| {
            storage::grants::renew_now(conn, workspace, grant, now)
        };
        ready.world.store().write("test", write).await?;
        ready.world.gate.arm(None);
        ready.run_to(48 * 60).await?;
        let tries = ready
            .world
            .gate
            .passed()
            .iter()
            .filter(|point| point.as_str() == "renew.locked:after")
            .count();
        ensure!((2..20).contains(&tries), "{tries} tries to renew in a day");

        ensure!(put(sealed).await? == 1);
        ready.run_to(72 * 60).await?;
        let rows = ready.rows().await?;
        ensure!(rows.on.condition.health == Health::Healthy && rows.grant.generation >= 2);
        ensure!(ready.told().await?[0].detail.get("restored_at").is_some());
    }
    Ok(())
}

impl Ready {
    async fn rows(&self) -> Result<engine::login::LoginRows> {
        let (workspace, channel) = (self.world.workspace, self.channel);
        let read = self.world.store().read("test", move |conn| {
            engine::login::read(conn, workspace, channel, None)
        });
        read.await?.context("a login")
    }
}
