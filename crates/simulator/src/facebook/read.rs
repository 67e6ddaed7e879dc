//! Reading Pages back (sheet facebook.md §8): posts, lists with cursors, comments, photos.

use super::pages::{Need, reach};
use super::publish::reached;
use super::state::{PagePost, Standing, planned};
use crate::call::Call;
use crate::clock::iso_graph;
use crate::instagram::access::{Access, grant_behind};
use crate::instagram::accounts::{choose, chosen, picture, wanted};
use crate::instagram::errors::{GraphError, parameter, unseen};
use crate::instagram::state::Page;
use crate::reply::object;
use crate::simulator::Scene;
use crate::state::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const STANDARD_LIMIT: usize = 25;
const HIGHEST_LIMIT: usize = 100;
/// What a list shows without `fields`.
const STANDARD: &str = "created_time,message,id";

/// Which list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// `/published_posts` and `/posts`: the Page's own.
    Own,
    /// `/feed`: visitors' too.
    Feed,
    /// `/scheduled_posts`.
    Scheduled,
}

/// Where everybody sees a post.
pub(super) fn permalink(scene: &Scene<'_>, id: &str) -> String {
    let (page, number) = id.split_once('_').unwrap_or(("", id));
    format!("{}/www.facebook.com/{page}/posts/{number}", scene.origin)
}

fn attachment(state: &State, scene: &Scene<'_>, photo: &str) -> Option<Value> {
    let found = state.facebook.photos.get(photo)?;
    let src = picture(scene, &found.media);
    let url = format!("{}/www.facebook.com/photo/{photo}", scene.origin);
    let mut shown = hanging("photo", "photo", &url);
    shown["media"] = json!({"image": {"src": src, "width": found.size.0, "height": found.size.1}});
    shown["target"] = json!({"id": photo, "url": url});
    shown["description"] = json!(found.alt_text);
    Some(shown)
}

/// What hangs on a post, with every field that such a thing has: one that is absent may be asked for.
fn hanging(media_type: &str, kind: &str, url: &str) -> Value {
    json!({
        "media_type": media_type, "type": kind, "url": url, "unshimmed_url": url, "title": null,
        "description": null, "media": null, "target": null, "subattachments": null,
    })
}

fn attachments(state: &State, scene: &Scene<'_>, post: &PagePost) -> Value {
    let photos: Vec<Value> = post
        .photos
        .iter()
        .filter_map(|id| attachment(state, scene, id))
        .collect();
    match (photos.as_slice(), &post.link) {
        ([], None) => Value::Null,
        ([], Some(link)) => {
            let mut shown = hanging("link", "share", link);
            shown["title"] = json!(link);
            json!({"data": [shown]})
        }
        ([one], _) => json!({"data": [one]}),
        (many, _) => {
            let mut album = many[0].clone();
            album["media_type"] = json!("album");
            album["type"] = json!("album");
            album["subattachments"] = json!({"data": many});
            json!({"data": [album]})
        }
    }
}

/// One field of a post; nothing for an unknown one.
fn field(state: &State, scene: &Scene<'_>, id: &str, post: &PagePost, name: &str) -> Option<Value> {
    Some(match name {
        "id" => json!(id),
        "message" if post.message.is_empty() => Value::Null,
        "message" => json!(post.message),
        "created_time" => json!(iso_graph(post.at_ms)),
        "updated_time" => json!(iso_graph(post.changed_ms.max(post.at_ms))),
        "permalink_url" => json!(permalink(scene, id)),
        "full_picture" => {
            let first = post.photos.first();
            let first = first.and_then(|photo| state.facebook.photos.get(photo));
            json!(first.map(|photo| picture(scene, &photo.media)))
        }
        "status_type" => json!(kind(post)),
        "is_published" => json!(post.standing == Standing::Published),
        "is_hidden" | "is_expired" => json!(false),
        "scheduled_publish_time" => match post.standing {
            Standing::Scheduled { publish_at_ms } => json!(publish_at_ms / 1_000),
            _ => Value::Null,
        },
        "from" => from(state, post),
        "application" => application(state, post),
        "attachments" => attachments(state, scene, post),
        "admin_creator" | "parent_id" | "story" | "shares" => Value::Null,
        _ => return None,
    })
}

const fn kind(post: &PagePost) -> &'static str {
    match (post.photos.is_empty(), &post.link, &post.visitor) {
        (_, _, Some(_)) => "wall_post",
        (false, _, _) => "added_photos",
        (true, Some(_), _) => "shared_story",
        (true, None, _) => "mobile_status_update",
    }
}

fn from(state: &State, post: &PagePost) -> Value {
    match &post.visitor {
        None => {
            let page = state.instagram.pages.get(&post.page);
            let name = page.map(|page| page.name.as_str()).unwrap_or_default();
            json!({"id": post.page, "name": name})
        }
        // People are not named to apps: no id.
        Some(visitor) => json!({ "name": visitor }),
    }
}

fn application(state: &State, post: &PagePost) -> Value {
    let Some(id) = &post.app else {
        return Value::Null;
    };
    let app = state.instagram.apps.get(id);
    json!({"id": id, "name": app.map(|app| app.name.as_str()).unwrap_or_default()})
}

/// `GET /{post}`.
pub(super) fn post(
    state: &State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let post = reached(state, scene, access, id, Need::Read, "get")?;
    choose(&wanted(call, STANDARD), |name| {
        field(state, scene, id, &post, name)
    })
}

/// `GET /{page}/published_posts`, `/posts`, `/feed`, `/scheduled_posts`: newest first.
pub(super) fn list(
    state: &State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
    list: List,
) -> Result<Value, GraphError> {
    let need = if list == List::Scheduled {
        Need::Manage
    } else {
        Need::Read
    };
    let page = reach(&state.instagram, scene.now_ms, access, target, need, "get")?;
    let grant = grant_behind(&state.instagram, &access.token);
    // Others' posts are for who was allowed to read them (§3).
    let visitors = grant.is_some_and(|grant| grant.permissions.contains("pages_read_user_content"));
    let limit = call
        .filled("limit")
        .and_then(|value| value.parse().ok())
        .unwrap_or(STANDARD_LIMIT)
        .clamp(1, HIGHEST_LIMIT);
    let shown = Shown::new(state, scene, call, page, list, visitors);
    let found = shown.page_of(call, limit)?;
    let fields = wanted(call, STANDARD);
    let data: Result<Vec<Value>, GraphError> = found
        .iter()
        .map(|(id, post)| choose(&fields, |name| field(state, scene, id, post, name)))
        .collect();
    Ok(shown.answer(scene, call, &found, data?))
}

/// A post with its id.
type Found<'a> = (&'a String, &'a PagePost);

/// What a list shows.
struct Shown<'a> {
    state: &'a State,
    name: String,
    since: Option<i64>,
    until: Option<i64>,
    list: List,
    visitors: bool,
    now_ms: i64,
    lag_ms: i64,
}

impl<'a> Shown<'a> {
    fn new(
        state: &'a State,
        scene: &Scene<'_>,
        call: &Call,
        page: &Page,
        list: List,
        visitors: bool,
    ) -> Self {
        let moment = |name: &str| {
            let text = call.filled(name)?;
            match text.parse::<i64>() {
                Ok(seconds) => Some(seconds.saturating_mul(1_000)),
                Err(_) => Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()),
            }
        };
        Self {
            state,
            name: match list {
                List::Scheduled => planned(&page.id),
                List::Own | List::Feed => page.id.clone(),
            },
            since: moment("since"),
            until: moment("until"),
            list,
            visitors,
            now_ms: scene.now_ms,
            lag_ms: scene.lag_ms,
        }
    }

    fn has(&self, post: &PagePost) -> bool {
        let kind = match self.list {
            List::Own => post.visitor.is_none(),
            List::Feed => post.visitor.is_none() || self.visitors,
            List::Scheduled => matches!(post.standing, Standing::Scheduled { .. }),
        };
        kind && post.visible_at_ms <= self.now_ms
            && post.at_ms + self.lag_ms <= self.now_ms
            && self.since.is_none_or(|since| post.at_ms >= since)
            && self.until.is_none_or(|until| post.at_ms <= until)
    }

    fn between(
        &self,
        from: (i64, &str),
        to: (i64, &str),
    ) -> impl DoubleEndedIterator<Item = Found<'a>> {
        let from = from.max((self.since.unwrap_or(i64::MIN), ""));
        let posts = &self.state.facebook.posts;
        posts
            .between(&self.name, from, to)
            .filter(|(_, post)| self.has(post))
    }

    fn place(&self, cursor: &str) -> Result<(i64, String), GraphError> {
        let id = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default();
        let post = self.state.facebook.posts.get(&id);
        post.filter(|post| self.has(post))
            .map(|post| (post.at_ms, id))
            .ok_or_else(|| parameter("(#100) Invalid cursors values"))
    }

    /// One page of it, newest first.
    fn page_of(&self, call: &Call, limit: usize) -> Result<Vec<Found<'a>>, GraphError> {
        let (oldest, newest) = ((i64::MIN, ""), (i64::MAX, ""));
        if let Some(cursor) = call.filled("after") {
            let (at_ms, id) = self.place(&cursor)?;
            let older = self.between(oldest, (at_ms, &id));
            Ok(older.rev().take(limit).collect())
        } else if let Some(cursor) = call.filled("before") {
            let (at_ms, id) = self.place(&cursor)?;
            let newer = self.between((at_ms, &id), newest).skip(1).take(limit);
            let mut newer: Vec<Found<'a>> = newer.collect();
            newer.reverse();
            Ok(newer)
        } else {
            Ok(self.between(oldest, newest).rev().take(limit).collect())
        }
    }

    fn answer(
        &self,
        scene: &Scene<'_>,
        call: &Call,
        found: &[Found<'_>],
        data: Vec<Value>,
    ) -> Value {
        let (Some((first, newer)), Some((last, older))) = (found.first(), found.last()) else {
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
            let query = serde_urlencoded::to_string(query).unwrap_or_default();
            format!("{}{}?{query}", scene.origin, call.path)
        };
        let end = (i64::MAX, "");
        if self.between((newer.at_ms, first), end).nth(1).is_some() {
            paging["previous"] = json!(address("before", &before));
        }
        let begin = (i64::MIN, "");
        if self
            .between(begin, (older.at_ms, last))
            .next_back()
            .is_some()
        {
            paging["next"] = json!(address("after", &after));
        }
        object([("data", Value::Array(data)), ("paging", paging)])
    }
}

/// `GET /{post}/comments`, oldest first.
pub(super) fn comments(
    state: &State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let post = reached(state, scene, access, id, Need::Read, "get")?;
    let name = state.instagram.pages.get(&post.page);
    let name = name.map(|page| page.name.as_str()).unwrap_or_default();
    let shown = post
        .comments
        .iter()
        .filter(|one| one.at_ms + scene.lag_ms <= scene.now_ms);
    let data: Result<Vec<Value>, GraphError> = shown
        .map(|one| {
            let node = json!({
                "id": one.id, "message": one.message, "created_time": iso_graph(one.at_ms),
                "from": {"id": post.page, "name": name},
            });
            chosen(&node, call, "created_time,from,message,id")
        })
        .collect();
    Ok(json!({ "data": data? }))
}

/// `GET /{photo}`; also one that no post shows yet.
pub(super) fn photo(
    state: &State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let photo = state.facebook.photos.get(id);
    let photo = photo.ok_or_else(|| unseen(id, "get"))?;
    let page = &photo.page;
    reach(
        &state.instagram,
        scene.now_ms,
        access,
        page,
        Need::Read,
        "get",
    )?;
    let src = picture(scene, &photo.media);
    let node = json!({
        "id": id, "created_time": iso_graph(photo.at_ms), "page_story_id": photo.post,
        "alt_text_custom": photo.alt_text, "picture": src,
        "images": [{"source": src, "width": photo.size.0, "height": photo.size.1}],
        "from": {"id": page},
    });
    chosen(&node, call, "created_time,id")
}
