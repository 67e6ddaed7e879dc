//! An engine as it is served, with the real transport and the system's clocks, beside Bluesky's own PDS.
//!
//! The platform is the real server and the person is a real browser. Only the product clock is moved, so
//! that due times come at once; proofs carry the true time, as the server wants it. What the PDS itself
//! should find old is made so with [`crate::pds::Pds::age`]. Reading and planning are in `pds_rows.rs`.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::chance::{ChaChaChance, Chance};
use domain::clock::Clocks;
use domain::connect::ConnectPhase;
use domain::ids::{
    AppId, ChannelId, Id as _, IncarnationId, MemberId, SessionId, SocialSetId, WorkspaceId,
};
use domain::member::{Member, Role, Scope};
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{LATENESS_LIMIT_MS, Zone, ms_between, plus_ms};
use engine::connect::{self, Begin, Binding};
use engine::cx::Bounds;
use engine::run::RealTimer;
use engine::store_pictures::Threads;
use engine::{Cx, Nudges, StorePictures, run};
use media::DiskStore;
use platforms::bluesky;
use platforms::call::Reach;
use platforms::http::{HyperTransport, TransportOptions};
use platforms::sign_in::Callback;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use storage::api_keys::{self, ApiKey};
use storage::apps::{self, AppRow};
use storage::connect_sessions::ConnectSession;
use storage::people::{self, Person};
use storage::sets::{self, SocialSet};
use storage::workspaces::{self, Workspace};
use storage::{Conn, Mode, Store};
use vault::{KeyRing, Purpose, Vault, places};
use web::{Parts, Web, WebSettings};

use crate::browser::{Browser, Look};
use crate::pds::{self, Account, Pds, TlsFront};
use crate::world::Under;

/// The public name of an installation that is a confidential client.
pub const HOST: &str = "planner.mainstay-social.net";

/// The password of everybody on the PDS.
pub const PASSWORD: &str = "a good password";

const METADATA: &str = "/oauth/bluesky/client-metadata.json";
const CALLBACK: &str = "/oauth/callback/bluesky";

/// What kind of client the installation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// It has a public https address, and a key.
    Confidential,
    /// It has none.
    Loopback,
}

/// See the head of this file.
pub struct PdsWorld {
    /// The server.
    pub pds: Pds,
    /// The engine's parts, of the first incarnation.
    pub cx: Cx,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its one social set.
    pub set: SocialSetId,
    /// Its owner.
    pub member: MemberId,
    /// Our registration: the client.
    pub app: AppId,
    /// Where pictures are.
    pub media: Arc<DiskStore>,
    /// Where pages and API answer on this machine, without a slash at its end.
    pub base: String,
    window: SessionId,
    client: Client,
    front: Option<TlsFront>,
    _folder: tempfile::TempDir,
}

impl PdsWorld {
    /// A PDS with no account, an empty workspace, and the client's document where the PDS looks for it.
    ///
    /// # Errors
    /// When one of the parts does not start.
    pub async fn start(under: Under, client: Client) -> Result<Self> {
        let pds = Pds::start().await?;
        let folder = tempfile::tempdir()?;
        let store = match under {
            Under::Sqlite => Store::open_sqlite(&folder.path().join("store.db"), Mode::Threads)?,
            Under::Postgres => {
                Store::open_postgres(&crate::postgres::fresh_database().await?, 4).await?
            }
        };
        store.migrate().await?;
        let media = Arc::new(DiskStore::new(&folder.path().join("media"))?);
        let cx = engine(store, media.clone())?;
        let ids = cx.ids();
        let mut world = Self {
            pds,
            workspace: ids.make(),
            set: ids.make(),
            member: ids.make(),
            app: ids.make(),
            window: ids.make(),
            cx,
            media,
            base: String::new(),
            client,
            front: None,
            _folder: folder,
        };
        world.settle_in().await?;
        world.register().await?;
        run::begin(&world.cx, "test").await?;
        Ok(world)
    }

    async fn settle_in(&self) -> Result<()> {
        let (workspace, set, member, now) = (self.workspace, self.set, self.member, self.cx.now());
        let person = self.cx.ids().make();
        let write = move |conn: &mut Conn<'_>| {
            let name = "Harbour".to_owned();
            let new = Workspace {
                id: workspace,
                name: name.clone(),
                zone: Zone::utc(),
                created_at: now,
            };
            workspaces::create(conn, &new)?;
            let new = SocialSet {
                id: set,
                workspace,
                name,
                zone: Zone::utc(),
                lateness_limit_ms: LATENESS_LIMIT_MS,
                created_at: now,
            };
            sets::create(conn, &new)?;
            let anna = Person {
                id: person,
                mail: "anna@harbour.example".to_owned(),
                name: "Anna".to_owned(),
                password_hash: None,
                operator: true,
                created_at: now,
            };
            people::create(conn, &anna)?;
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
        Ok(self.cx.store.write("world.settle_in", write).await?)
    }

    /// Makes the app and opens the door: the PDS reads our document there, the browser comes back to it.
    async fn register(&mut self) -> Result<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        self.base = format!("http://127.0.0.1:{port}");
        let (public, keys) = match self.client {
            Client::Loopback => (self.base.clone(), Vec::new()),
            Client::Confidential => (
                format!("https://{HOST}"),
                vec![bluesky::new_signing_key(self.cx.chance.as_ref(), "key-1")],
            ),
        };
        let (row, now) = (
            self.sealed(self.client_app(&public)?, &keys)?,
            self.cx.now(),
        );
        let write = move |conn: &mut Conn<'_>| apps::insert(conn, &row, now);
        self.cx.store.write("world.app", write).await?;

        let settings = WebSettings {
            secure_cookies: public.starts_with("https://"),
            public_url: public.parse()?,
            demo: None,
        };
        let (cx, media) = (self.cx.clone(), self.media.clone());
        let router = web::router(Web::new(Parts {
            cx,
            media,
            settings,
        }));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        // It ends with the runtime of the test.
        tokio::spawn(async move { axum::serve(listener, service).await });
        if self.client == Client::Confidential {
            self.pds.map_host(HOST, port).await?;
            self.front = Some(TlsFront::start(HOST, port).await?);
        }
        Ok(())
    }

    fn client_app(&self, public: &str) -> Result<App> {
        let facts = login_facts()?;
        let scopes: Vec<String> = facts
            .scopes
            .iter()
            .map(|scope| scope.scope.to_owned())
            .collect();
        let redirect_uri = format!("{public}{CALLBACK}");
        let client_id = match self.client {
            Client::Loopback => bluesky::loopback_client_id(&redirect_uri, &scopes),
            Client::Confidential => format!("{public}{METADATA}"),
        };
        Ok(App {
            id: self.app,
            owner: AppOwner::Installation,
            platform: Platform::Bluesky,
            flow: LoginFlow::Bluesky,
            client_id,
            redirect_uri,
            api_version: String::new(),
            scopes,
            hosts: self.hosts(),
        })
    }

    fn sealed(&self, app: App, keys: &[SecretString]) -> Result<AppRow> {
        let texts: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
        let keys_sealed = if texts.is_empty() {
            None
        } else {
            let (place, text) = (
                places::app_keys(None, app.id, 1),
                SecretString::from(json!(texts).to_string()),
            );
            Some(
                self.cx
                    .vault
                    .seal(Purpose::SigningKey, &place, &text, self.cx.chance.as_ref())?
                    .into_bytes(),
            )
        };
        Ok(AppRow::new(app, None, keys_sealed))
    }

    /// The PDS knows its own handles; there is no AppView beside it.
    fn hosts(&self) -> Hosts {
        let here = [
            ("plc", self.pds.plc.as_str()),
            ("resolver", self.pds.url.as_str()),
            ("appview", ""),
            ("web", "https://bsky.app"),
        ];
        Hosts(
            here.map(|(name, address)| (name.to_owned(), address.to_owned()))
                .into(),
        )
    }

    /// Another engine over the same store, as a second node has it.
    #[must_use]
    pub fn another_engine(&self) -> Cx {
        let mut cx = self.cx.clone();
        // Another process: it does not hear of renewals that are under way here.
        cx.flights = engine::Flights::default();
        cx.rounds = engine::Rounds::default();
        cx.me = IncarnationId::new(cx.clocks.security.now(), cx.chance.as_ref());
        cx.transport = Arc::new(HyperTransport::new(TransportOptions::default()));
        cx
    }

    /// Whoever this is on the PDS.
    ///
    /// # Errors
    /// When the PDS refuses the handle.
    pub async fn account(&self, handle: &str) -> Result<Account> {
        self.pds.create_account(handle, PASSWORD).await
    }

    /// A browser in which nobody has been anywhere yet.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn browser(&self) -> Result<Browser> {
        let look = match &self.front {
            Some(front) => Look::desktop().host(&front.host, front.port),
            None => Look::desktop(),
        };
        Browser::open(look).await
    }

    /// A bearer key of the owner's that may do everything the owner may.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn api_key(&self) -> Result<String> {
        let plain = web::secret::api_key(self.cx.chance.as_ref())
            .expose_secret()
            .to_owned();
        let hash = web::secret::hash(&plain);
        let key = ApiKey {
            id: self.cx.ids().make(),
            workspace: self.workspace,
            name: "Test".to_owned(),
            scopes: Scope::ALL.to_vec(),
            set: None,
            made_by: self.member,
            created_at: self.cx.clocks.security.now(),
            used_at: None,
            revoked_at: None,
        };
        let write = move |conn: &mut Conn<'_>| api_keys::create(conn, &key, &hash);
        self.cx.store.write("world.key", write).await?;
        Ok(plain)
    }

    /// Somebody goes through the PDS's own pages as `who`, from this address until they are back with us.
    ///
    /// # Errors
    /// When the pages are not as expected.
    pub async fn agree(&self, url: &str, who: &Account) -> Result<Callback> {
        let browser = self.browser().await?;
        browser.goto(url).await?;
        pds::authorize(&browser, &self.pds, &who.handle, PASSWORD).await?;
        let back = self.came_back(&browser).await?;
        browser.close().await?;
        Ok(back)
    }

    /// *Connect*, or *Refresh Channel Connection* of `channel`: `hint` is typed here, then somebody goes
    /// through the PDS's own pages as `who` and comes back.
    ///
    /// # Errors
    /// When the pages are not as expected, or a step could not be taken.
    pub async fn sign_in(
        &self,
        channel: Option<ChannelId>,
        hint: Option<&str>,
        who: &Account,
    ) -> Result<ConnectSession> {
        let begun = connect::begin(&self.cx, self.ask(channel, hint)).await?;
        let back = self.agree(&begun.url, who).await?;
        self.finish(&back).await
    }

    /// What is asked for when a sign-in begins.
    #[must_use]
    pub fn ask(&self, channel: Option<ChannelId>, hint: Option<&str>) -> Begin {
        Begin {
            purpose: domain::connect::ConnectPurpose::Connect,
            workspace: self.workspace,
            set: self.set,
            member: self.member,
            binding: Binding::Browser(self.window),
            app: self.app,
            channel,
            hint: hint.map(str::to_owned),
            force: false,
        }
    }

    /// What a browser brought back to our callback address.
    ///
    /// # Errors
    /// When it stands elsewhere.
    pub async fn came_back(&self, browser: &Browser) -> Result<Callback> {
        browser.wait_for_url(CALLBACK).await?;
        let url = url::Url::parse(&browser.url().await?)?;
        ensure!(url.path() == CALLBACK, "the browser stands at {url}");
        Ok(Callback {
            params: url.query_pairs().into_owned().collect(),
        })
    }

    /// Ends the journey of a browser.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub async fn finish(&self, back: &Callback) -> Result<ConnectSession> {
        let state = back.get("state").context("the PDS gave no state back")?;
        Ok(connect::finish(&self.cx, state, Binding::Browser(self.window), back).await?)
    }

    /// Signs in as this account for the first time, which must go well.
    ///
    /// # Errors
    /// When it does not.
    pub async fn connect(&self, who: &Account) -> Result<ChannelId> {
        let row = self.sign_in(None, Some(&who.handle), who).await?;
        ensure!(
            row.phase == ConnectPhase::Done,
            "the sign-in came to {:?}: {}",
            row.phase,
            row.outcome
        );
        Ok(self.channel_of(who).await?.id)
    }

    /// Lets the product clock jump to `at`; never back.
    pub fn jump_to(&self, at: Timestamp) {
        let ahead = ms_between(self.cx.now(), at);
        if ahead > 0 {
            self.cx.clocks.product.jump_ms(ahead);
        }
    }

    /// Runs until nothing is due any more for so long, jumping from due moment to due moment.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn run_for_ms(&self, millis: i64) -> Result<()> {
        let until = plus_ms(self.cx.now(), millis);
        loop {
            run::until_idle(&self.cx, 50).await?;
            let now = self.cx.now();
            match run::next_due(&self.cx).await?.filter(|next| *next <= until) {
                // What is due and could not be done now is tried again a little later.
                Some(next) => self.jump_to(next.max(plus_ms(now, 1_000))),
                None => break,
            }
        }
        self.jump_to(until);
        run::until_idle(&self.cx, 50).await?;
        Ok(())
    }
}

fn engine(store: Store, media: Arc<DiskStore>) -> Result<Cx> {
    let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_system()?);
    let (clocks, vault) = (
        Clocks::system(),
        Arc::new(Vault::new(KeyRing::generate(chance.as_ref()))),
    );
    let security = clocks.security.clone();
    let pictures = StorePictures::new(
        media,
        vault.clone(),
        None,
        security.clone(),
        Threads::Blocking,
    );
    Ok(Cx {
        store,
        vault,
        me: IncarnationId::new(security.now(), chance.as_ref()),
        clocks,
        chance,
        transport: Arc::new(HyperTransport::new(TransportOptions::default())),
        pictures: Arc::new(pictures),
        nudges: Nudges::default(),
        flights: engine::Flights::default(),
        rounds: engine::Rounds::default(),
        timer: Arc::new(RealTimer),
        // The PDS answers as http://localhost.
        reach: Reach::LoopbackToo,
        heard: Arc::default(),
        bounds: Bounds::default(),
    })
}

fn login_facts() -> Result<&'static platforms::facts::FlowFacts> {
    let adapter = platforms::registry::get(Platform::Bluesky).context("adapter")?;
    adapter.facts().flow(LoginFlow::Bluesky).context("flow")
}
