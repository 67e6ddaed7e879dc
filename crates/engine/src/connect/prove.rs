//! The proof of a sign-in on one account, and what changes with it: only a sign-in that works takes the
//! place of an older one, and the older one stays in use as long as it lives.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::Standing;
use domain::grant::{Life, Verdict};
use domain::health::{Evidence, Health};
use domain::ids::WorkspaceId;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use platforms::account::Proof;
use platforms::failure::{About, Failure, Sent};
use storage::channel_grants::ChannelGrantRow;
use storage::{Conn, channel_grants, channels, grants, notices};

use super::give_back::in_use;
use super::{Joined, Proven, Result, Why};
use crate::cx::{Cx, Ids};
use crate::login::{self, LoginRows};
use crate::publish::fresh::{Fresh, fresh};
use crate::{trouble, watch};
use storage::delivery_of_channel;

/// How soon a proof that could not be made is tried again.
const LATER_MS: i64 = 2 * MINUTE_MS;

/// What the platform answered to the question whether this sign-in can post there.
pub(super) struct Answer {
    rows: LoginRows,
    /// A probe's answer; none where no living access token could be had now.
    said: Option<std::result::Result<Proof, Failure>>,
}

/// Asks the platform whether this sign-in can post to this account. `lacking` is what the list of
/// accounts said already: then nothing is asked.
pub(super) async fn ask(cx: &Cx, joined: &Joined, workspace: WorkspaceId) -> Result<Answer> {
    let (channel, on) = (joined.channel, joined.login);
    let read = cx.store.read("connect.prove", move |conn| {
        login::read(conn, workspace, channel, Some(on))
    });
    let rows = read.await?.ok_or(Why::NoLogin)?;
    if let Some(lacking) = &joined.lacking {
        let said = Some(Err(lacks(lacking.cause, &lacking.missing)));
        return Ok(Answer { rows, said });
    }
    let open = match fresh(cx, rows.clone()).await? {
        Fresh::Open(open) => open,
        Fresh::Later(_) | Fresh::Ended => return Ok(Answer { rows, said: None }),
    };
    let proof = open
        .rows
        .adapter()?
        .probe(&open.call(cx), &open.target())
        .await;
    Ok(Answer {
        rows: open.rows,
        said: Some(proof),
    })
}

/// A permission or role that is not there, as a platform's refusal.
fn lacks(cause: Cause, missing: &str) -> Failure {
    let evidence = Evidence {
        operation: "accounts".to_owned(),
        mapped: true,
        missing: Some(missing.to_owned()),
        ..Evidence::default()
    };
    Failure {
        cause,
        about: About::Channel,
        final_answer: true,
        sent: Sent::No,
        retry_after_ms: None,
        evidence,
    }
}

/// Records what the platform answered.
///
/// # Errors
/// When the database fails.
pub(super) fn record(
    conn: &mut Conn<'_>,
    ids: &Ids,
    answer: &Answer,
    now: Timestamp,
) -> storage::Result<Proven> {
    let rows = &answer.rows;
    retire_spares(conn, rows, now)?;
    match &answer.said {
        Some(Ok(proof)) if proof.missing.is_empty() => works(conn, ids, rows, proof, now),
        Some(Ok(proof)) => {
            let missing = proof.missing.join(", ");
            fails(
                conn,
                ids,
                rows,
                &lacks(Cause::PermissionRevoked, &missing),
                now,
            )
        }
        Some(Err(failure)) => fails(conn, ids, rows, failure, now),
        None => {
            let evidence = Evidence {
                operation: "renew".to_owned(),
                ..Evidence::default()
            };
            fails(conn, ids, rows, &Failure::passing(Sent::No, evidence), now)
        }
    }
}

fn works(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    proof: &Proof,
    now: Timestamp,
) -> storage::Result<Proven> {
    let (workspace, channel) = (rows.channel.workspace, rows.channel.id);
    let before = channel_grants::primary(conn, workspace, channel)?;
    let mut rows = rows.clone();
    if rows.on.standing != Standing::Primary {
        channel_grants::make_primary(conn, workspace, channel, rows.on.id)?;
        rows.on.standing = Standing::Primary;
    }
    if let Some(before) = before
        .as_ref()
        .filter(|before| before.grant != rows.grant.id)
    {
        mended(conn, ids, &rows, before, now)?;
        retire(conn, before, now)?;
    }
    let every = rows
        .adapter()
        .map_or(24 * HOUR_MS, |adapter| adapter.facts().probe_every_ms);
    watch::record_proof(conn, ids, &rows, proof, every, now)?;
    delivery_of_channel::wake_channel(conn, workspace, channel, now)?;
    channels::sync_now(conn, workspace, channel, now)?;
    Ok(Proven::Works)
}

/// A sign-in whose proof did not come through when it was made is proven now: it takes over from an older one, as it
/// would have then. False where it does not: it is in use, was proven before, or a newer one is in use.
///
/// # Errors
/// When the database fails.
pub(crate) fn take_over(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    proof: &Proof,
    now: Timestamp,
) -> storage::Result<bool> {
    let on = &rows.on;
    if on.standing == Standing::Primary || on.proven_at.is_some() {
        return Ok(false);
    }
    let primary = channel_grants::primary(conn, on.workspace, on.channel)?;
    if primary.is_some_and(|primary| primary.created_at > on.created_at) {
        return Ok(false);
    }
    retire_spares(conn, rows, now)?;
    works(conn, ids, rows, proof, now)?;
    Ok(true)
}

/// Another sign-in takes over: what waits for the login is woken, its notices say that it is well again.
fn mended(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    before: &ChannelGrantRow,
    now: Timestamp,
) -> storage::Result<()> {
    let was_well = before.condition.health == Health::Healthy;
    let told = !notices::of_channel(conn, rows.channel.workspace, rows.channel.id)?.is_empty();
    if was_well && !told {
        return Ok(());
    }
    trouble::restored(conn, ids, &rows.channel, now)
}

/// Earlier sign-ins of the same person through the same app stand in for nothing that this one does not: kept,
/// they would be renewed and proven for ever. Those that calls are made with stay.
fn retire_spares(conn: &mut Conn<'_>, rows: &LoginRows, now: Timestamp) -> storage::Result<()> {
    let (workspace, channel) = (rows.channel.workspace, rows.channel.id);
    for on in channel_grants::of_channel(conn, workspace, channel)? {
        if on.id == rows.on.id || on.standing == Standing::Primary {
            continue;
        }
        let same = grants::one(conn, workspace, on.grant)?
            .is_some_and(|old| old.person == rows.grant.person && old.app == rows.grant.app);
        if same {
            retire(conn, &on, now)?;
        }
    }
    Ok(())
}

/// The grant that calls were made with until now ends as superseded, unless another channel uses it.
fn retire(conn: &mut Conn<'_>, before: &ChannelGrantRow, now: Timestamp) -> storage::Result<()> {
    let Some(old) = grants::one(conn, before.workspace, before.grant)? else {
        return Ok(());
    };
    if in_use(conn, &old, before.channel)? || is_primary_elsewhere(conn, before)? {
        return Ok(());
    }
    if let Ok(next) = old.life.superseded(now) {
        grants::end_life(conn, &old, next, None)?;
        channel_grants::probe_later(conn, before.workspace, before.id, None)?;
    }
    Ok(())
}

/// Whether the calls of another channel are made with this grant, also of one that is unlinked: that can be undone.
fn is_primary_elsewhere(conn: &mut Conn<'_>, on: &ChannelGrantRow) -> storage::Result<bool> {
    let all = channel_grants::of_grant(conn, on.workspace, on.grant)?;
    Ok(all
        .iter()
        .any(|other| other.channel != on.channel && other.standing == Standing::Primary))
}

fn fails(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<Proven> {
    let (workspace, on) = (rows.channel.workspace, rows.on.id);
    // What calls are made with stays, as long as it lives. Else the new one says how things stand.
    if rows.on.standing == Standing::Spare && !has_living_primary(conn, rows)? {
        channel_grants::make_primary(conn, workspace, rows.channel.id, on)?;
    }
    let primary = channel_grants::one(conn, workspace, on)?
        .is_some_and(|on| on.standing == Standing::Primary);
    let (cause, evidence) = (failure.cause, failure.evidence.clone());
    if failure.verdict() == Verdict::Dead {
        trouble::end(conn, ids, &rows.grant, cause, &evidence, now)?;
        return Ok(Proven::Dead { cause, evidence });
    }
    if failure.limits() {
        if primary {
            trouble::apply(conn, ids, rows, failure, now)?;
        } else {
            let probe_at = Some(plus_ms(now, HOUR_MS));
            let (why, said) = (Some(cause), Some(&evidence));
            channel_grants::set_condition(
                conn,
                workspace,
                on,
                Health::Limited,
                why,
                said,
                probe_at,
                now,
            )?;
        }
        return Ok(Proven::Lacks { cause, evidence });
    }
    let wait = failure.retry_after_ms.unwrap_or(0).clamp(LATER_MS, HOUR_MS);
    channel_grants::probe_later(conn, workspace, on, Some(plus_ms(now, wait)))?;
    Ok(Proven::Later { evidence })
}

fn has_living_primary(conn: &mut Conn<'_>, rows: &LoginRows) -> storage::Result<bool> {
    let workspace = rows.channel.workspace;
    let Some(primary) = channel_grants::primary(conn, workspace, rows.channel.id)? else {
        return Ok(false);
    };
    let grant = grants::one(conn, workspace, primary.grant)?;
    Ok(grant.is_some_and(|grant| grant.life == Life::Live))
}
