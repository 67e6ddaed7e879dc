//! Writing to a repository (sheet bluesky.md §6). Operations `bluesky.put_record`,
//! `bluesky.create_record`, `bluesky.delete_record`.

use super::errors::XrpcError;
use super::guard::{must_be_active, must_write, with_session};
use super::ids::{fresh_tid, is_collection, is_record_key, is_tid, record_cid};
use super::post_rules::{POSTS, allowed, blob_limits, blobs_of, check_post};
use super::state::{Account, Record, Session};
use crate::call::Call;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// A record may have this many bytes of JSON.
const MAX_RECORD: usize = 1_000_000;

/// One write as it was asked for.
struct Asked {
    collection: String,
    rkey: Option<String>,
    record: Value,
    /// Absent, null ("must not be there") or a content id.
    swap_record: Option<Option<String>>,
    swap_commit: Option<String>,
    validate: Option<bool>,
}

pub(super) fn put_record(sim: &Simulator, call: &Call) -> Response {
    with_session(sim, "bluesky.put_record", call, |state, scene, session| {
        let asked = read(state, session, call, true)?;
        must_write(session, &asked.collection, &["create", "update"])?;
        put(state, scene, session, asked)
    })
}

pub(super) fn create_record(sim: &Simulator, call: &Call) -> Response {
    with_session(
        sim,
        "bluesky.create_record",
        call,
        |state, scene, session| {
            let asked = read(state, session, call, false)?;
            must_write(session, &asked.collection, &["create"])?;
            create(state, scene, session, asked)
        },
    )
}

pub(super) fn delete_record(sim: &Simulator, call: &Call) -> Response {
    with_session(
        sim,
        "bluesky.delete_record",
        call,
        |state, scene, session| {
            let body = body_of(call)?;
            let collection = own_collection(state, session, &body)?;
            must_write(session, &collection, &["delete"])?;
            let rkey = text(&body, "rkey")?;
            let known = record_in(state, session, &collection, &rkey).map(|one| one.cid.clone());
            check_swap(swap_record(&body), known.as_deref())?;
            if known.is_none() {
                return Ok(Reply::ok(&json!({})));
            }
            let commit = commit(state, scene, session, |account| {
                if let Some(records) = account.records.get_mut(&collection) {
                    records.remove(&rkey);
                }
            });
            Ok(Reply::ok(&json!({"commit": commit})))
        },
    )
}

fn body_of(call: &Call) -> Result<Map<String, Value>, XrpcError> {
    match call.json() {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(XrpcError::invalid("Request body must be a JSON object")),
    }
}

fn text(body: &Map<String, Value>, name: &str) -> Result<String, XrpcError> {
    body.get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| XrpcError::invalid(format!("Missing required key \"{name}\" at $")))
}

fn swap_record(body: &Map<String, Value>) -> Option<Option<String>> {
    body.get("swapRecord")
        .map(|value| value.as_str().map(str::to_owned))
}

/// The collection of a body, after making sure that the repository is the session's own.
fn own_collection(
    state: &State,
    session: &Session,
    body: &Map<String, Value>,
) -> Result<String, XrpcError> {
    must_be_active(state, session)?;
    let repo = text(body, "repo")?;
    let account = state
        .bluesky
        .account(&repo)
        .ok_or_else(|| XrpcError::invalid(format!("Could not find repo: {repo}")))?;
    if account.did != session.did {
        return Err(XrpcError::new(
            StatusCode::UNAUTHORIZED,
            "AuthenticationRequired",
            "Authentication Required",
        ));
    }
    let collection = text(body, "collection")?;
    if is_collection(&collection) {
        Ok(collection)
    } else {
        Err(XrpcError::invalid("Invalid NSID at $.collection"))
    }
}

fn read(
    state: &State,
    session: &Session,
    call: &Call,
    needs_key: bool,
) -> Result<Asked, XrpcError> {
    let body = body_of(call)?;
    let collection = own_collection(state, session, &body)?;
    let rkey = match body.get("rkey") {
        None if !needs_key => None,
        _ => Some(text(&body, "rkey")?),
    };
    if rkey.as_deref().is_some_and(|rkey| !is_record_key(rkey)) {
        return Err(XrpcError::invalid("Invalid record key at $.rkey"));
    }
    let record = body
        .get("record")
        .filter(|record| record.is_object())
        .cloned()
        .ok_or_else(|| XrpcError::invalid("Missing required key \"record\" at $"))?;
    if record.to_string().len() > MAX_RECORD {
        return Err(XrpcError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PayloadTooLarge",
            "request entity too large",
        ));
    }
    Ok(Asked {
        collection,
        rkey,
        record,
        swap_record: swap_record(&body),
        swap_commit: body
            .get("swapCommit")
            .and_then(Value::as_str)
            .map(str::to_owned),
        validate: body.get("validate").and_then(Value::as_bool),
    })
}

/// Validates, and says how far that went.
fn validate(asked: &mut Asked, rkey: &str) -> Result<&'static str, XrpcError> {
    let collection = &asked.collection;
    if let Some(record) = asked.record.as_object_mut() {
        record
            .entry("$type")
            .or_insert_with(|| Value::from(collection.clone()));
    }
    let kind = asked.record.get("$type").and_then(Value::as_str);
    if kind != Some(collection) {
        return Err(XrpcError::invalid(format!(
            "Invalid $type: expected {collection}, got {}",
            kind.unwrap_or("something else")
        )));
    }
    if collection != POSTS {
        return match asked.validate {
            Some(true) => Err(XrpcError::invalid(format!(
                "Unknown lexicon type: {collection}"
            ))),
            _ => Ok("unknown"),
        };
    }
    if asked.validate == Some(false) {
        return Ok("unknown");
    }
    let wrong = |why: String| XrpcError::invalid(format!("Invalid {POSTS} record: {why}"));
    if !is_tid(rkey) {
        return Err(XrpcError::invalid(format!(
            "Invalid record key for {POSTS}: Invalid TID string (got \"{rkey}\") at $"
        )));
    }
    check_post(&asked.record).map_err(wrong)?;
    Ok("valid")
}

/// Every blob must have been uploaded, and be what the record says and the lexicon allows.
fn check_blobs(account: &Account, record: &Value) -> Result<(), XrpcError> {
    for named in blobs_of(record) {
        let stored = account.blobs.get(&named.cid).ok_or_else(|| {
            XrpcError::bad(
                "BlobNotFound",
                format!("Could not find blob: {}", named.cid),
            )
        })?;
        if stored.mime != named.mime {
            return Err(XrpcError::bad(
                "InvalidMimeType",
                format!(
                    "Referenced Mimetype does not match stored blob. Expected: {}, Got: {}",
                    stored.mime, named.mime
                ),
            ));
        }
        if u64::try_from(stored.size).ok() != Some(named.size) {
            return Err(XrpcError::bad(
                "InvalidSize",
                format!(
                    "Referenced Size does not match stored blob. Expected: {}, Got: {}",
                    stored.size, named.size
                ),
            ));
        }
        let Some((types, most)) = blob_limits(&named.path) else {
            continue;
        };
        if stored.size > most {
            return Err(XrpcError::bad(
                "BlobTooLarge",
                format!(
                    "This file is too large. It is {} bytes but the maximum size is {most} bytes. ({})",
                    stored.size, named.path
                ),
            ));
        }
        if !allowed(types, &stored.mime) {
            return Err(XrpcError::bad(
                "InvalidMimeType",
                format!(
                    "Wrong type of file. It is {} but it must match {}. ({})",
                    stored.mime,
                    types.join(", "),
                    named.path
                ),
            ));
        }
    }
    Ok(())
}

fn record_in<'a>(
    state: &'a State,
    session: &Session,
    collection: &str,
    rkey: &str,
) -> Option<&'a Record> {
    let account = state.bluesky.accounts.get(&session.did)?;
    account.records.get(collection)?.get(rkey)
}

fn check_swap(swap: Option<Option<String>>, known: Option<&str>) -> Result<(), XrpcError> {
    match swap {
        Some(wanted) if wanted.as_deref() != known => Err(XrpcError::bad(
            "InvalidSwap",
            format!("Record was at {}", known.unwrap_or("null")),
        )),
        _ => Ok(()),
    }
}

/// Checks what stands before a write: blobs and the last commit.
fn check_ground(
    state: &mut State,
    scene: &Scene<'_>,
    session: &Session,
    asked: &Asked,
) -> Result<(), XrpcError> {
    let account = state
        .bluesky
        .accounts
        .get_mut(&session.did)
        .ok_or_else(XrpcError::internal)?;
    account.sweep_blobs(scene.now_ms);
    check_blobs(account, &asked.record)?;
    match &asked.swap_commit {
        Some(wanted) if *wanted != account.head => Err(XrpcError::bad(
            "InvalidSwap",
            format!("Commit was at {}", account.head),
        )),
        _ => Ok(()),
    }
}

fn put(
    state: &mut State,
    scene: &Scene<'_>,
    session: &Session,
    mut asked: Asked,
) -> Result<Reply, XrpcError> {
    let rkey = asked.rkey.clone().unwrap_or_default();
    let status = validate(&mut asked, &rkey)?;
    let known = record_in(state, session, &asked.collection, &rkey).map(|one| one.cid.clone());
    let cid = record_cid(&asked.record);
    if known.as_ref() == Some(&cid) {
        // The same record again is no write, whatever `swapRecord` says (seen at the real
        // server): 200 without a commit.
        let uri = uri_of(session, &asked.collection, &rkey);
        let body = json!({"uri": uri, "cid": cid, "validationStatus": status});
        return Ok(Reply::ok(&body).outcome("ok, no change"));
    }
    check_swap(asked.swap_record.clone(), known.as_deref())?;
    check_ground(state, scene, session, &asked)?;
    if known.is_none() {
        went_out(state, scene, session, &asked, &rkey);
    }
    let reply = store(state, scene, session, asked, &rkey, status);
    Ok(if known.is_none() {
        reply.publishing()
    } else {
        reply
    })
}

fn create(
    state: &mut State,
    scene: &Scene<'_>,
    session: &Session,
    mut asked: Asked,
) -> Result<Reply, XrpcError> {
    let rkey = match asked.rkey.clone() {
        Some(rkey) => rkey,
        None => fresh_tid(scene.now_ms, &mut state.chance),
    };
    let status = validate(&mut asked, &rkey)?;
    check_ground(state, scene, session, &asked)?;
    if record_in(state, session, &asked.collection, &rkey).is_some() {
        // The tree refuses the insert and nobody catches it (sheet bluesky.md §6).
        return Err(XrpcError::internal());
    }
    went_out(state, scene, session, &asked, &rkey);
    Ok(store(state, scene, session, asked, &rkey, status).publishing())
}

fn uri_of(session: &Session, collection: &str, rkey: &str) -> String {
    format!("at://{}/{collection}/{rkey}", session.did)
}

/// Notes a new post; other records are none.
fn went_out(state: &mut State, scene: &Scene<'_>, session: &Session, asked: &Asked, rkey: &str) {
    if asked.collection == POSTS {
        let uri = uri_of(session, POSTS, rkey);
        let text = asked.record.get("text").and_then(Value::as_str);
        let text = text.unwrap_or_default();
        state
            .facts
            .went_out("bluesky", &session.did, &uri, text, scene.now_ms);
    }
}

fn store(
    state: &mut State,
    scene: &Scene<'_>,
    session: &Session,
    asked: Asked,
    rkey: &str,
    status: &str,
) -> Reply {
    let cid = record_cid(&asked.record);
    let uri = uri_of(session, &asked.collection, rkey);
    let commit = commit(state, scene, session, |account| {
        for named in blobs_of(&asked.record) {
            if let Some(blob) = account.blobs.get_mut(&named.cid) {
                blob.used = true;
            }
        }
        let records = account.records.entry(asked.collection.clone()).or_default();
        let entry = records.entry(rkey.to_owned()).or_insert_with(|| Record {
            cid: String::new(),
            value: Value::Null,
            written_ms: scene.now_ms,
            writes: 0,
            furnished: false,
        });
        entry.cid.clone_from(&cid);
        entry.value = asked.record.clone();
        entry.writes += 1;
    });
    Reply::ok(&json!({"uri": uri, "cid": cid, "commit": commit, "validationStatus": status}))
}

/// Makes a change and the commit that says so.
fn commit(
    state: &mut State,
    scene: &Scene<'_>,
    session: &Session,
    change: impl FnOnce(&mut Account),
) -> Value {
    let rev = fresh_tid(scene.now_ms, &mut state.chance);
    let Some(account) = state.bluesky.accounts.get_mut(&session.did) else {
        return Value::Null;
    };
    change(account);
    account.head = record_cid(&json!({"prev": account.head, "rev": rev}));
    account.rev.clone_from(&rev);
    json!({"cid": account.head, "rev": rev})
}
