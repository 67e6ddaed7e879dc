//! How much of each social set needs a person: the numbers in the frame around every page, read at once.

use std::collections::BTreeMap;

use domain::ids::{SocialSetId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// The numbers of every set of a workspace. A channel needs a person when it should post by itself and
    /// its login cannot; a notice when it asks for one and nobody has said that they saw it.
    OF_SETS = "select s.id,
            (select cast(count(*) as bigint) from channel c
                left join channel_grant g on g.channel_id = c.id and g.standing = 'primary'
                left join oauth_grant o on o.id = g.grant_id
                where c.workspace_id = s.workspace_id and c.social_set_id = s.id
                    and c.link = 'linked' and c.mode = 'auto'
                    and (g.id is null or o.life <> 'live' or g.health in ('limited', 'needs_refresh'))) as channels,
            (select cast(count(*) as bigint) from delivery d
                where d.workspace_id = s.workspace_id and d.social_set_id = s.id and d.state = 'missed') as missed,
            (select cast(count(*) as bigint) from post p
                where p.workspace_id = s.workspace_id and p.social_set_id = s.id
                    and (exists (select 1 from delivery d where d.post_id = p.id and d.state = 'draft')
                        or not exists (select 1 from delivery d where d.post_id = p.id))) as drafts,
            (select cast(count(*) as bigint) from notice n
                where n.workspace_id = s.workspace_id and n.social_set_id = s.id and n.state = 'open'
                    and n.kind not in ('channel_waiting', 'channel_restored')) as notices
        from social_set s where s.workspace_id = $1 order by s.id";
}

/// The numbers of one set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Channels whose login needs a person.
    pub channels: usize,
    /// Posts that wait for a person.
    pub missed: usize,
    /// Drafts.
    pub drafts: usize,
    /// Notices that nobody has said they saw.
    pub notices: usize,
}

/// The numbers of every set of the workspace.
///
/// # Errors
/// When the database fails.
pub fn of_sets(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
) -> Result<BTreeMap<SocialSetId, Counts>> {
    conn.all(&OF_SETS, params![workspace])?
        .iter()
        .map(|row| {
            let counts = Counts {
                channels: number(row, "channels")?,
                missed: number(row, "missed")?,
                drafts: number(row, "drafts")?,
                notices: number(row, "notices")?,
            };
            Ok((row.get("id")?, counts))
        })
        .collect()
}

fn number(row: &Row, column: &str) -> Result<usize> {
    Ok(usize::try_from(row.get::<u64>(column)?).unwrap_or(usize::MAX))
}
