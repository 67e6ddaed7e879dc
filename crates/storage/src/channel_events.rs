//! The timeline of a channel's life: linked, renewed, ended, mended, read back.

use domain::Timestamp;
use domain::ids::{ChannelId, EventId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A line of it.
    APPEND = "insert into channel_event (id, workspace_id, channel_id, at_ms, kind, maker, detail)
        values ($1, $2, $3, $4, $5, $6, $7)";
    /// The newest lines.
    LATEST = "select id, at_ms, kind, maker, detail from channel_event
        where workspace_id = $1 and channel_id = $2 order by at_ms desc, id desc limit $3";
    /// Lines before a place, the newest first.
    BEFORE = "select id, at_ms, kind, maker, detail from channel_event
        where workspace_id = $1 and channel_id = $2 and (at_ms, id) < ($3, $4) order by at_ms desc, id desc limit $5";
    /// Where a life turned, since a moment, the newest first.
    TURNS = "select id, at_ms, kind, maker, detail from channel_event
        where workspace_id = $1 and channel_id = $2 and at_ms >= $3
            and kind in ('linked', 'signed_in', 'renewed', 'ended', 'limited', 'waiting', 'restored', 'unlinked',
                'unlink_undone', 'took_over')
        order by at_ms desc, id desc limit $4";
    /// The last turn before a moment that says how things stood.
    STOOD = "select id, at_ms, kind, maker, detail from channel_event
        where workspace_id = $1 and channel_id = $2 and at_ms < $3
            and kind in ('linked', 'signed_in', 'ended', 'limited', 'waiting', 'restored', 'unlinked')
        order by at_ms desc, id desc limit 1";
}

/// One line of a channel's life.
#[derive(Debug, Clone)]
pub struct ChannelEvent {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What: `linked`, `unlinked`, `unlink_undone`, `signed_in`, `renewed`, `ended`, `limited`, `waiting`,
    /// `restored`, `synced`, `mode`; of sign-ins that stand by: `stands_by`, `took_over`, `made_first`,
    /// `spare_ended`, `spare_removed`.
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
    lines(&conn.all(&LATEST, params![workspace, channel, limit])?)
}

fn lines(rows: &[Row]) -> Result<Vec<ChannelEvent>> {
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

/// Lines before a place, newest first.
///
/// # Errors
/// When the database fails.
pub fn before(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    place: (Timestamp, EventId),
    limit: usize,
) -> Result<Vec<ChannelEvent>> {
    lines(&conn.all(
        &BEFORE,
        params![workspace, channel, place.0, place.1, limit],
    )?)
}

/// Where the channel's life turned since a moment, the oldest first, and the last such line before it. Of more than
/// `limit` the newest are read.
///
/// # Errors
/// When the database fails.
pub fn turns(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    since: Timestamp,
    limit: usize,
) -> Result<(Option<ChannelEvent>, Vec<ChannelEvent>)> {
    let mut found = lines(&conn.all(&TURNS, params![workspace, channel, since, limit])?)?;
    found.reverse();
    let stood = lines(&conn.all(&STOOD, params![workspace, channel, since])?)?;
    Ok((stood.into_iter().next(), found))
}
