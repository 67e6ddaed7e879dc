//! Breakers: which apps give answers that say nothing of any one sign-in, and which sign-ins got such an
//! answer last. Of the whole installation: an app may serve every workspace.

use domain::Timestamp;
use domain::breaker::Seen;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::{AppId, BreakerId, GrantId, WorkspaceId};

use crate::engine::Conn;
use crate::error::Result;
use crate::grants::GrantRow;
use crate::json::{maybe_doc, maybe_read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// This sign-in got an answer that says nothing of it.
    DOUBT = "insert into breaker_sign (grant_id, app_id, platform_person_id, at_ms) values ($1, $2, $3, $4)
        on conflict (grant_id) do update set at_ms = excluded.at_ms";
    /// It works, or it is known that it does not.
    CLEAR = "delete from breaker_sign where grant_id = $1";
    /// Doubted sign-ins of an app, and their people. One that was proven since is doubted no more.
    DOUBTED = "select cast(count(*) as bigint) as doubted, cast(count(distinct platform_person_id) as bigint) as persons
        from breaker_sign where app_id = $1 and at_ms >= $2 and not exists (
            select 1 from channel_grant where channel_grant.grant_id = breaker_sign.grant_id
                and channel_grant.proven_at_ms > breaker_sign.at_ms)";
    /// Sign-ins of an app that were proven, and not doubted since. Few were proven a moment ago, and an app may have a
    /// million sign-ins.
    WELL = {
        sqlite: "select cast(count(distinct channel_grant.grant_id) as bigint) as well
            from channel_grant indexed by channel_grant_proven
            cross join oauth_grant where oauth_grant.id = channel_grant.grant_id
            and channel_grant.proven_at_ms >= $2 and oauth_grant.app_id = $1 and not exists (
                select 1 from breaker_sign where breaker_sign.grant_id = channel_grant.grant_id
                    and breaker_sign.at_ms >= $2 and breaker_sign.at_ms >= channel_grant.proven_at_ms)",
        postgres: "select cast(count(distinct channel_grant.grant_id) as bigint) as well
            from channel_grant
            join oauth_grant on oauth_grant.id = channel_grant.grant_id
            where channel_grant.proven_at_ms >= $2 and oauth_grant.app_id = $1 and not exists (
                select 1 from breaker_sign where breaker_sign.grant_id = channel_grant.grant_id
                    and breaker_sign.at_ms >= $2 and breaker_sign.at_ms >= channel_grant.proven_at_ms)",
        why: "SQLite would walk all logins, to have each sign-in once",
    };
    /// The open breaker of an app.
    OPEN_OF = "select * from breaker where app_id = $1 and closed_at_ms is null";
    /// It opens, unless it is open.
    OPEN = "insert into breaker (id, app_id, cause, evidence, opened_at_ms) values ($1, $2, $3, $4, $5)
        on conflict (app_id) where closed_at_ms is null do nothing";
    /// It closes.
    CLOSE = "update breaker set closed_at_ms = $1 where app_id = $2 and closed_at_ms is null";
    /// Open ones of apps that a workspace may use, with the sign-ins of that workspace that wait.
    OPEN_FOR = "select breaker.*, (select cast(count(*) as bigint) from channel_grant
                join oauth_grant on oauth_grant.id = channel_grant.grant_id
                where channel_grant.workspace_id = $1 and channel_grant.standing = 'primary'
                    and channel_grant.health = 'waiting' and oauth_grant.app_id = breaker.app_id) as waiting
        from breaker join app on app.id = breaker.app_id
        where breaker.closed_at_ms is null and (app.workspace_id is null or app.workspace_id = $1)
        order by breaker.opened_at_ms, breaker.id";
    /// Open ones of which nothing was heard for long: nobody uses the app, or nobody can tell.
    SILENT = "select app_id from breaker where closed_at_ms is null and opened_at_ms < $1 and not exists (
            select 1 from breaker_sign where breaker_sign.app_id = breaker.app_id and breaker_sign.at_ms >= $1)
        order by opened_at_ms, id";
    /// Closed ones whose logins are not proven anew yet.
    TO_WAKE = "select id, app_id from breaker where closed_at_ms is not null and woken_at_ms is null order by closed_at_ms, id";
    /// What waits through this app is proven at once; what is not probed at all, for its channel is not linked, is not.
    WAKE = "update channel_grant set probe_at_ms = case when probe_at_ms > $1 then $1 else probe_at_ms end
        where health = 'waiting' and exists (select 1 from oauth_grant where oauth_grant.id = channel_grant.grant_id and oauth_grant.app_id = $2)";
    /// They are woken.
    WOKEN = "update breaker set woken_at_ms = $1 where id = $2";
}

/// A breaker as it is stored.
#[derive(Debug, Clone)]
pub struct BreakerRow {
    /// Which one.
    pub id: BreakerId,
    /// Of which app.
    pub app: AppId,
    /// What is wrong, as far as the platform said.
    pub cause: Cause,
    /// The answer that opened it.
    pub evidence: Option<Evidence>,
    /// Since when.
    pub opened_at: Timestamp,
}

impl BreakerRow {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            app: row.get("app_id")?,
            cause: row.get("cause")?,
            evidence: maybe_read(row, "evidence")?,
            opened_at: row.get("opened_at_ms")?,
        })
    }
}

/// A sign-in got an answer that says nothing of it.
///
/// # Errors
/// When the database fails.
pub fn doubt(conn: &mut Conn<'_>, grant: &GrantRow, now: Timestamp) -> Result<()> {
    conn.run(&DOUBT, params![grant.id, grant.app, grant.person, now])?;
    Ok(())
}

/// It works, or it is known that it does not. Whether it was doubted.
///
/// # Errors
/// When the database fails.
pub fn clear(conn: &mut Conn<'_>, grant: GrantId) -> Result<bool> {
    Ok(conn.run(&CLEAR, params![grant])? == 1)
}

/// An app's sign-ins since then, by their last answers.
///
/// # Errors
/// When the database fails.
pub fn seen(conn: &mut Conn<'_>, app: AppId, since: Timestamp) -> Result<Seen> {
    let doubted = conn.one(&DOUBTED, params![app, since])?;
    let well = conn.one(&WELL, params![app, since])?;
    Ok(Seen {
        well: well.get("well")?,
        doubted: doubted.get("doubted")?,
        persons: doubted.get("persons")?,
    })
}

/// The open breaker of an app.
///
/// # Errors
/// When the database fails.
pub fn open_of(conn: &mut Conn<'_>, app: AppId) -> Result<Option<BreakerRow>> {
    conn.maybe(&OPEN_OF, params![app])?
        .as_ref()
        .map(BreakerRow::from_row)
        .transpose()
}

/// Opens it; false where it is open already.
///
/// # Errors
/// When the database fails.
pub fn open(
    conn: &mut Conn<'_>,
    id: BreakerId,
    app: AppId,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> Result<bool> {
    let opened = conn.run(
        &OPEN,
        params![id, app, cause, maybe_doc(Some(evidence)), now],
    )?;
    Ok(opened == 1)
}

/// Closes it; false where none is open.
///
/// # Errors
/// When the database fails.
pub fn close(conn: &mut Conn<'_>, app: AppId, now: Timestamp) -> Result<bool> {
    Ok(conn.run(&CLOSE, params![now, app])? == 1)
}

/// The open breakers of apps that a workspace may use, each with the number of its channels that wait.
///
/// # Errors
/// When the database fails.
pub fn open_for(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<(BreakerRow, u32)>> {
    conn.all(&OPEN_FOR, params![workspace])?
        .iter()
        .map(|row| Ok((BreakerRow::from_row(row)?, row.get("waiting")?)))
        .collect()
}

/// Apps whose breaker is open and of which nothing was heard since then.
///
/// # Errors
/// When the database fails.
pub fn silent(conn: &mut Conn<'_>, since: Timestamp) -> Result<Vec<AppId>> {
    conn.all(&SILENT, params![since])?
        .iter()
        .map(|row| row.get("app_id"))
        .collect()
}

/// Closed breakers whose logins wait to be proven anew.
///
/// # Errors
/// When the database fails.
pub fn to_wake(conn: &mut Conn<'_>) -> Result<Vec<(BreakerId, AppId)>> {
    conn.all(&TO_WAKE, params![])?
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("app_id")?)))
        .collect()
}

/// The logins that wait through this app are proven at once; how many.
///
/// # Errors
/// When the database fails.
pub fn wake(conn: &mut Conn<'_>, id: BreakerId, app: AppId, now: Timestamp) -> Result<u64> {
    let woken = conn.run(&WAKE, params![now, app])?;
    conn.run(&WOKEN, params![now, id])?;
    Ok(woken)
}
