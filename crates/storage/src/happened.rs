//! What happened in a workspace since a moment, counted: for the demo's bar, which tells it after a jump.
//! These read by time over whole tables, so no page of the product may call them.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::delivery::StateWord;
use domain::ids::{ChannelId, DeliveryId, WorkspaceId};
use domain::notice::NoticeKind;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Deliveries that came to another state, the newest line of each.
    MOVED = "select e.to_state, d.id, d.excerpt, d.channel_id, e.at_ms, d.due_at_ms
        from delivery_event e join delivery d on d.id = e.delivery_id
        where e.workspace_id = $1 and e.at_ms > $2 and e.to_state is not null and coalesce(e.from_state, '') <> e.to_state
        order by e.at_ms, e.id";
    /// Logins that were renewed, each counted once.
    RENEWED = "select cast(count(distinct grant_id) as bigint) as found from renewal
        where workspace_id = $1 and ended_at_ms > $2 and outcome = 'renewed'";
    /// Notices that were opened or grew.
    NOTICES = "select kind, cast(count(*) as bigint) as found from notice
        where workspace_id = $1 and grown_at_ms > $2 group by kind order by kind";
    /// The next planned post.
    NEXT = "select id, to_state, excerpt, channel_id, at_ms, due_at_ms from (
            select id, state as to_state, excerpt, channel_id, due_at_ms as at_ms, due_at_ms
            from delivery where workspace_id = $1 and state = 'scheduled' and due_at_ms > $2) as planned
        order by due_at_ms, id limit 1";
    /// What should be out by now and is not, though nobody needs to do anything.
    LATE = "select id, state as to_state, excerpt, channel_id, due_at_ms as at_ms, due_at_ms from delivery
        where workspace_id = $1 and state in ('scheduled', 'publishing') and due_at_ms <= $2 order by due_at_ms, id";
    /// How many deliveries wait for the engine although their moment has come.
    OVERDUE = "select cast(count(*) as bigint) as found from delivery where act_at_ms is not null and act_at_ms <= $1";
}

/// A delivery that came to another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub id: DeliveryId,
    /// To which state.
    pub to: StateWord,
    /// The beginning of its words.
    pub excerpt: String,
    /// On which channel.
    pub channel: ChannelId,
    /// When.
    pub at: Timestamp,
    /// For when it was planned.
    pub due_at: Option<Timestamp>,
}

impl Moved {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            to: row.get("to_state")?,
            excerpt: row.get("excerpt")?,
            channel: row.get("channel_id")?,
            at: row.get("at_ms")?,
            due_at: row.get("due_at_ms")?,
        })
    }
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Happened {
    /// Deliveries, each once, with the state that it came to last.
    pub moved: Vec<Moved>,
    /// What should be out by now and is tried again: the platform is in trouble.
    pub late: Vec<Moved>,
    /// How many logins were extended.
    pub renewed: u64,
    /// Notices that were opened or grew, by kind.
    pub notices: BTreeMap<NoticeKind, u64>,
}

/// What happened after `since`, as it stands at `now` (product time).
///
/// # Errors
/// When the database fails.
pub fn since(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Happened> {
    let mut last = BTreeMap::new();
    for row in conn.all(&MOVED, params![workspace, since])? {
        let moved = Moved::from_row(&row)?;
        last.insert(moved.id, moved);
    }
    let mut moved: Vec<Moved> = last.into_values().collect();
    moved.sort_by_key(|one| (one.at, one.id));
    let mut notices = BTreeMap::new();
    for row in conn.all(&NOTICES, params![workspace, since])? {
        notices.insert(row.get("kind")?, row.get("found")?);
    }
    let late = conn.all(&LATE, params![workspace, now])?;
    Ok(Happened {
        moved,
        late: late.iter().map(Moved::from_row).collect::<Result<_>>()?,
        renewed: conn
            .one(&RENEWED, params![workspace, since])?
            .get("found")?,
        notices,
    })
}

/// The next planned post after `now`.
///
/// # Errors
/// When the database fails.
pub fn next(conn: &mut Conn<'_>, workspace: WorkspaceId, now: Timestamp) -> Result<Option<Moved>> {
    conn.maybe(&NEXT, params![workspace, now])?
        .as_ref()
        .map(Moved::from_row)
        .transpose()
}

/// How many deliveries wait for the engine although their moment has come, in all workspaces.
///
/// # Errors
/// When the database fails.
pub fn overdue(conn: &mut Conn<'_>, now: Timestamp) -> Result<u64> {
    conn.one(&OVERDUE, params![now])?.get("found")
}
