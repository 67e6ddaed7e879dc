//! `connect-sessions`: signing in at a platform by a program. A session that a key began is bound to that
//! key. Any browser may open its `url` and sign in there; when it comes back to this installation's
//! callback nothing is spent, and the program sends the parameters of that address to `/complete`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::{AppId, ChannelId, ConnectSessionId, SocialSetId};
use domain::platform::{LoginFlow, Platform};
use engine::connect::{Begun, Elsewhere, Joined, Listed, Tested, Trouble};
use platforms::sign_in::Callback;
use serde::{Deserialize, Serialize};

use crate::access::Guard;
use crate::actions::connecting::{self, BeginInput, Session};
use crate::api::created;
use crate::api::list::List;
use crate::extract::{Json, Path};
use crate::pages::help::cause_href;
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, complete, choose, same, go_on))]
pub struct Doc;

/// A sign-in under way, or what became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ConnectSession)]
pub struct SessionJson {
    /// `cs_…`
    #[schema(value_type = String)]
    pub id: ConnectSessionId,
    /// `connect`, or `test` for one that only tries the app.
    #[schema(value_type = String)]
    pub purpose: ConnectPurpose,
    /// `begun`, `returned`, `choosing`, `proving`, `done`, `refused`, `failed`, `canceled`, `expired`.
    #[schema(value_type = String)]
    pub phase: ConnectPhase,
    /// Where a browser goes; only while it is `begun` and only for the key that began it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `set_…`
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// The channel that is to be mended.
    #[schema(value_type = Option<String>)]
    pub channel: Option<ChannelId>,
    /// `app_…`
    #[schema(value_type = String)]
    pub app: AppId,
    /// The app's platform.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The app's flow.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// Until when it can be gone on with.
    pub ends_at: Timestamp,
    /// The accounts behind the sign-in; those that cannot be used say why.
    #[schema(value_type = Vec<Object>)]
    pub accounts: Vec<Listed>,
    /// Asked of a person: is this account the channel? Answer at `/same`.
    #[schema(value_type = Option<Object>)]
    pub question: Option<Listed>,
    /// The channels that have the sign-in now, each with what its proof came to. Where somebody else's is in use and
    /// well, this one changes nothing before it is said what it is to be: see the channel's `/sign-ins`.
    #[schema(value_type = Vec<Object>)]
    pub joined: Vec<Joined>,
    /// Chosen accounts that are channels of another set: left alone.
    #[schema(value_type = Vec<Object>)]
    pub elsewhere: Vec<Elsewhere>,
    /// Why it could not be gone on with.
    #[schema(value_type = Option<Object>)]
    pub trouble: Option<Trouble>,
    /// The page about the trouble's cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// What a test sign-in showed: which secret was taken, what was granted, what became of the sign-in.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
}

fn json(guard: &Guard, session: Session, url: Option<String>) -> SessionJson {
    let (row, known) = (session.row, session.known);
    // Which account came back instead is told to whoever signed in, and to nobody else.
    let hide = row.phase == ConnectPhase::Refused && row.member != guard.member();
    SessionJson {
        id: row.id,
        purpose: row.purpose,
        phase: row.phase,
        url,
        social_set: row.social_set,
        channel: row.channel,
        app: row.app,
        platform: session.app.app.platform,
        flow: session.app.app.flow,
        ends_at: row.ends_at,
        accounts: if hide { Vec::new() } else { known.accounts },
        question: known.question,
        joined: known.joined,
        elsewhere: known.elsewhere,
        help_url: match &known.trouble {
            Some(Trouble::Platform { cause, .. }) => Some(cause_href(*cause)),
            _ => None,
        },
        trouble: known.trouble,
        tested: known.tested,
    }
}

/// 201 with the session and its address.
pub(super) async fn begun_json(web: &Web, guard: &Guard, begun: Begun) -> Outcome<Response> {
    let session = connecting::one(web, guard, begun.session).await?;
    let at = urls::ApiConnectSession {
        session: begun.session,
    };
    Ok(created(at, &json(guard, session, Some(begun.url))))
}

/// What is to be connected.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Through this app.
    #[schema(value_type = String)]
    pub app: AppId,
    /// Into this set.
    #[schema(value_type = String)]
    pub social_set: SocialSetId,
    /// The handle, where the platform wants it beforehand (Bluesky).
    pub handle: Option<String>,
    /// Ask the platform for its sign-in form in any case.
    #[serde(default)]
    pub force: bool,
}

/// Lists the sign-ins that can be gone on with, newest first.
#[utoipa::path(get, path = urls::ApiConnectSessions::PATH, tag = "connect-sessions",
    responses((status = 200, body = List<SessionJson>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<List<SessionJson>>> {
    let open = connecting::open(&web, &guard).await?;
    Ok(axum::Json(
        List::whole(open).map(|session| json(&guard, session, None)),
    ))
}

/// Begins a first connection.
#[utoipa::path(post, path = urls::ApiConnectSessions::PATH, tag = "connect-sessions", request_body = NewSession,
    responses((status = 201, body = SessionJson), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    Json(new): Json<NewSession>,
) -> Outcome<Response> {
    let input = BeginInput {
        app: new.app,
        set: Some(new.social_set),
        channel: None,
        hint: new.handle,
        force: new.force,
    };
    let begun = connecting::begin(&web, &guard, input).await?;
    begun_json(&web, &guard, begun).await
}

/// One sign-in, after whatever can be done for it now was done.
#[utoipa::path(get, path = urls::ApiConnectSession::PATH, tag = "connect-sessions", params(("session" = String, Path)),
    responses((status = 200, body = SessionJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
) -> Outcome<axum::Json<SessionJson>> {
    let session = connecting::one(&web, &guard, id).await?;
    let ours = session.row.phase == ConnectPhase::Begun
        && session.row.api_key.is_some()
        && session.row.api_key == guard.key();
    let url = if ours {
        Some(connecting::way(&web, &guard, id).await?)
    } else {
        None
    };
    Ok(axum::Json(json(&guard, session, url)))
}

/// The parameters of the address to which the platform sent the browser back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackInput {
    /// Each parameter by its name: `code`, `state`, `iss`, or `error` and its kin.
    pub params: BTreeMap<String, String>,
}

/// Ends the sign-in with what the platform sent back. Only by the key that began it; twice is once.
#[utoipa::path(post, path = urls::ApiConnectComplete::PATH, tag = "connect-sessions", params(("session" = String, Path)),
    request_body = CallbackInput,
    responses((status = 200, body = SessionJson), (status = "default", body = Problem)))]
pub async fn complete(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
    Json(input): Json<CallbackInput>,
) -> Outcome<axum::Json<SessionJson>> {
    // What is not this workspace's is told like what is not there, before the state is looked at.
    connecting::one(&web, &guard, id).await?;
    let session = connecting::finish(
        &web,
        &guard,
        Callback {
            params: input.params,
        },
        Some(id),
    )
    .await?;
    Ok(axum::Json(json(&guard, session, None)))
}

/// Chosen accounts.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenInput {
    /// The platform's ids, as listed.
    pub accounts: Vec<String>,
}

/// Links these accounts.
#[utoipa::path(post, path = urls::ApiConnectChoose::PATH, tag = "connect-sessions", params(("session" = String, Path)),
    request_body = ChosenInput,
    responses((status = 200, body = SessionJson), (status = "default", body = Problem)))]
pub async fn choose(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
    Json(input): Json<ChosenInput>,
) -> Outcome<axum::Json<SessionJson>> {
    let session = connecting::choose(&web, &guard, id, &input.accounts).await?;
    Ok(axum::Json(json(&guard, session, None)))
}

/// A person's answer.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SameInput {
    /// Whether it is the same account.
    pub same: bool,
}

/// Answers whether the account is the channel under its other id.
#[utoipa::path(post, path = urls::ApiConnectSame::PATH, tag = "connect-sessions", params(("session" = String, Path)),
    request_body = SameInput,
    responses((status = 200, body = SessionJson), (status = "default", body = Problem)))]
pub async fn same(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
    Json(input): Json<SameInput>,
) -> Outcome<axum::Json<SessionJson>> {
    let session = connecting::say_same(&web, &guard, id, input.same).await?;
    Ok(axum::Json(json(&guard, session, None)))
}

/// Goes on where the platform kept us waiting.
#[utoipa::path(post, path = urls::ApiConnectGoOn::PATH, tag = "connect-sessions", params(("session" = String, Path)),
    responses((status = 200, body = SessionJson), (status = "default", body = Problem)))]
pub async fn go_on(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ConnectSessionId>,
) -> Outcome<axum::Json<SessionJson>> {
    let session = connecting::go_on(&web, &guard, id).await?;
    Ok(axum::Json(json(&guard, session, None)))
}
