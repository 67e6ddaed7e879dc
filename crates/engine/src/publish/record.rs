//! What came of a piece of work that went on as planned, written in one transaction each: state, ledger,
//! history, notice. What did not go well is in `failed.rs`.

use domain::Timestamp;
use domain::cause::Cause;
use domain::delivery::{Reason, Stage, State, Step};
use domain::ids::StepId;
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, plus_ms};
use platforms::publish::{Published, StepPlan};
use serde_json::{Value as Json, json};
use storage::deliveries::{self, Advance, DeliveryRow};
use storage::delivery_events::{self, DeliveryEvent};
use storage::ledger::{self, NewStep, StepState};
use storage::{Conn, channels, notices};

use super::work::Work;
use super::{Moved, act};
use crate::cx::{Cx, Held, Ids};
use crate::error::Result;
use crate::moves::{self, Happening};
use crate::nudge::Task;
use crate::{doubt, watch};
use storage::delivery_of_channel;

/// How long a person has to say that they posted by hand.
const REMINDER_MS: i64 = DAY_MS;
/// Writes one change of a delivery; every function below is a use of it.
pub(super) async fn write<T, F>(cx: &Cx, name: &'static str, work: &Work, f: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn<'_>, &Ids, &mut DeliveryRow, Timestamp) -> storage::Result<T>
        + Send
        + 'static,
{
    let (ids, now, mut row) = (cx.ids(), cx.now(), work.row.clone());
    Ok(cx
        .store
        .write(name, move |conn| f(conn, &ids, &mut row, now))
        .await?)
}

/// Nothing before `at`; the lease is freed. Where nothing was sent it does not wait beyond the moment at which it is too
/// late, whatever a platform asks.
pub(super) async fn wait(cx: &Cx, work: &Work, held: Held, at: Timestamp) -> Result<()> {
    let (row, now) = (work.row.clone(), cx.now());
    let at = match row.state {
        State::Scheduled | State::Publishing(Stage::Preparing) => row.within_limit(at, now),
        _ => at,
    };
    let write = move |conn: &mut Conn<'_>| {
        let advance = Advance {
            act_at: Some(at),
            tries: row.tries,
            ..Advance::default()
        };
        deliveries::advance(conn, &row, held.lease, row.state, &advance, now)
    };
    cx.store.write("publish.wait", write).await?;
    Ok(())
}

/// The platform works on something that nobody sees yet.
pub(super) async fn again(cx: &Cx, work: &Work, held: Held, at: Timestamp) -> Result<Moved> {
    wait(cx, work, held, at).await.map(|()| Moved::Away)
}

/// An earlier try with another content may still show: this one waits, and says so.
pub(super) async fn earlier_try(cx: &Cx, work: &Work, held: Held, at: Timestamp) -> Result<Moved> {
    write(
        cx,
        "publish.earlier_try",
        work,
        move |conn, ids, row, now| {
            let advance = Advance {
                act_at: Some(at),
                tries: row.tries,
                ..Advance::default()
            };
            let happening = Happening {
                kind: "earlier_try",
                detail: json!({}),
            };
            moves::go(conn, ids, row, held.lease, &[], &happening, &advance, now)
        },
    )
    .await?;
    Ok(Moved::Away)
}

/// It was looked for, without a clear answer: that is counted, and looked again then.
pub(super) async fn looked(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: StepId,
    at: Timestamp,
) -> Result<Moved> {
    write(cx, "publish.looked", work, move |conn, _, row, now| {
        ledger::looked(conn, row.workspace, step, None)?;
        let advance = Advance {
            act_at: Some(at),
            tries: row.tries,
            ..Advance::default()
        };
        deliveries::advance(conn, row, held.lease, row.state, &advance, now)
    })
    .await?;
    Ok(Moved::Away)
}

pub(super) async fn miss(cx: &Cx, work: &Work, held: Held, reason: Reason) -> Result<()> {
    let condition = work.login.as_ref().map(|login| login.on.condition.clone());
    let about_login = matches!(reason, Reason::LoginDead | Reason::PermissionMissing);
    let why = moves::Held {
        cause: condition
            .as_ref()
            .filter(|_| about_login)
            .and_then(|condition| condition.cause),
        evidence: condition
            .and_then(|condition| condition.evidence)
            .filter(|_| about_login),
    };
    write(cx, "publish.miss", work, move |conn, ids, row, now| {
        let (reason, why) = match why_too_late(conn, row, reason)? {
            Some(known) => known,
            None => (reason, why),
        };
        moves::miss(conn, ids, row, held.lease, reason, &why, now)
    })
    .await
}

/// What made a delivery too late, where its history says so: the last answer of the platform since it was planned for
/// this hour that was a refusal, or so unclear that it had to be looked for. The login itself may be well by now.
fn why_too_late(
    conn: &mut Conn<'_>,
    row: &DeliveryRow,
    reason: Reason,
) -> storage::Result<Option<(Reason, moves::Held)>> {
    if reason != Reason::TooLate {
        return Ok(None);
    }
    let history = delivery_events::of_delivery(conn, row.workspace, row.id)?;
    let since = history.iter().rev().take_while(|line| !is_planning(line));
    let mut answers = since.filter(|line| matches!(line.kind.as_str(), "retry" | "unclear"));
    let said = answers.find_map(|line| {
        let cause: Cause = line.detail.get("cause")?.as_str()?.parse().ok()?;
        let evidence = line.detail.get("evidence").cloned()?;
        Some((cause, serde_json::from_value(evidence).ok()))
    });
    Ok(said.map(|(cause, evidence)| {
        let reason = match cause {
            Cause::RateLimited => Reason::Quota,
            cause if cause.waits_out() => Reason::PlatformDown,
            _ => reason,
        };
        let cause = Some(cause);
        (reason, moves::Held { cause, evidence })
    }))
}

fn is_planning(line: &DeliveryEvent) -> bool {
    matches!(line.kind.as_str(), "planned" | "moved" | "edited")
}

pub(super) async fn remind(cx: &Cx, work: &Work, held: Held) -> Result<()> {
    write(cx, "publish.remind", work, move |conn, ids, row, now| {
        let advance = Advance {
            act_at: Some(plus_ms(now, REMINDER_MS)),
            ..Advance::default()
        };
        let steps: &[Step] = match row.state {
            State::Publishing(_) => &[Step::NotSent, Step::Remind],
            _ => &[Step::Remind],
        };
        let happening = Happening {
            kind: "reminded",
            detail: json!({}),
        };
        moves::go(conn, ids, row, held.lease, steps, &happening, &advance, now)?;
        moves::tell(conn, ids, row, NoticeKind::Reminded, None, None, now)
    })
    .await
}

pub(super) async fn cancel(cx: &Cx, work: &Work, held: Held) -> Result<()> {
    write(cx, "publish.cancel", work, move |conn, ids, row, now| {
        let happening = Happening {
            kind: "canceled",
            detail: json!({}),
        };
        moves::go(
            conn,
            ids,
            row,
            held.lease,
            &[Step::Cancel],
            &happening,
            &Advance::default(),
            now,
        )?;
        ledger::discard(conn, row.workspace, row.id)?;
        ledger::end(conn, row.workspace, row.id, "canceled", now)
    })
    .await
}

/// A fence without an outcome: whoever wrote it has vanished. Settling looks; nothing is sent.
pub(super) async fn look_first(cx: &Cx, work: &Work, held: Held) -> Result<()> {
    write(
        cx,
        "publish.look_first",
        work,
        move |conn, ids, row, now| {
            let advance = Advance {
                act_at: Some(now),
                ..Advance::default()
            };
            let happening = Happening {
                kind: "unclear",
                detail: json!({ "why": "the program ended in mid-call" }),
            };
            moves::go(
                conn,
                ids,
                row,
                held.lease,
                &[Step::Unclear],
                &happening,
                &advance,
                now,
            )
        },
    )
    .await?;
    cx.nudges.nudge(Task::Settle);
    Ok(())
}

pub(super) async fn finish(cx: &Cx, work: &Work, held: Held, published: Published) -> Result<()> {
    let channel = work.channel.id;
    write(cx, "publish.finish", work, move |conn, ids, row, now| {
        let (steps, kind) = Work::to_published(row.state);
        out(conn, ids, row, held, steps, kind, published, now)?;
        channels::sync_now(conn, row.workspace, channel, now).map(|_| ())
    })
    .await?;
    cx.nudges.nudge(Task::Sync);
    Ok(())
}

/// The post is out, by whatever way that became known. One remote post settles one delivery.
#[expect(
    clippy::too_many_arguments,
    reason = "one change with its evidence; grouping would only rename it"
)]
pub(crate) fn out(
    conn: &mut Conn<'_>,
    ids: &Ids,
    row: &mut DeliveryRow,
    held: Held,
    steps: &[Step],
    kind: &str,
    published: Published,
    now: Timestamp,
) -> storage::Result<()> {
    let Published {
        mut remote_id,
        mut permalink,
    } = published;
    let mut detail = json!({});
    if let Some(id) = &remote_id
        && delivery_of_channel::is_taken(conn, row, id)?
    {
        // The address would lead to the other delivery's post.
        detail["why"] =
            json!("the platform answered with another post that is known here, so no link is kept");
        (remote_id, permalink) = (None, None);
    }
    detail["remote_id"] = json!(remote_id);
    detail["permalink"] = json!(permalink);
    let advance = Advance {
        remote_id,
        permalink,
        published_at: Some(now),
        ..Advance::default()
    };
    moves::go(
        conn,
        ids,
        row,
        held.lease,
        steps,
        &Happening { kind, detail },
        &advance,
        now,
    )?;
    ledger::end(conn, row.workspace, row.id, "published", now)?;
    notices::detach(conn, row.workspace, row.id, None, now)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row of the ledger; grouping would only rename its columns"
)]
pub(super) fn new_step<'a>(
    ids: &Ids,
    row: &DeliveryRow,
    attempt: domain::ids::AttemptId,
    plan: &'a StepPlan,
    state: StepState,
    fence: i64,
    begun_at: Timestamp,
    now: Timestamp,
) -> NewStep<'a> {
    NewStep {
        id: ids.make(),
        workspace: row.workspace,
        delivery: row.id,
        attempt,
        name: &plan.name,
        effect: act::effect_word(plan.effect),
        state,
        output: None,
        evidence: None,
        fence,
        begun_at,
        ended_at: Some(now),
    }
}

pub(super) async fn quiet_done(
    cx: &Cx,
    work: &Work,
    held: Held,
    plan: &StepPlan,
    output: Json,
    begun_at: Timestamp,
) -> Result<Moved> {
    let attempt = act::attempt_of(cx, work).await?;
    let (until, next) = cx.extend(held);
    let plan = plan.clone();
    write(cx, "publish.step", work, move |conn, ids, row, now| {
        let advance = Advance {
            act_at: Some(now),
            keep_until: Some(until),
            ..Advance::default()
        };
        deliveries::advance(conn, row, held.lease, row.state, &advance, now)?;
        let step = new_step(
            ids,
            row,
            attempt,
            &plan,
            StepState::Done,
            held.lease.fence,
            begun_at,
            now,
        );
        ledger::add(
            conn,
            &NewStep {
                output: Some(&output),
                ..step
            },
        )
    })
    .await?;
    Ok(Moved::On(next))
}

pub(super) async fn shown(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: StepId,
    output: Json,
) -> Result<Moved> {
    let (until, next) = cx.extend(held);
    let doubted = work
        .login
        .clone()
        .filter(|login| doubt::is_doubted(&login.on.condition));
    let proves = doubted.is_some();
    write(cx, "publish.shown", work, move |conn, ids, row, now| {
        ledger::settle(
            conn,
            row.workspace,
            step,
            StepState::Done,
            Some(&output),
            None,
            now,
        )?;
        if let Some(login) = &doubted {
            watch::sent(conn, ids, login, now)?;
        }
        let advance = Advance {
            act_at: Some(now),
            keep_until: Some(until),
            ..Advance::default()
        };
        let happening = Happening {
            kind: "shown",
            detail: json!({}),
        };
        moves::go(
            conn,
            ids,
            row,
            held.lease,
            &[Step::Shown],
            &happening,
            &advance,
            now,
        )
    })
    .await?;
    if proves {
        watch::wake(cx);
    }
    Ok(Moved::On(next))
}

/// The platform took the call and works on it: it has answered, so only looking may go on from here.
pub(super) async fn platform_works(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: StepId,
    after_ms: i64,
) -> Result<Moved> {
    write(
        cx,
        "publish.platform_works",
        work,
        move |conn, ids, row, now| {
            ledger::settle(
                conn,
                row.workspace,
                step,
                StepState::Unclear,
                None,
                None,
                now,
            )?;
            let advance = Advance {
                act_at: Some(plus_ms(now, after_ms)),
                ..Advance::default()
            };
            let happening = Happening {
                kind: "waiting",
                detail: json!({}),
            };
            moves::go(
                conn,
                ids,
                row,
                held.lease,
                &[Step::PlatformWorks],
                &happening,
                &advance,
                now,
            )
        },
    )
    .await?;
    Ok(Moved::Away)
}
