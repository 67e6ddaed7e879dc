//! A lease on a row. It saves work: no two nodes do the same at once while both are well. It does not
//! give correctness: that is the fence, which every later write of the holder compares.

use domain::Timestamp;
use domain::ids::{ChannelId, GrantId, IncarnationId, WorkspaceId};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::row::Row;

/// The lease that a claim took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub by: IncarnationId,
    /// Grows with every claim of the row; a write with an older one changes nothing.
    pub fence: i64,
}

/// When and by whom a claim is made.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Who claims.
    pub by: IncarnationId,
    /// The product time: what is due.
    pub now: Timestamp,
    /// The security time: which leases are over.
    pub clock_now: Timestamp,
    /// Until when the new lease holds, in security time.
    pub until: Timestamp,
    /// Leases that ended before this are free: now less the longest call.
    pub free_before: Timestamp,
    /// The most rows.
    pub limit: usize,
}

/// What a claim took.
#[derive(Debug)]
pub struct Claimed<T> {
    /// The rows, in the order in which they are due.
    pub rows: Vec<T>,
    /// Those that this program cannot read. One of them never holds up the others; its lease is left to
    /// run out, so that it is looked at again every few minutes, and by a node that can read it.
    pub unreadable: Vec<Unreadable>,
}

impl<T> Claimed<T> {
    /// How many rows were taken, readable or not: as many as the claim asked for means that there are more.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.rows.len() + self.unreadable.len()
    }

    pub(crate) fn of(rows: &[Row], from_row: impl Fn(&Row) -> Result<T>) -> Self {
        let mut claimed = Self {
            rows: Vec::with_capacity(rows.len()),
            unreadable: Vec::new(),
        };
        for row in rows {
            match from_row(row) {
                Ok(one) => claimed.rows.push(one),
                Err(error) => claimed.unreadable.push(Unreadable::of(row, error)),
            }
        }
        claimed
    }
}

/// A row that this program cannot read: a word that it does not know, a document of another form.
#[derive(Debug)]
pub struct Unreadable {
    /// Its id, where even that can be read.
    pub id: Option<Uuid>,
    /// Whose it is.
    pub workspace: Option<WorkspaceId>,
    /// The channel that it names, if it names one.
    pub channel: Option<ChannelId>,
    /// The grant that it names, if it names one.
    pub grant: Option<GrantId>,
    /// What is wrong with it; never a value of the row.
    pub error: Error,
}

impl Unreadable {
    fn of(row: &Row, error: Error) -> Self {
        Self {
            id: row.get("id").ok(),
            workspace: row.get("workspace_id").ok(),
            channel: row.get("channel_id").ok(),
            grant: row.get("grant_id").ok(),
            error,
        }
    }
}
