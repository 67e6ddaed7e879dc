//! The watchdog: what must not be, and would otherwise go unseen. A login that nothing will renew, renewals
//! that are overdue, an app's breaker that nobody closes; and owners who are told that a platform has been in
//! trouble for long.

use domain::Timestamp;
use domain::breaker::DOUBTED_FOR_MS;
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use storage::channel_grants::{self, ChannelGrantRow};
use storage::grants::GrantRow;
use storage::{Conn, breakers, channels, grants};

use crate::cx::{Cx, Ids};
use crate::error::Result;
use crate::{doubt, trouble};

/// How often it looks.
const EVERY_MS: i64 = 10 * MINUTE_MS;
/// The most rows of one look.
const BATCH: usize = 200;
/// A renewal that was due so long ago is overdue: something keeps it from being tried.
const OVERDUE_MS: i64 = HOUR_MS;
/// Owners of posts that are due so soon hear that their platform is in trouble.
const SOON_MS: i64 = 2 * DAY_MS;
/// An open breaker of which nothing was heard for so long closes: the next answer opens it again.
const SILENT_MS: i64 = 2 * HOUR_MS;

/// One round; what was found and done.
///
/// # Errors
/// When the database fails.
pub(crate) async fn round(cx: &Cx) -> Result<u64> {
    let now = cx.now();
    let mut done = wake(cx, now).await?;
    if !cx.rounds.is_time(now, EVERY_MS) {
        return Ok(done);
    }
    done += renew_what_was_forgotten(cx, now).await?;
    tell_of_overdue(cx, now).await?;
    done += close_what_is_silent(cx, now).await?;
    done += tell_of_long_trouble(cx, now).await?;
    Ok(done)
}

/// Logins of an app that is well again are proven at once, not at their next moment.
async fn wake(cx: &Cx, now: Timestamp) -> Result<u64> {
    let closed = cx.store.read("watchdog.closed", breakers::to_wake).await?;
    let mut woken = 0;
    for (id, app) in closed {
        let write = move |conn: &mut Conn<'_>| breakers::wake(conn, id, app, now);
        woken += cx.store.write("watchdog.wake", write).await?;
    }
    Ok(woken)
}

async fn renew_what_was_forgotten(cx: &Cx, now: Timestamp) -> Result<u64> {
    let read = |conn: &mut Conn<'_>| grants::forgotten(conn, BATCH);
    let forgotten = cx.store.read("watchdog.forgotten", read).await?;
    let mut found = 0;
    // One that a renewal leaves without its next moment is renewed once a day, and not at every round.
    let rested = |grant: &GrantRow| ms_between(grant.fresh_since, now) >= DAY_MS;
    for grant in forgotten.into_iter().filter(rested) {
        found += 1;
        tracing::error!(grant = %grant.id, platform = %grant.platform,
            "a login had no moment at which it is renewed; it is renewed now");
        let write = move |conn: &mut Conn<'_>| {
            grants::renew_now(conn, grant.workspace, grant.id, now).map(|_| ())
        };
        cx.store.write("watchdog.renew", write).await?;
    }
    Ok(found)
}

async fn tell_of_overdue(cx: &Cx, now: Timestamp) -> Result<()> {
    let before = plus_ms(now, -OVERDUE_MS);
    let read = move |conn: &mut Conn<'_>| grants::overdue(conn, before);
    let overdue = cx.store.read("watchdog.overdue", read).await?;
    if overdue > 0 {
        tracing::error!(
            overdue,
            "logins are past their renewal by more than an hour: this program does not keep up, or another holds them"
        );
    }
    Ok(())
}

async fn close_what_is_silent(cx: &Cx, now: Timestamp) -> Result<u64> {
    let since = plus_ms(now, -SILENT_MS);
    let read = move |conn: &mut Conn<'_>| breakers::silent(conn, since);
    let silent = cx.store.read("watchdog.silent", read).await?;
    let found = silent.len() as u64;
    for app in silent {
        let write = move |conn: &mut Conn<'_>| doubt::close(conn, app, now);
        cx.store.write("watchdog.close", write).await?;
    }
    Ok(found)
}

/// Nothing for an owner to do; but posts are due soon, and nobody should find out afterwards.
async fn tell_of_long_trouble(cx: &Cx, now: Timestamp) -> Result<u64> {
    let (since, until) = (plus_ms(now, -DOUBTED_FOR_MS), plus_ms(now, SOON_MS));
    let read =
        move |conn: &mut Conn<'_>| channel_grants::waiting_long(conn, since, (now, until), BATCH);
    let waiting = cx.store.read("watchdog.waiting", read).await?;
    let found = waiting.len() as u64;
    for on in waiting {
        let ids = cx.ids();
        let write = move |conn: &mut Conn<'_>| tell(conn, &ids, &on, now);
        cx.store.write("watchdog.tell", write).await?;
    }
    Ok(found)
}

fn tell(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    now: Timestamp,
) -> storage::Result<()> {
    let Some(channel) = channels::one(conn, on.workspace, on.channel)? else {
        return Ok(());
    };
    let (Some(cause), Some(evidence)) = (on.condition.cause, &on.condition.evidence) else {
        return Ok(());
    };
    let kind = NoticeKind::Waiting;
    trouble::notice(conn, ids, &channel, kind, cause, evidence, now)
}
