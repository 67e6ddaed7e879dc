//! Publishing through containers (sheet instagram.md §6): one for each picture, for a carousel one
//! around them, each asked for until it is ready; then the container is published. A container is
//! taken once, so its id is the key by which an unclear answer is settled.
//!
//! Steps: `container:0…`, `ready:0…` for a carousel's pictures; `container`, `ready`, `publish`;
//! then `find` where only the container told that it is out, and `permalink`.

use domain::cause::Cause;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between};
use domain::{Timestamp, health::Evidence};
use serde_json::{Value, json};

use super::errors::{Broken, broken_container};
use super::wire::{ContainerState, Made, Media};
use super::{ALT_CHARS, graph, settle};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::publish::{
    Effect, Next, Outcome, Payload, PayloadMedia, Publish, Published, Settles, StepDone, StepPlan,
};
use crate::wire;

/// How old a container may be and still be published; it lives 24 hours (§6.1).
const CONTAINER_LIFE_MS: i64 = 23 * HOUR_MS;
/// How long a published post is looked for in the list before its id is given up.
const FIND_FOR_MS: i64 = 10 * MINUTE_MS;

/// What comes next. Pure: the same answer after a crash.
pub(super) fn next(payload: &Payload, done: &[StepDone]) -> Next {
    let unseen = |name: String| {
        Next::Step(StepPlan {
            name,
            effect: Effect::Unseen,
        })
    };
    let is_done = |name: &str| output(done, name).is_some();
    if payload.media.len() > 1 {
        let items = 0..payload.media.len();
        let names = items.clone().map(|item| format!("container:{item}"));
        // All are made before any is waited for: the platform fetches them side by side.
        if let Some(name) = names
            .chain(items.map(|item| format!("ready:{item}")))
            .find(|name| !is_done(name))
        {
            return unseen(name);
        }
    }
    if let Some(name) = ["container", "ready"]
        .into_iter()
        .find(|name| !is_done(name))
    {
        return unseen(name.to_owned());
    }
    // A container that was out before we ever published it is never published again.
    let out_already =
        output(done, "ready").is_some_and(|ready| wire::text(ready, "status") == "PUBLISHED");
    if !out_already && !is_done("publish") {
        return Next::Step(StepPlan {
            name: "publish".to_owned(),
            effect: Effect::Shows(Settles::Key),
        });
    }
    let follow_up = |name: &str| {
        Next::Step(StepPlan {
            name: name.to_owned(),
            effect: Effect::FollowUp,
        })
    };
    let remote_id = remote_id(done);
    if remote_id.is_none() && !is_done("find") {
        return follow_up("find");
    }
    if remote_id.is_some() && !is_done("permalink") {
        return follow_up("permalink");
    }
    let permalink = output(done, "permalink").map(|link| wire::text(link, "permalink"));
    Next::Done(Published {
        remote_id,
        permalink: permalink.filter(|link| !link.is_empty()),
    })
}

/// Makes one step.
pub(super) async fn perform(
    call: &Call<'_>,
    publish: &Publish<'_>,
    step: &StepPlan,
) -> Result<Outcome, Failure> {
    match step.name.split_once(':') {
        Some(("container", item)) => {
            let item = item
                .parse()
                .ok()
                .and_then(|item: usize| publish.payload.media.get(item));
            container(call, publish, item, true).await
        }
        Some(("ready", item)) => ready(call, publish, &format!("container:{item}")).await,
        _ => match step.name.as_str() {
            "container" if publish.payload.media.len() > 1 => carousel(call, publish).await,
            "container" => container(call, publish, publish.payload.media.first(), false).await,
            "ready" => ready(call, publish, "container").await,
            "publish" => show(call, publish).await,
            "find" => find(call, publish).await,
            "permalink" => permalink(call, publish).await,
            other => Err(ours(
                Cause::Unknown,
                About::Post,
                &format!("There is no step {other:?}."),
            )),
        },
    }
}

/// Makes the container of one picture. Nobody sees it, and an unused one goes away by itself.
async fn container(
    call: &Call<'_>,
    publish: &Publish<'_>,
    picture: Option<&PayloadMedia>,
    is_item: bool,
) -> Result<Outcome, Failure> {
    let Some(picture) = picture else {
        return Err(ours(
            Cause::ContentRejected,
            About::Post,
            "Instagram takes no post without a picture.",
        ));
    };
    let mut params = vec![("image_url", public_address(publish, picture)?)];
    if is_item {
        params.push(("is_carousel_item", "true".to_owned()));
    } else {
        params.extend(caption(publish));
    }
    let alt: String = picture.alt.trim().chars().take(ALT_CHARS).collect();
    params.extend(Some(("alt_text", alt)).filter(|(_, alt)| !alt.is_empty()));
    create(call, publish, params).await
}

/// Makes the container around a carousel's pictures.
async fn carousel(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let items = (0..publish.payload.media.len())
        .map(|item| container_id(publish.done, &format!("container:{item}")));
    let Some(items) = items.collect::<Option<Vec<_>>>() else {
        return Ok(Outcome::Restart);
    };
    let mut params = vec![
        ("media_type", "CAROUSEL".to_owned()),
        ("children", items.join(",")),
    ];
    params.extend(caption(publish));
    create(call, publish, params).await
}

async fn create(
    call: &Call<'_>,
    publish: &Publish<'_>,
    params: Vec<(&'static str, String)>,
) -> Result<Outcome, Failure> {
    let path = format!("{}/media", publish.target.account_id);
    let token = graph::posting_token(publish.target);
    let made: Made = graph::write(call, "instagram.media", &path, params, token).await?;
    Ok(Outcome::Done(
        json!({ "id": made.id, "made_at_ms": call.now.as_millisecond() }),
    ))
}

fn caption(publish: &Publish<'_>) -> Option<(&'static str, String)> {
    Some(("caption", publish.payload.text.clone())).filter(|(_, text)| !text.is_empty())
}

/// The address under which Instagram fetches a picture, in ASCII (§7).
fn public_address(publish: &Publish<'_>, picture: &PayloadMedia) -> Result<String, Failure> {
    let without =
        "Instagram fetches pictures from a public address, and this installation has none.";
    let address = publish.media.address(&picture.sha256);
    let address = address.ok_or_else(|| ours(Cause::AppMisconfigured, About::App, without))?;
    let unfit = || {
        ours(
            Cause::AppMisconfigured,
            About::App,
            "The public address of pictures is not a web address.",
        )
    };
    let parsed = url::Url::parse(&address).map_err(|_| unfit())?;
    // Parsing writes host names in punycode and everything else percent-encoded.
    Some(parsed.to_string())
        .filter(|address| address.is_ascii())
        .ok_or_else(unfit)
}

/// Asks whether a container is ready.
async fn ready(call: &Call<'_>, publish: &Publish<'_>, name: &str) -> Result<Outcome, Failure> {
    let Some(made) = output(publish.done, name) else {
        return Ok(Outcome::Restart);
    };
    let state = container_state(call, publish, &wire::text(made, "id")).await?;
    match state.status_code.as_str() {
        "FINISHED" | "PUBLISHED" => Ok(Outcome::Done(
            json!({ "status": state.status_code, "at_ms": call.now.as_millisecond() }),
        )),
        "EXPIRED" => Ok(Outcome::Restart),
        "ERROR" => match broken_container("instagram.container", &state.status) {
            Broken::Fresh => Ok(Outcome::Restart),
            Broken::Failed(failure) => Err(failure),
        },
        // IN_PROGRESS, and whatever comes to be beside it: quick at first, then once a minute.
        _ => Ok(Outcome::Again {
            after_ms: (age_ms(made, call.now) / 2).clamp(3_000, MINUTE_MS),
        }),
    }
}

/// Reads a container's state, through Facebook with the person's token where the Page's is not shown it.
pub(super) async fn container_state(
    call: &Call<'_>,
    publish: &Publish<'_>,
    container: &str,
) -> Result<ContainerState, Failure> {
    let fields = vec![("fields", "status_code,status".to_owned())];
    graph::read_either(
        call,
        publish.target,
        "instagram.container",
        container,
        fields,
    )
    .await
}

/// Publishes the container: from here on people see it.
async fn show(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let Some(container) = container_id(publish.done, "container") else {
        return Ok(Outcome::Restart);
    };
    if too_old(publish.done, call.now) {
        return Ok(Outcome::Restart);
    }
    let path = format!("{}/media_publish", publish.target.account_id);
    let params = vec![("creation_id", container)];
    let token = graph::posting_token(publish.target);
    let shown: Made = graph::write(call, "instagram.media_publish", &path, params, token).await?;
    Ok(Outcome::Done(
        json!({ "id": shown.id, "at_ms": call.now.as_millisecond() }),
    ))
}

/// Whether a container, or one in it, is too old to be published with safety.
pub(super) fn too_old(done: &[StepDone], now: Timestamp) -> bool {
    ages_ms(done, now).max().unwrap_or(0) > CONTAINER_LIFE_MS
}

/// Whether the container is so old that nobody can publish it any more, whatever is said of its state.
pub(super) fn dead(done: &[StepDone], now: Timestamp) -> bool {
    ages_ms(done, now).min().unwrap_or(0) > DAY_MS + 2 * HOUR_MS
}

fn ages_ms(done: &[StepDone], now: Timestamp) -> impl Iterator<Item = i64> + '_ {
    let made = done
        .iter()
        .filter(|step| step.name.starts_with("container"));
    made.map(move |step| age_ms(&step.output, now))
}

/// Looks for the id of a post that is out. The list may lag; after a while the id is given up, since
/// the post is out whether we know its number or not.
async fn find(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let known = output(publish.done, "publish").or_else(|| output(publish.done, "ready"));
    let taken: Vec<String> = known
        .and_then(|known| serde_json::from_value(known.get("taken")?.clone()).ok())
        .unwrap_or_default();
    if let Some(id) = settle::listed(call, publish, &taken).await?.id {
        return Ok(Outcome::Done(json!({ "id": id })));
    }
    let since_ms = known
        .and_then(|known| since_ms(known, "at_ms", call.now))
        .unwrap_or(FIND_FOR_MS);
    if since_ms >= FIND_FOR_MS {
        return Ok(Outcome::Done(json!({ "id": Value::Null })));
    }
    Ok(Outcome::Again {
        after_ms: (since_ms / 2).clamp(10_000, MINUTE_MS),
    })
}

/// Reads the public address of the post.
async fn permalink(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let id = remote_id(publish.done).unwrap_or_default();
    let fields = vec![("fields", "permalink,timestamp".to_owned())];
    let media: Media =
        graph::read_either(call, publish.target, "instagram.permalink", &id, fields).await?;
    Ok(Outcome::Done(json!({ "permalink": media.permalink })))
}

/// What a step gave.
pub(super) fn output<'a>(done: &'a [StepDone], name: &str) -> Option<&'a Value> {
    done.iter()
        .rev()
        .find(|step| step.name == name)
        .map(|step| &step.output)
}

/// The container that a step made.
pub(super) fn container_id(done: &[StepDone], name: &str) -> Option<String> {
    output(done, name)
        .map(|made| wire::text(made, "id"))
        .filter(|id| !id.is_empty())
}

/// The id of the post: as publishing answered, else as it was found.
fn remote_id(done: &[StepDone]) -> Option<String> {
    let ids = ["publish", "find"]
        .into_iter()
        .filter_map(|name| output(done, name));
    ids.map(|known| wire::text(known, "id"))
        .find(|id| !id.is_empty())
}

/// How long ago a container was made.
fn age_ms(made: &Value, now: Timestamp) -> i64 {
    since_ms(made, "made_at_ms", now).unwrap_or(0)
}

/// Milliseconds since a moment that an output holds.
pub(super) fn since_ms(output: &Value, name: &str, now: Timestamp) -> Option<i64> {
    let at = Timestamp::from_millisecond(wire::number(output, name)?).ok()?;
    Some(ms_between(at, now).max(0))
}

/// A failure that we see before any call leaves.
fn ours(cause: Cause, about: About, said: &str) -> Failure {
    let evidence = Evidence {
        operation: "instagram.media".to_owned(),
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
