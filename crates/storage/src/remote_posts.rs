//! Posts read back from platforms: one upsert a post, which writes nothing where nothing changed.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::{ChannelId, RemotePostId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// New or changed; unchanged rows come back as no row. The channel is looked for in the workspace.
    PUT = "insert into remote_post (id, workspace_id, channel_id, remote_id, at_ms, body, permalink, picture_url, items,
            content_sha256, seen_at_ms)
        select $1, channel.workspace_id, channel.id, $4, $5, $6, $7, $8, $9, $10, $11
        from channel where channel.workspace_id = $2 and channel.id = $3
        on conflict (channel_id, remote_id) do update set body = excluded.body, permalink = excluded.permalink,
            picture_url = excluded.picture_url, items = excluded.items, content_sha256 = excluded.content_sha256,
            seen_at_ms = excluded.seen_at_ms
        where remote_post.content_sha256 <> excluded.content_sha256
        returning id";
    /// Which of a channel's latest posts are known, and as what.
    KNOWN = "select remote_id, content_sha256 from remote_post where channel_id = $1 and workspace_id = $2
        order by at_ms desc limit $3";
    /// The latest of a channel.
    LATEST = "select * from remote_post where channel_id = $1 and workspace_id = $2
        order by at_ms desc, id desc limit $3";
    /// Without a copy of its picture.
    WITHOUT_PICTURE = "select * from remote_post where channel_id = $1 and workspace_id = $2
        and picture_sha256 is null and picture_url is not null order by at_ms desc limit $3";
    /// The copy of its picture.
    PICTURE = "update remote_post set picture_sha256 = $1 where id = $2 and workspace_id = $3";
}

/// A post read back.
#[derive(Debug, Clone)]
pub struct RemotePostRow {
    /// Our id of it.
    pub id: RemotePostId,
    /// On which channel.
    pub channel: ChannelId,
    /// The platform's id.
    pub remote_id: String,
    /// When it was posted.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
    /// Its address.
    pub permalink: Option<String>,
    /// Our copy of its picture.
    pub picture_sha256: Option<String>,
    /// Where the platform has its picture; such addresses end.
    pub picture_url: Option<String>,
    /// How many pictures or films.
    pub items: u32,
}

impl RemotePostRow {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            channel: row.get("channel_id")?,
            remote_id: row.get("remote_id")?,
            at: row.get("at_ms")?,
            text: row.get("body")?,
            permalink: row.get("permalink")?,
            picture_sha256: row.get("picture_sha256")?,
            picture_url: row.get("picture_url")?,
            items: row.get("items")?,
        })
    }
}

/// Hashes of posts' contents, by the platform's id of the post.
pub type Known = BTreeMap<String, String>;

/// A post to be stored.
pub struct NewRemotePost<'a> {
    /// Our id, should it be new.
    pub id: RemotePostId,
    /// The platform's id.
    pub remote_id: &'a str,
    /// When it was posted.
    pub at: Timestamp,
    /// Its text.
    pub text: &'a str,
    /// Its address.
    pub permalink: Option<&'a str>,
    /// Where the platform has its picture.
    pub picture_url: Option<&'a str>,
    /// How many pictures or films.
    pub items: u32,
    /// Hash of what would be worth a new row: not of addresses that change by themselves.
    pub content_sha256: &'a str,
}

/// What became of a post that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not known.
    New,
    /// It was known as something else.
    Changed,
    /// It was known so, or there is no such channel: nothing was written.
    Nothing,
}

/// Stores a post, unless it is known as it is.
///
/// # Errors
/// When the database fails.
pub fn put(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    new: &NewRemotePost<'_>,
    now: Timestamp,
) -> Result<Put> {
    let written = conn.maybe(
        &PUT,
        params![
            new.id,
            workspace,
            channel,
            new.remote_id,
            new.at,
            new.text,
            new.permalink,
            new.picture_url,
            new.items,
            new.content_sha256,
            now
        ],
    )?;
    let Some(written) = written else {
        return Ok(Put::Nothing);
    };
    let id: RemotePostId = written.get("id")?;
    Ok(if id == new.id { Put::New } else { Put::Changed })
}

/// The platform's ids of a channel's latest posts that are known, each with the hash of its content.
///
/// # Errors
/// When the database fails.
pub fn known(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    limit: usize,
) -> Result<Known> {
    conn.all(&KNOWN, params![channel, workspace, limit])?
        .iter()
        .map(|row| Ok((row.get("remote_id")?, row.get("content_sha256")?)))
        .collect()
}

fn rows(rows: &[Row]) -> Result<Vec<RemotePostRow>> {
    rows.iter().map(RemotePostRow::from_row).collect()
}

/// The latest posts of a channel, newest first.
///
/// # Errors
/// When the database fails.
pub fn latest(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    limit: usize,
) -> Result<Vec<RemotePostRow>> {
    rows(&conn.all(&LATEST, params![channel, workspace, limit])?)
}

/// Posts whose picture has not been copied, newest first.
///
/// # Errors
/// When the database fails.
pub fn without_picture(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    limit: usize,
) -> Result<Vec<RemotePostRow>> {
    rows(&conn.all(&WITHOUT_PICTURE, params![channel, workspace, limit])?)
}

/// Stores where our copy of a picture is.
///
/// # Errors
/// When the database fails.
pub fn set_picture(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: RemotePostId,
    sha256: &str,
) -> Result<()> {
    conn.run(&PICTURE, params![sha256, id, workspace])?;
    Ok(())
}
