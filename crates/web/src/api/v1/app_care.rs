//! `apps`, the rest: secrets and signing keys that are replaced, what lives through an app, its field check, a
//! test sign-in.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::app::Which;
use domain::ids::{AppId, ChannelId, GrantId};
use http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use storage::app_care::Through;

use super::apps::{AppJson, NewApp};
use super::connect_sessions::{SessionJson, begun_json};
use crate::access::Guard;
use crate::actions::app_checks::Checked;
use crate::actions::{app_care, app_keys, apps};
use crate::api::change::Changing;
use crate::api::list::List;
use crate::api::version::versioned;
use crate::extract::{Json, Path};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    remove,
    logins,
    check,
    check_new,
    add_secret,
    forget_secret,
    add_key,
    drop_keys,
    test
))]
pub struct Doc;

/// A sign-in that lives through an app, on one channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AppLogin)]
pub struct LoginJson {
    /// The sign-in; several lines of one sign-in have the same.
    #[schema(value_type = String)]
    pub sign_in: GrantId,
    /// Who signed in, by the platform's name for them.
    pub person: String,
    /// When.
    pub signed_in_at: Timestamp,
    /// The channel; none for a sign-in that no channel has.
    #[schema(value_type = Option<String>)]
    pub channel: Option<ChannelId>,
    /// Its handle.
    pub handle: Option<String>,
}

impl From<Through> for LoginJson {
    fn from(login: Through) -> Self {
        let (channel, handle) = login.channel.unzip();
        Self {
            sign_in: login.grant,
            person: login.person_name,
            signed_in_at: login.signed_in_at,
            channel,
            handle,
        }
    }
}

/// One check of a field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AppCheck)]
pub struct CheckJson {
    /// `client_id`, `client_secret`, `redirect_uri`, `public_address` or `scopes`.
    pub field: &'static str,
    /// `right`, `wrong`, or `unsure` where only a test sign-in shows it.
    pub verdict: &'static str,
    /// What was found.
    pub words: String,
}

fn checks(text: &Text, all: Vec<Checked>) -> axum::Json<List<CheckJson>> {
    axum::Json(List::whole(all).map(|checked| CheckJson {
        field: checked.field,
        verdict: checked.verdict.as_str(),
        words: checked.words.say(text),
    }))
}

/// Removes an app of the workspace and forgets its secrets; refused (`ends_logins`) while anything lives through it.
#[utoipa::path(delete, path = urls::ApiApp::PATH, tag = "apps", params(("app" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn remove(call: Changing<AppId>) -> Outcome<Response> {
    app_care::remove(&call.web, &call.guard, call.id, call.keep).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What of this workspace lives through an app: what would end with another client id.
#[utoipa::path(get, path = urls::ApiAppLogins::PATH, tag = "apps", params(("app" = String, Path)),
    responses((status = 200, body = List<LoginJson>), (status = "default", body = Problem)))]
pub async fn logins(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<AppId>,
) -> Outcome<axum::Json<List<LoginJson>>> {
    let mut found = app_care::logins(&web, &guard, id).await?;
    app_care::seen_only(&web, &guard, &mut found).await?;
    Ok(axum::Json(List::whole(found).map(LoginJson::from)))
}

/// The field check of a stored app. The platform is not asked.
#[utoipa::path(get, path = urls::ApiAppCheck::PATH, tag = "apps", params(("app" = String, Path)),
    responses((status = 200, body = List<CheckJson>), (status = "default", body = Problem)))]
pub async fn check(
    State(web): State<Web>,
    guard: Guard,
    text: Text,
    Path(id): Path<AppId>,
) -> Outcome<axum::Json<List<CheckJson>>> {
    let row = apps::one(&web, &guard, id).await?;
    Ok(checks(&text, app_care::checks_of(&web, &row)?))
}

/// The field check of an app that is not stored; nothing is kept, and the platform is not asked.
#[utoipa::path(post, path = urls::ApiAppChecks::PATH, tag = "apps", request_body = NewApp,
    responses((status = 200, body = List<CheckJson>), (status = "default", body = Problem)))]
pub async fn check_new(
    State(web): State<Web>,
    _guard: Guard,
    text: Text,
    Json(new): Json<NewApp>,
) -> Outcome<axum::Json<List<CheckJson>>> {
    let (platform, flow) = (new.platform, new.flow);
    Ok(checks(
        &text,
        app_care::checks_for(&web, platform, flow, &new.input())?,
    ))
}

/// A new secret.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// The new client secret.
    #[schema(value_type = String)]
    pub client_secret: SecretString,
}

/// Adds a secret. Calls begin with it; where the platform refuses it, the one before is tried, until that is
/// forgotten. There are never more than two.
#[utoipa::path(post, path = urls::ApiAppSecrets::PATH, tag = "apps", request_body = NewSecret, params(("app" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn add_secret(call: Changing<AppId>, Json(new): Json<NewSecret>) -> Outcome<Response> {
    let given = new.client_secret;
    let row = app_care::add_secret(&call.web, &call.guard, call.id, given, call.keep).await?;
    Ok(versioned(row.generation, &AppJson::from(row)))
}

/// Which secret.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetSecret {
    /// `previous`, because it is revoked at the platform, or `current`, because it is not to be used after all.
    #[schema(value_type = String)]
    pub which: Which,
}

/// Forgets one of two secrets.
#[utoipa::path(post, path = urls::ApiAppForget::PATH, tag = "apps", request_body = ForgetSecret, params(("app" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn forget_secret(
    call: Changing<AppId>,
    Json(forget): Json<ForgetSecret>,
) -> Outcome<Response> {
    let which = forget.which;
    let row = app_care::forget_secret(&call.web, &call.guard, call.id, which, call.keep).await?;
    Ok(versioned(row.generation, &AppJson::from(row)))
}

/// Makes a new signing key (Bluesky): new sign-ins are bound to it, those that live stay with theirs.
#[utoipa::path(post, path = urls::ApiAppKeys::PATH, tag = "apps", params(("app" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn add_key(call: Changing<AppId>) -> Outcome<Response> {
    let row = app_keys::add(&call.web, &call.guard, call.id, call.keep).await?;
    Ok(versioned(row.generation, &AppJson::from(row)))
}

/// Forgets the signing keys that no living sign-in is bound to; the newest stays.
#[utoipa::path(post, path = urls::ApiAppDropKeys::PATH, tag = "apps", params(("app" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn drop_keys(call: Changing<AppId>) -> Outcome<Response> {
    let row = app_keys::drop_unused(&call.web, &call.guard, call.id, call.keep).await?;
    Ok(versioned(row.generation, &AppJson::from(row)))
}

/// A test sign-in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTest {
    /// The handle, where the platform wants it beforehand (Bluesky).
    pub handle: Option<String>,
}

/// Begins a test sign-in: it makes no channel and leaves no login behind. It is ended as every sign-in of a program,
/// at `/connect-sessions/{session}/complete`, whose answer says in `tested` what worked.
#[utoipa::path(post, path = urls::ApiAppTest::PATH, tag = "apps", request_body = NewTest, params(("app" = String, Path)),
    responses((status = 201, body = SessionJson), (status = "default", body = Problem)))]
pub async fn test(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<AppId>,
    Json(new): Json<NewTest>,
) -> Outcome<Response> {
    let begun = app_care::try_it(&web, &guard, id, new.handle).await?;
    begun_json(&web, &guard, begun).await
}
