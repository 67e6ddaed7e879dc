//! What the fire drill reads of one channel: the posts that a break would keep back, and the sign-ins that are kept
//! beside the one that calls are made with. Nothing is written here.

use domain::Timestamp;
use domain::channel::Consent;
use domain::health::Health;
use domain::ids::{ChannelId, GrantId, PlatformPersonId, WorkspaceId};
use domain::platform::LoginFlow;
use domain::schedule::{DAY_MS, plus_ms};

use crate::deliveries::DeliveryRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::sql::statements;

statements! {
    /// What is planned on a channel from a moment on, the first of it. The plus keeps SQLite from walking everything that
    /// the workspace has ahead for the sake of its order.
    DUE = "select * from delivery where channel_id = $1 and workspace_id = $2 and due_at_ms >= $3
            and state in ('scheduled', 'publishing', 'in_review')
        order by +due_at_ms, id limit $4";
    /// How much of it there is: before the moment, after it, and in the first day, three days and week after it.
    COUNTED = "select cast(coalesce(sum(case when due_at_ms < $3 then 1 else 0 end), 0) as bigint) as earlier,
            cast(coalesce(sum(case when due_at_ms >= $3 then 1 else 0 end), 0) as bigint) as later,
            cast(coalesce(sum(case when due_at_ms >= $3 and due_at_ms < $4 then 1 else 0 end), 0) as bigint) as in_a_day,
            cast(coalesce(sum(case when due_at_ms >= $3 and due_at_ms < $5 then 1 else 0 end), 0) as bigint) as in_three_days,
            cast(coalesce(sum(case when due_at_ms >= $3 and due_at_ms < $6 then 1 else 0 end), 0) as bigint) as in_a_week
        from delivery where channel_id = $1 and workspace_id = $2 and state in ('scheduled', 'publishing', 'in_review')";
    /// Sign-ins of a channel that live beside its primary one, the newest first.
    SPARES = "select o.id, o.platform_person_id, o.person_name, o.flow, o.created_at_ms, g.health, g.consent
        from channel_grant g
        join oauth_grant o on o.id = g.grant_id and o.workspace_id = g.workspace_id
        where g.channel_id = $1 and g.workspace_id = $2 and g.standing = 'spare' and o.life = 'live'
            and coalesce(g.consent, '') <> 'removed'
        order by o.created_at_ms desc, o.id";
}

/// How many posts a break at a moment would meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Due before it: they go out as planned.
    pub earlier: u32,
    /// Due at it or later.
    pub later: u32,
    /// Of these, within a day.
    pub in_a_day: u32,
    /// Within three days.
    pub in_three_days: u32,
    /// Within a week.
    pub in_a_week: u32,
}

/// A sign-in that is kept beside the one in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpareLogin {
    /// Which grant.
    pub grant: GrantId,
    /// Of which person at the platform; shown to nobody.
    pub person: PlatformPersonId,
    /// Their name.
    pub person_name: String,
    /// Through which flow.
    pub flow: LoginFlow,
    /// When they signed in.
    pub signed_in_at: Timestamp,
    /// How it was on this channel when it was last proven.
    pub health: Health,
    /// What was said about it: whether it may stand by.
    pub consent: Option<Consent>,
}

/// What is planned on the channel from `from` on, by time, the first `limit`.
///
/// # Errors
/// When the database fails.
pub fn due(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    from: Timestamp,
    limit: usize,
) -> Result<Vec<DeliveryRow>> {
    conn.all(&DUE, params![channel, workspace, from, limit])?
        .iter()
        .map(DeliveryRow::from_row)
        .collect()
}

/// How many posts are planned on the channel before `at` and from it on.
///
/// # Errors
/// When the database fails.
pub fn counted(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    at: Timestamp,
) -> Result<Counted> {
    let after = |days: i64| plus_ms(at, days * DAY_MS);
    let row = conn.one(
        &COUNTED,
        params![channel, workspace, at, after(1), after(3), after(7)],
    )?;
    Ok(Counted {
        earlier: row.get("earlier")?,
        later: row.get("later")?,
        in_a_day: row.get("in_a_day")?,
        in_three_days: row.get("in_three_days")?,
        in_a_week: row.get("in_a_week")?,
    })
}

/// Living sign-ins of the channel beside its primary one, the newest first.
///
/// # Errors
/// When the database fails.
pub fn spares(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
) -> Result<Vec<SpareLogin>> {
    conn.all(&SPARES, params![channel, workspace])?
        .iter()
        .map(|row| {
            Ok(SpareLogin {
                grant: row.get("id")?,
                person: row.get("platform_person_id")?,
                person_name: row.get("person_name")?,
                flow: row.get("flow")?,
                signed_in_at: row.get("created_at_ms")?,
                health: row.get("health")?,
                consent: row.get("consent")?,
            })
        })
        .collect()
}
