//! A world with a member in it, and the steps of a sign-in as tests take them.

use ::engine::connect::{self, Begin, Begun, Binding, Outcome};
use anyhow::{Context as _, Result};
use domain::ids::{AppId, ChannelId, MemberId, SessionId};
use domain::member::{Member, Role};
use domain::platform::{LoginFlow, Platform};
use platforms::sign_in::Callback;
use simulator::visitor::Visitor;
use storage::channel_grants::ChannelGrantRow;
use storage::channels::ChannelRow;
use storage::connect_sessions::ConnectSession;
use storage::people::{self, Person};
use storage::{channel_events, channel_grants, channels};
use testing::world::{Under, World};

/// See the head of this file.
pub struct Harbour {
    pub world: World,
    pub member: MemberId,
    pub browser: SessionId,
}

/// A sign-in that went to the platform and came back.
pub struct Back {
    pub state: String,
    pub callback: Callback,
    pub begun: Begun,
}

impl Harbour {
    pub async fn new() -> Result<Self> {
        Self::under(Under::Sqlite).await
    }

    pub async fn under(under: Under) -> Result<Self> {
        let world = World::new(under, 11).await?;
        let (workspace, now) = (world.workspace, world.cx.now());
        let (person, member) = (world.cx.ids().make(), world.cx.ids().make());
        let write = move |conn: &mut storage::Conn<'_>| {
            let new = Person {
                id: person,
                mail: "anna@harbour.example".to_owned(),
                name: "Anna".to_owned(),
                password_hash: None,
                operator: true,
                created_at: now,
            };
            people::create(conn, &new)?;
            people::join(
                conn,
                &Member {
                    id: member,
                    person,
                    workspace,
                    role: Role::Owner,
                    sets: None,
                },
                now,
            )
        };
        world.store().write("test.member", write).await?;
        let browser = world.cx.ids().make();
        Ok(Self {
            world,
            member,
            browser,
        })
    }

    pub async fn app(&self, flow: LoginFlow) -> Result<AppId> {
        let platform = if flow == LoginFlow::Bluesky {
            Platform::Bluesky
        } else {
            Platform::Instagram
        };
        self.world.app(platform, flow).await
    }

    pub fn ask(&self, app: AppId, channel: Option<ChannelId>) -> Begin {
        Begin {
            purpose: domain::connect::ConnectPurpose::Connect,
            workspace: self.world.workspace,
            set: self.world.set,
            member: self.member,
            binding: Binding::Browser(self.browser),
            app,
            channel,
            hint: None,
            force: false,
        }
    }

    /// Begins, signs in at the platform as `login`, agrees, and comes back.
    pub async fn go(&self, ask: Begin, login: &str, untick: &[&str]) -> Result<Back> {
        let begun = connect::begin(&self.world.cx, ask).await?;
        let url = Visitor::agree(&self.world.sim, &begun.url, login, untick).await?;
        back(begun, &url)
    }

    pub async fn finish(&self, back: &Back) -> connect::Result<ConnectSession> {
        connect::finish(
            &self.world.cx,
            &back.state,
            Binding::Browser(self.browser),
            &back.callback,
        )
        .await
    }

    /// The whole way, as `login`.
    pub async fn sign_in(
        &self,
        app: AppId,
        channel: Option<ChannelId>,
        login: &str,
        untick: &[&str],
    ) -> Result<ConnectSession> {
        let mut ask = self.ask(app, channel);
        ask.hint = Some(login.to_owned());
        let back = self.go(ask, login, untick).await?;
        self.tick();
        Ok(self.finish(&back).await?)
    }

    /// A moment passes, so that lines of history stand in their order.
    pub fn tick(&self) {
        self.world.clock.advance_ms(1);
    }

    pub async fn channels(&self) -> Result<Vec<ChannelRow>> {
        let workspace = self.world.workspace;
        let read = self.world.store().read("test.channels", move |conn| {
            channels::of_workspace(conn, workspace)
        });
        Ok(read.await?)
    }

    pub async fn channel(&self, handle: &str) -> Result<ChannelRow> {
        let all = self.channels().await?;
        all.into_iter()
            .find(|channel| channel.handle == handle)
            .context("no such channel")
    }

    pub async fn logins(&self, channel: ChannelId) -> Result<Vec<ChannelGrantRow>> {
        let workspace = self.world.workspace;
        let read = self.world.store().read("test.logins", move |conn| {
            channel_grants::of_channel(conn, workspace, channel)
        });
        Ok(read.await?)
    }

    pub async fn primary(&self, channel: ChannelId) -> Result<ChannelGrantRow> {
        let workspace = self.world.workspace;
        let read = self.world.store().read("test.primary", move |conn| {
            channel_grants::primary(conn, workspace, channel)
        });
        read.await?.context("no primary login")
    }

    /// The kinds of the channel's timeline, oldest first.
    pub async fn timeline(&self, channel: ChannelId) -> Result<Vec<String>> {
        let workspace = self.world.workspace;
        let read = self.world.store().read("test.timeline", move |conn| {
            channel_events::latest(conn, workspace, channel, 100)
        });
        let mut kinds: Vec<String> = read.await?.into_iter().map(|event| event.kind).collect();
        kinds.reverse();
        Ok(kinds)
    }
}

pub fn back(begun: Begun, url: &str) -> Result<Back> {
    let params: std::collections::BTreeMap<String, String> =
        url::Url::parse(url)?.query_pairs().into_owned().collect();
    let state = params
        .get("state")
        .context("the platform gave no state back")?
        .clone();
    Ok(Back {
        state,
        callback: Callback { params },
        begun,
    })
}

pub fn outcome(row: &ConnectSession) -> Outcome {
    Outcome::of(&row.outcome)
}
