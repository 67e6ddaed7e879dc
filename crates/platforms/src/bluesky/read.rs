//! The account's own posts, read from its repository: the truth, public, newest first (sheet
//! bluesky.md §8). No AppView is needed; replies are left out, reposts are not posts.

use domain::Timestamp;
use serde_json::Value;

use super::errors::{self, Speaker};
use super::tid;
use super::wire::{POSTS, blob_address, body, given, kept, permalink, read, xrpc};
use crate::account::Target;
use crate::call::Call;
use crate::failure::Failure;
use crate::read::{PostsPage, RemotePost};
use crate::wire;

const LIST: &str = "bluesky.list_records";
/// The most records of one page (sheet §8). Replies among them are left out, so a page may show fewer.
const PAGE: usize = 100;

pub(super) async fn posts(
    call: &Call<'_>,
    target: &Target<'_>,
    cursor: Option<&str>,
    most: usize,
) -> Result<PostsPage, Failure> {
    let pds = target.tokens.kept(kept::PDS);
    let limit = most.min(PAGE).to_string();
    let mut query = vec![
        ("repo", target.account_id),
        ("collection", POSTS),
        ("limit", limit.as_str()),
    ];
    if let Some(cursor) = cursor {
        query.push(("cursor", cursor));
    }
    let url = wire::with_query(&xrpc(pds, "com.atproto.repo.listRecords"), &query);
    let answer = read(call, LIST, url, given(call)).await?;
    if answer.status != 200 {
        return Err(errors::failure(LIST, Speaker::Reading, &answer, call.now));
    }
    let says = body(LIST, &answer)?;
    let records = says.get("records").and_then(Value::as_array);
    let found = records
        .into_iter()
        .flatten()
        .filter_map(|record| post(call, target.account_id, pds, record));
    Ok(PostsPage {
        posts: found.collect(),
        collabs_left_out: None,
        cursor: Some(wire::text(&says, "cursor")).filter(|cursor| !cursor.is_empty()),
    })
}

/// One record as a post; none for a reply or what cannot be read.
fn post(call: &Call<'_>, did: &str, pds: &str, record: &Value) -> Option<RemotePost> {
    let value = record.get("value")?;
    if value.get("reply").is_some_and(|reply| !reply.is_null()) {
        return None;
    }
    let uri = wire::text(record, "uri");
    let key = uri.rsplit('/').next().filter(|key| !key.is_empty())?;
    let embed = value.get("embed").unwrap_or(&Value::Null);
    let picture = picture(embed).map(|cid| blob_address(pds, did, cid));
    Some(RemotePost {
        at: when(value, key)?,
        text: wire::text(value, "text"),
        permalink: permalink(&call.app.hosts, did, key),
        picture_url: picture,
        items: items(embed),
        id: uri,
    })
}

/// What the record says; where that is no time, what its key says.
fn when(value: &Value, key: &str) -> Option<Timestamp> {
    wire::text(value, "createdAt")
        .parse()
        .ok()
        .or_else(|| tid::time(key))
}

/// What is shown beside a quoted post, or alone.
fn media(embed: &Value) -> &Value {
    if wire::text(embed, "$type") == "app.bsky.embed.recordWithMedia" {
        &embed["media"]
    } else {
        embed
    }
}

fn list(embed: &Value) -> &[Value] {
    let found = embed
        .get("images")
        .or_else(|| embed.get("items"))
        .and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

fn items(embed: &Value) -> u32 {
    let media = media(embed);
    if wire::text(media, "$type") == "app.bsky.embed.video" {
        return 1;
    }
    u32::try_from(list(media).len()).unwrap_or(u32::MAX)
}

/// The first picture's content id; a link card's where there is no picture.
fn picture(embed: &Value) -> Option<&str> {
    let media = media(embed);
    let first = list(media)
        .first()
        .and_then(|item| item.pointer("/image/ref/$link"));
    first
        .or_else(|| media.pointer("/external/thumb/ref/$link"))?
        .as_str()
}
