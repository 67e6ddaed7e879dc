//! `channels`.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::cause::{Cause, Confidence};
use domain::channel::{Link, Mode};
use domain::grant::{End, Ends};
use domain::health::{Evidence, Health};
use domain::horizon::Outlook;
use domain::ids::{AppId, ChannelId, EventId, SocialSetId};
use domain::member::Action;
use domain::platform::{LoginFlow, Platform};
use engine::connect::{Extended, GivenBack};
use engine::watch::Probed;
use serde::{Deserialize, Serialize};
use storage::answers::LoginAnswer;
use storage::channel_events::ChannelEvent;

use super::connect_sessions::{SessionJson, begun_json};
use crate::access::Guard;
use crate::actions::apps::flow_facts;
use crate::actions::channels::{self, Seen};
use crate::actions::connecting::{self, BeginInput};
use crate::actions::diagnosis;
use crate::actions::lacks::lacks;
use crate::api::list::{List, Paging};
use crate::api::version::versioned;
use crate::extract::{Json, Path, Query};
use crate::pages::help::cause_href;
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

/// One account on one platform.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Channel)]
pub struct ChannelJson {
    /// `ch_…`
    #[schema(value_type = String)]
    pub id: ChannelId,
    /// `set_…`
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// `instagram`, `bluesky`, …
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The platform's own account id: the identity.
    pub account_id: String,
    /// The handle, without an @.
    pub handle: String,
    /// The name.
    pub name: String,
    /// `linked` or `unlinked`.
    #[schema(value_type = String)]
    pub link: Link,
    /// `auto` or `remind`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// `healthy`, `expiring`, `needs_refresh`, `limited`, `waiting`, `checking`.
    #[schema(value_type = String)]
    pub health: Health,
    /// The cause class where it is not well; see `/api/v1/causes`.
    #[schema(value_type = Option<String>)]
    pub cause: Option<Cause>,
    /// How sure the cause is: `documented`, `probable`, `guess`; absent where the platform's table does not say.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The page about the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// What the platform said, redacted.
    #[schema(value_type = Option<Object>)]
    pub evidence: Option<Evidence>,
    /// A refusal since the last proof that `health` does not tell of: the login is kept and tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_refusal: Option<RefusalJson>,
    /// Signing in failed in the same way again: where at the platform our app is removed first, in its own words.
    /// Only where one channel is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_app_first: Option<&'static str>,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// The earliest end that no machine can move; absent if there is none that is known.
    pub good_until: Option<Timestamp>,
    /// `extends_itself`, `extends_until`, `needs_sign_in_by`, `unknown`.
    pub outlook: &'static str,
    /// The end on which the outlook depends, with where the knowledge comes from; absent if none is known.
    pub outlook_end: Option<EndJson>,
    /// From when on it can be extended ahead of time; absent where no machine can extend it.
    pub extendable_from: Option<Timestamp>,
    /// What the login lacks, by the platform's name; empty where it lacks nothing that has a name.
    pub missing: Vec<LackJson>,
    /// The sign-in that is used.
    pub sign_in: Option<SignInJson>,
    /// Posts that are planned.
    pub planned_posts: u32,
    /// Posts that were missed and wait.
    pub held_posts: u32,
    /// When it was last read back.
    pub synced_at: Option<Timestamp>,
    /// Collab posts that the grid leaves out.
    pub collabs_left_out: Option<u32>,
    /// Since when it is unlinked.
    pub unlinked_at: Option<Timestamp>,
}

/// A permission or role that a login lacks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Lack)]
pub struct LackJson {
    /// By the platform's name.
    pub name: String,
    /// What it is for: `identify`, `read_posts`, `publish`, `list_pages`, `create_content`; empty where nobody says.
    pub allows: &'static str,
    /// Who can give it: `person` (sign in with it left ticked) or `page_admin` (give the role; signing in does not help).
    pub given_by: &'static str,
}

/// What a platform refused, and what it means.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Refusal)]
pub struct RefusalJson {
    /// The cause class; see `/api/v1/causes`.
    #[schema(value_type = String)]
    pub cause: Cause,
    /// How sure the cause is; absent where the platform's table does not say.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The page about the cause.
    pub help_url: String,
    /// What the platform said, redacted. `mapped` says whether a table knows it.
    #[schema(value_type = Object)]
    pub evidence: Evidence,
    /// How many of this cause came one after the other.
    pub times: u64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the last came.
    pub at: Timestamp,
}

impl RefusalJson {
    /// Of a channel's login.
    pub(super) fn of(seen: &Seen, last: &LoginAnswer) -> Self {
        Self {
            cause: last.cause,
            confidence: seen.sure(last.cause, &last.evidence),
            help_url: cause_href(last.cause),
            evidence: last.evidence.clone(),
            times: last.times,
            first_at: last.first_at,
            at: last.at,
        }
    }
}

/// What one person's sign-in through one app gave.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SignIn)]
pub struct SignInJson {
    /// The person's name at the platform.
    pub person: String,
    /// When they signed in.
    pub at: Timestamp,
    /// Through which way.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// Through which app.
    #[schema(value_type = String)]
    pub app: AppId,
    /// The permissions that were granted.
    pub scopes: Vec<String>,
    /// The role there.
    pub role: Option<String>,
    /// `live`, `dead`, `superseded`, `revoked`.
    #[schema(value_type = String)]
    pub life: domain::grant::LifeWord,
    /// Known ends, each with where the knowledge comes from.
    pub ends: Vec<EndJson>,
    /// When it was last proven.
    pub proven_at: Option<Timestamp>,
    /// When it is next extended by itself.
    pub extends_at: Option<Timestamp>,
}

/// One end.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SignInEnd)]
pub struct EndJson {
    /// `access`, `sliding`, `absolute`, `data_access`.
    pub kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// `answer`, `inspection`, `sheet`; `renewal` where extending it did not move it.
    pub source: &'static str,
}

pub(super) fn ends(of: &Ends, own: &Ends) -> Vec<EndJson> {
    let unmoved = of.absolute_by_renewal && own.absolute_end.is_none();
    let pick = |kind, end: Option<End>| {
        end.map(|end| EndJson {
            kind,
            at: end.at,
            source: if unmoved && kind == "absolute" {
                "renewal"
            } else {
                end.source.as_str()
            },
        })
    };
    [
        pick("access", own.access_end.or(of.access_end)),
        pick("sliding", own.sliding_end.or(of.sliding_end)),
        pick("absolute", own.absolute_end.or(of.absolute_end)),
        pick("data_access", own.data_access_end.or(of.data_access_end)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl From<Seen> for ChannelJson {
    fn from(seen: Seen) -> Self {
        let (health, cause, outlook) = (seen.health(), seen.cause(), seen.outlook());
        let outlook_end = seen.deciding_end().map(|(kind, end)| EndJson {
            kind: kind.as_str(),
            at: end.at,
            source: if seen.end_by_renewal() {
                "renewal"
            } else {
                end.source.as_str()
            },
        });
        let missing = lacks(&seen).into_iter().map(|lack| LackJson {
            allows: lack.why,
            given_by: lack.giver.word(),
            name: lack.name,
        });
        let extendable_from = seen
            .login
            .as_ref()
            .filter(|login| login.lives())
            .and_then(|login| login.extends_from().ok().flatten());
        let sign_in = seen.login.as_ref().map(|login| SignInJson {
            person: login.grant.person_name.clone(),
            at: login.grant.created_at,
            flow: login.grant.flow,
            app: login.grant.app,
            scopes: login.grant.scopes.clone(),
            role: login.on.role.clone(),
            life: login.grant.life.word(),
            ends: ends(&login.grant.ends, &login.on.ends),
            proven_at: login.on.proven_at,
            extends_at: login.grant.renew_at,
        });
        let condition = seen.login.as_ref().map(|login| login.on.condition.clone());
        let last_refusal = seen.refusal().map(|last| RefusalJson::of(&seen, last));
        let said = condition
            .as_ref()
            .and_then(|condition| condition.evidence.as_ref());
        let confidence = cause
            .zip(said)
            .and_then(|(cause, said)| seen.sure(cause, said));
        let channel = seen.channel;
        Self {
            id: channel.id,
            social_set: channel.social_set,
            platform: channel.platform,
            account_id: channel.account_id,
            handle: channel.handle,
            name: channel.name,
            link: channel.link,
            mode: channel.mode,
            health,
            cause,
            confidence,
            help_url: cause.map(cause_href),
            last_refusal,
            remove_app_first: None,
            evidence: condition
                .as_ref()
                .and_then(|condition| condition.evidence.clone()),
            since: condition.map(|condition| condition.since),
            good_until: seen
                .login
                .as_ref()
                .and_then(engine::login::LoginRows::horizon),
            outlook: match outlook {
                Outlook::ExtendsItself => "extends_itself",
                Outlook::ExtendsUntil(_) => "extends_until",
                Outlook::NeedsSignInBy(_) => "needs_sign_in_by",
                Outlook::Unknown => "unknown",
            },
            outlook_end,
            extendable_from,
            missing: missing.collect(),
            sign_in,
            planned_posts: seen.waiting.planned,
            held_posts: seen.waiting.held,
            synced_at: channel.synced_at,
            collabs_left_out: channel.collabs_left_out,
            unlinked_at: channel.unlinked_at,
        }
    }
}

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
