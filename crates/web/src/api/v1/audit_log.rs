//! `audit-log`.

use axum::extract::State;
use domain::Timestamp;
use domain::ids::AuditId;
use serde::{Deserialize, Serialize};
use storage::audit::{Before, Entry};

use crate::access::Guard;
use crate::actions::workspace;
use crate::api::list::{List, Paging};
use crate::extract::Query;
use crate::problem::{Outcome, Problem};
use crate::state::Web;
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list))]
pub struct Doc;

/// One line: who changed what.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// `au_…`
    #[schema(value_type = String)]
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who: a member (`mb_…`), a key (`key_…`) or `rule`.
    pub maker: String,
    /// What was done, such as `social_set.create`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// Its name or reason.
    pub detail: String,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            maker: entry.maker.to_string(),
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
        }
    }
}

/// After which line a page begins.
#[derive(Serialize, Deserialize)]
struct Place {
    at_ms: i64,
    id: AuditId,
}

/// Lists the audit log, newest first.
#[utoipa::path(get, path = urls::ApiAuditLog::PATH, tag = "audit-log",
    params(("limit" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<AuditEntry>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Query(paging): Query<Paging>,
) -> Outcome<axum::Json<List<AuditEntry>>> {
    let limit = paging.limit()?;
    let before = paging.after::<Place>()?.and_then(|place| {
        Some(Before {
            at: Timestamp::from_millisecond(place.at_ms).ok()?,
            id: place.id,
        })
    });
    let lines = workspace::audit_log(&web, &guard, before, limit + 1).await?;
    let page = List::page(lines, limit, |entry| Place {
        at_ms: entry.at.as_millisecond(),
        id: entry.id,
    });
    Ok(axum::Json(page.map(AuditEntry::from)))
}
