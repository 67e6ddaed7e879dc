//! Social sets: one brand's channels, its zone and its lateness limit.

use domain::Timestamp;
use domain::ids::{SocialSetId, WorkspaceId};
use domain::schedule::Zone;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A new set.
    CREATE = "insert into social_set (id, workspace_id, name, zone, lateness_limit_ms, created_at_ms)
              values ($1, $2, $3, $4, $5, $6)";
    /// All sets of a workspace.
    LIST = "select id, workspace_id, name, zone, lateness_limit_ms, created_at_ms
            from social_set where workspace_id = $1 order by name, id";
    /// One.
    ONE = "select id, workspace_id, name, zone, lateness_limit_ms, created_at_ms
           from social_set where workspace_id = $1 and id = $2";
    /// Another name, zone or limit, if nobody changed them meanwhile.
    CHANGE = "update social_set set name = $3, zone = $4, lateness_limit_ms = $5
              where workspace_id = $1 and id = $2 and name = $6 and zone = $7 and lateness_limit_ms = $8";
}

/// One brand's channels.
#[derive(Debug, Clone, PartialEq)]
pub struct SocialSet {
    /// Which.
    pub id: SocialSetId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// As people call it.
    pub name: String,
    /// The zone in which its posts are planned.
    pub zone: Zone,
    /// How late a post may still go out, in milliseconds.
    pub lateness_limit_ms: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

fn from_row(row: &Row) -> Result<SocialSet> {
    Ok(SocialSet {
        id: row.get("id")?,
        workspace: row.get("workspace_id")?,
        name: row.get("name")?,
        zone: row.get("zone")?,
        lateness_limit_ms: row.get("lateness_limit_ms")?,
        created_at: row.get("created_at_ms")?,
    })
}

/// Makes a set.
///
/// # Errors
/// When the database fails.
pub fn create(conn: &mut Conn<'_>, new: &SocialSet) -> Result<()> {
    conn.run(
        &CREATE,
        params![
            new.id,
            new.workspace,
            new.name,
            new.zone,
            new.lateness_limit_ms,
            new.created_at
        ],
    )?;
    Ok(())
}

/// The sets of a workspace, by name.
///
/// # Errors
/// When the database fails.
pub fn list(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<SocialSet>> {
    conn.all(&LIST, params![workspace])?
        .iter()
        .map(from_row)
        .collect()
}

/// The set of that id in the workspace, or none.
///
/// # Errors
/// When the database fails.
pub fn one(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: SocialSetId,
) -> Result<Option<SocialSet>> {
    conn.maybe(&ONE, params![workspace, id])?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Gives the set another name, zone and limit by compare-and-set on `old`.
///
/// # Errors
/// [`crate::Error::Stale`] when it is not as `old` any more.
pub fn change(conn: &mut Conn<'_>, old: &SocialSet, new: &SocialSet) -> Result<()> {
    conn.change(
        "the social set",
        &CHANGE,
        params![
            old.workspace,
            old.id,
            new.name,
            new.zone,
            new.lateness_limit_ms,
            old.name,
            old.zone,
            old.lateness_limit_ms
        ],
    )
}
