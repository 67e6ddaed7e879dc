//! A try of which nobody was heard again: its call was looked for and was not there, but whoever had it in the hand
//! may only stand still (a suspended machine), and send it after all. So before the next try the platform is asked
//! once more, by what the first was made of; and as long as the first can still show the post, the next uses the same
//! key. Late beats twice: where it cannot, it waits until the first can do nothing more.
//!
//! Where a platform has no key, looking once more is all that can be done.

use domain::schedule::{MINUTE_MS, plus_ms};
use platforms::publish::{Effect, Look, Next, Payload, Publish, StepPlan};
use storage::delivery_of_channel;
use storage::ledger::StepRow;

use super::begin::{Before, anew, freeze, open};
use super::fresh::{Fresh, fresh};
use super::work::Work;
use super::{Moved, failed, record};
use crate::cx::{Cx, Held};
use crate::error::{Error, Result};
use crate::settle;

/// How soon it is asked again whether the first can still show the post.
const ASK_AGAIN_MS: i64 = 10 * MINUTE_MS;

/// Looks for the straggler behind `step`, which was made of `frozen`; then the next try begins, or waits.
pub(super) async fn begin(
    cx: &Cx,
    work: &Work,
    held: Held,
    frozen: &Payload,
    step: &StepRow,
) -> Result<Moved> {
    let rows = work
        .login
        .clone()
        .ok_or(Error::Missing("login of a delivery that begins"))?;
    let login = match fresh(cx, rows).await? {
        Fresh::Open(login) => login,
        Fresh::Later(at) => return record::again(cx, work, held, at).await,
        // The next turn reads that the login has ended.
        Fresh::Ended => return Ok(Moved::On(held)),
    };
    let (adapter, done) = (login.rows.adapter()?, work.done());
    let Next::Step(plan) = adapter.next(frozen, &done) else {
        return Err(Error::Missing("step that shows a post"));
    };
    if !matches!(plan.effect, Effect::Shows(_)) {
        // Prepared anew since: that was allowed only after the platform had let go of the first.
        return open(cx, work, held, frozen, Before::Kept).await;
    }
    let row = work.row.clone();
    let read = move |conn: &mut storage::Conn<'_>| delivery_of_channel::taken(conn, &row);
    let taken = cx.store.read("publish.taken", read).await?;
    let publish = Publish {
        target: &login.target(),
        payload: frozen,
        media: cx.pictures.as_ref(),
        done: &done,
        fenced_at: Some(step.begun_at),
        looks: step.looks,
    };
    let at = |after_ms: i64| plus_ms(cx.now(), after_ms.max(MINUTE_MS));
    match adapter.look(&login.call(cx), &publish, &plan, &taken).await {
        Ok(Look::Happened(seen)) => settle::found(cx, work, held, &login, step.id, plan, seen)
            .await
            .map(|()| Moved::Away),
        Ok(Look::DidNotAndUsedUp) => anew(cx, work, held, Before::Caught).await,
        Ok(Look::DidNot) => match freeze(cx, work).await? {
            Err(sentence) => failed::picture_gone(cx, work, held, &sentence).await,
            Ok(fresh) if work.is_tied() && !says_the_same(&fresh, frozen) => {
                record::earlier_try(cx, work, held, at(ASK_AGAIN_MS)).await
            }
            Ok(_) if work.is_tied() => open(cx, work, held, frozen, Before::Kept).await,
            Ok(fresh) => {
                let before = if says_the_same(&fresh, frozen) {
                    Before::Frozen
                } else {
                    Before::Over
                };
                let payload = Payload {
                    key: frozen.key.clone(),
                    ..fresh
                };
                open(cx, work, held, &payload, before).await
            }
        },
        Ok(Look::NotClear { after_ms }) => record::again(cx, work, held, at(after_ms)).await,
        Err(failure) => {
            let plan = StepPlan {
                effect: Effect::Unseen,
                ..plan
            };
            failed::quiet_failed(cx, work, held, &plan, &login, failure).await
        }
    }
}

/// Whether people would see the same.
fn says_the_same(one: &Payload, other: &Payload) -> bool {
    one.text == other.text && one.media == other.media
}
