//! Publishing (§6): photos are uploaded unpublished, then one post of the feed shows text, link and photos.
//! Facebook has no key against twins, so an unclear answer is settled by looking (`settle.rs`).
//!
//! A single photo goes the same way as several, though `/photos` could show it at once: the call that
//! shows is then small and quick, and the photo's own id tells the post from every other one.
//!
//! Steps: `photo:0…`, `post`, and `permalink` where nothing has told the address yet.

use domain::cause::Cause;
use domain::health::Evidence;
use linkify::{LinkFinder, LinkKind};
use serde_json::{Value, json};

use super::graph::{graph, page_token};
use super::settle::{self, WAITS_MS};
use super::wire::{Made, Post};
use super::{errors, upload};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::meta::Params;
use crate::meta::login::puzzling;
use crate::publish::{
    Effect, Next, Outcome, Payload, Publish, Published, Settles, StepDone, StepPlan,
};
use crate::wire;

pub(super) const POST: &str = "post";
const OPERATION: &str = "facebook.feed";
const PERMALINK: &str = "permalink";

/// What comes next. Pure: the same answer after a crash.
pub(super) fn next(payload: &Payload, done: &[StepDone]) -> Next {
    let step = |name: String, effect| Next::Step(StepPlan { name, effect });
    let photo = (0..payload.media.len())
        .map(photo_step)
        .find(|name| output(done, name).is_none());
    let Some(post) = output(done, POST) else {
        return match photo {
            Some(name) => step(name, Effect::Unseen),
            // §6.3: absent twice means that it was not posted.
            None => step(
                POST.to_owned(),
                Effect::Shows(Settles::Lookup {
                    waits_ms: WAITS_MS,
                    trusted: true,
                }),
            ),
        };
    };
    let full = |text: String| Some(text).filter(|text| !text.is_empty());
    let told = [Some(post), output(done, PERMALINK)];
    let permalink = told
        .into_iter()
        .flatten()
        .find_map(|output| full(wire::text(output, "permalink")));
    if permalink.is_none() && output(done, PERMALINK).is_none() {
        return step(PERMALINK.to_owned(), Effect::FollowUp);
    }
    Next::Done(Published {
        remote_id: full(wire::text(post, "id")),
        permalink,
    })
}

/// Makes one step.
pub(super) async fn perform(
    call: &Call<'_>,
    publish: &Publish<'_>,
    step: &StepPlan,
) -> Result<Outcome, Failure> {
    if let Some(photo) = step.name.strip_prefix("photo:") {
        let number = photo.parse().ok();
        let picture = number.and_then(|number: usize| publish.payload.media.get(number));
        let made = upload::photo(call, publish, picture).await;
        return made.map_err(errors::of_content);
    }
    match step.name.as_str() {
        POST => show(call, publish).await,
        PERMALINK => permalink(call, publish).await,
        other => Err(ours(
            OPERATION,
            Cause::Unknown,
            About::Post,
            &format!("There is no step {other:?}."),
        )),
    }
}

/// Shows the post: from here on people see it.
async fn show(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let payload = publish.payload;
    let Some(photos) = photos(publish) else {
        return Ok(Outcome::Restart);
    };
    let mut params: Params = Vec::new();
    if !payload.text.is_empty() {
        params.push(("message", payload.text.clone()));
    }
    let link = link_of(payload);
    if !photos.is_empty() {
        let attached: Vec<Value> = photos
            .iter()
            .map(|id| json!({ "media_fbid": id }))
            .collect();
        params.push(("attached_media", Value::from(attached).to_string()));
    } else if let Some(link) = &link {
        params.push(("link", link.clone()));
    }
    let mut shown = feed(call, publish, params.clone()).await;
    // A link that could not be read is worth one more try (§9.3); that answer means nothing was posted.
    if matches!(&shown, Err(failure) if failure.sent == Sent::No && errors::is_unread_link(failure))
    {
        shown = feed(call, publish, params).await;
    }
    match shown {
        Ok(id) => Ok(Outcome::Done(
            json!({ "id": id, "at_ms": call.now.as_millisecond() }),
        )),
        Err(failure) if errors::is_twin(&failure) => Err(twin(call, publish, failure).await),
        Err(failure) => Err(errors::of_content(failure)),
    }
}

async fn feed(call: &Call<'_>, publish: &Publish<'_>, params: Params) -> Result<String, Failure> {
    let path = format!("{}/feed", publish.target.account_id);
    let token = page_token(publish.target);
    let made: Made = graph(call).write(OPERATION, &path, params, token).await?;
    if made.id.is_empty() {
        return Err(Failure::passing(Sent::Maybe, puzzling(OPERATION)));
    }
    Ok(made.id)
}

/// Refused as the twin of a recent post. If that one is older than this post could be, it is another's,
/// and the refusal is final; else it may be this very post, and is looked for.
async fn twin(call: &Call<'_>, publish: &Publish<'_>, mut failure: Failure) -> Failure {
    if let Ok(true) = settle::older_twin(call, publish).await {
        failure.sent = Sent::No;
    }
    failure
}

/// Reads the public address of the post.
async fn permalink(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let id = output(publish.done, POST).map(|post| wire::text(post, "id"));
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Ok(Outcome::Done(json!({ "permalink": Value::Null })));
    };
    let fields = vec![("fields", "id,permalink_url".to_owned())];
    let token = page_token(publish.target);
    let post: Post = graph(call)
        .read("facebook.permalink", &id, fields, token)
        .await?;
    Ok(Outcome::Done(json!({ "permalink": post.permalink_url })))
}

/// The ids of the uploaded photos, in order; none where one is missing.
pub(super) fn photos(publish: &Publish<'_>) -> Option<Vec<String>> {
    (0..publish.payload.media.len())
        .map(|number| {
            let made = output(publish.done, &photo_step(number))?;
            Some(wire::text(made, "id")).filter(|id| !id.is_empty())
        })
        .collect()
}

/// The first web address of a text: Facebook shows a preview only of one that is named as the link.
pub(super) fn link_of(payload: &Payload) -> Option<String> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(true);
    let mut links = finder.links(&payload.text).map(|link| link.as_str());
    links
        .find(|link| link.starts_with("https://") || link.starts_with("http://"))
        .map(str::to_owned)
}

fn photo_step(number: usize) -> String {
    format!("photo:{number}")
}

fn output<'a>(done: &'a [StepDone], name: &str) -> Option<&'a Value> {
    done.iter()
        .rev()
        .find(|step| step.name == name)
        .map(|step| &step.output)
}

/// A failure that we see before any call leaves.
pub(super) fn ours(operation: &str, cause: Cause, about: About, said: &str) -> Failure {
    let evidence = Evidence {
        operation: operation.to_owned(),
        message: said.to_owned(),
        mapped: true,
        ..Evidence::default()
    };
    Failure {
        cause,
        about,
        final_answer: true,
        sent: Sent::No,
        retry_after_ms: None,
        evidence,
    }
}
