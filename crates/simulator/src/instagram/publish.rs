//! Publishing: containers, their states, and the one publish that each allows (sheet §6).

use super::access::{Access, Need, page_token_sees, reach};
use super::accounts::{chosen, quota_total, quota_used};
use super::errors::{self, GraphError, publishing};
use super::intake;
use super::state::{Account, Container, Flow, Form, InstagramState, Post};
use crate::call::Call;
use crate::clock::DAY;
use crate::fetch::FetchError;
use crate::simulator::Scene;
use crate::state::{Counts, State};
use bytes::Bytes;
use serde_json::{Value, json};

/// Life of a container.
pub(crate) const CONTAINER_LIFE: i64 = DAY;
/// How long a container is known at all; the sheet does not say, clients that look back do so
/// within days.
const CONTAINER_KEPT: i64 = 30 * DAY;
/// Containers in a rolling day (§6.1).
const CONTAINERS_A_DAY: usize = 400;

/// What came of pulling the media of a call; none if it names none.
pub(crate) type Pulled = Option<Result<(String, Bytes), FetchError>>;

/// `POST /{ig}/media`.
pub(crate) fn create(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
    pulled: &Pulled,
) -> Result<Value, GraphError> {
    let now_ms = scene.now_ms;
    let account = reach(
        &state.instagram,
        now_ms,
        access,
        target,
        Need::Publish,
        "post",
    )?
    .clone();
    may_act(&account)?;
    if account
        .containers_at_ms
        .iter()
        .filter(|at| **at + DAY > now_ms)
        .count()
        >= CONTAINERS_A_DAY
    {
        return Err(quota());
    }
    let order = intake::read(&state.instagram, &account, access.flow, call, now_ms)?;
    let media = match order.form {
        Form::Carousel => None,
        _ => Some(intake::take(state, &account, &order, pulled)?),
    };
    let settings = &state.instagram.settings;
    let takes = if order.video {
        settings.video_ms
    } else {
        settings.container_ms
    };
    let ready_at_ms = order
        .children
        .iter()
        .filter_map(|id| state.instagram.containers.get(id))
        .map(|child| child.ready_at_ms)
        .max();
    let container = Container {
        account: account.id.clone(),
        flow: access.flow,
        form: order.form,
        item: order.item,
        caption: order.caption,
        alt_text: order.alt_text,
        collaborators: order.collaborators,
        children: order.children,
        media,
        at_ms: now_ms,
        ready_at_ms: (now_ms + takes).max(ready_at_ms.unwrap_or(0)),
        error: account.standing.container_error,
        post: None,
    };
    let id = fresh(state, "1790");
    let containers = &mut state.instagram.containers;
    containers.forget(&account.id, now_ms - CONTAINER_KEPT);
    containers.insert(id.clone(), container);
    if let Some(account) = state.instagram.accounts.get_mut(&account.id) {
        account.containers_at_ms.retain(|at| *at + DAY > now_ms);
        account.containers_at_ms.push(now_ms);
    }
    Ok(json!({ "id": id }))
}

/// An id that nothing else has.
pub(crate) fn fresh(state: &mut State, prefix: &str) -> String {
    loop {
        let id = state.chance.digits(prefix, 17);
        let instagram = &state.instagram;
        if !instagram.containers.contains_key(&id) && !instagram.posts.contains_key(&id) {
            return id;
        }
    }
}

/// Troubles of the account that stop publishing but leave the token alive (§9.2).
fn may_act(account: &Account) -> Result<(), GraphError> {
    if account.standing.restricted || account.standing.checkpoint {
        return Err(publishing(
            25,
            2_207_050,
            "The Instagram account is restricted.",
            "Account restricted",
            "The Instagram professional account is inactive, checkpointed or restricted. Sign in to the Instagram app and complete what it asks for.",
        ));
    }
    if account.standing.blocked {
        Err(errors::blocked())
    } else {
        Ok(())
    }
}

fn quota() -> GraphError {
    publishing(
        9,
        2_207_042,
        "Application request limit reached",
        "You cannot publish any more today",
        "The number of posts that may be published through the API in 24 hours has been reached.",
    )
}

/// The state of a container (§6.1).
pub(crate) fn status(
    state: &InstagramState,
    container: &Container,
    now_ms: i64,
) -> (&'static str, String) {
    if container.post.is_some() {
        return (
            "PUBLISHED",
            "Published: Media has been successfully published.".to_owned(),
        );
    }
    if container.at_ms + CONTAINER_LIFE <= now_ms {
        return (
            "EXPIRED",
            "Expired: Media was not published within 24 hours.".to_owned(),
        );
    }
    if let Some(subcode) = container.error.filter(|_| container.ready_at_ms <= now_ms) {
        return (
            "ERROR",
            format!("Error: Media upload has failed with error code {subcode}"),
        );
    }
    let children = container
        .children
        .iter()
        .filter_map(|id| state.containers.get(id));
    if container.ready_at_ms > now_ms
        || children.into_iter().any(|child| child.ready_at_ms > now_ms)
    {
        return (
            "IN_PROGRESS",
            "In Progress: Media is still being processed.".to_owned(),
        );
    }
    (
        "FINISHED",
        "Finished: Media has been uploaded and it is ready to be published.".to_owned(),
    )
}

/// `GET /{container}?fields=status_code,status`.
pub(crate) fn read_container(
    state: &InstagramState,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    id: &str,
) -> Result<Value, GraphError> {
    let container = state
        .containers
        .get(id)
        .filter(|container| container.flow == access.flow)
        .ok_or_else(|| errors::unseen(id, "get"))?;
    let account = reach(
        state,
        scene.now_ms,
        access,
        &container.account,
        Need::Publish,
        "get",
    )?;
    page_token_sees(access, account, id, "get")?;
    let (code, words) = status(state, container, scene.now_ms);
    let node = json!({
        "id": id, "status_code": code, "status": words,
        "copyright_check_status": {"status": "completed", "matches_found": false},
    });
    chosen(&node, call, "id")
}

/// `POST /{ig}/media_publish?creation_id=…`: once a container, never twice.
pub(crate) fn publish(
    state: &mut State,
    scene: &Scene<'_>,
    access: &Access,
    call: &Call,
    target: &str,
) -> Result<Value, GraphError> {
    let now_ms = scene.now_ms;
    let account = reach(
        &state.instagram,
        now_ms,
        access,
        target,
        Need::Publish,
        "post",
    )?
    .clone();
    let id = call
        .filled("creation_id")
        .ok_or_else(|| errors::parameter("(#100) The parameter creation_id is required"))?;
    may_act(&account)?;
    let container = publishable(&state.instagram, &account, access.flow, &id, now_ms)?.clone();
    if quota_used(&account, now_ms) >= quota_total(&state.instagram, &account, now_ms) {
        return Err(quota());
    }
    if account.standing.spam == Some(false) {
        return Err(spam());
    }
    let post_id = go_out(state, now_ms, &account, &id, &container);
    if account.standing.spam == Some(true) {
        Counts::one_more(&mut state.counts.published_unseen, &account.id);
        return Err(spam());
    }
    Ok(json!({ "id": post_id }))
}

fn spam() -> GraphError {
    publishing(
        4,
        2_207_051,
        "Application request limit reached",
        "Action is blocked",
        "We restrict certain activity to protect our community.",
    )
}

/// A container that can be published now.
fn publishable<'a>(
    state: &'a InstagramState,
    account: &Account,
    flow: Flow,
    id: &str,
    now_ms: i64,
) -> Result<&'a Container, GraphError> {
    let gone = || {
        publishing(
            24,
            2_207_008,
            "The requested resource does not exist",
            "Media builder not found",
            "The media builder with this creation id does not exist or has expired.",
        )
    };
    let container = state
        .containers
        .get(id)
        .filter(|it| it.account == account.id && it.flow == flow && !it.item)
        .ok_or_else(gone)?;
    match status(state, container, now_ms).0 {
        "FINISHED" => Ok(container),
        "IN_PROGRESS" => Err(publishing(
            9007,
            2_207_027,
            "Media ID is not available",
            "The media is not ready",
            "The media is not ready for publishing, please wait for a moment.",
        )),
        "EXPIRED" => Err(publishing(
            -2,
            2_207_020,
            "The media has expired",
            "Media expired",
            "The media you are trying to publish has expired.",
        )),
        "ERROR" => Err(publishing(
            -1,
            2_207_032,
            "Create media failed",
            "Create media failed",
            "The media could not be created, please try again.",
        )),
        _ => Err(gone()),
    }
}

fn go_out(
    state: &mut State,
    now_ms: i64,
    account: &Account,
    id: &str,
    container: &Container,
) -> String {
    let lag_max = u64::try_from(state.instagram.settings.list_lag_max_ms).unwrap_or(0);
    let lag = i64::try_from(state.chance.below(lag_max.saturating_add(1))).unwrap_or(0);
    let post_id = fresh(state, "1800");
    let shortcode = state.chance.token("D", 10);
    let parts: Vec<Container> = if container.form == Form::Carousel {
        container
            .children
            .iter()
            .filter_map(|child| state.instagram.containers.get(child).cloned())
            .collect()
    } else {
        vec![container.clone()]
    };
    let children = if container.form == Form::Carousel {
        parts.iter().map(|_| fresh(state, "1801")).collect()
    } else {
        Vec::new()
    };
    let instagram = &mut state.instagram;
    let collaborators = container
        .collaborators
        .iter()
        .map(|name| super::scenario::collaborator(instagram, name, "Pending"))
        .collect();
    let post = Post {
        owner: account.id.clone(),
        owner_username: account.username.clone(),
        form: container.form,
        caption: container.caption.clone(),
        alt_text: container.alt_text.clone(),
        at_ms: now_ms,
        visible_at_ms: now_ms + lag,
        shortcode,
        media: parts.iter().filter_map(|part| part.media.clone()).collect(),
        videos: parts.iter().map(|part| part.form == Form::Video).collect(),
        children,
        collaborators,
        likes: 0,
        comments: 0,
        container: Some(id.to_owned()),
        deleted: false,
    };
    state
        .facts
        .went_out("instagram", &account.id, &post_id, &post.caption, now_ms);
    instagram.posts.insert(post_id.clone(), post);
    for used in container.children.iter().map(String::as_str).chain([id]) {
        if let Some(used) = instagram.containers.get_mut(used) {
            used.post = Some(post_id.clone());
        }
    }
    if let Some(account) = instagram.accounts.get_mut(&account.id) {
        account.published_at_ms.retain(|at| *at + DAY > now_ms);
        account.published_at_ms.push(now_ms);
    }
    post_id
}
