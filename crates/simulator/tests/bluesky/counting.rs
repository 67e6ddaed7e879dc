//! Renewals and ends as the rehearsal counts them, and servers that forgive a used refresh token.

use crate::client::{Client, World, note};
use simulator::bluesky::Break;
use simulator::{Effect, Fault, Rotation};

async fn signed_in(world: &World) -> (Client<'_>, String) {
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let mut client = Client::loopback(world);
    client.sign_in(&did).await;
    (client, did)
}

#[tokio::test]
async fn a_rotation_is_told_with_its_session_and_whether_anybody_saw_it() {
    let world = World::new();
    let (mut client, did) = signed_in(&world).await;
    let session = world.sim.bluesky_account(&did).unwrap().sessions[0]
        .id
        .clone();
    client.go_on().await;
    world
        .sim
        .add_fault(Fault::once("bluesky.token.refresh", Effect::Cut));
    let cut = client.refresh_with(&client.refresh).await;
    assert_eq!(cut.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&cut.body).is_err());
    let (facts, _) = world.sim.rotations_since(0);
    let told: Vec<_> = facts.iter().map(|one| (one.how, one.unseen)).collect();
    assert_eq!(
        told,
        [(Rotation::Replaced, false), (Rotation::Replaced, true)]
    );
    assert!(
        facts
            .iter()
            .all(|one| one.session.as_deref() == Some(session.as_str()))
    );
    assert_eq!(world.sim.bluesky_account(&did).unwrap().rotated_unseen, 1);
    // What the client still holds is a used one: the session ends, and that is told.
    client.refresh_with(&client.refresh).await;
    let (ends, _) = world.sim.login_ends_since(0);
    assert_eq!(ends.len(), 1);
    assert_eq!(
        (ends[0].why.as_str(), ends[0].of.as_deref()),
        ("replayed", Some(session.as_str()))
    );
}

#[tokio::test]
async fn an_empty_secret_rotates_nothing() {
    let world = World::new();
    let (mut client, did) = signed_in(&world).await;
    world
        .sim
        .add_fault(Fault::once("bluesky.token.refresh", Effect::EmptySecret));
    let answer = client.refresh_with(&client.refresh).await.json();
    assert_eq!(answer["refresh_token"], "");
    assert_eq!(answer["access_token"], client.access.as_str());
    assert_eq!(world.sim.rotations_since(0).1, 0);
    client.go_on().await;
    assert_eq!(world.sim.bluesky_account(&did).unwrap().rotations, 1);
}

#[tokio::test]
async fn some_servers_only_refuse_a_used_refresh_token() {
    let world = World::new();
    world.sim.set_reuse_ends_session(false);
    let (mut client, did) = signed_in(&world).await;
    let used = client.refresh.clone();
    client.go_on().await;
    let refused = client.refresh_with(&used).await.refusal();
    assert_eq!((refused.0, refused.1.as_str()), (400, "invalid_grant"));
    assert_eq!(world.sim.bluesky_account(&did).unwrap().replays, 1);
    assert_eq!(world.sim.login_ends_since(0).1, 0);
    client.go_on().await;
    world.sim.set_reuse_ends_session(true);
    client.refresh_with(&used).await;
    assert_eq!(world.sim.bluesky_account(&did).unwrap().sessions.len(), 0);
    assert_eq!(world.sim.login_ends_since(0).0[0].why, "replayed");
}

#[tokio::test]
async fn posts_leave_facts_and_ends_by_people_do_too() {
    let world = World::new();
    let (client, did) = signed_in(&world).await;
    for _ in 0..2 {
        // The same record twice is one post.
        client.put(&did, "3m65ljqxqk22z", note("once")).await;
    }
    let (facts, _) = world.sim.posts_since(0);
    assert_eq!(facts.len(), 1);
    assert_eq!(
        facts[0].post,
        format!("at://{did}/app.bsky.feed.post/3m65ljqxqk22z")
    );
    assert_eq!((facts[0].text.as_str(), facts[0].seen), ("once", true));
    let revoke = Break::RevokeSessions { did: did.clone() };
    world.sim.break_it(revoke).unwrap();
    let (ends, _) = world.sim.login_ends_since(0);
    assert_eq!(
        (ends.len(), ends[0].why.as_str(), ends[0].account.as_str()),
        (1, "revoked_by_user", did.as_str())
    );
}

#[tokio::test]
async fn signatures_may_be_taken_on_trust_but_nothing_else() {
    let world = World::new();
    let (client, _) = signed_in(&world).await;
    world.sim.set_bluesky_check_signatures(false);
    assert_eq!(client.get_session().await.status, 200);
    let mut other = Client::loopback(&world);
    other.access.clone_from(&client.access);
    other.proof_key = crate::client::key(99);
    assert_eq!(other.get_session().await.status, 401);
}
