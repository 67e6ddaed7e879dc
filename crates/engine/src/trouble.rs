//! What a platform's answer means for a login: dead, limited, or trouble that passes; and its recovery.
//! A state changes in one transaction with its line in the timeline and its notice.

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{Life, Verdict};
use domain::health::{Evidence, Health};
use domain::notice::NoticeKind;
use domain::post::Maker;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use platforms::failure::Failure;
use serde_json::json;
use storage::channel_grants::{self, ChannelGrantRow};
use storage::channels::{self, ChannelRow};
use storage::grants::{self, GrantRow};
use storage::notices::{self, NewNotice};
use storage::{Conn, channel_events, deliveries};

use crate::cx::Ids;
use crate::login::LoginRows;

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// The login ended.
    Dead(Cause),
    /// The login lives but may not do what is needed.
    Limited(Cause),
    /// Nothing is known to have ended.
    Passing,
}

/// How soon a login in trouble is probed again.
const WAITING_PROBE_MS: i64 = 2 * MINUTE_MS;
/// How soon a limited login is probed again: a role may come back without a sign-in.
const LIMITED_PROBE_MS: i64 = HOUR_MS;

/// Applies a failed call to the login that it was made with.
///
/// # Errors
/// When the database fails.
pub fn apply(
    conn: &mut Conn<'_>,
    ids: &Ids,
    login: &LoginRows,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<Came> {
    if failure.verdict() == Verdict::Dead {
        return end(
            conn,
            ids,
            &login.grant,
            failure.cause,
            &failure.evidence,
            now,
        );
    }
    if failure.limits() {
        limit(conn, ids, login, failure.cause, &failure.evidence, now)?;
        return Ok(Came::Limited(failure.cause));
    }
    if failure.cause.waits_out() && login.on.condition.health != Health::NeedsRefresh {
        let probe_at = plus_ms(
            now,
            failure
                .retry_after_ms
                .unwrap_or(0)
                .clamp(WAITING_PROBE_MS, HOUR_MS),
        );
        let (cause, evidence) = (Some(failure.cause), Some(&failure.evidence));
        let (workspace, id) = (login.on.workspace, login.on.id);
        channel_grants::set_condition(
            conn,
            workspace,
            id,
            Health::Waiting,
            cause,
            evidence,
            Some(probe_at),
            now,
        )?;
        if login.on.condition.health != Health::Waiting {
            line(
                conn,
                ids,
                &login.channel,
                "waiting",
                json!({ "cause": failure.cause }),
                now,
            )?;
        }
    }
    Ok(Came::Passing)
}

/// Ends a grant, unless the store has moved on: another node may have renewed it (promise 3).
///
/// # Errors
/// When the database fails.
pub fn end(
    conn: &mut Conn<'_>,
    ids: &Ids,
    grant: &GrantRow,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> storage::Result<Came> {
    let Some(stored) = grants::one(conn, grant.workspace, grant.id)? else {
        return Ok(Came::Passing);
    };
    if stored.generation != grant.generation {
        return Ok(Came::Passing);
    }
    let Ok(next) = stored.life.died(cause, now) else {
        let known = if let Life::Dead { cause, .. } = stored.life {
            Came::Dead(cause)
        } else {
            Came::Passing
        };
        return Ok(known);
    };
    if !grants::end_life(conn, &stored, next, Some(evidence))? {
        return Ok(Came::Passing);
    }
    for on in channel_grants::of_grant(conn, grant.workspace, grant.id)? {
        dead_channel(conn, ids, &on, cause, evidence, now)?;
    }
    Ok(Came::Dead(cause))
}

fn dead_channel(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> storage::Result<()> {
    let (workspace, health) = (on.workspace, Health::NeedsRefresh);
    channel_grants::set_condition(
        conn,
        workspace,
        on.id,
        health,
        Some(cause),
        Some(evidence),
        None,
        now,
    )?;
    if on.standing != domain::channel::Standing::Primary {
        return Ok(());
    }
    let Some(channel) = channels::one(conn, workspace, on.channel)? else {
        return Ok(());
    };
    line(conn, ids, &channel, "ended", json!({ "cause": cause }), now)?;
    notice(
        conn,
        ids,
        &channel,
        NoticeKind::NeedsRefresh,
        cause,
        evidence,
        now,
    )
}

fn limit(
    conn: &mut Conn<'_>,
    ids: &Ids,
    login: &LoginRows,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> storage::Result<()> {
    let before = &login.on.condition;
    let probe_at = Some(plus_ms(now, LIMITED_PROBE_MS));
    let (workspace, id, health) = (login.on.workspace, login.on.id, Health::Limited);
    channel_grants::set_condition(
        conn,
        workspace,
        id,
        health,
        Some(cause),
        Some(evidence),
        probe_at,
        now,
    )?;
    if before.health != health || before.cause != Some(cause) {
        line(
            conn,
            ids,
            &login.channel,
            "limited",
            json!({ "cause": cause, "missing": evidence.missing }),
            now,
        )?;
    }
    notice(
        conn,
        ids,
        &login.channel,
        NoticeKind::Limited,
        cause,
        evidence,
        now,
    )
}

fn notice(
    conn: &mut Conn<'_>,
    ids: &Ids,
    channel: &ChannelRow,
    kind: NoticeKind,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> storage::Result<()> {
    let new = NewNotice {
        id: ids.make(),
        workspace: channel.workspace,
        social_set: channel.social_set,
        kind,
        channel: Some(channel.id),
        cause: Some(cause),
        key: &format!("login:{}:{cause}", channel.id),
        evidence: Some(evidence),
        detail: json!({}),
    };
    notices::open(conn, &new, now).map(|_| ())
}

/// The login was proven after it was not well: what waits for it is woken, its notices say so.
///
/// # Errors
/// When the database fails.
pub fn restored(
    conn: &mut Conn<'_>,
    ids: &Ids,
    channel: &ChannelRow,
    now: Timestamp,
) -> storage::Result<()> {
    line(conn, ids, channel, "restored", json!({}), now)?;
    deliveries::wake_channel(conn, channel.workspace, channel.id, now)?;
    channels::sync_now(conn, channel.workspace, channel.id, now)?;
    for open in notices::of_channel(conn, channel.workspace, channel.id)? {
        let about_login = matches!(
            open.kind,
            NoticeKind::NeedsRefresh
                | NoticeKind::Limited
                | NoticeKind::Waiting
                | NoticeKind::Expiring
        );
        if !about_login {
            continue;
        }
        // Posts that were missed still wait for a person: such a notice stays until they are looked after.
        if open.waiting == 0 {
            notices::close(conn, channel.workspace, open.id, now)?;
        } else {
            let mut detail = open.detail.clone();
            detail["restored_at"] = json!(now);
            notices::set_detail(conn, &open, &detail, now)?;
        }
    }
    Ok(())
}

/// A line in a channel's timeline.
///
/// # Errors
/// When the database fails.
pub fn line(
    conn: &mut Conn<'_>,
    ids: &Ids,
    channel: &ChannelRow,
    kind: &str,
    detail: serde_json::Value,
    now: Timestamp,
) -> storage::Result<()> {
    channel_events::append(
        conn,
        ids.make(),
        channel.workspace,
        channel.id,
        now,
        kind,
        Maker::Rule,
        &detail,
    )
}
