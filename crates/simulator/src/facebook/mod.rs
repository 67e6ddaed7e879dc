//! Facebook's half of the second login flow (sheet facebook.md §3–§5): dialog, tokens, Pages.
//! What follows on `graph.facebook.com` about Instagram accounts is in [`crate::instagram`].
//!
//! The account of a call is the person's id.

mod accounts;
mod authorize;
pub mod state;
mod tokens;

pub(crate) use state::come_due;

use crate::call::Call;
use crate::instagram::access::{enter, token_of};
use crate::instagram::errors::GraphError;
use crate::instagram::{Flow, graph_answer, segments};
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State as Everything;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{Method, StatusCode};
use serde_json::Value;

/// Every operation of this platform, by name.
pub const OPERATIONS: &[&str] = &[
    "facebook.authorize",
    "facebook.login",
    "facebook.consent",
    "facebook.code",
    "facebook.exchange",
    "facebook.app_token",
    "facebook.debug_token",
    "facebook.me",
    "facebook.accounts",
    "facebook.businesses",
    "facebook.page",
    "facebook.permissions",
    "facebook.permissions_delete",
];

const HOST: &str = "/graph.facebook.com";

pub(crate) fn router(sim: Simulator) -> Router {
    Router::new()
        .route(
            "/www.facebook.com/dialog/oauth",
            get(login_page).post(log_in),
        )
        .route(
            "/www.facebook.com/{version}/dialog/oauth",
            get(login_page).post(log_in),
        )
        .route(
            "/www.facebook.com/dialog/consent",
            get(consent_page).post(consent),
        )
        .route("/graph.facebook.com/{*rest}", any(graph_host))
        .with_state(sim)
}

async fn login_page(State(sim): State<Simulator>, call: Call) -> Response {
    sim.operate(
        "facebook.authorize",
        |_, _| None,
        |state, _| authorize::login_page(&state.instagram, &call),
    )
}

async fn log_in(State(sim): State<Simulator>, call: Call) -> Response {
    sim.operate(
        "facebook.login",
        |_, _| None,
        |state, scene| authorize::log_in(state, scene, &call),
    )
}

async fn consent_page(State(sim): State<Simulator>, call: Call) -> Response {
    let who = |state: &Everything, _: &Scene<'_>| ticket_holder(state, &call);
    sim.operate("facebook.consent", who, |state, scene| {
        authorize::consent_page(&state.instagram, scene, &call)
    })
}

async fn consent(State(sim): State<Simulator>, call: Call) -> Response {
    let who = |state: &Everything, _: &Scene<'_>| ticket_holder(state, &call);
    sim.operate("facebook.consent", who, |state, scene| {
        authorize::consent(state, scene, &call)
    })
}

fn ticket_holder(state: &Everything, call: &Call) -> Option<String> {
    state
        .instagram
        .tickets
        .get(&call.filled("ticket")?)
        .map(|ticket| ticket.who.clone())
}

/// The operation of a call about people and Pages; none for everything else.
fn route(state: &Everything, call: &Call, parts: &[&str]) -> Option<&'static str> {
    let known = |id: &str| state.instagram.persons.contains_key(id) || id == "me";
    match (&call.method, parts) {
        (_, ["oauth", "access_token"]) => Some(match call.filled("grant_type").as_deref() {
            Some("fb_exchange_token") => "facebook.exchange",
            Some("client_credentials") => "facebook.app_token",
            _ => "facebook.code",
        }),
        (&Method::GET, ["debug_token"]) => Some("facebook.debug_token"),
        (&Method::GET, [id]) if known(id) => Some("facebook.me"),
        (&Method::GET, [id, "accounts"]) if known(id) => Some("facebook.accounts"),
        (&Method::GET, [id, "businesses"]) if known(id) => Some("facebook.businesses"),
        (&Method::GET, [id, "permissions"]) if known(id) => Some("facebook.permissions"),
        (&Method::DELETE, [id, "permissions"] | [id, "permissions", _]) if known(id) => {
            Some("facebook.permissions_delete")
        }
        (&Method::GET, [id]) if state.instagram.pages.contains_key(*id) => Some("facebook.page"),
        _ => None,
    }
}

/// Does an operation of [`route`].
fn work(
    state: &mut Everything,
    scene: &Scene<'_>,
    call: &Call,
    operation: &str,
    version: Option<&str>,
    parts: &[&str],
) -> Result<Value, GraphError> {
    match operation {
        "facebook.exchange" => return tokens::exchange(state, scene, call),
        "facebook.app_token" => return tokens::app_token(&state.instagram, call),
        "facebook.code" => return tokens::exchange_code(state, scene, call),
        "facebook.debug_token" => return tokens::inspect(&state.instagram, scene, call),
        _ => {}
    }
    let access = enter(
        &state.instagram,
        scene.now_ms,
        call,
        Flow::Facebook,
        version,
    )?;
    match operation {
        "facebook.me" => accounts::me(&state.instagram, scene, &access, call),
        "facebook.accounts" => accounts::pages(state, scene, &access, call),
        // Nobody here holds a Page through a business portfolio.
        "facebook.businesses" => Ok(serde_json::json!({"data": []})),
        "facebook.permissions" => accounts::permissions(&state.instagram, &access),
        "facebook.permissions_delete" => {
            accounts::give_up(state, scene.now_ms, &access, parts.get(2).copied())
        }
        _ => accounts::page(
            state,
            scene,
            &access,
            call,
            parts.first().copied().unwrap_or_default(),
        ),
    }
}

/// The person a call is about: behind its token, or behind the code or token it exchanges.
fn person_of(state: &Everything, call: &Call) -> Option<String> {
    let instagram = &state.instagram;
    let token = |text: Option<String>| instagram.tokens.get(&text?).map(|token| token.who.clone());
    let code = || {
        instagram
            .codes
            .get(&call.filled("code")?)
            .map(|code| code.who.clone())
    };
    token(call.filled("fb_exchange_token"))
        .or_else(|| token(call.filled("input_token")))
        .or_else(code)
        .or_else(|| token(token_of(call)))
}

async fn graph_host(State(sim): State<Simulator>, call: Call) -> Response {
    let (version, parts) = segments(&call.path, HOST);
    let Some(operation) = sim.look(|state, _| route(state, &call, &parts)) else {
        return graph_answer(&sim, Flow::Facebook, call, HOST).await;
    };
    if parts == ["oauth", "access_token"] && !matches!(call.method, Method::GET | Method::POST) {
        return Reply::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain; charset=utf-8",
            "",
        )
        .into_response();
    }
    sim.operate(
        operation,
        |state, _| person_of(state, &call),
        |state, scene| match work(state, scene, &call, operation, version, &parts) {
            Ok(value) => Reply::ok(&value),
            Err(error) => error.reply(&mut state.chance),
        },
    )
}
