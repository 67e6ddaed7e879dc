//! What a client with an `Idempotency-Key` was answered, so that the same request again gets the same
//! answer and does nothing twice. Times are of the security clock.

use domain::Timestamp;
use domain::ids::WorkspaceId;
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// The first to come has it.
    BEGIN = "insert into idempotency (workspace_id, maker, key, request_sha256, status, body, created_at_ms)
             values ($1, $2, $3, $4, null, null, $5)
             on conflict (workspace_id, maker, key) do nothing";
    /// What came before.
    FIND = "select request_sha256, status, body, created_at_ms from idempotency
            where workspace_id = $1 and maker = $2 and key = $3";
    /// The answer.
    FINISH = "update idempotency set status = $4, body = $5
              where workspace_id = $1 and maker = $2 and key = $3 and status is null";
    /// Nothing was done: the key may be used again.
    ABANDON = "delete from idempotency where workspace_id = $1 and maker = $2 and key = $3 and status is null";
    /// Old ones.
    FORGET = "delete from idempotency where created_at_ms < $1";
}

/// Whose key it is, and the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// Of which client.
    pub maker: Maker,
    /// As the client sent it.
    pub key: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nobody came with it before; it is taken now.
    Fresh,
    /// It was used with another request.
    OtherRequest,
    /// The first one has not been answered yet.
    InProgress {
        /// When it came.
        since: Timestamp,
    },
    /// The first one was answered so.
    Answered {
        /// HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// Takes the key, or says what became of it.
///
/// # Errors
/// When the database fails.
pub fn begin(
    conn: &mut Conn<'_>,
    at: &Place,
    request_sha256: &[u8; 32],
    now: Timestamp,
) -> Result<Begun> {
    if conn.run(
        &BEGIN,
        params![at.workspace, at.maker, at.key, *request_sha256, now],
    )? == 1
    {
        return Ok(Begun::Fresh);
    }
    let row = conn.one(&FIND, params![at.workspace, at.maker, at.key])?;
    if row.get::<[u8; 32]>("request_sha256")? != *request_sha256 {
        return Ok(Begun::OtherRequest);
    }
    Ok(
        match (
            row.get::<Option<u16>>("status")?,
            row.get::<Option<String>>("body")?,
        ) {
            (Some(status), body) => Begun::Answered {
                status,
                body: body.unwrap_or_default(),
            },
            (None, _) => Begun::InProgress {
                since: row.get("created_at_ms")?,
            },
        },
    )
}

/// Stores the answer.
///
/// # Errors
/// When the database fails.
pub fn finish(conn: &mut Conn<'_>, at: &Place, status: u16, body: &str) -> Result<()> {
    conn.run(
        &FINISH,
        params![at.workspace, at.maker, at.key, status, body],
    )?;
    Ok(())
}

/// Gives the key back, because nothing was done under it.
///
/// # Errors
/// When the database fails.
pub fn abandon(conn: &mut Conn<'_>, at: &Place) -> Result<()> {
    conn.run(&ABANDON, params![at.workspace, at.maker, at.key])?;
    Ok(())
}

/// Drops keys that came before; how many.
///
/// # Errors
/// When the database fails.
pub fn forget(conn: &mut Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.run(&FORGET, params![before])
}
