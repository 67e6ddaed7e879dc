//! One-time codes: the first start, the demo's link, later resets. Only hashes are here; a code is
//! spent by one statement, so that two who come at once cannot both have it. Times are of the security
//! clock.

use domain::Timestamp;
use domain::ids::PersonId;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// A new code.
    MAKE = "insert into one_time_code (code_sha256, purpose, person_id, created_at_ms, ends_at_ms, used_at_ms)
            values ($1, $2, $3, $4, $5, null)";
    /// Uses it up, exactly once.
    SPEND = "update one_time_code set used_at_ms = $3
             where code_sha256 = $1 and purpose = $2 and used_at_ms is null and ends_at_ms > $3
             returning person_id";
    /// Whether it could be spent now.
    OPEN = "select count(*) as found from one_time_code
            where code_sha256 = $1 and purpose = $2 and used_at_ms is null and ends_at_ms > $3";
    /// Unused ones of a purpose: a newer one takes their place.
    WITHDRAW = "delete from one_time_code where purpose = $1 and used_at_ms is null";
    /// Old ones.
    FORGET = "delete from one_time_code where ends_at_ms < $1";
}

/// What a code opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Making the first account.
    FirstStart,
    /// The demo's link that opens signed in.
    Demo,
    /// Signing in by a link that an operator made.
    SignIn,
}

impl Purpose {
    /// The word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstStart => "first_start",
            Self::Demo => "demo",
            Self::SignIn => "sign_in",
        }
    }
}

/// Stores a code by its SHA-256.
///
/// # Errors
/// When the database fails.
pub fn make(
    conn: &mut Conn<'_>,
    code_sha256: &[u8; 32],
    purpose: Purpose,
    person: Option<PersonId>,
    now: Timestamp,
    ends_at: Timestamp,
) -> Result<()> {
    conn.run(
        &MAKE,
        params![*code_sha256, purpose.as_str(), person, now, ends_at],
    )?;
    Ok(())
}

/// Spends a code: `Some` exactly once, with the person that it names.
///
/// # Errors
/// When the database fails.
pub fn spend(
    conn: &mut Conn<'_>,
    code_sha256: &[u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Option<PersonId>>> {
    let row = conn.maybe(&SPEND, params![*code_sha256, purpose.as_str(), now])?;
    row.map(|row| row.get("person_id")).transpose()
}

/// Whether a code could be spent now; spends nothing.
///
/// # Errors
/// When the database fails.
pub fn is_open(
    conn: &mut Conn<'_>,
    code_sha256: &[u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn
        .one(&OPEN, params![*code_sha256, purpose.as_str(), now])?
        .get::<i64>("found")?
        > 0)
}

/// Takes back the unused codes of a purpose; how many.
///
/// # Errors
/// When the database fails.
pub fn withdraw(conn: &mut Conn<'_>, purpose: Purpose) -> Result<u64> {
    conn.run(&WITHDRAW, params![purpose.as_str()])
}

/// Drops codes that ended before; how many.
///
/// # Errors
/// When the database fails.
pub fn forget(conn: &mut Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.run(&FORGET, params![before])
}
