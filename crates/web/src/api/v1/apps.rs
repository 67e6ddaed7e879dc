//! `apps`.

use axum::extract::State;
use axum::response::Response;
use domain::app::AppOwner;
use domain::ids::AppId;
use domain::platform::{LoginFlow, Platform};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use storage::apps::AppRow;

use crate::access::Guard;
use crate::actions::apps::{self, AppInput};
use crate::api::list::List;
use crate::api::made;
use crate::api::version::{tagged, versioned};
use crate::extract::{DryRun, Json, Path};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, change))]
pub struct Doc;

/// A registration at a platform. Its secret is never answered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = App)]
pub struct AppJson {
    /// `app_…`
    #[schema(value_type = String)]
    pub id: AppId,
    /// `installation` or `workspace`.
    pub owner: &'static str,
    /// The platform.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The way to sign in.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// The client id.
    pub client_id: String,
    /// Whether a client secret is kept.
    pub has_secret: bool,
    /// Where the platform sends browsers back to.
    pub redirect_uri: String,
    /// The API version.
    pub api_version: String,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
}

impl From<AppRow> for AppJson {
    fn from(row: AppRow) -> Self {
        Self {
            id: row.app.id,
            owner: if row.app.owner == AppOwner::Installation {
                "installation"
            } else {
                "workspace"
            },
            platform: row.app.platform,
            flow: row.app.flow,
            client_id: row.app.client_id,
            has_secret: row.secret_sealed.is_some(),
            redirect_uri: row.app.redirect_uri,
            api_version: row.app.api_version,
            scopes: row.app.scopes,
        }
    }
}

/// A new app of the workspace.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// The platform.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The way to sign in.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// The client id; not for Bluesky, whose client is this installation itself.
    #[serde(default)]
    pub client_id: String,
    /// The client secret.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// The scopes; what posting needs if absent.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What is to be different; the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppChange {
    /// Another client id.
    pub client_id: Option<String>,
    /// Another secret.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// Other scopes.
    pub scopes: Option<Vec<String>>,
}

/// Lists the apps that the workspace may use; its own come first.
#[utoipa::path(get, path = urls::ApiApps::PATH, tag = "apps",
    responses((status = 200, body = List<AppJson>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<List<AppJson>>> {
    Ok(axum::Json(
        List::whole(apps::list(&web, &guard).await?).map(AppJson::from),
    ))
}

/// Adds an app of the workspace.
#[utoipa::path(post, path = urls::ApiApps::PATH, tag = "apps", request_body = NewApp,
    params(("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 201, body = AppJson), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Json(new): Json<NewApp>,
) -> Outcome<Response> {
    let input = AppInput {
        client_id: new.client_id,
        secret: new.client_secret,
        scopes: new.scopes,
    };
    let row = apps::create(&web, &guard, new.platform, new.flow, &input, keep).await?;
    let (version, at) = (row.generation, urls::ApiApp { app: row.app.id });
    Ok(tagged(version, made(keep, at, &AppJson::from(row))))
}

/// One app.
#[utoipa::path(get, path = urls::ApiApp::PATH, tag = "apps", params(("app" = String, Path)),
    responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn one(State(web): State<Web>, guard: Guard, Path(id): Path<AppId>) -> Outcome<Response> {
    let row = apps::one(&web, &guard, id).await?;
    Ok(versioned(row.generation, &AppJson::from(row)))
}

/// Changes one of the workspace's own apps.
#[utoipa::path(patch, path = urls::ApiApp::PATH, tag = "apps", params(("app" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    request_body = AppChange, responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<AppId>,
    DryRun(keep): DryRun,
    Json(change): Json<AppChange>,
) -> Outcome<Response> {
    let now = apps::one(&web, &guard, id).await?;
    let input = AppInput {
        client_id: change.client_id.unwrap_or(now.app.client_id),
        secret: change.client_secret,
        scopes: change.scopes.unwrap_or(now.app.scopes),
    };
    let row = apps::change(&web, &guard, id, &input, keep).await?;
    Ok(versioned(row.generation, &AppJson::from(row)))
}
