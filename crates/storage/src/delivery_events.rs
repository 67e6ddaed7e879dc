//! The history of a delivery: every change of state, in the transaction of the change.

use domain::Timestamp;
use domain::delivery::{State, StateWord};
use domain::ids::{DeliveryId, EventId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::sql::statements;

statements! {
    /// A line of it. Lines of one moment get a millisecond each, so that the history reads in the order
    /// in which it was written.
    APPEND = "insert into delivery_event (id, workspace_id, delivery_id, at_ms, kind, from_state, to_state, maker, detail)
        select $1, $2, $3, case when max(at_ms) >= $4 then max(at_ms) + 1 else $4 end, $5, $6, $7, $8, $9
        from delivery_event where workspace_id = $2 and delivery_id = $3";
    /// All lines of one delivery.
    OF_DELIVERY = "select * from delivery_event where workspace_id = $1 and delivery_id = $2 order by at_ms, id";
}

/// One line of history.
#[derive(Debug, Clone)]
pub struct DeliveryEvent {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What: `planned`, `moved`, `edited`, `begun`, `sent`, `shown`, `published`, `missed`, `rejected`,
    /// `unclear`, `looked`, `found`, `absent`, `dropped`, `canceled`, `reminded`, `retry`, `posted_by_hand`.
    pub kind: String,
    /// The state before.
    pub from: Option<StateWord>,
    /// The state after.
    pub to: Option<StateWord>,
    /// Who.
    pub maker: Maker,
    /// More, by kind. No secrets.
    pub detail: serde_json::Value,
}

/// A line to be written.
pub struct NewEvent<'a> {
    /// Its id.
    pub id: EventId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// What happened.
    pub kind: &'a str,
    /// The state before.
    pub from: Option<State>,
    /// The state after.
    pub to: Option<State>,
    /// Who.
    pub maker: Maker,
    /// More.
    pub detail: serde_json::Value,
}

/// Appends a line.
///
/// # Errors
/// When the database fails.
pub fn append(conn: &mut Conn<'_>, new: &NewEvent<'_>, now: Timestamp) -> Result<()> {
    conn.run(
        &APPEND,
        params![
            new.id,
            new.workspace,
            new.delivery,
            now,
            new.kind,
            new.from.map(State::word),
            new.to.map(State::word),
            doc(&new.maker),
            new.detail
        ],
    )?;
    Ok(())
}

/// The history of a delivery, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn of_delivery(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
) -> Result<Vec<DeliveryEvent>> {
    let rows = conn.all(&OF_DELIVERY, params![workspace, delivery])?;
    rows.iter()
        .map(|row| {
            Ok(DeliveryEvent {
                id: row.get("id")?,
                at: row.get("at_ms")?,
                kind: row.get("kind")?,
                from: row.get("from_state")?,
                to: row.get("to_state")?,
                maker: read(row, "maker")?,
                detail: row.get("detail")?,
            })
        })
        .collect()
}
