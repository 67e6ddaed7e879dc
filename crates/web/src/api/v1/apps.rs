//! `apps`.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::app::{AppOwner, RetiredWhy, SecretState, SecretUse};
use domain::cause::Cause;
use domain::ids::AppId;
use domain::platform::{LoginFlow, Platform};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use storage::apps::AppRow;

use super::app_care::LoginJson;
use crate::access::Guard;
use crate::actions::app_care;
use crate::actions::apps::{self, AppInput};
use crate::actions::troubles::{self, AppTrouble};
use crate::api::list::List;
use crate::api::made;
use crate::api::version::{tagged, versioned};
use crate::extract::{DryRun, Json, Path};
use crate::pages::help::cause_href;
use crate::problem::{Outcome, Problem};
use crate::state::{Keep, Web};
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
    /// What it is called; empty where nobody has named it.
    pub name: String,
    /// The platform.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// The way to sign in.
    #[schema(value_type = String)]
    pub flow: LoginFlow,
    /// The client id.
    pub client_id: String,
    /// Since when it takes no new sign-ins; what lives through it goes on.
    pub retired_at: Option<Timestamp>,
    /// Why: `person` or `settings`.
    #[schema(value_type = Option<String>)]
    pub retired_why: Option<RetiredWhy>,
    /// How the secret fared.
    pub secret: Option<SecretJson>,
    /// The secret before, while one is being replaced.
    pub previous_secret: Option<SecretJson>,
    /// Whether a client secret is kept.
    pub has_secret: bool,
    /// Where the platform sends browsers back to.
    pub redirect_uri: String,
    /// The API version.
    pub api_version: String,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// Where the platform refuses the app, or answers nothing that can be placed to many of its sign-ins: their logins
    /// wait, and go on by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<AppTroubleJson>,
    /// Of a change that is only tried: what would end with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends_logins: Vec<LoginJson>,
}

/// What an app is in trouble with.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AppTrouble)]
pub struct AppTroubleJson {
    /// The cause class; `unknown` where no table knows what the platform answers.
    #[schema(value_type = String)]
    pub cause: Cause,
    /// The page about the cause.
    pub help_url: String,
    /// Since when.
    pub since: Timestamp,
    /// How many channels of this workspace wait.
    pub channels_waiting: u32,
}

impl AppJson {
    /// The app with its trouble, if it is in any.
    fn with_trouble(row: AppRow, all: &[AppTrouble]) -> Self {
        let trouble = troubles::of(all, row.app.id).map(|one| AppTroubleJson {
            cause: one.breaker.cause,
            help_url: cause_href(one.breaker.cause),
            since: one.breaker.opened_at,
            channels_waiting: one.waiting,
        });
        Self {
            trouble,
            ..Self::from(row)
        }
    }
}

/// How a secret fared. The secret itself is never answered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AppSecret)]
pub struct SecretJson {
    /// `untried`, `taken` or `refused`.
    #[schema(value_type = String)]
    pub state: SecretState,
    /// Since when it is here; unknown for older ones.
    pub added_at: Option<Timestamp>,
    /// When the platform last took it, within some hours.
    pub taken_at: Option<Timestamp>,
    /// When the platform last refused it.
    pub refused_at: Option<Timestamp>,
}

impl From<SecretUse> for SecretJson {
    fn from(secret: SecretUse) -> Self {
        Self {
            state: secret.state(),
            added_at: secret.added_at,
            taken_at: secret.taken_at,
            refused_at: secret.refused_at,
        }
    }
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
            name: row.name,
            retired_at: row.retired.map(|(at, _)| at),
            retired_why: row.retired.map(|(_, why)| why),
            secret: row.secret_sealed.is_some().then(|| row.secret.into()),
            previous_secret: row.previous.map(|kept| kept.secret.into()),
            platform: row.app.platform,
            flow: row.app.flow,
            client_id: row.app.client_id,
            has_secret: row.secret_sealed.is_some(),
            redirect_uri: row.app.redirect_uri,
            api_version: row.app.api_version,
            scopes: row.app.scopes,
            trouble: None,
            ends_logins: Vec::new(),
        }
    }
}

/// A new app of the workspace.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// What it is to be called; named after its platform if absent.
    #[serde(default)]
    pub name: String,
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

impl NewApp {
    /// What is to be stored, or checked.
    pub(super) fn input(self) -> AppInput {
        AppInput {
            name: self.name,
            client_id: self.client_id,
            secret: self.client_secret,
            scopes: self.scopes,
        }
    }
}

/// What is to be different; the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppChange {
    /// Another name.
    pub name: Option<String>,
    /// Another client id. It ends what lives through the app: `confirm_ends` must say how many sign-ins that are.
    pub client_id: Option<String>,
    /// How many sign-ins may end, as `?dry_run=true` and `/logins` tell.
    pub confirm_ends: Option<u64>,
    /// Whether it takes no new sign-ins.
    pub retired: Option<bool>,
    /// True: new sign-ins of this workspace go through it. Also for an app of the installation.
    pub default: Option<bool>,
    /// Another secret. It stands beside the one before until that is forgotten.
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
    let all = troubles::list(&web, &guard).await?;
    let list = List::whole(apps::list(&web, &guard).await?);
    Ok(axum::Json(list.map(|row| AppJson::with_trouble(row, &all))))
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
    let (platform, flow) = (new.platform, new.flow);
    let row = apps::create(&web, &guard, platform, flow, &new.input(), keep).await?;
    let (version, at) = (row.generation, urls::ApiApp { app: row.app.id });
    Ok(tagged(version, made(keep, at, &AppJson::from(row))))
}

/// One app.
#[utoipa::path(get, path = urls::ApiApp::PATH, tag = "apps", params(("app" = String, Path)),
    responses((status = 200, body = AppJson), (status = "default", body = Problem)))]
pub async fn one(State(web): State<Web>, guard: Guard, Path(id): Path<AppId>) -> Outcome<Response> {
    let row = apps::one(&web, &guard, id).await?;
    let all = troubles::list(&web, &guard).await?;
    let version = row.generation;
    Ok(versioned(version, &AppJson::with_trouble(row, &all)))
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
    let mut row = apps::one(&web, &guard, id).await?;
    let fields = change.name.is_some()
        || change.client_id.is_some()
        || change.client_secret.is_some()
        || change.scopes.is_some();
    let mut ends = Vec::new();
    if fields {
        let input = AppInput {
            name: change.name.unwrap_or_default(),
            client_id: change
                .client_id
                .unwrap_or_else(|| row.app.client_id.clone()),
            secret: change.client_secret,
            scopes: change.scopes.unwrap_or_else(|| row.app.scopes.clone()),
        };
        let old = row.app;
        row = apps::change(&web, &guard, id, &input, change.confirm_ends, keep).await?;
        if keep == Keep::DryRun && domain::app::ends_logins(&old, &row.app) {
            ends = app_care::logins(&web, &guard, id).await?;
        }
    }
    if let Some(retired) = change.retired {
        row = app_care::retire(&web, &guard, id, retired, keep).await?;
    }
    if change.default == Some(true) {
        row = app_care::make_default(&web, &guard, id, keep).await?;
    }
    let version = row.generation;
    let json = AppJson {
        ends_logins: ends.into_iter().map(LoginJson::from).collect(),
        ..AppJson::from(row)
    };
    Ok(versioned(version, &json))
}
