//! What platforms answered that was no good: the last refusal of each login on its channel, with the answer as it
//! came; and how often answers came that no table knows. Whether a login is well is in `channel_grants.rs`.

use domain::Timestamp;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::{ChannelGrantId, WorkspaceId};
use domain::platform::Platform;

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

/// The most different answers without a row in a table that are told apart, of one workspace. What comes beyond
/// is counted together, as [`OTHERS`].
pub const TOLD_APART: usize = 200;
/// The operation under which the rest is counted.
pub const OTHERS: &str = "others";
/// The longest name of an operation, code or subcode that is kept, in characters.
const WORD_CHARS: usize = 100;

statements! {
    /// The last refusal; one of the same cause goes on being counted.
    PUT = "insert into login_answer (channel_grant_id, workspace_id, cause, evidence, raw, times, first_at_ms, at_ms)
        select id, workspace_id, $3, $4, $5, 1, $6, $6 from channel_grant where id = $1 and workspace_id = $2
        on conflict (channel_grant_id) do update set
            times = case when login_answer.cause = excluded.cause then login_answer.times + 1 else 1 end,
            first_at_ms = case when login_answer.cause = excluded.cause then login_answer.first_at_ms else excluded.first_at_ms end,
            cause = excluded.cause, evidence = excluded.evidence, raw = excluded.raw, at_ms = excluded.at_ms";
    /// That of one login.
    LAST = "select * from login_answer where channel_grant_id = $1 and workspace_id = $2";
    /// What was said is over.
    FORGET = "delete from login_answer where channel_grant_id = $1 and workspace_id = $2";
    /// Those of a workspace, for lists.
    OF_WORKSPACE = "select * from login_answer where workspace_id = $1";
    /// One more of an answer that came before.
    ONE_MORE = "update unmapped_answer set times = times + 1, at_ms = $7, message = $8
        where workspace_id = $1 and platform = $2 and operation = $3 and http_status = $4 and code = $5 and subcode = $6";
    /// How many are told apart.
    DIFFERENT = "select count(*) as found from unmapped_answer where workspace_id = $1";
    /// A new one. Another node may have been quicker.
    ADD = "insert into unmapped_answer (workspace_id, platform, operation, http_status, code, subcode, at_ms, message,
            times, first_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $7)
        on conflict (workspace_id, platform, operation, http_status, code, subcode) do update
        set times = unmapped_answer.times + 1, at_ms = excluded.at_ms, message = excluded.message";
    /// All of a workspace, the latest first.
    UNMAPPED = "select * from unmapped_answer where workspace_id = $1
        order by at_ms desc, platform, operation, http_status, code, subcode limit $2";
}

/// The last refusal that a login met on its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginAnswer {
    /// The login.
    pub on: ChannelGrantId,
    /// The cause class.
    pub cause: Cause,
    /// What the platform said; without the answer as it came.
    pub evidence: Evidence,
    /// The answer as it came, without secrets: for admins.
    pub raw: Option<String>,
    /// How many of this cause came one after the other.
    pub times: u64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the last came.
    pub at: Timestamp,
}

impl LoginAnswer {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            on: row.get("channel_grant_id")?,
            cause: row.get("cause")?,
            evidence: read(row, "evidence")?,
            raw: row.get("raw")?,
            times: row.get("times")?,
            first_at: row.get("first_at_ms")?,
            at: row.get("at_ms")?,
        })
    }
}

/// An answer that no table knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedAnswer {
    /// Which platform gave it.
    pub platform: Platform,
    /// To which call; [`OTHERS`] for what is not told apart.
    pub operation: String,
    /// The HTTP status; 0 where there was no answer.
    pub http_status: u16,
    /// The platform's code.
    pub code: String,
    /// The platform's subcode.
    pub subcode: String,
    /// What the last of them said, redacted.
    pub message: String,
    /// How many came.
    pub times: u64,
    /// When the first came.
    pub first_at: Timestamp,
    /// When the last came.
    pub at: Timestamp,
}

impl UnmappedAnswer {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            platform: row.get("platform")?,
            operation: row.get("operation")?,
            http_status: row.get("http_status")?,
            code: row.get("code")?,
            subcode: row.get("subcode")?,
            message: row.get("message")?,
            times: row.get("times")?,
            first_at: row.get("first_at_ms")?,
            at: row.get("at_ms")?,
        })
    }
}

/// Keeps the last refusal of a login on its channel, in the place of the one before.
///
/// # Errors
/// When the database fails.
pub fn keep(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    on: ChannelGrantId,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<()> {
    let raw = evidence.raw.as_deref();
    conn.run(&PUT, params![on, workspace, cause, doc(evidence), raw, now])?;
    Ok(())
}

/// The last refusal of a login on its channel.
///
/// # Errors
/// When the database fails.
pub fn last(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    on: ChannelGrantId,
) -> Result<Option<LoginAnswer>> {
    let row = conn.maybe(&LAST, params![on, workspace])?;
    row.as_ref().map(LoginAnswer::from_row).transpose()
}

/// Forgets the last refusal of a login where it said this: the platform has done since what it refused then.
///
/// # Errors
/// When the database fails.
pub fn forget(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    on: ChannelGrantId,
    said: &Evidence,
) -> Result<()> {
    let last = last(conn, workspace, on)?;
    if last.is_some_and(|last| last.evidence == *said) {
        conn.run(&FORGET, params![on, workspace])?;
    }
    Ok(())
}

/// The last refusals of a workspace's logins.
///
/// # Errors
/// When the database fails.
pub fn of_workspace(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<LoginAnswer>> {
    let rows = conn.all(&OF_WORKSPACE, params![workspace])?;
    rows.iter().map(LoginAnswer::from_row).collect()
}

/// Counts an answer that no table knows.
///
/// # Errors
/// When the database fails.
pub fn count_unmapped(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    platform: Platform,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<()> {
    let short = |text: &str| text.chars().take(WORD_CHARS).collect::<String>();
    let (operation, code, subcode) = (
        short(&evidence.operation),
        short(&evidence.code),
        short(&evidence.subcode),
    );
    let (status, message) = (evidence.http_status, &evidence.message);
    let known = conn.run(
        &ONE_MORE,
        params![
            workspace, platform, operation, status, code, subcode, now, message
        ],
    )?;
    if known > 0 {
        return Ok(());
    }
    let different: u64 = conn.one(&DIFFERENT, params![workspace])?.get("found")?;
    let told_apart = usize::try_from(different).is_ok_and(|different| different < TOLD_APART);
    let (operation, status, code, subcode) = if told_apart {
        (operation, status, code, subcode)
    } else {
        (OTHERS.to_owned(), 0, String::new(), String::new())
    };
    conn.run(
        &ADD,
        params![
            workspace, platform, operation, status, code, subcode, now, message
        ],
    )?;
    Ok(())
}

/// All answers of a workspace that no table knows, the latest first.
///
/// # Errors
/// When the database fails.
pub fn unmapped(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<UnmappedAnswer>> {
    // Beyond what is told apart there is one row of the rest for each platform.
    let most = TOLD_APART + Platform::ALL.len();
    let rows = conn.all(&UNMAPPED, params![workspace, most])?;
    rows.iter().map(UnmappedAnswer::from_row).collect()
}
