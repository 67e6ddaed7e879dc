//! The one row about this installation: its id, when it was made, and the value by which a wrong
//! key is noticed before anything is touched. What that value means is the vault's matter.

use jiff::Timestamp;
use uuid::Uuid;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// The row, if the installation was furnished.
    READ = "select id, created_at_ms, key_check from installation";
    /// Makes it; the column `single` allows one.
    CREATE = "insert into installation (single, id, created_at_ms, key_check) values (true, $1, $2, $3)
              on conflict (single) do nothing";
    /// Replaces the check, as the sealing key was replaced.
    REPLACE_CHECK = "update installation set key_check = $2 where key_check = $1";
    /// A small value by its name.
    VALUE = "select value from installation_value where name = $1";
    /// Sets it.
    SET_VALUE = "insert into installation_value (name, value) values ($1, $2)
                 on conflict (name) do update set value = excluded.value";
}

/// This installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Made once; copies of a database share it.
    pub id: Uuid,
    /// When it was made.
    pub created_at: Timestamp,
    /// The vault's key check value.
    pub key_check: Vec<u8>,
}

/// The row, or none in an empty database.
///
/// # Errors
/// When the database fails.
pub fn read(conn: &mut Conn<'_>) -> Result<Option<Installation>> {
    let Some(row) = conn.maybe(&READ, params![])? else {
        return Ok(None);
    };
    Ok(Some(Installation {
        id: row.get("id")?,
        created_at: row.get("created_at_ms")?,
        key_check: row.get("key_check")?,
    }))
}

/// Makes the row, unless there is one; the row that is there now.
///
/// # Errors
/// When the database fails.
pub fn create(conn: &mut Conn<'_>, new: &Installation) -> Result<Installation> {
    conn.run(&CREATE, params![new.id, new.created_at, new.key_check])?;
    let there = read(conn)?;
    Ok(there.unwrap_or_else(|| new.clone()))
}

/// Replaces the key check by compare-and-set.
///
/// # Errors
/// [`crate::Error::Stale`] when it is not `old` any more.
pub fn replace_key_check(conn: &mut Conn<'_>, old: &[u8], new: &[u8]) -> Result<()> {
    conn.change("the key check", &REPLACE_CHECK, params![old, new])
}

/// A small value of the installation as a whole (the demo's clock, a rotation under way), by its name.
///
/// # Errors
/// When the database fails.
pub fn value(conn: &mut Conn<'_>, name: &str) -> Result<Option<String>> {
    conn.maybe(&VALUE, params![name])?
        .map(|row| row.get("value"))
        .transpose()
}

/// Sets a small value.
///
/// # Errors
/// When the database fails.
pub fn set_value(conn: &mut Conn<'_>, name: &str, value: &str) -> Result<()> {
    conn.run(&SET_VALUE, params![name, value]).map(|_| ())
}
