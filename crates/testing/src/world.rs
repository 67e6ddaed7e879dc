//! A whole engine in one thread: store, vault, adapters, the simulator in memory, a clock that stands
//! until it is moved, one seed. Two runs of the same seed do the same, byte for byte on SQLite.

mod linking;
mod planning;

pub use planning::reschedule;

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::{ChaChaChance, Chance};
use domain::channel::Mode;
use domain::clock::{Clock as _, Clocks, ManualClock};
use domain::delivery::{State, Step};
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
use storage::deliveries::{Change, DeliveryRow, NewDelivery};
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
            flights: engine::Flights::default(),
            rounds: engine::Rounds::default(),
            timer: Arc::new(ClockTimer(clock.clone())),
            reach: Reach::LoopbackToo,
            heard: Arc::default(),
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
