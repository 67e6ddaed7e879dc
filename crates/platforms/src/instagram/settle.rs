//! Settling a publish whose answer is unclear, by the state of its container and the account's list
//! (sheet instagram.md §6.2).
//!
//! The trap: after a publish that did succeed a second one may be told that the container "does not
//! exist or has expired", because it was used up; making a new one would post twice. So a container
//! that is broken or gone is believed only after the list was asked, and not before its lag is over.

use domain::Timestamp;
use domain::schedule::{MINUTE_MS, ms_between, plus_ms};
use serde_json::{Value, json};

use super::errors;
use super::publish::{container_id, container_state, dead, output, too_old};
use super::wire::{List, Media};
use super::{graph, read};
use crate::call::Call;
use crate::failure::Failure;
use crate::publish::{Look, Publish, StepPlan};
use crate::wire;

/// How long the list may lag behind what is out. A public tool waits 150 s.
const LIST_LAG_MS: i64 = 3 * MINUTE_MS;
/// How far the platform's clock may be behind ours.
const SKEW_MS: i64 = 2 * MINUTE_MS;
/// How many of the latest posts are searched.
const SEARCHED: usize = 25;

/// Looks whether a step happened.
pub(super) async fn look(
    call: &Call<'_>,
    publish: &Publish<'_>,
    step: &StepPlan,
    taken: &[String],
) -> Result<Look, Failure> {
    if step.name != "publish" {
        // Containers are seen by nobody and reads change nothing: they may be made again.
        return Ok(Look::DidNot);
    }
    let Some(container) = container_id(publish.done, "container") else {
        return Ok(Look::DidNotAndUsedUp);
    };
    let state = match container_state(call, publish, &container).await {
        Ok(state) => state.status_code,
        Err(failure) if errors::not_there(&failure) => String::new(),
        Err(failure) => return Err(failure),
    };
    let over = dead(publish.done, call.now);
    match state.as_str() {
        "PUBLISHED" => {
            // It is out, whatever the list says: a read that fails only leaves its id for later.
            let found = listed(call, publish, taken).await.ok();
            Ok(happened(call, found.and_then(|found| found.id), taken))
        }
        // Publishing was not executed, or the list knows better (the spam answer, 4/2207051).
        "FINISHED" if !over => match listed(call, publish, taken).await {
            Ok(Listed { id: Some(id), .. }) => Ok(happened(call, Some(id), taken)),
            // It cannot be published with safety any more, and a call on its way still could: let it expire.
            _ if too_old(publish.done, call.now) => Ok(Look::NotClear {
                after_ms: 10 * MINUTE_MS,
            }),
            _ => Ok(Look::DidNot),
        },
        "IN_PROGRESS" if !over => Ok(Look::NotClear {
            after_ms: MINUTE_MS / 2,
        }),
        state => match listed(call, publish, taken).await? {
            Listed { id: Some(id), .. } => Ok(happened(call, Some(id), taken)),
            // A list that does not reach back so far proves nothing.
            Listed { whole: false, .. } => Ok(Look::NotClear {
                after_ms: 10 * MINUTE_MS,
            }),
            _ if over || matches!(state, "ERROR" | "EXPIRED") => Ok(absent(call.now, publish)),
            // Not shown to us: only a hit in the list proves anything.
            _ => Ok(Look::NotClear {
                after_ms: MINUTE_MS,
            }),
        },
    }
}

/// What publishing would have answered. The ids that settled others go along, so that a later search
/// for this one's id leaves them out too.
fn happened(call: &Call<'_>, id: Option<String>, taken: &[String]) -> Look {
    Look::Happened(json!({ "id": id, "at_ms": call.now.as_millisecond(), "taken": taken }))
}

/// The list does not hold it: certain once the lag is over since it could first have gone out.
fn absent(now: Timestamp, publish: &Publish<'_>) -> Look {
    let ready = output(publish.done, "ready").and_then(|ready| wire::number(ready, "at_ms"));
    let ready = ready
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(publish.payload.due_at);
    let since = ready
        .max(publish.payload.due_at)
        .max(publish.fenced_at.unwrap_or(ready));
    let rest = LIST_LAG_MS - ms_between(since, now);
    if rest <= 0 {
        Look::DidNotAndUsedUp
    } else {
        Look::NotClear {
            after_ms: rest.max(10_000),
        }
    }
}

/// What the account's list says of a post.
pub(super) struct Listed {
    /// Its id, if it is there.
    pub(super) id: Option<String>,
    /// Whether what was read reaches back to when its container was made.
    pub(super) whole: bool,
}

/// The id of this post among the account's latest: the same caption, the same number of pictures, not
/// older than its container, and not one that settled another delivery. Never merely the newest:
/// another tool may have posted. Of twins, the oldest.
pub(super) async fn listed(
    call: &Call<'_>,
    publish: &Publish<'_>,
    taken: &[String],
) -> Result<Listed, Failure> {
    let made_at =
        output(publish.done, "container").and_then(|made| wire::number(made, "made_at_ms"));
    let made_at = made_at
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(publish.payload.due_at);
    let path = format!("{}/media", publish.target.account_id);
    let fields = "id,caption,timestamp,permalink,children{id}".to_owned();
    let params = vec![("fields", fields), ("limit", SEARCHED.to_string())];
    let list: List<Media> =
        graph::read_either(call, publish.target, "instagram.find", &path, params).await?;
    let earliest = list
        .data
        .iter()
        .filter_map(|media| read::moment(&media.timestamp))
        .min();
    let whole = list.data.len() < SEARCHED || earliest.is_some_and(|earliest| earliest < made_at);
    let mut hits: Vec<(Timestamp, String)> = list
        .data
        .into_iter()
        .filter(|media| same_text(&media.caption, &publish.payload.text))
        .filter(|media| pictures(media) == publish.payload.media.len())
        .filter(|media| !media.id.is_empty() && !taken.contains(&media.id))
        .filter_map(|media| Some((read::moment(&media.timestamp)?, media.id)))
        .filter(|(at, _)| *at >= plus_ms(made_at, -SKEW_MS))
        .collect();
    hits.sort();
    Ok(Listed {
        id: hits.into_iter().next().map(|(_, id)| id),
        whole,
    })
}

/// Captions are compared without their white space, which the platform trims and folds.
fn same_text(theirs: &str, ours: &str) -> bool {
    theirs.split_whitespace().eq(ours.split_whitespace())
}

fn pictures(media: &Media) -> usize {
    let children: Option<&Vec<Value>> = media.children.as_ref().map(|children| &children.data);
    children.map_or(1, |children| children.len().max(1))
}
