//! Grants on channels: the derived token, the health there, and when it is next proven. Health belongs
//! here; a channel shows its primary one.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Consent, Standing};
use domain::grant::Ends;
use domain::health::{Condition, Evidence, Health};
use domain::ids::{ChannelGrantId, ChannelId, GrantId, WorkspaceId};
use domain::post::Maker;

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, maybe_doc, maybe_read, read};
use crate::lease::{Claim, Claimed};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Puts a grant on a channel; the same grant twice changes nothing that calls are made with. Both are
    /// looked for in the workspace.
    PUT = "insert into channel_grant (id, workspace_id, channel_id, grant_id, standing, token_sealed,
            token_generation, role, ends, horizon_at_ms, health, since_ms, probe_at_ms, lease_fence, created_at_ms)
        select $1, channel.workspace_id, channel.id, oauth_grant.id, 'spare', $5, 1, $6, $7, $8, 'checking', $9, $9, 0, $9
        from channel join oauth_grant on oauth_grant.workspace_id = channel.workspace_id
        where channel.workspace_id = $2 and channel.id = $3 and oauth_grant.id = $4
        on conflict (channel_id, grant_id) do update set role = excluded.role
        returning id";
    /// No grant is primary.
    STAND_DOWN = "update channel_grant set standing = 'spare' where channel_id = $1 and workspace_id = $2
        and standing = 'primary'";
    /// This one is; its end is looked at at once.
    STAND_UP = "update channel_grant set standing = 'primary', announce_at_ms = 0 where id = $1 and workspace_id = $2 and channel_id = $3";
    /// The one that calls are made with.
    PRIMARY = "select * from channel_grant where channel_id = $1 and workspace_id = $2 and standing = 'primary'";
    /// One of them.
    ONE = "select * from channel_grant where id = $1 and workspace_id = $2";
    /// All on a channel.
    OF_CHANNEL = "select * from channel_grant where channel_id = $1 and workspace_id = $2
        and coalesce(consent, '') <> 'removed' order by created_at_ms, id";
    /// All from a grant.
    OF_GRANT = "select * from channel_grant where grant_id = $1 and workspace_id = $2
        and coalesce(consent, '') <> 'removed' order by created_at_ms, id";
    /// The primary ones of a workspace, for lists.
    OF_WORKSPACE = "select * from channel_grant where workspace_id = $1 and standing = 'primary' order by channel_id";
    /// How it is now. What is over stays over, whatever an answer says that comes late: only a proof changes that.
    CONDITION = "update channel_grant set health = $1, cause = $2, evidence = $3,
            since_ms = case when health = $1 and coalesce(cause, '') = coalesce($2, '') then since_ms else $4 end,
            probe_at_ms = $5, lease_by = null, lease_until_ms = null
        where id = $6 and workspace_id = $7 and (health <> 'needs_refresh' or $1 = 'needs_refresh')";
    /// A proof: it works, now.
    PROVEN = "update channel_grant set health = $1, cause = null, evidence = null,
            since_ms = case when health = $1 then since_ms else $2 end, proven_at_ms = $2, probe_at_ms = $3,
            ends = $4, horizon_at_ms = $5, lease_by = null, lease_until_ms = null,
            announce_at_ms = case when horizon_at_ms is distinct from $5 then 0 else announce_at_ms end
        where id = $6 and workspace_id = $7";
    /// Takes those whose probe is due.
    CLAIM = {
        sqlite: "with due as materialized (
                select id from channel_grant where probe_at_ms <= $1 and (lease_by is null or lease_until_ms < $2)
                order by probe_at_ms, id limit $3)
            update channel_grant set lease_by = $4, lease_fence = lease_fence + 1, lease_until_ms = $5
            from due where channel_grant.id = due.id returning *",
        postgres: "with due as materialized (
                select id from channel_grant where probe_at_ms <= $1 and (lease_by is null or lease_until_ms < $2)
                order by probe_at_ms, id limit $3 for update skip locked)
            update channel_grant set lease_by = $4, lease_fence = lease_fence + 1, lease_until_ms = $5
            from due where channel_grant.id = due.id returning channel_grant.*",
        why: "row locks in a claim",
    };
    /// The next moment at which a probe is due.
    NEXT_PROBE = "select probe_at_ms from channel_grant where probe_at_ms is not null order by probe_at_ms limit 1";
    /// Frees the lease and sets the next probe.
    PROBE_LATER = "update channel_grant set probe_at_ms = $1, lease_by = null, lease_until_ms = null
        where id = $2 and workspace_id = $3";
    /// A post was planned: the probe comes no later than this.
    PROBE_BY = "update channel_grant set probe_at_ms = $1 where channel_id = $2 and workspace_id = $3
        and standing = 'primary' and probe_at_ms > $1";
    /// Ends that are to be looked at: the earliest moments first.
    ANNOUNCE_DUE = "select * from channel_grant where announce_at_ms <= $1 order by announce_at_ms, id limit $2";
    /// The next moment at which an end is to be looked at.
    NEXT_ANNOUNCE = "select announce_at_ms from channel_grant where announce_at_ms is not null
        order by announce_at_ms limit 1";
    /// It was looked at. Another node may have been quicker: the moment is compared.
    ANNOUNCED = "update channel_grant set announce_at_ms = $1,
            since_ms = case when $2 and health = 'healthy' then $3 else since_ms end,
            health = case when $2 and health = 'healthy' then 'expiring' else health end
        where id = $4 and workspace_id = $5 and announce_at_ms = $6";
    /// Something changed that an end depends on: it is looked at at once.
    LOOK_AT_ENDS = "update channel_grant set announce_at_ms = 0
        where grant_id = $1 and workspace_id = $2 and standing = 'primary'";
    /// A post was planned: an end that is near is announced earlier than where nothing is planned.
    LOOK_AT_END_OF = "update channel_grant set announce_at_ms = 0
        where channel_id = $1 and workspace_id = $2 and standing = 'primary' and announce_at_ms is not null";
    /// Those whose platform has been in trouble since then, with posts that are due soon, and of which no notice
    /// tells yet.
    WAITING_LONG = "select channel_grant.* from channel_grant
        where channel_grant.health = 'waiting' and channel_grant.since_ms <= $1 and channel_grant.standing = 'primary'
            and exists (select 1 from channel where channel.id = channel_grant.channel_id
                and channel.workspace_id = channel_grant.workspace_id and channel.link = 'linked' and channel.mode = 'auto')
            and exists (select 1 from delivery where delivery.channel_id = channel_grant.channel_id
                and delivery.workspace_id = channel_grant.workspace_id and delivery.state = 'scheduled'
                and delivery.due_at_ms >= $2 and delivery.due_at_ms <= $3)
            and not exists (select 1 from notice where notice.channel_id = channel_grant.channel_id
                and notice.workspace_id = channel_grant.workspace_id and notice.kind = 'channel_waiting'
                and notice.closed_at_ms is null)
        order by channel_grant.since_ms, channel_grant.id limit $4";
    /// Those on a channel that is unlinked are probed no more, and their ends trouble nobody.
    REST = "update channel_grant set probe_at_ms = null, announce_at_ms = null where channel_id = $1 and workspace_id = $2";
    /// Leases of incarnations that are proven gone.
    RECLAIM = "update channel_grant set lease_until_ms = 0 where lease_by is not null and lease_by <> $1";
}

/// A grant on a channel as it is stored.
#[derive(Debug, Clone)]
pub struct ChannelGrantRow {
    /// Which one.
    pub id: ChannelGrantId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// On which channel.
    pub channel: ChannelId,
    /// From which grant.
    pub grant: GrantId,
    /// Primary or spare.
    pub standing: Standing,
    /// The derived token, sealed.
    pub token_sealed: Option<Vec<u8>>,
    /// Counts derived tokens, from 1.
    pub token_generation: u64,
    /// The person's role there, in the platform's words.
    pub role: Option<String>,
    /// Ends of this token of its own.
    pub ends: Ends,
    /// The earliest end that no machine can move.
    pub horizon: Option<Timestamp>,
    /// How it is.
    pub condition: Condition,
    /// When it was last proven.
    pub proven_at: Option<Timestamp>,
    /// When it is next probed.
    pub probe_at: Option<Timestamp>,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// Whether it may stand by, where a person was asked.
    pub consent: Option<Consent>,
    /// Who said so.
    pub consent_by: Option<Maker>,
    /// When.
    pub consent_at: Option<Timestamp>,
}

impl ChannelGrantRow {
    /// Reads the columns of `channel_grant`.
    pub(crate) fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            channel: row.get("channel_id")?,
            grant: row.get("grant_id")?,
            standing: row.get("standing")?,
            token_sealed: row.get("token_sealed")?,
            token_generation: row.get("token_generation")?,
            role: row.get("role")?,
            ends: read(row, "ends")?,
            horizon: row.get("horizon_at_ms")?,
            condition: Condition {
                health: row.get("health")?,
                cause: row.get("cause")?,
                evidence: maybe_read(row, "evidence")?,
                since: row.get("since_ms")?,
            },
            proven_at: row.get("proven_at_ms")?,
            probe_at: row.get("probe_at_ms")?,
            created_at: row.get("created_at_ms")?,
            consent: row.get("consent")?,
            consent_by: maybe_read(row, "consent_by")?,
            consent_at: row.get("consent_at_ms")?,
        })
    }
}

/// What a sign-in gave for one channel.
pub struct NewChannelGrant<'a> {
    /// Its id, should it be new.
    pub id: ChannelGrantId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// On which channel.
    pub channel: ChannelId,
    /// From which grant.
    pub grant: GrantId,
    /// The derived token, sealed.
    pub token_sealed: Option<&'a [u8]>,
    /// The role there.
    pub role: Option<&'a str>,
    /// Ends of its own.
    pub ends: Ends,
    /// The horizon.
    pub horizon: Option<Timestamp>,
}

/// Puts a grant on a channel as spare, in the state `checking`, to be probed at once.
///
/// # Errors
/// [`crate::Error::RowCount`] when the workspace has no such channel or grant.
pub fn put(
    conn: &mut Conn<'_>,
    new: &NewChannelGrant<'_>,
    now: Timestamp,
) -> Result<ChannelGrantId> {
    let row = conn.one(
        &PUT,
        params![
            new.id,
            new.workspace,
            new.channel,
            new.grant,
            new.token_sealed,
            new.role,
            doc(&new.ends),
            new.horizon,
            now
        ],
    )?;
    row.get("id")
}

/// Makes this the one that calls are made with.
///
/// # Errors
/// [`crate::Error::Stale`] when the channel has no such grant.
pub fn make_primary(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    id: ChannelGrantId,
) -> Result<()> {
    conn.run(&STAND_DOWN, params![channel, workspace])?;
    conn.change("channel grant", &STAND_UP, params![id, workspace, channel])
}

fn maybe_one(row: Option<Row>) -> Result<Option<ChannelGrantRow>> {
    row.as_ref().map(ChannelGrantRow::from_row).transpose()
}

fn rows(rows: &[Row]) -> Result<Vec<ChannelGrantRow>> {
    rows.iter().map(ChannelGrantRow::from_row).collect()
}

/// The one that calls are made with.
///
/// # Errors
/// When the database fails.
pub fn primary(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
) -> Result<Option<ChannelGrantRow>> {
    maybe_one(conn.maybe(&PRIMARY, params![channel, workspace])?)
}

/// One of them.
///
/// # Errors
/// When the database fails.
pub fn one(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelGrantId,
) -> Result<Option<ChannelGrantRow>> {
    maybe_one(conn.maybe(&ONE, params![id, workspace])?)
}

/// All on a channel that were not taken off it, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn of_channel(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
) -> Result<Vec<ChannelGrantRow>> {
    rows(&conn.all(&OF_CHANNEL, params![channel, workspace])?)
}

/// All from a grant that were not taken off their channel.
///
/// # Errors
/// When the database fails.
pub fn of_grant(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    grant: GrantId,
) -> Result<Vec<ChannelGrantRow>> {
    rows(&conn.all(&OF_GRANT, params![grant, workspace])?)
}

/// The primary ones of a workspace.
///
/// # Errors
/// When the database fails.
pub fn of_workspace(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<ChannelGrantRow>> {
    rows(&conn.all(&OF_WORKSPACE, params![workspace])?)
}

/// Sets how it is and frees the lease: the next probe may come at its moment. *Since* moves only if health
/// or cause changed.
///
/// # Errors
/// When the database fails.
#[expect(
    clippy::too_many_arguments,
    reason = "one row's condition; a struct would only repeat the columns"
)]
pub fn set_condition(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelGrantId,
    health: Health,
    cause: Option<Cause>,
    evidence: Option<&Evidence>,
    probe_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn.run(
        &CONDITION,
        params![
            health,
            cause,
            maybe_doc(evidence),
            now,
            probe_at,
            id,
            workspace
        ],
    )?;
    Ok(changed == 1)
}

/// Records a proof and frees the lease.
///
/// # Errors
/// When the database fails.
pub fn proven(
    conn: &mut Conn<'_>,
    row: &ChannelGrantRow,
    health: Health,
    ends: &Ends,
    horizon: Option<Timestamp>,
    probe_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    conn.run(
        &PROVEN,
        params![
            health,
            now,
            probe_at,
            doc(ends),
            horizon,
            row.id,
            row.workspace
        ],
    )?;
    Ok(())
}

/// Takes those whose probe is due. The lease saves work; a second probe harms nobody.
///
/// # Errors
/// When the database fails.
pub fn claim(conn: &mut Conn<'_>, claim: &Claim) -> Result<Claimed<ChannelGrantRow>> {
    let found = conn.all(
        &CLAIM,
        params![
            claim.now,
            claim.free_before,
            claim.limit,
            claim.by,
            claim.until
        ],
    )?;
    let mut due = Claimed::of(&found, ChannelGrantRow::from_row);
    due.rows.sort_by_key(|row| (row.probe_at, row.id));
    Ok(due)
}

/// When the next probe is due, or the next end is to be looked at.
///
/// # Errors
/// When the database fails.
pub fn next_probe(conn: &mut Conn<'_>) -> Result<Option<Timestamp>> {
    let probe: Option<Timestamp> = conn
        .maybe(&NEXT_PROBE, params![])?
        .map(|row| row.get("probe_at_ms"))
        .transpose()?;
    let announce = conn
        .maybe(&NEXT_ANNOUNCE, params![])?
        .map(|row| row.get("announce_at_ms"))
        .transpose()?;
    Ok([probe, announce].into_iter().flatten().min())
}

/// An end that is to be looked at.
#[derive(Debug, Clone)]
pub struct EndDue {
    /// The login on its channel.
    pub on: ChannelGrantRow,
    /// The moment that is compared when it was looked at.
    pub at: Timestamp,
}

/// Logins whose end is to be looked at, to be announced or believed: the earliest moments first. No lease:
/// [`announced`] compares the moment. One that cannot be read is left out, and logged.
///
/// # Errors
/// When the database fails.
pub fn announce_due(conn: &mut Conn<'_>, now: Timestamp, limit: usize) -> Result<Vec<EndDue>> {
    let rows = conn.all(&ANNOUNCE_DUE, params![now, limit])?;
    let found = Claimed::of(&rows, |row| {
        Ok(EndDue {
            on: ChannelGrantRow::from_row(row)?,
            at: row.get("announce_at_ms")?,
        })
    });
    for bad in &found.unreadable {
        tracing::error!(login = ?bad.id, error = %bad.error, "a login whose end is to be looked at cannot be read");
    }
    Ok(found.rows)
}

/// The end was looked at: when next, and whether it is near. A login that was well is *expiring* then.
///
/// # Errors
/// [`crate::Error::Stale`] when another node looked first, or something changed meanwhile.
pub fn announced(
    conn: &mut Conn<'_>,
    due: &EndDue,
    next: Option<Timestamp>,
    near: bool,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "announcement",
        &ANNOUNCED,
        params![next, near, now, due.on.id, due.on.workspace, due.at],
    )
}

/// The ends of a grant changed, or its channel is linked again: they are looked at at once.
///
/// # Errors
/// When the database fails.
pub fn look_at_ends(conn: &mut Conn<'_>, workspace: WorkspaceId, grant: GrantId) -> Result<()> {
    conn.run(&LOOK_AT_ENDS, params![grant, workspace])?;
    Ok(())
}

/// Frees the lease and sets the next probe, or none.
///
/// # Errors
/// When the database fails.
pub fn probe_later(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ChannelGrantId,
    at: Option<Timestamp>,
) -> Result<()> {
    conn.run(&PROBE_LATER, params![at, id, workspace])?;
    Ok(())
}

/// A post was planned on this channel: its login is proven no later than `at`, and its end, if one is known,
/// is looked at.
///
/// # Errors
/// When the database fails.
pub fn probe_by(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    at: Timestamp,
) -> Result<()> {
    conn.run(&PROBE_BY, params![at, channel, workspace])?;
    conn.run(&LOOK_AT_END_OF, params![channel, workspace])?;
    Ok(())
}

/// Logins that have waited for their platform since `since` or longer, on which posts are due between two moments,
/// and of which no open notice tells.
///
/// # Errors
/// When the database fails.
pub fn waiting_long(
    conn: &mut Conn<'_>,
    since: Timestamp,
    (from, until): (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<ChannelGrantRow>> {
    rows(&conn.all(&WAITING_LONG, params![since, from, until, limit])?)
}

/// The channel was unlinked: no more probes.
///
/// # Errors
/// When the database fails.
pub fn rest(conn: &mut Conn<'_>, workspace: WorkspaceId, channel: ChannelId) -> Result<()> {
    conn.run(&REST, params![channel, workspace])?;
    Ok(())
}

/// Frees all leases of other incarnations, which are proven gone.
///
/// # Errors
/// When the database fails.
pub fn reclaim(conn: &mut Conn<'_>, me: domain::ids::IncarnationId) -> Result<u64> {
    conn.run(&RECLAIM, params![me])
}
