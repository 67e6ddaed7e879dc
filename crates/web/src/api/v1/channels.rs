//! `channels`.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::channel::Mode;
use domain::ids::{AppId, ChannelId, EventId, SocialSetId};
use domain::member::Action;
use engine::connect::{Extended, GivenBack};
use engine::watch::Probed;
use serde::{Deserialize, Serialize};
use storage::channel_events::ChannelEvent;

use super::channel_shape::ChannelJson;
use super::connect_sessions::{SessionJson, begun_json};
use crate::access::Guard;
use crate::actions::apps::flow_facts;
use crate::actions::channels::{self, Seen};
use crate::actions::connecting::{self, BeginInput};
use crate::actions::diagnosis;
use crate::api::list::{List, Paging};
use crate::api::version::versioned;
use crate::extract::{Json, Path, Query};
use crate::problem::{Outcome, Problem, Refusal, Words, codes};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list,
    one,
    refresh,
    extend,
    check,
    sync,
    mode,
    unlink,
    undo_unlink,
    give_back,
    timeline
))]
pub struct Doc;

/// `?social_set=…`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    social_set: Option<SocialSetId>,
}

/// Lists the channels, those that need a person first.
#[utoipa::path(get, path = urls::ApiChannels::PATH, tag = "channels",
    params(("social_set" = Option<String>, Query, description = "Only of this set.")),
    responses((status = 200, body = List<ChannelJson>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Query(filter): Query<Filter>,
) -> Outcome<axum::Json<List<ChannelJson>>> {
    let all = channels::list(&web, &guard, filter.social_set).await?;
    Ok(axum::Json(List::whole(all).map(ChannelJson::from)))
}

/// One channel.
#[utoipa::path(get, path = urls::ApiChannel::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = ChannelJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let seen = channels::one(&web, &guard, id, Action::Read).await?;
    let version = seen.channel.version;
    let first = remove_app_first(&web, &seen).await?;
    let json = ChannelJson {
        remove_app_first: first,
        ..ChannelJson::from(seen)
    };
    Ok(versioned(version, &json))
}

async fn remove_app_first(web: &Web, seen: &Seen) -> Outcome<Option<&'static str>> {
    let alike = diagnosis::failed_alike(web, seen).await?;
    let app = seen.login.as_ref().filter(|_| alike.is_some());
    let facts = app.map(|login| flow_facts(login.app.app.platform, login.app.app.flow));
    Ok(facts.transpose()?.map(|facts| facts.remove_app_at))
}

/// How to sign in again; an empty object takes the way that was used before.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshInput {
    /// Through this app; the one that was used before if absent.
    #[schema(value_type = Option<String>)]
    pub app: Option<AppId>,
    /// Ask the platform for its sign-in form in any case.
    pub force: bool,
}

/// Begins a sign-in that mends the channel. Open `url` in any browser; the platform sends it back to this
/// installation's callback address, which spends nothing: send the parameters of that address to the
/// session's `/complete`.
#[utoipa::path(post, path = urls::ApiChannelRefresh::PATH, tag = "channels", params(("channel" = String, Path)),
    request_body = RefreshInput,
    responses((status = 201, body = SessionJson), (status = "default", body = Problem)))]
pub async fn refresh(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
    Json(input): Json<RefreshInput>,
) -> Outcome<Response> {
    let seen = channels::one(&web, &guard, id, Action::SignIn).await?;
    let app = match input.app.or_else(|| {
        // It stays with the app of its sign-in, unless that takes no new ones.
        let login = seen.login.as_ref();
        login
            .filter(|login| login.app.takes_sign_ins())
            .map(|login| login.app.app.id)
    }) {
        Some(app) => app,
        None => {
            let known = crate::actions::app_care::offered(&web, &guard).await?;
            let first = known
                .into_iter()
                .find(|row| row.app.platform == seen.channel.platform);
            first.ok_or_else(crate::problem::Refusal::not_found)?.app.id
        }
    };
    let begin = BeginInput {
        app,
        set: None,
        channel: Some(id),
        hint: None,
        force: input.force,
    };
    let begun = connecting::begin(&web, &guard, begin).await?;
    begun_json(&web, &guard, begun).await
}

/// What *Extend now* came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExtendedJson {
    /// `extended`, `cannot`, `try_again`, `dead`, `busy`.
    pub result: &'static str,
    /// When it is next extended by itself, or tried again.
    pub at: Option<Timestamp>,
    /// The channel as it is now.
    pub channel: ChannelJson,
}

/// Extends the login early, where the platform allows it. Where it does not yet, that is 409 `too_early`, with the
/// moment from which it does. Asking twice extends once.
#[utoipa::path(post, path = urls::ApiChannelExtend::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = ExtendedJson), (status = "default", body = Problem)))]
pub async fn extend(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<ExtendedJson>> {
    let (result, at) = match channels::extend(&web, &guard, id).await? {
        Extended::Done { next, .. } => ("extended", next),
        Extended::NotBefore(at) => return Err(too_early(&web, at)),
        Extended::Cannot(_) => ("cannot", None),
        Extended::TryAgain(at) => ("try_again", Some(at)),
        Extended::Dead(_) => ("dead", None),
        Extended::Busy => ("busy", None),
    };
    let channel = channels::one(&web, &guard, id, Action::SignIn)
        .await?
        .into();
    Ok(axum::Json(ExtendedJson {
        result,
        at,
        channel,
    }))
}

/// The problem names the moment, for people and for programs.
fn too_early(web: &Web, from: Timestamp) -> Refusal {
    let words = Words::key("extend-too-early").with("from", from.to_string());
    let wait_s = domain::schedule::ms_between(web.now(), from) / 1_000 + 1;
    Refusal::new(&codes::TOO_EARLY)
        .detail(words)
        .and_field("from", "not_before", Words::Plain(from.to_string()))
        .header(http::header::RETRY_AFTER, wait_s.max(1).into())
}

/// What a check showed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CheckedJson {
    /// `well`, `not_well`, `later`.
    pub result: &'static str,
    /// The channel as it is now.
    pub channel: ChannelJson,
}

/// Proves the login on its account now.
#[utoipa::path(post, path = urls::ApiChannelCheck::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = CheckedJson), (status = "default", body = Problem)))]
pub async fn check(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<CheckedJson>> {
    let result = match channels::check(&web, &guard, id).await? {
        Probed::Well => "well",
        Probed::Not(_) => "not_well",
        Probed::Later(_) => "later",
    };
    let channel = channels::one(&web, &guard, id, Action::SignIn)
        .await?
        .into();
    Ok(axum::Json(CheckedJson { result, channel }))
}

/// Reads the channel's own posts back soon.
#[utoipa::path(post, path = urls::ApiChannelSync::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = ChannelJson), (status = "default", body = Problem)))]
pub async fn sync(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<ChannelJson>> {
    channels::sync(&web, &guard, id).await?;
    Ok(axum::Json(
        channels::one(&web, &guard, id, Action::SignIn)
            .await?
            .into(),
    ))
}

/// Who posts.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeInput {
    /// `auto` or `remind`.
    #[schema(value_type = String)]
    pub mode: Mode,
}

/// Sets who posts; posts and login stay.
#[utoipa::path(post, path = urls::ApiChannelMode::PATH, tag = "channels", params(("channel" = String, Path)),
    request_body = ModeInput,
    responses((status = 200, body = ChannelJson), (status = "default", body = Problem)))]
pub async fn mode(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
    Json(input): Json<ModeInput>,
) -> Outcome<axum::Json<ChannelJson>> {
    Ok(axum::Json(
        channels::set_mode(&web, &guard, id, input.mode)
            .await?
            .into(),
    ))
}

/// Unlinks the channel. Its posts are kept and wait, and nothing is told to the platform.
#[utoipa::path(post, path = urls::ApiChannelUnlink::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = ChannelJson), (status = "default", body = Problem)))]
pub async fn unlink(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<ChannelJson>> {
    Ok(axum::Json(channels::unlink(&web, &guard, id).await?.into()))
}

/// Takes an unlink back.
#[utoipa::path(post, path = urls::ApiChannelUndoUnlink::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = ChannelJson), (status = "default", body = Problem)))]
pub async fn undo_unlink(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<ChannelJson>> {
    Ok(axum::Json(
        channels::undo_unlink(&web, &guard, id).await?.into(),
    ))
}

/// What became of the sign-ins of an unlinked channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GivenBackJson {
    /// One of each sign-in: `at_platform`, `only_here`, `still_in_use`, `not_now`.
    #[schema(value_type = Vec<String>)]
    pub results: Vec<GivenBack>,
}

/// Gives the sign-ins of an unlinked channel back at the platform. One that is still in use is kept.
#[utoipa::path(post, path = urls::ApiChannelGiveBack::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = GivenBackJson), (status = "default", body = Problem)))]
pub async fn give_back(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<GivenBackJson>> {
    Ok(axum::Json(GivenBackJson {
        results: channels::give_back(&web, &guard, id).await?,
    }))
}

/// One line of a channel's history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ChannelEvent)]
pub struct EventJson {
    /// `ev_…`
    #[schema(value_type = String)]
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// `linked`, `signed_in`, `renewed`, `ended`, `limited`, `waiting`, `restored`, `synced`, `unlinked`, `stands_by`,
    /// `took_over`, `made_first`, `spare_ended`, `spare_removed`, …
    pub kind: String,
    /// A member (`mb_…`), a key (`key_…`) or `rule`.
    pub made_by: String,
    /// More, by kind.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// After which line a page goes on.
#[derive(Serialize, Deserialize)]
struct Place {
    at: Timestamp,
    id: EventId,
}

/// What happened to the channel, newest first, in pages.
#[utoipa::path(get, path = urls::ApiChannelTimeline::PATH, tag = "channels",
    params(("channel" = String, Path), ("limit" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<EventJson>), (status = "default", body = Problem)))]
pub async fn timeline(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
    Query(paging): Query<Paging>,
) -> Outcome<axum::Json<List<EventJson>>> {
    let limit = paging.limit()?;
    let before = paging.after::<Place>()?.map(|place| (place.at, place.id));
    let events = channels::timeline(&web, &guard, id, before, limit + 1).await?;
    let place = |event: &ChannelEvent| Place {
        at: event.at,
        id: event.id,
    };
    Ok(axum::Json(List::page(events, limit, place).map(|event| {
        EventJson {
            id: event.id,
            at: event.at,
            kind: event.kind,
            made_by: event.maker.to_string(),
            detail: event.detail,
        }
    })))
}
