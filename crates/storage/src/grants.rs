//! Grants: what is due for renewal, new token sets, and the ends of their lives. Tokens come and go
//! sealed. The journal of renewals is in `renewals.rs`.

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{Ends, Life, LifeWord, Mechanism};
use domain::health::Evidence;
use domain::ids::{
    AppId, GrantId, IncarnationId, MemberId, PlatformPersonId, RenewalId, WorkspaceId,
};
use domain::platform::{LoginFlow, Platform};

use crate::channel_grants;
use crate::engine::Conn;
use crate::error::{Error, Result};
use crate::json::{doc, maybe_doc, maybe_read, read};
use crate::lease::{Claim, Claimed, Lease};
use crate::params;
use crate::renewals;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Takes grants whose renewal is due and that nobody holds.
    CLAIM = {
        sqlite: "with due as materialized (
                select id from oauth_grant where renew_at_ms <= $1 and (lease_by is null or lease_until_ms < $2)
                order by renew_at_ms, id limit $3)
            update oauth_grant set lease_by = $4, lease_fence = lease_fence + 1, lease_until_ms = $5
            from due where oauth_grant.id = due.id returning *, exists (select 1 from renewal where renewal.grant_id = oauth_grant.id
                and renewal.generation = oauth_grant.generation and renewal.ended_at_ms is null) as unanswered",
        postgres: "with due as materialized (
                select id from oauth_grant where renew_at_ms <= $1 and (lease_by is null or lease_until_ms < $2)
                order by renew_at_ms, id limit $3 for update skip locked)
            update oauth_grant set lease_by = $4, lease_fence = lease_fence + 1, lease_until_ms = $5
            from due where oauth_grant.id = due.id returning oauth_grant.*, exists (select 1 from renewal where renewal.grant_id = oauth_grant.id
                and renewal.generation = oauth_grant.generation and renewal.ended_at_ms is null) as unanswered",
        why: "row locks in a claim",
    };
    /// Takes one grant for a call that needs a fresh token now.
    CLAIM_ONE = "update oauth_grant set lease_by = $1, lease_fence = lease_fence + 1, lease_until_ms = $2
        where id = $3 and workspace_id = $4 and life = 'live' and (lease_by is null or lease_until_ms < $5)
        returning *, exists (select 1 from renewal where renewal.grant_id = oauth_grant.id
            and renewal.generation = oauth_grant.generation and renewal.ended_at_ms is null) as unanswered";
    /// One grant, for its own workspace.
    ONE = "select * from oauth_grant where id = $1 and workspace_id = $2";
    /// The next moment at which one is due.
    NEXT_DUE = "select renew_at_ms from oauth_grant where renew_at_ms is not null order by renew_at_ms limit 1";
    /// The lease is freed and the next try is set; only by its holder.
    TRY_AGAIN = "update oauth_grant set renew_at_ms = $1, tries = tries + 1, last_evidence = $2, horizon_at_ms = $7,
            asked_until_ms = $8, lease_by = null, lease_until_ms = null
        where id = $3 and workspace_id = $4 and lease_by = $5 and lease_fence = $6 and life = 'live'";
    /// Live grants that can be renewed and have no moment at which they are.
    FORGOTTEN = "select * from oauth_grant where life = 'live' and renew_at_ms is null
        and mechanism in ('extend', 'refresh_fixed', 'refresh_rotating') order by id limit $1";
    /// How many were due before this and are still to be renewed.
    OVERDUE = "select cast(count(*) as bigint) as overdue from oauth_grant where renew_at_ms < $1";
    /// The lease is freed, and the next renewal is put off until then.
    PUT_OFF = "update oauth_grant set renew_at_ms = $1, lease_by = null, lease_until_ms = null
        where id = $2 and lease_by = $3 and lease_fence = $4 and life = 'live'";
    /// Frees a lease without more.
    RELEASE = "update oauth_grant set lease_by = null, lease_until_ms = null
        where id = $1 and lease_by = $2 and lease_fence = $3";
    /// New tokens. The generation alone is compared: a real answer is never lost over a lease.
    RENEWED = "update oauth_grant set previous_sealed = tokens_sealed, tokens_sealed = $1, generation = generation + 1,
            scopes = $2, ends = $3, access_end_at_ms = $4, horizon_at_ms = $5, fresh_since_ms = $6,
            jitter_permille = $7, renew_at_ms = $8, tries = 0, last_evidence = null, asked_until_ms = null,
            lease_by = null, lease_until_ms = null
        where id = $9 and workspace_id = $10 and generation = $11 and life = 'live'";
    /// The end of a life. The generation is compared: what died may meanwhile be a newer one.
    END_LIFE = "update oauth_grant set life = $1, life_cause = $2, life_since_ms = $3, renew_at_ms = null,
            last_evidence = coalesce($4, last_evidence), lease_by = null, lease_until_ms = null
        where id = $5 and workspace_id = $6 and generation = $7 and life = $8";
    /// A new grant.
    INSERT = "insert into oauth_grant (id, workspace_id, app_id, platform, flow, platform_person_id, person_name,
            signed_in_by, mechanism, scopes, ends, access_end_at_ms, horizon_at_ms, generation, tokens_sealed,
            fresh_since_ms, jitter_permille, life, renew_at_ms, tries, lease_fence, created_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, 'live', $17, 0, 0, $15)";
    /// Finds or makes the platform person; the no-op update makes the row come back.
    PLATFORM_PERSON = "insert into platform_person (id, app_id, remote_id) values ($1, $2, $3)
        on conflict (app_id, remote_id) do update set remote_id = excluded.remote_id returning id";
    /// Live grants whose last end is over.
    ENDED = "select * from oauth_grant where life = 'live' and horizon_at_ms <= $1 order by horizon_at_ms, id limit $2";
    /// *Extend now*: the next run takes it.
    RENEW_NOW = "update oauth_grant set renew_at_ms = $1 where id = $2 and workspace_id = $3 and life = 'live'";
    /// Leases of an incarnation that is proven gone.
    RECLAIM = "update oauth_grant set lease_until_ms = 0 where lease_by is not null and lease_by <> $1";
    /// Other live grants of the same platform person, in whatever workspace: only their number is told.
    /// One registration may be several apps here (Meta's serves Pages and Instagram), and giving back
    /// ends what the person gave to all of them.
    SIBLINGS = "select cast(count(*) as bigint) as live from oauth_grant
        where id <> $2 and life = 'live' and platform_person_id in (
            select person.id from platform_person me cross join app mine cross join app other
                cross join platform_person person
            where me.id = $1 and mine.id = me.app_id and other.client_id = mine.client_id
                and person.app_id = other.id and person.remote_id = me.remote_id)";
    /// Every sealed token set of a page of grants, for re-sealing.
    SEALED_PAGE = "select * from oauth_grant where id > $1 order by id limit $2";
    /// Re-sealed under another key; nothing else changes.
    RESEAL = "update oauth_grant set tokens_sealed = $1, previous_sealed = null
        where id = $2 and generation = $3";
}

/// A grant as it is stored.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// Which grant.
    pub id: GrantId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Through which app.
    pub app: AppId,
    /// At which platform.
    pub platform: Platform,
    /// Through which flow.
    pub flow: LoginFlow,
    /// Who signed in, at the platform.
    pub person: PlatformPersonId,
    /// Their name.
    pub person_name: String,
    /// Who of ours was at the keyboard.
    pub signed_in_by: Option<MemberId>,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// The scopes, in the platform's words.
    pub scopes: Vec<String>,
    /// Its ends.
    pub ends: Ends,
    /// The earliest end that no machine can move.
    pub horizon: Option<Timestamp>,
    /// Counts token sets, from 1.
    pub generation: u64,
    /// The sealed token set.
    pub tokens_sealed: Vec<u8>,
    /// When its tokens were made.
    pub fresh_since: Timestamp,
    /// Its jitter.
    pub jitter_permille: u16,
    /// Its life.
    pub life: Life,
    /// When it is next renewed.
    pub renew_at: Option<Timestamp>,
    /// Failed tries since the last success.
    pub tries: u32,
    /// What the platform last said against it.
    pub last_evidence: Option<Evidence>,
    /// Until when the platform asked not to be asked again for new tokens.
    pub asked_until: Option<Timestamp>,
    /// The lease, when the row came from a claim.
    pub lease: Option<Lease>,
    /// When the row came from a claim: whether a renewal of this generation was never answered. The platform may have
    /// rotated unseen.
    pub unanswered: bool,
    /// When the person signed in.
    pub created_at: Timestamp,
}

impl GrantRow {
    /// Reads the columns of `oauth_grant`.
    ///
    /// # Errors
    /// When a column does not hold what it should.
    pub fn from_row(row: &Row) -> Result<Self> {
        let by: Option<IncarnationId> = row.get("lease_by")?;
        let fence: i64 = row.get("lease_fence")?;
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            app: row.get("app_id")?,
            platform: row.get("platform")?,
            flow: row.get("flow")?,
            person: row.get("platform_person_id")?,
            person_name: row.get("person_name")?,
            signed_in_by: row.get("signed_in_by")?,
            mechanism: row.get("mechanism")?,
            scopes: read(row, "scopes")?,
            ends: read(row, "ends")?,
            horizon: row.get("horizon_at_ms")?,
            generation: row.get("generation")?,
            tokens_sealed: row.get("tokens_sealed")?,
            fresh_since: row.get("fresh_since_ms")?,
            jitter_permille: row.get("jitter_permille")?,
            life: life(row)?,
            renew_at: row.get("renew_at_ms")?,
            tries: row.get("tries")?,
            last_evidence: maybe_read(row, "last_evidence")?,
            asked_until: row.get("asked_until_ms")?,
            lease: by.map(|by| Lease { by, fence }),
            unanswered: false,
            created_at: row.get("created_at_ms")?,
        })
    }

    fn from_claim(row: &Row) -> Result<Self> {
        Ok(Self {
            unanswered: row.get("unanswered")?,
            ..Self::from_row(row)?
        })
    }
}

fn life(row: &Row) -> Result<Life> {
    let since: Option<Timestamp> = row.get("life_since_ms")?;
    let cause: Option<Cause> = row.get("life_cause")?;
    match (row.get::<LifeWord>("life")?, since, cause) {
        (LifeWord::Live, _, _) => Ok(Life::Live),
        (LifeWord::Dead, Some(since), Some(cause)) => Ok(Life::Dead { cause, since }),
        (LifeWord::Superseded, Some(since), _) => Ok(Life::Superseded { since }),
        (LifeWord::Revoked, Some(since), _) => Ok(Life::Revoked { since }),
        _ => Err(row.unusable(
            "life",
            "a life that ended has no moment or cause".to_owned(),
        )),
    }
}

fn rows(rows: &[Row]) -> Result<Vec<GrantRow>> {
    rows.iter().map(GrantRow::from_row).collect()
}

/// Takes up to `claim.limit` grants that are due.
///
/// # Errors
/// When the database fails.
pub fn claim(conn: &mut Conn<'_>, claim: &Claim) -> Result<Claimed<GrantRow>> {
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
    let mut due = Claimed::of(&found, GrantRow::from_claim);
    due.rows.sort_by_key(|grant| (grant.renew_at, grant.id));
    Ok(due)
}

/// Takes one grant, due or not; none where it ended or somebody holds it.
///
/// # Errors
/// When the database fails.
pub fn claim_one(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: GrantId,
    claim: &Claim,
) -> Result<Option<GrantRow>> {
    let row = conn.maybe(
        &CLAIM_ONE,
        params![claim.by, claim.until, id, workspace, claim.free_before],
    )?;
    row.as_ref().map(GrantRow::from_claim).transpose()
}

/// One grant of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: GrantId) -> Result<Option<GrantRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(GrantRow::from_row)
        .transpose()
}

/// When the next grant is due; the engine sleeps until then.
///
/// # Errors
/// When the database fails.
pub fn next_due(conn: &mut Conn<'_>) -> Result<Option<Timestamp>> {
    conn.maybe(&NEXT_DUE, params![])?
        .map(|row| row.get("renew_at_ms"))
        .transpose()
}

/// What a renewal changes.
#[derive(Clone)]
pub struct NewTokens {
    /// The sealed token set of the next generation.
    pub sealed: Vec<u8>,
    /// The scopes now.
    pub scopes: Vec<String>,
    /// The ends now.
    pub ends: Ends,
    /// The horizon now.
    pub horizon: Option<Timestamp>,
    /// The next renewal.
    pub renew_at: Option<Timestamp>,
    /// The jitter of the new generation.
    pub jitter_permille: u16,
}

/// Makes a renewal's answer durable and ends its intent and all older ones.
///
/// # Errors
/// [`Error::Stale`] when the store has another generation already, or the grant ended.
pub fn renewed(
    conn: &mut Conn<'_>,
    intent: RenewalId,
    grant: &GrantRow,
    new: &NewTokens,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "grant",
        &RENEWED,
        params![
            new.sealed,
            doc(&new.scopes),
            doc(&new.ends),
            new.ends.access_end.map(|end| end.at),
            new.horizon,
            now,
            new.jitter_permille,
            new.renew_at,
            grant.id,
            grant.workspace,
            grant.generation
        ],
    )?;
    if new.horizon != grant.horizon {
        channel_grants::look_at_ends(conn, grant.workspace, grant.id)?;
    }
    renewals::renewed(conn, intent, grant, now)
}

/// What a renewal that failed leaves behind.
#[derive(Debug, Clone, Copy)]
pub struct NextTry<'a> {
    /// When it is tried again.
    pub at: Timestamp,
    /// Until when the platform asked not to be asked.
    pub asked_until: Option<Timestamp>,
    /// What it said.
    pub evidence: Option<&'a Evidence>,
    /// The end that counts while it fails.
    pub horizon: Option<Timestamp>,
}

/// Frees the lease and sets the next try. An end that is another than before is looked at.
///
/// # Errors
/// [`Error::Stale`] when the lease was lost: another node decides now.
pub fn try_again(
    conn: &mut Conn<'_>,
    grant: &GrantRow,
    lease: Lease,
    next: NextTry<'_>,
) -> Result<()> {
    conn.change(
        "grant lease",
        &TRY_AGAIN,
        params![
            next.at,
            maybe_doc(next.evidence),
            grant.id,
            grant.workspace,
            lease.by,
            lease.fence,
            next.horizon,
            next.asked_until
        ],
    )?;
    if next.horizon != grant.horizon {
        channel_grants::look_at_ends(conn, grant.workspace, grant.id)?;
    }
    Ok(())
}

/// Live grants that can be renewed and have no moment at which they are. There must be none; what a mistake
/// left so is found here.
///
/// # Errors
/// When the database fails.
pub fn forgotten(conn: &mut Conn<'_>, limit: usize) -> Result<Vec<GrantRow>> {
    rows(&conn.all(&FORGOTTEN, params![limit])?)
}

/// How many grants were due for renewal before this and are not renewed.
///
/// # Errors
/// When the database fails.
pub fn overdue(conn: &mut Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.one(&OVERDUE, params![before])?.get("overdue")
}

/// Frees the lease, and puts the renewal off: the platform asked not to be asked before then.
///
/// # Errors
/// When the database fails.
pub fn put_off(conn: &mut Conn<'_>, id: GrantId, lease: Lease, until: Timestamp) -> Result<()> {
    conn.run(&PUT_OFF, params![until, id, lease.by, lease.fence])?;
    Ok(())
}

/// Frees the lease.
///
/// # Errors
/// When the database fails.
pub fn release(conn: &mut Conn<'_>, id: GrantId, lease: Lease) -> Result<()> {
    conn.run(&RELEASE, params![id, lease.by, lease.fence])?;
    Ok(())
}

/// Ends a grant's life, by the rule of `domain`. False where the store has a newer generation or the
/// grant had ended otherwise: then nothing changed.
///
/// # Errors
/// [`Error::Refused`] when the rule refuses; when the database fails.
pub fn end_life(
    conn: &mut Conn<'_>,
    grant: &GrantRow,
    next: Life,
    evidence: Option<&Evidence>,
) -> Result<bool> {
    let (cause, since) = match next {
        Life::Live => {
            return Err(Error::Refused {
                reason: "a life that ended does not begin again".to_owned(),
            });
        }
        Life::Dead { cause, since } => (Some(cause), since),
        Life::Superseded { since } | Life::Revoked { since } => (None, since),
    };
    let changed = conn.run(
        &END_LIFE,
        params![
            next.word(),
            cause,
            since,
            maybe_doc(evidence),
            grant.id,
            grant.workspace,
            grant.generation,
            grant.life.word()
        ],
    )?;
    Ok(changed == 1)
}

/// What a sign-in gave, to be stored.
pub struct NewGrant<'a> {
    /// Its id.
    pub id: GrantId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Through which app.
    pub app: AppId,
    /// At which platform.
    pub platform: Platform,
    /// Through which flow.
    pub flow: LoginFlow,
    /// Who signed in.
    pub person: PlatformPersonId,
    /// Their name.
    pub person_name: &'a str,
    /// Who of ours was at the keyboard.
    pub signed_in_by: Option<MemberId>,
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// Everything that a renewal would change as well.
    pub tokens: &'a NewTokens,
}

/// Stores a new grant at generation 1.
///
/// # Errors
/// When the database fails.
pub fn insert(conn: &mut Conn<'_>, new: &NewGrant<'_>, now: Timestamp) -> Result<()> {
    let tokens = new.tokens;
    conn.run(
        &INSERT,
        params![
            new.id,
            new.workspace,
            new.app,
            new.platform,
            new.flow,
            new.person,
            new.person_name,
            new.signed_in_by,
            new.mechanism,
            doc(&tokens.scopes),
            doc(&tokens.ends),
            tokens.ends.access_end.map(|end| end.at),
            tokens.horizon,
            tokens.sealed,
            now,
            tokens.jitter_permille,
            tokens.renew_at
        ],
    )?;
    Ok(())
}

/// Finds or makes the platform person behind a sign-in.
///
/// # Errors
/// When the database fails.
pub fn platform_person(
    conn: &mut Conn<'_>,
    fresh: PlatformPersonId,
    app: AppId,
    remote_id: &str,
) -> Result<PlatformPersonId> {
    conn.one(&PLATFORM_PERSON, params![fresh, app, remote_id])?
        .get("id")
}

/// How many other grants of the same person at the same app live, in the whole installation. Giving one
/// back may end them too.
///
/// # Errors
/// When the database fails.
pub fn siblings(conn: &mut Conn<'_>, grant: &GrantRow) -> Result<u64> {
    conn.one(&SIBLINGS, params![grant.person, grant.id])?
        .get("live")
}

/// Live grants whose horizon is over at `now`. One that cannot be read is left out, and logged.
///
/// # Errors
/// When the database fails.
pub fn ended(conn: &mut Conn<'_>, now: Timestamp, limit: usize) -> Result<Vec<GrantRow>> {
    let found = Claimed::of(&conn.all(&ENDED, params![now, limit])?, GrantRow::from_row);
    for bad in &found.unreadable {
        tracing::error!(grant = ?bad.id, error = %bad.error, "a grant whose end is over cannot be read");
    }
    Ok(found.rows)
}

/// *Extend now*. False where the grant has ended.
///
/// # Errors
/// When the database fails.
pub fn renew_now(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: GrantId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&RENEW_NOW, params![now, id, workspace])? == 1)
}

/// Frees all leases of other incarnations. Only where it is proven that no other runs: the process
/// lock of this store is held.
///
/// # Errors
/// When the database fails.
pub fn reclaim(conn: &mut Conn<'_>, me: IncarnationId) -> Result<u64> {
    conn.run(&RECLAIM, params![me])
}

/// A page of grants after `after`, for re-sealing under a new key.
///
/// # Errors
/// When the database fails.
pub fn sealed_page(conn: &mut Conn<'_>, after: GrantId, limit: usize) -> Result<Vec<GrantRow>> {
    rows(&conn.all(&SEALED_PAGE, params![after, limit])?)
}

/// Stores a token set sealed anew; false where the generation moved on, which sealed it anew as well.
///
/// # Errors
/// When the database fails.
pub fn reseal(conn: &mut Conn<'_>, id: GrantId, generation: u64, sealed: &[u8]) -> Result<bool> {
    Ok(conn.run(&RESEAL, params![sealed, id, generation])? == 1)
}
