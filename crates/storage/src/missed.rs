//! What waits for a person: missed, refused and uncertain deliveries of a social set, each with the cause
//! that its notice names.

use domain::cause::Cause;
use domain::delivery::StateWord;
use domain::health::Evidence;
use domain::ids::{NoticeId, SocialSetId, WorkspaceId};

use crate::deliveries::DeliveryRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::json::maybe_read;
use crate::params;
use crate::sql::statements;

statements! {
    /// The deliveries of a set in one state, the earliest first, with what their notice says.
    WAITING = "select delivery.*, notice.id as notice_id, notice.cause as notice_cause, notice.evidence as notice_evidence
        from delivery
        left join notice_delivery on notice_delivery.delivery_id = delivery.id
        left join notice on notice.id = notice_delivery.notice_id
        where delivery.workspace_id = $1 and delivery.social_set_id = $2 and delivery.state = $3
        order by delivery.due_at_ms, delivery.id limit $4";
    /// How many are missed in a set.
    COUNT = "select cast(count(*) as bigint) as found from delivery
        where workspace_id = $1 and social_set_id = $2 and state = 'missed'";
}

/// A delivery that waits for a person.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    /// The delivery.
    pub delivery: DeliveryRow,
    /// The notice that it stands in.
    pub notice: Option<NoticeId>,
    /// The cause of the login that the notice names.
    pub cause: Option<Cause>,
    /// What the platform said.
    pub evidence: Option<Evidence>,
}

/// The deliveries of a set in one state, the earliest first.
///
/// # Errors
/// When the database fails.
pub fn waiting(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    set: SocialSetId,
    state: StateWord,
    limit: usize,
) -> Result<Vec<WaitingRow>> {
    conn.all(&WAITING, params![workspace, set, state, limit])?
        .iter()
        .map(|row| {
            Ok(WaitingRow {
                delivery: DeliveryRow::from_row(row)?,
                notice: row.get("notice_id")?,
                cause: row.get("notice_cause")?,
                evidence: maybe_read(row, "notice_evidence")?,
            })
        })
        .collect()
}

/// How many posts of a set are missed.
///
/// # Errors
/// When the database fails.
pub fn count(conn: &mut Conn<'_>, workspace: WorkspaceId, set: SocialSetId) -> Result<usize> {
    let found: u64 = conn.one(&COUNT, params![workspace, set])?.get("found")?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}
