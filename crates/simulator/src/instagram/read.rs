//! Reading posts back (sheet §8): only the creator's `/media` lists a collab post.

use super::access::{Access, Need, page_token_sees, reach};
use super::accounts::{choose, chosen, picture, wanted};
use super::errors::{self, GraphError};
use super::shelves::SHARED;
use super::state::{Account, Collaborator, Flow, Form, InstagramState, Post};
use crate::call::Call;
use crate::clock::{DAY, iso_graph};
use crate::reply::object;
use crate::simulator::Scene;
use crate::state::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const STANDARD_LIMIT: usize = 25;
const HIGHEST_LIMIT: usize = 100;

/// Which list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// `/media`: what the account created, stories aside.
    Media,
    /// `/stories`: its stories of the last 24 hours.
    Stories,
    /// `/collaborative_media`: others' posts on which it is a collaborator.
    Collaborative,
}

/// One field of a post; `reader` is the account that asks. Nothing for an unknown field.
fn field(scene: &Scene<'_>, id: &str, post: &Post, reader: &Account, name: &str) -> Option<Value> {
    let (media_type, product) = match post.form {
        Form::Image => ("IMAGE", "FEED"),
        Form::Video => ("VIDEO", "REELS"),
        Form::Carousel => ("CAROUSEL_ALBUM", "FEED"),
        Form::Story => ("IMAGE", "STORY"),
    };
    let url = |index: usize| post.media.get(index).map(|id| picture(scene, id));
    Some(match name {
        "id" => json!(id),
        "caption" if post.caption.is_empty() => Value::Null,
        "caption" => json!(post.caption),
        "alt_text" => json!(post.alt_text),
        "media_type" => json!(media_type),
        "media_product_type" => json!(product),
        "media_url" => json!(url(0)),
        "thumbnail_url" if post.form == Form::Video => json!(url(0)),
        "thumbnail_url" => Value::Null,
        "permalink" => json!(format!("{}{}", scene.origin, super::showcase::path(post))),
        "shortcode" => json!(post.shortcode),
        "timestamp" => json!(iso_graph(post.at_ms)),
        "username" => json!(post.owner_username),
        "owner" if post.owner == reader.id => {
            json!({"id": post.owner, "username": post.owner_username})
        }
        "owner" => Value::Null,
        "is_shared_to_feed" => json!(post.form != Form::Story),
        "like_count" => json!(post.likes),
        "comments_count" => json!(post.comments),
        "children" => children_of(scene, post),
        _ => return None,
    })
}

/// The items of a carousel; `null` for everything else.
fn children_of(scene: &Scene<'_>, post: &Post) -> Value {
    if post.children.is_empty() {
        return Value::Null;
    }
    let url = |index: usize| post.media.get(index).map(|id| picture(scene, id));
    let kind = |index: usize| {
        if post.videos.get(index) == Some(&true) {
            "VIDEO"
        } else {
            "IMAGE"
        }
    };
    let children: Vec<Value> = post
        .children
        .iter()
        .enumerate()
        .map(|(index, id)| json!({"id": id, "media_type": kind(index), "media_url": url(index), "thumbnail_url": null, "timestamp": iso_graph(post.at_ms)}))
        .collect();
    json!({ "data": children })
}

fn is_collaborator(post: &Post, account: &Account) -> bool {
    post.collaborators.iter().any(|one| {
        one.status == "Accepted" && (one.id == account.id || one.username == account.username)
    })
}

fn listed(post: &Post, account: &Account, list: List, scene: &Scene<'_>) -> bool {
    let visible = !post.deleted
        && post.visible_at_ms <= scene.now_ms
        && post.at_ms + scene.lag_ms <= scene.now_ms;
    visible
        && match list {
            List::Media => post.owner == account.id && post.form != Form::Story,
            List::Stories => {
                post.owner == account.id
                    && post.form == Form::Story
                    && post.at_ms + DAY > scene.now_ms
            }
            List::Collaborative => post.owner != account.id && is_collaborator(post, account),
        }
}

/// `GET /{ig}/media`, `/stories`, `/collaborative_media`: newest first, with cursors.
pub(crate) fn list(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
    list: List,
) -> Result<Value, GraphError> {
    let account = reach(state, scene.now_ms, access, target, Need::Read, "get")?;
    let seconds = |name: &str| {
        call.filled(name)
            .and_then(|value| value.parse::<i64>().ok())
            .map(|value| value.saturating_mul(1000))
    };
    let (since, until) = (seconds("since"), seconds("until"));
    let shelf = match list {
        List::Media | List::Stories => account.id.as_str(),
        List::Collaborative => SHARED,
    };
    let asked = |post: &Post| {
        listed(post, account, list, scene)
            && since.is_none_or(|since| post.at_ms >= since)
            && until.is_none_or(|until| post.at_ms <= until)
    };
    // Newest first, and no further than the page goes.
    let between = |from: (i64, &str), to: (i64, &str)| {
        let from = from.max((since.unwrap_or(i64::MIN), ""));
        let found = state.posts.between(shelf, from, to);
        found.filter(|(_, post)| asked(post))
    };
    let limit = call
        .filled("limit")
        .and_then(|value| value.parse().ok())
        .unwrap_or(STANDARD_LIMIT)
        .clamp(1, HIGHEST_LIMIT);
    let (oldest, newest) = ((i64::MIN, ""), (i64::MAX, ""));
    let place = |cursor: String| {
        let id = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default();
        let post = state.posts.get(&id).filter(|post| asked(post));
        post.map(|post| (post.at_ms, id)).ok_or_else(bad_cursor)
    };
    let shown: Vec<(&String, &Post)> = if let Some(cursor) = call.filled("after") {
        let (at_ms, id) = place(cursor)?;
        between(oldest, (at_ms, &id)).rev().take(limit).collect()
    } else if let Some(cursor) = call.filled("before") {
        let (at_ms, id) = place(cursor)?;
        let newer = between((at_ms, &id), newest).skip(1).take(limit);
        let mut newer: Vec<_> = newer.collect();
        newer.reverse();
        newer
    } else {
        between(oldest, newest).rev().take(limit).collect()
    };
    let (first, last) = (shown.first(), shown.last());
    let earlier =
        first.is_some_and(|(id, post)| between((post.at_ms, id), newest).nth(1).is_some());
    let later =
        last.is_some_and(|(id, post)| between(oldest, (post.at_ms, id)).next_back().is_some());
    let fields = wanted(call, "id");
    let data: Result<Vec<Value>, GraphError> = shown
        .iter()
        .map(|(id, post)| choose(&fields, |name| field(scene, id, post, account, name)))
        .collect();
    Ok(paged(
        scene,
        call,
        data?,
        first.map(|(id, _)| id.as_str()),
        last.map(|(id, _)| id.as_str()),
        earlier,
        later,
    ))
}

fn bad_cursor() -> GraphError {
    errors::parameter("(#100) Invalid cursors values")
}

fn paged(
    scene: &Scene<'_>,
    call: &Call,
    data: Vec<Value>,
    first: Option<&str>,
    last: Option<&str>,
    earlier: bool,
    later: bool,
) -> Value {
    let (Some(first), Some(last)) = (first, last) else {
        return json!({ "data": data });
    };
    let (before, after) = (URL_SAFE_NO_PAD.encode(first), URL_SAFE_NO_PAD.encode(last));
    let mut paging = json!({"cursors": {"before": before, "after": after}});
    let address = |name: &str, cursor: &str| {
        let kept = call
            .query
            .iter()
            .filter(|(key, _)| key != "after" && key != "before")
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let query: Vec<(&str, &str)> = kept.chain([(name, cursor)]).collect();
        format!(
            "{}{}?{}",
            scene.origin,
            call.path,
            serde_urlencoded::to_string(query).unwrap_or_default()
        )
    };
    if later {
        paging["next"] = json!(address("after", &after));
    }
    if earlier {
        paging["previous"] = json!(address("before", &before));
    }
    object([("data", Value::Array(data)), ("paging", paging)])
}

/// The post of an id (or of one of its children), as far as this token may see it.
fn visible<'a>(
    state: &'a InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    id: &str,
    need: Need,
    method: &str,
) -> Result<(&'a Post, &'a Account), GraphError> {
    let gone = || errors::unseen(id, method);
    let post = state
        .posts
        .get(id)
        .filter(|post| !post.deleted)
        .ok_or_else(gone)?;
    let reader = match access.flow {
        Flow::Instagram => state.accounts.get(&access.token.who),
        Flow::Facebook => state.accounts.get(&post.owner).or_else(|| {
            state
                .accounts
                .values()
                .find(|account| is_collaborator(post, account))
        }),
    };
    let reader = reader
        .filter(|reader| post.owner == reader.id || is_collaborator(post, reader))
        .ok_or_else(gone)?;
    let reader = reach(state, scene.now_ms, access, &reader.id, need, method)?;
    page_token_sees(access, reader, id, method)?;
    Ok((post, reader))
}

/// `GET /{media}`.
pub(crate) fn read(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let (post, reader) = visible(state, scene, access, id, Need::Identify, "get")?;
    choose(&wanted(call, "id"), |name| {
        field(scene, id, post, reader, name)
    })
}

/// `GET /{media}/children`.
pub(crate) fn children(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let (post, _) = visible(state, scene, access, id, Need::Identify, "get")?;
    let items = children_of(scene, post)["data"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let data: Result<Vec<Value>, GraphError> =
        items.iter().map(|item| chosen(item, call, "id")).collect();
    Ok(json!({ "data": data? }))
}

/// `GET /{media}/collaborators` (Facebook flow, creator's token only).
pub(crate) fn collaborators(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let (post, reader) = visible(state, scene, access, id, Need::Read, "get")?;
    if post.owner != reader.id {
        return Err(errors::unseen(id, "get"));
    }
    let one = |it: &Collaborator| {
        chosen(
            &json!({"id": it.id, "username": it.username, "invite_status": it.status}),
            call,
            "id,username,invite_status",
        )
    };
    let data: Result<Vec<Value>, GraphError> = post.collaborators.iter().map(one).collect();
    Ok(json!({ "data": data? }))
}

/// `DELETE /{media}` (Facebook flow, `instagram_manage_contents`).
pub(crate) fn delete(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    id: &str,
) -> Result<Value, GraphError> {
    let (post, reader) = visible(&state.instagram, scene, access, id, Need::Delete, "delete")?;
    if post.owner != reader.id {
        return Err(errors::unseen(id, "delete"));
    }
    state.instagram.take_down(id);
    Ok(json!({"success": true}))
}
