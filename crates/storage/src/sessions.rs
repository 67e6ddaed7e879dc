//! Browser sessions. Only the hash of the cookie's token is here. All times are of the security
//! clock; how long a session lives is decided by its caller.

use domain::Timestamp;
use domain::ids::{PersonId, SessionId, SocialSetId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A sign-in.
    CREATE = "insert into session
                (id, person_id, token_sha256, workspace_id, social_set_id, created_at_ms, seen_at_ms, ends_at_ms, client)
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Who comes with this cookie. The token is the proof; there is no tenant yet.
    BY_TOKEN = "select id, person_id, workspace_id, social_set_id, created_at_ms, seen_at_ms, ends_at_ms, client
                from session where token_sha256 = $1 and seen_at_ms >= $2 and ends_at_ms > $3";
    /// It was used.
    SEEN = "update session set seen_at_ms = $2 where id = $1 and seen_at_ms < $2";
    /// Another workspace or set.
    SWITCH = "update session set workspace_id = $3, social_set_id = $4 where id = $1 and person_id = $2";
    /// A person's sessions.
    LIST = "select id, person_id, workspace_id, social_set_id, created_at_ms, seen_at_ms, ends_at_ms, client
            from session where person_id = $1 and seen_at_ms >= $2 and ends_at_ms > $3
            order by seen_at_ms desc, id";
    /// The hashes of a person's cookies: the demo keeps its visitor signed in over a reset.
    TOKENS = "select token_sha256 from session where person_id = $1 and seen_at_ms >= $2 and ends_at_ms > $3
              order by seen_at_ms desc, id";
    /// Signed out.
    REVOKE = "delete from session where id = $1 and person_id = $2";
    /// Signed out everywhere else.
    REVOKE_OTHERS = "delete from session where person_id = $1 and id <> $2";
    /// What nobody can use any more.
    FORGET = "delete from session where seen_at_ms < $1 or ends_at_ms <= $2";
}

/// One sign-in in one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// Where the person is now.
    pub workspace: Option<WorkspaceId>,
    /// Which set the account switcher shows.
    pub set: Option<SocialSetId>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within an hour.
    pub seen_at: Timestamp,
    /// Its last end, whatever the use.
    pub ends_at: Timestamp,
    /// What the browser called itself, shortened.
    pub client: String,
}

/// From when on a session counts: last seen at or after the first, ending after the second.
#[derive(Debug, Clone, Copy)]
pub struct Living {
    /// Seen at or after.
    pub seen_since: Timestamp,
    /// The time now.
    pub now: Timestamp,
}

fn from_row(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        person: row.get("person_id")?,
        workspace: row.get("workspace_id")?,
        set: row.get("social_set_id")?,
        created_at: row.get("created_at_ms")?,
        seen_at: row.get("seen_at_ms")?,
        ends_at: row.get("ends_at_ms")?,
        client: row.get("client")?,
    })
}

/// Records a sign-in under the SHA-256 of its token.
///
/// # Errors
/// When the database fails.
pub fn create(conn: &mut Conn<'_>, new: &Session, token_sha256: &[u8; 32]) -> Result<()> {
    conn.run(
        &CREATE,
        params![
            new.id,
            new.person,
            *token_sha256,
            new.workspace,
            new.set,
            new.created_at,
            new.seen_at,
            new.ends_at,
            new.client
        ],
    )?;
    Ok(())
}

/// The living session of a token, or none.
///
/// # Errors
/// When the database fails.
pub fn by_token(
    conn: &mut Conn<'_>,
    token_sha256: &[u8; 32],
    living: Living,
) -> Result<Option<Session>> {
    let row = conn.maybe(
        &BY_TOKEN,
        params![*token_sha256, living.seen_since, living.now],
    )?;
    row.as_ref().map(from_row).transpose()
}

/// Notes that it was used.
///
/// # Errors
/// When the database fails.
pub fn seen(conn: &mut Conn<'_>, id: SessionId, now: Timestamp) -> Result<()> {
    conn.run(&SEEN, params![id, now])?;
    Ok(())
}

/// Moves the session to a workspace and set. That the person may go there is the caller's check.
///
/// # Errors
/// [`crate::Error::Stale`] when the session has ended.
pub fn switch(
    conn: &mut Conn<'_>,
    id: SessionId,
    person: PersonId,
    workspace: WorkspaceId,
    set: Option<SocialSetId>,
) -> Result<()> {
    conn.change("the session", &SWITCH, params![id, person, workspace, set])
}

/// The person's living sessions, last used first.
///
/// # Errors
/// When the database fails.
pub fn list(conn: &mut Conn<'_>, person: PersonId, living: Living) -> Result<Vec<Session>> {
    conn.all(&LIST, params![person, living.seen_since, living.now])?
        .iter()
        .map(from_row)
        .collect()
}

/// Ends one session of the person; whether there was one.
///
/// # Errors
/// When the database fails.
pub fn revoke(conn: &mut Conn<'_>, id: SessionId, person: PersonId) -> Result<bool> {
    Ok(conn.run(&REVOKE, params![id, person])? > 0)
}

/// Ends all sessions of the person but one; how many.
///
/// # Errors
/// When the database fails.
pub fn revoke_others(conn: &mut Conn<'_>, person: PersonId, but: SessionId) -> Result<u64> {
    conn.run(&REVOKE_OTHERS, params![person, but])
}

/// Drops sessions that have ended; how many.
///
/// # Errors
/// When the database fails.
pub fn forget(conn: &mut Conn<'_>, living: Living) -> Result<u64> {
    conn.run(&FORGET, params![living.seen_since, living.now])
}

/// The hashes of the person's cookies, last used first: the demo keeps its visitor signed in over a reset.
///
/// # Errors
/// When the database fails.
pub fn tokens(conn: &mut Conn<'_>, person: PersonId, living: Living) -> Result<Vec<[u8; 32]>> {
    conn.all(&TOKENS, params![person, living.seen_since, living.now])?
        .iter()
        .map(|row| row.get("token_sha256"))
        .collect()
}
