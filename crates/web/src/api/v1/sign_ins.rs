//! The sign-ins on a channel: where each comes from, how it was extended, and which of them stands by.

use axum::extract::State;
use domain::Timestamp;
use domain::grant::LifeWord;
use domain::health::{Evidence, Health};
use domain::ids::{AppId, ChannelGrantId, ChannelId};
use domain::platform::LoginFlow;
use engine::connect::{Former, Proven};
use serde::{Deserialize, Serialize};
use storage::renewals::RenewalRow;

use super::channel_shape::{EndJson, ends};
use crate::access::Guard;
use crate::actions::sign_ins::{self, SignIn, place};
use crate::api::list::List;
use crate::extract::{Json, Path};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, stand_by, first, remove))]
pub struct Doc;

/// One try to extend a login.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Renewal)]
pub struct RenewalJson {
    /// When it was begun.
    pub at: Timestamp,
    /// When its end was known; absent while it is not.
    pub ended_at: Option<Timestamp>,
    /// `renewed`, `try_again`, `dead`, `overtaken`, `not_rotated`; absent while no answer is known.
    pub outcome: Option<String>,
    /// What the platform said, redacted.
    #[schema(value_type = Option<Object>)]
    pub evidence: Option<Evidence>,
}

impl From<RenewalRow> for RenewalJson {
    fn from(row: RenewalRow) -> Self {
        Self {
            at: row.begun_at,
            ended_at: row.ended_at,
            outcome: row.outcome,
            evidence: row.evidence,
        }
    }
}

/// A sign-in on a channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ChannelSignIn)]
pub struct OnChannelJson {
    /// `cg_…`
    #[schema(value_type = String)]
    pub id: ChannelGrantId,
    /// `in_use`, `stands_by`, `asks` (whoever signed in has not said whether it may stand by), `idle`, `over`.
    pub place: &'static str,
    /// The person's name at the platform.
    pub person: String,
    /// Who of the workspace was at the keyboard.
    pub signed_in_by: Option<String>,
    /// When they signed in.
    pub at: Timestamp,
    /// Through which way.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// Through which app.
    #[schema(value_type = String)]
    pub app: AppId,
    /// The permissions that are asked for.
    pub scopes_asked: Vec<String>,
    /// Those that were granted.
    pub scopes: Vec<String>,
    /// The role there.
    pub role: Option<String>,
    /// `live`, `dead`, `superseded`, `revoked`.
    #[schema(value_type = String)]
    pub life: LifeWord,
    /// How it is on this channel.
    #[schema(value_type = String)]
    pub health: Health,
    /// How often it was extended, and one.
    pub generation: u64,
    /// Known ends, each with where the knowledge comes from.
    pub ends: Vec<EndJson>,
    /// The earliest end that no machine can move; absent if there is none that is known.
    pub good_until: Option<Timestamp>,
    /// When it was last proven.
    pub proven_at: Option<Timestamp>,
    /// When it is next extended by itself.
    pub extends_at: Option<Timestamp>,
    /// From when on it can be extended ahead of time; absent where no machine can extend it.
    pub extendable_from: Option<Timestamp>,
    /// Who said that it may stand by: a member (`mb_…`), a key (`key_…`) or `rule`.
    pub consent_by: Option<String>,
    /// When.
    pub consent_at: Option<Timestamp>,
    /// The last renewals, newest first.
    pub renewals: Vec<RenewalJson>,
}

impl From<SignIn> for OnChannelJson {
    fn from(one: SignIn) -> Self {
        let (at, login) = (place(&one.login), one.login);
        let (good_until, lives) = (login.horizon(), login.lives());
        let extendable_from = login.extends_from().ok().flatten().filter(|_| lives);
        Self {
            id: login.on.id,
            place: at.word(),
            signed_in_by: one.signed_in_by,
            at: login.grant.created_at,
            flow: login.grant.flow,
            app: login.grant.app,
            life: login.grant.life.word(),
            health: login.on.condition.health,
            generation: login.grant.generation,
            ends: ends(&login.grant.ends, &login.on.ends),
            good_until,
            proven_at: login.on.proven_at,
            extends_at: login.grant.renew_at,
            extendable_from,
            consent_by: login.on.consent_by.map(|maker| maker.to_string()),
            consent_at: login.on.consent_at,
            person: login.grant.person_name,
            scopes_asked: login.app.app.scopes,
            scopes: login.grant.scopes,
            role: login.on.role,
            renewals: one.renewals.into_iter().map(Into::into).collect(),
        }
    }
}

/// Lists the sign-ins on a channel, the one in use first; at most twelve.
#[utoipa::path(get, path = urls::ApiChannelSignIns::PATH, tag = "channels", params(("channel" = String, Path)),
    responses((status = 200, body = List<OnChannelJson>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<axum::Json<List<OnChannelJson>>> {
    whole(&web, &guard, id).await
}

async fn whole(
    web: &Web,
    guard: &Guard,
    id: ChannelId,
) -> Outcome<axum::Json<List<OnChannelJson>>> {
    let all = sign_ins::list(web, guard, id).await?;
    Ok(axum::Json(List::whole(all).map(OnChannelJson::from)))
}

/// Lets a sign-in stand by: it takes over by itself when the one in use ends. While it asks, only whoever signed
/// in may say so.
#[utoipa::path(post, path = urls::ApiSignInStandBy::PATH, tag = "channels",
    params(("channel" = String, Path), ("login" = String, Path)),
    responses((status = 200, body = List<OnChannelJson>), (status = "default", body = Problem)))]
pub async fn stand_by(
    State(web): State<Web>,
    guard: Guard,
    Path((id, login)): Path<(ChannelId, ChannelGrantId)>,
) -> Outcome<axum::Json<List<OnChannelJson>>> {
    sign_ins::stand_by(&web, &guard, id, login).await?;
    whole(&web, &guard, id).await
}

/// What becomes of the one that was in use.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FirstInput {
    /// `stands_by` (if absent) or `retires`.
    pub former: Option<String>,
}

/// What making it the first came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FirstJson {
    /// `works`: it is used now. `lacks`, `dead`, `later`: the one in use stays.
    pub result: &'static str,
    /// The sign-ins as they are now.
    pub sign_ins: Vec<OnChannelJson>,
}

/// Uses this sign-in from now on, if the platform says that it works; the one in use changes only then.
#[utoipa::path(post, path = urls::ApiSignInFirst::PATH, tag = "channels", request_body = FirstInput,
    params(("channel" = String, Path), ("login" = String, Path)),
    responses((status = 200, body = FirstJson), (status = "default", body = Problem)))]
pub async fn first(
    State(web): State<Web>,
    guard: Guard,
    Path((id, login)): Path<(ChannelId, ChannelGrantId)>,
    Json(input): Json<FirstInput>,
) -> Outcome<axum::Json<FirstJson>> {
    let former = match input.former.as_deref() {
        None | Some("stands_by") => Former::StandsBy,
        Some("retires") => Former::Retires,
        Some(_) => {
            let words = crate::problem::Words::key("spare-former");
            return Err(crate::problem::Refusal::field("former", "unknown", words));
        }
    };
    let result = match sign_ins::make_first(&web, &guard, id, login, former).await? {
        Proven::Works => "works",
        Proven::Lacks { .. } => "lacks",
        Proven::Dead { .. } => "dead",
        Proven::Later { .. } => "later",
    };
    let axum::Json(list) = whole(&web, &guard, id).await?;
    Ok(axum::Json(FirstJson {
        result,
        sign_ins: list.items,
    }))
}

/// Takes a sign-in off the channel. The one in use cannot be: unlink the channel, or make another one the first.
#[utoipa::path(post, path = urls::ApiSignInRemove::PATH, tag = "channels",
    params(("channel" = String, Path), ("login" = String, Path)),
    responses((status = 200, body = List<OnChannelJson>), (status = "default", body = Problem)))]
pub async fn remove(
    State(web): State<Web>,
    guard: Guard,
    Path((id, login)): Path<(ChannelId, ChannelGrantId)>,
) -> Outcome<axum::Json<List<OnChannelJson>>> {
    sign_ins::remove(&web, &guard, id, login).await?;
    whole(&web, &guard, id).await
}
