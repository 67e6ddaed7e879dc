//! The stage: a store, the simulator with its accounts, the apps, two workspaces with a member each. What
//! all nodes, people and trouble share.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use domain::app::{App, AppOwner, Hosts};
use domain::chance::{ChaChaChance, Chance};
use domain::ids::{AppId, Id as _, MediaId, MemberId, PersonId, SocialSetId, WorkspaceId};
use domain::member::{Member, Role};
use domain::platform::{LoginFlow, Platform};
use domain::post::Maker;
use domain::schedule::{LATENESS_LIMIT_MS, Zone};
use media::{DiskStore, Picture};
use secrecy::{ExposeSecret as _, SecretString};
use simulator::instagram::{Flow, NewApp};
use simulator::{Options, Simulator};
use storage::apps::AppRow;
use storage::media::MediaRow;
use storage::people::{self, Person};
use storage::sets::SocialSet;
use storage::workspaces::Workspace;
use storage::{Conn, Mode, Store, apps, sets, workspaces};
use tokio_util::sync::CancellationToken;
use vault::{KeyRing, Purpose, Vault, places};

use crate::book::Book;
use crate::clock::{NodeClock, Sky};
use crate::crowd::{Account, Seat, WORKSPACES, gather};
use crate::fate::Database;
use crate::pictures::Made;
use crate::plan::{Plan, Under};
use crate::watch::Watch;
use crate::wire::{CLIENT_ID, ORIGIN, Ours, PUBLIC};

/// A workspace and the person in it.
#[derive(Debug, Clone)]
pub struct House {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its set.
    pub set: SocialSetId,
    /// Who plans and signs in.
    pub member: Member,
    /// Pictures in its library.
    pub pictures: Vec<MediaId>,
}

/// An app, and which way it is.
#[derive(Debug, Clone)]
pub struct Way {
    /// Its id.
    pub app: AppId,
    /// The platform.
    pub platform: Platform,
    /// The flow.
    pub flow: LoginFlow,
    /// Bluesky without a public address.
    pub loopback: bool,
}

/// See the head of this file.
pub struct Stage {
    /// What is rehearsed.
    pub plan: Plan,
    /// True time.
    pub sky: Sky,
    /// What happened.
    pub book: Arc<Book>,
    /// The platforms.
    pub sim: Simulator,
    /// The store, without trouble of its own.
    pub store: Store,
    /// What happens to it.
    pub database: Arc<Database>,
    /// The vault.
    pub vault: Arc<Vault>,
    /// Where pictures are.
    pub media: Arc<DiskStore>,
    /// Pictures that were made.
    pub made: Arc<Made>,
    /// The watch on the wire.
    pub watch: Arc<Watch>,
    /// The machines' clocks.
    pub clocks: Vec<Arc<NodeClock>>,
    /// Accounts at the platforms.
    pub accounts: Vec<Account>,
    /// Which workspace has linked which.
    pub seats: Vec<Seat>,
    /// The workspaces.
    pub houses: Vec<House>,
    /// The apps.
    pub ways: Vec<Way>,
    /// Our own address.
    pub public: url::Url,
    /// Cancelled when trouble is over.
    pub calm: CancellationToken,
    /// Cancelled when all is over.
    pub over: CancellationToken,
}

impl Stage {
    /// Opens the store in `folder` (or on its server) and furnishes everything.
    ///
    /// # Errors
    /// When the store cannot be opened or written.
    pub async fn set(plan: &Plan, folder: &Path, sky: &Sky, store: Store) -> Result<Arc<Self>> {
        store.migrate().await?;
        let chance = ChaChaChance::from_seed(plan.seed);
        let media = Arc::new(DiskStore::new(&folder.join("media"))?.inline());
        let vault = Arc::new(Vault::new(KeyRing::generate(&chance)));
        let book = Arc::new(Book::default());
        let document = Arc::new(std::sync::Mutex::new(serde_json::Value::Null));
        let sim = simulator(plan.seed, sky, &media, &document);
        let (accounts, seats) = gather(&sim, plan.channels);
        let clocks: Vec<_> = (0..plan.under.nodes())
            .map(|_| NodeClock::new(sky))
            .collect();
        let watch = Watch::new(&book, sky, &sim, &store, &vault, &clocks);
        let mut stage = Self {
            plan: plan.clone(),
            sky: sky.clone(),
            book,
            sim,
            store,
            database: Arc::default(),
            vault,
            media,
            made: Arc::default(),
            watch,
            clocks,
            accounts,
            seats,
            houses: Vec::new(),
            ways: Vec::new(),
            public: PUBLIC.parse()?,
            calm: CancellationToken::new(),
            over: CancellationToken::new(),
        };
        for number in 0..WORKSPACES {
            let house = stage.house(number, &chance).await?;
            stage.houses.push(house);
        }
        stage.ways = stage.apps(&chance, &document).await?;
        Ok(Arc::new(stage))
    }

    /// A seed of its own for everything that draws by itself.
    #[must_use]
    pub fn seed_of(&self, what: &str, number: u64) -> u64 {
        let mut seed = self.plan.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in what.bytes() {
            seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        seed
    }

    /// Chance of its own.
    #[must_use]
    pub fn chance_of(&self, what: &str, number: u64) -> ChaChaChance {
        ChaChaChance::from_seed(self.seed_of(what, number))
    }

    /// The app of a way.
    #[must_use]
    pub fn app(&self, platform: Platform, flow: LoginFlow, loopback: bool) -> Option<AppId> {
        self.ways
            .iter()
            .find(|way| (way.platform, way.flow, way.loopback) == (platform, flow, loopback))
            .map(|way| way.app)
    }

    async fn house(&self, number: usize, chance: &dyn Chance) -> Result<House> {
        let now = self.sky.now();
        let (workspace, set) = (WorkspaceId::new(now, chance), SocialSetId::new(now, chance));
        let member = Member {
            id: MemberId::new(now, chance),
            person: PersonId::new(now, chance),
            workspace,
            role: Role::Owner,
            sets: None,
        };
        let name = format!("House {number}");
        let person = Person {
            id: member.person,
            mail: format!("anna{number}@rehearsal.dev"),
            name: "Anna".to_owned(),
            password_hash: None,
            operator: number == 0,
            created_at: now,
        };
        let owner = member.clone();
        let write = move |conn: &mut Conn<'_>| {
            people::create(conn, &person)?;
            let zone = Zone::utc();
            workspaces::create(
                conn,
                &Workspace {
                    id: workspace,
                    name: name.clone(),
                    zone: zone.clone(),
                    created_at: now,
                },
            )?;
            people::join(conn, &owner, now)?;
            sets::create(
                conn,
                &SocialSet {
                    id: set,
                    workspace,
                    name,
                    zone,
                    lateness_limit_ms: LATENESS_LIMIT_MS,
                    created_at: now,
                },
            )
        };
        self.store.write("rehearsal.house", write).await?;
        let mut pictures = Vec::new();
        for shade in 0..2 {
            pictures.push(self.picture(workspace, shade, chance).await?);
        }
        Ok(House {
            workspace,
            set,
            member,
            pictures,
        })
    }

    /// A small plain picture in the library.
    async fn picture(
        &self,
        workspace: WorkspaceId,
        shade: u8,
        chance: &dyn Chance,
    ) -> Result<MediaId> {
        let bytes = plain(320, 400, [200, 180, 40 + 90 * shade])?;
        let picture = Picture::decode(&bytes)?;
        let hash = self.media.put(bytes.clone().into()).await?;
        let now = self.sky.now();
        let row = MediaRow {
            id: MediaId::new(now, chance),
            workspace,
            sha256: hash.to_string(),
            mime: "image/jpeg".to_owned(),
            width: picture.width(),
            height: picture.height(),
            bytes: bytes.len() as u64,
            thumb_sha256: hash.to_string(),
            thumbhash: picture.thumbhash()?,
            name: "plain.jpg".to_owned(),
            made_by: Maker::Rule,
            created_at: now,
        };
        let id = row.id;
        self.store
            .write("rehearsal.picture", move |conn| {
                storage::media::insert(conn, &row)
            })
            .await?;
        Ok(id)
    }

    async fn apps(
        &self,
        chance: &dyn Chance,
        document: &std::sync::Mutex<serde_json::Value>,
    ) -> Result<Vec<Way>> {
        let mut ways = Vec::new();
        for adapter in platforms::registry::all() {
            let facts = adapter.facts();
            for flow in facts.flows {
                let loopbacks: &[bool] = if flow.flow == LoginFlow::Bluesky {
                    &[false, true]
                } else {
                    &[false]
                };
                for loopback in loopbacks {
                    let way = Way {
                        app: AppId::new(self.sky.now(), chance),
                        platform: facts.platform,
                        flow: flow.flow,
                        loopback: *loopback,
                    };
                    self.add_app(&way, flow, chance, document).await?;
                    ways.push(way);
                }
            }
        }
        Ok(ways)
    }

    async fn add_app(
        &self,
        way: &Way,
        flow: &platforms::facts::FlowFacts,
        chance: &dyn Chance,
        document: &std::sync::Mutex<serde_json::Value>,
    ) -> Result<()> {
        let base = if way.loopback {
            "http://127.0.0.1:8484"
        } else {
            PUBLIC
        };
        let redirect_uri = format!("{base}/oauth/callback/{}", way.platform);
        let scopes: Vec<String> = flow.scopes.iter().map(|one| one.scope.to_owned()).collect();
        let (client_id, secret) = match way.flow {
            LoginFlow::Bluesky if way.loopback => (
                platforms::bluesky::metadata::loopback_client_id(&redirect_uri, &scopes),
                None,
            ),
            LoginFlow::Bluesky => (CLIENT_ID.to_owned(), None),
            LoginFlow::Instagram => self.register(Flow::Instagram, &redirect_uri),
            LoginFlow::Facebook => self.register(Flow::Facebook, &redirect_uri),
        };
        let app = App {
            id: way.app,
            owner: AppOwner::Installation,
            platform: way.platform,
            flow: way.flow,
            client_id,
            redirect_uri,
            api_version: flow.api_version.to_owned(),
            scopes,
            hosts: hosts(flow.hosts),
        };
        let mut keys = None;
        if way.flow == LoginFlow::Bluesky && !way.loopback {
            let key = platforms::bluesky::metadata::new_signing_key(chance, "rehearsal-1");
            let shown = platforms::bluesky::metadata::client_metadata(
                &app,
                PUBLIC,
                std::slice::from_ref(&key),
            );
            *document
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner) = shown;
            keys = Some(serde_json::to_string(&[key.expose_secret()])?.into());
        }
        let seal = |purpose, place: &vault::Place, text: Option<SecretString>| {
            text.map(|text| self.vault.seal(purpose, place, &text, chance))
                .transpose()
                .map(|sealed| sealed.map(vault::Sealed::into_bytes))
        };
        let secret_sealed = seal(
            Purpose::AppSecret,
            &places::app_secret(None, way.app, 1),
            secret,
        )?;
        let keys_sealed = seal(
            Purpose::SigningKey,
            &places::app_keys(None, way.app, 1),
            keys,
        )?;
        let row = AppRow::new(app, secret_sealed, keys_sealed);
        let now = self.sky.now();
        self.store
            .write("rehearsal.app", move |conn| apps::insert(conn, &row, now))
            .await?;
        Ok(())
    }

    fn register(&self, flow: Flow, redirect_uri: &str) -> (String, Option<SecretString>) {
        let (id, secret) = self.sim.add_app(NewApp::of(flow, "Mainstay", redirect_uri));
        (id, Some(secret.into()))
    }
}

fn simulator(
    seed: u64,
    sky: &Sky,
    media: &Arc<DiskStore>,
    document: &Arc<std::sync::Mutex<serde_json::Value>>,
) -> Simulator {
    let clock = sky.clone();
    let sim = Simulator::new(Options {
        clock: Arc::new(move || clock.now().as_millisecond()),
        seed,
        fetch: Arc::new(Ours {
            media: media.clone(),
            document: document.clone(),
        }),
        origin: ORIGIN.to_owned(),
    });
    // One server in two forgives a refresh token that comes twice, and a nonce of this morning.
    let strict = seed.is_multiple_of(2);
    sim.set_reuse_ends_session(strict);
    sim.set_bluesky_old_nonces(if strict { 0 } else { 200 });
    // Checking a proof takes as long as everything else of a call; one seed in four does it.
    sim.set_bluesky_check_signatures(seed.is_multiple_of(4));
    sim
}

/// A picture of one colour.
fn plain(width: u32, height: u32, colour: [u8; 3]) -> Result<Vec<u8>> {
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb(colour));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

/// Opens the store of a plan.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(plan: &Plan, folder: &Path) -> Result<Store> {
    Ok(match &plan.under {
        Under::Sqlite => Store::open_sqlite(&folder.join("rehearsal.db"), Mode::Alone)?,
        Under::Postgres { server, nodes } => {
            let name = format!("mainstay_rehearsal_{}", plan.seed);
            let url = Store::fresh_postgres(server, &name).await?;
            Store::open_postgres(&url, 8 * nodes)
                .await
                .context("the rehearsal's database")?
        }
    })
}

/// The platforms' hosts as the simulator has them: path prefixes of one origin; Bluesky lives at its root.
fn hosts(documented: &[(&str, &str)]) -> Hosts {
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
