//! A whole engine in one thread: store, vault, adapters, the simulator in memory, a clock that stands
//! until it is moved, one seed. Two runs of the same seed do the same, byte for byte on SQLite.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::{ChaChaChance, Chance};
use domain::channel::Mode;
use domain::clock::{Clock as _, Clocks, ManualClock};
use domain::delivery::State;
use domain::horizon::horizon;
use domain::ids::{
    AppId, ChannelId, DeliveryId, GrantId, Id, IncarnationId, MediaId, PostId, SocialSetId,
    WorkspaceId,
};
use domain::platform::{LoginFlow, Platform};
use domain::post::{Content, Maker, PostMedia, Variant};
use domain::schedule::{LATENESS_LIMIT_MS, Zone};
use engine::cx::{Bounds, Timer};
use engine::store_pictures::Threads;
use engine::{Cx, Nudges, StorePictures, login, run};
use media::{DiskStore, Picture};
use platforms::account::Account;
use platforms::call::Reach;
use platforms::sign_in::{Ask, Callback};
use simulator::Simulator;
use simulator::visitor::Visitor;
use storage::apps::AppRow;
use storage::channel_grants::NewChannelGrant;
use storage::channels::NewChannel;
use storage::deliveries::NewDelivery;
use storage::grants::{NewGrant, NewTokens};
use storage::media::MediaRow;
use storage::posts::PostRow;
use storage::sets::SocialSet;
use storage::workspaces::Workspace;
use storage::{
    Mode as StoreMode, Store, apps, channel_grants, channels, deliveries, grants, ledger, posts,
    sets, workspaces,
};
use vault::{KeyRing, Purpose, Vault, places};

use crate::kill::KillGate;
use crate::sim::{ORIGIN, PUBLIC, SimTransport, simulator};

/// Which engine stands under the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// SQLite, inline: one thread.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Moves the manual clock instead of waiting.
struct ClockTimer(Arc<ManualClock>);

#[async_trait]
impl Timer for ClockTimer {
    async fn pause(&self, millis: i64) {
        self.0.advance_ms(millis);
    }
}

/// See the head of this file.
pub struct World {
    /// The platforms.
    pub sim: Simulator,
    /// The clock of everything.
    pub clock: Arc<ManualClock>,
    /// The engine's parts, of the incarnation that runs now.
    pub cx: Cx,
    /// Where runs can be ended.
    pub gate: Arc<KillGate>,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its one social set.
    pub set: SocialSetId,
    /// Where pictures are.
    pub media: Arc<DiskStore>,
    store: Store,
    folder: tempfile::TempDir,
}

/// When every world begins.
pub const START: &str = "2026-05-04T09:00:00Z";

impl World {
    /// A new world with an empty workspace.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn new(under: Under, seed: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = match under {
            Under::Sqlite => {
                Store::open_sqlite(&folder.path().join("store.db"), StoreMode::Inline)?
            }
            Under::Postgres => {
                Store::open_postgres(&crate::postgres::fresh_database().await?, 4).await?
            }
        };
        store.migrate().await?;
        let clock = Arc::new(ManualClock::at(START.parse()?));
        let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_seed(seed));
        let media = Arc::new(DiskStore::new(&folder.path().join("media"))?.inline());
        let sim = simulator(&clock, seed, &media);
        let vault = Arc::new(Vault::new(KeyRing::generate(chance.as_ref())));
        let clocks = Clocks::manual(&clock);
        let pictures = StorePictures::new(
            media.clone(),
            vault.clone(),
            Some(PUBLIC.to_owned()),
            clocks.security.clone(),
            Threads::Inline,
        );
        let gate = KillGate::new();
        let cx = Cx {
            store: store.with_gate(gate.clone()),
            vault,
            me: IncarnationId::new(clock.now(), chance.as_ref()),
            clocks,
            chance,
            transport: Arc::new(SimTransport::new(&sim).with_gate(gate.clone())),
            pictures: Arc::new(pictures),
            nudges: Nudges::default(),
            timer: Arc::new(ClockTimer(clock.clone())),
            reach: Reach::LoopbackToo,
            bounds: Bounds {
                in_flight: 4,
                ..Bounds::default()
            },
        };
        let (workspace, set) = (cx.ids().make(), cx.ids().make());
        let world = Self {
            sim,
            clock,
            cx,
            gate,
            workspace,
            set,
            media,
            store,
            folder,
        };
        world.settle_in().await?;
        Ok(world)
    }

    async fn settle_in(&self) -> Result<()> {
        let (workspace, set, now) = (self.workspace, self.set, self.clock.now());
        let write = move |conn: &mut storage::Conn<'_>| {
            let name = "Harbour".to_owned();
            workspaces::create(
                conn,
                &Workspace {
                    id: workspace,
                    name: name.clone(),
                    zone: Zone::utc(),
                    created_at: now,
                },
            )?;
            let lateness_limit_ms = LATENESS_LIMIT_MS;
            sets::create(
                conn,
                &SocialSet {
                    id: set,
                    workspace,
                    name,
                    zone: Zone::utc(),
                    lateness_limit_ms,
                    created_at: now,
                },
            )
        };
        self.store.write("world.settle_in", write).await?;
        run::begin(&self.cx, "test").await?;
        Ok(())
    }

    /// The store without the gate: what a test reads and writes kills nothing.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where this world's files are.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Another incarnation, after the one before was ended. On SQLite it knows that the other is gone;
    /// on PostgreSQL its leases must run out first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn restart(&mut self) -> Result<()> {
        self.gate.arm(None);
        self.cx.me = self.cx.ids().make();
        run::begin(&self.cx, "test").await?;
        if self.cx.store.kind() == storage::EngineKind::Postgres {
            self.clock
                .advance_ms(self.cx.bounds.lease_ms + self.cx.bounds.call_ms + 1_000);
        }
        Ok(())
    }

    /// An app of this flow, registered at the simulator under its default ids.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn app(&self, platform: Platform, flow: LoginFlow) -> Result<AppId> {
        let facts = platforms::registry::get(platform)
            .context("adapter")?
            .facts();
        let facts = facts.flow(flow).context("flow")?;
        let id: AppId = self.cx.ids().make();
        let scopes: Vec<String> = facts
            .scopes
            .iter()
            .map(|scope| scope.scope.to_owned())
            .collect();
        let redirect_uri = format!("{PUBLIC}/oauth/callback/{platform}");
        let (client_id, secret) = self.register(flow, &redirect_uri, &scopes);
        let place = places::app_secret(None, id, 1);
        let sealed = match secret {
            Some(secret) => Some(self.cx.vault.seal(
                Purpose::AppSecret,
                &place,
                &secret.into(),
                self.cx.chance.as_ref(),
            )?),
            None => None,
        };
        let row = AppRow {
            app: App {
                id,
                owner: AppOwner::Installation,
                platform,
                flow,
                client_id,
                redirect_uri,
                api_version: facts.api_version.to_owned(),
                scopes,
                hosts: hosts(facts.hosts),
            },
            secret_sealed: sealed.map(vault::Sealed::into_bytes),
            keys_sealed: None,
            generation: 1,
        };
        let now = self.clock.now();
        self.store
            .write("world.app", move |conn| apps::insert(conn, &row, now))
            .await?;
        Ok(id)
    }

    fn register(
        &self,
        flow: LoginFlow,
        redirect_uri: &str,
        scopes: &[String],
    ) -> (String, Option<String>) {
        let known = match flow {
            LoginFlow::Bluesky => {
                return (
                    platforms::bluesky::metadata::loopback_client_id(redirect_uri, scopes),
                    None,
                );
            }
            LoginFlow::Instagram => simulator::instagram::Flow::Instagram,
            LoginFlow::Facebook => simulator::instagram::Flow::Facebook,
        };
        let new = simulator::instagram::NewApp::of(known, "Mainstay", redirect_uri);
        let (id, secret) = self.sim.add_app(new);
        (id, Some(secret))
    }

    /// Signs in at the platform as `login` and links its account `handle`, as a finished sign-in does.
    ///
    /// # Errors
    /// When any part of it fails.
    pub async fn link(
        &self,
        app: AppId,
        login_as: &str,
        handle: &str,
    ) -> Result<(ChannelId, GrantId)> {
        let workspace = self.workspace;
        let row = self
            .store
            .read("world.app", move |conn| apps::one(conn, workspace, app))
            .await?
            .context("app")?;
        let secrets = login::open_app(&self.cx.vault, &row)?;
        let adapter = login::adapter(row.app.platform)?;
        let call = login::call(&self.cx, &row, &secrets);
        let ask = Ask {
            state: "state-of-a-test",
            hint: Some(login_as),
            force: false,
        };
        let begun = adapter.begin(&call, &ask).await?;
        let back = Visitor::agree(&self.sim, &begun.url, login_as, &[]).await?;
        let callback = Callback {
            params: url::Url::parse(&back)?.query_pairs().into_owned().collect(),
        };
        let signed_in = adapter.finish(&call, &begun.journey, &callback).await?;
        let accounts = adapter.accounts(&call, &signed_in.tokens).await?;
        let account = accounts
            .into_iter()
            .find(|account| account.handle == handle)
            .context("no such account")?;
        ensure!(
            account.usable.is_ok(),
            "the account cannot be used: {:?}",
            account.usable
        );
        self.store_login(&row, signed_in, account).await
    }

    async fn store_login(
        &self,
        app: &AppRow,
        signed_in: platforms::sign_in::SignedIn,
        account: Account,
    ) -> Result<(ChannelId, GrantId)> {
        let (ids, now, workspace, set) =
            (self.cx.ids(), self.clock.now(), self.workspace, self.set);
        let (grant, channel, on): (GrantId, ChannelId, domain::ids::ChannelGrantId) =
            (ids.make(), ids.make(), ids.make());
        let chance = self.cx.chance.as_ref();
        let place = places::grant_tokens(workspace, grant, 1);
        let sealed = self.cx.vault.seal(
            Purpose::GrantToken,
            &place,
            &signed_in.tokens.to_secret(),
            chance,
        )?;
        let token = match &account.token {
            Some(token) => {
                let place = places::channel_token(workspace, on, 1);
                Some(
                    self.cx
                        .vault
                        .seal(Purpose::GrantToken, &place, token, chance)?
                        .into_bytes(),
                )
            }
            None => None,
        };
        let (platform, flow, app_id) = (app.app.platform, app.app.flow, app.app.id);
        let tokens = NewTokens {
            sealed: sealed.into_bytes(),
            scopes: signed_in.scopes,
            ends: signed_in.ends,
            horizon: horizon(signed_in.mechanism, &signed_in.ends),
            renew_at: engine::renew::keep_alive(
                platform,
                flow,
                signed_in.mechanism,
                &signed_in.ends,
                now,
                0,
            ),
            jitter_permille: 0,
        };
        let write = move |conn: &mut storage::Conn<'_>| {
            let person = grants::platform_person(conn, ids.make(), app_id, &signed_in.person_id)?;
            let new = NewGrant {
                id: grant,
                workspace,
                app: app_id,
                platform,
                flow,
                person,
                person_name: &signed_in.person_name,
                signed_in_by: None,
                mechanism: signed_in.mechanism,
                tokens: &tokens,
            };
            grants::insert(conn, &new, now)?;
            // The channel may be there from an earlier sign-in: its identity is the account.
            let channel = match channels::by_account(conn, workspace, platform, &account.id)? {
                Some(known) => known.id,
                None => {
                    let new = NewChannel {
                        id: channel,
                        workspace,
                        social_set: set,
                        platform,
                        account_id: &account.id,
                        handle: &account.handle,
                        name: &account.name,
                        picture_url: account.picture_url.as_deref(),
                        mode: Mode::Auto,
                    };
                    channels::insert(conn, &new, now)?;
                    channel
                }
            };
            let new = NewChannelGrant {
                id: on,
                workspace,
                channel,
                grant,
                token_sealed: token.as_deref(),
                role: account.role.as_deref(),
                ends: account.ends,
                horizon: horizon(signed_in.mechanism, &account.ends),
            };
            let on = channel_grants::put(conn, &new, now)?;
            channel_grants::make_primary(conn, workspace, channel, on)?;
            Ok(channel)
        };
        let channel = self.store.write("world.link", write).await?;
        Ok((channel, grant))
    }

    /// A picture in the library.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn picture(&self, bytes: Vec<u8>) -> Result<MediaId> {
        let picture = Picture::decode(&bytes)?;
        let hash = self.media.put(bytes.clone().into()).await?;
        let id: MediaId = self.cx.ids().make();
        let row = MediaRow {
            id,
            workspace: self.workspace,
            sha256: hash.to_string(),
            mime: "image/jpeg".to_owned(),
            width: picture.width(),
            height: picture.height(),
            bytes: bytes.len() as u64,
            thumb_sha256: hash.to_string(),
            thumbhash: picture.thumbhash()?,
            name: "picture.jpg".to_owned(),
            made_by: Maker::Rule,
            created_at: self.clock.now(),
        };
        self.store
            .write("world.picture", move |conn| {
                storage::media::insert(conn, &row)
            })
            .await?;
        Ok(id)
    }

    /// A scheduled delivery on a channel.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn plan(
        &self,
        channel: ChannelId,
        text: &str,
        media: &[MediaId],
        due_at: Timestamp,
    ) -> Result<DeliveryId> {
        let (ids, now, workspace, set) =
            (self.cx.ids(), self.clock.now(), self.workspace, self.set);
        let (post, delivery): (PostId, DeliveryId) = (ids.make(), ids.make());
        let media = media
            .iter()
            .map(|media| PostMedia {
                media: *media,
                alt: "A test picture".to_owned(),
            })
            .collect();
        let content = Content {
            text: text.to_owned(),
            media,
        };
        let write = move |conn: &mut storage::Conn<'_>| {
            let row = PostRow {
                id: post,
                workspace,
                social_set: set,
                content: content.clone(),
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
                social_set: set,
                post,
                channel,
                state: State::Scheduled,
                due_at: Some(due_at),
                act_at: Some(now),
                lateness_limit_ms: LATENESS_LIMIT_MS,
                excerpt: &content.text,
                thumb_sha256: None,
            };
            deliveries::insert(conn, &new, now)?;
            ledger::insert_body(conn, workspace, delivery, &Variant::default())
        };
        self.store.write("world.plan", write).await?;
        Ok(delivery)
    }

    /// A delivery as it is now.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delivery(&self, id: DeliveryId) -> Result<storage::deliveries::DeliveryRow> {
        let workspace = self.workspace;
        let read = self
            .store
            .read("world.delivery", move |conn| {
                deliveries::one(conn, workspace, id)
            })
            .await?;
        read.context("delivery")
    }

    /// A grant as it is now.
    ///
    /// # Errors
    /// When there is none.
    pub async fn grant(&self, id: GrantId) -> Result<storage::grants::GrantRow> {
        let workspace = self.workspace;
        let read = self
            .store
            .read("world.grant", move |conn| grants::one(conn, workspace, id))
            .await?;
        read.context("grant")
    }

    /// Runs until nothing is due any more up to `until`, jumping the clock from due moment to due moment.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn run_until(&self, until: Timestamp) -> Result<()> {
        for _ in 0..10_000 {
            run::until_idle(&self.cx, 50).await?;
            let next = run::next_due(&self.cx).await?.filter(|next| *next <= until);
            let Some(next) = next else { break };
            // What is due and could not be done now is tried again a second later.
            let now = self.clock.now();
            self.clock.set(if next > now {
                next
            } else {
                domain::schedule::plus_ms(now, 1_000)
            });
        }
        if self.clock.now() < until {
            self.clock.set(until);
        }
        run::until_idle(&self.cx, 50).await?;
        Ok(())
    }
}

/// The platform's hosts, as the simulator has them: path prefixes of one origin. Bluesky lives at the
/// root of it.
#[must_use]
pub fn hosts(documented: &[(&str, &str)]) -> Hosts {
    let simulated = |name: &str, address: &str| match name {
        "plc" => format!("{ORIGIN}/plc.directory"),
        "resolver" | "appview" => ORIGIN.to_owned(),
        "web" => address.to_owned(),
        _ => format!("{ORIGIN}/{}", address.trim_start_matches("https://")),
    };
    Hosts(
        documented
            .iter()
            .map(|(name, address)| ((*name).to_owned(), simulated(name, address)))
            .collect(),
    )
}
