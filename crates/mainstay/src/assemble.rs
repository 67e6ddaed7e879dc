//! The one place where a served program is put together: what the engine and the web work with, the
//! reconcilers, and the door.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::chance::Chance;
use domain::clock::Clocks;
use domain::ids::{Id as _, IncarnationId};
use engine::run::{RealTimer, Running};
use engine::{Bounds, Cx, Nudges, StorePictures, Threads, Timer as _};
use media::DiskStore;
use platforms::call::Reach;
use platforms::http::{HyperTransport, TransportOptions};
use storage::EngineKind;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use web::{Demo, Parts, Web, WebSettings};

use crate::apps::Apps;
use crate::open::Opened;
use crate::proof::Proof;
use crate::rotation::{FOLLOW_MS, Keeper};
use crate::settings::Settings;
use crate::socket;
use crate::trouble::{Result, Trouble};

/// A program that is put together and does not run yet.
pub struct Assembly {
    /// What the engine works with.
    pub cx: Cx,
    /// What the pages work with.
    pub media: Arc<DiskStore>,
}

/// A program whose door is open and whose reconcilers do not run yet.
pub struct Door {
    /// What the pages work with.
    pub web: Web,
    /// Where it listens.
    pub address: SocketAddr,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: CancellationToken,
    stop_ms: i64,
}

/// A program that serves.
pub struct Served {
    /// Its door.
    pub door: Door,
    running: Running,
}

impl Assembly {
    /// Puts the engine's side together and brings the apps of the settings up to date.
    ///
    /// # Errors
    /// When the media folder or the database cannot be used.
    pub async fn new(
        settings: &Settings,
        opened: &Opened,
        clocks: Clocks,
        chance: Arc<dyn Chance>,
    ) -> Result<Self> {
        let media = Arc::new(DiskStore::new(&settings.data.join("media"))?);
        let public = settings.public_url.as_str().to_owned();
        let pictures = StorePictures::new(
            media.clone(),
            opened.vault.clone(),
            Some(public),
            clocks.security.clone(),
            Threads::Blocking,
        );
        let cx = Cx {
            store: opened.store.clone(),
            vault: opened.vault.clone(),
            transport: Arc::new(HyperTransport::new(TransportOptions::default())),
            pictures: Arc::new(pictures),
            nudges: Nudges::default(),
            flights: engine::Flights::default(),
            rounds: engine::Rounds::default(),
            timer: Arc::new(RealTimer),
            me: IncarnationId::new(clocks.security.now(), chance.as_ref()),
            reach: if settings.is_local() {
                Reach::LoopbackToo
            } else {
                Reach::PublicOnly
            },
            heard: Arc::default(),
            bounds: Bounds::default(),
            clocks,
            chance,
        };
        let apps = Apps {
            store: &cx.store,
            vault: &cx.vault,
            chance: &cx.chance,
            now: cx.now(),
        };
        for replaced in apps.bring_up_to_date(settings).await? {
            replaced.tell();
        }
        Ok(Self { cx, media })
    }

    /// Where nodes share a database: shows that this run lives, and takes up what others held that are gone.
    async fn prove(&self, settings: &Settings, stop: &CancellationToken) -> Result<()> {
        if self.cx.store.kind() == EngineKind::Sqlite {
            return Ok(());
        }
        if let Some(proof) = Proof::of(&settings.data, self.cx.me) {
            proof.take_up(&self.cx).await?;
            tokio::spawn(proof.keep_looking(self.cx.clone(), stop.clone()));
        }
        Ok(())
    }

    /// Takes up what an earlier run held and opens the door for pages, API and commands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_door(
        self,
        settings: &Settings,
        listener: TcpListener,
        demo: Option<Arc<dyn Demo>>,
        stage: Option<watch::Receiver<Stage>>,
    ) -> Result<Door> {
        engine::run::begin(&self.cx, crate::PROGRAM).await?;
        let stop = CancellationToken::new();
        self.prove(settings, &stop).await?;
        let keeper = Arc::new(keeper(&self.cx, settings));
        let kind = self.cx.store.kind();
        let web = Web::new(Parts {
            cx: self.cx,
            media: self.media,
            settings: WebSettings {
                public_url: settings.public_url.clone(),
                secure_cookies: settings.public_url.scheme() == "https",
                demo,
            },
        });
        let address = listener
            .local_addr()
            .map_err(|error| Trouble::plain(error.to_string()))?;
        let mut router = web::router(web.clone());
        if let Some(stage) = stage {
            router = router.layer(from_fn_with_state(stage, at_stage));
        }
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        let closing = stop.clone();
        let serving = tokio::spawn(
            axum::serve(listener, router)
                .with_graceful_shutdown(async move { closing.cancelled().await })
                .into_future(),
        );
        tokio::spawn(socket::serve(
            settings.data.clone(),
            keeper.clone(),
            stop.clone(),
        ));
        if kind == EngineKind::Postgres {
            tokio::spawn(follow(keeper, stop.clone()));
        }
        Ok(Door {
            web,
            address,
            serving,
            stop,
            stop_ms: settings.stop_ms,
        })
    }
}

impl Door {
    /// Starts the reconcilers.
    #[must_use]
    pub fn run(self) -> Served {
        let running = Running::start(self.web.cx.clone(), crate::PROGRAM);
        Served {
            door: self,
            running,
        }
    }
}

/// How far the demo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Only its platforms are let in, for the pictures; a browser waits.
    Furnishing,
    /// Everybody is let in.
    Open,
    /// It is to be furnished anew: a browser comes again, to the next one's door.
    Closing,
}

/// How long a browser is held before it comes again, in milliseconds: until the door has closed.
const AGAIN_MS: i64 = 400;

/// What the demo does with a request at its stage.
async fn at_stage(
    State(mut stage): State<watch::Receiver<Stage>>,
    request: Request,
    next: Next,
) -> Response {
    let pictures = media::PUBLIC_ROUTE.split('{').next().unwrap_or_default();
    let at = *stage.borrow();
    match at {
        Stage::Furnishing if !request.uri().path().starts_with(pictures) => {
            // Whoever furnishes has gone: then there is nothing to wait for.
            let _ = stage.wait_for(|stage| *stage != Stage::Furnishing).await;
        }
        Stage::Closing => {
            RealTimer.pause(AGAIN_MS).await;
            let to = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            return ([(header::CONNECTION, "close")], Redirect::to(to)).into_response();
        }
        Stage::Furnishing | Stage::Open => {}
    }
    next.run(request).await
}

/// What a rotation of keys works with.
#[must_use]
pub fn keeper(cx: &Cx, settings: &Settings) -> Keeper {
    Keeper {
        store: cx.store.clone(),
        vault: cx.vault.clone(),
        chance: cx.chance.clone(),
        clock: cx.clocks.security.clone(),
        source: settings.keys.clone(),
        me: cx.me,
        timer: cx.timer.clone(),
    }
}

/// Follows rotations that other nodes lead.
async fn follow(keeper: Arc<Keeper>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = keeper.follow().await {
            tracing::warn!(%error, "whether the keys are being rotated could not be read");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = RealTimer.pause(FOLLOW_MS) => {}
        }
    }
}

impl Served {
    /// Stops: no new requests, those under way and the steps of the reconcilers are finished, renewals
    /// above all. False where that took longer than the settings allow.
    pub async fn stop(mut self) -> bool {
        self.door.stop.cancel();
        let stop_ms = self.door.stop_ms;
        let serving = &mut self.door.serving;
        let door = async {
            tokio::select! {
                biased;
                _ = &mut *serving => true,
                // A browser may hold a connection open for as long as it likes.
                () = RealTimer.pause(stop_ms.min(5_000)) => false,
            }
        };
        let (door_closed, finished) = tokio::join!(door, self.running.stop(stop_ms));
        if !door_closed {
            self.door.serving.abort();
        }
        finished
    }

    /// Returns when the door closes by itself, which it never should.
    pub async fn door_fell(&mut self) -> Trouble {
        match (&mut self.door.serving).await {
            Ok(Err(error)) => Trouble::plain(format!("the server stopped: {error}")),
            _ => Trouble::plain("the server stopped"),
        }
    }
}
