//! `members`.

use axum::extract::State;
use domain::Timestamp;
use domain::ids::{MemberId, SocialSetId};
use domain::member::Role;
use serde::Serialize;
use storage::people::MemberRow;

use crate::access::Guard;
use crate::actions::workspace;
use crate::api::list::List;
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list))]
pub struct Doc;

/// A person in the workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Member)]
pub struct MemberJson {
    /// `mb_…`
    #[schema(value_type = String)]
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their mail address.
    pub mail: String,
    /// `owner`, `admin`, `editor`, `contributor` or `viewer`.
    #[schema(value_type = String)]
    pub role: Role,
    /// Only these sets; absent if all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub social_sets: Option<Vec<SocialSetId>>,
    /// Since when.
    pub created_at: Timestamp,
}

impl From<MemberRow> for MemberJson {
    fn from(row: MemberRow) -> Self {
        Self {
            id: row.member.id,
            name: row.name,
            mail: row.mail,
            role: row.member.role,
            social_sets: row.member.sets.map(|sets| sets.into_iter().collect()),
            created_at: row.created_at,
        }
    }
}

/// Lists the members of the workspace.
#[utoipa::path(get, path = urls::ApiMembers::PATH, tag = "members",
    responses((status = 200, body = List<MemberJson>), (status = "default", body = Problem)))]
pub async fn list(State(web): State<Web>, guard: Guard) -> Outcome<axum::Json<List<MemberJson>>> {
    let all = workspace::members(&web, &guard).await?;
    Ok(axum::Json(List::whole(all).map(MemberJson::from)))
}
