//! Deliveries seen from their channel: what is planned there, what settled there, what waits for its login.

use domain::Timestamp;
use domain::ids::{ChannelId, WorkspaceId};

use crate::deliveries::DeliveryRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// Remote ids that settled other deliveries of this channel.
    TAKEN = "select remote_id from delivery where channel_id = $1 and workspace_id = $2 and remote_id is not null
        and id <> $3 order by published_at_ms desc limit 200";
    /// Whether a remote post settled another delivery.
    IS_TAKEN = "select id from delivery where channel_id = $1 and remote_id = $2 and id <> $3";
    /// How many are planned on a channel, and the first.
    PLANNED = "select cast(count(*) as bigint) as planned, min(due_at_ms) as first_due from delivery
        where channel_id = $1 and workspace_id = $2 and state in ('scheduled', 'publishing', 'in_review')";
    /// When the next ones on a channel are due.
    NEXT_ON_CHANNEL = "select due_at_ms from delivery where channel_id = $1 and due_at_ms > $2 and state = 'scheduled'
        order by due_at_ms limit 2";
    /// The channel is well again: what waits for the login is looked at now.
    WAKE_CHANNEL = "update delivery set act_at_ms = $1 where channel_id = $2 and workspace_id = $3
        and act_at_ms > $1 and state in ('publishing', 'uncertain') and lease_by is null";
}

/// Remote ids that settled other deliveries of this channel, the newest 200.
///
/// # Errors
/// When the database fails.
pub fn taken(conn: &mut Conn<'_>, row: &DeliveryRow) -> Result<Vec<String>> {
    conn.all(&TAKEN, params![row.channel, row.workspace, row.id])?
        .iter()
        .map(|row| row.get("remote_id"))
        .collect()
}

/// Whether a remote post settled another delivery of this channel.
///
/// # Errors
/// When the database fails.
pub fn is_taken(conn: &mut Conn<'_>, row: &DeliveryRow, remote_id: &str) -> Result<bool> {
    Ok(!conn
        .all(&IS_TAKEN, params![row.channel, remote_id, row.id])?
        .is_empty())
}

/// How many deliveries are planned on a channel, and when the first is due.
///
/// # Errors
/// When the database fails.
pub fn planned(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
) -> Result<(u64, Option<Timestamp>)> {
    let row = conn.one(&PLANNED, params![channel, workspace])?;
    Ok((row.get("planned")?, row.get("first_due")?))
}

/// The next two planned times of a channel after `now`: a login is proven before them.
///
/// # Errors
/// When the database fails.
pub fn next_on_channel(
    conn: &mut Conn<'_>,
    channel: ChannelId,
    now: Timestamp,
) -> Result<Vec<Timestamp>> {
    conn.all(&NEXT_ON_CHANNEL, params![channel, now])?
        .iter()
        .map(|row| row.get("due_at_ms"))
        .collect()
}

/// The channel's login is well again: what was waiting for it is looked at now.
///
/// # Errors
/// When the database fails.
pub fn wake_channel(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    now: Timestamp,
) -> Result<u64> {
    conn.run(&WAKE_CHANNEL, params![now, channel, workspace])
}
