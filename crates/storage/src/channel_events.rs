//! The timeline of a channel's life: linked, renewed, ended, mended, read back.

use domain::Timestamp;
use domain::ids::{ChannelId, EventId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::sql::statements;

statements! {
    /// A line of it.
    APPEND = "insert into channel_event (id, workspace_id, channel_id, at_ms, kind, maker, detail)
        values ($1, $2, $3, $4, $5, $6, $7)";
    /// The newest lines.
    LATEST = "select id, at_ms, kind, maker, detail from channel_event
        where workspace_id = $1 and channel_id = $2 order by at_ms desc, id desc limit $3";
}

/// One line of a channel's life.
#[derive(Debug, Clone)]
pub struct ChannelEvent {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What: `linked`, `unlinked`, `unlink_undone`, `signed_in`, `renewed`, `ended`, `limited`, `waiting`,
    /// `restored`, `synced`, `mode`.
    pub kind: String,
    /// Who.
    pub maker: Maker,
    /// More, by kind. No secrets.
    pub detail: serde_json::Value,
}

/// Appends a line.
///
/// # Errors
/// When the database fails.
#[expect(
    clippy::too_many_arguments,
    reason = "one row of a log; a struct would only repeat the columns"
)]
pub fn append(
    conn: &mut Conn<'_>,
    id: EventId,
    workspace: WorkspaceId,
    channel: ChannelId,
    at: Timestamp,
    kind: &str,
    maker: Maker,
    detail: &serde_json::Value,
) -> Result<()> {
    conn.run(
        &APPEND,
        params![id, workspace, channel, at, kind, doc(&maker), detail],
    )?;
    Ok(())
}

/// The newest lines, newest first.
///
/// # Errors
/// When the database fails.
pub fn latest(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    limit: usize,
) -> Result<Vec<ChannelEvent>> {
    let rows = conn.all(&LATEST, params![workspace, channel, limit])?;
    rows.iter()
        .map(|row| {
            Ok(ChannelEvent {
                id: row.get("id")?,
                at: row.get("at_ms")?,
                kind: row.get("kind")?,
                maker: read(row, "maker")?,
                detail: row.get("detail")?,
            })
        })
        .collect()
}
