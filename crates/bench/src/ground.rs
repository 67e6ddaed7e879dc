//! What is measured on: a store with real rows, one channel and one login each, and the engine as it is served.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::{ChaChaChance, Chance};
use domain::channel::Mode as ChannelMode;
use domain::clock::Clocks;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::ids::{AppId, ChannelId, GrantId, Id as _, IncarnationId, SocialSetId, WorkspaceId};
use domain::schedule::{DAY_MS, LATENESS_LIMIT_MS, Zone, plus_ms};
use engine::run::{self, RealTimer};
use engine::{Bounds, Cx, Nudges};
use platforms::call::Reach;
use platforms::http::{HyperTransport, TransportOptions};
use platforms::registry;
use platforms::tokens::Tokens;
use secrecy::SecretString;
use storage::apps::{self, AppRow};
use storage::channel_grants::{self, NewChannelGrant};
use storage::channels::{self, NewChannel};
use storage::grants::{self, NewGrant, NewTokens};
use storage::sets::{self, SocialSet};
use storage::workspaces::{self, Workspace};
use storage::{Conn, Mode, Store};
use vault::{KeyRing, Purpose, Vault, places};

use crate::pictures::NoPictures;
use crate::platform::{FLOW, IDLE_MS, NAME, Plain};
use crate::sink::{Sink, access_token, refresh_token};

/// So many grants lie in one workspace.
const OF_WORKSPACE: usize = 200;
/// So many rows are written in one transaction.
const AT_ONCE: usize = 1_000;

/// See the head of this file.
pub struct Ground {
    /// The engine's parts.
    pub cx: Cx,
    /// The endpoint.
    pub sink: Sink,
    app: AppId,
    _folder: tempfile::TempDir,
}

/// One login to be made.
#[derive(Clone, Copy)]
pub struct Login {
    /// Its number at the endpoint.
    pub number: usize,
    /// When it is due to be renewed; never for none.
    pub renew_at: Option<Timestamp>,
    /// When its access token ends.
    pub access_end: Timestamp,
}

/// Where a login was put.
#[derive(Debug, Clone, Copy)]
pub struct Put {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// On which channel.
    pub channel: ChannelId,
}

impl Ground {
    /// An empty store (PostgreSQL where an address is given, else SQLite that commits to the disk), and the sink, to which
    /// an unused connection is kept for `idle_ms` milliseconds.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn new(postgres: Option<&str>, bounds: Bounds, idle_ms: i64) -> Result<Self> {
        registry::stand_in(&Plain);
        let sink = Sink::start()?;
        let folder = tempfile::tempdir_in(".")?;
        let store = open(postgres, folder.path()).await?;
        store.migrate().await?;
        let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_system()?);
        let vault = Arc::new(Vault::new(KeyRing::generate(chance.as_ref())));
        let clocks = Clocks::system();
        let options = TransportOptions {
            trusts: Some(vec![sink.cert.clone()]),
            idle_ms,
            ..TransportOptions::default()
        };
        let cx = Cx {
            store,
            vault,
            me: IncarnationId::new(clocks.security.now(), chance.as_ref()),
            clocks,
            chance,
            transport: Arc::new(HyperTransport::new(options)),
            pictures: Arc::new(NoPictures),
            nudges: Nudges::default(),
            flights: engine::Flights::default(),
            rounds: engine::Rounds::default(),
            heard: Arc::default(),
            timer: Arc::new(RealTimer),
            reach: Reach::PublicOnly,
            bounds,
        };
        run::begin(&cx, "bench").await?;
        let app = register(&cx, &sink.url).await?;
        Ok(Self {
            cx,
            sink,
            app,
            _folder: folder,
        })
    }

    /// Makes these logins.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(&self, logins: impl Iterator<Item = Login>) -> Result<Vec<Put>> {
        let mut put = Vec::new();
        let mut logins = logins.peekable();
        let mut place: Option<(WorkspaceId, SocialSetId, usize)> = None;
        while logins.peek().is_some() {
            let mut rows = Vec::with_capacity(AT_ONCE);
            for login in logins.by_ref().take(AT_ONCE) {
                let (workspace, set) = match place {
                    Some((workspace, set, left)) if left > 0 => {
                        place = Some((workspace, set, left - 1));
                        (workspace, set)
                    }
                    _ => {
                        let (workspace, set) = self.workspace().await?;
                        place = Some((workspace, set, OF_WORKSPACE - 1));
                        (workspace, set)
                    }
                };
                let row = Row::new(self, workspace, set, login)?;
                put.push(Put {
                    workspace,
                    channel: row.channel,
                });
                rows.push(row);
            }
            let (app, now, ids) = (self.app, self.cx.now(), self.cx.ids());
            let write = move |conn: &mut Conn<'_>| {
                rows.iter()
                    .try_for_each(|row| row.insert(conn, app, &ids, now))
            };
            self.cx.store.write("bench.put", write).await?;
        }
        Ok(put)
    }

    async fn workspace(&self) -> Result<(WorkspaceId, SocialSetId)> {
        let (ids, now) = (self.cx.ids(), self.cx.now());
        let (workspace, set): (WorkspaceId, SocialSetId) = (ids.make(), ids.make());
        let write = move |conn: &mut Conn<'_>| {
            let new = Workspace {
                id: workspace,
                name: "Bench".to_owned(),
                zone: Zone::utc(),
                created_at: now,
            };
            workspaces::create(conn, &new)?;
            let new = SocialSet {
                id: set,
                workspace,
                name: "Bench".to_owned(),
                zone: Zone::utc(),
                lateness_limit_ms: LATENESS_LIMIT_MS,
                created_at: now,
            };
            sets::create(conn, &new)
        };
        self.cx.store.write("bench.workspace", write).await?;
        Ok((workspace, set))
    }

    /// How many grants stand at each generation.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn generations(&self) -> Result<BTreeMap<u64, usize>> {
        let mut counts = BTreeMap::new();
        let mut after = GrantId::from_uuid(uuid::Uuid::nil());
        loop {
            let read = move |conn: &mut Conn<'_>| grants::sealed_page(conn, after, AT_ONCE);
            let page = self.cx.store.read("bench.page", read).await?;
            let Some(last) = page.last() else {
                return Ok(counts);
            };
            after = last.id;
            for row in &page {
                *counts.entry(row.generation).or_default() += 1;
            }
        }
    }
}

async fn open(postgres: Option<&str>, folder: &Path) -> Result<Store> {
    Ok(match postgres {
        None => Store::open_sqlite(&folder.join("bench.db"), Mode::Threads)?,
        Some(url) => {
            let fresh = Store::fresh_postgres(url, "mainstay_bench").await?;
            Store::open_postgres(&fresh, 8).await?
        }
    })
}

async fn register(cx: &Cx, url: &str) -> Result<AppId> {
    let id: AppId = cx.ids().make();
    let app = App {
        id,
        owner: AppOwner::Installation,
        platform: NAME,
        flow: FLOW,
        client_id: "bench".to_owned(),
        redirect_uri: "https://bench.test/back".to_owned(),
        api_version: String::new(),
        scopes: Vec::new(),
        hosts: Hosts([("server".to_owned(), url.to_owned())].into()),
    };
    let row = AppRow::new(app, None, None);
    let now = cx.now();
    let write = move |conn: &mut Conn<'_>| apps::insert(conn, &row, now);
    cx.store.write("bench.app", write).await?;
    Ok(id)
}

/// What is written for one login.
struct Row {
    number: usize,
    workspace: WorkspaceId,
    set: SocialSetId,
    grant: GrantId,
    channel: ChannelId,
    tokens: NewTokens,
}

impl Row {
    fn new(
        ground: &Ground,
        workspace: WorkspaceId,
        set: SocialSetId,
        login: Login,
    ) -> Result<Self> {
        let cx = &ground.cx;
        let chance = cx.chance.as_ref();
        let (grant, channel) = (
            GrantId::new(cx.now(), chance),
            ChannelId::new(cx.now(), chance),
        );
        let tokens = Tokens {
            access: access_token().into(),
            refresh: Some(SecretString::from(refresh_token(login.number, 0))),
            keep: BTreeMap::new(),
        };
        let place = places::grant_tokens(workspace, grant, 1);
        let sealed = cx
            .vault
            .seal(Purpose::GrantToken, &place, &tokens.to_secret(), chance)?;
        let end = |at| End {
            at,
            source: EndSource::Answer,
        };
        Ok(Self {
            number: login.number,
            workspace,
            set,
            grant,
            channel,
            tokens: NewTokens {
                sealed: sealed.into_bytes(),
                scopes: Vec::new(),
                ends: Ends {
                    access_end: Some(end(login.access_end)),
                    idle_limit_ms: Some(IDLE_MS),
                    ..Ends::default()
                },
                horizon: None,
                renew_at: login.renew_at,
                jitter_permille: 0,
            },
        })
    }

    fn insert(
        &self,
        conn: &mut Conn<'_>,
        app: AppId,
        ids: &engine::cx::Ids,
        now: Timestamp,
    ) -> storage::Result<()> {
        let account = format!("account-{}", self.number);
        let person = grants::platform_person(conn, ids.make(), app, &account)?;
        let new = NewGrant {
            id: self.grant,
            workspace: self.workspace,
            app,
            platform: NAME,
            flow: FLOW,
            person,
            person_name: "Anna",
            signed_in_by: None,
            mechanism: Mechanism::RefreshRotating,
            tokens: &self.tokens,
        };
        grants::insert(conn, &new, now)?;
        let new = NewChannel {
            id: self.channel,
            workspace: self.workspace,
            social_set: self.set,
            platform: NAME,
            account_id: &account,
            handle: &account,
            name: &account,
            picture_url: None,
            mode: ChannelMode::Auto,
        };
        channels::insert(conn, &new, now)?;
        let new = NewChannelGrant {
            id: ids.make(),
            workspace: self.workspace,
            channel: self.channel,
            grant: self.grant,
            token_sealed: None,
            role: None,
            ends: Ends::default(),
            horizon: None,
        };
        let on = channel_grants::put(conn, &new, now)?;
        channel_grants::make_primary(conn, self.workspace, self.channel, on)
    }
}

/// Far enough ahead that no access token of the bench ends by itself.
pub fn long_after(now: Timestamp) -> Timestamp {
    plus_ms(now, 3_650 * DAY_MS)
}
