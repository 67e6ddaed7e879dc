//! Ends that are known ahead: announced in time and believed when they are reached, by the product clock
//! alone. Whether the platform answers meanwhile changes nothing: each login has a moment of its own at which
//! its end is looked at (promise 5).

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Link, Standing};
use domain::health::Evidence;
use domain::horizon::{next_warning_at, warning_reached};
use domain::notice::NoticeKind;
use serde_json::json;
use storage::channel_grants::{self, EndDue};
use storage::notices::{self, NewNotice};
use storage::{Conn, delivery_of_channel};

use crate::cx::{Cx, Ids};
use crate::error::Result;
use crate::login::{self, LoginRows};
use crate::trouble;

/// The most ends of one run.
const BATCH: usize = 200;

/// Looks at the ends whose moment has come; how many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn look(cx: &Cx) -> Result<u64> {
    let now = cx.now();
    let due = cx
        .store
        .read("ends.due", move |conn| {
            channel_grants::announce_due(conn, now, BATCH)
        })
        .await?;
    let mut looked = 0;
    for one in due {
        let (ids, channel) = (cx.ids(), one.on.channel);
        let write = move |conn: &mut Conn<'_>| look_at(conn, &ids, &one, now);
        match cx.store.write("ends.look", write).await {
            Ok(()) => looked += 1,
            // Another node was quicker, or a proof has just changed it: it is found again.
            Err(storage::Error::Stale { .. }) => {}
            // One login that cannot be read must not hide the end of the next.
            Err(error @ storage::Error::Column { .. }) => {
                tracing::error!(%channel, %error, "the end of a login could not be looked at");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(looked)
}

fn look_at(conn: &mut Conn<'_>, ids: &Ids, due: &EndDue, now: Timestamp) -> storage::Result<()> {
    let (workspace, channel) = (due.on.workspace, due.on.channel);
    let concerns = |rows: &LoginRows| {
        rows.lives() && rows.channel.link == Link::Linked && rows.on.standing == Standing::Primary
    };
    let rows = login::read(conn, workspace, channel, Some(due.on.id))?.filter(concerns);
    let Some((rows, end)) = rows.and_then(|rows| rows.horizon().map(|end| (rows, end))) else {
        return channel_grants::announced(conn, due, None, false, now);
    };
    if end <= now {
        channel_grants::announced(conn, due, None, false, now)?;
        // The grant's own end is believed for all its channels at once, before this.
        return trouble::end_on_channel(conn, ids, &rows.on, Cause::LifespanEnded, &over(), now);
    }
    let begun = rows.grant.created_at;
    let (planned, _) = delivery_of_channel::planned(conn, workspace, channel)?;
    let reached = warning_reached(begun, end, planned > 0, now);
    let next = next_warning_at(begun, end, now);
    channel_grants::announced(conn, due, next, reached.is_some(), now)?;
    match reached {
        Some(days) => announce(conn, ids, &rows, end, days, now),
        None => Ok(()),
    }
}

/// Announces an end: once for each of the days of warning. One notice, which grows.
///
/// # Errors
/// When the database fails.
pub(crate) fn announce(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    end: Timestamp,
    days: i64,
    now: Timestamp,
) -> storage::Result<()> {
    let (workspace, detail) = (
        rows.channel.workspace,
        json!({ "end_at": end, "days": days }),
    );
    let open = notices::of_channel(conn, workspace, rows.channel.id)?;
    let told = |notice: &notices::NoticeRow| {
        notice.kind == NoticeKind::Expiring && notice.detail == detail
    };
    if open.iter().any(told) {
        return Ok(());
    }
    let new = NewNotice {
        id: ids.make(),
        workspace,
        social_set: rows.channel.social_set,
        kind: NoticeKind::Expiring,
        channel: Some(rows.channel.id),
        cause: Some(Cause::LifespanEnded),
        key: &format!("expiring:{}", rows.on.id),
        evidence: None,
        detail,
    };
    notices::open(conn, &new, now).map(|_| ())
}

/// The evidence of an end that the calendar shows.
pub(crate) fn over() -> Evidence {
    Evidence {
        operation: "mainstay.calendar".to_owned(),
        message: "the end that the platform gave for this sign-in is over".to_owned(),
        mapped: true,
        ..Evidence::default()
    }
}
