//! Sign-ins that stand by on a channel: what was said about them, and which of them may take over.

use domain::Timestamp;
use domain::channel::Consent;
use domain::ids::{ChannelGrantId, ChannelId, WorkspaceId};
use domain::post::Maker;

use crate::channel_grants::ChannelGrantRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::json::doc;
use crate::params;
use crate::sql::statements;

statements! {
    /// What a person said about a sign-in.
    SAY = "update channel_grant set consent = $1, consent_by = $2, consent_at_ms = $3
        where id = $4 and workspace_id = $5 and coalesce(consent, '') <> 'removed'";
    /// It is taken off its channel: no token of it is kept there, and nothing looks at it any more.
    REMOVE = "update channel_grant set consent = 'removed', consent_by = $1, consent_at_ms = $2, token_sealed = null,
            probe_at_ms = null, announce_at_ms = null, lease_by = null, lease_until_ms = null
        where id = $3 and workspace_id = $4 and standing = 'spare' and coalesce(consent, '') <> 'removed'";
    /// Those that may take over, as far as is known: the longest there first.
    READY = "select on_channel.* from channel_grant on_channel join oauth_grant given on given.id = on_channel.grant_id
        where on_channel.workspace_id = $1 and on_channel.channel_id = $2 and on_channel.standing = 'spare'
            and on_channel.consent = 'stands_by' and on_channel.health <> 'needs_refresh' and given.life = 'live'
        order by on_channel.created_at_ms, on_channel.id";
}

/// Records what was said about a sign-in.
///
/// # Errors
/// [`crate::Error::Stale`] when it is not on a channel any more.
pub fn say(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelGrantId,
    consent: Consent,
    maker: Maker,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "channel grant",
        &SAY,
        params![consent, doc(&maker), now, id, workspace],
    )
}

/// Takes a sign-in off its channel. The one in use stays.
///
/// # Errors
/// [`crate::Error::Stale`] when it is the one in use, or is not there any more.
pub fn remove(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelGrantId,
    maker: Maker,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "channel grant",
        &REMOVE,
        params![doc(&maker), now, id, workspace],
    )
}

/// Those that may take over, the longest there first.
///
/// # Errors
/// When the database fails.
pub fn ready(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
) -> Result<Vec<ChannelGrantRow>> {
    conn.all(&READY, params![workspace, channel])?
        .iter()
        .map(ChannelGrantRow::from_row)
        .collect()
}
