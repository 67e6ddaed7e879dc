//! A world with a login at the neutral server: the way there over real sockets, and a person who signs in on the
//! server's own pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use domain::Timestamp;
use domain::app::{App, AppOwner, Hosts};
use domain::clock::{Clock as _, ManualClock};
use domain::ids::{AppId, ChannelId, GrantId};
use domain::schedule::{ms_between, plus_ms};
use engine::{Cx, login, run};
use platforms::http::{HyperTransport, Request, Response, SendError, Transport, TransportOptions};
use platforms::sign_in::{Ask, Callback};
use storage::apps::{self, AppRow};
use storage::{Conn, Gate};
use vault::{Purpose, places};

use super::server::{CLIENT, SECRET, Server};
use super::{FLOW, NAME, stands_in};
use crate::sim::PUBLIC;
use crate::world::{START, Under, World};

/// The real transport. Each call passes a gate before and after, so that a run can be ended there, and finds the
/// server's clock where the world's is.
pub struct Route {
    server: Arc<Server>,
    out: HyperTransport,
    clock: Arc<ManualClock>,
    gate: Arc<dyn Gate>,
    ahead_s: AtomicI64,
}

impl Route {
    /// A way to `server` for whoever lives by `clock`.
    #[must_use]
    pub fn new(server: &Arc<Server>, clock: &Arc<ManualClock>, gate: Arc<dyn Gate>) -> Arc<Self> {
        Arc::new(Self {
            server: server.clone(),
            out: HyperTransport::new(TransportOptions::default()),
            clock: clock.clone(),
            gate,
            ahead_s: AtomicI64::new(0),
        })
    }

    async fn keep_time(&self) -> Result<(), SendError> {
        let began: Timestamp = START
            .parse()
            .map_err(|_| SendError::NotSent("the world's start is no time".to_owned()))?;
        let ahead_s = ms_between(began, self.clock.now()) / 1_000;
        if self.ahead_s.swap(ahead_s, Ordering::SeqCst) != ahead_s {
            let told = self.server.clock_ahead(ahead_s).await;
            told.map_err(|error| SendError::NotSent(error.to_string()))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Transport for Route {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let operation = request.operation;
        self.keep_time().await?;
        self.gate.pass(&format!("call:{operation}:before")).await;
        let answer = self.out.send(request).await;
        self.gate.pass(&format!("call:{operation}:after")).await;
        answer
    }
}

/// A world, the server, and one login there.
pub struct NeutralWorld {
    /// The engine, its store and its clock.
    pub world: World,
    /// The server.
    pub server: Arc<Server>,
    /// The account on it.
    pub channel: ChannelId,
    /// The login.
    pub grant: GrantId,
    /// Who signed in.
    pub account: String,
}

impl NeutralWorld {
    /// A world in which `account` has signed in at `server`, proven and with nothing planned.
    ///
    /// # Errors
    /// When a part of it does not start, or the server refuses the sign-in.
    pub async fn start(under: Under, server: &Arc<Server>, account: &str) -> Result<Self> {
        stands_in();
        let mut world = World::new(under, 47).await?;
        server.clock_ahead(0).await?;
        world.cx.transport = Route::new(server, &world.clock, world.gate.clone());
        let row = app_row(&world, server)?;
        let (app, now) = (row.clone(), world.clock.now());
        let write = move |conn: &mut Conn<'_>| apps::insert(conn, &app, now);
        world.store().write("world.app", write).await?;
        let (channel, grant) = sign_in(&world, &row, account).await?;
        run::until_idle(&world.cx, 20).await?;
        server.forget_requests().await?;
        Ok(Self {
            world,
            server: server.clone(),
            channel,
            grant,
            account: account.to_owned(),
        })
    }

    /// Another engine over the same store, as a second node has it, with connections of its own.
    #[must_use]
    pub fn another_engine(&self) -> Cx {
        let world = &self.world;
        Cx {
            me: world.cx.ids().make(),
            flights: engine::Flights::default(),
            rounds: engine::Rounds::default(),
            transport: Route::new(&self.server, &world.clock, world.gate.clone()),
            ..world.cx.clone()
        }
    }

    /// Lets so much time go by, doing what is due.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn go_on(&self, millis: i64) -> Result<()> {
        let until = plus_ms(self.world.clock.now(), millis);
        self.world.run_until(until).await
    }
}

fn app_row(world: &World, server: &Server) -> Result<AppRow> {
    let id: AppId = world.cx.ids().make();
    let place = places::app_secret(None, id, 1);
    let secret = SECRET.into();
    let sealed = world.cx.vault.seal(
        Purpose::AppSecret,
        &place,
        &secret,
        world.cx.chance.as_ref(),
    )?;
    let app = App {
        id,
        owner: AppOwner::Installation,
        platform: NAME,
        flow: FLOW,
        client_id: CLIENT.to_owned(),
        redirect_uri: format!("{PUBLIC}/oauth/callback/neutral"),
        api_version: String::new(),
        scopes: Vec::new(),
        hosts: Hosts([("server".to_owned(), server.issuer.clone())].into()),
    };
    Ok(AppRow::new(app, Some(sealed.into_bytes()), None))
}

async fn sign_in(world: &World, app: &AppRow, account: &str) -> Result<(ChannelId, GrantId)> {
    let secrets = login::open_app(&world.cx.vault, app)?;
    let adapter = login::adapter(NAME)?;
    let call = login::call(&world.cx, app, &secrets);
    let ask = Ask {
        state: "state-of-a-test",
        hint: None,
        force: false,
        mends: None,
    };
    let begun = adapter.begin(&call, &ask).await?;
    let back = agree(&begun.url, account).await?;
    let callback = Callback {
        params: back.query_pairs().into_owned().collect(),
    };
    let signed_in = adapter.finish(&call, &begun.journey, &callback).await?;
    let mut accounts = adapter.accounts(&call, &signed_in.tokens).await?;
    let account = accounts.pop().context("an account")?;
    world.put_login(app.app.id, signed_in, account).await
}

/// Goes through the server's pages as a person would: signs in, agrees, and is sent back to us.
async fn agree(url: &str, account: &str) -> Result<url::Url> {
    let browser = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut at: url::Url = url.parse()?;
    let mut page = browser.get(at.clone()).send().await?;
    for _ in 0..10 {
        let onward = page.headers().get(reqwest::header::LOCATION);
        let Some(onward) = onward.and_then(|to| to.to_str().ok()) else {
            bail!("the server's pages led nowhere: {}", page.text().await?);
        };
        at = at.join(onward)?;
        if at.as_str().starts_with(PUBLIC) {
            return Ok(at);
        }
        page = if at.path().starts_with("/interaction/") {
            let asks = browser.get(at.clone()).send().await?.text().await?;
            let form: &[(&str, &str)] = if asks.contains("name=\"login\"") {
                &[("prompt", "login"), ("login", account)]
            } else {
                &[("prompt", "consent")]
            };
            browser.post(at.clone()).form(form).send().await?
        } else {
            browser.get(at.clone()).send().await?
        };
    }
    bail!("the server's pages went round and round")
}
