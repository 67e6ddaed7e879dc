//! Facebook's stand-in: the dialog, tokens and roles of the second login flow to Instagram (sheet
//! facebook.md §3–§5), and Pages: publishing, scheduling, reading back (§6–§9). What is said on
//! `graph.facebook.com` about Instagram accounts is in [`crate::instagram`]; so are the people,
//! Pages and apps themselves, which both share.
//!
//! The account of a call is the Page's id where a Page is posted to or read, else the person's.
//! Not here: videos, reels, stories, insights, Pages held through a business portfolio.

mod accounts;
mod authorize;
mod breaks;
mod errors;
mod furnish;
mod intake;
mod pages;
mod publish;
mod read;
mod showcase;
pub mod state;
mod tokens;
mod truth;
mod usage;

pub(crate) use breaks::switch;
pub use furnish::NewPagePost;
pub(crate) use furnish::furnish;
pub(crate) use state::come_due;
pub(crate) use truth::{cards, truth};

use crate::call::Call;
use crate::instagram::access::{Access, enter, token_of};
use crate::instagram::errors::GraphError;
use crate::instagram::state::TokenKind;
use crate::instagram::{Flow, graph_answer, segments};
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State as Everything;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{Method, StatusCode};
use intake::Pulled;
use read::List;
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
    "facebook.feed_publish",
    "facebook.photo_upload",
    "facebook.post_change",
    "facebook.post_delete",
    "facebook.post_read",
    "facebook.comment",
    "facebook.comments",
    "facebook.feed",
    "facebook.published_posts",
    "facebook.scheduled_posts",
    "facebook.photo_read",
];

/// Those of them whose account is the Page.
const PAGE_WORK: &[&str] = &[
    "facebook.feed_publish",
    "facebook.photo_upload",
    "facebook.post_change",
    "facebook.post_delete",
    "facebook.post_read",
    "facebook.comment",
    "facebook.comments",
    "facebook.feed",
    "facebook.published_posts",
    "facebook.scheduled_posts",
    "facebook.photo_read",
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
        .route("/www.facebook.com/{page}", get(shown_page))
        .route("/www.facebook.com/{page}/posts/{post}", get(shown_post))
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

async fn shown_page(State(sim): State<Simulator>, Path(page): Path<String>) -> Reply {
    sim.settle_time();
    sim.look(|state, scene| showcase::page(state, scene, &page))
}

async fn shown_post(
    State(sim): State<Simulator>,
    Path((page, post)): Path<(String, String)>,
) -> Reply {
    sim.settle_time();
    sim.look(|state, scene| showcase::post(state, scene, &format!("{page}_{post}")))
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
        _ => page_route(state, call, parts),
    }
}

/// The operation of a call about a Page's posts, a post or a photo.
fn page_route(state: &Everything, call: &Call, parts: &[&str]) -> Option<&'static str> {
    let page = |id: &str| id == "me" || state.instagram.pages.contains_key(id);
    let post = |id: &str| state.facebook.posts.contains_key(id);
    match (&call.method, parts) {
        (&Method::POST, [id, "feed"]) if page(id) => Some("facebook.feed_publish"),
        (&Method::POST, [id, "photos"]) if page(id) => Some("facebook.photo_upload"),
        (&Method::GET, [id, "feed"]) if page(id) => Some("facebook.feed"),
        (&Method::GET, [id, "posts" | "published_posts"]) if page(id) => {
            Some("facebook.published_posts")
        }
        (&Method::GET, [id, "scheduled_posts"]) if page(id) => Some("facebook.scheduled_posts"),
        (&Method::GET, [id]) if post(id) => Some("facebook.post_read"),
        (&Method::POST, [id]) if post(id) => Some("facebook.post_change"),
        (&Method::DELETE, [id]) if post(id) => Some("facebook.post_delete"),
        (&Method::POST, [id, "comments"]) if post(id) => Some("facebook.comment"),
        (&Method::GET, [id, "comments"]) if post(id) => Some("facebook.comments"),
        (&Method::GET, [id]) if state.facebook.photos.contains_key(id) => {
            Some("facebook.photo_read")
        }
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
    pulled: &Pulled,
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
        _ => {
            let id = parts.first().copied().unwrap_or_default();
            page_work(state, scene, call, operation, &access, id, pulled)
        }
    }
}

/// Does an operation of [`page_route`], or reads a Page.
fn page_work(
    state: &mut Everything,
    scene: &Scene<'_>,
    call: &Call,
    operation: &str,
    access: &Access,
    id: &str,
    pulled: &Pulled,
) -> Result<Value, GraphError> {
    match operation {
        "facebook.feed_publish" => publish::feed(state, scene, access, call, id),
        "facebook.photo_upload" => publish::photos(state, scene, access, call, id, pulled),
        "facebook.post_change" => publish::change(state, scene, access, call, id),
        "facebook.post_delete" => publish::delete(state, scene, access, id),
        "facebook.comment" => publish::comment(state, scene, access, call, id),
        "facebook.comments" => read::comments(state, scene, access, call, id),
        "facebook.post_read" => read::post(state, scene, access, call, id),
        "facebook.photo_read" => read::photo(state, scene, access, call, id),
        "facebook.feed" => read::list(state, scene, access, call, id, List::Feed),
        "facebook.published_posts" => read::list(state, scene, access, call, id, List::Own),
        "facebook.scheduled_posts" => read::list(state, scene, access, call, id, List::Scheduled),
        _ => accounts::page(state, scene, access, call, id),
    }
}

/// Whose call it is: the Page's where a Page's posts are concerned, else the person's.
fn account_of(state: &Everything, call: &Call, operation: &str, id: &str) -> Option<String> {
    if !PAGE_WORK.contains(&operation) {
        return person_of(state, call);
    }
    let post = || state.facebook.posts.get(id).map(|post| post.page.clone());
    let photo = || {
        state
            .facebook
            .photos
            .get(id)
            .map(|photo| photo.page.clone())
    };
    let page = || state.instagram.pages.get(id).map(|page| page.id.clone());
    let token = || match &state.instagram.tokens.get(&token_of(call)?)?.kind {
        TokenKind::Page { page, .. } => Some(page.clone()),
        _ => None,
    };
    page().or_else(post).or_else(photo).or_else(token)
}

/// Pulls the photo of a call, once it is clear that it may be posted at all.
async fn pull(sim: &Simulator, call: &Call, version: Option<&str>, id: &str) -> Pulled {
    let address = call.filled("url")?;
    let allowed = sim.look(|state, scene| {
        let state = &state.instagram;
        let access = enter(state, scene.now_ms, call, Flow::Facebook, version).ok()?;
        let need = pages::Need::Manage;
        pages::reach(state, scene.now_ms, &access, id, need, "post").ok()?;
        Some(())
    });
    allowed?;
    Some(sim.fetcher().fetch(&address).await)
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
    let id = parts.first().copied().unwrap_or_default();
    let pulled = if operation == "facebook.photo_upload" {
        pull(&sim, &call, version, id).await
    } else {
        None
    };
    sim.operate(
        operation,
        |state, _| account_of(state, &call, operation, id),
        |state, scene| {
            let before = state.facts.mark();
            let result = work(state, scene, &call, operation, version, &parts, &pulled);
            let went_out = state.facts.has_posts_since(before);
            let reply = match result {
                Ok(value) => Reply::ok(&value),
                Err(error) => error.reply(&mut state.chance),
            };
            let reply = usage::with_headers(reply, state, scene, &call);
            if went_out { reply.publishing() } else { reply }
        },
    )
}
