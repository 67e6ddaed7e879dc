//! One change of a delivery by the engine: the steps of its life, the history row and the notice, all in
//! the transaction of the caller. No other file of the engine writes a delivery's state.

use domain::Timestamp;
use domain::cause::Cause;
use domain::delivery::{Reason, State, Step};
use domain::health::Evidence;
use domain::notice::NoticeKind;
use domain::post::Maker;
use serde_json::json;
use storage::deliveries::{self, Advance, DeliveryRow};
use storage::delivery_events::{self, NewEvent};
use storage::lease::Lease;
use storage::notices::{self, NewNotice};
use storage::{Conn, Error, ledger};

use crate::cx::Ids;

/// What happened, for the history.
pub struct Happening<'a> {
    /// The kind of the line.
    pub kind: &'a str,
    /// More.
    pub detail: serde_json::Value,
}

/// Takes the steps and writes the line. The row is brought up to date.
///
/// # Errors
/// [`Error::Refused`] where the rules have no such step; [`Error::Stale`] where the lease was lost.
#[expect(
    clippy::too_many_arguments,
    reason = "one change with its line of history; grouping would only rename the parts"
)]
pub fn go(
    conn: &mut Conn<'_>,
    ids: &Ids,
    row: &mut DeliveryRow,
    lease: Lease,
    steps: &[Step],
    happening: &Happening<'_>,
    advance: &Advance,
    now: Timestamp,
) -> storage::Result<()> {
    let from = row.state;
    let mut state = from;
    for step in steps {
        state = state.step(*step).map_err(|refused| Error::Refused {
            reason: refused.to_string(),
        })?;
    }
    deliveries::advance(conn, row, lease, state, advance, now)?;
    delivery_events::append(
        conn,
        &NewEvent {
            id: ids.make(),
            workspace: row.workspace,
            delivery: row.id,
            kind: happening.kind,
            from: Some(from),
            to: Some(state),
            maker: Maker::Rule,
            detail: happening.detail.clone(),
        },
        now,
    )?;
    row.state = state;
    row.act_at = advance.act_at;
    row.tries = advance.tries;
    Ok(())
}

/// Why a delivery is held, for its notice.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The cause of the login, where it is one.
    pub cause: Option<Cause>,
    /// What the platform said.
    pub evidence: Option<Evidence>,
}

/// Holds a delivery as missed: whatever it was, it is kept whole, with its reason, and stands in one
/// open notice.
///
/// # Errors
/// As [`go`].
pub fn miss(
    conn: &mut Conn<'_>,
    ids: &Ids,
    row: &mut DeliveryRow,
    lease: Lease,
    reason: Reason,
    held: &Held,
    now: Timestamp,
) -> storage::Result<()> {
    let steps: &[Step] = match row.state {
        State::Publishing(_) => &[Step::NotSent, Step::Miss(reason)],
        _ => &[Step::Miss(reason)],
    };
    let happening = Happening {
        kind: "missed",
        detail: json!({ "reason": reason, "cause": held.cause }),
    };
    go(
        conn,
        ids,
        row,
        lease,
        steps,
        &happening,
        &Advance::default(),
        now,
    )?;
    ledger::end(conn, row.workspace, row.id, "missed", now)?;
    let (kind, key) = match (reason, held.cause) {
        (Reason::LoginDead, Some(cause)) => (NoticeKind::NeedsRefresh, login_key(row, cause)),
        (Reason::PermissionMissing, Some(cause)) => (NoticeKind::Limited, login_key(row, cause)),
        (_, None) => (
            NoticeKind::Missed,
            format!("missed:{}:{reason}", row.channel),
        ),
        (_, Some(cause)) => (
            NoticeKind::Missed,
            format!("missed:{}:{reason}:{cause}", row.channel),
        ),
    };
    let about_login = kind != NoticeKind::Missed;
    let notice = notices::open(
        conn,
        &NewNotice {
            id: ids.make(),
            workspace: row.workspace,
            social_set: row.social_set,
            kind,
            channel: Some(row.channel),
            cause: held.cause,
            key: &key,
            evidence: held.evidence.as_ref(),
            detail: if about_login {
                json!({})
            } else {
                json!({ "reason": reason })
            },
        },
        now,
    )?;
    notices::attach(conn, row.workspace, notice, row.id, now)
}

/// The key of the notice about a login: one open notice a cause and channel.
#[must_use]
pub fn login_key(row: &DeliveryRow, cause: Cause) -> String {
    format!("login:{}:{cause}", row.channel)
}

/// Opens a notice about this one delivery, and puts the delivery into it.
///
/// # Errors
/// When the database fails.
pub fn tell(
    conn: &mut Conn<'_>,
    ids: &Ids,
    row: &DeliveryRow,
    kind: NoticeKind,
    cause: Option<Cause>,
    evidence: Option<&Evidence>,
    now: Timestamp,
) -> storage::Result<()> {
    let notice = notices::open(
        conn,
        &NewNotice {
            id: ids.make(),
            workspace: row.workspace,
            social_set: row.social_set,
            kind,
            channel: Some(row.channel),
            cause,
            key: &format!("delivery:{}:{kind}", row.id),
            evidence,
            detail: json!({}),
        },
        now,
    )?;
    notices::attach(conn, row.workspace, notice, row.id, now)
}
