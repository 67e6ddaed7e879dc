//! A try begins: the pictures are made, the payload is frozen with its hash, and an attempt is written.

use domain::delivery::{State, Step};
use domain::ids::{AttemptId, MediaId};
use platforms::publish::Payload;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use storage::deliveries::{self, Advance};
use storage::{ledger, media};

use super::work::Work;
use super::{Moved, failed, straggler};
use crate::cx::{Cx, Held};
use crate::error::{Error, Result};
use crate::{login, moves};

/// What becomes of what was frozen and prepared before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// It is taken as it is.
    Kept,
    /// There is nothing: the payload is frozen now.
    Nothing,
    /// The payload is frozen now, and everything is prepared anew.
    Over,
    /// The same, and a straggler can do nothing more.
    Caught,
}

/// Freezes the payload where it is not, and begins a try. A payload that was frozen before (a try that
/// was certainly not sent) is kept with its key and what was prepared. Where an earlier call may still be
/// on its way, that is seen to first.
pub(super) async fn begin(cx: &Cx, work: &Work, held: Held) -> Result<Moved> {
    match (&work.payload, work.straggler()) {
        (Some(frozen), Some(step)) => straggler::begin(cx, work, held, frozen, step).await,
        (Some(frozen), None) => open(cx, work, held, frozen, Before::Kept).await,
        (None, _) => anew(cx, work, held, Before::Nothing).await,
    }
}

/// Freezes the payload and begins a try.
pub(super) async fn anew(cx: &Cx, work: &Work, held: Held, before: Before) -> Result<Moved> {
    match freeze(cx, work).await? {
        Ok(payload) => open(cx, work, held, &payload, before).await,
        Err(sentence) => failed::picture_gone(cx, work, held, &sentence).await,
    }
}

/// Begins a try with this payload. Not if the delivery was changed since it was read: then it is read again, so that
/// an edit that came while a picture was made or a platform was asked is never sent over.
pub(super) async fn open(
    cx: &Cx,
    work: &Work,
    held: Held,
    payload: &Payload,
    before: Before,
) -> Result<Moved> {
    let json = serde_json::to_value(payload).map_err(|error| Error::Refused(error.to_string()))?;
    let sha256 = hex(&Sha256::digest(json.to_string().as_bytes()));
    let Some(login) = &work.login else {
        return Err(Error::Missing("login of a delivery that begins"));
    };
    let (login, ids, now) = (login.on.id, cx.ids(), cx.now());
    let (until, next) = cx.extend(held);
    let (mut row, lease) = (work.row.clone(), held.lease);
    let write = move |conn: &mut storage::Conn<'_>| {
        let advance = Advance {
            act_at: Some(now),
            tries: row.tries,
            keep_until: Some(until),
            ..Advance::default()
        };
        let happening = moves::Happening {
            kind: "begun",
            detail: json!({ "payload_sha256": sha256 }),
        };
        let steps: &[Step] = if matches!(row.state, State::Publishing(_)) {
            &[]
        } else {
            &[Step::Begin]
        };
        moves::go(
            conn, &ids, &mut row, lease, steps, &happening, &advance, now,
        )?;
        let now_there = deliveries::one(conn, row.workspace, row.id)?;
        if now_there.is_none_or(|there| there.version != row.version + 1) {
            return Err(storage::Error::Stale {
                what: "a delivery as it was read",
            });
        }
        match before {
            Before::Kept | Before::Nothing => {}
            Before::Over => ledger::begin_over(conn, row.workspace, row.id)?,
            Before::Caught => ledger::caught(conn, row.workspace, row.id)?,
        }
        if before != Before::Kept {
            ledger::freeze(conn, row.workspace, row.id, &json, &sha256, now)?;
        }
        ledger::begin(
            conn,
            row.workspace,
            row.id,
            ids.make::<AttemptId>(),
            lease,
            login,
            now,
        )
    };
    match cx.store.write("publish.begin", write).await {
        Err(storage::Error::Stale { .. }) if is_ours(cx, work, held).await? => Ok(Moved::On(held)),
        done => Ok(done.map(|()| Moved::On(next))?),
    }
}

/// Whether the delivery is still held by this run: then only what it says was changed. Whoever lost it stops.
async fn is_ours(cx: &Cx, work: &Work, held: Held) -> Result<bool> {
    let (workspace, id) = (work.row.workspace, work.row.id);
    let read = move |conn: &mut storage::Conn<'_>| deliveries::one(conn, workspace, id);
    let there = cx.store.read("publish.is_ours", read).await?;
    Ok(there.is_some_and(|there| there.lease == Some(held.lease)))
}

pub(super) async fn freeze(cx: &Cx, work: &Work) -> Result<std::result::Result<Payload, String>> {
    let adapter = login::adapter(work.channel.platform)?;
    let content = work.body.variant.over(&work.content);
    let (workspace, wanted) = (
        work.row.workspace,
        content
            .media
            .iter()
            .map(|one| one.media)
            .collect::<Vec<MediaId>>(),
    );
    let originals = cx
        .store
        .read("publish.media", move |conn| {
            media::of(conn, workspace, &wanted)
        })
        .await?;
    let mut made = Vec::with_capacity(content.media.len());
    for one in &content.media {
        let Some(original) = originals.iter().find(|row| row.id == one.media) else {
            return Ok(Err(
                "a picture of this post is no longer in the library".to_owned()
            ));
        };
        match cx
            .pictures
            .render(&original.sha256, &adapter.facts().picture, &one.alt)
            .await
        {
            Ok(picture) => made.push(picture),
            Err(sentence) => return Ok(Err(sentence)),
        }
    }
    let now = cx.now();
    Ok(Ok(Payload {
        text: content.text,
        media: made,
        key: adapter.settling_key(now, cx.chance.as_ref()),
        created_at: work.row.due_at.unwrap_or(now).max(now),
        due_at: work.row.due_at.unwrap_or(now),
    }))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
