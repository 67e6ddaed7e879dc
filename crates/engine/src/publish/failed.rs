//! What did not go well, written in one transaction each: refused, unclear, not sent, used up.

use domain::Timestamp;
use domain::delivery::{Reason, Stage, State, Step};
use domain::ids::StepId;
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, MINUTE_MS, plus_ms};
use platforms::failure::Failure;
use platforms::publish::{Published, StepPlan};
use serde_json::json;
use storage::Conn;
use storage::deliveries::{self, Advance, DeliveryRow};
use storage::ledger::{self, NewStep, StepState};

use super::work::Work;
use super::{Moved, act};
use crate::cx::{Cx, Held, Ids};
use crate::error::Result;
use crate::login::Login;
use crate::moves::{self, Happening};
use crate::nudge::Task;
use crate::trouble;

use super::record::{new_step, out, write};

/// How often what was prepared may be thrown away before the post counts as refused.
const MAX_RESTARTS: usize = 5;

/// The wait before another try after trouble that passes: 15 s, doubling, ten minutes at the most.
fn backoff_ms(tries: u32, asked_ms: Option<i64>) -> i64 {
    let doubled = 15_000_i64.saturating_mul(1_i64 << tries.min(6));
    doubled
        .min(10 * MINUTE_MS)
        .max(asked_ms.unwrap_or(0).min(DAY_MS))
}

/// A step that nobody sees failed: refused for good, a login in trouble, or trouble that passes.
pub(super) async fn quiet_failed(
    cx: &Cx,
    work: &Work,
    held: Held,
    plan: &StepPlan,
    login: &Login,
    failure: Failure,
) -> Result<Moved> {
    let attempt = act::attempt_of(cx, work).await?;
    let (plan, rows, shown) = (plan.clone(), login.rows.clone(), work.shown());
    let token_only = trouble::is_of_access_token(&failure, &login.rows.grant, cx.now());
    write(
        cx,
        "publish.step_failed",
        work,
        move |conn, ids, row, now| {
            let step = new_step(
                ids,
                row,
                attempt,
                &plan,
                StepState::Failed,
                held.lease.fence,
                now,
                now,
            );
            ledger::add(
                conn,
                &NewStep {
                    evidence: Some(&failure.evidence),
                    ..step
                },
            )?;
            if token_only {
                trouble::mint_next(conn, &rows.grant, now)?;
            }
            if shown {
                return follow_up_failed(conn, ids, row, held, &rows, &failure, now);
            }
            after_refusal(conn, ids, row, held, &rows, &failure, token_only, now)
        },
    )
    .await?;
    if token_only {
        cx.nudges.nudge(Task::Renew);
    }
    Ok(Moved::Away)
}

/// Nothing was sent, for certain. Says what becomes of the delivery.
#[expect(
    clippy::too_many_arguments,
    reason = "one change with its evidence; grouping would only rename it"
)]
fn after_refusal(
    conn: &mut Conn<'_>,
    ids: &Ids,
    row: &mut DeliveryRow,
    held: Held,
    rows: &crate::login::LoginRows,
    failure: &Failure,
    token_only: bool,
    now: Timestamp,
) -> storage::Result<()> {
    let evidence = serde_json::to_value(&failure.evidence).unwrap_or_default();
    if failure.rejects_post() {
        let happening = Happening {
            kind: "rejected",
            detail: json!({ "cause": failure.cause, "evidence": evidence }),
        };
        let steps: &[Step] = match row.state {
            State::Scheduled => &[Step::Begin, Step::Reject],
            _ => &[Step::Reject],
        };
        moves::go(
            conn,
            ids,
            row,
            held.lease,
            steps,
            &happening,
            &Advance::default(),
            now,
        )?;
        ledger::end(conn, row.workspace, row.id, "failed", now)?;
        return moves::tell(
            conn,
            ids,
            row,
            NoticeKind::Failed,
            Some(failure.cause),
            Some(&failure.evidence),
            now,
        );
    }
    let came = trouble::apply(conn, ids, rows, failure, now)?;
    let due_at = row.due_at.unwrap_or(now);
    let reason = match came {
        trouble::Came::Dead(cause) => Some((Reason::LoginDead, cause)),
        trouble::Came::Limited(cause) => Some((Reason::PermissionMissing, cause)),
        trouble::Came::Passing => None,
    };
    if let Some((reason, cause)) = reason
        && now >= due_at
    {
        let why = moves::Held {
            cause: Some(cause),
            evidence: Some(failure.evidence.clone()),
        };
        return moves::miss(conn, ids, row, held.lease, reason, &why, now);
    }
    let act_at = match reason {
        Some(_) => due_at,
        None if token_only => plus_ms(now, 1_000),
        None => row.within_limit(
            plus_ms(now, backoff_ms(row.tries, failure.retry_after_ms)),
            now,
        ),
    };
    let steps: &[Step] = match row.state {
        State::Publishing(Stage::Preparing) => &[],
        State::Publishing(_) => &[Step::NotSent],
        _ => &[],
    };
    let advance = Advance {
        act_at: Some(act_at),
        tries: row.tries + 1,
        ..Advance::default()
    };
    let happening = Happening {
        kind: "retry",
        detail: json!({ "cause": failure.cause, "evidence": evidence }),
    };
    moves::go(conn, ids, row, held.lease, steps, &happening, &advance, now)
}

/// The post shows; what comes after it failed. It is tried a few times, and then left as it is: the
/// post itself is never sent again.
fn follow_up_failed(
    conn: &mut Conn<'_>,
    ids: &Ids,
    row: &mut DeliveryRow,
    held: Held,
    rows: &crate::login::LoginRows,
    failure: &Failure,
    now: Timestamp,
) -> storage::Result<()> {
    trouble::apply(conn, ids, rows, failure, now)?;
    if row.tries >= 3 {
        let steps = ledger::steps(conn, row.workspace, row.id)?;
        let shown = steps
            .iter()
            .find(|step| step.effect == "shows" && step.state == StepState::Done);
        let remote_id =
            shown.and_then(|step| step.output.as_ref()?.get("id")?.as_str().map(str::to_owned));
        let published = Published {
            remote_id,
            permalink: None,
        };
        let (steps, kind) = Work::to_published(row.state);
        return out(conn, ids, row, held, steps, kind, published, now);
    }
    let act_at = plus_ms(now, backoff_ms(row.tries, failure.retry_after_ms));
    let advance = Advance {
        act_at: Some(act_at),
        tries: row.tries + 1,
        ..Advance::default()
    };
    deliveries::advance(conn, row, held.lease, row.state, &advance, now)
}

/// What was prepared is too old or used up: begin again with nothing done.
pub(super) async fn restart(cx: &Cx, work: &Work, held: Held) -> Result<Moved> {
    let (until, next) = cx.extend(held);
    let restarts = work
        .steps
        .iter()
        .filter(|step| step.state == StepState::Discarded)
        .count();
    let last = work.last_evidence().cloned();
    write(cx, "publish.restart", work, move |conn, ids, row, now| {
        ledger::begin_over(conn, row.workspace, row.id)?;
        if restarts > MAX_RESTARTS * 12 {
            let happening = Happening {
                kind: "rejected",
                detail: json!({ "why": "prepared again and again" }),
            };
            moves::go(
                conn,
                ids,
                row,
                held.lease,
                &[Step::Reject],
                &happening,
                &Advance::default(),
                now,
            )?;
            return moves::tell(conn, ids, row, NoticeKind::Failed, None, last.as_ref(), now);
        }
        let advance = Advance {
            act_at: Some(now),
            tries: row.tries,
            keep_until: Some(until),
            ..Advance::default()
        };
        deliveries::advance(conn, row, held.lease, row.state, &advance, now)
    })
    .await?;
    Ok(Moved::On(next))
}

/// The lease ended before the first byte left: nothing was sent.
pub(super) async fn not_sent(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: StepId,
    evidence: Option<domain::health::Evidence>,
    at: Timestamp,
) -> Result<Moved> {
    write(cx, "publish.not_sent", work, move |conn, ids, row, now| {
        ledger::settle(
            conn,
            row.workspace,
            step,
            StepState::Failed,
            None,
            evidence.as_ref(),
            now,
        )?;
        let advance = Advance {
            act_at: Some(at),
            tries: row.tries,
            ..Advance::default()
        };
        let happening = Happening {
            kind: "retry",
            detail: json!({ "why": "not sent" }),
        };
        moves::go(
            conn,
            ids,
            row,
            held.lease,
            &[Step::NotSent],
            &happening,
            &advance,
            now,
        )
    })
    .await?;
    Ok(Moved::Away)
}

/// The platform says that what was prepared is gone and nothing was shown.
pub(super) async fn used_up(cx: &Cx, work: &Work, held: Held, step: StepId) -> Result<Moved> {
    // What a straggler may still show is not left before the platform says that it is gone: begin looks.
    let tied = work.is_tied();
    write(cx, "publish.used_up", work, move |conn, ids, row, now| {
        ledger::settle(
            conn,
            row.workspace,
            step,
            StepState::Failed,
            None,
            None,
            now,
        )?;
        if !tied {
            ledger::begin_over(conn, row.workspace, row.id)?;
        }
        let advance = Advance {
            act_at: Some(now),
            tries: row.tries + 1,
            ..Advance::default()
        };
        let happening = Happening {
            kind: "retry",
            detail: json!({ "why": "what was prepared is gone" }),
        };
        moves::go(
            conn,
            ids,
            row,
            held.lease,
            &[Step::NotSent],
            &happening,
            &advance,
            now,
        )
    })
    .await?;
    Ok(Moved::Away)
}

/// Sent, and no clear answer: from now on, look.
pub(super) async fn unclear(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: StepId,
    login: &Login,
    failure: Failure,
) -> Result<Moved> {
    let rows = login.rows.clone();
    write(cx, "publish.unclear", work, move |conn, ids, row, now| {
        trouble::remember(conn, &rows.on, &rows.grant, &failure, now)?;
        ledger::settle(
            conn,
            row.workspace,
            step,
            StepState::Unclear,
            None,
            Some(&failure.evidence),
            now,
        )?;
        let advance = Advance {
            act_at: Some(now),
            ..Advance::default()
        };
        let detail = json!({ "cause": failure.cause, "evidence": failure.evidence });
        moves::go(
            conn,
            ids,
            row,
            held.lease,
            &[Step::Unclear],
            &Happening {
                kind: "unclear",
                detail,
            },
            &advance,
            now,
        )?;
        ledger::end(conn, row.workspace, row.id, "uncertain", now)
    })
    .await?;
    cx.nudges.nudge(Task::Settle);
    Ok(Moved::Away)
}

/// The platform refused the call that shows the post, in a documented way: nothing was sent.
pub(super) async fn refused(
    cx: &Cx,
    work: &Work,
    held: Held,
    step: StepId,
    login: &Login,
    failure: Failure,
) -> Result<Moved> {
    let rows = login.rows.clone();
    let token_only = trouble::is_of_access_token(&failure, &login.rows.grant, cx.now());
    write(cx, "publish.refused", work, move |conn, ids, row, now| {
        ledger::settle(
            conn,
            row.workspace,
            step,
            StepState::Failed,
            None,
            Some(&failure.evidence),
            now,
        )?;
        if token_only {
            trouble::mint_next(conn, &rows.grant, now)?;
        }
        after_refusal(conn, ids, row, held, &rows, &failure, token_only, now)
    })
    .await?;
    if token_only {
        cx.nudges.nudge(Task::Renew);
    }
    Ok(Moved::Away)
}

/// A picture cannot be made: only the author can mend that.
pub(super) async fn picture_gone(
    cx: &Cx,
    work: &Work,
    held: Held,
    sentence: &str,
) -> Result<Moved> {
    let evidence = domain::health::Evidence {
        operation: "mainstay.picture".to_owned(),
        message: sentence.to_owned(),
        mapped: true,
        ..Default::default()
    };
    write(
        cx,
        "publish.picture_gone",
        work,
        move |conn, ids, row, now| {
            let detail = json!({ "cause": "content_rejected", "evidence": evidence });
            let steps: &[Step] = if matches!(row.state, State::Publishing(_)) {
                &[Step::Reject]
            } else {
                &[Step::Begin, Step::Reject]
            };
            let happening = Happening {
                kind: "rejected",
                detail,
            };
            moves::go(
                conn,
                ids,
                row,
                held.lease,
                steps,
                &happening,
                &Advance::default(),
                now,
            )?;
            let cause = Some(domain::cause::Cause::ContentRejected);
            moves::tell(
                conn,
                ids,
                row,
                NoticeKind::Failed,
                cause,
                Some(&evidence),
                now,
            )
        },
    )
    .await?;
    Ok(Moved::Away)
}

/// What was frozen of it cannot be read. Nothing of it was sent; it is kept whole until a person plans it
/// again, which freezes it anew, or lets it go. By itself it is never frozen again: the payload may hold the
/// key by which an earlier try is found.
pub(super) async fn unread(
    cx: &Cx,
    work: &Work,
    held: Held,
    evidence: domain::health::Evidence,
) -> Result<()> {
    tracing::error!(delivery = %work.row.id, "{}", evidence.message);
    write(cx, "publish.unread", work, move |conn, ids, row, now| {
        let steps: &[Step] = if matches!(row.state, State::Publishing(_)) {
            &[Step::Reject]
        } else {
            &[Step::Begin, Step::Reject]
        };
        let happening = Happening {
            kind: "unreadable",
            detail: json!({ "why": evidence.message, "evidence": evidence }),
        };
        let advance = Advance::default();
        moves::go(conn, ids, row, held.lease, steps, &happening, &advance, now)?;
        ledger::end(conn, row.workspace, row.id, "failed", now)?;
        let kind = NoticeKind::Missed;
        moves::tell(conn, ids, row, kind, None, Some(&evidence), now)
    })
    .await
}
