//! Deliveries: what is due, who holds it, and every change of state. A state changes in one
//! transaction with its history row; the rule that allows it is `domain::delivery`.

use domain::Timestamp;
use domain::delivery::{Stage, State, StateWord};
use domain::ids::{ChannelId, DeliveryId, IncarnationId, PostId, SocialSetId, WorkspaceId};
use domain::schedule::within_limit;

use crate::engine::Conn;
use crate::error::Result;
use crate::lease::{Claim, Claimed, Lease};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Takes deliveries that the engine is to act on; settling and publishing take their own.
    CLAIM = {
        sqlite: "with due as materialized (
                select id from delivery where act_at_ms <= $1 and (lease_by is null or lease_until_ms < $2)
                    and ((state = 'uncertain') = $6)
                order by act_at_ms, id limit $3)
            update delivery set lease_by = $4, lease_fence = lease_fence + 1, lease_until_ms = $5
            from due where delivery.id = due.id returning *",
        postgres: "with due as materialized (
                select id from delivery where act_at_ms <= $1 and (lease_by is null or lease_until_ms < $2)
                    and ((state = 'uncertain') = $6)
                order by act_at_ms, id limit $3 for update skip locked)
            update delivery set lease_by = $4, lease_fence = lease_fence + 1, lease_until_ms = $5
            from due where delivery.id = due.id returning delivery.*",
        why: "row locks in a claim",
    };
    /// The next moment at which the engine acts on one. One that is overdue and free is due now; one that is
    /// overdue and held is somebody's work.
    NEXT_ACT = "select act_at_ms from delivery where act_at_ms is not null and (lease_by is null or act_at_ms > $1)
        order by act_at_ms limit 1";
    /// When the first lease runs out of what is due, by the security clock. Few are leased, many may be due: the plus keeps
    /// the planner from walking those.
    NEXT_FREE = "select lease_until_ms from delivery where lease_by is not null and lease_until_ms is not null
        and +act_at_ms <= $1 order by lease_until_ms limit 1";
    /// One delivery of a workspace.
    ONE = "select * from delivery where id = $1 and workspace_id = $2";
    /// The deliveries of a post.
    OF_POST = "select * from delivery where post_id = $1 and workspace_id = $2 order by id";
    /// A new delivery.
    INSERT = "insert into delivery (id, workspace_id, social_set_id, post_id, channel_id, state, due_at_ms, act_at_ms,
            lateness_limit_ms, excerpt, thumb_sha256, tries, cancel_asked, version, lease_fence, updated_at_ms, stage, reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, 1, 0, $13, $14, $15)";
    /// A change of state by a person or a rule. The version is compared, and no lease may be held.
    CHANGE = "update delivery set state = $1, stage = $2, reason = $3, due_at_ms = $4, act_at_ms = $5, tries = 0,
            cancel_asked = $6, remote_id = coalesce($7, remote_id), permalink = coalesce($8, permalink),
            published_at_ms = coalesce($9, published_at_ms), version = version + 1, updated_at_ms = $10,
            lease_by = null, lease_until_ms = null
        where id = $11 and workspace_id = $12 and version = $13
            and (lease_by is null or state not in ('publishing', 'uncertain'))";
    /// A person calls off what is being prepared: the engine honours it between two steps.
    ASK_CANCEL = "update delivery set cancel_asked = $1, version = version + 1
        where id = $2 and workspace_id = $3 and state = 'publishing' and stage = 'preparing'";
    /// A change by the engine; only by the holder of the lease. A null `until` frees the lease.
    ADVANCE = "update delivery set state = $1, stage = $2, reason = $3, act_at_ms = $4, tries = $5,
            remote_id = coalesce($6, remote_id), permalink = coalesce($7, permalink),
            published_at_ms = coalesce($8, published_at_ms), version = version + 1, updated_at_ms = $9,
            lease_by = case when $10 then lease_by else null end,
            lease_until_ms = case when $10 then cast($11 as bigint) else null end
        where id = $12 and workspace_id = $13 and lease_by = $14 and lease_fence = $15";
    /// The deliveries of a channel in given states, the earliest first.
    OF_CHANNEL = "select * from delivery where channel_id = $1 and workspace_id = $2 and state = $3
        order by due_at_ms, id limit $4";
    /// The list columns follow the content; only while nothing of it was sent.
    DESCRIBE = "update delivery set excerpt = $1, thumb_sha256 = $2, version = version + 1, updated_at_ms = $3
        where id = $4 and workspace_id = $5 and version = $6";
    /// A channel is taken out of a draft: nothing of it was ever planned.
    DELETE_EVENTS = "delete from delivery_event where delivery_id = $1 and workspace_id = $2";
    /// Its body.
    DELETE_BODY = "delete from delivery_body where delivery_id = $1 and workspace_id = $2";
    /// Itself; not if it was ever tried or stands in a notice.
    DELETE_DRAFT = "delete from delivery where id = $1 and workspace_id = $2 and version = $3 and state = 'draft'
        and not exists (select 1 from attempt where delivery_id = $1)
        and not exists (select 1 from notice_delivery where delivery_id = $1)";
    /// Whether it was ever tried.
    TRIED = "select id from attempt where delivery_id = $1 and workspace_id = $2 limit 1";
    /// When posts of a channel are planned from a moment on, for a proposal.
    TIMES = "select id, due_at_ms from delivery where channel_id = $1 and workspace_id = $2 and due_at_ms >= $3
        and state in ('scheduled', 'publishing', 'in_review', 'handed_over', 'uncertain') order by due_at_ms limit 2000";
    /// Leases of incarnations that are proven gone.
    RECLAIM = "update delivery set lease_until_ms = 0 where lease_by is not null and lease_by <> $1";
}

/// A delivery as it is stored.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Which one.
    pub id: DeliveryId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// Of which post.
    pub post: PostId,
    /// On which channel.
    pub channel: ChannelId,
    /// Where it stands.
    pub state: State,
    /// What a person planned; only a person moves it.
    pub due_at: Option<Timestamp>,
    /// What the engine does next, and when.
    pub act_at: Option<Timestamp>,
    /// How late it may start, in milliseconds.
    pub lateness_limit_ms: i64,
    /// The first words, for lists.
    pub excerpt: String,
    /// Its first picture, small, for lists.
    pub thumb_sha256: Option<String>,
    /// Tries that came to nothing since the state began.
    pub tries: u32,
    /// A person called it off while it was being prepared.
    pub cancel_asked: bool,
    /// The platform's id of the post.
    pub remote_id: Option<String>,
    /// Its public address.
    pub permalink: Option<String>,
    /// When it went out.
    pub published_at: Option<Timestamp>,
    /// Grows with every change.
    pub version: u64,
    /// The lease, when the row came from a claim.
    pub lease: Option<Lease>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl DeliveryRow {
    /// When it is looked at again while nothing of it has been sent ([`domain::schedule::within_limit`]).
    #[must_use]
    pub fn within_limit(&self, wanted: Timestamp, now: Timestamp) -> Timestamp {
        self.due_at.map_or(wanted, |due| {
            within_limit(due, self.lateness_limit_ms, wanted, now)
        })
    }

    /// Reads the columns of `delivery`.
    ///
    /// # Errors
    /// When a column does not hold what it should.
    pub fn from_row(row: &Row) -> Result<Self> {
        let by: Option<IncarnationId> = row.get("lease_by")?;
        let fence: i64 = row.get("lease_fence")?;
        let word: StateWord = row.get("state")?;
        let stage: Option<Stage> = row.get("stage")?;
        let state = State::from_parts(word, stage, row.get("reason")?).ok_or_else(|| {
            row.unusable("state", format!("{word} does not fit its stage and reason"))
        })?;
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            social_set: row.get("social_set_id")?,
            post: row.get("post_id")?,
            channel: row.get("channel_id")?,
            state,
            due_at: row.get("due_at_ms")?,
            act_at: row.get("act_at_ms")?,
            lateness_limit_ms: row.get("lateness_limit_ms")?,
            excerpt: row.get("excerpt")?,
            thumb_sha256: row.get("thumb_sha256")?,
            tries: row.get("tries")?,
            cancel_asked: row.get("cancel_asked")?,
            remote_id: row.get("remote_id")?,
            permalink: row.get("permalink")?,
            published_at: row.get("published_at_ms")?,
            version: row.get("version")?,
            lease: by.map(|by| Lease { by, fence }),
            updated_at: row.get("updated_at_ms")?,
        })
    }
}

fn rows(rows: &[Row]) -> Result<Vec<DeliveryRow>> {
    rows.iter().map(DeliveryRow::from_row).collect()
}

/// Which reconciler claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// Everything but uncertain ones.
    Publish,
    /// Uncertain ones.
    Settle,
}

/// Takes up to `claim.limit` deliveries on which the engine is to act.
///
/// # Errors
/// When the database fails.
pub fn claim(conn: &mut Conn<'_>, taker: Taker, claim: &Claim) -> Result<Claimed<DeliveryRow>> {
    let settle = taker == Taker::Settle;
    let found = conn.all(
        &CLAIM,
        params![
            claim.now,
            claim.free_before,
            claim.limit,
            claim.by,
            claim.until,
            settle
        ],
    )?;
    let mut due = Claimed::of(&found, DeliveryRow::from_row);
    due.rows
        .sort_by_key(|delivery| (delivery.act_at, delivery.id));
    Ok(due)
}

/// The next moment at which the engine acts on one; `now` or earlier where one is overdue that nobody
/// holds.
///
/// # Errors
/// When the database fails.
pub fn next_act(conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<Timestamp>> {
    conn.maybe(&NEXT_ACT, params![now])?
        .map(|row| row.get("act_at_ms"))
        .transpose()
}

/// When the first lease runs out of what is due at `now`, by the security clock: what its holder left may be taken up a
/// call's length later.
///
/// # Errors
/// When the database fails.
pub fn next_free(conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<Timestamp>> {
    conn.maybe(&NEXT_FREE, params![now])?
        .map(|row| row.get("lease_until_ms"))
        .transpose()
}

/// One delivery of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: DeliveryId,
) -> Result<Option<DeliveryRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(DeliveryRow::from_row)
        .transpose()
}

/// The deliveries of a post.
///
/// # Errors
/// When the database fails.
pub fn of_post(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    post: PostId,
) -> Result<Vec<DeliveryRow>> {
    rows(&conn.all(&OF_POST, params![post, workspace])?)
}

/// The deliveries of a channel in one state, the earliest first.
///
/// # Errors
/// When the database fails.
pub fn of_channel(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    state: StateWord,
    limit: usize,
) -> Result<Vec<DeliveryRow>> {
    rows(&conn.all(&OF_CHANNEL, params![channel, workspace, state, limit])?)
}

/// A delivery that is new.
pub struct NewDelivery<'a> {
    /// Its id.
    pub id: DeliveryId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// Of which post.
    pub post: PostId,
    /// On which channel.
    pub channel: ChannelId,
    /// Usually `draft`, `in_review` or `scheduled`.
    pub state: State,
    /// When it is planned.
    pub due_at: Option<Timestamp>,
    /// When the engine acts.
    pub act_at: Option<Timestamp>,
    /// How late it may start, in milliseconds.
    pub lateness_limit_ms: i64,
    /// The first words.
    pub excerpt: &'a str,
    /// The first picture, small.
    pub thumb_sha256: Option<&'a str>,
}

/// Stores a new delivery.
///
/// # Errors
/// When the post has one on this channel, or the database fails.
pub fn insert(conn: &mut Conn<'_>, new: &NewDelivery<'_>, now: Timestamp) -> Result<()> {
    conn.run(
        &INSERT,
        params![
            new.id,
            new.workspace,
            new.social_set,
            new.post,
            new.channel,
            new.state.word(),
            new.due_at,
            new.act_at,
            new.lateness_limit_ms,
            new.excerpt,
            new.thumb_sha256,
            false,
            now,
            new.state.stage(),
            new.state.reason()
        ],
    )?;
    Ok(())
}

/// Where a delivery goes by a person's or a rule's hand.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The planned time now.
    pub due_at: Option<Timestamp>,
    /// When the engine acts; none where it does not.
    pub act_at: Option<Timestamp>,
    /// The platform's id, where a person told it.
    pub remote_id: Option<String>,
    /// The address, where a person told it.
    pub permalink: Option<String>,
    /// When it went out, where a person told it.
    pub published_at: Option<Timestamp>,
}

/// Changes a delivery that was read as `row`, to `state`.
///
/// # Errors
/// [`crate::Error::Stale`] when it changed meanwhile or the engine is at it.
pub fn change(
    conn: &mut Conn<'_>,
    row: &DeliveryRow,
    state: State,
    change: &Change,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "delivery",
        &CHANGE,
        params![
            state.word(),
            state.stage(),
            state.reason(),
            change.due_at,
            change.act_at,
            false,
            change.remote_id,
            change.permalink,
            change.published_at,
            now,
            row.id,
            row.workspace,
            row.version
        ],
    )
}

/// Asks the engine to call it off between two steps. False where it is past that.
///
/// # Errors
/// When the database fails.
pub fn ask_cancel(conn: &mut Conn<'_>, workspace: WorkspaceId, id: DeliveryId) -> Result<bool> {
    Ok(conn.run(&ASK_CANCEL, params![true, id, workspace])? == 1)
}

/// Where the engine moves a delivery.
#[derive(Debug, Clone, Default)]
pub struct Advance {
    /// When it acts next; none where it does not.
    pub act_at: Option<Timestamp>,
    /// Tries that came to nothing.
    pub tries: u32,
    /// The platform's id.
    pub remote_id: Option<String>,
    /// The address.
    pub permalink: Option<String>,
    /// When it went out.
    pub published_at: Option<Timestamp>,
    /// The lease is kept until then (security time); none frees it.
    pub keep_until: Option<Timestamp>,
}

/// Moves a delivery that the engine holds, to `state`.
///
/// # Errors
/// [`crate::Error::Stale`] when the lease was lost: then nothing may be sent any more.
pub fn advance(
    conn: &mut Conn<'_>,
    row: &DeliveryRow,
    lease: Lease,
    state: State,
    to: &Advance,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "delivery lease",
        &ADVANCE,
        params![
            state.word(),
            state.stage(),
            state.reason(),
            to.act_at,
            to.tries,
            to.remote_id,
            to.permalink,
            to.published_at,
            now,
            to.keep_until.is_some(),
            to.keep_until,
            row.id,
            row.workspace,
            lease.by,
            lease.fence
        ],
    )
}

/// Frees all leases of other incarnations, which are proven gone.
///
/// # Errors
/// When the database fails.
pub fn reclaim(conn: &mut Conn<'_>, me: IncarnationId) -> Result<u64> {
    conn.run(&RECLAIM, params![me])
}

/// Stores the first words and the small picture of a delivery that was read as `row`.
///
/// # Errors
/// [`crate::Error::Stale`] when it changed meanwhile.
pub fn describe(
    conn: &mut Conn<'_>,
    row: &DeliveryRow,
    excerpt: &str,
    thumb_sha256: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "delivery",
        &DESCRIBE,
        params![
            excerpt,
            thumb_sha256,
            now,
            row.id,
            row.workspace,
            row.version
        ],
    )
}

/// Whether a delivery was ever tried.
///
/// # Errors
/// When the database fails.
pub fn was_tried(conn: &mut Conn<'_>, row: &DeliveryRow) -> Result<bool> {
    Ok(conn
        .maybe(&TRIED, params![row.id, row.workspace])?
        .is_some())
}

/// Takes a delivery out that is a draft, was read as `row` and was never tried.
///
/// # Errors
/// [`crate::Error::Stale`] when it changed meanwhile or is more than a draft.
pub fn delete_draft(conn: &mut Conn<'_>, row: &DeliveryRow) -> Result<()> {
    conn.run(&DELETE_EVENTS, params![row.id, row.workspace])?;
    conn.run(&DELETE_BODY, params![row.id, row.workspace])?;
    conn.change(
        "delivery",
        &DELETE_DRAFT,
        params![row.id, row.workspace, row.version],
    )
}

/// When posts of a channel are planned, from a moment on: id and time.
///
/// # Errors
/// When the database fails.
pub fn times(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    from: Timestamp,
) -> Result<Vec<(DeliveryId, Timestamp)>> {
    conn.all(&TIMES, params![channel, workspace, from])?
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("due_at_ms")?)))
        .collect()
}
