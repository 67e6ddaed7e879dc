//! Answers that do not arrive, and what the truth says about them.

use crate::client::{Client, POSTS, World, note};
use http::StatusCode;
use serde_json::json;
use simulator::control::Break;
use simulator::{Effect, Fault};

const KEY: &str = "3m65ljqxqk22z";

async fn signed_in(world: &World) -> (Client<'_>, String) {
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let mut client = Client::loopback(world);
    client.sign_in(&did).await;
    (client, did)
}

#[tokio::test]
async fn a_lost_answer_after_a_rotation_is_counted_and_costs_the_session() {
    let world = World::new();
    let (client, did) = signed_in(&world).await;
    world
        .sim
        .add_fault(Fault::once("bluesky.token.refresh", Effect::LoseAnswer).of(&did));
    assert!(client.refresh_with(&client.refresh).await.lost());
    let truth = world.sim.bluesky_account(&did).unwrap();
    assert_eq!((truth.rotations, truth.rotated_unseen), (1, 1));
    assert_eq!(truth.sessions[0].generation, 2);
    // The old access token testifies that the rotation took place.
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    let replayed = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(replayed.2, "Refresh token replayed");
    assert_eq!(world.sim.bluesky_account(&did).unwrap().sessions.len(), 0);
}

#[tokio::test]
async fn an_outage_before_the_work_costs_nothing() {
    let world = World::new();
    let (mut client, did) = signed_in(&world).await;
    for effect in [Effect::ServerError { status: 502 }, Effect::LoseRequest] {
        world
            .sim
            .add_fault(Fault::once("bluesky.token.refresh", effect));
        let answer = client.refresh_with(&client.refresh).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    }
    world
        .sim
        .break_it(Break::PlatformDown {
            platform: "bluesky".to_owned(),
        })
        .unwrap();
    let down = client.refresh_with(&client.refresh).await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    world
        .sim
        .mend_it(Break::PlatformDown {
            platform: "bluesky".to_owned(),
        })
        .unwrap();
    client.go_on().await;
    let truth = world.sim.bluesky_account(&did).unwrap();
    assert_eq!((truth.rotations, truth.rotated_unseen), (1, 0));
}

#[tokio::test]
async fn a_post_may_go_out_unseen_and_is_found_by_its_key() {
    let world = World::new();
    let (client, did) = signed_in(&world).await;
    for (effect, key) in [
        (Effect::DoneThenError { status: 500 }, KEY),
        (Effect::Garbage, "3m65ljqxqk23z"),
    ] {
        world
            .sim
            .add_fault(Fault::once("bluesky.put_record", effect));
        let answer = client.put(&did, key, note("unseen")).await;
        assert!(answer.header("content-type").starts_with("text/html"));
        let found = world
            .get(&format!(
                "/xrpc/com.atproto.repo.getRecord?repo={did}&collection={POSTS}&rkey={key}"
            ))
            .await;
        assert_eq!(found.json()["value"]["text"], "unseen");
    }
    let truth = world.sim.bluesky_account(&did).unwrap();
    assert_eq!((truth.posts.len(), truth.published_unseen), (2, 2));
}

#[tokio::test]
async fn lists_may_lag_and_a_doubled_call_is_stopped_by_its_proof() {
    let world = World::new();
    let (client, did) = signed_in(&world).await;
    let sim = &world.sim;
    sim.add_fault(Fault::once("bluesky.create_record", Effect::Twice));
    let body = json!({"repo": did, "collection": POSTS, "record": note("no key")});
    let created = client.post("com.atproto.repo.createRecord", &body).await;
    assert_eq!(created.status, StatusCode::OK);
    assert_eq!(sim.bluesky_account(&did).unwrap().posts.len(), 1);
    sim.add_fault(Fault::always(
        "bluesky.list_records",
        Effect::ListLag { ms: 30_000 },
    ));
    let list = format!("/xrpc/com.atproto.repo.listRecords?repo={did}&collection={POSTS}");
    assert_eq!(world.get(&list).await.json()["records"], json!([]));
    world.later(30_000);
    let shown = world.get(&list).await.json();
    assert_eq!(shown["records"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn furnished_accounts_can_be_signed_in_to_and_broken_from_json() {
    let world = World::new();
    world.sim.furnish_default();
    let truth = world.sim.truth();
    let accounts = truth["bluesky"]["accounts"].as_object().unwrap().clone();
    assert!(accounts.len() >= 3);
    let (did, account) = accounts.iter().next().unwrap();
    assert!(!account["posts"].as_array().unwrap().is_empty());
    let mut client = Client::loopback(&world);
    client.sign_in(did).await;
    let what = json!({"platform": "bluesky", "kind": "revoke_sessions", "did": did});
    world
        .sim
        .break_it(Break::from_json(&what).unwrap())
        .unwrap();
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    let known = simulator::control::operations();
    let calls = world.sim.truth()["calls"].clone();
    for name in calls.as_object().unwrap().keys() {
        assert!(known.contains(&name.as_str()), "{name} is not announced");
    }
}
