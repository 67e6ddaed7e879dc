//! Exactly once by record key, the lexicon, blobs, lists.

use crate::client::{Client, MINUTE, POSTS, World, note};
use http::StatusCode;
use serde_json::{Value, json};

const KEY: &str = "3m65ljqxqk22z";

async fn signed_in(world: &World) -> (Client<'_>, String) {
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let mut client = Client::loopback(world);
    client.sign_in(&did).await;
    (client, did)
}

#[tokio::test]
async fn put_with_swap_null_publishes_exactly_once() {
    let world = World::new();
    let (client, did) = signed_in(&world).await;
    let first = client.put(&did, KEY, note("once")).await;
    assert_eq!(first.status, StatusCode::OK);
    let cid = first.json()["cid"].as_str().unwrap().to_owned();
    // The same record again is no write, even though the key is taken.
    let again = client.put(&did, KEY, note("once")).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["cid"], json!(cid));
    assert_eq!(again.json().get("commit"), None);
    let other = client.put(&did, KEY, note("another")).await.refusal();
    assert_eq!((other.0, other.1.as_str()), (400, "InvalidSwap"));
    assert!(other.2.contains(&cid), "{other:?}");
    let plain = json!({"repo": did, "collection": POSTS, "rkey": KEY, "record": note("once")});
    let same = client
        .post("com.atproto.repo.putRecord", &plain)
        .await
        .json();
    assert_eq!(same["cid"], json!(cid));
    assert_eq!(same.get("commit"), None);
    let twice = client.post("com.atproto.repo.createRecord", &plain).await;
    assert_eq!(
        twice.json(),
        json!({"error": "InternalServerError", "message": "Internal Server Error"})
    );
    assert_eq!(twice.status, StatusCode::INTERNAL_SERVER_ERROR);
    let mut other = plain.clone();
    other["record"] = note("changed");
    let changed = client
        .post("com.atproto.repo.putRecord", &other)
        .await
        .json();
    assert!(changed["commit"]["rev"].is_string());
    let posts = world.sim.bluesky_account(&did).unwrap().posts;
    assert_eq!((posts.len(), posts[0].writes), (1, 2));
    let gone = json!({"repo": did, "collection": POSTS, "rkey": KEY});
    let deleted = client.post("com.atproto.repo.deleteRecord", &gone).await;
    assert!(deleted.json()["commit"].is_object());
    let missing = world
        .get(&format!(
            "/xrpc/com.atproto.repo.getRecord?repo={did}&collection={POSTS}&rkey={KEY}"
        ))
        .await;
    assert_eq!(
        (missing.status.as_u16(), missing.refusal().1.as_str()),
        (400, "RecordNotFound")
    );
}

#[tokio::test]
async fn what_the_lexicon_refuses() {
    let world = World::new();
    let (client, did) = signed_in(&world).await;
    let refused = async |rkey: &str, record: Value| {
        let answer = client.put(&did, rkey, record).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        answer.refusal()
    };
    assert!(refused("my-own-key", note("x")).await.2.contains("TID"));
    let long = refused(KEY, note(&"é".repeat(301))).await;
    assert!(long.2.contains("grapheme too big") && long.2.ends_with("$.record.text"));
    let mut undated = note("x");
    undated["createdAt"] = json!("2026-11-21 20:00");
    assert!(refused(KEY, undated).await.2.contains("$.record.createdAt"));
    let mut other = note("x");
    other["$type"] = json!("app.bsky.feed.like");
    assert_eq!(refused(KEY, other).await.1, "InvalidRequest");
    let mut unknown = note("x");
    unknown["embed"] = json!({"$type": "app.bsky.embed.images", "images": [{"alt": "", "image":
        {"$type": "blob", "ref": {"$link": "bafkreinowhere"}, "mimeType": "image/png", "size": 1}}]});
    assert_eq!(refused(KEY, unknown).await.1, "BlobNotFound");
    let stranger = world.sim.add_bluesky_account("moss.bsky.social", "Moss");
    let foreign = client.put(&stranger, KEY, note("x")).await;
    assert_eq!(foreign.status, StatusCode::UNAUTHORIZED);
    assert!(world.sim.bluesky_account(&did).unwrap().posts.is_empty());
}

#[tokio::test]
async fn a_blob_that_nothing_names_is_gone_after_an_hour() {
    let world = World::new();
    let (mut client, did) = signed_in(&world).await;
    let bytes = b"\xff\xd8\xff\xe0-a-picture";
    let blob = client.upload("image/jpeg", bytes).await.json()["blob"].clone();
    let mut record = note("late");
    record["embed"] =
        json!({"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": blob}]});
    world.later(61 * MINUTE);
    client.go_on().await;
    let late = client.put(&did, KEY, record.clone()).await;
    assert_eq!(late.refusal().1, "BlobNotFound");
    let again = client.upload("image/jpeg", bytes).await.json()["blob"].clone();
    assert_eq!(again, blob);
    let mut wrong = record.clone();
    wrong["embed"]["images"][0]["image"]["size"] = json!(1);
    assert_eq!(
        client.put(&did, KEY, wrong).await.refusal().1,
        "InvalidSize"
    );
    assert_eq!(client.put(&did, KEY, record).await.status, StatusCode::OK);
    // The lexicon's own limits, at the place where the blob is named.
    let words = client.upload("text/plain", b"words").await.json()["blob"].clone();
    let mut record = note("words");
    record["embed"] =
        json!({"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": words}]});
    let wrong = client.put(&did, "3m65ljqxqk23z", record.clone()).await;
    assert_eq!(wrong.refusal().1, "InvalidMimeType");
    let large = vec![7_u8; 2_000_001];
    let large = client.upload("image/png", &large).await.json()["blob"].clone();
    record["embed"]["images"][0]["image"] = large;
    let wrong = client.put(&did, "3m65ljqxqk23z", record).await;
    assert_eq!(wrong.refusal().1, "BlobTooLarge");
    let big = vec![1_u8; 52_428_801];
    let big = client.upload("video/mp4", &big).await;
    assert_eq!(
        (big.status.as_u16(), big.refusal().1.as_str()),
        (413, "PayloadTooLarge")
    );
}

#[tokio::test]
async fn lists_are_paged_newest_first() {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let keys = world.sim.seed_bluesky_posts(&did, 7);
    let base = format!("/xrpc/com.atproto.repo.listRecords?repo={did}&collection={POSTS}&limit=3");
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let body = world.get(&format!("{base}{cursor}")).await.json();
        pages += 1;
        for record in body["records"].as_array().unwrap() {
            let uri = record["uri"].as_str().unwrap();
            seen.push(uri.rsplit('/').next().unwrap().to_owned());
        }
        match body.get("cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, keys);
    // Three full or partial pages with a cursor, and the empty one.
    assert_eq!(pages, 4);
    let wrong = world.get(&base.replace("limit=3", "limit=101")).await;
    assert_eq!(wrong.refusal().1, "InvalidRequest");
}

#[tokio::test]
async fn a_snapshot_goes_on_where_it_stopped() {
    let world = World::new();
    let (mut client, did) = signed_in(&world).await;
    client.put(&did, KEY, note("kept")).await;
    let saved = world.sim.snapshot();
    let other = World::new();
    other.sim.restore(saved).unwrap();
    client.world = &other;
    client.go_on().await;
    assert_eq!(client.get_session().await.status, StatusCode::OK);
    assert_eq!(other.sim.bluesky_account(&did).unwrap().posts.len(), 1);
}
