//! Instagram's stand-in, for both login flows (sheet instagram.md): the Instagram dialog, its
//! tokens, and everything about accounts, containers and posts on either graph host.
//!
//! Operation names are the same on both hosts, [`OPERATIONS`]; the account of a call is the
//! professional account id.

pub(crate) mod access;
pub(crate) mod accounts;
pub(crate) mod authorize;
mod break_targets;
mod breaks;
mod ends;
pub(crate) mod errors;
pub(crate) mod fields;
mod furnish;
mod graph;
mod intake;
mod publish;
mod read;
pub(crate) mod scenario;
mod shelves;
mod showcase;
pub mod state;
pub(crate) mod tokens;
mod truth;

pub use authorize::WRONG_PASSWORD;
pub use breaks::{Break, ThrottleScheme};
pub use scenario::{
    FBL_SCOPES, IGL_SCOPES, NewAccount, NewApp, NewPage, NewPerson, NewPost, Picture,
};
pub use state::{AccessLevel, Flow, InstagramState, Settings};

pub(crate) use breaks::{break_it, mend_it};
pub(crate) use furnish::furnish;
pub(crate) use graph::{answer as graph_answer, segments};
pub(crate) use truth::{cards, truth};

use crate::call::Call;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{any, get, post};

/// Every operation of this platform, by name.
pub const OPERATIONS: &[&str] = &[
    "instagram.authorize",
    "instagram.login",
    "instagram.consent",
    "instagram.code",
    "instagram.exchange",
    "instagram.refresh",
    "instagram.me",
    "instagram.account",
    "instagram.publishing_limit",
    "instagram.media_create",
    "instagram.container_status",
    "instagram.media_publish",
    "instagram.media_list",
    "instagram.media_read",
    "instagram.children",
    "instagram.stories",
    "instagram.collaborative_media",
    "instagram.collaborators",
    "instagram.media_delete",
    "instagram.unknown",
];

pub(crate) fn router(sim: Simulator) -> Router {
    Router::new()
        .route(
            "/www.instagram.com/oauth/authorize",
            get(login_page).post(log_in),
        )
        .route("/www.instagram.com/oauth/authorize/", get(login_page))
        .route("/api.instagram.com/oauth/authorize", get(login_page))
        .route(
            "/www.instagram.com/oauth/consent",
            get(consent_page).post(consent),
        )
        .route("/www.instagram.com/p/{code}/", get(shown_post))
        .route("/www.instagram.com/reel/{code}/", get(shown_post))
        .route("/www.instagram.com/{username}/", get(shown_profile))
        .route("/api.instagram.com/oauth/access_token", post(code))
        .route("/graph.instagram.com/{*rest}", any(graph_host))
        .with_state(sim)
}

async fn login_page(State(sim): State<Simulator>, call: Call) -> Response {
    sim.operate(
        "instagram.authorize",
        |_, _| None,
        |state, _| authorize::login_page(&state.instagram, &call),
    )
}

async fn log_in(State(sim): State<Simulator>, call: Call) -> Response {
    sim.operate(
        "instagram.login",
        |_, _| None,
        |state, scene| authorize::log_in(state, scene, &call),
    )
}

async fn consent_page(State(sim): State<Simulator>, call: Call) -> Response {
    let ticket = call.filled("ticket").unwrap_or_default();
    let who = |state: &crate::state::State, _: &Scene<'_>| {
        state
            .instagram
            .tickets
            .get(&ticket)
            .map(|ticket| ticket.who.clone())
    };
    sim.operate("instagram.consent", who, |state, scene| {
        authorize::consent_page(&state.instagram, scene, &call)
    })
}

async fn consent(State(sim): State<Simulator>, call: Call) -> Response {
    let ticket = call.filled("ticket").unwrap_or_default();
    let who = |state: &crate::state::State, _: &Scene<'_>| {
        state
            .instagram
            .tickets
            .get(&ticket)
            .map(|ticket| ticket.who.clone())
    };
    sim.operate("instagram.consent", who, |state, scene| {
        authorize::consent(state, scene, &call)
    })
}

async fn code(State(sim): State<Simulator>, call: Call) -> Response {
    let given = call.filled("code").unwrap_or_default();
    let who = |state: &crate::state::State, _: &Scene<'_>| {
        state
            .instagram
            .codes
            .get(&given)
            .map(|code| code.who.clone())
    };
    sim.operate("instagram.code", who, |state, scene| {
        tokens::exchange_code(state, scene, &call)
    })
}

async fn shown_post(State(sim): State<Simulator>, Path(code): Path<String>) -> Reply {
    sim.look(|state, scene| showcase::post(&state.instagram, scene, &code))
}

async fn shown_profile(State(sim): State<Simulator>, Path(username): Path<String>) -> Reply {
    sim.look(|state, scene| showcase::profile(&state.instagram, scene, &username))
}

async fn graph_host(State(sim): State<Simulator>, call: Call) -> Response {
    graph::answer(&sim, Flow::Instagram, call, "/graph.instagram.com").await
}

impl Simulator {
    /// How Instagram behaves.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.look(|state, _| state.instagram.settings.clone())
    }

    /// Changes how Instagram behaves.
    pub fn set_settings(&self, settings: Settings) {
        self.change(|state, _| state.instagram.settings = settings);
    }
}
