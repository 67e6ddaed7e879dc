//! The renewal journal: an intent is durable before the call to the platform, its outcome after the
//! answer is. An intent that stands open says that the platform may have rotated unseen.

use domain::Timestamp;
use domain::grant::Verdict;
use domain::health::Evidence;
use domain::ids::{GrantId, RenewalId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::grants::GrantRow;
use crate::json::{maybe_doc, maybe_read};
use crate::lease::Lease;
use crate::params;
use crate::sql::statements;

statements! {
    /// An intent that was never answered.
    OPEN_INTENTS = "select id, generation, begun_at_ms from renewal where grant_id = $1 and ended_at_ms is null
        order by begun_at_ms, id";
    /// Writes an intent.
    INTEND = "insert into renewal (id, workspace_id, grant_id, generation, fence, incarnation, begun_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7)";
    /// Ends one intent.
    END_INTENT = "update renewal set ended_at_ms = $1, outcome = $2, evidence = $3
        where id = $4 and workspace_id = $5 and ended_at_ms is null";
    /// Ends what stands open of a generation that is over.
    END_OLD_INTENTS = "update renewal set ended_at_ms = $1, outcome = $2
        where grant_id = $3 and workspace_id = $4 and generation <= $5 and ended_at_ms is null";
    /// Ends the intent that was answered with new tokens, and with it what stands open of its generation or an older one.
    RENEWED = "update renewal set ended_at_ms = $1, outcome = case when id = $2 then $3 else 'overtaken' end, evidence = null
        where grant_id = $4 and workspace_id = $5 and generation <= $6 and ended_at_ms is null";
    /// The last renewals of a grant, newest first.
    RENEWALS = "select id, generation, begun_at_ms, ended_at_ms, outcome, evidence from renewal
        where grant_id = $1 and workspace_id = $2 order by begun_at_ms desc, id desc limit $3";
}

/// Whether an intent of this generation was never answered: the platform may have rotated unseen.
///
/// # Errors
/// When the database fails.
pub fn unanswered(conn: &mut Conn<'_>, grant: GrantId, generation: u64) -> Result<bool> {
    for row in conn.all(&OPEN_INTENTS, params![grant])? {
        if row.get::<u64>("generation")? == generation {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the intent to renew, durable before the call.
///
/// # Errors
/// When the database fails.
pub fn intend(
    conn: &mut Conn<'_>,
    id: RenewalId,
    grant: &GrantRow,
    lease: Lease,
    now: Timestamp,
) -> Result<()> {
    conn.run(
        &INTEND,
        params![
            id,
            grant.workspace,
            grant.id,
            grant.generation,
            lease.fence,
            lease.by,
            now
        ],
    )?;
    Ok(())
}

/// Ends an intent with its outcome. An intent whose answer may have been lost is not ended: whoever
/// tries next must look first.
///
/// # Errors
/// When the database fails.
pub fn answered(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    intent: RenewalId,
    outcome: Verdict,
    evidence: Option<&Evidence>,
    now: Timestamp,
) -> Result<()> {
    conn.run(
        &END_INTENT,
        params![now, outcome, maybe_doc(evidence), intent, workspace],
    )?;
    Ok(())
}

/// Ends the intent whose answer is durable as renewed, and every other that stands open of its generation or an older
/// one as overtaken.
///
/// # Errors
/// When the database fails.
pub(crate) fn renewed(
    conn: &mut Conn<'_>,
    intent: RenewalId,
    grant: &GrantRow,
    now: Timestamp,
) -> Result<()> {
    conn.run(
        &RENEWED,
        params![
            now,
            intent,
            Verdict::Renewed,
            grant.id,
            grant.workspace,
            grant.generation
        ],
    )?;
    Ok(())
}

/// Ends every open intent of the grant up to this generation: `not_rotated` where testimony showed it.
///
/// # Errors
/// When the database fails.
pub fn end_open(
    conn: &mut Conn<'_>,
    grant: &GrantRow,
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    conn.run(
        &END_OLD_INTENTS,
        params![now, outcome, grant.id, grant.workspace, grant.generation],
    )?;
    Ok(())
}

/// One line of the renewal journal.
#[derive(Debug, Clone)]
pub struct RenewalRow {
    /// Which intent.
    pub id: RenewalId,
    /// The generation that was to be renewed.
    pub generation: u64,
    /// When the intent was written.
    pub begun_at: Timestamp,
    /// When its end was known.
    pub ended_at: Option<Timestamp>,
    /// `renewed`, `try_again`, `dead`, `overtaken`, `not_rotated`; none while unanswered.
    pub outcome: Option<String>,
    /// What the platform said.
    pub evidence: Option<Evidence>,
}

/// The last renewals of a grant, newest first.
///
/// # Errors
/// When the database fails.
pub fn renewals(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: GrantId,
    limit: usize,
) -> Result<Vec<RenewalRow>> {
    let rows = conn.all(&RENEWALS, params![id, workspace, limit])?;
    rows.iter()
        .map(|row| {
            Ok(RenewalRow {
                id: row.get("id")?,
                generation: row.get("generation")?,
                begun_at: row.get("begun_at_ms")?,
                ended_at: row.get("ended_at_ms")?,
                outcome: row.get("outcome")?,
                evidence: maybe_read(row, "evidence")?,
            })
        })
        .collect()
}
