//! Answers that say nothing of a login: trouble on the way, an answer that no table knows, an app that is
//! refused. Such an answer ends nothing. Others are asked what it means: the app's other sign-ins (its
//! breaker), time, and every call that follows.

use domain::Timestamp;
use domain::breaker::{DOUBTED_FOR_MS, WINDOW_MS};
use domain::cause::Cause;
use domain::health::{Condition, Health};
use domain::ids::AppId;
use domain::schedule::{MINUTE_MS, ms_between, plus_ms};
use platforms::failure::{About, Failure};
use serde_json::json;
use storage::Conn;
use storage::breakers::{self, BreakerRow};
use storage::channel_grants::{self, ChannelGrantRow};
use storage::channels::ChannelRow;
use storage::grants::GrantRow;

use crate::cx::Ids;
use crate::trouble;

/// How soon a login in trouble is asked again, and how seldom at most: the longer it lasts, the rarer.
const SOONEST_PROBE_MS: i64 = 2 * MINUTE_MS;
const RAREST_PROBE_MS: i64 = 10 * MINUTE_MS;

/// When a login is asked again that has been so since then.
pub(crate) fn ask_again_at(condition: &Condition, asked_ms: i64, now: Timestamp) -> Timestamp {
    let quarter = ms_between(condition.since, now) / 4;
    let wait = quarter.clamp(SOONEST_PROBE_MS, RAREST_PROBE_MS);
    plus_ms(now, wait.max(asked_ms.min(domain::schedule::HOUR_MS)))
}

/// Weighs an answer that says nothing of this sign-in with those of the app's others; the breaker, if it is open.
///
/// # Errors
/// When the database fails.
pub(crate) fn weigh(
    conn: &mut Conn<'_>,
    ids: &Ids,
    grant: &GrantRow,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<Option<BreakerRow>> {
    breakers::doubt(conn, grant, now)?;
    if let Some(open) = breakers::open_of(conn, grant.app)? {
        return Ok(Some(open));
    }
    let of_app = failure.about == About::App && failure.final_answer;
    if !of_app && !breakers::seen(conn, grant.app, plus_ms(now, -WINDOW_MS))?.opens() {
        return Ok(None);
    }
    let (cause, evidence) = (failure.cause, &failure.evidence);
    if breakers::open(conn, ids.make(), grant.app, cause, evidence, now)? {
        tracing::error!(app = %grant.app, platform = %grant.platform, %cause, operation = %evidence.operation,
            status = evidence.http_status, code = %evidence.code,
            "an app is in trouble: its logins wait, and go on by themselves");
    }
    breakers::open_of(conn, grant.app)
}

/// A sign-in works: what was doubted of it is not any more, and its app's breaker may close.
///
/// # Errors
/// When the database fails.
pub(crate) fn works(conn: &mut Conn<'_>, grant: &GrantRow, now: Timestamp) -> storage::Result<()> {
    if !breakers::clear(conn, grant.id)? || breakers::open_of(conn, grant.app)?.is_none() {
        return Ok(());
    }
    if !breakers::seen(conn, grant.app, plus_ms(now, -WINDOW_MS))?.opens() {
        close(conn, grant.app, now)?;
    }
    Ok(())
}

/// Closes an app's breaker. What waits is woken by the next round of watching, also after a kill.
///
/// # Errors
/// When the database fails.
pub(crate) fn close(conn: &mut Conn<'_>, app: AppId, now: Timestamp) -> storage::Result<()> {
    if breakers::close(conn, app, now)? {
        tracing::info!(%app, "an app is well again");
    }
    Ok(())
}

/// What a login on its channel says after such an answer. One that waits for a person goes on waiting.
///
/// # Errors
/// When the database fails.
pub(crate) fn show(
    conn: &mut Conn<'_>,
    ids: &Ids,
    (on, channel): (&ChannelGrantRow, &ChannelRow),
    failure: &Failure,
    open: Option<&BreakerRow>,
    at: Option<Timestamp>,
    now: Timestamp,
) -> storage::Result<()> {
    // As it is now, not as it was when the call left.
    let Some(on) = channel_grants::one(conn, on.workspace, on.id)? else {
        return Ok(());
    };
    let condition = &on.condition;
    if condition.health.needs_person() {
        return Ok(());
    }
    let asked = failure.retry_after_ms.unwrap_or(0);
    let at = at.unwrap_or_else(|| ask_again_at(condition, asked, now));
    if open.is_some() || failure.cause.waits_out() {
        let failure = as_of(open, failure);
        return trouble::wait(conn, ids, &on, channel, &failure, at, now);
    }
    if ms_between(condition.since, now) >= DOUBTED_FOR_MS && is_doubted(condition) {
        return trouble::limit(conn, ids, &on, channel, failure, now);
    }
    if condition.health == Health::Waiting {
        return channel_grants::probe_later(conn, on.workspace, on.id, Some(at));
    }
    let (why, said) = (Some(failure.cause), Some(&failure.evidence));
    let (id, health) = (on.id, Health::Checking);
    channel_grants::set_condition(conn, on.workspace, id, health, why, said, Some(at), now)?;
    if !is_doubted(condition) {
        let detail = json!({ "cause": failure.cause });
        trouble::line(conn, ids, channel, "doubted", detail, now)?;
    }
    Ok(())
}

/// Whether it is not known how this login is, for a reason.
pub(crate) fn is_doubted(condition: &Condition) -> bool {
    condition.health == Health::Waiting
        || condition.health == Health::Checking && condition.cause.is_some()
}

/// The answer as it is shown while the app's breaker is open: where it has no cause of its own, the breaker's.
fn as_of(open: Option<&BreakerRow>, failure: &Failure) -> Failure {
    let mut failure = failure.clone();
    if let Some(open) = open
        && failure.cause == Cause::Unknown
    {
        failure.cause = match open.cause {
            Cause::Unknown => Cause::PlatformOutage,
            known => known,
        };
    }
    failure
}
