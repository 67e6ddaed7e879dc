//! Drafts of a social set: posts that are not planned yet on at least one channel, or have no channel.

use domain::Timestamp;
use domain::ids::{PostId, SocialSetId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::posts::PostRow;
use crate::sql::statements;

statements! {
    /// Drafts, the last changed first, from a cursor.
    LIST = "select post.* from post where workspace_id = $1 and social_set_id = $2
            and (updated_at_ms, id) < ($3, $4)
            and (exists (select 1 from delivery where delivery.post_id = post.id and delivery.state = 'draft')
                or not exists (select 1 from delivery where delivery.post_id = post.id))
        order by updated_at_ms desc, id desc limit $5";
    /// How many there are.
    COUNT = "select cast(count(*) as bigint) as found from post where workspace_id = $1 and social_set_id = $2
            and (exists (select 1 from delivery where delivery.post_id = post.id and delivery.state = 'draft')
                or not exists (select 1 from delivery where delivery.post_id = post.id))";
}

/// Drafts of a set, the last changed first, before a place.
///
/// # Errors
/// When the database fails.
pub fn list(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    set: SocialSetId,
    before: (Timestamp, PostId),
    limit: usize,
) -> Result<Vec<PostRow>> {
    conn.all(&LIST, params![workspace, set, before.0, before.1, limit])?
        .iter()
        .map(PostRow::from_row)
        .collect()
}

/// How many drafts a set has.
///
/// # Errors
/// When the database fails.
pub fn count(conn: &mut Conn<'_>, workspace: WorkspaceId, set: SocialSetId) -> Result<usize> {
    let found: u64 = conn.one(&COUNT, params![workspace, set])?.get("found")?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}
