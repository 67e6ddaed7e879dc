//! `holds`.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::ids::{HoldId, SocialSetId};
use serde::{Deserialize, Serialize};
use storage::holds::Hold;

use crate::access::Guard;
use crate::actions::holds::{self, HoldInput};
use crate::api::list::List;
use crate::api::made;
use crate::extract::{DryRun, Json, Path};
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, begin, end))]
pub struct Doc;

/// While it is in force, nothing goes out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Hold)]
pub struct HoldJson {
    /// `ho_…`
    #[schema(value_type = String)]
    pub id: HoldId,
    /// Only this set; absent if the whole workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub social_set: Option<SocialSetId>,
    /// Why.
    pub reason: String,
    /// Who: a member (`mb_…`) or a key (`key_…`).
    pub made_by: String,
    /// Since when.
    pub begun_at: Timestamp,
    /// It ends by itself then.
    pub until: Option<Timestamp>,
    /// It was ended then.
    pub ended_at: Option<Timestamp>,
}

impl From<Hold> for HoldJson {
    fn from(hold: Hold) -> Self {
        Self {
            id: hold.id,
            social_set: hold.set,
            reason: hold.reason,
            made_by: hold.made_by.to_string(),
            begun_at: hold.begun_at,
            until: hold.until,
            ended_at: hold.ended_at,
        }
    }
}

/// A new hold.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// Only this set; the whole workspace if absent.
    #[schema(value_type = Option<String>)]
    pub social_set: Option<SocialSetId>,
    /// Why.
    pub reason: String,
    /// It ends by itself then.
    pub until: Option<Timestamp>,
}

/// Lists the holds that are in force.
#[utoipa::path(get, path = urls::ApiHolds::PATH, tag = "holds",
    responses((status = 200, body = List<HoldJson>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<List<HoldJson>>> {
    Ok(axum::Json(
        List::whole(holds::list(&web, &guard).await?).map(HoldJson::from),
    ))
}

/// Holds all posts of a set or of the workspace.
#[utoipa::path(post, path = urls::ApiHolds::PATH, tag = "holds", request_body = NewHold,
    params(("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 201, body = HoldJson), (status = "default", body = Problem)))]
pub async fn begin(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Json(new): Json<NewHold>,
) -> Outcome<Response> {
    let input = HoldInput {
        set: new.social_set,
        reason: new.reason,
        until: new.until,
    };
    let hold = holds::begin(&web, &guard, &input, keep).await?;
    Ok(made(
        keep,
        urls::ApiHold { hold: hold.id },
        &HoldJson::from(hold),
    ))
}

/// Ends a hold.
#[utoipa::path(delete, path = urls::ApiHold::PATH, tag = "holds", params(("hold" = String, Path),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    responses((status = 200, body = HoldJson), (status = "default", body = Problem)))]
pub async fn end(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<HoldId>,
    DryRun(keep): DryRun,
) -> Outcome<axum::Json<HoldJson>> {
    Ok(axum::Json(holds::end(&web, &guard, id, keep).await?.into()))
}
