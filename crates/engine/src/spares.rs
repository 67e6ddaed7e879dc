//! Sign-ins that stand by: when the one in use ends, they are proven at once, and the first that works takes over.
//! While one of them is still to be asked nobody is called for; when none works, the notice says so after all.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Consent, Link, Standing};
use domain::health::{Condition, Health};
use storage::channel_grants::{self, ChannelGrantRow};
use storage::channels::{self, ChannelRow};
use storage::{Conn, grants, notices, spares};

use crate::cx::Ids;
use crate::trouble;

/// Whether another person's sign-in could do what this one cannot: it ended, or this person lacks a permission or
/// a role. What is wrong with the account itself is wrong for everybody.
pub(crate) fn could_help(condition: &Condition) -> bool {
    match (condition.health, condition.cause) {
        (Health::NeedsRefresh, cause) => cause != Some(Cause::AccountDeleted),
        (Health::Limited, cause) => {
            matches!(cause, Some(Cause::PermissionRevoked | Cause::LostAdminRole))
        }
        _ => false,
    }
}

/// The one in use is not well: those that stand by are proven at once. False where there is none that could help.
///
/// # Errors
/// When the database fails.
pub(crate) fn call_in(
    conn: &mut Conn<'_>,
    channel: &ChannelRow,
    now: Timestamp,
) -> storage::Result<bool> {
    let primary = channel_grants::primary(conn, channel.workspace, channel.id)?;
    if channel.link == Link::Unlinked || !primary.is_some_and(|on| could_help(&on.condition)) {
        return Ok(false);
    }
    let ready = spares::ready(conn, channel.workspace, channel.id)?;
    for on in &ready {
        channel_grants::probe_later(conn, on.workspace, on.id, Some(now))?;
    }
    Ok(!ready.is_empty())
}

/// One that stands by ended: a line in the timeline says so, for it can take over from nothing now.
///
/// # Errors
/// When the database fails.
pub(crate) fn ended(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    cause: Cause,
    now: Timestamp,
) -> storage::Result<()> {
    let channel = channels::one(conn, on.workspace, on.channel)?;
    let (Some(Consent::StandsBy), Some(channel)) = (on.consent, channel) else {
        return Ok(());
    };
    let person = grants::one(conn, on.workspace, on.grant)?.map(|grant| grant.person_name);
    let detail = serde_json::json!({ "cause": cause, "person": person });
    trouble::line(conn, ids, &channel, "spare_ended", detail, now)?;
    does_not_help(conn, ids, on, now)
}

/// One that was to take over could not be proven. When no other is still to be asked, a person is called for.
///
/// # Errors
/// When the database fails.
pub(crate) fn does_not_help(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    now: Timestamp,
) -> storage::Result<()> {
    if on.standing == Standing::Primary || on.consent.is_none() {
        return Ok(());
    }
    let (workspace, id) = (on.workspace, on.channel);
    let Some(channel) = channels::one(conn, workspace, id)? else {
        return Ok(());
    };
    let Some(primary) = channel_grants::primary(conn, workspace, id)? else {
        return Ok(());
    };
    let Condition {
        health,
        cause: Some(cause),
        evidence,
        ..
    } = &primary.condition
    else {
        return Ok(());
    };
    if channel.link == Link::Unlinked || !could_help(&primary.condition) {
        return Ok(());
    }
    let next =
        |other: &ChannelGrantRow| other.id != on.id && other.probe_at.is_some_and(|at| at <= now);
    if spares::ready(conn, workspace, id)?.iter().any(next) {
        return Ok(());
    }
    // Told once: a notice that is open grows by itself.
    let open = notices::of_channel(conn, workspace, id)?;
    if open
        .iter()
        .any(|notice| notice.cause == Some(*cause) && notice.kind.needs_person())
    {
        return Ok(());
    }
    let evidence = evidence.clone().unwrap_or_default();
    trouble::tell(conn, ids, &channel, *health, *cause, &evidence, now)
}
