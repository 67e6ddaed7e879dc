//! Pictures of a workspace's library: what they measure and under which hash their bytes are kept.

use domain::Timestamp;
use domain::ids::{MediaId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// One picture of a workspace.
    ONE = "select * from media where id = $1 and workspace_id = $2";
    /// A new picture.
    INSERT = "insert into media (id, workspace_id, sha256, mime, width, height, bytes, thumb_sha256, thumbhash, name,
            made_by, created_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// The newest, from a cursor.
    LIST = "select * from media where workspace_id = $1 and (created_at_ms, id) < ($2, $3)
        order by created_at_ms desc, id desc limit $4";
    /// Whether this workspace has a picture of which these are the bytes or the small form.
    HAS = "select id from media where workspace_id = $1 and sha256 = $2
        union all select id from media where workspace_id = $1 and thumb_sha256 = $2 limit 1";
    /// The picture of a workspace with these bytes, the oldest.
    BY_SHA = "select * from media where workspace_id = $1 and sha256 = $2 order by created_at_ms, id limit 1";
    /// Whether the workspace may look at these bytes in another place: a picture that was read back from
    /// one of its channels, or a channel's own picture.
    READ_BACK = "select channel_id from remote_post where workspace_id = $1 and picture_sha256 = $2
        union all select id as channel_id from channel where workspace_id = $1 and picture_sha256 = $2 limit 1";
}

/// A picture as it is stored.
#[derive(Debug, Clone)]
pub struct MediaRow {
    /// Which picture.
    pub id: MediaId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Hash of the original bytes, in hexadecimal: their name in the store.
    pub sha256: String,
    /// The media type, by its magic bytes.
    pub mime: String,
    /// Width in pixels, as it is looked at.
    pub width: u32,
    /// Height in pixels, as it is looked at.
    pub height: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// Hash of the small form.
    pub thumb_sha256: String,
    /// A placeholder of some 25 bytes.
    pub thumbhash: Vec<u8>,
    /// The file's name, as a person knows it.
    pub name: String,
    /// Who brought it.
    pub made_by: Maker,
    /// When.
    pub created_at: Timestamp,
}

impl MediaRow {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            sha256: row.get("sha256")?,
            mime: row.get("mime")?,
            width: row.get("width")?,
            height: row.get("height")?,
            bytes: row.get("bytes")?,
            thumb_sha256: row.get("thumb_sha256")?,
            thumbhash: row.get("thumbhash")?,
            name: row.get("name")?,
            made_by: read(row, "made_by")?,
            created_at: row.get("created_at_ms")?,
        })
    }
}

/// One picture of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: MediaId) -> Result<Option<MediaRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(MediaRow::from_row)
        .transpose()
}

/// Those of the named pictures that this workspace has. A post has twenty at the most.
///
/// # Errors
/// When the database fails.
pub fn of(conn: &mut Conn<'_>, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<MediaRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(one(conn, workspace, *id)?);
    }
    Ok(found)
}

/// Stores a picture whose bytes are durable in the store.
///
/// # Errors
/// When the database fails.
pub fn insert(conn: &mut Conn<'_>, row: &MediaRow) -> Result<()> {
    conn.run(
        &INSERT,
        params![
            row.id,
            row.workspace,
            row.sha256,
            row.mime,
            row.width,
            row.height,
            row.bytes,
            row.thumb_sha256,
            row.thumbhash,
            row.name,
            doc(&row.made_by),
            row.created_at
        ],
    )?;
    Ok(())
}

/// Pictures older than the cursor, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    before: (Timestamp, MediaId),
    limit: usize,
) -> Result<Vec<MediaRow>> {
    let rows = conn.all(&LIST, params![workspace, before.0, before.1, limit])?;
    rows.iter().map(MediaRow::from_row).collect()
}

/// Whether the workspace has a picture with these bytes, as original or small form.
///
/// # Errors
/// When the database fails.
pub fn has(conn: &mut Conn<'_>, workspace: WorkspaceId, sha256: &str) -> Result<bool> {
    Ok(conn.maybe(&HAS, params![workspace, sha256])?.is_some())
}

/// The picture of this workspace with these bytes, if it has it already.
///
/// # Errors
/// When the database fails.
pub fn by_sha(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    sha256: &str,
) -> Result<Option<MediaRow>> {
    conn.maybe(&BY_SHA, params![workspace, sha256])?
        .as_ref()
        .map(MediaRow::from_row)
        .transpose()
}

/// Whether members of the workspace may look at these bytes: a picture of the library or its small
/// form, a copy of a picture on one of their channels, or a channel's own picture.
///
/// # Errors
/// When the database fails.
pub fn may_show(conn: &mut Conn<'_>, workspace: WorkspaceId, sha256: &str) -> Result<bool> {
    Ok(has(conn, workspace, sha256)?
        || conn
            .maybe(&READ_BACK, params![workspace, sha256])?
            .is_some())
}
