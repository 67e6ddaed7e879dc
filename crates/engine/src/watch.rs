//! Watching: logins are proven by the cheapest call there is, ends that are over are believed. When ends are
//! announced is in `ends.rs`.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Link, Standing};
use domain::grant::{Ends, Life};
use domain::health::{Evidence, Health};
use domain::horizon::{horizon, warning_reached};
use domain::ids::{ChannelGrantId, WorkspaceId};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use platforms::account::Proof;
use platforms::failure::{About, Failure, Sent};
use storage::channel_grants::{self, ChannelGrantRow};
use storage::grants::GrantRow;
use storage::{Conn, answers, channels, grants};

use crate::connect::take_over;
use crate::cx::{Cx, Ids};
use crate::error::Result;
use crate::login::{self, Login, LoginRows};
use crate::nudge::Task;
use crate::publish::fresh::{Fresh, anew, fresh};
use crate::reconciler::Report;
use crate::renew;
use crate::unreadable::{self, What};
use crate::{doubt, ends, spares, trouble, watchdog};
use storage::delivery_of_channel;

/// The most grants whose end is over, of one run.
const ENDED: usize = 200;

/// One run: believes ends that are over, announces those that are near, then probes what is due.
///
/// # Errors
/// When the database fails.
pub async fn step(cx: &Cx) -> Result<Report> {
    let mut report = Report {
        done: watchdog::round(cx).await? + end_what_is_over(cx).await? + ends::look(cx).await?,
        ..Report::default()
    };
    let (claim, _) = cx.claim();
    let full = claim.limit;
    let due = cx
        .store
        .write("watch.claim", move |conn| {
            channel_grants::claim(conn, &claim)
        })
        .await?;
    report.more = due.taken() == full;
    unreadable::tell(cx, What::Login, due.unreadable).await;
    let work = due
        .rows
        .into_iter()
        .map(|on| async move { (on.channel, probe_row(cx, on).await) });
    for (channel, outcome) in crate::reconciler::all(work, cx.bounds.in_flight).await {
        match outcome {
            Ok(Probed::Well) => report.done += 1,
            Ok(_) => report.troubled += 1,
            Err(error) => {
                report.troubled += 1;
                tracing::warn!(%channel, %error, "a login could not be probed");
            }
        }
    }
    Ok(report)
}

async fn end_what_is_over(cx: &Cx) -> Result<u64> {
    let now = cx.now();
    let over = cx
        .store
        .read("watch.over", move |conn| grants::ended(conn, now, ENDED))
        .await?;
    let count = over.len() as u64;
    for grant in over {
        if outlives(cx, &grant).await? {
            continue;
        }
        let ids = cx.ids();
        let write = move |conn: &mut Conn<'_>| {
            trouble::end(conn, &ids, &grant, Cause::LifespanEnded, &ends::over(), now).map(|_| ())
        };
        cx.store.write("watch.end", write).await?;
    }
    Ok(count)
}

/// A grant whose end no platform named gets a last try: one that we concluded from a renewal which did not move it, or
/// that counts only because renewals fail.
async fn outlives(cx: &Cx, grant: &GrantRow) -> Result<bool> {
    let named = horizon(grant.mechanism, &grant.ends).is_some_and(|end| end <= cx.now());
    let concluded = grant.ends.absolute_by_renewal || !named;
    let (workspace, id) = (grant.workspace, grant.id);
    if !concluded {
        return Ok(false);
    }
    match renew::renew_one(cx, workspace, id).await {
        Ok(renew::Came::Renewed) => {}
        Ok(_) => return Ok(false),
        // One that cannot be tried must not keep the others' ends from being believed.
        Err(error) => {
            tracing::warn!(grant = %id, %error, "a last try could not be made");
            return Ok(false);
        }
    }
    let read = cx.store.read("watch.outlived", move |conn| {
        grants::one(conn, workspace, id)
    });
    let horizon = read.await?.map(|grant| grant.horizon);
    Ok(horizon.is_some_and(|end| end.is_none_or(|end| end > cx.now())))
}

/// What a probe showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// It can post there.
    Well,
    /// It cannot, for now or for good.
    Not(trouble::Came),
    /// It could not be asked now.
    Later(Timestamp),
}

async fn probe_row(cx: &Cx, on: ChannelGrantRow) -> Result<Probed> {
    let (workspace, channel, id) = (on.workspace, on.channel, on.id);
    let read = move |conn: &mut Conn<'_>| login::read(conn, workspace, channel, Some(id));
    match cx.store.read("watch.load", read).await? {
        Some(rows) if rows.lives() && rows.channel.link == Link::Linked => probe(cx, rows).await,
        rows => {
            let (ids, now) = (cx.ids(), cx.now());
            let write = move |conn: &mut Conn<'_>| {
                channel_grants::probe_later(conn, workspace, id, None)?;
                rows.map_or(Ok(()), |rows| is_over(conn, &ids, &rows, now))
            };
            cx.store.write("watch.rest", write).await?;
            Ok(Probed::Not(trouble::Came::Passing))
        }
    }
}

/// A channel that is linked must not go on with a sign-in that ended while it was not: it says so.
fn is_over(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    now: Timestamp,
) -> storage::Result<()> {
    let (cause, message) = match rows.grant.life {
        Life::Live => return Ok(()),
        Life::Dead { cause, .. } => (cause, "this sign-in has ended"),
        Life::Superseded { .. } => (
            Cause::SupersededByNewGrant,
            "a newer sign-in of the same person took its place, and this channel was not linked then",
        ),
        Life::Revoked { .. } => (
            Cause::AppRemovedByUser,
            "this sign-in was given back at the platform",
        ),
    };
    if rows.channel.link == Link::Unlinked || rows.on.standing != Standing::Primary {
        return Ok(());
    }
    let evidence = Evidence {
        operation: "mainstay.login".to_owned(),
        message: message.to_owned(),
        mapped: true,
        ..Evidence::default()
    };
    trouble::end_on_channel(conn, ids, &rows.on, cause, &evidence, now)
}

/// Probes a login on its channel and records what it showed. Where the platform refuses the access token
/// before its end, only a renewal shows whether the login itself has ended: it follows at once.
///
/// # Errors
/// When the database fails or a secret does not open.
pub async fn probe(cx: &Cx, rows: LoginRows) -> Result<Probed> {
    let (workspace, id) = (rows.on.workspace, rows.on.id);
    let mut login = match fresh(cx, rows).await? {
        Fresh::Open(login) => login,
        Fresh::Later(at) => return later(cx, workspace, id, at).await,
        Fresh::Ended => return stands(cx, workspace, id).await,
    };
    let mut outcome = ask(cx, &login).await?;
    if let Err(failure) = &outcome
        && trouble::is_of_access_token(failure, &login.rows.grant, cx.now())
    {
        login = match anew(cx, login.rows).await? {
            Fresh::Open(login) => login,
            Fresh::Later(at) => return later(cx, workspace, id, at).await,
            Fresh::Ended => return stands(cx, workspace, id).await,
        };
        outcome = ask(cx, &login).await?;
    }
    match outcome {
        Ok(proof) if proof.missing.is_empty() => proven(cx, &login, proof).await,
        Ok(proof) => refused(cx, &login, lacking(&proof)).await,
        Err(failure) => refused(cx, &login, failure).await,
    }
}

/// It could not be asked, and the store says why.
async fn stands(cx: &Cx, workspace: WorkspaceId, id: ChannelGrantId) -> Result<Probed> {
    let read = move |conn: &mut Conn<'_>| channel_grants::one(conn, workspace, id);
    let condition = cx
        .store
        .read("watch.stands", read)
        .await?
        .map(|on| on.condition);
    let cause = condition
        .as_ref()
        .and_then(|condition| condition.cause)
        .unwrap_or(Cause::Unknown);
    Ok(Probed::Not(match condition.map(|known| known.health) {
        Some(Health::Limited) => trouble::Came::Limited(cause),
        _ => trouble::Came::Dead(cause),
    }))
}

async fn ask(cx: &Cx, login: &Login) -> Result<std::result::Result<Proof, Failure>> {
    let (call, target) = (login.call(cx), login.target());
    Ok(login.rows.adapter()?.probe(&call, &target).await)
}

async fn later(
    cx: &Cx,
    workspace: WorkspaceId,
    id: ChannelGrantId,
    at: Timestamp,
) -> Result<Probed> {
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        channel_grants::probe_later(conn, workspace, id, Some(at))?;
        match channel_grants::one(conn, workspace, id)? {
            Some(on) => spares::does_not_help(conn, &ids, &on, now),
            None => Ok(()),
        }
    };
    cx.store.write("watch.later", write).await?;
    Ok(Probed::Later(at))
}

/// A probe that answered well but named what is missing: the login lives and may not post.
fn lacking(proof: &Proof) -> Failure {
    let missing = proof.missing.join(", ");
    Failure {
        cause: Cause::PermissionRevoked,
        about: About::Channel,
        final_answer: true,
        sent: Sent::No,
        retry_after_ms: None,
        evidence: Evidence {
            operation: "probe".to_owned(),
            http_status: 200,
            message: format!("missing: {missing}"),
            mapped: true,
            missing: Some(missing),
            ..Evidence::default()
        },
    }
}

async fn proven(cx: &Cx, login: &Login, proof: Proof) -> Result<Probed> {
    let (rows, ids, now) = (login.rows.clone(), cx.ids(), cx.now());
    let was = rows.on.condition.health;
    let write = move |conn: &mut Conn<'_>| {
        let grant = grants::one(conn, rows.grant.workspace, rows.grant.id)?;
        if grant.is_none_or(|grant| grant.life != Life::Live) {
            // Another call has found out meanwhile that it is over; the next look says so.
            channel_grants::probe_later(conn, rows.on.workspace, rows.on.id, Some(now))?;
            return Ok(false);
        }
        if !take_over(conn, &ids, &rows, &proof, now)? {
            record_proof(conn, &ids, &rows, &proof, now)?;
        }
        Ok(true)
    };
    if !cx.store.write("watch.proven", write).await? {
        return stands(cx, login.rows.on.workspace, login.rows.on.id).await;
    }
    if !matches!(was, Health::Healthy | Health::Expiring) {
        wake(cx);
    }
    Ok(Probed::Well)
}

/// What waited for a login was woken with it, in the store: it is seen to now.
pub(crate) fn wake(cx: &Cx) {
    for task in [Task::Publish, Task::Settle, Task::Sync, Task::Watch] {
        cx.nudges.nudge(task);
    }
}

/// A post went out through this login. Where it was not known how the login is, that is as good a proof as a probe.
///
/// # Errors
/// When the database fails.
pub(crate) fn sent(
    conn: &mut Conn<'_>,
    ids: &Ids,
    login: &LoginRows,
    now: Timestamp,
) -> storage::Result<()> {
    let (workspace, channel, id) = (login.on.workspace, login.channel.id, login.on.id);
    // As it is now, not as it was when the call left: what was found out meanwhile stands.
    let rows = login::read(conn, workspace, channel, Some(id))?;
    let doubted = |rows: &LoginRows| rows.lives() && doubt::is_doubted(&rows.on.condition);
    match rows.filter(doubted) {
        Some(rows) => record_proof(conn, ids, &rows, &Proof::default(), now),
        None => Ok(()),
    }
}

/// A probe of this very target went well: health, ends, next probe, and what a recovery wakes.
pub(crate) fn record_proof(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    proof: &Proof,
    now: Timestamp,
) -> storage::Result<()> {
    let ends = merge(rows.on.ends, proof.ends);
    let on_channel = horizon(rows.grant.mechanism, &ends);
    let end = [rows.grant.horizon, on_channel].into_iter().flatten().min();
    let (planned, _) = delivery_of_channel::planned(conn, rows.on.workspace, rows.channel.id)?;
    let warned = end.and_then(|end| warning_reached(rows.grant.created_at, end, planned > 0, now));
    let health = if warned.is_some() {
        Health::Expiring
    } else {
        Health::Healthy
    };
    let probe_at = next_probe(conn, rows, now)?;
    channel_grants::proven(
        conn,
        &rows.on,
        health,
        &ends,
        on_channel,
        Some(probe_at),
        now,
    )?;
    describe(conn, rows, proof)?;
    if doubt::is_doubted(&rows.on.condition) || rows.grant.tries > 0 {
        doubt::works(conn, &rows.grant, now)?;
    }
    let (workspace, platform) = (rows.on.workspace, rows.channel.platform);
    for puzzle in proof.aside.iter().filter(|answer| !answer.mapped) {
        answers::count_unmapped(conn, workspace, platform, puzzle, now)?;
    }
    if rows.on.standing != Standing::Primary {
        return Ok(());
    }
    let before = rows.on.condition.health;
    let no_longer_near = before == Health::Expiring && warned.is_none();
    let doubted = doubt::is_doubted(&rows.on.condition);
    if before.needs_person() || doubted || no_longer_near {
        trouble::restored(conn, ids, &rows.channel, now)?;
    }
    if let (Some(end), Some(days)) = (end, warned) {
        ends::announce(conn, ids, rows, end, days, now)?;
    }
    Ok(())
}

fn describe(conn: &mut Conn<'_>, rows: &LoginRows, proof: &Proof) -> storage::Result<()> {
    let channel = &rows.channel;
    let handle = proof.handle.as_deref().unwrap_or(&channel.handle);
    let name = proof.name.as_deref().unwrap_or(&channel.name);
    if handle == channel.handle && name == channel.name && proof.picture_url.is_none() {
        return Ok(());
    }
    channels::describe(
        conn,
        channel.workspace,
        channel.id,
        handle,
        name,
        proof.picture_url.as_deref(),
    )
}

fn merge(old: Ends, new: Ends) -> Ends {
    Ends {
        access_end: new.access_end.or(old.access_end),
        sliding_end: new.sliding_end.or(old.sliding_end),
        idle_limit_ms: new.idle_limit_ms.or(old.idle_limit_ms),
        absolute_end: new.absolute_end.or(old.absolute_end),
        data_access_end: new.data_access_end.or(old.data_access_end),
        absolute_by_renewal: old.absolute_by_renewal && new.absolute_end.is_none(),
    }
}

/// At the usual interval, but a day and an hour before a post is due.
fn next_probe(conn: &mut Conn<'_>, rows: &LoginRows, now: Timestamp) -> storage::Result<Timestamp> {
    let usual = rows.adapter().map(|adapter| adapter.facts().probe_every_ms);
    let mut at = plus_ms(now, usual.unwrap_or(DAY_MS));
    for due in delivery_of_channel::next_on_channel(conn, rows.channel.id, now)? {
        for before in [DAY_MS, HOUR_MS] {
            let moment = plus_ms(due, -before);
            if moment > plus_ms(now, MINUTE_MS) {
                at = at.min(moment);
            }
        }
    }
    Ok(at)
}

async fn refused(cx: &Cx, login: &Login, failure: Failure) -> Result<Probed> {
    let (rows, ids, now) = (login.rows.clone(), cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        let came = trouble::apply(conn, &ids, &rows, &failure, now)?;
        let (workspace, id) = (rows.on.workspace, rows.on.id);
        if came == trouble::Came::Passing
            && let Some(on) = channel_grants::one(conn, workspace, id)?
        {
            let asked = failure.retry_after_ms.unwrap_or(0);
            let probe_at = Some(doubt::ask_again_at(&on.condition, asked, now));
            channel_grants::probe_later(conn, workspace, id, probe_at)?;
            spares::does_not_help(conn, &ids, &rows.on, now)?;
        }
        Ok(came)
    };
    Ok(Probed::Not(cx.store.write("watch.refused", write).await?))
}
