//! One step of a delivery: the fence, the call, and what came of it.

use domain::delivery::{Stage, State, Step};
use domain::health::Evidence;
use domain::ids::{AttemptId, StepId};
use platforms::account::Target;
use platforms::call::Call;
use platforms::failure::{Failure, Sent};
use platforms::publish::{Effect, Outcome, Publish, StepPlan};
use serde_json::json;
use storage::deliveries::Advance;
use storage::ledger::{self, NewStep, StepState};

use super::fresh::{Fresh, fresh};
use super::work::Work;
use super::{Moved, failed, record};
use crate::breakage::{Breakage, is_made};
use crate::cx::{Cx, Held};
use crate::error::{Error, Result};
use crate::login::Login;
use crate::moves;

/// The name of an effect in the ledger.
pub(super) const fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Unseen => "unseen",
        Effect::Shows(_) => "shows",
        Effect::FollowUp => "follow_up",
    }
}

pub(super) async fn act(cx: &Cx, work: &mut Work, held: Held, plan: &StepPlan) -> Result<Moved> {
    let Some(rows) = work.login.clone() else {
        if !work.shown() {
            return Err(Error::Missing("login of a delivery that is sent"));
        }
        // It is out; without a login nothing more becomes known of it.
        let known = work.published();
        return record::finish(cx, work, held, known)
            .await
            .map(|()| Moved::Away);
    };
    let login = match fresh(cx, rows).await? {
        Fresh::Open(login) => login,
        Fresh::Later(at) => return record::wait(cx, work, held, at).await.map(|()| Moved::Away),
        // The next turn reads that the login has ended.
        Fresh::Ended => return Ok(Moved::On(held)),
    };
    if matches!(plan.effect, Effect::Shows(_)) {
        shows(cx, work, held, plan, &login).await
    } else {
        quiet(cx, work, held, plan, &login).await
    }
}

/// A step that nobody sees: repeated freely after a crash, so it needs no fence.
async fn quiet(cx: &Cx, work: &Work, held: Held, plan: &StepPlan, login: &Login) -> Result<Moved> {
    if !cx.still_holds(held) {
        return Ok(Moved::Away);
    }
    let begun_at = cx.now();
    match perform(cx, work, held, plan, login).await? {
        Ok(Outcome::Done(output)) => {
            record::quiet_done(cx, work, held, plan, output, begun_at).await
        }
        Ok(Outcome::Again { after_ms }) => {
            let at = domain::schedule::plus_ms(cx.now(), after_ms);
            record::again(cx, work, held, at).await
        }
        Ok(Outcome::Restart) if work.shown() => {
            // What shows is never begun again; what comes after it is tried a few times.
            let failure = Failure::passing(Sent::No, begin_again(plan));
            failed::quiet_failed(cx, work, held, plan, login, failure).await
        }
        Ok(Outcome::Restart) => failed::restart(cx, work, held).await,
        Err(failure) => failed::quiet_failed(cx, work, held, plan, login, failure).await,
    }
}

fn begin_again(plan: &StepPlan) -> Evidence {
    Evidence {
        operation: plan.name.clone(),
        message: "the post shows, and what was prepared for it is gone".to_owned(),
        mapped: true,
        ..Evidence::default()
    }
}

/// The step that shows the post: fence, lease, call, record.
async fn shows(
    cx: &Cx,
    work: &mut Work,
    held: Held,
    plan: &StepPlan,
    login: &Login,
) -> Result<Moved> {
    if is_made(Breakage::SentBeforeRecorded) {
        let came = perform(cx, work, held, plan, login).await?;
        let (step, held) = fence(cx, work, held, plan).await?;
        return recorded(cx, work, held, step, login, came).await;
    }
    let (step, held) = fence(cx, work, held, plan).await?;
    if !cx.still_holds(held) {
        return failed::not_sent(cx, work, held, step, None, cx.now()).await;
    }
    let came = perform(cx, work, held, plan, login).await?;
    recorded(cx, work, held, step, login, came).await
}

/// Writes what came of the call behind a fence.
async fn recorded(
    cx: &Cx,
    work: &mut Work,
    held: Held,
    step: StepId,
    login: &Login,
    came: std::result::Result<Outcome, Failure>,
) -> Result<Moved> {
    match came {
        Ok(Outcome::Done(output)) => record::shown(cx, work, held, step, output).await,
        Ok(Outcome::Again { after_ms }) => {
            record::platform_works(cx, work, held, step, after_ms).await
        }
        Ok(Outcome::Restart) => failed::used_up(cx, work, held, step).await,
        Err(failure) if failure.sent == Sent::Maybe => {
            failed::unclear(cx, work, held, step, login, failure).await
        }
        Err(failure) => failed::refused(cx, work, held, step, login, failure).await,
    }
}

/// Makes the fence durable: from here on, only looking can say that nothing was sent.
async fn fence(cx: &Cx, work: &mut Work, held: Held, plan: &StepPlan) -> Result<(StepId, Held)> {
    let (ids, now) = (cx.ids(), cx.now());
    let step: StepId = ids.make();
    let attempt = attempt_of(cx, work).await?;
    let (until, next) = cx.extend(held);
    let (mut row, lease, name, effect) = (
        work.row.clone(),
        held.lease,
        plan.name.clone(),
        effect_word(plan.effect),
    );
    let write = move |conn: &mut storage::Conn<'_>| {
        let advance = Advance {
            act_at: Some(now),
            tries: row.tries,
            keep_until: Some(until),
            ..Advance::default()
        };
        let steps: &[Step] = if row.state == State::Publishing(Stage::Sending) {
            &[]
        } else {
            &[Step::Send]
        };
        let happening = moves::Happening {
            kind: "sent",
            detail: json!({ "step": name }),
        };
        moves::go(
            conn, &ids, &mut row, lease, steps, &happening, &advance, now,
        )?;
        ledger::add(
            conn,
            &NewStep {
                id: step,
                workspace: row.workspace,
                delivery: row.id,
                attempt,
                name: &name,
                effect,
                state: if is_made(Breakage::FenceSkipped) {
                    StepState::Discarded
                } else {
                    StepState::Begun
                },
                output: None,
                evidence: None,
                fence: lease.fence,
                begun_at: now,
                ended_at: None,
            },
        )?;
        Ok(row)
    };
    work.row = cx.store.write("publish.fence", write).await?;
    Ok((step, next))
}

/// The try that stands open.
pub(super) async fn attempt_of(cx: &Cx, work: &Work) -> Result<AttemptId> {
    let (workspace, id) = (work.row.workspace, work.row.id);
    let attempts = cx
        .store
        .read("publish.attempts", move |conn| {
            ledger::attempts(conn, workspace, id)
        })
        .await?;
    attempts
        .last()
        .map(|attempt| attempt.id)
        .ok_or(Error::Missing("attempt of a delivery that is sent"))
}

async fn perform(
    cx: &Cx,
    work: &Work,
    held: Held,
    plan: &StepPlan,
    login: &Login,
) -> Result<std::result::Result<Outcome, Failure>> {
    let payload = work.payload.as_ref().ok_or(Error::Missing("payload"))?;
    let done = work.done();
    let target: Target<'_> = login.target();
    let publish = Publish {
        target: &target,
        payload,
        media: cx.pictures.as_ref(),
        done: &done,
        fenced_at: None,
        looks: 0,
    };
    let out = cx.while_held(held);
    let call = Call {
        out: &out,
        ..login.call(cx)
    };
    let _flight = cx.store.flight();
    Ok(login.rows.adapter()?.perform(&call, &publish, plan).await)
}
