//! Everything that is known of one delivery: plan, payload, tries, steps, lines of history, its notice. And
//! lists of deliveries for programs.

use domain::Timestamp;
use domain::delivery::StateWord;
use domain::ids::{ChannelId, DeliveryId, Id as _, SocialSetId, WorkspaceId};

use crate::channels::{self, ChannelRow};
use crate::deliveries::{self, DeliveryRow};
use crate::delivery_events::{self, DeliveryEvent};
use crate::engine::Conn;
use crate::error::Result;
use crate::ledger::{self, AttemptRow, Body, StepRow};
use crate::notices::{self, NoticeRow};
use crate::params;
use crate::posts::{self, PostRow};
use crate::sql::statements;

statements! {
    /// The notice that a delivery stands in.
    NOTICE = "select notice_id from notice_delivery where delivery_id = $1 and workspace_id = $2";
    /// Deliveries that have a time, the earliest first, from a cursor; each filter has a switch.
    LIST = "select * from delivery where workspace_id = $1 and due_at_ms >= $2 and due_at_ms < $3
            and (due_at_ms, id) > ($4, $5) and (not $6 or channel_id = $7) and (not $8 or social_set_id = $9)
            and ($10 = '' or state = $10)
        order by due_at_ms, id limit $11";
}

/// All of it.
#[derive(Debug, Clone)]
pub struct History {
    /// The delivery.
    pub delivery: DeliveryRow,
    /// Its post.
    pub post: PostRow,
    /// Its variant and what was frozen.
    pub body: Body,
    /// Where it goes.
    pub channel: ChannelRow,
    /// The tries.
    pub attempts: Vec<AttemptRow>,
    /// Their steps.
    pub steps: Vec<StepRow>,
    /// The lines.
    pub events: Vec<DeliveryEvent>,
    /// The notice that it stands in.
    pub notice: Option<NoticeRow>,
}

/// The history of one delivery of this workspace.
///
/// # Errors
/// When the database fails.
pub fn of(conn: &mut Conn<'_>, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<History>> {
    let Some(delivery) = deliveries::one(conn, workspace, id)? else {
        return Ok(None);
    };
    let Some(post) = posts::one(conn, workspace, delivery.post)? else {
        return Ok(None);
    };
    let Some(channel) = channels::one(conn, workspace, delivery.channel)? else {
        return Ok(None);
    };
    let notice = match conn.maybe(&NOTICE, params![id, workspace])? {
        Some(row) => notices::one(conn, workspace, row.get("notice_id")?)?,
        None => None,
    };
    Ok(Some(History {
        post,
        channel,
        notice,
        body: ledger::body(conn, workspace, id)?,
        attempts: ledger::attempts(conn, workspace, id)?,
        steps: ledger::steps(conn, workspace, id)?,
        events: delivery_events::of_delivery(conn, workspace, id)?,
        delivery,
    }))
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Only of this channel.
    pub channel: Option<ChannelId>,
    /// Only of this set.
    pub set: Option<SocialSetId>,
    /// Only in this state.
    pub state: Option<StateWord>,
    /// Planned then or later.
    pub from: Timestamp,
    /// Planned before.
    pub to: Timestamp,
    /// After this one, in the order of the list.
    pub after: Option<(Timestamp, DeliveryId)>,
}

/// Deliveries that have a planned time, the earliest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<DeliveryRow>> {
    let nil = uuid::Uuid::nil();
    let after = wanted
        .after
        .unwrap_or((Timestamp::UNIX_EPOCH, DeliveryId::from_uuid(nil)));
    conn.all(
        &LIST,
        params![
            workspace,
            wanted.from.max(Timestamp::UNIX_EPOCH),
            wanted.to,
            after.0,
            after.1,
            wanted.channel.is_some(),
            wanted.channel.unwrap_or(ChannelId::from_uuid(nil)),
            wanted.set.is_some(),
            wanted.set.unwrap_or(SocialSetId::from_uuid(nil)),
            wanted.state.map_or("", StateWord::as_str),
            limit
        ],
    )?
    .iter()
    .map(DeliveryRow::from_row)
    .collect()
}
