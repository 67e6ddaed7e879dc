//! Publishing on Pages: posts, photos, comments, and what is scheduled (sheet facebook.md §6).

use super::errors;
use super::intake::{self, Pulled};
use super::pages::{Need, may_act, reach};
use super::state::{Comment, PagePost, Standing};
use crate::call::Call;
use crate::clock::{DAY, MINUTE};
use crate::instagram::access::Access;
use crate::instagram::errors::{GraphError, parameter, unseen};
use crate::instagram::state::Page;
use crate::simulator::Scene;
use crate::state::State;
use serde_json::{Value, json};

/// How long a photo without a post is kept; a temporary one goes earlier. The sheet gives no
/// number.
const PHOTO_KEPT: i64 = 30 * DAY;
const TEMPORARY_KEPT: i64 = DAY;

/// `POST /{page}/feed`.
pub(super) fn feed(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
) -> Result<Value, GraphError> {
    let page = manage(state, scene, access, target, "post")?;
    may_act(&page, scene.now_ms)?;
    let message = intake::message(call)?;
    let standing = intake::standing(call, scene.now_ms)?;
    let photos = intake::attached(call)?;
    let link = intake::link(call, &page)?;
    if message.trim().is_empty() && photos.is_empty() && link.is_none() {
        return Err(parameter(
            "(#100) The post is empty. Please enter a message to share.",
        ));
    }
    if link.is_some() && !photos.is_empty() {
        return Err(parameter(
            "(#100) attached_media cannot be used together with link",
        ));
    }
    intake::usable(state, &page.id, &photos)?;
    let id = go_out(
        state,
        scene,
        access,
        &page,
        Asked {
            message,
            link,
            photos,
            standing,
        },
    )?;
    Ok(json!({ "id": id }))
}

/// `POST /{page}/photos`.
pub(super) fn photos(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
    pulled: &Pulled,
) -> Result<Value, GraphError> {
    let page = manage(state, scene, access, target, "post")?;
    may_act(&page, scene.now_ms)?;
    let message = intake::message(call)?;
    let standing = intake::standing(call, scene.now_ms)?;
    let photo = intake::photo(state, scene, &page, call, pulled)?;
    forget_loose(state, scene, &page.id);
    let id = loop {
        let id = state.chance.digits("1220", 17);
        if !state.facebook.photos.contains_key(&id) {
            break id;
        }
    };
    // A photo that is neither shown nor scheduled is in no post.
    if standing == Standing::Unpublished {
        state.facebook.photos.insert(id.clone(), photo);
        return Ok(json!({ "id": id }));
    }
    state.facebook.photos.insert(id.clone(), photo);
    let asked = Asked {
        message,
        link: None,
        photos: vec![id.clone()],
        standing,
    };
    match go_out(state, scene, access, &page, asked) {
        Ok(post) => Ok(json!({"id": id, "post_id": post})),
        Err(error) => {
            state.facebook.photos.remove(&id);
            Err(error)
        }
    }
}

fn manage(
    state: &State,
    scene: &Scene<'_>,
    access: &Access,
    target: &str,
    method: &str,
) -> Result<Page, GraphError> {
    let page = reach(
        &state.instagram,
        scene.now_ms,
        access,
        target,
        Need::Manage,
        method,
    )?;
    Ok(page.clone())
}

/// Photos that no post took in time.
fn forget_loose(state: &mut State, scene: &Scene<'_>, page: &str) {
    let photos = &mut state.facebook.photos;
    let old: Vec<String> = photos
        .of(page)
        .take_while(|(_, photo)| photo.at_ms + TEMPORARY_KEPT <= scene.now_ms)
        .filter(|(_, photo)| {
            photo.post.is_none() && (photo.temporary || photo.at_ms + PHOTO_KEPT <= scene.now_ms)
        })
        .map(|(id, _)| id.clone())
        .collect();
    for id in old {
        photos.remove(&id);
    }
}

/// A post that passed its checks.
struct Asked {
    message: String,
    link: Option<String>,
    photos: Vec<String>,
    standing: Standing,
}

/// Puts a post on the Page, shown or not; its id.
fn go_out(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    page: &Page,
    asked: Asked,
) -> Result<String, GraphError> {
    let now_ms = scene.now_ms;
    if asked.standing == Standing::Published && twin(state, now_ms, page, &asked) {
        return Err(errors::duplicate());
    }
    let id = loop {
        let id = format!("{}_{}", page.id, state.chance.digits("1220", 17));
        if !state.facebook.posts.contains_key(&id) {
            break id;
        }
    };
    for photo in &asked.photos {
        if let Some(photo) = state.facebook.photos.get_mut(photo) {
            photo.post = Some(id.clone());
        }
    }
    let lag = lag(state);
    if asked.standing == Standing::Published {
        let facts = &mut state.facts;
        facts.went_out("facebook", &page.id, &id, &asked.message, now_ms);
    }
    let post = PagePost {
        page: page.id.clone(),
        visitor: None,
        message: asked.message,
        link: asked.link,
        photos: asked.photos,
        at_ms: now_ms,
        changed_ms: now_ms,
        visible_at_ms: now_ms + lag,
        standing: asked.standing,
        app: Some(access.token.app.clone()),
        comments: Vec::new(),
        furnished: false,
        unseen: false,
    };
    state.facebook.put(id.clone(), post);
    Ok(id)
}

/// How long lists hide a new post.
fn lag(state: &mut State) -> i64 {
    let most = u64::try_from(state.instagram.settings.list_lag_max_ms).unwrap_or(0);
    i64::try_from(state.chance.below(most.saturating_add(1))).unwrap_or(0)
}

/// Whether the Page shows the same already, as far as the settings let it look back.
fn twin(state: &State, now_ms: i64, page: &Page, asked: &Asked) -> bool {
    let minutes = state.instagram.settings.facebook_duplicate_minutes;
    if minutes <= 0 {
        return false;
    }
    let media = |photos: &[String]| -> Vec<String> {
        let found = photos.iter().filter_map(|id| state.facebook.photos.get(id));
        found.map(|photo| photo.media.clone()).collect()
    };
    let wanted = media(&asked.photos);
    let posts = &state.facebook.posts;
    let recent = posts.between(&page.id, (now_ms - minutes * MINUTE, ""), (i64::MAX, ""));
    let mut own = recent.filter(|(_, post)| post.visitor.is_none());
    own.any(|(_, post)| {
        post.message == asked.message && post.link == asked.link && media(&post.photos) == wanted
    })
}

/// The post of an id, as far as this token may do something to it.
pub(super) fn reached(
    state: &State,
    scene: &Scene<'_>,
    access: &Access,
    id: &str,
    need: Need,
    method: &str,
) -> Result<PagePost, GraphError> {
    let gone = || unseen(id, method);
    let post = state.facebook.posts.get(id).ok_or_else(gone)?;
    let page = &post.page;
    reach(&state.instagram, scene.now_ms, access, page, need, method)?;
    if post.standing == Standing::Deleted {
        return Err(gone());
    }
    Ok(post.clone())
}

/// `POST /{post}`: another text, another moment, or out with it (§6.2).
pub(super) fn change(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let post = reached(state, scene, access, id, Need::Manage, "post")?;
    if post.app.as_ref() != Some(&access.token.app) {
        return Err(errors::not_own());
    }
    let message = match call.filled("message") {
        Some(_) => Some(intake::message(call)?),
        None => None,
    };
    let out = call
        .filled("is_published")
        .is_some_and(|value| value == "true" || value == "1");
    let planned = call
        .filled("scheduled_publish_time")
        .map(|text| intake::planned_time(&text, scene.now_ms))
        .transpose()?;
    if (out || planned.is_some()) && post.standing == Standing::Published {
        return Err(parameter("(#100) The post is already published"));
    }
    let standing = match planned {
        _ if out => Standing::Published,
        Some(publish_at_ms) => Standing::Scheduled { publish_at_ms },
        None => post.standing,
    };
    let visible_at_ms = scene.now_ms + lag(state);
    let text = message.unwrap_or(post.message);
    if out {
        let facts = &mut state.facts;
        facts.went_out("facebook", &post.page, id, &text, scene.now_ms);
    }
    state.facebook.change(id, |post| {
        post.message = text;
        post.standing = standing;
        post.changed_ms = scene.now_ms;
        if out {
            post.at_ms = scene.now_ms;
            post.visible_at_ms = visible_at_ms;
        }
    });
    Ok(json!({"success": true}))
}

/// `DELETE /{post}`.
pub(super) fn delete(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    id: &str,
) -> Result<Value, GraphError> {
    reached(state, scene, access, id, Need::Manage, "delete")?;
    state
        .facebook
        .change(id, |post| post.standing = Standing::Deleted);
    Ok(json!({"success": true}))
}

/// `POST /{post}/comments`: the Page comments.
pub(super) fn comment(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let post = reached(state, scene, access, id, Need::Comment, "post")?;
    if let Some(page) = state.instagram.pages.get(&post.page) {
        may_act(page, scene.now_ms)?;
    }
    let message = intake::message(call)?;
    if message.trim().is_empty() {
        return Err(parameter("(#100) The parameter message is required"));
    }
    let number = id.split_once('_').map_or(id, |(_, number)| number);
    let comment = Comment {
        id: format!("{number}_{}", state.chance.digits("12", 16)),
        message,
        at_ms: scene.now_ms,
    };
    let answer = json!({"id": comment.id});
    state
        .facebook
        .change(id, |post| post.comments.push(comment));
    Ok(answer)
}
