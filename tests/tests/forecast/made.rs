//! Channels with logins of every kind, stored behind the pages: what a forecast is made from, without a platform.

use anyhow::Result;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::cause::Cause;
use domain::channel::Mode;
use domain::delivery::State;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::health::Health;
use domain::ids::{AppId, ChannelGrantId, ChannelId, DeliveryId, GrantId, PostId, SocialSetId};
use domain::platform::{LoginFlow, Platform};
use domain::post::{Content, Maker, Variant};
use domain::schedule::{DAY_MS, LATENESS_LIMIT_MS, plus_ms};
use storage::apps::AppRow;
use storage::channel_grants::NewChannelGrant;
use storage::channels::NewChannel;
use storage::deliveries::NewDelivery;
use storage::grants::{NewGrant, NewTokens};
use storage::posts::PostRow;
use storage::{Conn, apps, channel_grants, channels, deliveries, grants, ledger, posts};
use testing::app::{House, TestApp};

/// A login as a test wants it.
#[derive(Debug, Clone)]
pub struct Life {
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// How it is.
    pub health: Health,
    /// Why, where it is not well.
    pub cause: Option<Cause>,
    /// Its end that no machine moves, in days from now.
    pub ends_in: Option<i64>,
    /// When it is next renewed, in days from now.
    pub renewed_in: Option<i64>,
    /// Who signed in.
    pub person: &'static str,
}

impl Life {
    /// Extends itself: sixty days, next in twenty.
    pub fn well() -> Self {
        Self {
            mechanism: Mechanism::Extend,
            health: Health::Healthy,
            cause: None,
            ends_in: None,
            renewed_in: Some(20),
            person: "anna",
        }
    }

    /// Nothing extends it; it ends in so many days.
    pub fn ends_in(days: i64) -> Self {
        Self {
            mechanism: Mechanism::None,
            ends_in: Some(days),
            renewed_in: None,
            ..Self::well()
        }
    }

    /// It has ended.
    pub fn broken() -> Self {
        Self {
            health: Health::NeedsRefresh,
            cause: Some(Cause::CredentialsChanged),
            renewed_in: None,
            ..Self::well()
        }
    }
}

/// The app that all of them signed in through.
pub async fn through(app: &TestApp, house: &House) -> Result<AppId> {
    let (id, owner, now) = (
        app.web.id(),
        AppOwner::Workspace(house.workspace),
        app.web.now(),
    );
    let app_of = App {
        id,
        owner,
        platform: Platform::Instagram,
        flow: LoginFlow::Instagram,
        client_id: "1".to_owned(),
        redirect_uri: "http://127.0.0.1:8484/oauth/callback/instagram".to_owned(),
        api_version: "v25.0".to_owned(),
        scopes: Vec::new(),
        hosts: Hosts::default(),
    };
    let row = AppRow::new(app_of, None, None);
    let write = move |conn: &mut Conn<'_>| apps::insert(conn, &row, now);
    app.web.store.write("made.app", write).await?;
    Ok(id)
}

/// What one channel is stored with, all ids drawn beforehand.
pub struct Plan {
    house: House,
    set: SocialSetId,
    through: AppId,
    channel: ChannelId,
    name: String,
    life: Option<Life>,
    mode: Mode,
    grant: GrantId,
    on: ChannelGrantId,
    person: domain::ids::PlatformPersonId,
    posts: Vec<(PostId, DeliveryId, Timestamp)>,
    now: Timestamp,
}

impl Plan {
    /// A channel of this set with this login and posts due in so many milliseconds.
    pub fn new(
        app: &TestApp,
        house: &House,
        (set, through): (SocialSetId, AppId),
        name: &str,
        life: Option<Life>,
        due_in_ms: &[i64],
    ) -> Self {
        let (web, now) = (&app.web, app.web.now());
        let post = |ahead: &i64| (web.id(), web.id(), plus_ms(now, *ahead));
        Self {
            house: house.clone(),
            set,
            through,
            channel: web.id(),
            name: name.to_owned(),
            life,
            mode: Mode::Auto,
            grant: web.id(),
            on: web.id(),
            person: web.id(),
            posts: due_in_ms.iter().map(post).collect(),
            now,
        }
    }

    /// Where a person posts by hand.
    pub fn by_hand(mut self) -> Self {
        self.mode = Mode::Remind;
        self
    }

    /// Stores it.
    pub async fn store(self, app: &TestApp) -> Result<ChannelId> {
        let id = self.channel;
        store_all(app, vec![self]).await?;
        Ok(id)
    }

    fn write(&self, conn: &mut Conn<'_>) -> storage::Result<()> {
        let (workspace, channel) = (self.house.workspace, self.channel);
        let new = NewChannel {
            id: channel,
            workspace,
            social_set: self.set,
            platform: Platform::Instagram,
            account_id: &channel.to_string(),
            handle: "nord",
            name: &self.name,
            picture_url: None,
            mode: self.mode,
        };
        channels::insert(conn, &new, self.now)?;
        if let Some(life) = &self.life {
            self.sign_in(conn, life)?;
        }
        for (post, delivery, due) in &self.posts {
            self.plan(conn, *post, *delivery, *due)?;
        }
        Ok(())
    }

    fn sign_in(&self, conn: &mut Conn<'_>, life: &Life) -> storage::Result<()> {
        let workspace = self.house.workspace;
        let after = |days: i64| plus_ms(self.now, days * DAY_MS);
        let end = |days: i64| {
            Some(End {
                at: after(days),
                source: EndSource::Answer,
            })
        };
        let extends = life.mechanism == Mechanism::Extend;
        let horizon = life.ends_in.map(after);
        let tokens = NewTokens {
            sealed: b"sealed".to_vec(),
            scopes: Vec::new(),
            ends: Ends {
                sliding_end: extends.then(|| end(60)).flatten(),
                absolute_end: life.ends_in.and_then(end),
                ..Ends::default()
            },
            horizon,
            renew_at: life.renewed_in.map(after),
            jitter_permille: 0,
        };
        let person = grants::platform_person(conn, self.person, self.through, life.person)?;
        let new = NewGrant {
            id: self.grant,
            workspace,
            app: self.through,
            platform: Platform::Instagram,
            flow: LoginFlow::Instagram,
            person,
            person_name: life.person,
            signed_in_by: Some(self.house.member),
            mechanism: life.mechanism,
            tokens: &tokens,
        };
        grants::insert(conn, &new, self.now)?;
        let on = NewChannelGrant {
            id: self.on,
            workspace,
            channel: self.channel,
            grant: self.grant,
            token_sealed: None,
            role: None,
            ends: Ends::default(),
            horizon,
        };
        channel_grants::put(conn, &on, self.now)?;
        channel_grants::make_primary(conn, workspace, self.channel, self.on)?;
        let probe_at = Some(plus_ms(self.now, DAY_MS / 2));
        let health = life.health;
        channel_grants::set_condition(
            conn, workspace, self.on, health, life.cause, None, probe_at, self.now,
        )?;
        Ok(())
    }

    fn plan(
        &self,
        conn: &mut Conn<'_>,
        post: PostId,
        delivery: DeliveryId,
        due: Timestamp,
    ) -> storage::Result<()> {
        let (workspace, now) = (self.house.workspace, self.now);
        let row = PostRow {
            id: post,
            workspace,
            social_set: self.set,
            content: Content {
                text: format!("Post of {}", self.name),
                media: Vec::new(),
            },
            zone: "UTC".to_owned(),
            made_by: Maker::Rule,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        posts::insert(conn, &row, now)?;
        let new = NewDelivery {
            id: delivery,
            workspace,
            social_set: self.set,
            post,
            channel: self.channel,
            state: State::Scheduled,
            due_at: Some(due),
            act_at: Some(due),
            lateness_limit_ms: LATENESS_LIMIT_MS,
            excerpt: &row.content.text,
            thumb_sha256: None,
        };
        deliveries::insert(conn, &new, now)?;
        ledger::insert_body(conn, workspace, delivery, &Variant::default())
    }
}

/// Stores many at once.
pub async fn store_all(app: &TestApp, plans: Vec<Plan>) -> Result<()> {
    let write = move |conn: &mut Conn<'_>| plans.iter().try_for_each(|plan| plan.write(conn));
    app.web.store.write("made.channels", write).await?;
    Ok(())
}
