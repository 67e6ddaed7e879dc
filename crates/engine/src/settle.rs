//! Settling: what became of a call without a clear answer. By looking, then by a person; never by
//! sending again blindly.

use domain::delivery::{State, Step};
use domain::notice::NoticeKind;
use domain::schedule::{HOUR_MS, MINUTE_MS, plus_ms};
use platforms::failure::Failure;
use platforms::publish::{Effect, Look, Next, Outcome, Publish, Published, StepDone, StepPlan};
use serde_json::json;
use storage::deliveries::{self, Advance, DeliveryRow, Taker};
use storage::ledger::{self, StepState};

use crate::cx::{Cx, Held};
use crate::error::{Error, Result};
use crate::login::Login;
use crate::moves::{self, Happening};
use crate::nudge::Task;
use crate::publish::fresh::{Fresh, fresh};
use crate::publish::out;
use crate::publish::work::Work;
use crate::reconciler::Report;
use crate::trouble;
use crate::unreadable::{self, What};
use storage::delivery_of_channel;

/// After so many looks without an answer a person is asked as well; looking goes on.
const LOOKS_ALONE: u32 = 4;

/// One run: takes uncertain deliveries whose next look is due, and looks.
///
/// # Errors
/// When the claim fails.
pub async fn step(cx: &Cx) -> Result<Report> {
    let (claim, ends_boot_ms) = cx.claim();
    let full = claim.limit;
    let write = move |conn: &mut storage::Conn<'_>| deliveries::claim(conn, Taker::Settle, &claim);
    let due = cx.store.write("settle.claim", write).await?;
    let count = due.taken();
    unreadable::tell(cx, What::Delivery, due.unreadable).await;
    let work = due.rows.into_iter().filter_map(|row| {
        let held = Held {
            lease: row.lease?,
            ends_boot_ms,
        };
        Some(async move { (row.id, settle(cx, row, held).await) })
    });
    let mut report = Report {
        done: 0,
        troubled: 0,
        more: count == full,
    };
    for (id, outcome) in crate::reconciler::all(work, cx.bounds.in_flight).await {
        match outcome {
            Ok(()) => report.done += 1,
            Err(error) if error.is_stale() => report.done += 1,
            Err(error) => {
                report.troubled += 1;
                tracing::warn!(delivery = %id, %error, "a delivery could not be settled");
            }
        }
    }
    Ok(report)
}

async fn settle(cx: &Cx, row: DeliveryRow, held: Held) -> Result<()> {
    let work = Work::load(cx, row).await?;
    if work.unsettled().is_none() && !work.shown() {
        // Between the claim and now this process stood still, and another has settled it.
        return Ok(());
    }
    if work.unread.is_some() {
        // What is to be looked for is not known any more: a person can still say.
        return cannot_look(cx, &work, held).await;
    }
    let rows = work.login.clone();
    let Some(rows) = rows.filter(crate::login::LoginRows::lives) else {
        return cannot_look(cx, &work, held).await;
    };
    match fresh(cx, rows).await? {
        Fresh::Open(login) => look(cx, &work, held, &login).await,
        Fresh::Later(at) => look_again(cx, &work, held, at, None).await,
        Fresh::Ended => cannot_look(cx, &work, held).await,
    }
}

async fn look(cx: &Cx, work: &Work, held: Held, login: &Login) -> Result<()> {
    let payload = work
        .payload
        .as_ref()
        .ok_or(Error::Missing("payload of an uncertain delivery"))?;
    let adapter = login.rows.adapter()?;
    let (done, target, call) = (work.done(), login.target(), login.call(cx));
    if let Some(step) = work.unsettled() {
        let Next::Step(plan) = adapter.next(payload, &done) else {
            return Err(Error::Missing("step that an uncertain delivery waits for"));
        };
        let row = work.row.clone();
        let taken = cx
            .store
            .read("settle.taken", move |conn| {
                delivery_of_channel::taken(conn, &row)
            })
            .await?;
        let publish = Publish {
            target: &target,
            payload,
            media: cx.pictures.as_ref(),
            done: &done,
            fenced_at: Some(step.begun_at),
            looks: step.looks,
        };
        let seen = match adapter.look(&call, &publish, &plan, &taken).await {
            Ok(Look::Happened(output)) => output,
            Ok(Look::DidNot) => return absent(cx, work, held, false).await,
            Ok(Look::DidNotAndUsedUp) => return absent(cx, work, held, true).await,
            Ok(Look::NotClear { after_ms }) => {
                let at = plus_ms(cx.now(), after_ms.max(wait_ms(step.looks)));
                return look_again(cx, work, held, at, None).await;
            }
            Err(failure) => {
                let at = plus_ms(
                    cx.now(),
                    wait_ms(step.looks).max(failure.retry_after_ms.unwrap_or(0)),
                );
                return look_again(cx, work, held, at, Some((login, failure))).await;
            }
        };
        return found(cx, work, held, login, step.id, plan, seen).await;
    }
    finish(cx, work, held, login, done).await
}

/// It was looked for, and it is out: that is durable first, then what follows is done as far as it goes.
///
/// # Errors
/// When the database fails, or the lease was lost.
pub(crate) async fn found(
    cx: &Cx,
    work: &Work,
    held: Held,
    login: &Login,
    step: domain::ids::StepId,
    plan: StepPlan,
    seen: serde_json::Value,
) -> Result<()> {
    happened(cx, work, held, step, seen.clone()).await?;
    let mut done = work.done();
    done.push(StepDone {
        name: plan.name,
        output: seen,
    });
    finish(cx, work, held, login, done).await
}

async fn finish(
    cx: &Cx,
    work: &Work,
    held: Held,
    login: &Login,
    done: Vec<StepDone>,
) -> Result<()> {
    let published = follow_up(cx, work, login, done).await?;
    let channel = work.channel.id;
    let (ids, mut row) = (cx.ids(), work.row.clone());
    let now = cx.now();
    let write = move |conn: &mut storage::Conn<'_>| {
        let (steps, kind) = Work::to_published(row.state);
        out(conn, &ids, &mut row, held, steps, kind, published, now)?;
        storage::channels::sync_now(conn, row.workspace, channel, now).map(|_| ())
    };
    cx.store.write("settle.found", write).await?;
    cx.nudges.nudge(Task::Sync);
    Ok(())
}

/// The wait before the next look: 5 s, doubling, an hour at the most.
fn wait_ms(looks: u32) -> i64 {
    5_000_i64
        .saturating_mul(1_i64 << looks.min(10))
        .min(HOUR_MS)
}

/// What the look showed is durable before anything follows. While it is scheduled a person may take it from under us:
/// then what they said stands.
async fn happened(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: domain::ids::StepId,
    output: serde_json::Value,
) -> Result<()> {
    let (row, now) = (work.row.clone(), cx.now());
    let (until, _) = cx.extend(held);
    let write = move |conn: &mut storage::Conn<'_>| {
        if row.state == State::Scheduled {
            let advance = Advance {
                act_at: row.act_at,
                tries: row.tries,
                keep_until: Some(until),
                ..Advance::default()
            };
            deliveries::advance(conn, &row, held.lease, row.state, &advance, now)?;
        }
        ledger::settle(
            conn,
            row.workspace,
            step,
            StepState::Done,
            Some(&output),
            None,
            now,
        )
    };
    cx.store.write("settle.happened", write).await?;
    Ok(())
}

/// What comes after the post, once each and as far as it goes: the post itself is out.
async fn follow_up(
    cx: &Cx,
    work: &Work,
    login: &Login,
    mut done: Vec<StepDone>,
) -> Result<Published> {
    let payload = work.payload.as_ref().ok_or(Error::Missing("payload"))?;
    let (adapter, target, call) = (login.rows.adapter()?, login.target(), login.call(cx));
    loop {
        let plan: StepPlan = match adapter.next(payload, &done) {
            Next::Done(published) => return Ok(published),
            Next::Step(plan) => plan,
        };
        let publish = Publish {
            target: &target,
            payload,
            media: cx.pictures.as_ref(),
            done: &done,
            fenced_at: None,
            looks: 0,
        };
        // Only what follows is ever called for here; what shows a post goes behind a fence.
        let came = match plan.effect {
            Effect::FollowUp => Some(adapter.perform(&call, &publish, &plan).await),
            Effect::Unseen | Effect::Shows(_) => None,
        };
        let output = match came {
            Some(Ok(Outcome::Done(output))) => output,
            _ => {
                let id = done
                    .iter()
                    .rev()
                    .find_map(|step| step.output.get("id")?.as_str().map(str::to_owned));
                return Ok(Published {
                    remote_id: id,
                    permalink: None,
                });
            }
        };
        done.push(StepDone {
            name: plan.name,
            output,
        });
    }
}

/// It certainly did not happen: back to the plan, where lateness is asked anew.
async fn absent(cx: &Cx, work: &Work, held: Held, used_up: bool) -> Result<()> {
    let (ids, mut row, now) = (cx.ids(), work.row.clone(), cx.now());
    let again_at = again_at(work, now);
    let write = move |conn: &mut storage::Conn<'_>| {
        ledger::found_absent(conn, row.workspace, row.id, now)?;
        if used_up {
            ledger::caught(conn, row.workspace, row.id)?;
        }
        let advance = Advance {
            act_at: Some(again_at),
            ..Advance::default()
        };
        let happening = Happening {
            kind: "absent",
            detail: json!({ "used_up": used_up }),
        };
        moves::go(
            conn,
            &ids,
            &mut row,
            held.lease,
            &[Step::FoundAbsent],
            &happening,
            &advance,
            now,
        )?;
        storage::notices::detach(conn, row.workspace, row.id, None, now)
    };
    cx.store.write("settle.absent", write).await?;
    cx.nudges.nudge(Task::Publish);
    Ok(())
}

/// When it is sent again. At once after the first time; a platform that answers unclearly every time, and
/// shows nothing, is left alone for longer each time: sending on would make a spam block worse.
fn again_at(work: &Work, now: domain::Timestamp) -> domain::Timestamp {
    let absent = work
        .steps
        .iter()
        .filter(|step| step.effect == "shows" && step.state == StepState::Discarded)
        .count();
    let Some(doublings) = absent.checked_sub(1) else {
        return now;
    };
    let wait_ms = MINUTE_MS << doublings.min(4);
    work.row.within_limit(plus_ms(now, wait_ms), now)
}

/// No clear answer yet: the look is counted; after some, a person is asked too.
async fn look_again(
    cx: &Cx,
    work: &Work,
    held: Held,
    at: domain::Timestamp,
    failed: Option<(&Login, Failure)>,
) -> Result<()> {
    let (ids, row, now) = (cx.ids(), work.row.clone(), cx.now());
    let step = work.unsettled().map(|step| (step.id, step.looks));
    let failed = failed.map(|(login, failure)| (login.rows.clone(), failure));
    let write = move |conn: &mut storage::Conn<'_>| {
        let evidence = failed.as_ref().map(|(_, failure)| &failure.evidence);
        if let Some((step, looks)) = step {
            ledger::looked(conn, row.workspace, step, evidence)?;
            if looks >= LOOKS_ALONE {
                moves::tell(conn, &ids, &row, NoticeKind::Uncertain, None, evidence, now)?;
            }
        }
        if let Some((login, failure)) = &failed {
            trouble::apply(conn, &ids, login, failure, now)?;
        }
        let advance = Advance {
            act_at: Some(at),
            tries: row.tries + 1,
            ..Advance::default()
        };
        deliveries::advance(conn, &row, held.lease, row.state, &advance, now)
    };
    cx.store.write("settle.look_again", write).await?;
    Ok(())
}

/// Without a login nobody can look: a person is told, and the next sign-in wakes it.
async fn cannot_look(cx: &Cx, work: &Work, held: Held) -> Result<()> {
    let (ids, row, now) = (cx.ids(), work.row.clone(), cx.now());
    let cause = work
        .login
        .as_ref()
        .and_then(|login| login.on.condition.cause);
    let unread = work.unread.clone();
    let write = move |conn: &mut storage::Conn<'_>| {
        let said = unread.as_ref();
        moves::tell(conn, &ids, &row, NoticeKind::Uncertain, cause, said, now)?;
        let advance = Advance {
            act_at: Some(plus_ms(now, 30 * MINUTE_MS)),
            tries: row.tries,
            ..Advance::default()
        };
        deliveries::advance(conn, &row, held.lease, row.state, &advance, now)
    };
    cx.store.write("settle.cannot_look", write).await?;
    Ok(())
}
