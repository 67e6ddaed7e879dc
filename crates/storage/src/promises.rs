//! What the promises speak of, read from outside: what is overdue, what is held and where it is told, how
//! each login stands, what crosses the border of a workspace. For the rehearsal; nothing here writes.

use domain::Timestamp;
use domain::cause::Cause;
use domain::delivery::StateWord;
use domain::grant::{LifeWord, Mechanism};
use domain::health::Health;
use domain::ids::{
    ChannelGrantId, ChannelId, DeliveryId, GrantId, IncarnationId, PostId, WorkspaceId,
};
use domain::notice::NoticeKind;
use domain::platform::{LoginFlow, Platform};

use crate::deliveries::DeliveryRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::grants::GrantRow;
use crate::json::maybe_read;
use crate::params;
use crate::sql::statements;

statements! {
    /// Deliveries of a workspace in one state whose hour is over.
    OVERDUE = "select * from delivery where workspace_id = $1 and state = $2 and due_at_ms < $3 order by due_at_ms, id";
    /// Deliveries of a workspace in one state, each with the number of open notices in which it stands.
    TOLD = "select id, (select cast(count(*) as bigint) from notice_delivery
            join notice on notice.id = notice_delivery.notice_id
            where notice_delivery.delivery_id = delivery.id and notice.closed_at_ms is null) as told
        from delivery where workspace_id = $1 and state = $2 order by due_at_ms, id";
    /// Deliveries of a workspace in one state that stand in open notices nevertheless, with their number.
    STILL_TOLD = "select delivery.id, cast(count(*) as bigint) as told from notice
        join notice_delivery on notice_delivery.notice_id = notice.id
        join delivery on delivery.id = notice_delivery.delivery_id
        where notice.workspace_id = $1 and notice.closed_at_ms is null and delivery.state = $2
        group by delivery.id order by delivery.id";
    /// How many deliveries of a workspace are in each state.
    STATES = "select state, cast(count(*) as bigint) as found from delivery where workspace_id = $1
        group by state order by state";
    /// The login of each linked channel of a workspace, with what is planned on it.
    LOGINS = "select channel_grant.id, channel_grant.channel_id, channel_grant.grant_id, channel_grant.health,
            channel_grant.cause, channel_grant.horizon_at_ms, channel_grant.created_at_ms as attached_at_ms,
            oauth_grant.horizon_at_ms as grant_horizon_at_ms, oauth_grant.life, oauth_grant.mechanism,
            oauth_grant.created_at_ms, channel.platform, channel.account_id, channel.synced_at_ms,
            (select cast(count(*) as bigint) from delivery where delivery.channel_id = channel.id
                and delivery.workspace_id = channel.workspace_id
                and delivery.state in ('scheduled', 'publishing', 'in_review')) as planned
        from channel_grant
        join oauth_grant on oauth_grant.id = channel_grant.grant_id
        join channel on channel.id = channel_grant.channel_id
        where channel_grant.workspace_id = $1 and channel_grant.standing = 'primary' and channel.link = 'linked'
        order by channel_grant.channel_id";
    /// The grants of a workspace, the oldest first, with the account at the platform that signed in.
    GRANTS = "select oauth_grant.id, oauth_grant.platform, oauth_grant.flow, oauth_grant.mechanism, oauth_grant.generation,
            oauth_grant.life, oauth_grant.life_cause, oauth_grant.life_since_ms, oauth_grant.horizon_at_ms,
            oauth_grant.created_at_ms, platform_person.remote_id
        from oauth_grant join platform_person on platform_person.id = oauth_grant.platform_person_id
        where oauth_grant.workspace_id = $1 order by oauth_grant.created_at_ms, oauth_grant.id";
    /// Renewals that an incarnation intends and that were not answered: their grants, and whose fence it was.
    INTENTS = "select oauth_grant.*, oauth_grant.lease_until_ms as held_until_ms, renewal.fence as intent_fence,
            platform_person.remote_id
        from renewal join oauth_grant on oauth_grant.id = renewal.grant_id
        join platform_person on platform_person.id = oauth_grant.platform_person_id
        where renewal.ended_at_ms is null and renewal.incarnation = $1
        order by renewal.begun_at_ms, renewal.id";
    /// A delivery with its newest step that shows the post.
    FENCE = "select delivery.*, delivery.lease_until_ms as held_until_ms, step.state as step_state, step.fence as step_fence
        from delivery left join step on step.delivery_id = delivery.id and step.effect = 'shows'
            and step.number = (select max(number) from step where delivery_id = delivery.id and effect = 'shows')
        where delivery.post_id = $1 and delivery.channel_id = $2";
    /// Open notices of a workspace of one kind: which channel, and how many days before an end it told.
    OPEN_NOTICES = "select channel_id, key, detail from notice where workspace_id = $1 and kind = $2
        and closed_at_ms is null order by opened_at_ms, id";
    /// How many notices of each kind a workspace ever had.
    NOTICES = "select kind, cast(count(*) as bigint) as found from notice where workspace_id = $1 group by kind order by kind";
    /// Logins of a workspace that ended, as the timelines of their channels have it.
    ENDINGS = "select channel_event.at_ms, channel_event.detail, channel.account_id, channel.platform
        from channel_event join channel on channel.id = channel_event.channel_id
        where channel_event.workspace_id = $1 and channel_event.kind = 'ended' and channel_event.at_ms > $2
        order by channel_event.at_ms, channel_event.id";
    /// Where the lives of a workspace's logins turned, as the timelines of their channels have it.
    TURNS = "select channel_event.at_ms, channel_event.kind, channel.account_id, channel.platform
        from channel_event join channel on channel.id = channel_event.channel_id
        where channel_event.workspace_id = $1 and channel_event.kind in
            ('linked', 'signed_in', 'took_over', 'unlink_undone', 'restored', 'ended', 'limited', 'unlinked')
        order by channel_event.at_ms, channel_event.id";
    /// How often deliveries of a workspace came into each state.
    HAPPENED = "select to_state as state, cast(count(*) as bigint) as found from delivery_event
        where workspace_id = $1 and to_state is not null and to_state <> coalesce(from_state, '')
        group by to_state order by to_state";
    /// Rows that name a row of another workspace; there are none.
    CROSSED = "select cast(
            (select count(*) from delivery join channel on channel.id = delivery.channel_id
                where channel.workspace_id <> delivery.workspace_id)
            + (select count(*) from delivery join post on post.id = delivery.post_id
                where post.workspace_id <> delivery.workspace_id)
            + (select count(*) from channel_grant join oauth_grant on oauth_grant.id = channel_grant.grant_id
                where oauth_grant.workspace_id <> channel_grant.workspace_id)
            + (select count(*) from channel_grant join channel on channel.id = channel_grant.channel_id
                where channel.workspace_id <> channel_grant.workspace_id)
            + (select count(*) from attempt join channel_grant on channel_grant.id = attempt.channel_grant_id
                where channel_grant.workspace_id <> attempt.workspace_id)
            + (select count(*) from step join delivery on delivery.id = step.delivery_id
                where delivery.workspace_id <> step.workspace_id)
            + (select count(*) from notice_delivery join delivery on delivery.id = notice_delivery.delivery_id
                where delivery.workspace_id <> notice_delivery.workspace_id)
            + (select count(*) from notice_delivery join notice on notice.id = notice_delivery.notice_id
                where notice.workspace_id <> notice_delivery.workspace_id)
            + (select count(*) from remote_post join channel on channel.id = remote_post.channel_id
                where channel.workspace_id <> remote_post.workspace_id)
        as bigint) as found";
}

/// Deliveries of a workspace in this state whose hour was before `before`.
///
/// # Errors
/// When the database fails.
pub fn overdue(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    state: StateWord,
    before: Timestamp,
) -> Result<Vec<DeliveryRow>> {
    conn.all(&OVERDUE, params![workspace, state, before])?
        .iter()
        .map(DeliveryRow::from_row)
        .collect()
}

/// Deliveries in this state, each with the number of open notices that name it.
///
/// # Errors
/// When the database fails.
pub fn told(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    state: StateWord,
) -> Result<Vec<(DeliveryId, u64)>> {
    conn.all(&TOLD, params![workspace, state])?
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("told")?)))
        .collect()
}

/// Deliveries in this state that stand in open notices nevertheless, with the number of those. The other way round
/// than [`told`]: most posts are out and stand in none.
///
/// # Errors
/// When the database fails.
pub fn still_told(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    state: StateWord,
) -> Result<Vec<(DeliveryId, u64)>> {
    conn.all(&STILL_TOLD, params![workspace, state])?
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("told")?)))
        .collect()
}

/// How many deliveries are in each state.
///
/// # Errors
/// When the database fails.
pub fn states(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<(StateWord, u64)>> {
    conn.all(&STATES, params![workspace])?
        .iter()
        .map(|row| Ok((row.get("state")?, row.get("found")?)))
        .collect()
}

/// The login of a linked channel.
#[derive(Debug, Clone)]
pub struct LoginSeen {
    /// The grant on the channel.
    pub on: ChannelGrantId,
    /// The channel.
    pub channel: ChannelId,
    /// The grant.
    pub grant: GrantId,
    /// How it is.
    pub health: Health,
    /// Why.
    pub cause: Option<Cause>,
    /// The earliest end that no machine can move.
    pub horizon: Option<Timestamp>,
    /// The grant's life.
    pub life: LifeWord,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// When the grant was put on the channel.
    pub attached_at: Timestamp,
    /// The platform.
    pub platform: Platform,
    /// The platform's id of the account.
    pub account: String,
    /// When the account's posts were last read back.
    pub synced_at: Option<Timestamp>,
    /// Deliveries that are planned there.
    pub planned: u64,
}

/// The login of each linked channel.
///
/// # Errors
/// When the database fails.
pub fn logins(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<LoginSeen>> {
    conn.all(&LOGINS, params![workspace])?
        .iter()
        .map(|row| {
            let ends: [Option<Timestamp>; 2] =
                [row.get("horizon_at_ms")?, row.get("grant_horizon_at_ms")?];
            Ok(LoginSeen {
                on: row.get("id")?,
                channel: row.get("channel_id")?,
                grant: row.get("grant_id")?,
                health: row.get("health")?,
                cause: row.get("cause")?,
                horizon: ends.into_iter().flatten().min(),
                life: row.get("life")?,
                mechanism: row.get("mechanism")?,
                signed_in_at: row.get("created_at_ms")?,
                attached_at: row.get("attached_at_ms")?,
                platform: row.get("platform")?,
                account: row.get("account_id")?,
                synced_at: row.get("synced_at_ms")?,
                planned: row.get("planned")?,
            })
        })
        .collect()
}

/// A grant as it stands.
#[derive(Debug, Clone)]
pub struct GrantSeen {
    /// Which.
    pub id: GrantId,
    /// At which platform.
    pub platform: Platform,
    /// Through which flow.
    pub flow: LoginFlow,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// Counts its token sets.
    pub generation: u64,
    /// Its life.
    pub life: LifeWord,
    /// Why it ended.
    pub cause: Option<Cause>,
    /// Since when it has ended.
    pub since: Option<Timestamp>,
    /// The earliest end that no machine can move.
    pub horizon: Option<Timestamp>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// The platform's id of who signed in.
    pub remote_id: String,
}

/// All grants of a workspace.
///
/// # Errors
/// When the database fails.
pub fn grants(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<GrantSeen>> {
    conn.all(&GRANTS, params![workspace])?
        .iter()
        .map(|row| {
            Ok(GrantSeen {
                id: row.get("id")?,
                platform: row.get("platform")?,
                flow: row.get("flow")?,
                mechanism: row.get("mechanism")?,
                generation: row.get("generation")?,
                life: row.get("life")?,
                cause: row.get("life_cause")?,
                since: row.get("life_since_ms")?,
                horizon: row.get("horizon_at_ms")?,
                created_at: row.get("created_at_ms")?,
                remote_id: row.get("remote_id")?,
            })
        })
        .collect()
}

/// A renewal that is intended and was not answered.
#[derive(Debug, Clone)]
pub struct IntentSeen {
    /// The grant as it is now.
    pub grant: GrantRow,
    /// The platform's id of who signed in.
    pub login: String,
    /// Whether the grant is still held under the lease of the intent.
    pub held: bool,
    /// Until when the lease holds, by the security clock.
    pub held_until: Option<Timestamp>,
}

/// The renewals that an incarnation intends, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn intents(conn: &mut Conn<'_>, by: IncarnationId) -> Result<Vec<IntentSeen>> {
    conn.all(&INTENTS, params![by])?
        .iter()
        .map(|row| {
            let fence: i64 = row.get("intent_fence")?;
            let grant = GrantRow::from_row(row)?;
            Ok(IntentSeen {
                login: row.get("remote_id")?,
                held: grant
                    .lease
                    .is_some_and(|lease| lease.by == by && lease.fence == fence),
                held_until: row.get("held_until_ms")?,
                grant,
            })
        })
        .collect()
}

/// A delivery at the moment at which it is sent.
#[derive(Debug, Clone)]
pub struct FenceSeen {
    /// The delivery.
    pub row: DeliveryRow,
    /// Until when its lease holds, by the security clock.
    pub held_until: Option<Timestamp>,
    /// The state and fence of its newest step that shows the post.
    pub step: Option<(String, i64)>,
}

/// A delivery with its newest fence, in whatever workspace.
///
/// # Errors
/// When the database fails.
pub fn fence(conn: &mut Conn<'_>, post: PostId, channel: ChannelId) -> Result<Option<FenceSeen>> {
    let Some(row) = conn.maybe(&FENCE, params![post, channel])? else {
        return Ok(None);
    };
    let state: Option<String> = row.get("step_state")?;
    let fence: Option<i64> = row.get("step_fence")?;
    Ok(Some(FenceSeen {
        held_until: row.get("held_until_ms")?,
        step: state.zip(fence),
        row: DeliveryRow::from_row(&row)?,
    }))
}

/// An open notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeSeen {
    /// The channel that it is about.
    pub channel: Option<ChannelId>,
    /// What there is one open notice of.
    pub key: String,
    /// The days before an end that it told.
    pub days: Option<i64>,
}

/// The open notices of a kind, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn open_notices(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    kind: NoticeKind,
) -> Result<Vec<NoticeSeen>> {
    conn.all(&OPEN_NOTICES, params![workspace, kind])?
        .iter()
        .map(|row| {
            let detail: Option<serde_json::Value> = maybe_read(row, "detail")?;
            Ok(NoticeSeen {
                channel: row.get("channel_id")?,
                key: row.get("key")?,
                days: detail.and_then(|detail| detail.get("days")?.as_i64()),
            })
        })
        .collect()
}

/// How many notices of each kind there ever were.
///
/// # Errors
/// When the database fails.
pub fn notices(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<(NoticeKind, u64)>> {
    conn.all(&NOTICES, params![workspace])?
        .iter()
        .map(|row| Ok((row.get("kind")?, row.get("found")?)))
        .collect()
}

/// A login that ended.
#[derive(Debug, Clone)]
pub struct EndingSeen {
    /// When, by the program's clock.
    pub at: Timestamp,
    /// The platform.
    pub platform: Platform,
    /// The platform's id of the account.
    pub account: String,
    /// Why, as it was told.
    pub cause: Option<Cause>,
}

/// The logins that ended after this moment.
///
/// # Errors
/// When the database fails.
pub fn endings(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    after: Timestamp,
) -> Result<Vec<EndingSeen>> {
    conn.all(&ENDINGS, params![workspace, after])?
        .iter()
        .map(|row| {
            let detail: Option<serde_json::Value> = maybe_read(row, "detail")?;
            let cause = detail.and_then(|detail| detail.get("cause")?.as_str()?.parse().ok());
            Ok(EndingSeen {
                at: row.get("at_ms")?,
                platform: row.get("platform")?,
                account: row.get("account_id")?,
                cause,
            })
        })
        .collect()
}

/// A moment at which a login was linked, ended, was limited, or was well again.
#[derive(Debug, Clone)]
pub struct TurnSeen {
    /// When, by the clock of the node that wrote it.
    pub at: Timestamp,
    /// What, in the words of the timeline.
    pub kind: String,
    /// At which platform.
    pub platform: Platform,
    /// Of which account.
    pub account: String,
}

/// Where the lives of the logins turned, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn turns(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<TurnSeen>> {
    conn.all(&TURNS, params![workspace])?
        .iter()
        .map(|row| {
            Ok(TurnSeen {
                at: row.get("at_ms")?,
                kind: row.get("kind")?,
                platform: row.get("platform")?,
                account: row.get("account_id")?,
            })
        })
        .collect()
}

/// How often deliveries came into each state.
///
/// # Errors
/// When the database fails.
pub fn happened(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<(StateWord, u64)>> {
    conn.all(&HAPPENED, params![workspace])?
        .iter()
        .map(|row| Ok((row.get("state")?, row.get("found")?)))
        .collect()
}

/// How many rows name a row of another workspace.
///
/// # Errors
/// When the database fails.
pub fn crossed(conn: &mut Conn<'_>) -> Result<u64> {
    conn.one(&CROSSED, &[])?.get("found")
}
