//! The heartbeat of every running incarnation: who lives, which program, which keys it can open.
//! It takes no lock. Correctness never hangs on it: leases and fences have their own rows.

use domain::ids::IncarnationId;
use jiff::Timestamp;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// The first beat makes the row.
    BEAT = "insert into node (incarnation, started_at_ms, beat_at_ms, program, schema_number, opens_keys)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (incarnation) do update set
                beat_at_ms = excluded.beat_at_ms, opens_keys = excluded.opens_keys";
    /// Who has been heard since.
    LIVING = "select incarnation, started_at_ms, beat_at_ms, program, schema_number, opens_keys
              from node where beat_at_ms >= $1 order by started_at_ms, incarnation";
    /// A graceful stop.
    LEAVE = "delete from node where incarnation = $1";
    /// Rows of incarnations that vanished long ago.
    FORGET = "delete from node where beat_at_ms < $1";
    /// Deliveries that one incarnation held which is proven gone.
    FREE_DELIVERIES = "update delivery set lease_until_ms = 0
            where lease_by = $1 and lease_until_ms > 0";
    /// Grants that it held.
    FREE_GRANTS = "update oauth_grant set lease_until_ms = 0 where lease_by = $1 and lease_until_ms > 0";
    /// Channel grants that it held.
    FREE_CHANNEL_GRANTS = "update channel_grant set lease_until_ms = 0 where lease_by = $1 and lease_until_ms > 0";
}

/// One incarnation, as it last told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// One run of one program.
    pub incarnation: IncarnationId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last told.
    pub beat_at: Timestamp,
    /// Version of the program.
    pub program: String,
    /// The highest migration that it knows.
    pub schema_number: i64,
    /// The vault keys it can open with, as the vault writes them; a rotation waits for all nodes.
    pub opens_keys: String,
}

impl Node {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            incarnation: row.get("incarnation")?,
            started_at: row.get("started_at_ms")?,
            beat_at: row.get("beat_at_ms")?,
            program: row.get("program")?,
            schema_number: row.get("schema_number")?,
            opens_keys: row.get("opens_keys")?,
        })
    }
}

/// Tells that this incarnation lives.
///
/// # Errors
/// When the database fails.
pub fn beat(conn: &mut Conn<'_>, node: &Node) -> Result<()> {
    conn.run(
        &BEAT,
        params![
            node.incarnation,
            node.started_at,
            node.beat_at,
            node.program,
            node.schema_number,
            node.opens_keys
        ],
    )?;
    Ok(())
}

/// The incarnations heard at or after `since`, oldest first.
///
/// # Errors
/// When the database fails.
pub fn living(conn: &mut Conn<'_>, since: Timestamp) -> Result<Vec<Node>> {
    conn.all(&LIVING, params![since])?
        .iter()
        .map(Node::from_row)
        .collect()
}

/// Takes this incarnation off the list; the last act of a graceful stop.
///
/// # Errors
/// When the database fails.
pub fn leave(conn: &mut Conn<'_>, incarnation: IncarnationId) -> Result<()> {
    conn.run(&LEAVE, params![incarnation])?;
    Ok(())
}

/// Drops the rows of incarnations not heard since `before`; how many.
///
/// # Errors
/// When the database fails.
pub fn forget(conn: &mut Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.run(&FORGET, params![before])
}

/// Frees what one incarnation held; how many rows. Only where it is proven that this very one has ended: whatever it
/// sent before is in its ledger and journal, and it can send nothing more.
///
/// # Errors
/// When the database fails.
pub fn free(conn: &mut Conn<'_>, gone: IncarnationId) -> Result<u64> {
    Ok(conn.run(&FREE_DELIVERIES, params![gone])?
        + conn.run(&FREE_GRANTS, params![gone])?
        + conn.run(&FREE_CHANNEL_GRANTS, params![gone])?)
}
