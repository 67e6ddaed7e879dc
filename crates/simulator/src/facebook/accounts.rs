//! People, their permissions, and the Pages they granted (sheet facebook.md §5).

use crate::call::Call;
use crate::instagram::Flow;
use crate::instagram::access::{Access, grant_behind};
use crate::instagram::accounts::{chosen, node as account_node, picture};
use crate::instagram::errors::{self, GraphError};
use crate::instagram::state::{InstagramState, Page, TokenKind, grant_key};
use crate::instagram::tokens::issue;
use crate::simulator::Scene;
use crate::state::State;
use serde_json::{Value, json};

const STANDARD_LIMIT: usize = 25;

fn picture_node(scene: &Scene<'_>, id: &str) -> Value {
    json!({"data": {"url": picture(scene, id), "width": 240, "height": 240, "is_silhouette": false}})
}

/// `GET /me`: the person, or the Page of a Page token.
pub(super) fn me(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
) -> Result<Value, GraphError> {
    let node = match &access.token.kind {
        TokenKind::Page { page, .. } => state.pages.get(page).map(|page| json!({"id": page.id, "name": page.name, "picture": picture_node(scene, &page.picture)})),
        _ => state.persons.get(&access.token.who).map(|person| json!({"id": person.id, "name": person.name, "picture": picture_node(scene, &person.picture)})),
    };
    chosen(
        &node.ok_or_else(|| errors::unseen("me", "get"))?,
        call,
        "id,name",
    )
}

/// `GET /me/accounts`: Pages that were ticked and on which the person has a role.
pub(super) fn pages(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
) -> Result<Value, GraphError> {
    if matches!(access.token.kind, TokenKind::Page { .. }) {
        return Err(errors::error(
            190,
            Some(2_069_032),
            "User access token is required for this call.",
        ));
    }
    let granted: Vec<Page> = {
        let instagram = &state.instagram;
        let grant = grant_behind(instagram, &access.token).ok_or_else(errors::app_removed)?;
        let listed = grant.permissions.contains("pages_show_list");
        instagram
            .pages
            .values()
            .filter(|page| {
                listed
                    && grant.pages.contains(&page.id)
                    && !page.standing.deleted
                    && page.tasks.contains_key(&access.token.who)
            })
            .cloned()
            .collect()
    };
    let limit = call
        .filled("limit")
        .and_then(|value| value.parse().ok())
        .unwrap_or(STANDARD_LIMIT)
        .clamp(1, 100);
    let from = match call.filled("after") {
        Some(after) => granted
            .iter()
            .position(|page| page.id == after)
            .map_or(0, |place| place + 1),
        None => 0,
    };
    let to = (from + limit).min(granted.len());
    let mut data = Vec::new();
    for page in &granted[from..to] {
        let node = page_node(state, scene, access, page)?;
        data.push(chosen(&node, call, "access_token,id,name,tasks")?);
    }
    let mut answer = json!({ "data": data });
    if let (Some(first), Some(last)) = (granted.get(from), granted.get(to.wrapping_sub(1))) {
        answer["paging"] = json!({"cursors": {"before": first.id, "after": last.id}});
        if to < granted.len() {
            let kept = call
                .query
                .iter()
                .filter(|(key, _)| key != "after")
                .map(|(key, value)| (key.as_str(), value.as_str()));
            let query: Vec<(&str, &str)> = kept.chain([("after", last.id.as_str())]).collect();
            let query = serde_urlencoded::to_string(query).unwrap_or_default();
            answer["paging"]["next"] = json!(format!("{}{}?{query}", scene.origin, call.path));
        }
    }
    Ok(answer)
}

/// `GET /{page}`; its token only for who granted the Page and has a role on it.
pub(super) fn page(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let page = state
        .instagram
        .pages
        .get(id)
        .filter(|page| !page.standing.deleted)
        .cloned()
        .ok_or_else(|| errors::unseen(id, "get"))?;
    let own = matches!(access.token.kind, TokenKind::Page { .. });
    if own && page.standing.unpublished {
        return Err(errors::unseen(id, "get"));
    }
    let grant = grant_behind(&state.instagram, &access.token).ok_or_else(errors::app_removed)?;
    if !grant.pages.contains(id) || !grant.permissions.contains("pages_show_list") {
        return Err(errors::unseen(id, "get"));
    }
    let node = page_node(state, scene, access, &page)?;
    chosen(&node, call, "id,name")
}

fn page_node(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    page: &Page,
) -> Result<Value, GraphError> {
    let who = &access.token.who;
    let token = if page.tasks.contains_key(who) {
        Some(page_token(state, scene.now_ms, access, &page.id)?)
    } else {
        None
    };
    let instagram = &state.instagram;
    let grant = grant_behind(instagram, &access.token).ok_or_else(errors::app_removed)?;
    let linked = page
        .instagram
        .as_ref()
        .filter(|id| grant.accounts.contains(*id) && grant.permissions.contains("instagram_basic"));
    let linked = linked
        .and_then(|id| instagram.accounts.get(id))
        .filter(|account| !account.standing.deleted && !account.standing.personal);
    let linked = linked.map(|account| account_node(instagram, scene, account, Flow::Facebook));
    let username = page
        .name
        .to_lowercase()
        .replace(|letter: char| !letter.is_ascii_alphanumeric(), "");
    Ok(json!({
        "id": page.id,
        "name": page.name,
        "username": username,
        "link": format!("https://www.facebook.com/{username}"),
        "category": "Local business",
        "access_token": token,
        "tasks": page.tasks.get(who),
        "picture": picture_node(scene, &page.picture),
        "is_published": !page.standing.unpublished,
        "has_transitioned_to_new_page_experience": true,
        "instagram_business_account": linked,
        "connected_instagram_account": linked,
    }))
}

/// The Page token that belongs to a user token: always the same one; without an end if the user
/// token is a long one, with its end if it is a short one (§4.1).
fn page_token(
    state: &mut State,
    now_ms: i64,
    access: &Access,
    page: &str,
) -> Result<String, GraphError> {
    if matches!(access.token.kind, TokenKind::Page { .. }) {
        return Ok(access.text.clone());
    }
    let kind = TokenKind::Page {
        page: page.to_owned(),
        from: access.text.clone(),
    };
    let known = state
        .instagram
        .tokens
        .of(&access.token.who)
        .find(|(_, token)| {
            token.kind == kind && token.ended.is_none() && token.password == access.token.password
        });
    if let Some((text, _)) = known {
        return Ok(text.clone());
    }
    let end = if access.token.kind == TokenKind::UserLong {
        None
    } else {
        access.token.expires_at_ms
    };
    issue(
        state,
        now_ms,
        &access.token.app,
        &access.token.who,
        kind,
        end,
    )
    .ok_or_else(errors::app_removed)
}

/// `GET /me/permissions`.
pub(super) fn permissions(state: &InstagramState, access: &Access) -> Result<Value, GraphError> {
    let grant = grant_behind(state, &access.token).ok_or_else(errors::app_removed)?;
    let granted = grant
        .permissions
        .iter()
        .map(|name| json!({"permission": name, "status": "granted"}));
    let declined = grant
        .declined
        .iter()
        .map(|name| json!({"permission": name, "status": "declined"}));
    Ok(json!({"data": granted.chain(declined).collect::<Vec<_>>()}))
}

/// `DELETE /me/permissions[/{name}]`: gives up one permission, or removes the app.
pub(super) fn give_up(
    state: &mut State,
    now_ms: i64,
    access: &Access,
    name: Option<&str>,
) -> Result<Value, GraphError> {
    let key = grant_key(&access.token.app, &access.token.who);
    match name {
        None => {
            if state.instagram.grants.remove(&key).is_some() {
                let facts = &mut state.facts;
                facts.ended(
                    "facebook",
                    &access.token.who,
                    None,
                    "removed_by_client",
                    now_ms,
                );
            }
        }
        Some(name) => {
            let grant = state
                .instagram
                .grants
                .get_mut(&key)
                .ok_or_else(errors::app_removed)?;
            if !grant.permissions.remove(name) {
                return Err(errors::parameter(format!(
                    "(#100) The permission {name} was not granted"
                )));
            }
            grant.declined.insert(name.to_owned());
            let facts = &mut state.facts;
            facts.ended(
                "facebook",
                &access.token.who,
                None,
                "permission_revoked",
                now_ms,
            );
        }
    }
    Ok(json!({"success": true}))
}
