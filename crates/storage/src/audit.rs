//! The audit log of a workspace: who changed what. A line is written in the transaction of the change.
//! Not here: what happened to channels and deliveries; they have their own histories.

use domain::Timestamp;
use domain::ids::{AuditId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// One line.
    ADD = "insert into audit (id, workspace_id, at_ms, maker, action, subject, detail) values ($1, $2, $3, $4, $5, $6, $7)";
    /// Lines before a place, newest first.
    PAGE = "select id, workspace_id, at_ms, maker, action, subject, detail from audit
            where workspace_id = $1 and (at_ms, id) < ($2, $3) order by at_ms desc, id desc limit $4";
    /// The newest lines.
    NEWEST = "select id, workspace_id, at_ms, maker, action, subject, detail from audit
              where workspace_id = $1 order by at_ms desc, id desc limit $2";
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub id: AuditId,
    /// Where.
    pub workspace: WorkspaceId,
    /// When, by the product clock.
    pub at: Timestamp,
    /// Who.
    pub maker: Maker,
    /// What was done: `social_set.create` and the like.
    pub action: String,
    /// To what: an id with its prefix.
    pub subject: String,
    /// What a person reads, without secrets.
    pub detail: String,
}

/// Where a page ends; the next begins before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The time of the last line.
    pub at: Timestamp,
    /// Its id.
    pub id: AuditId,
}

fn from_row(row: &Row) -> Result<Entry> {
    Ok(Entry {
        id: row.get("id")?,
        workspace: row.get("workspace_id")?,
        at: row.get("at_ms")?,
        maker: row.get("maker")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        detail: row.get("detail")?,
    })
}

/// Writes a line.
///
/// # Errors
/// When the database fails.
pub fn add(conn: &mut Conn<'_>, entry: &Entry) -> Result<()> {
    conn.run(
        &ADD,
        params![
            entry.id,
            entry.workspace,
            entry.at,
            entry.maker,
            entry.action,
            entry.subject,
            entry.detail
        ],
    )?;
    Ok(())
}

/// At most `limit` lines, newest first, before a place or from the newest on.
///
/// # Errors
/// When the database fails.
pub fn page(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    before: Option<Before>,
    limit: usize,
) -> Result<Vec<Entry>> {
    let rows = match before {
        Some(place) => conn.all(&PAGE, params![workspace, place.at, place.id, limit])?,
        None => conn.all(&NEWEST, params![workspace, limit])?,
    };
    rows.iter().map(from_row).collect()
}
