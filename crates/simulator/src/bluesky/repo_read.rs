//! Reading a repository, open to anybody (sheet bluesky.md §8). Operations `bluesky.get_record`,
//! `bluesky.list_records`, `bluesky.repo_status`.

use super::errors::XrpcError;
use super::guard::open;
use super::state::{Account, Record, Standing};
use crate::call::Call;
use crate::reply::{Reply, object};
use crate::simulator::Simulator;
use crate::state::State;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Bound;

fn need(call: &Call, name: &str) -> Result<String, XrpcError> {
    call.filled(name).ok_or_else(|| {
        XrpcError::invalid(format!("Invalid params: Missing required key \"{name}\""))
    })
}

/// A repository that is shown: not a paused, taken down or deleted account's.
fn shown<'a>(state: &'a State, repo: &str) -> Option<&'a Account> {
    let account = state.bluesky.account(repo)?;
    (account.standing == Standing::Active).then_some(account)
}

fn entry(did: &str, collection: &str, rkey: &str, record: &Record) -> Value {
    object([
        ("uri", format!("at://{did}/{collection}/{rkey}").into()),
        ("cid", record.cid.clone().into()),
        ("value", record.value.clone()),
    ])
}

pub(super) fn get_record(sim: &Simulator, call: &Call) -> Response {
    let repo = call.filled("repo");
    open(sim, "bluesky.get_record", repo.as_deref(), |state, _| {
        // Not `RecordNotFound`: nothing can be said about a record of a repository that is not
        // shown.
        let account = shown(state, &need(call, "repo")?)
            .ok_or_else(|| XrpcError::invalid("Could not locate record"))?;
        let (collection, rkey) = (need(call, "collection")?, need(call, "rkey")?);
        account
            .records
            .get(&collection)
            .and_then(|records| records.get(&rkey))
            .filter(|record| call.filled("cid").is_none_or(|cid| cid == record.cid))
            .map(|record| Reply::ok(&entry(&account.did, &collection, &rkey, record)))
            .ok_or_else(|| {
                let uri = format!("at://{}/{collection}/{rkey}", account.did);
                XrpcError::bad("RecordNotFound", format!("Could not locate record: {uri}"))
            })
    })
}

pub(super) fn list_records(sim: &Simulator, call: &Call) -> Response {
    let repo = call.filled("repo");
    open(
        sim,
        "bluesky.list_records",
        repo.as_deref(),
        |state, scene| {
            let repo = need(call, "repo")?;
            let account = shown(state, &repo)
                .ok_or_else(|| XrpcError::invalid(format!("Could not find repo: {repo}")))?;
            let collection = need(call, "collection")?;
            let limit = match call.filled("limit").map(|text| text.parse::<usize>()) {
                None => 50,
                Some(Ok(limit)) if (1..=100).contains(&limit) => limit,
                Some(Ok(_)) => {
                    return Err(XrpcError::invalid(
                        "Invalid com.atproto.repo.listRecords params: limit must be 1 to 100",
                    ));
                }
                Some(Err(_)) => {
                    return Err(XrpcError::invalid(
                        "Invalid com.atproto.repo.listRecords params: limit must be an integer",
                    ));
                }
            };
            let reverse = call.filled("reverse").as_deref() == Some("true");
            let cursor = call.filled("cursor");
            let nothing = BTreeMap::new();
            let records = account.records.get(&collection).unwrap_or(&nothing);
            let seen = |record: &Record| {
                scene.lag_ms == 0 || record.written_ms + scene.lag_ms <= scene.now_ms
            };
            // No further than the page goes.
            let (from, to) = match &cursor {
                Some(cursor) if reverse => (Bound::Excluded(cursor), Bound::Unbounded),
                Some(cursor) => (Bound::Unbounded, Bound::Excluded(cursor)),
                None => (Bound::Unbounded, Bound::Unbounded),
            };
            let found = records.range::<String, _>((from, to));
            let found = found.filter(|(_, record)| seen(record));
            let page: Vec<(&String, &Record)> = if reverse {
                found.take(limit).collect()
            } else {
                found.rev().take(limit).collect()
            };
            let list: Vec<Value> = page
                .iter()
                .map(|(rkey, record)| entry(&account.did, &collection, rkey, record))
                .collect();
            let mut body = object([("records", Value::Array(list))]);
            // As on the reference server, a last page has a cursor too; the one after it is empty.
            if let Some((last, _)) = page.last() {
                body["cursor"] = json!(last);
            }
            Ok(Reply::ok(&body))
        },
    )
}

pub(super) fn repo_status(sim: &Simulator, call: &Call) -> Response {
    let did = call.filled("did");
    open(sim, "bluesky.repo_status", did.as_deref(), |state, _| {
        let did = need(call, "did")?;
        let account = state
            .bluesky
            .accounts
            .get(&did)
            .filter(|account| account.standing != Standing::Deleted)
            .ok_or_else(|| {
                XrpcError::bad(
                    "RepoNotFound",
                    format!("Could not find repo for DID: {did}"),
                )
            })?;
        let mut body = json!({"did": did, "active": account.standing == Standing::Active});
        match account.standing.word() {
            Some(word) => body["status"] = json!(word),
            None => body["rev"] = json!(account.rev),
        }
        Ok(Reply::ok(&body))
    })
}
