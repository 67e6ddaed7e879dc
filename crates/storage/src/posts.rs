//! Posts: what a person plans, before any channel's variant of it.

use domain::Timestamp;
use domain::ids::{PostId, SocialSetId, WorkspaceId};
use domain::post::{Content, Maker};

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// One post of a workspace.
    ONE = "select * from post where id = $1 and workspace_id = $2";
    /// A new post.
    INSERT = "insert into post (id, workspace_id, social_set_id, content, zone, made_by, version, created_at_ms,
            updated_at_ms)
        values ($1, $2, $3, $4, $5, $6, 1, $7, $7)";
    /// Another content or zone; the version is compared.
    UPDATE = "update post set content = $1, zone = $2, version = version + 1, updated_at_ms = $3
        where id = $4 and workspace_id = $5 and version = $6";
    /// The posts of a set, newest first, from a cursor.
    OF_SET = "select * from post where workspace_id = $1 and social_set_id = $2
        and (created_at_ms, id) < ($3, $4) order by created_at_ms desc, id desc limit $5";
    /// A draft that no channel was chosen for is thrown away whole.
    DELETE_EMPTY = "delete from post where id = $1 and workspace_id = $2 and version = $3
        and not exists (select 1 from delivery where post_id = $1)";
}

/// A post as it is stored.
#[derive(Debug, Clone)]
pub struct PostRow {
    /// Which post.
    pub id: PostId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// What it says and shows.
    pub content: Content,
    /// The zone that it was planned in, by its IANA name.
    pub zone: String,
    /// Who made it.
    pub made_by: Maker,
    /// Grows with every change.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl PostRow {
    pub(crate) fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            social_set: row.get("social_set_id")?,
            content: read(row, "content")?,
            zone: row.get("zone")?,
            made_by: read(row, "made_by")?,
            version: row.get("version")?,
            created_at: row.get("created_at_ms")?,
            updated_at: row.get("updated_at_ms")?,
        })
    }
}

/// One post of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: PostId) -> Result<Option<PostRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(PostRow::from_row)
        .transpose()
}

/// Stores a new post; its version and times are set here.
///
/// # Errors
/// When the database fails.
pub fn insert(conn: &mut Conn<'_>, post: &PostRow, now: Timestamp) -> Result<()> {
    conn.run(
        &INSERT,
        params![
            post.id,
            post.workspace,
            post.social_set,
            doc(&post.content),
            post.zone,
            doc(&post.made_by),
            now
        ],
    )?;
    Ok(())
}

/// Stores another content or zone of a post that was read as `post`.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody changed it meanwhile.
pub fn update(
    conn: &mut Conn<'_>,
    post: &PostRow,
    content: &Content,
    zone: &str,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "post",
        &UPDATE,
        params![
            doc(content),
            zone,
            now,
            post.id,
            post.workspace,
            post.version
        ],
    )
}

/// Posts of a set older than the cursor, newest first.
///
/// # Errors
/// When the database fails.
pub fn of_set(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    set: SocialSetId,
    before: (Timestamp, PostId),
    limit: usize,
) -> Result<Vec<PostRow>> {
    let rows = conn.all(&OF_SET, params![workspace, set, before.0, before.1, limit])?;
    rows.iter().map(PostRow::from_row).collect()
}

/// Throws away a post that never had a channel and was read as `post`.
///
/// # Errors
/// [`crate::Error::Stale`] when it changed meanwhile or has a channel.
pub fn delete_empty(conn: &mut Conn<'_>, post: &PostRow) -> Result<()> {
    conn.change(
        "post",
        &DELETE_EMPTY,
        params![post.id, post.workspace, post.version],
    )
}
