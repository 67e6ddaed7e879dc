//! What a platform's answer means for a login: dead, limited, or trouble that passes; and its recovery.
//! A state changes in one transaction with its line in the timeline and its notice.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Link, Standing};
use domain::grant::{Life, Mechanism, Verdict};
use domain::health::{Evidence, Health};
use domain::notice::NoticeKind;
use domain::post::Maker;
use domain::schedule::{HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use platforms::failure::{About, Failure, Sent};
use serde_json::json;
use storage::channel_grants::{self, ChannelGrantRow};
use storage::channels::{self, ChannelRow};
use storage::grants::{self, GrantRow};
use storage::notices::{self, NewNotice};
use storage::{Conn, answers, breakers, channel_events, renewals};

use crate::breakage::{Breakage, is_made};
use crate::connect;
use crate::cx::Ids;
use crate::doubt;
use crate::login::LoginRows;
use crate::spares;
use storage::delivery_of_channel;

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

/// How soon a limited login is probed again: a role may come back without a sign-in.
const LIMITED_PROBE_MS: i64 = HOUR_MS;

/// Applies a failed call to the login that it was made with: `login` as it was when it was opened for the
/// call, never as it is read afterwards. Its generation says which tokens were refused.
///
/// While a renewal of that very generation is under way, a refusal ends nothing: the platform may have ended
/// the old access token in favour of one whose answer is not durable yet, and an end written now would have
/// that answer thrown away. The renewal decides.
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
    remember(conn, &login.on, &login.grant, failure, now)?;
    if failure.verdict() == Verdict::Dead {
        let grant = &login.grant;
        let renewing = renewals::unanswered(conn, grant.id, grant.generation)?;
        if renewing && !is_made(Breakage::NoReread) {
            mint_next(conn, grant, now)?;
            return Ok(Came::Passing);
        }
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
        limit(conn, ids, &login.on, &login.channel, failure, now)?;
        return Ok(Came::Limited(failure.cause));
    }
    let on = (&login.on, &login.channel);
    if failure.says_nothing_of_login() {
        let open = doubt::weigh(conn, ids, &login.grant, failure, now)?;
        doubt::show(conn, ids, on, failure, open.as_ref(), None, now)?;
    } else if failure.cause.waits_out() {
        let asked = failure.retry_after_ms.unwrap_or(0);
        let probe_at = doubt::ask_again_at(&login.on.condition, asked, now);
        wait(conn, ids, on.0, on.1, failure, probe_at, now)?;
    }
    Ok(Came::Passing)
}

/// Keeps what the platform answered to a call that was made with this login, whatever follows from it: members see
/// the redacted line of it, admins the answer as it came. One that no table knows is counted.
///
/// # Errors
/// When the database fails.
pub(crate) fn remember(
    conn: &mut Conn<'_>,
    on: &ChannelGrantRow,
    grant: &GrantRow,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<()> {
    let (workspace, evidence) = (on.workspace, &failure.evidence);
    answers::keep(conn, workspace, on.id, failure.cause, evidence, now)?;
    if !evidence.mapped {
        answers::count_unmapped(conn, workspace, grant.platform, evidence, now)?;
    }
    Ok(())
}

/// The same of a call that was about the grant as a whole: each of its channels shows it, and it is counted once.
///
/// # Errors
/// When the database fails.
pub(crate) fn remember_of_grant(
    conn: &mut Conn<'_>,
    grant: &GrantRow,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<()> {
    let (workspace, evidence) = (grant.workspace, &failure.evidence);
    for on in channel_grants::of_grant(conn, workspace, grant.id)? {
        answers::keep(conn, workspace, on.id, failure.cause, evidence, now)?;
    }
    if !evidence.mapped {
        answers::count_unmapped(conn, workspace, grant.platform, evidence, now)?;
    }
    Ok(())
}

/// The platform is in trouble: the login waits, and is proven again at `probe_at`. One that waits for a
/// person goes on waiting for that.
///
/// # Errors
/// When the database fails.
pub(crate) fn wait(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    channel: &ChannelRow,
    failure: &Failure,
    probe_at: Timestamp,
    now: Timestamp,
) -> storage::Result<()> {
    // As it is now, not as it was when the call left.
    let before = channel_grants::one(conn, on.workspace, on.id)?.map(|on| on.condition.health);
    if before.is_none_or(Health::needs_person) {
        return Ok(());
    }
    let (cause, evidence) = (Some(failure.cause), Some(&failure.evidence));
    let changed = channel_grants::set_condition(
        conn,
        on.workspace,
        on.id,
        Health::Waiting,
        cause,
        evidence,
        Some(probe_at),
        now,
    )?;
    if !changed || before == Some(Health::Waiting) {
        return Ok(());
    }
    line(
        conn,
        ids,
        channel,
        "waiting",
        json!({ "cause": failure.cause }),
        now,
    )
}

/// Whether this is the platform's own word that the access token is over, while the login may well live.
/// Of a token that was just made it is something else: renewing once more would not help.
pub(crate) fn is_of_access_token(failure: &Failure, grant: &GrantRow, now: Timestamp) -> bool {
    failure.cause == Cause::LifespanEnded
        && !failure.final_answer
        && ms_between(grant.fresh_since, now) > MINUTE_MS
        && matches!(
            grant.mechanism,
            Mechanism::RefreshFixed | Mechanism::RefreshRotating
        )
}

/// The access token of this generation is refused: the grant is renewed next, unless it has been since.
///
/// # Errors
/// When the database fails.
pub(crate) fn mint_next(
    conn: &mut Conn<'_>,
    grant: &GrantRow,
    now: Timestamp,
) -> storage::Result<()> {
    let stored = grants::one(conn, grant.workspace, grant.id)?;
    if stored.is_some_and(|stored| stored.generation == grant.generation) {
        grants::renew_now(conn, grant.workspace, grant.id, now)?;
    }
    Ok(())
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
    if stored.generation != grant.generation && !is_made(Breakage::NoReread) {
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
    breakers::clear(conn, grant.id)?;
    for on in channel_grants::of_grant(conn, grant.workspace, grant.id)? {
        end_on_channel(conn, ids, &on, cause, evidence, now)?;
    }
    Ok(Came::Dead(cause))
}

/// The login ended on this channel; what it is elsewhere does not change.
///
/// # Errors
/// When the database fails.
pub(crate) fn end_on_channel(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> storage::Result<()> {
    let (workspace, health) = (on.workspace, Health::NeedsRefresh);
    if on.condition.health == health {
        // It was told when it was first seen, with the cause that was seen then.
        return Ok(());
    }
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
    if on.standing != Standing::Primary {
        return spares::ended(conn, ids, on, cause, now);
    }
    let Some(channel) = channels::one(conn, workspace, on.channel)? else {
        return Ok(());
    };
    let expected = cause == Cause::AppRemovedByUser && was_advised(conn, &channel)?;
    let detail = json!({ "cause": cause, "expected": expected });
    line(conn, ids, &channel, "ended", detail, now)?;
    if channel.link == Link::Unlinked || spares::call_in(conn, &channel, now)? || expected {
        // Nobody need mend the login of a channel that is not linked, or where another sign-in may take over;
        // and what we asked a person to do is no new trouble: the notice that is open goes on telling of the login.
        return Ok(());
    }
    tell(conn, ids, &channel, health, cause, evidence, now)
}

/// Calls for a person, in a notice: the login ended, or may not do what is needed.
///
/// # Errors
/// When the database fails.
pub(crate) fn tell(
    conn: &mut Conn<'_>,
    ids: &Ids,
    channel: &ChannelRow,
    health: Health,
    cause: Cause,
    evidence: &Evidence,
    now: Timestamp,
) -> storage::Result<()> {
    if health == Health::Limited {
        let kind = NoticeKind::Limited;
        return notice(conn, ids, channel, kind, cause, evidence, now);
    }
    // What was announced has come, and no outage matters any more: one notice tells of one cause.
    for open in notices::of_channel(conn, channel.workspace, channel.id)? {
        // One in which posts stand stays: each of them is told of in one open notice.
        if matches!(open.kind, NoticeKind::Expiring | NoticeKind::Waiting) && open.waiting == 0 {
            notices::close(conn, channel.workspace, open.id, now)?;
        }
    }
    let kind = NoticeKind::NeedsRefresh;
    notice(conn, ids, channel, kind, cause, evidence, now)
}

/// Whether a person was told to remove our app at the platform, because signing in failed twice in the same way,
/// while a notice about this very login is open.
fn was_advised(conn: &mut Conn<'_>, channel: &ChannelRow) -> storage::Result<bool> {
    let told = notices::of_channel(conn, channel.workspace, channel.id)?;
    let of_login = |kind| matches!(kind, NoticeKind::NeedsRefresh | NoticeKind::Limited);
    if !told.iter().any(|open| of_login(open.kind)) {
        return Ok(false);
    }
    let alike = connect::failed_alike(conn, channel.workspace, channel.id, None)?;
    Ok(alike.is_some())
}

/// The login lives, as far as anybody can tell, but may not do what is needed: it says so, with a notice.
///
/// # Errors
/// When the database fails.
pub(crate) fn limit(
    conn: &mut Conn<'_>,
    ids: &Ids,
    on: &ChannelGrantRow,
    channel: &ChannelRow,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<()> {
    let Some(on) = channel_grants::one(conn, on.workspace, on.id)? else {
        return Ok(());
    };
    let (cause, evidence, before) = (failure.cause, &failure.evidence, &on.condition);
    let probe_at = Some(plus_ms(now, LIMITED_PROBE_MS));
    let (workspace, id, health) = (on.workspace, on.id, Health::Limited);
    let (why, said) = (Some(cause), Some(evidence));
    let changed =
        channel_grants::set_condition(conn, workspace, id, health, why, said, probe_at, now)?;
    // Not where another call has found out meanwhile that it is over.
    if !changed || on.standing != Standing::Primary {
        return spares::does_not_help(conn, ids, &on, now);
    }
    if before.health != health || before.cause != Some(cause) {
        let detail = json!({ "cause": cause, "missing": evidence.missing });
        line(conn, ids, channel, "limited", detail, now)?;
    }
    if spares::call_in(conn, channel, now)? {
        return Ok(());
    }
    tell(conn, ids, channel, health, cause, evidence, now)
}

/// The secrets of a login do not open with the keys that this program has. Nothing is known against the
/// login itself: it is kept, says so, and is tried again; whoever runs the installation brings the key.
#[must_use]
pub(crate) fn locked(reason: &str) -> Failure {
    Failure {
        cause: Cause::AppMisconfigured,
        about: About::App,
        final_answer: false,
        sent: Sent::No,
        retry_after_ms: None,
        evidence: Evidence {
            operation: "mainstay.vault".to_owned(),
            message: format!(
                "the key that opens this login is missing; whoever runs this installation puts it back ({reason})"
            ),
            mapped: true,
            ..Evidence::default()
        },
    }
}

pub(crate) fn notice(
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
    delivery_of_channel::wake_channel(conn, channel.workspace, channel.id, now)?;
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
