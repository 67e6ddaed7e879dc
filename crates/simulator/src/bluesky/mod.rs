//! Bluesky's stand-in: authorization server, PDS and PLC directory on one origin.
//!
//! All of it lies at the root: `/plc.directory/{did}`, `/.well-known/oauth-protected-resource`,
//! `/.well-known/oauth-authorization-server`, `/oauth/{par,authorize,token,revoke,jwks}` and
//! `/xrpc/{name}`. The issuer is the configured origin, under whatever name the machine was
//! reached. The public read interface answers under `/public.api.bsky.app/xrpc/{name}` as well.
//!
//! What it is strict about: pushed requests, PKCE S256, proofs of possession with nonces that
//! change every three minutes, single-use codes, refresh tokens without grace, record keys,
//! lexicon of posts, blobs. What it does not do: DNS, `did:web`, app passwords, the video
//! service, real repository trees. Fields of the pages: see `authorize.rs`.

mod actor;
mod authorize;
mod blobs;
mod breaks;
mod clients;
mod dpop;
mod errors;
mod furnish;
mod guard;
mod identity;
mod ids;
mod jose;
mod par;
mod post_rules;
mod repo_read;
mod repo_write;
mod state;
mod token;
mod truth;

pub use breaks::Break;
pub(crate) use breaks::{break_it, mend_it};
pub(crate) use furnish::{add_plain, furnish};
pub use state::{BlueskyState, EndedSession, Standing};
pub use truth::{AccountTruth, PostTruth, SessionTruth};
pub(crate) use truth::{cards, truth};

use crate::Simulator;
use crate::call::Call;
use axum::Router;
use axum::extract::{Path, State as Held};
use axum::response::Response;
use axum::routing::{any, get, post};
use errors::XrpcError;
use http::Method;

/// Every operation of this platform, by name.
pub const OPERATIONS: &[&str] = &[
    "bluesky.did_document",
    "bluesky.resolve_handle",
    "bluesky.resource_metadata",
    "bluesky.server_metadata",
    "bluesky.server_keys",
    "bluesky.par",
    "bluesky.authorize",
    "bluesky.sign_in",
    "bluesky.consent",
    "bluesky.token.code",
    "bluesky.token.refresh",
    "bluesky.token.other",
    "bluesky.revoke",
    "bluesky.get_session",
    "bluesky.describe_server",
    "bluesky.upload_blob",
    "bluesky.put_record",
    "bluesky.create_record",
    "bluesky.delete_record",
    "bluesky.get_record",
    "bluesky.list_records",
    "bluesky.get_blob",
    "bluesky.repo_status",
    "bluesky.get_profile",
    "bluesky.other",
];

/// The routes, at the root of the origin.
pub(crate) fn router(sim: Simulator) -> Router {
    Router::new()
        .route("/plc.directory/{did}", get(identity::did_document))
        .route(
            "/.well-known/oauth-protected-resource",
            get(identity::resource_metadata),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(identity::server_metadata),
        )
        .route("/oauth/jwks", get(identity::server_keys))
        .route("/oauth/par", post(par::par))
        .route("/oauth/authorize", get(authorize::open))
        .route("/oauth/authorize/sign-in", post(authorize::sign_in))
        .route("/oauth/authorize/consent", post(authorize::consent))
        .route("/oauth/token", post(token::token))
        .route("/oauth/revoke", post(token::revoke))
        .route("/xrpc/{name}", any(xrpc))
        .route("/public.api.bsky.app/xrpc/{name}", any(xrpc))
        .with_state(sim)
}

async fn xrpc(Held(sim): Held<Simulator>, Path(name): Path<String>, call: Call) -> Response {
    type Handler = fn(&Simulator, &Call) -> Response;
    let (method, handler): (Method, Handler) = match name.as_str() {
        "com.atproto.identity.resolveHandle" => (Method::GET, identity::resolve_handle),
        "com.atproto.server.getSession" => (Method::GET, actor::get_session),
        "com.atproto.server.describeServer" => (Method::GET, actor::describe_server),
        "com.atproto.repo.uploadBlob" => (Method::POST, blobs::upload_blob),
        "com.atproto.repo.putRecord" => (Method::POST, repo_write::put_record),
        "com.atproto.repo.createRecord" => (Method::POST, repo_write::create_record),
        "com.atproto.repo.deleteRecord" => (Method::POST, repo_write::delete_record),
        "com.atproto.repo.getRecord" => (Method::GET, repo_read::get_record),
        "com.atproto.repo.listRecords" => (Method::GET, repo_read::list_records),
        "com.atproto.sync.getBlob" => (Method::GET, blobs::get_blob),
        "com.atproto.sync.getRepoStatus" => (Method::GET, repo_read::repo_status),
        "app.bsky.actor.getProfile" => (Method::GET, actor::get_profile),
        _ => {
            return refuse(&sim, || {
                XrpcError::invalid(format!("No service configured for {name}"))
            });
        }
    };
    if call.method == method {
        handler(&sim, &call)
    } else {
        refuse(&sim, || {
            XrpcError::invalid(format!(
                "Incorrect HTTP method ({}) expected {method}",
                call.method
            ))
        })
    }
}

fn refuse(sim: &Simulator, error: impl Fn() -> XrpcError) -> Response {
    guard::open(sim, "bluesky.other", None, |_, _| Err(error()))
}
