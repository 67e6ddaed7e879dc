//! Sign-ins at platforms that are under way. The single-use state is here only as its hash; taking it
//! is a compare-and-set on the phase, so that a double submit or the back button takes it once. Times
//! are of the security clock.

use domain::Timestamp;
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::{
    ApiKeyId, AppId, ChannelId, ConnectSessionId, GrantId, MemberId, SessionId, SocialSetId,
    WorkspaceId,
};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A new one.
    CREATE = "insert into connect_session (id, workspace_id, social_set_id, member_id, session_id, api_key_id, app_id,
            channel_id, state_sha256, journey_sealed, phase, outcome, created_at_ms, ends_at_ms, purpose)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'begun', $11, $12, $13, $14)";
    /// One of a workspace.
    ONE = "select * from connect_session where id = $1 and workspace_id = $2";
    /// Which one a browser comes back to. The state is the proof; there is no tenant yet.
    BY_STATE = "select * from connect_session where state_sha256 = $1";
    /// Spends the state, exactly once. The answer must be there until `ends_at_ms`.
    TAKE = "update connect_session set phase = 'returned', ends_at_ms = $5
        where id = $1 and workspace_id = $2 and phase = 'begun' and state_sha256 = $3 and ends_at_ms > $4
        returning *";
    /// Another way to the platform for one that nobody went yet.
    AGAIN = "update connect_session set state_sha256 = $1, journey_sealed = $2, created_at_ms = $3, ends_at_ms = $4
        where id = $5 and workspace_id = $6 and phase = 'begun' and state_sha256 = $7";
    /// From one phase to the next, if nobody went on with it meanwhile. What the journey needed is forgotten.
    ADVANCE = "update connect_session set phase = $1, outcome = $2, grant_id = coalesce($3, grant_id), ends_at_ms = $4,
            journey_sealed = null
        where id = $5 and workspace_id = $6 and phase = $7 and outcome = $8";
    /// Those that can be gone on with, newest first.
    OPEN = "select * from connect_session where workspace_id = $1 and phase in ('begun', 'returned', 'choosing', 'proving')
        and ends_at_ms > $2 order by created_at_ms desc, id desc limit $3";
    /// The latest that were to mend this channel.
    OF_CHANNEL = "select * from connect_session where channel_id = $1 and workspace_id = $2
        order by created_at_ms desc limit $3";
    /// Trials of apps that were broken off with a sign-in in hand, in all workspaces.
    LEFT_TESTS = "select * from connect_session where purpose = 'test' and phase in ('returned', 'choosing', 'proving')
        and ends_at_ms <= $1 order by ends_at_ms limit $2";
    /// Nobody came back in time.
    EXPIRE = "update connect_session set phase = 'expired', journey_sealed = null
        where phase = 'begun' and ends_at_ms <= $1";
}

/// One sign-in under way.
#[derive(Debug, Clone)]
pub struct ConnectSession {
    /// Which one.
    pub id: ConnectSessionId,
    /// What it is for.
    pub purpose: ConnectPurpose,
    /// Whose.
    pub workspace: WorkspaceId,
    /// For which set.
    pub social_set: SocialSetId,
    /// Who began it.
    pub member: MemberId,
    /// The only browser session that may come back with it.
    pub session: Option<SessionId>,
    /// The only key that may bring the answer back, where a program began it.
    pub api_key: Option<ApiKeyId>,
    /// Through which app.
    pub app: AppId,
    /// The channel that is to be mended; none for a first connection.
    pub channel: Option<ChannelId>,
    /// What must be kept until the browser is back, sealed.
    pub journey_sealed: Option<Vec<u8>>,
    /// How far it has come.
    pub phase: ConnectPhase,
    /// The sign-in that it gave.
    pub grant: Option<GrantId>,
    /// What is known of it so far; the engine's document, without secrets.
    pub outcome: serde_json::Value,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it can be gone on with.
    pub ends_at: Timestamp,
}

impl ConnectSession {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            purpose: row.get("purpose")?,
            workspace: row.get("workspace_id")?,
            social_set: row.get("social_set_id")?,
            member: row.get("member_id")?,
            session: row.get("session_id")?,
            api_key: row.get("api_key_id")?,
            app: row.get("app_id")?,
            channel: row.get("channel_id")?,
            journey_sealed: row.get("journey_sealed")?,
            phase: row.get("phase")?,
            grant: row.get("grant_id")?,
            outcome: row.get("outcome")?,
            created_at: row.get("created_at_ms")?,
            ends_at: row.get("ends_at_ms")?,
        })
    }
}

fn maybe(row: Option<Row>) -> Result<Option<ConnectSession>> {
    row.as_ref().map(ConnectSession::from_row).transpose()
}

/// Stores a new one in the phase `begun`, with the hash of its state.
///
/// # Errors
/// When the database fails.
pub fn create(conn: &mut Conn<'_>, new: &ConnectSession, state_sha256: &[u8; 32]) -> Result<()> {
    conn.run(
        &CREATE,
        params![
            new.id,
            new.workspace,
            new.social_set,
            new.member,
            new.session,
            new.api_key,
            new.app,
            new.channel,
            *state_sha256,
            new.journey_sealed,
            new.outcome,
            new.created_at,
            new.ends_at,
            new.purpose
        ],
    )?;
    Ok(())
}

/// One of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ConnectSessionId,
) -> Result<Option<ConnectSession>> {
    maybe(conn.maybe(&ONE, params![id, workspace])?)
}

/// The one of this state, in whatever phase.
///
/// # Errors
/// When the database fails.
pub fn by_state(conn: &mut Conn<'_>, state_sha256: &[u8; 32]) -> Result<Option<ConnectSession>> {
    maybe(conn.maybe(&BY_STATE, params![*state_sha256])?)
}

/// Spends the state: `Some` exactly once, and only in time. The row is as it is after; what comes of it
/// must be stored until `until`.
///
/// # Errors
/// When the database fails.
pub fn take(
    conn: &mut Conn<'_>,
    row: &ConnectSession,
    state_sha256: &[u8; 32],
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<ConnectSession>> {
    maybe(conn.maybe(
        &TAKE,
        params![row.id, row.workspace, *state_sha256, now, until],
    )?)
}

/// What a new way to the platform replaces.
pub struct Again<'a> {
    /// The hash of the state that is given up.
    pub old_state_sha256: &'a [u8; 32],
    /// The hash of the new one.
    pub state_sha256: &'a [u8; 32],
    /// What must be kept now, sealed.
    pub journey_sealed: &'a [u8],
    /// Now.
    pub now: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

/// Gives one that nobody went yet another way to the platform.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody has come back, or went another new way, meanwhile.
pub fn again(conn: &mut Conn<'_>, row: &ConnectSession, new: &Again<'_>) -> Result<()> {
    conn.change(
        "connect session",
        &AGAIN,
        params![
            *new.state_sha256,
            new.journey_sealed,
            new.now,
            new.ends_at,
            row.id,
            row.workspace,
            *new.old_state_sha256
        ],
    )
}

/// Takes it from the phase that `row` shows to another; what the journey needed is forgotten.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody else went on with it meanwhile.
pub fn advance(
    conn: &mut Conn<'_>,
    row: &ConnectSession,
    to: ConnectPhase,
    outcome: &serde_json::Value,
    grant: Option<GrantId>,
    ends_at: Timestamp,
) -> Result<()> {
    conn.change(
        "connect session",
        &ADVANCE,
        params![
            to,
            outcome,
            grant,
            ends_at,
            row.id,
            row.workspace,
            row.phase,
            row.outcome
        ],
    )
}

/// Those of a workspace that can be gone on with, newest first.
///
/// # Errors
/// When the database fails.
pub fn open(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ConnectSession>> {
    conn.all(&OPEN, params![workspace, now, limit])?
        .iter()
        .map(ConnectSession::from_row)
        .collect()
}

/// The latest sign-ins that were to mend this channel, newest first, in whatever phase.
///
/// # Errors
/// When the database fails.
pub fn of_channel(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    limit: usize,
) -> Result<Vec<ConnectSession>> {
    conn.all(&OF_CHANNEL, params![channel, workspace, limit])?
        .iter()
        .map(ConnectSession::from_row)
        .collect()
}

/// Trials of apps whose time is over at `now` while a sign-in may still be in hand. Not for pages: it
/// crosses workspaces.
///
/// # Errors
/// When the database fails.
pub fn left_tests(
    conn: &mut Conn<'_>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ConnectSession>> {
    conn.all(&LEFT_TESTS, params![now, limit])?
        .iter()
        .map(ConnectSession::from_row)
        .collect()
}

/// Ends those to which nobody came back in time; how many.
///
/// # Errors
/// When the database fails.
pub fn expire(conn: &mut Conn<'_>, now: Timestamp) -> Result<u64> {
    conn.run(&EXPIRE, params![now])
}
