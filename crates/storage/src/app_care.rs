//! What is done with an app while people are signed in through it: a secret is replaced without a gap, another
//! one becomes the usual one, it is retired and removed; and who is signed in through it.

use domain::Timestamp;
use domain::app::{RetiredWhy, SecretUse};
use domain::ids::{AppId, ChannelId, GrantId, WorkspaceId};
use domain::platform::{LoginFlow, Platform};

use crate::apps::AppRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::grants::GrantRow;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A new secret; the one that was there is put aside with what is known of it.
    ROTATE = "update app set previous_sealed = $1, previous_generation = $2, previous_added_at_ms = $3,
            previous_taken_at_ms = $4, previous_refused_at_ms = $5,
            secret_sealed = $6, secret_added_at_ms = $7, secret_taken_at_ms = null, secret_refused_at_ms = null,
            keys_sealed = $8, generation = generation + 1
        where id = $9 and generation = $10 and removed_at_ms is null";
    /// The earlier secret is forgotten; `previous_generation` says which one was meant.
    FORGET_PREVIOUS = "update app set previous_sealed = null, previous_added_at_ms = null, previous_taken_at_ms = null,
            previous_refused_at_ms = null
        where id = $1 and generation = $2 and previous_sealed is not null and previous_generation = $3";
    /// The newest is given up: the earlier one is the only one again, sealed anew for the next generation.
    TAKE_BACK = "update app set secret_sealed = $1, secret_added_at_ms = previous_added_at_ms,
            secret_taken_at_ms = previous_taken_at_ms, secret_refused_at_ms = previous_refused_at_ms,
            previous_sealed = null, previous_added_at_ms = null, previous_taken_at_ms = null,
            previous_refused_at_ms = null, keys_sealed = $2, generation = generation + 1
        where id = $3 and generation = $4 and previous_sealed is not null";
    /// How the secrets of this generation fared, where that is newer than what is stored.
    FARED = "update app set secret_taken_at_ms = coalesce($1, secret_taken_at_ms),
            secret_refused_at_ms = coalesce($2, secret_refused_at_ms),
            previous_taken_at_ms = coalesce($3, previous_taken_at_ms),
            previous_refused_at_ms = coalesce($4, previous_refused_at_ms)
        where id = $5 and generation = $6";
    /// Takes no new sign-ins from now on; twice is once.
    RETIRE = "update app set retired_at_ms = $1, retired_why = $2 where id = $3 and retired_at_ms is null";
    /// Takes sign-ins again.
    TAKE_UP = "update app set retired_at_ms = null, retired_why = null where id = $1";
    /// Gone for people; its secrets are forgotten. Only where nothing that lives needs it.
    REMOVE = "update app set removed_at_ms = $1, retired_at_ms = coalesce(retired_at_ms, $1),
            retired_why = coalesce(retired_why, 'person'), secret_sealed = null, keys_sealed = null,
            previous_sealed = null, generation = generation + 1
        where id = $2 and workspace_id = $3 and removed_at_ms is null and not exists (
            select 1 from oauth_grant where oauth_grant.app_id = app.id and oauth_grant.life = 'live')";
    /// The choices of a workspace that named it are open again.
    NO_DEFAULT = "delete from app_default where app_id = $1";
    /// The usual apps of a workspace.
    DEFAULTS = "select platform, flow, app_id from app_default where workspace_id = $1";
    /// Another usual app.
    SET_DEFAULT = "insert into app_default (workspace_id, platform, flow, app_id) values ($1, $2, $3, $4)
        on conflict (workspace_id, platform, flow) do update set app_id = excluded.app_id";
    /// What of a workspace lives through an app, a line for each channel of a sign-in.
    LOGINS = "select signed.id as grant_id, signed.workspace_id, signed.person_name, signed.created_at_ms,
            channel.id as channel_id, channel.handle
        from oauth_grant signed
            left join channel_grant on channel_grant.grant_id = signed.id
            left join channel on channel.id = channel_grant.channel_id
        where signed.app_id = $1 and signed.workspace_id = $2 and signed.life = 'live'
        order by signed.created_at_ms, signed.id, channel.handle, channel.id";
    /// The same in all workspaces: for whoever runs the installation, in its log.
    ALL_LOGINS = "select signed.id as grant_id, signed.workspace_id, signed.person_name, signed.created_at_ms,
            channel.id as channel_id, channel.handle
        from oauth_grant signed
            left join channel_grant on channel_grant.grant_id = signed.id
            left join channel on channel.id = channel_grant.channel_id
        where signed.app_id = $1 and signed.life = 'live'
        order by signed.created_at_ms, signed.id, channel.handle, channel.id";
    /// The living grants of an app, whole: to see which signing keys they are bound to.
    GRANTS = "select * from oauth_grant where app_id = $1 and life = 'live' order by id";
    /// Sign-ins through it that people may still come back from.
    UNDER_WAY = "select cast(count(*) as bigint) as found from connect_session
        where app_id = $1 and workspace_id = $2 and phase in ('begun', 'returned') and ends_at_ms > $3";
}

/// One sign-in that lives through an app, on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Through {
    /// The sign-in.
    pub grant: GrantId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Who signed in, by the platform's name for them.
    pub person_name: String,
    /// When.
    pub signed_in_at: Timestamp,
    /// The channel; none for a sign-in that no channel has.
    pub channel: Option<(ChannelId, String)>,
}

impl Through {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            grant: row.get("grant_id")?,
            workspace: row.get("workspace_id")?,
            person_name: row.get("person_name")?,
            signed_in_at: row.get("created_at_ms")?,
            channel: row
                .get::<Option<ChannelId>>("channel_id")?
                .zip(row.get::<Option<String>>("handle")?),
        })
    }
}

/// A secret that is to be put aside for a new one.
pub struct Rotated<'a> {
    /// The app as it was read.
    pub row: &'a AppRow,
    /// The secret that stays beside the new one, sealed at this generation; none where there was none.
    pub previous: Option<(&'a [u8], u64, SecretUse)>,
    /// The new one, sealed for the next generation.
    pub secret_sealed: &'a [u8],
    /// The signing keys, sealed for the next generation.
    pub keys_sealed: Option<&'a [u8]>,
}

/// Adds a secret. Calls begin with it; the one before stays until [`forget_previous`].
///
/// # Errors
/// [`crate::Error::Stale`] when somebody changed the app meanwhile.
pub fn rotate(conn: &mut Conn<'_>, new: &Rotated<'_>, now: Timestamp) -> Result<()> {
    let (sealed, generation, fared) = match new.previous {
        Some((sealed, generation, fared)) => (Some(sealed.to_vec()), generation, fared),
        None => (None, 0, SecretUse::default()),
    };
    conn.change(
        "app",
        &ROTATE,
        params![
            sealed,
            generation,
            fared.added_at,
            fared.taken_at,
            fared.refused_at,
            new.secret_sealed,
            now,
            new.keys_sealed.map(<[u8]>::to_vec),
            new.row.app.id,
            new.row.generation
        ],
    )
}

/// *The old secret is revoked at the platform: forget it.*
///
/// # Errors
/// [`crate::Error::Stale`] when somebody changed the app meanwhile, or there is none.
pub fn forget_previous(conn: &mut Conn<'_>, row: &AppRow) -> Result<()> {
    let generation = row.previous.as_ref().map_or(0, |kept| kept.generation);
    conn.change(
        "app",
        &FORGET_PREVIOUS,
        params![row.app.id, row.generation, generation],
    )
}

/// Gives the newest secret up for the one before, both sealed for the next generation.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody changed the app meanwhile, or there is none before.
pub fn take_back(
    conn: &mut Conn<'_>,
    row: &AppRow,
    secret_sealed: &[u8],
    keys_sealed: Option<&[u8]>,
) -> Result<()> {
    conn.change(
        "app",
        &TAKE_BACK,
        params![
            secret_sealed,
            keys_sealed.map(<[u8]>::to_vec),
            row.app.id,
            row.generation
        ],
    )
}

/// Writes down how the secrets of this generation fared; false where they were changed meanwhile.
///
/// # Errors
/// When the database fails.
pub fn fared(
    conn: &mut Conn<'_>,
    app: AppId,
    generation: u64,
    current: &SecretUse,
    previous: &SecretUse,
) -> Result<bool> {
    let changed = conn.run(
        &FARED,
        params![
            current.taken_at,
            current.refused_at,
            previous.taken_at,
            previous.refused_at,
            app,
            generation
        ],
    )?;
    Ok(changed == 1)
}

/// From now on it takes no new sign-ins; those that live go on. True where it did before.
///
/// # Errors
/// When the database fails.
pub fn retire(conn: &mut Conn<'_>, app: AppId, why: RetiredWhy, now: Timestamp) -> Result<bool> {
    Ok(conn.run(&RETIRE, params![now, why, app])? == 1)
}

/// It takes new sign-ins again.
///
/// # Errors
/// When the database fails.
pub fn take_up(conn: &mut Conn<'_>, app: AppId) -> Result<()> {
    conn.run(&TAKE_UP, params![app])?;
    Ok(())
}

/// Removes a workspace's own app and forgets its secrets. False where somebody is still signed in through it.
///
/// # Errors
/// When the database fails.
pub fn remove(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    app: AppId,
    now: Timestamp,
) -> Result<bool> {
    if conn.run(&REMOVE, params![now, app, workspace])? != 1 {
        return Ok(false);
    }
    conn.run(&NO_DEFAULT, params![app])?;
    Ok(true)
}

/// The apps that a workspace has made its usual ones.
///
/// # Errors
/// When the database fails.
pub fn defaults(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
) -> Result<Vec<(Platform, LoginFlow, AppId)>> {
    conn.all(&DEFAULTS, params![workspace])?
        .iter()
        .map(|row| Ok((row.get("platform")?, row.get("flow")?, row.get("app_id")?)))
        .collect()
}

/// New sign-ins of this workspace go through this app, of its platform and flow.
///
/// # Errors
/// When the database fails.
pub fn set_default(conn: &mut Conn<'_>, workspace: WorkspaceId, row: &AppRow) -> Result<()> {
    conn.run(
        &SET_DEFAULT,
        params![workspace, row.app.platform, row.app.flow, row.app.id],
    )?;
    Ok(())
}

/// What of this workspace lives through an app, oldest sign-in first.
///
/// # Errors
/// When the database fails.
pub fn logins(conn: &mut Conn<'_>, workspace: WorkspaceId, app: AppId) -> Result<Vec<Through>> {
    conn.all(&LOGINS, params![app, workspace])?
        .iter()
        .map(Through::from_row)
        .collect()
}

/// What of the whole installation lives through an app. Not for pages: it crosses workspaces.
///
/// # Errors
/// When the database fails.
pub fn all_logins(conn: &mut Conn<'_>, app: AppId) -> Result<Vec<Through>> {
    conn.all(&ALL_LOGINS, params![app])?
        .iter()
        .map(Through::from_row)
        .collect()
}

/// The living grants of an app, in whatever workspace, with their sealed tokens. Not for pages.
///
/// # Errors
/// When the database fails, or one cannot be read.
pub fn living_grants(conn: &mut Conn<'_>, app: AppId) -> Result<Vec<GrantRow>> {
    conn.all(&GRANTS, params![app])?
        .iter()
        .map(GrantRow::from_row)
        .collect()
}

/// How many sign-ins of this workspace through an app people may still come back from at `now` (security time).
///
/// # Errors
/// When the database fails.
pub fn under_way(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    app: AppId,
    now: Timestamp,
) -> Result<u64> {
    conn.one(&UNDER_WAY, params![app, workspace, now])?
        .get("found")
}
