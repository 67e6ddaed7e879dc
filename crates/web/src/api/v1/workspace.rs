//! `me` and `workspace`.

use axum::extract::State;
use domain::Timestamp;
use domain::ids::{ApiKeyId, MemberId, SocialSetId, WorkspaceId};
use domain::member::{Role, Scope};
use serde::{Deserialize, Serialize};
use storage::workspaces::Workspace;

use crate::access::Guard;
use crate::actions::workspace;
use crate::extract::{DryRun, Json};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(me, one, change))]
pub struct Doc;

/// Who the key is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// The key.
    #[schema(value_type = Option<String>)]
    pub key: Option<ApiKeyId>,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    /// Only in these sets; absent if in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub social_sets: Option<Vec<SocialSetId>>,
    /// The member whose rights bound it.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// That member's role.
    #[schema(value_type = String)]
    pub role: Role,
    /// The workspace.
    #[schema(value_type = String)]
    pub workspace: WorkspaceId,
}

/// A workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Workspace)]
pub struct WorkspaceJson {
    /// `ws_…`
    #[schema(value_type = String)]
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<Workspace> for WorkspaceJson {
    fn from(space: Workspace) -> Self {
        Self {
            id: space.id,
            name: space.name,
            zone: space.zone.name().to_owned(),
            created_at: space.created_at,
        }
    }
}

/// What is to be different.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChange {
    /// Another name.
    pub name: Option<String>,
    /// Another zone.
    pub zone: Option<String>,
}

/// Says who the key is and what it may do.
#[utoipa::path(get, path = urls::ApiMe::PATH, tag = "workspace",
    responses((status = 200, body = Me), (status = "default", body = Problem)))]
pub async fn me(guard: Guard) -> axum::Json<Me> {
    axum::Json(Me {
        key: guard.key(),
        scopes: guard.scopes().unwrap_or_default().to_vec(),
        social_sets: guard.sets().map(|sets| sets.iter().copied().collect()),
        member: guard.member(),
        role: guard.role(),
        workspace: guard.workspace(),
    })
}

/// The workspace.
#[utoipa::path(get, path = urls::ApiWorkspace::PATH, tag = "workspace",
    responses((status = 200, body = WorkspaceJson), (status = "default", body = Problem)))]
pub async fn one(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<WorkspaceJson>> {
    Ok(axum::Json(workspace::one(&web, &guard).await?.into()))
}

/// Changes the workspace's name or zone.
#[utoipa::path(patch, path = urls::ApiWorkspace::PATH, tag = "workspace", request_body = WorkspaceChange,
    params(("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = WorkspaceJson), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Json(change): Json<WorkspaceChange>,
) -> Outcome<axum::Json<WorkspaceJson>> {
    let now = workspace::one(&web, &guard).await?;
    let name = change.name.unwrap_or(now.name);
    let zone = change.zone.unwrap_or_else(|| now.zone.name().to_owned());
    Ok(axum::Json(
        workspace::change(&web, &guard, &name, &zone, keep)
            .await?
            .into(),
    ))
}
