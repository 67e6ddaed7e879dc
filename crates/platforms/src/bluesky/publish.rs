//! Publishing: pictures as blobs, mentions frozen as DIDs, then one record under a key of our own
//! (sheet bluesky.md §6).
//!
//! The record is a pure function of the payload and the steps that are done. It is put with
//! `swapRecord: null`, which the server takes only while the key is empty: sent twice, the second is
//! refused, or is a no-op where it is the very same record.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::errors::{self, Speaker, Trouble};
use super::facets;
use super::identity;
use super::wire::{POSTS, REQUEST_MS, Session, body, given, kept, permalink, read, xrpc};
use crate::call::Call;
use crate::failure::{Failure, Sent};
use crate::publish::{
    Effect, Look, Next, Outcome, Payload, Publish, Published, Settles, StepDone, StepPlan,
};
use crate::wire;

const BLOB: &str = "bluesky.upload_blob";
const PUT: &str = "bluesky.put_record";
const LOOK: &str = "bluesky.get_record";

const MENTIONS: &str = "mentions";
const PUT_STEP: &str = "put";
/// The wait before another look at a server that gave no clear answer. Small servers are often down
/// for a while.
const LOOK_AGAIN_MS: i64 = 60_000;

fn blob_step(index: usize) -> String {
    format!("blob:{index}")
}

fn output<'a>(done: &'a [StepDone], name: &str) -> Option<&'a Value> {
    done.iter()
        .find(|step| step.name == name)
        .map(|step| &step.output)
}

pub(super) fn next(payload: &Payload, done: &[StepDone]) -> Next {
    if let Some(put) = output(done, PUT_STEP) {
        let told = |name: &str| Some(wire::text(put, name)).filter(|text| !text.is_empty());
        return Next::Done(Published {
            remote_id: told("uri"),
            permalink: told("permalink"),
        });
    }
    let missing = (0..payload.media.len())
        .map(blob_step)
        .find(|step| output(done, step).is_none());
    let unseen = missing.or_else(|| {
        let wanted =
            output(done, MENTIONS).is_none() && !facets::mentioned(&payload.text).is_empty();
        wanted.then(|| MENTIONS.to_owned())
    });
    Next::Step(match unseen {
        Some(name) => StepPlan {
            name,
            effect: Effect::Unseen,
        },
        None => StepPlan {
            name: PUT_STEP.to_owned(),
            effect: Effect::Shows(Settles::Key),
        },
    })
}

pub(super) async fn perform(
    call: &Call<'_>,
    publish: &Publish<'_>,
    step: &StepPlan,
) -> Result<Outcome, Failure> {
    if step.name == MENTIONS {
        return mentions(call, &publish.payload.text).await;
    }
    if step.name == PUT_STEP {
        return put(call, publish).await;
    }
    let index = step
        .name
        .strip_prefix("blob:")
        .and_then(|index| index.parse().ok());
    match index {
        Some(index) => upload(call, publish, index).await,
        None => Err(errors::trouble_with(
            PUT,
            Trouble::KeptUnreadable,
            &step.name,
        )),
    }
}

/// A picture as a blob. Named by its content at the server, so that uploading again is harmless; kept
/// there for minutes at least until a record refers to it.
async fn upload(call: &Call<'_>, publish: &Publish<'_>, index: usize) -> Result<Outcome, Failure> {
    let gone = |why: &str| errors::trouble_with(BLOB, Trouble::MediaMissing, why);
    let picture = publish
        .payload
        .media
        .get(index)
        .ok_or_else(|| gone("no such picture"))?;
    let bytes = publish
        .media
        .bytes(&picture.sha256)
        .await
        .map_err(|why| gone(&why))?;
    let mut session = Session::open(call, publish.target.tokens)?;
    session.warm_up().await;
    let (url, address) = (
        xrpc(session.pds, "com.atproto.repo.uploadBlob"),
        given(call),
    );
    let make = || {
        wire::post_bytes(
            BLOB,
            url.clone(),
            bytes.clone(),
            &picture.mime,
            REQUEST_MS,
            address,
        )
    };
    let answer = session.ask(Speaker::Writing, &make).await?;
    match answer
        .get("blob")
        .filter(|blob| blob.pointer("/ref/$link").is_some_and(Value::is_string))
    {
        Some(blob) => Ok(Outcome::Done(json!({ "blob": blob }))),
        None => Err(Failure::passing(
            Sent::Maybe,
            wire::evidence(BLOB, 200, "", "", "the answer has no blob"),
        )),
    }
}

/// Finds the accounts that the text mentions and freezes them, so that the record stays the same
/// however often it is sent. A handle that is certainly nobody's stays text; a resolver that does not
/// answer is asked again later.
async fn mentions(call: &Call<'_>, text: &str) -> Result<Outcome, Failure> {
    let mut dids = BTreeMap::new();
    for handle in facets::mentioned(text) {
        if let Some(did) = identity::did_of(call, &handle).await? {
            dids.insert(handle, did);
        }
    }
    Ok(Outcome::Done(json!({ "dids": dids })))
}

/// The record, the same for the same payload and steps; none while a picture is not uploaded.
fn record(payload: &Payload, done: &[StepDone]) -> Option<Value> {
    let dids = output(done, MENTIONS).and_then(|step| step.get("dids"));
    let dids: BTreeMap<String, String> = dids
        .and_then(|dids| serde_json::from_value(dids.clone()).ok())
        .unwrap_or_default();
    let mut record = json!({
        "$type": POSTS,
        "text": payload.text,
        "createdAt": created_at(payload),
    });
    let facets = facets::facets(&payload.text, &dids);
    if !facets.is_empty() {
        record["facets"] = Value::Array(facets);
    }
    let mut images = Vec::new();
    for (index, picture) in payload.media.iter().enumerate() {
        let blob = output(done, &blob_step(index))?.get("blob")?;
        let mut image = json!({ "image": blob, "alt": picture.alt });
        if picture.width > 0 && picture.height > 0 {
            image["aspectRatio"] = json!({ "width": picture.width, "height": picture.height });
        }
        images.push(image);
    }
    if !images.is_empty() {
        record["embed"] = json!({ "$type": "app.bsky.embed.images", "images": images });
    }
    Some(record)
}

/// Always with milliseconds and `Z`: one spelling for one instant.
fn created_at(payload: &Payload) -> String {
    format!("{:.3}", payload.created_at)
}

async fn put(call: &Call<'_>, publish: &Publish<'_>) -> Result<Outcome, Failure> {
    let key = settling_key(publish)?;
    let Some(record) = record(publish.payload, publish.done) else {
        return Ok(Outcome::Restart);
    };
    let mut session = Session::open(call, publish.target.tokens)?;
    let asked = json!({
        "repo": session.did,
        "collection": POSTS,
        "rkey": key,
        "record": record,
        "validate": true,
        "swapRecord": null,
    });
    let (url, address) = (xrpc(session.pds, "com.atproto.repo.putRecord"), given(call));
    let make = || wire::post_json(PUT, url.clone(), &asked, REQUEST_MS, address);
    match session.ask(Speaker::Writing, &make).await {
        Ok(answer) => Ok(Outcome::Done(shown(call, session.did, key, &answer))),
        Err(failure) => match failure.evidence.code.as_str() {
            // Cleaned up, or uploaded to another server before a move: begin again.
            "BlobNotFound" => Ok(Outcome::Restart),
            // The key is taken: by us, at an earlier try whose answer was lost.
            "InvalidSwap" => match look(call, publish).await {
                Ok(Look::Happened(output)) => Ok(Outcome::Done(output)),
                Ok(_) => Err(Failure {
                    sent: Sent::Maybe,
                    ..failure
                }),
                Err(found) => Err(found),
            },
            _ => Err(failure),
        },
    }
}

fn settling_key<'a>(publish: &'a Publish<'_>) -> Result<&'a str, Failure> {
    let key = publish.payload.key.as_deref();
    key.filter(|key| super::tid::time(key).is_some())
        .ok_or_else(|| errors::trouble(PUT, Trouble::KeptUnreadable))
}

fn shown(call: &Call<'_>, did: &str, key: &str, answer: &Value) -> Value {
    json!({
        "uri": format!("at://{did}/{POSTS}/{key}"),
        "cid": wire::text(answer, "cid"),
        "permalink": permalink(&call.app.hosts, did, key),
    })
}

/// Looks for the record under its key, which needs no login. The key is random and this delivery's alone: what is
/// there was put by one of its tries, even if the words were changed since.
pub(super) async fn look(call: &Call<'_>, publish: &Publish<'_>) -> Result<Look, Failure> {
    let key = settling_key(publish)?;
    let tokens = publish.target.tokens;
    let (did, pds) = (tokens.kept(kept::DID), tokens.kept(kept::PDS));
    let query = [("repo", did), ("collection", POSTS), ("rkey", key)];
    let url = wire::with_query(&xrpc(pds, "com.atproto.repo.getRecord"), &query);
    let not_clear = |after_ms: Option<i64>| {
        Ok(Look::NotClear {
            after_ms: after_ms.unwrap_or(0).max(LOOK_AGAIN_MS),
        })
    };
    let Ok(answer) = read(call, LOOK, url, given(call)).await else {
        return not_clear(None);
    };
    if answer.status == 200 {
        let Ok(found) = body(LOOK, &answer) else {
            return not_clear(None);
        };
        return Ok(Look::Happened(shown(call, did, key, &found)));
    }
    let failure = errors::failure(LOOK, Speaker::Reading, &answer, call.now);
    match failure.evidence.code.as_str() {
        "RecordNotFound" => Ok(Look::DidNot),
        _ if failure.final_answer => Err(failure),
        _ => not_clear(failure.retry_after_ms),
    }
}
