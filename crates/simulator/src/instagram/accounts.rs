//! The account itself: `/me`, `/{id}`, the publishing limit.

use super::access::{Access, Need, reach};
use super::errors::{self, GraphError};
use super::fields::{self, Field};
use super::state::{Account, Flow, InstagramState};
use crate::call::Call;
use crate::clock::DAY;
use crate::simulator::Scene;
use serde_json::{Value, json};

/// What is chosen of `node` by the call's `fields`, or `standard` without them.
pub(crate) fn chosen(node: &Value, call: &Call, standard: &str) -> Result<Value, GraphError> {
    choose(&wanted(call, standard), |name| node.get(name).cloned())
}

/// The fields that a call asks for, or `standard`: for lists, which ask the same of each.
pub(crate) fn wanted(call: &Call, standard: &str) -> Vec<Field> {
    let text = call.filled("fields").unwrap_or_else(|| standard.to_owned());
    fields::parse(&text)
}

/// What is chosen of a node that makes its fields one by one.
pub(crate) fn choose(
    wanted: &[Field],
    known: impl Fn(&str) -> Option<Value>,
) -> Result<Value, GraphError> {
    fields::select_from(wanted, known).map_err(|name| errors::unknown_field(&name))
}

/// Address of a picture.
pub(crate) fn picture(scene: &Scene<'_>, id: &str) -> String {
    format!("{}/media/{id}", scene.origin)
}

/// An account with every field that the two hosts know.
pub(crate) fn node(
    state: &InstagramState,
    scene: &Scene<'_>,
    account: &Account,
    flow: Flow,
) -> Value {
    let posts = state.posts_of(&account.id);
    let mut node = json!({
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "profile_picture_url": picture(scene, &account.picture),
        "followers_count": account.followers,
        "follows_count": account.followers / 7,
        "media_count": posts,
        "biography": null,
        "website": null,
    });
    if flow == Flow::Instagram {
        node["id"] = json!(account.app_scoped_id);
        node["user_id"] = json!(account.id);
        node["account_type"] = json!(account.account_type);
    }
    node
}

/// `GET /me` of the Instagram flow and `GET /{ig}` of both.
pub(crate) fn read(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
) -> Result<Value, GraphError> {
    let account = reach(state, scene.now_ms, access, target, Need::Identify, "get")?;
    let node = node(state, scene, account, access.flow);
    let standard = if access.flow == Flow::Instagram {
        "user_id,username"
    } else {
        "id"
    };
    let answer = chosen(&node, call, standard)?;
    if target == "me" && state.settings.answers_in_data {
        Ok(json!({ "data": [answer] }))
    } else {
        Ok(answer)
    }
}

/// Posts published through the API in the last 24 hours.
pub(crate) fn quota_used(account: &Account, now_ms: i64) -> usize {
    account
        .published_at_ms
        .iter()
        .filter(|at| **at + DAY > now_ms)
        .count()
}

/// Posts allowed in 24 hours.
pub(crate) fn quota_total(state: &InstagramState, account: &Account, now_ms: i64) -> usize {
    if account.standing.quota_used {
        quota_used(account, now_ms)
    } else {
        usize::try_from(state.settings.quota_total).unwrap_or(usize::MAX)
    }
}

/// `GET /{ig}/content_publishing_limit` (§6.2).
pub(crate) fn publishing_limit(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
) -> Result<Value, GraphError> {
    let account = reach(state, scene.now_ms, access, target, Need::Publish, "get")?;
    let node = json!({
        "quota_usage": quota_used(account, scene.now_ms),
        "config": {"quota_total": quota_total(state, account, scene.now_ms), "quota_duration": DAY / 1000},
    });
    Ok(json!({ "data": [chosen(&node, call, "quota_usage")?] }))
}
