//! Holds: while one is open, nothing of the social set or workspace goes out. What a hold does to
//! deliveries is the engine's matter; here is only that it is there.

use domain::Timestamp;
use domain::ids::{HoldId, SocialSetId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// It begins.
    BEGIN = "insert into hold (id, workspace_id, social_set_id, reason, made_by, begun_at_ms, until_ms)
             values ($1, $2, $3, $4, $5, $6, $7)";
    /// What holds now: not ended by hand, and its end not reached.
    OPEN = "select id, workspace_id, social_set_id, reason, made_by, begun_at_ms, until_ms, ended_at_ms
            from hold where workspace_id = $1 and ended_at_ms is null and (until_ms is null or until_ms > $2)
            order by begun_at_ms, id";
    /// What holds this set now, by itself or with the whole workspace.
    OVER = "select id, workspace_id, social_set_id, reason, made_by, begun_at_ms, until_ms, ended_at_ms
            from hold where workspace_id = $1 and (social_set_id is null or social_set_id = $2)
              and ended_at_ms is null and (until_ms is null or until_ms > $3)
            order by begun_at_ms, id limit 1";
    /// One.
    ONE = "select id, workspace_id, social_set_id, reason, made_by, begun_at_ms, until_ms, ended_at_ms
           from hold where workspace_id = $1 and id = $2";
    /// A person ends it.
    FINISH = "update hold set ended_at_ms = $3 where workspace_id = $1 and id = $2 and ended_at_ms is null";
}

/// "Hold all posts", of one set or of the whole workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Which.
    pub id: HoldId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Only this set, or all.
    pub set: Option<SocialSetId>,
    /// Why, in a person's words.
    pub reason: String,
    /// Who.
    pub made_by: Maker,
    /// Since when, by the product clock.
    pub begun_at: Timestamp,
    /// It ends by itself then.
    pub until: Option<Timestamp>,
    /// A person ended it.
    pub ended_at: Option<Timestamp>,
}

fn from_row(row: &Row) -> Result<Hold> {
    Ok(Hold {
        id: row.get("id")?,
        workspace: row.get("workspace_id")?,
        set: row.get("social_set_id")?,
        reason: row.get("reason")?,
        made_by: row.get("made_by")?,
        begun_at: row.get("begun_at_ms")?,
        until: row.get("until_ms")?,
        ended_at: row.get("ended_at_ms")?,
    })
}

/// Begins a hold. That the set is one of the workspace is the caller's check.
///
/// # Errors
/// When the database fails.
pub fn begin(conn: &mut Conn<'_>, new: &Hold) -> Result<()> {
    conn.run(
        &BEGIN,
        params![
            new.id,
            new.workspace,
            new.set,
            new.reason,
            new.made_by,
            new.begun_at,
            new.until
        ],
    )?;
    Ok(())
}

/// The holds of the workspace that are in force now.
///
/// # Errors
/// When the database fails.
pub fn open(conn: &mut Conn<'_>, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<Hold>> {
    conn.all(&OPEN, params![workspace, now])?
        .iter()
        .map(from_row)
        .collect()
}

/// The hold over a set now, the oldest if there are several.
///
/// # Errors
/// When the database fails.
pub fn over(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    set: SocialSetId,
    now: Timestamp,
) -> Result<Option<Hold>> {
    conn.maybe(&OVER, params![workspace, set, now])?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// The hold of that id in the workspace, or none.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: HoldId) -> Result<Option<Hold>> {
    conn.maybe(&ONE, params![workspace, id])?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Ends a hold by hand; whether it was open.
///
/// # Errors
/// When the database fails.
pub fn end(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: HoldId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&FINISH, params![workspace, id, now])? > 0)
}
