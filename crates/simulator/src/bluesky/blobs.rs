//! Files (sheet bluesky.md §6). Operations `bluesky.upload_blob`, `bluesky.get_blob`.
//!
//! A blob that no record names within an hour is gone. Bytes are kept in the simulator's common
//! store, which makes smaller copies of large pictures and forgets the oldest: `getBlob` shows
//! what is left, not what was sent.

use super::errors::XrpcError;
use super::guard::{must_upload, open, with_session};
use super::ids::blob_cid;
use super::state::{Blob, Standing};
use crate::call::Call;
use crate::reply::Reply;
use crate::simulator::Simulator;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

/// What `describeServer` calls `blobUploadLimit` (bytes).
pub const UPLOAD_LIMIT: usize = 52_428_800;

pub(super) fn upload_blob(sim: &Simulator, call: &Call) -> Response {
    with_session(sim, "bluesky.upload_blob", call, |state, scene, session| {
        // A paused account may upload, though it cannot write (seen at the real server).
        let stated = call
            .header("content-type")
            .and_then(|kind| kind.split(';').next())
            .map(|kind| kind.trim().to_lowercase())
            .filter(|kind| kind.contains('/'))
            .ok_or_else(|| {
                XrpcError::invalid("Request encoding (Content-Type) required but not provided")
            })?;
        must_upload(session, &stated)?;
        if call.body.len() > UPLOAD_LIMIT {
            let why = "request entity too large";
            return Err(XrpcError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "PayloadTooLarge",
                why,
            ));
        }
        // The bytes are believed, the header only where they say nothing.
        let mime = infer::get(&call.body).map_or(stated, |kind| kind.mime_type().to_owned());
        let cid = blob_cid(&call.body);
        let media = state.media.keep(&mime, &call.body);
        let account = state
            .bluesky
            .accounts
            .get_mut(&session.did)
            .ok_or_else(XrpcError::internal)?;
        account.sweep_blobs(scene.now_ms);
        account.sweep_after(scene.now_ms);
        let blob = account.blobs.entry(cid.clone()).or_insert_with(|| Blob {
            mime,
            size: call.body.len(),
            media,
            uploaded_ms: scene.now_ms,
            used: false,
        });
        blob.uploaded_ms = scene.now_ms;
        Ok(Reply::ok(&json!({"blob": blob_json(&cid, blob)})))
    })
}

/// A blob as records and answers name it.
pub fn blob_json(cid: &str, blob: &Blob) -> Value {
    json!({
        "$type": "blob",
        "ref": {"$link": cid},
        "mimeType": blob.mime,
        "size": blob.size,
    })
}

pub(super) fn get_blob(sim: &Simulator, call: &Call) -> Response {
    let did = call.filled("did");
    open(sim, "bluesky.get_blob", did.as_deref(), |state, _| {
        let did = did.clone().unwrap_or_default();
        let account = state.bluesky.accounts.get(&did);
        let wrong = |error: &'static str| XrpcError::bad(error, format!("Could not show {did}"));
        let account = match account.map(|one| one.standing) {
            None | Some(Standing::Deleted) => return Err(wrong("RepoNotFound")),
            Some(Standing::Takendown) => return Err(wrong("RepoTakendown")),
            Some(Standing::Deactivated) => return Err(wrong("RepoDeactivated")),
            Some(Standing::Active) => account.ok_or_else(|| wrong("RepoNotFound"))?,
        };
        let cid = call.filled("cid").unwrap_or_default();
        // Only what a record names is shown to the world.
        let blob = account
            .blobs
            .get(&cid)
            .filter(|blob| blob.used)
            .ok_or_else(|| XrpcError::invalid("Blob not found"))?;
        let reply = state.media.answer(&blob.media);
        if reply.status != StatusCode::OK {
            return Err(XrpcError::invalid("Blob not found"));
        }
        Ok(reply
            .header("content-security-policy", "default-src 'none'; sandbox")
            .header("x-content-type-options", "nosniff"))
    })
}
