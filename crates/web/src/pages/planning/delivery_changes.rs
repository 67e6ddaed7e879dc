//! What a person does with a post on one channel, from its page or from Missed posts: planned again, sent
//! now, taken back, let go, settled, marked as posted. What is refused shows the page again and says why.

use axum::extract::State;
use axum::response::Response;
use domain::ids::DeliveryId;
use serde::Deserialize;

use super::Say;
use super::delivery::view;
use crate::access::Guard;
use crate::actions::deliveries::{self, Finding, Moved};
use crate::actions::post_work::{Terms, form_version};
use crate::actions::when::When as Time;
use crate::extract::{Form, Path};
use crate::layout::Flash;
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, Words};
use crate::state::{Keep, Web};
use crate::urls;

/// What the forms of this page send.
#[derive(Debug, Default, Deserialize)]
pub struct ChangeForm {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    version: Option<u64>,
    #[serde(default)]
    date: String,
    #[serde(default)]
    time: String,
    #[serde(default)]
    permalink: String,
    /// `published`, `again` or `drop`.
    #[serde(default)]
    outcome: String,
    /// `missed` goes back to that list.
    #[serde(default)]
    back: String,
}

impl ChangeForm {
    fn when(&self) -> Time {
        Time::Local {
            local: format!("{}T{}", self.date, self.time),
            zone: None,
        }
    }
}

/// Goes on with a message, or shows the page again with what is wrong.
async fn done(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    id: DeliveryId,
    back: &str,
    key: &str,
    moved: Outcome<Moved>,
) -> Outcome<Response> {
    match moved {
        Ok(moved) => {
            let set = crate::actions::sets::one(web, guard, moved.row.social_set).await?;
            let say = Say::new(&ask.text, web, &set.zone);
            let when = moved
                .row
                .due_at
                .map(|due| say.at(due).words)
                .unwrap_or_default();
            let words = ask
                .text
                .t1(key, "when", format!("{when} ({})", say.zone_words()));
            let flash = match moved.warnings.first() {
                Some(warning) if warning.end.is_some() => {
                    super::moved_words(web, guard, &say, &[&moved.row], words).await?
                }
                Some(warning) => Flash::note(format!("{words} {}", warning.words.say(&ask.text))),
                None => Flash::done(words),
            };
            Ok(if back == "missed" {
                page::go(urls::Missed, Some(flash))
            } else {
                page::go(urls::Delivery { delivery: id }, Some(flash))
            })
        }
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &view(web, guard, ask, id, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

/// Plans it again.
pub async fn reschedule(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Form(form): Form<ChangeForm>,
) -> Outcome<Response> {
    let moved = deliveries::reschedule(
        &web,
        &guard,
        id,
        form.when(),
        Terms::default(),
        form_version(form.version),
    )
    .await;
    done(&web, &guard, &ask, id, &form.back, "delivery-moved", moved).await
}

/// Posts it now.
pub async fn publish(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Form(form): Form<ChangeForm>,
) -> Outcome<Response> {
    let moved = deliveries::reschedule(
        &web,
        &guard,
        id,
        Time::Now,
        Terms::default(),
        form_version(form.version),
    )
    .await;
    done(&web, &guard, &ask, id, &form.back, "delivery-now", moved).await
}

/// Takes it back.
pub async fn cancel(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Form(form): Form<ChangeForm>,
) -> Outcome<Response> {
    let moved = deliveries::cancel(&web, &guard, id, form_version(form.version), Keep::Yes).await;
    let key = if moved.as_ref().is_ok_and(|moved| moved.row.cancel_asked) {
        "delivery-canceling"
    } else {
        "delivery-canceled"
    };
    done(&web, &guard, &ask, id, &form.back, key, moved).await
}

/// Lets it go.
pub async fn drop_it(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Form(form): Form<ChangeForm>,
) -> Outcome<Response> {
    let moved = deliveries::drop_it(&web, &guard, id, form_version(form.version), Keep::Yes).await;
    done(
        &web,
        &guard,
        &ask,
        id,
        &form.back,
        "delivery-dropped",
        moved,
    )
    .await
}

/// Says what became of it.
pub async fn settle(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Form(form): Form<ChangeForm>,
) -> Outcome<Response> {
    let finding = match form.outcome.as_str() {
        "published" => Finding::Published {
            permalink: Some(form.permalink.clone()),
        },
        "again" => Finding::AbsentAgain(form.when()),
        "drop" => Finding::AbsentDrop,
        _ => {
            return Err(Refusal::field(
                "outcome",
                "unknown",
                Words::key("settle-outcome"),
            ));
        }
    };
    let moved = deliveries::settle(
        &web,
        &guard,
        id,
        finding,
        form_version(form.version),
        Keep::Yes,
    )
    .await;
    done(
        &web,
        &guard,
        &ask,
        id,
        &form.back,
        "delivery-settled",
        moved,
    )
    .await
}

/// Says that it was posted by hand.
pub async fn mark_posted(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<DeliveryId>,
    Form(form): Form<ChangeForm>,
) -> Outcome<Response> {
    let address = Some(form.permalink.clone());
    let moved = deliveries::mark_posted(
        &web,
        &guard,
        id,
        address,
        form_version(form.version),
        Keep::Yes,
    )
    .await;
    done(&web, &guard, &ask, id, &form.back, "delivery-marked", moved).await
}
