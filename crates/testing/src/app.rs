//! The whole web in one process: router, store, vault, clocks that stand, chance from a seed, the
//! simulator in memory. Requests go through every layer, without a socket; a [`Browser`] keeps cookies.

mod seen;

pub use seen::{Answer, Browser, Client};

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use domain::chance::{ChaChaChance, Chance};
use domain::clock::{Clock as _, Clocks, ManualClock};
use domain::ids::{Id, IncarnationId, MemberId, PersonId, SocialSetId, WorkspaceId};
use domain::member::{Member, Role, Scope};
use domain::schedule::Zone;
use engine::cx::{Bounds, Timer};
use engine::store_pictures::Threads;
use engine::{Cx, Nudges, StorePictures};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use media::DiskStore;
use platforms::call::Reach;
use secrecy::ExposeSecret as _;
use simulator::Simulator;
use storage::api_keys::{self, ApiKey};
use storage::{Mode, Store, people};
use tower::ServiceExt as _;
use vault::{KeyRing, Vault};
use web::actions::sign_in::{NewAccount, NewHouse};
use web::{Demo, Parts, Web, WebSettings};

use crate::sim::{PUBLIC, SimTransport, simulator};

/// The password of everybody in tests.
pub const PASSWORD: &str = "a long enough password";

/// Moves the manual clock instead of waiting.
struct ClockTimer(Arc<ManualClock>);

#[async_trait]
impl Timer for ClockTimer {
    async fn pause(&self, millis: i64) {
        self.0.advance_ms(millis);
    }
}

/// What a test application is made of; [`TestApp::new`] takes the usual.
pub struct Options {
    /// A store that is migrated; without one an SQLite file of its own.
    pub store: Option<Store>,
    /// The seed of ids, tokens and the simulator.
    pub seed: u64,
    /// Where it is reached.
    pub public_url: String,
    /// The demo's buttons.
    pub demo: Option<Arc<dyn Demo>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            store: None,
            seed: 1,
            public_url: PUBLIC.to_owned(),
            demo: None,
        }
    }
}

/// See the head of this file.
pub struct TestApp {
    /// What handlers work with; `web.cx` is the engine's part of it.
    pub web: Web,
    /// All clocks.
    pub clock: Arc<ManualClock>,
    /// The platforms.
    pub sim: Simulator,
    router: Router,
    /// One hash serves everybody: hashing is slow on purpose.
    password_hash: String,
    _folder: tempfile::TempDir,
}

/// A workspace with its owner, as tests use it.
#[derive(Debug, Clone)]
pub struct House {
    /// Which.
    pub workspace: WorkspaceId,
    /// Its first social set.
    pub set: SocialSetId,
    /// The owner.
    pub owner: PersonId,
    /// The owner's membership.
    pub member: MemberId,
    /// The owner's mail address; the password is [`PASSWORD`].
    pub mail: String,
}

impl TestApp {
    /// The usual: nobody has an account yet.
    ///
    /// # Errors
    /// When it cannot be put together.
    pub async fn new() -> Result<Self> {
        Self::with(Options::default()).await
    }

    /// With these options.
    ///
    /// # Errors
    /// When it cannot be put together.
    pub async fn with(options: Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = match options.store {
            Some(store) => store,
            None => {
                let store = Store::open_sqlite(&folder.path().join("store.db"), Mode::Inline)?;
                store.migrate().await?;
                store
            }
        };
        let clock = Arc::new(ManualClock::at(crate::world::START.parse()?));
        let chance: Arc<dyn Chance> = Arc::new(ChaChaChance::from_seed(options.seed));
        let media = Arc::new(DiskStore::new(&folder.path().join("media"))?.inline());
        let sim = simulator(&clock, options.seed, &media);
        let vault = Arc::new(Vault::new(KeyRing::generate(chance.as_ref())));
        let clocks = Clocks::manual(&clock);
        let public = options.public_url.trim_end_matches('/').to_owned();
        let pictures = StorePictures::new(
            media.clone(),
            vault.clone(),
            Some(public.clone()),
            clocks.security.clone(),
            Threads::Inline,
        );
        let cx = Cx {
            store,
            vault,
            me: IncarnationId::new(clock.now(), chance.as_ref()),
            clocks,
            chance,
            transport: Arc::new(SimTransport::new(&sim)),
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
        let settings = WebSettings {
            secure_cookies: public.starts_with("https://"),
            public_url: public.parse()?,
            demo: options.demo,
        };
        let web = Web::new(Parts {
            cx,
            media,
            settings,
        });
        let password_hash = web
            .passwords
            .hash(PASSWORD.to_owned().into(), &*web.chance)
            .await
            .map_err(said)?;
        Ok(Self {
            router: web::router(web.clone()),
            web,
            clock,
            sim,
            password_hash,
            _folder: folder,
        })
    }

    /// A workspace with its owner and a first social set, made behind the pages.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn house(&self, name: &str) -> Result<House> {
        let mail = format!("{}@example.com", name.to_lowercase().replace(' ', "-"));
        let hash = Some(self.password_hash.clone());
        let account = NewAccount::new(
            &self.web,
            format!("Owner of {name}"),
            mail.clone(),
            hash,
            false,
        );
        let house = NewHouse::new(&self.web, account.person.id, name.to_owned(), Zone::utc());
        let made = House {
            workspace: house.workspace.id,
            set: house.set.id,
            owner: account.person.id,
            member: house.owner.id,
            mail,
        };
        let write = move |conn: &mut storage::Conn<'_>| {
            people::create(conn, &account.person)?;
            house.store(conn)
        };
        self.web.write("testing.house", write).await.map_err(said)?;
        Ok(made)
    }

    /// Another social set of the house.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn set(&self, house: &House, name: &str) -> Result<SocialSetId> {
        let set = storage::sets::SocialSet {
            id: self.web.id(),
            workspace: house.workspace,
            name: name.to_owned(),
            zone: Zone::utc(),
            lateness_limit_ms: domain::schedule::LATENESS_LIMIT_MS,
            created_at: self.web.now(),
        };
        let id = set.id;
        self.web
            .write("testing.set", move |conn| {
                Ok(storage::sets::create(conn, &set)?)
            })
            .await
            .map_err(said)?;
        Ok(id)
    }

    /// Another member of the house, perhaps limited to some sets; answers the mail address.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn member(
        &self,
        house: &House,
        role: Role,
        sets: Option<&[SocialSetId]>,
    ) -> Result<String> {
        let id: MemberId = self.web.id();
        let mail = format!("{id}@example.com");
        let hash = Some(self.password_hash.clone());
        let account = NewAccount::new(&self.web, format!("A {role}"), mail.clone(), hash, false);
        let member = Member {
            id,
            person: account.person.id,
            workspace: house.workspace,
            role,
            sets: sets.map(|sets| sets.iter().copied().collect()),
        };
        let now = self.web.now();
        let write = move |conn: &mut storage::Conn<'_>| {
            people::create(conn, &account.person)?;
            Ok(people::join(conn, &member, now)?)
        };
        self.web
            .write("testing.member", write)
            .await
            .map_err(said)?;
        Ok(mail)
    }

    /// A bearer key of the house's owner.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn key(
        &self,
        house: &House,
        scopes: &[Scope],
        set: Option<SocialSetId>,
    ) -> Result<Client<'_>> {
        let plain = web::secret::api_key(&*self.web.chance);
        let text = plain.expose_secret().to_owned();
        let hash = web::secret::hash(&text);
        let key = ApiKey {
            id: self.web.id(),
            workspace: house.workspace,
            name: "Test".to_owned(),
            scopes: scopes.to_vec(),
            set,
            made_by: house.member,
            created_at: self.web.now(),
            used_at: None,
            revoked_at: None,
        };
        self.web
            .write("testing.key", move |conn| {
                Ok(api_keys::create(conn, &key, &hash)?)
            })
            .await
            .map_err(said)?;
        Ok(Client {
            app: self,
            key: text,
        })
    }

    /// A key that may do everything its owner may.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn full_key(&self, house: &House) -> Result<Client<'_>> {
        self.key(house, Scope::ALL, None).await
    }

    /// A browser in which nobody is signed in.
    #[must_use]
    pub fn browser(&self) -> Browser<'_> {
        Browser {
            app: self,
            cookies: BTreeMap::new(),
        }
    }

    /// A browser in which this person is signed in, through the form.
    ///
    /// # Errors
    /// When they are not let in.
    pub async fn signed_in(&self, mail: &str) -> Result<Browser<'_>> {
        let mut browser = self.browser();
        let answer = browser
            .post("/sign-in", &[("mail", mail), ("password", PASSWORD)])
            .await?;
        ensure!(
            answer.status == StatusCode::SEE_OTHER,
            "not let in: {answer:?}"
        );
        Ok(browser)
    }

    /// Sends one request through all layers.
    ///
    /// # Errors
    /// When the answer's body breaks off.
    pub async fn send(&self, request: http::Request<Body>) -> Result<Answer> {
        let answer = match self.router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (head, body) = answer.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!("the body broke off: {error}"))?
            .to_bytes();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    /// Moves all clocks on.
    pub fn advance_ms(&self, millis: i64) {
        self.clock.advance_ms(millis);
    }

    /// Lets the engine do what is due, jumping from due moment to due moment until so many
    /// milliseconds from now.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn run_for_ms(&self, millis: i64) -> Result<()> {
        let until = domain::schedule::plus_ms(self.clock.now(), millis);
        for _ in 0..10_000 {
            engine::run::until_idle(&self.web.cx, 50).await?;
            let next = engine::run::next_due(&self.web.cx)
                .await?
                .filter(|next| *next <= until);
            let Some(next) = next else { break };
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
        engine::run::until_idle(&self.web.cx, 50).await?;
        Ok(())
    }
}

fn said(refusal: web::problem::Refusal) -> anyhow::Error {
    anyhow::anyhow!("refused: {}", refusal.sentence(&web::text::Text::english()))
}
