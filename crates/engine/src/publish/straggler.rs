//! A try of which nobody was heard again: its call was looked for and was not there, but whoever had it in the hand
//! may only stand still (a suspended machine), and send it after all. So before the next try the platform is asked
//! once more, by what the first was made of; and as long as the first can still show the post, the next uses the same
//! key. Late beats twice: where it cannot, it waits until the first can do nothing more.
//!
//! Where a platform has no key, looking once more is all that can be done.

use domain::schedule::{MINUTE_MS, plus_ms};
use platforms::publish::{Effect, Look, Next, Payload, Publish, Settles, StepPlan};
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
/// Where there is no key, so many looks are all that can be done.
const LOOKS: u32 = 4;

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
    let plan = match adapter.next(frozen, &done) {
        Next::Step(plan) => plan,
        Next::Done(_) => return Err(Error::Missing("step that shows a post")),
    };
    let Effect::Shows(settles) = plan.effect else {
        // What was prepared was thrown away since, after a look.
        return go_on(cx, work, held, frozen).await;
    };
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
    match adapter.look(&login.call(cx), &publish, &plan, &taken).await {
        Ok(Look::Happened(seen)) => settle::found(cx, work, held, &login, step.id, plan, seen)
            .await
            .map(|()| Moved::Away),
        Ok(Look::DidNotAndUsedUp) => anew(cx, work, held, Before::Caught).await,
        Ok(Look::DidNot) => go_on(cx, work, held, frozen).await,
        Ok(Look::NotClear { .. }) if settles != Settles::Key && step.looks >= LOOKS => {
            go_on(cx, work, held, frozen).await
        }
        Ok(Look::NotClear { after_ms }) => {
            let at = plus_ms(cx.now(), after_ms.max(MINUTE_MS));
            record::looked(cx, work, held, step.id, at).await
        }
        Err(failure) => {
            let plan = StepPlan {
                effect: Effect::Unseen,
                ..plan
            };
            failed::quiet_failed(cx, work, held, &plan, &login, failure).await
        }
    }
}

/// It is not there now. With the same words the next try is the first one, made again. With others it has the same
/// key, and where that is the platform's, which holds the words, it waits.
async fn go_on(cx: &Cx, work: &Work, held: Held, frozen: &Payload) -> Result<Moved> {
    let fresh = match freeze(cx, work).await? {
        Ok(fresh) => fresh,
        Err(sentence) => return failed::picture_gone(cx, work, held, &sentence).await,
    };
    if says_the_same(&fresh, frozen) {
        return open(cx, work, held, frozen, Before::Kept).await;
    }
    if work.is_tied() {
        let at = plus_ms(cx.now(), ASK_AGAIN_MS);
        return record::earlier_try(cx, work, held, at).await;
    }
    let payload = Payload {
        key: frozen.key.clone(),
        ..fresh
    };
    open(cx, work, held, &payload, Before::Over).await
}

/// Whether people would see the same.
fn says_the_same(one: &Payload, other: &Payload) -> bool {
    one.text == other.text && one.media == other.media
}
