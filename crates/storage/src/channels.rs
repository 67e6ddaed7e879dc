//! Channels: accounts on platforms, whether they are linked, who posts, and when they are read back.
//! Not here: their logins (`channel_grants.rs`).

use domain::Timestamp;
use domain::channel::{Link, Mode};
use domain::ids::{ChannelId, SocialSetId, WorkspaceId};
use domain::platform::Platform;

use crate::engine::Conn;
use crate::error::Result;
use crate::lease::Claimed;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// One channel of a workspace.
    ONE = "select * from channel where id = $1 and workspace_id = $2";
    /// All channels of a workspace.
    OF_WORKSPACE = "select * from channel where workspace_id = $1 order by social_set_id, platform, handle";
    /// The channel with this identity.
    BY_ACCOUNT = "select * from channel where workspace_id = $1 and platform = $2 and account_id = $3";
    /// A new channel.
    INSERT = "insert into channel (id, workspace_id, social_set_id, platform, account_id, handle, name, picture_url,
            link, mode, sync_at_ms, sync_tries, version, created_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'linked', $9, $10, 0, 1, $10)";
    /// Linked again: the same channel, the same posts.
    RELINK = "update channel set link = 'linked', unlinked_at_ms = null, social_set_id = $1, sync_at_ms = $2,
            version = version + 1
        where id = $3 and workspace_id = $4";
    /// Unlinked; its posts are kept and wait.
    UNLINK = "update channel set link = 'unlinked', unlinked_at_ms = $1, sync_at_ms = null, version = version + 1
        where id = $2 and workspace_id = $3 and link = 'linked'";
    /// The undo of an unlink.
    UNDO_UNLINK = "update channel set link = 'linked', unlinked_at_ms = null, sync_at_ms = $1, version = version + 1
        where id = $2 and workspace_id = $3 and link = 'unlinked'";
    /// Under the other login flow the platform knows the same account by another id; a person said so.
    RENUMBER = "update channel set account_id = $1, version = version + 1
        where id = $2 and workspace_id = $3 and account_id = $4";
    /// Who posts.
    SET_MODE = "update channel set mode = $1, version = version + 1 where id = $2 and workspace_id = $3";
    /// What the platform calls it now.
    DESCRIBE = "update channel set handle = $1, name = $2, picture_url = coalesce($3, picture_url)
        where id = $4 and workspace_id = $5";
    /// The copy of its picture.
    PICTURE = "update channel set picture_sha256 = $1 where id = $2 and workspace_id = $3";
    /// Takes channels whose reading back is due: until it is done, or that was long ago, no other node reads them.
    SYNC_CLAIM = {
        sqlite: "with due as materialized (
                select id from channel where sync_at_ms <= $1 order by sync_at_ms, id limit $2)
            update channel set sync_at_ms = $3 from due where channel.id = due.id returning *",
        postgres: "with due as materialized (
                select id from channel where sync_at_ms <= $1 order by sync_at_ms, id limit $2 for update skip locked)
            update channel set sync_at_ms = $3 from due where channel.id = due.id returning channel.*",
        why: "row locks in a claim",
    };
    /// The next moment at which one is due.
    NEXT_SYNC = "select sync_at_ms from channel where sync_at_ms is not null order by sync_at_ms limit 1";
    /// Read back.
    SYNCED = "update channel set synced_at_ms = $1, sync_at_ms = $2, sync_tries = 0, sync_evidence = null,
            collabs_left_out = $3
        where id = $4 and workspace_id = $5";
    /// Could not be read back.
    SYNC_FAILED = "update channel set sync_at_ms = $1, sync_tries = sync_tries + 1, sync_evidence = $2
        where id = $3 and workspace_id = $4";
    /// *Update grid*.
    SYNC_NOW = "update channel set sync_at_ms = $1 where id = $2 and workspace_id = $3 and link = 'linked'";
}

/// A channel as it is stored.
#[derive(Debug, Clone)]
pub struct ChannelRow {
    /// Which channel.
    pub id: ChannelId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// On which platform.
    pub platform: Platform,
    /// The platform's own account id: its identity.
    pub account_id: String,
    /// The handle, without an @.
    pub handle: String,
    /// The name.
    pub name: String,
    /// The copy of its picture in the store.
    pub picture_sha256: Option<String>,
    /// Where the platform has its picture.
    pub picture_url: Option<String>,
    /// Linked or not.
    pub link: Link,
    /// Who posts.
    pub mode: Mode,
    /// Since when it is unlinked.
    pub unlinked_at: Option<Timestamp>,
    /// When it was last read back.
    pub synced_at: Option<Timestamp>,
    /// When it is next read back.
    pub sync_at: Option<Timestamp>,
    /// Failed tries of reading back since the last success.
    pub sync_tries: u32,
    /// What the platform said against the last one.
    pub sync_evidence: Option<domain::health::Evidence>,
    /// Collab posts that the grid leaves out; none where the platform does not tell.
    pub collabs_left_out: Option<u32>,
    /// Grows with every change a person makes.
    pub version: u64,
    /// Since when we know it.
    pub created_at: Timestamp,
}

impl ChannelRow {
    /// Reads the columns of `channel`.
    ///
    /// # Errors
    /// When a column does not hold what it should.
    pub fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            social_set: row.get("social_set_id")?,
            platform: row.get("platform")?,
            account_id: row.get("account_id")?,
            handle: row.get("handle")?,
            name: row.get("name")?,
            picture_sha256: row.get("picture_sha256")?,
            picture_url: row.get("picture_url")?,
            link: row.get("link")?,
            mode: row.get("mode")?,
            unlinked_at: row.get("unlinked_at_ms")?,
            synced_at: row.get("synced_at_ms")?,
            sync_at: row.get("sync_at_ms")?,
            sync_tries: row.get("sync_tries")?,
            sync_evidence: crate::json::maybe_read(row, "sync_evidence")?,
            collabs_left_out: row.get("collabs_left_out")?,
            version: row.get("version")?,
            created_at: row.get("created_at_ms")?,
        })
    }
}

/// One channel of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
) -> Result<Option<ChannelRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(ChannelRow::from_row)
        .transpose()
}

/// All channels of this workspace, unlinked ones too.
///
/// # Errors
/// When the database fails.
pub fn of_workspace(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<ChannelRow>> {
    conn.all(&OF_WORKSPACE, params![workspace])?
        .iter()
        .map(ChannelRow::from_row)
        .collect()
}

/// The channel with this identity, linked or not.
///
/// # Errors
/// When the database fails.
pub fn by_account(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    platform: Platform,
    account_id: &str,
) -> Result<Option<ChannelRow>> {
    let row = conn.maybe(&BY_ACCOUNT, params![workspace, platform, account_id])?;
    row.as_ref().map(ChannelRow::from_row).transpose()
}

/// A channel that is new to the workspace.
pub struct NewChannel<'a> {
    /// Its id.
    pub id: ChannelId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// On which platform.
    pub platform: Platform,
    /// The platform's own account id.
    pub account_id: &'a str,
    /// The handle.
    pub handle: &'a str,
    /// The name.
    pub name: &'a str,
    /// Where the platform has its picture.
    pub picture_url: Option<&'a str>,
    /// Who posts.
    pub mode: Mode,
}

/// Stores a new channel, linked, to be read back at once.
///
/// # Errors
/// When the workspace has a channel of this identity, or the database fails.
pub fn insert(conn: &mut Conn<'_>, new: &NewChannel<'_>, now: Timestamp) -> Result<()> {
    conn.run(
        &INSERT,
        params![
            new.id,
            new.workspace,
            new.social_set,
            new.platform,
            new.account_id,
            new.handle,
            new.name,
            new.picture_url,
            new.mode,
            now
        ],
    )?;
    Ok(())
}

/// Links a channel again, in this set, to be read back at once.
///
/// # Errors
/// When the database fails.
pub fn relink(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    set: SocialSetId,
    now: Timestamp,
) -> Result<()> {
    conn.change("channel", &RELINK, params![set, now, id, workspace])
}

/// Unlinks a channel. False where it was not linked.
///
/// # Errors
/// When the database fails.
pub fn unlink(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&UNLINK, params![now, id, workspace])? == 1)
}

/// Takes an unlink back. False where it is linked.
///
/// # Errors
/// When the database fails.
pub fn undo_unlink(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&UNDO_UNLINK, params![now, id, workspace])? == 1)
}

/// A person said that this id is the same account: calls are made with it from now on.
///
/// # Errors
/// [`crate::Error::Stale`] when it has another id by now; when another channel of the workspace has this one.
pub fn renumber(conn: &mut Conn<'_>, channel: &ChannelRow, account_id: &str) -> Result<()> {
    conn.change(
        "channel",
        &RENUMBER,
        params![
            account_id,
            channel.id,
            channel.workspace,
            channel.account_id
        ],
    )
}

/// Sets who posts.
///
/// # Errors
/// When there is no such channel, or the database fails.
pub fn set_mode(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    mode: Mode,
) -> Result<()> {
    conn.change("channel", &SET_MODE, params![mode, id, workspace])
}

/// Stores what the platform calls it now.
///
/// # Errors
/// When the database fails.
pub fn describe(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    handle: &str,
    name: &str,
    picture_url: Option<&str>,
) -> Result<()> {
    conn.run(&DESCRIBE, params![handle, name, picture_url, id, workspace])?;
    Ok(())
}

/// Stores where our copy of its picture is.
///
/// # Errors
/// When the database fails.
pub fn set_picture(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    sha256: &str,
) -> Result<()> {
    conn.run(&PICTURE, params![sha256, id, workspace])?;
    Ok(())
}

/// Takes channels whose reading back is due, until `until`. That saves calls, where several nodes wake at once; reading
/// twice harms nobody. One that this program cannot read is left out, and logged.
///
/// # Errors
/// When the database fails.
pub fn sync_claim(
    conn: &mut Conn<'_>,
    now: Timestamp,
    until: Timestamp,
    limit: usize,
) -> Result<Vec<ChannelRow>> {
    let found = Claimed::of(
        &conn.all(&SYNC_CLAIM, params![now, limit, until])?,
        ChannelRow::from_row,
    );
    for bad in &found.unreadable {
        tracing::error!(channel = ?bad.id, error = %bad.error, "a channel that is to be read back cannot be read");
    }
    Ok(found.rows)
}

/// When the next reading back is due.
///
/// # Errors
/// When the database fails.
pub fn next_sync(conn: &mut Conn<'_>) -> Result<Option<Timestamp>> {
    conn.maybe(&NEXT_SYNC, params![])?
        .map(|row| row.get("sync_at_ms"))
        .transpose()
}

/// Records a reading back that went well.
///
/// # Errors
/// When the database fails.
pub fn synced(
    conn: &mut Conn<'_>,
    channel: &ChannelRow,
    now: Timestamp,
    next: Timestamp,
    collabs_left_out: Option<u32>,
) -> Result<()> {
    conn.run(
        &SYNCED,
        params![now, next, collabs_left_out, channel.id, channel.workspace],
    )?;
    Ok(())
}

/// Records one that did not.
///
/// # Errors
/// When the database fails.
pub fn sync_failed(
    conn: &mut Conn<'_>,
    channel: &ChannelRow,
    next: Timestamp,
    evidence: &domain::health::Evidence,
) -> Result<()> {
    conn.run(
        &SYNC_FAILED,
        params![
            next,
            crate::json::doc(evidence),
            channel.id,
            channel.workspace
        ],
    )?;
    Ok(())
}

/// *Update grid*: due now. False where the channel is not linked.
///
/// # Errors
/// When the database fails.
pub fn sync_now(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&SYNC_NOW, params![now, id, workspace])? == 1)
}
