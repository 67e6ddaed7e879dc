//! The session, the server and the profile. Operations `bluesky.get_session`,
//! `bluesky.describe_server`, `bluesky.get_profile`.

use super::blobs::UPLOAD_LIMIT;
use super::errors::XrpcError;
use super::guard::{has_scope, open, with_session};
use super::identity::document;
use super::post_rules::POSTS;
use super::state::Standing;
use crate::call::Call;
use crate::clock::iso_millis;
use crate::reply::Reply;
use crate::simulator::Simulator;
use axum::response::Response;
use serde_json::json;
use std::collections::BTreeMap;

pub(super) fn get_session(sim: &Simulator, call: &Call) -> Response {
    with_session(sim, "bluesky.get_session", call, |state, scene, session| {
        let account = state
            .bluesky
            .accounts
            .get(&session.did)
            .ok_or_else(XrpcError::internal)?;
        let mut body = json!({
            "did": account.did,
            "handle": account.handle,
            "didDoc": document(account, scene),
            "active": account.standing == Standing::Active,
        });
        if let Some(word) = account.standing.word() {
            body["status"] = json!(word);
        }
        if has_scope(session, "transition:email") {
            body["email"] = json!(format!("{}@example.com", account.handle.replace('.', "-")));
            body["emailConfirmed"] = json!(true);
        }
        Ok(Reply::ok(&body))
    })
}

pub(super) fn describe_server(sim: &Simulator, _call: &Call) -> Response {
    open(sim, "bluesky.describe_server", None, |_, scene| {
        let host = url::Url::parse(scene.origin)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        Ok(Reply::ok(&json!({
            "did": format!("did:web:{host}"),
            "availableUserDomains": [".bsky.social", ".test"],
            "inviteCodeRequired": false,
            "blobUploadLimit": UPLOAD_LIMIT,
            "links": {},
            "contact": {},
        })))
    })
}

pub(super) fn get_profile(sim: &Simulator, call: &Call) -> Response {
    let actor = call.filled("actor");
    open(
        sim,
        "bluesky.get_profile",
        actor.as_deref(),
        |state, scene| {
            let actor = actor.as_deref().ok_or_else(|| {
                XrpcError::invalid(
                    "Invalid app.bsky.actor.getProfile params: Missing required key \"actor\"",
                )
            })?;
            let account = state
                .bluesky
                .account(actor)
                .ok_or_else(|| XrpcError::invalid("Profile not found"))?;
            match account.standing {
                Standing::Active => {}
                Standing::Deleted => return Err(XrpcError::invalid("Profile not found")),
                Standing::Takendown => {
                    let why = "Account has been suspended";
                    return Err(XrpcError::bad("AccountTakedown", why));
                }
                Standing::Deactivated => {
                    let why = "Account is deactivated";
                    return Err(XrpcError::bad("AccountDeactivated", why));
                }
            }
            Ok(Reply::ok(&json!({
                "did": account.did,
                "handle": account.handle,
                "displayName": account.display_name,
                "avatar": format!("{}/media/drawn-{}-face", scene.origin, account.picture),
                "followersCount": account.followers,
                "followsCount": account.followers / 3,
                "postsCount": account.records.get(POSTS).map_or(0, BTreeMap::len),
                "createdAt": iso_millis(account.created_ms),
                "indexedAt": iso_millis(account.created_ms),
                "labels": [],
            })))
        },
    )
}
