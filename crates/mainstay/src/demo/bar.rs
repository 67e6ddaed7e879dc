//! The demo's bar: breaks a login, jumps, takes the platforms down, begins anew; and tells in short
//! sentences what happened meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::Timestamp;
use domain::channel::{Link, Mode};
use domain::health::Health;
use domain::ids::{ChannelId, WorkspaceId};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use engine::Cx;
use simulator::{Break, bluesky, instagram};
use storage::happened;
use storage::{Conn, channel_grants, channels, grants, workspaces};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;
use web::Demo;

use super::story::{stretch, tell};
use super::world::World;
use crate::assemble::Stage;
use crate::trouble::{Result, Trouble};

/// A jump goes at most so far at a time, so that renewals, warnings and posts happen in their order.
const STRIDE_MS: i64 = 12 * HOUR_MS;
/// A jump takes at most so long; a page is not waited for longer.
const MOST_MS: i64 = 40_000;
/// How long after its hour a post is waited for, by the product clock.
const AFTER_MS: i64 = 15 * MINUTE_MS;

/// A login that can be broken.
struct Well {
    handle: String,
    platform: Platform,
    flow: LoginFlow,
    /// Who signed in, by name.
    person: String,
}

/// See the head of this file.
pub struct Bar {
    world: World,
    cx: Cx,
    down: AtomicBool,
    anew: CancellationToken,
    stage: watch::Sender<Stage>,
    turn: Mutex<()>,
}

impl Bar {
    /// The bar of this world; `anew` is cancelled when the demo is to be furnished again.
    #[must_use]
    pub fn new(
        world: World,
        cx: Cx,
        anew: CancellationToken,
        stage: watch::Sender<Stage>,
    ) -> Arc<Self> {
        let truth = world.simulator.truth();
        let down = truth["down"]
            .as_array()
            .is_some_and(|down| !down.is_empty());
        Arc::new(Self {
            world,
            cx,
            down: AtomicBool::new(down),
            anew,
            stage,
            turn: Mutex::new(()),
        })
    }

    async fn workspace(&self) -> Result<WorkspaceId> {
        let all = self
            .cx
            .store
            .read("demo.workspace", workspaces::all)
            .await?;
        all.first()
            .map(|one| one.id)
            .ok_or_else(|| Trouble::plain("the demo has no workspace"))
    }

    async fn names(&self, workspace: WorkspaceId) -> Result<BTreeMap<ChannelId, String>> {
        let all = self
            .cx
            .store
            .read("demo.channels", move |conn| {
                channels::of_workspace(conn, workspace)
            })
            .await?;
        Ok(all
            .into_iter()
            .map(|one| (one.id, format!("@{} ({})", one.handle, one.platform.name())))
            .collect())
    }

    async fn story(&self, workspace: WorkspaceId, since: Timestamp) -> Result<Vec<String>> {
        let now = self.cx.now();
        let happened = self
            .cx
            .store
            .read("demo.story", move |conn| {
                happened::since(conn, workspace, since, now)
            })
            .await?;
        Ok(tell(&happened, &self.names(workspace).await?))
    }

    async fn broken(&self, kind: &str) -> Result<Vec<String>> {
        let workspace = self.workspace().await?;
        let Some(Well {
            handle,
            platform,
            flow,
            person,
        }) = self.well(workspace).await?
        else {
            return Ok(vec![
                "No login is left that could be broken. Mend one first: Refresh Credentials."
                    .to_owned(),
            ]);
        };
        let account = if flow == LoginFlow::Facebook {
            person
        } else {
            handle.clone()
        };
        let (what, told): (Break, &str) = match (platform, kind) {
            (Platform::Bluesky, _) => (
                bluesky::Break::RevokeSessions {
                    did: handle.clone(),
                }
                .into(),
                "All sessions were ended",
            ),
            (_, "permission") => {
                let permission = match (platform, flow) {
                    (Platform::Facebook, _) => "pages_manage_posts",
                    (_, LoginFlow::Facebook) => "instagram_content_publish",
                    _ => "instagram_business_content_publish",
                };
                (
                    instagram::Break::RevokePermission {
                        account,
                        permission: permission.to_owned(),
                    }
                    .into(),
                    "The permission to publish was withdrawn",
                )
            }
            (_, "remove_app") => (
                instagram::Break::RemoveApp { account }.into(),
                "The app was removed",
            ),
            (_, "checkpoint") => (
                instagram::Break::Checkpoint { account }.into(),
                "The account must first confirm that it is theirs",
            ),
            _ => (
                instagram::Break::ChangePassword { account }.into(),
                "The password was changed",
            ),
        };
        self.world
            .simulator
            .break_it(what)
            .map_err(|error| Trouble::plain(error.to_string()))?;
        self.world.keep().await;
        Ok(vec![
            format!("{told} for @{handle} at the simulated {}.", platform.name()),
            "Nobody has told Mainstay. It finds out at its next check: an hour before the next post, or when it sends.".to_owned(),
            "Press “Jump to the next post” to see what it does then.".to_owned(),
        ])
    }

    /// A login that is well: Instagram's first, those with the next post before others.
    async fn well(&self, workspace: WorkspaceId) -> Result<Option<Well>> {
        let now = self.cx.now();
        let read = move |conn: &mut Conn<'_>| {
            let on: BTreeMap<ChannelId, _> = channel_grants::of_workspace(conn, workspace)?
                .into_iter()
                .map(|row| (row.channel, row))
                .collect();
            let mut found = Vec::new();
            for channel in channels::of_workspace(conn, workspace)? {
                let Some(on) = on
                    .get(&channel.id)
                    .filter(|on| on.condition.health.may_send())
                else {
                    continue;
                };
                if channel.link != Link::Linked || on.condition.health == Health::Checking {
                    continue;
                }
                let Some(grant) = grants::one(conn, workspace, on.grant)? else {
                    continue;
                };
                let next = storage::delivery_of_channel::next_on_channel(conn, channel.id, now)?
                    .into_iter()
                    .next()
                    .unwrap_or(Timestamp::MAX);
                let other = channel.platform != Platform::Instagram || channel.mode != Mode::Auto;
                let well = Well {
                    handle: channel.handle,
                    platform: channel.platform,
                    flow: grant.flow,
                    person: grant.person_name,
                };
                let ends = on.condition.health == Health::Expiring;
                found.push(((other, ends), next, well));
            }
            found.sort_by(|a, b| (a.0, a.1, &a.2.handle).cmp(&(b.0, b.1, &b.2.handle)));
            Ok(found.into_iter().next())
        };
        let found = self.cx.store.read("demo.well", read).await?;
        Ok(found.map(|(_, _, well)| well))
    }

    async fn next_post(&self) -> Result<Vec<String>> {
        let workspace = self.workspace().await?;
        let (began, now) = (self.cx.now(), self.cx.now());
        let Some(next) = self
            .cx
            .store
            .read("demo.next", move |conn| {
                happened::next(conn, workspace, now)
            })
            .await?
        else {
            return Ok(vec!["Nothing is planned. Compose a post first.".to_owned()]);
        };
        let due = next.due_at.unwrap_or(now);
        self.world
            .play_until(&self.cx, plus_ms(due, 1_000), STRIDE_MS, MOST_MS)
            .await?;
        // A platform may take a while to show it; what is settled by then is told.
        self.world
            .play_until(&self.cx, plus_ms(due, AFTER_MS), MINUTE_MS, MOST_MS / 4)
            .await?;
        let mut lines = vec![format!(
            "The clock went {} ahead, to just after the next post.",
            stretch(ms_between(began, self.cx.now()))
        )];
        lines.extend(self.story(workspace, began).await?);
        Ok(lines)
    }

    async fn days(&self, days: u32) -> Result<Vec<String>> {
        let workspace = self.workspace().await?;
        let began = self.cx.now();
        let reached = self
            .world
            .play_until(
                &self.cx,
                plus_ms(began, i64::from(days) * DAY_MS),
                STRIDE_MS,
                MOST_MS,
            )
            .await?;
        let mut lines = vec![format!("{} went by.", stretch(ms_between(began, reached)))];
        lines.extend(self.story(workspace, began).await?);
        Ok(lines)
    }

    async fn toggle(&self) -> Result<Vec<String>> {
        let (workspace, began) = (self.workspace().await?, self.cx.now());
        let down = !self.down.load(Ordering::SeqCst);
        for platform in simulator::control::PLATFORMS {
            let what = Break::PlatformDown {
                platform: (*platform).to_owned(),
            };
            let done = if down {
                self.world.simulator.break_it(what)
            } else {
                self.world.simulator.mend_it(what)
            };
            done.map_err(|error| Trouble::plain(error.to_string()))?;
        }
        self.down.store(down, Ordering::SeqCst);
        self.world.keep().await;
        if down {
            return Ok(vec![
                "Every simulated platform answers “503 Service Unavailable” from now on.".to_owned(),
                "No login is called dead for that: posts wait, and nobody is asked to sign in. Jump to the next post, then take the platforms up again.".to_owned(),
            ]);
        }
        // What waited tries again within minutes.
        self.world
            .play_until(&self.cx, plus_ms(began, AFTER_MS), MINUTE_MS, MOST_MS / 2)
            .await?;
        let mut lines =
            vec!["The platforms answer again; the clock went 15 minutes ahead.".to_owned()];
        lines.extend(self.story(workspace, began).await?);
        Ok(lines)
    }
}

fn or_told(done: Result<Vec<String>>) -> Vec<String> {
    done.unwrap_or_else(|trouble| vec![format!("That did not work: {trouble}")])
}

#[async_trait]
impl Demo for Bar {
    async fn break_login(&self, kind: &str) -> Vec<String> {
        let _turn = self.turn.lock().await;
        or_told(self.broken(kind).await)
    }

    async fn jump_to_next_post(&self) -> Vec<String> {
        let _turn = self.turn.lock().await;
        or_told(self.next_post().await)
    }

    async fn jump_days(&self, days: u32) -> Vec<String> {
        let _turn = self.turn.lock().await;
        or_told(self.days(days).await)
    }

    async fn toggle_platform(&self) -> Vec<String> {
        let _turn = self.turn.lock().await;
        or_told(self.toggle().await)
    }

    async fn reset(&self) -> Vec<String> {
        self.stage.send_replace(Stage::Closing);
        self.anew.cancel();
        vec!["The demo is being furnished anew.".to_owned()]
    }

    fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }
}
