//! How many posts each channel has waiting: for lists of channels, and for what unlinking keeps.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::{ChannelId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// Planned and held posts of each channel of a workspace.
    WAITING = "select channel_id,
            cast(sum(case when state = 'missed' then 0 else 1 end) as bigint) as planned,
            cast(sum(case when state = 'missed' then 1 else 0 end) as bigint) as held,
            min(case when state = 'missed' then null else due_at_ms end) as next_due
        from delivery where workspace_id = $1 and state in ('scheduled', 'publishing', 'in_review', 'missed')
        group by channel_id order by channel_id";
}

/// What waits on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Posts that are planned or under way.
    pub planned: u32,
    /// Posts that could not go out and wait for a person.
    pub held: u32,
    /// When the first planned one is due.
    pub next_due: Option<Timestamp>,
}

/// What waits on each channel of the workspace; a channel without posts is not in it.
///
/// # Errors
/// When the database fails.
pub fn waiting(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
) -> Result<BTreeMap<ChannelId, Waiting>> {
    conn.all(&WAITING, params![workspace])?
        .iter()
        .map(|row| {
            let waiting = Waiting {
                planned: row.get("planned")?,
                held: row.get("held")?,
                next_due: row.get("next_due")?,
            };
            Ok((row.get("channel_id")?, waiting))
        })
        .collect()
}
