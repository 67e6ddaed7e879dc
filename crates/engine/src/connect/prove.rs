//! The proof of a sign-in on one account, and what changes with it: only a sign-in that works takes the
//! place of an older one, and the older one stays in use as long as it lives.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::{Consent, Standing};
use domain::grant::{Life, Verdict};
use domain::health::{Evidence, Health};
use domain::ids::WorkspaceId;
use domain::post::Maker;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use platforms::account::Proof;
use platforms::failure::{About, Failure, Sent};
use serde_json::json;
use storage::channel_grants::ChannelGrantRow;
use storage::{Conn, channel_grants, channels, grants, notices, spares};

use super::give_back::in_use;
use super::{Joined, Lacking, Proven, Result, Why};
use crate::cx::{Cx, Ids};
use crate::login::{self, LoginRows};
use crate::publish::fresh::{Fresh, fresh};
use crate::spares::could_help;
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
    // Boxed, as below: a sign-in is a deep journey, and unboxed each step lies on the stack of the one before.
    Box::pin(ask_of(cx, rows, joined.lacking.as_ref())).await
}

/// Asks the platform whether this sign-in can post there.
pub(super) async fn ask_of(cx: &Cx, rows: LoginRows, lacking: Option<&Lacking>) -> Result<Answer> {
    if let Some(lacking) = lacking {
        let said = Some(Err(lacks(lacking.cause, &lacking.missing)));
        return Ok(Answer { rows, said });
    }
    let open = match Box::pin(fresh(cx, rows.clone())).await? {
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

/// Records what the platform answered. A channel that is `relinked` by this sign-in goes on with it, whoever's was in
/// use before.
///
/// # Errors
/// When the database fails.
pub(super) fn record(
    conn: &mut Conn<'_>,
    ids: &Ids,
    answer: &Answer,
    relinked: bool,
    now: Timestamp,
) -> storage::Result<Proven> {
    let rows = &answer.rows;
    let stood_by = retire_spares(conn, rows, now)?;
    match &answer.said {
        Some(Ok(proof)) if proof.missing.is_empty() => {
            if !relinked && is_beside_another(conn, rows)? {
                let said = match stood_by {
                    Some(maker) => (Consent::StandsBy, maker),
                    None => (Consent::Asked, Maker::Rule),
                };
                return beside(conn, ids, rows, proof, said, now);
            }
            works(conn, ids, rows, proof, Before::Retired, now)
        }
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

/// Whether the channel has a sign-in of somebody else that lives and needs nobody: then a new one changes nothing
/// before whoever signed in was asked.
fn is_beside_another(conn: &mut Conn<'_>, rows: &LoginRows) -> storage::Result<bool> {
    let (workspace, channel) = (rows.channel.workspace, rows.channel.id);
    let on = channel_grants::one(conn, workspace, rows.on.id)?;
    if on.is_none_or(|on| on.standing == Standing::Primary) {
        return Ok(false);
    }
    let Some(primary) = channel_grants::primary(conn, workspace, channel)? else {
        return Ok(false);
    };
    let grant = grants::one(conn, workspace, primary.grant)?;
    Ok(!primary.condition.health.needs_person()
        && grant.is_some_and(|grant| grant.life == Life::Live && grant.person != rows.grant.person))
}

/// It works, and stays beside the one in use.
fn beside(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    proof: &Proof,
    (consent, maker): (Consent, Maker),
    now: Timestamp,
) -> storage::Result<Proven> {
    watch::record_proof(conn, ids, rows, proof, now)?;
    spares::say(conn, rows.on.workspace, rows.on.id, consent, maker, now)?;
    Ok(Proven::Works)
}

/// What becomes of the sign-in that was in use, where another takes its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before {
    /// It ends, unless another channel uses it.
    Retired,
    /// It stands by from now on, if it lives; somebody said so, or it is the rule.
    StandsBy(Maker),
}

/// A sign-in that was there is made the first, if it works.
///
/// # Errors
/// When the database fails.
pub(super) fn make_first(
    conn: &mut Conn<'_>,
    ids: &Ids,
    answer: &Answer,
    before: Before,
    now: Timestamp,
) -> storage::Result<Proven> {
    let rows = &answer.rows;
    let passing = |evidence| Failure::passing(Sent::No, evidence);
    let failure = match &answer.said {
        Some(Ok(proof)) if proof.missing.is_empty() => {
            return works(conn, ids, rows, proof, before, now);
        }
        Some(Ok(proof)) => lacks(Cause::PermissionRevoked, &proof.missing.join(", ")),
        Some(Err(failure)) => failure.clone(),
        None => passing(Evidence {
            operation: "renew".to_owned(),
            ..Evidence::default()
        }),
    };
    // The one in use stays: only what was found out about this one is written.
    let came = trouble::apply(conn, ids, rows, &failure, now)?;
    let (cause, evidence) = (failure.cause, failure.evidence.clone());
    Ok(match came {
        trouble::Came::Dead(cause) => Proven::Dead { cause, evidence },
        trouble::Came::Limited(_) => Proven::Lacks { cause, evidence },
        trouble::Came::Passing => Proven::Later { evidence },
    })
}

fn works(
    conn: &mut Conn<'_>,
    ids: &Ids,
    rows: &LoginRows,
    proof: &Proof,
    what_was: Before,
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
        match what_was {
            Before::Retired => retire(conn, before, now)?,
            Before::StandsBy(maker) => steps_back(conn, before, maker, now)?,
        }
    }
    watch::record_proof(conn, ids, &rows, proof, now)?;
    delivery_of_channel::wake_channel(conn, workspace, channel, now)?;
    channels::sync_now(conn, workspace, channel, now)?;
    Ok(Proven::Works)
}

/// The one that was in use stands by from now on, if it lives and somebody signed in for it here.
fn steps_back(
    conn: &mut Conn<'_>,
    before: &ChannelGrantRow,
    maker: Maker,
    now: Timestamp,
) -> storage::Result<()> {
    let grant = grants::one(conn, before.workspace, before.grant)?;
    if grant.is_some_and(|grant| grant.life == Life::Live) {
        let said = Consent::StandsBy;
        spares::say(conn, before.workspace, before.id, said, maker, now)?;
    }
    Ok(())
}

/// A spare was proven. It takes over from the one in use where that ended and this one stands by, or where its own
/// proof had not come through when it was made. False where it does not: it is in use, or another one is well.
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
    let Some(on) = channel_grants::one(conn, rows.on.workspace, rows.on.id)? else {
        return Ok(false);
    };
    if on.standing == Standing::Primary {
        return Ok(false);
    }
    let primary = channel_grants::primary(conn, on.workspace, on.channel)?;
    match on.consent {
        Some(Consent::Asked | Consent::Removed) => Ok(false),
        Some(Consent::StandsBy) => {
            if !primary.is_none_or(|primary| could_help(&primary.condition)) {
                return Ok(false);
            }
            let detail = json!({ "person": rows.grant.person_name });
            trouble::line(conn, ids, &rows.channel, "took_over", detail, now)?;
            works(conn, ids, rows, proof, Before::StandsBy(Maker::Rule), now)?;
            Ok(true)
        }
        None if on.proven_at.is_some() => Ok(false),
        None if primary.is_some_and(|primary| primary.created_at > on.created_at) => Ok(false),
        None => {
            let stood_by = retire_spares(conn, rows, now)?;
            if is_beside_another(conn, rows)? {
                let said = match stood_by {
                    Some(maker) => (Consent::StandsBy, maker),
                    None => (Consent::Asked, Maker::Rule),
                };
                beside(conn, ids, rows, proof, said, now)?;
            } else {
                works(conn, ids, rows, proof, Before::Retired, now)?;
            }
            Ok(true)
        }
    }
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
/// If one of them stood by, who said so: this one does then.
fn retire_spares(
    conn: &mut Conn<'_>,
    rows: &LoginRows,
    now: Timestamp,
) -> storage::Result<Option<Maker>> {
    let (workspace, channel) = (rows.channel.workspace, rows.channel.id);
    let mut stood_by = None;
    for on in channel_grants::of_channel(conn, workspace, channel)? {
        if on.id == rows.on.id || on.standing == Standing::Primary {
            continue;
        }
        let same = grants::one(conn, workspace, on.grant)?
            .is_some_and(|old| old.person == rows.grant.person && old.app == rows.grant.app);
        if same {
            stood_by = stood_by.or(on
                .consent_by
                .filter(|_| on.consent == Some(Consent::StandsBy)));
            retire(conn, &on, now)?;
        }
    }
    Ok(stood_by)
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
    trouble::remember(conn, &rows.on, &rows.grant, failure, now)?;
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
