//! The pages and the simulator of a [`TestApp`] behind two free ports, for a real browser. The browser is led there from
//! the addresses by which both know themselves, so links, redirects and the way back from a sign-in hold, and a person
//! can agree on the platform's own page. Which app stands behind them may change; the browser stays.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::extract::Request;
use tower::ServiceExt as _;

use crate::app::TestApp;
use crate::browser::Look;
use crate::sim::{ORIGIN, PUBLIC};

/// See the head of this file.
pub struct Front {
    pages: Door,
    platforms: Door,
}

impl Front {
    /// Two ports with nothing behind them yet.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn open() -> Result<Self> {
        Ok(Self {
            pages: Door::open().await?,
            platforms: Door::open().await?,
        })
    }

    /// A browser of this look comes here from [`PUBLIC`] and [`ORIGIN`].
    #[must_use]
    pub fn lead(&self, look: Look) -> Look {
        let bare = |url: &'static str| url.trim_start_matches("http://");
        look.host(bare(PUBLIC), self.pages.port)
            .host(bare(ORIGIN), self.platforms.port)
    }

    /// From now on this app answers.
    pub fn show(&self, app: &TestApp) {
        self.pages.show(web::router(app.web.clone()));
        self.platforms.show(app.sim.router());
    }
}

/// A port, and what answers there now.
struct Door {
    port: u16,
    behind: Arc<Mutex<Router>>,
}

impl Door {
    async fn open() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let behind: Arc<Mutex<Router>> = Arc::default();
        let asked = behind.clone();
        let pass = move |request: Request| {
            let now = asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
            now.oneshot(request)
        };
        let all = Router::new().fallback(pass);
        tokio::spawn(async move { axum::serve(listener, all).await });
        Ok(Self { port, behind })
    }

    fn show(&self, router: Router) {
        *self.behind.lock().unwrap_or_else(PoisonError::into_inner) = router;
    }
}
