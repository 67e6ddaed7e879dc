//! Nonces, proofs, rotation without grace, lives, keys, standing.

use crate::client::{Client, DAY, MINUTE, World, key, note};
use http::StatusCode;
use simulator::bluesky::Break;

fn grant(text: &str) -> (u16, String, String) {
    (400, "invalid_grant".to_owned(), text.to_owned())
}

fn world() -> (World, String) {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    (world, did)
}

#[tokio::test]
async fn nonces_are_demanded_and_change() {
    let (world, did) = world();
    let mut client = Client::loopback(&world);
    let nothing = client.form_once("/oauth/par", &[]).await;
    assert_eq!(nothing.refusal().1, "invalid_request");
    let bare = client
        .form_once("/oauth/par", &[("response_type", "code")])
        .await;
    assert_eq!(bare.status, StatusCode::BAD_REQUEST);
    assert_eq!(bare.json()["error"], "use_dpop_nonce");
    let first = bare.header("dpop-nonce").to_owned();
    assert!(!first.is_empty());
    client.sign_in(&did).await;
    let ok = client.get_session().await;
    assert_eq!(ok.header("dpop-nonce"), first);
    world.later(10 * MINUTE);
    let stale = client
        .call_once(
            "GET",
            "com.atproto.server.getSession",
            "text/plain",
            Default::default(),
        )
        .await;
    assert_eq!(stale.status, StatusCode::UNAUTHORIZED);
    assert!(stale.header("www-authenticate").starts_with("DPoP "));
    assert!(stale.header("www-authenticate").contains("use_dpop_nonce"));
    assert_ne!(stale.header("dpop-nonce"), first);
    // A refusal for the nonce does not spend the refresh token.
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", client.refresh.as_str()),
    ];
    let refused = client.form_once("/oauth/token", &fields).await;
    assert_eq!(refused.json()["error"], "use_dpop_nonce");
    client.go_on().await;
}

#[tokio::test]
async fn proofs_are_bound_and_single_use() {
    let (world, did) = world();
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    let path = "/xrpc/com.atproto.server.getSession";
    let send = |proof: String| {
        let request = http::Request::get(path)
            .header("authorization", format!("DPoP {}", client.access))
            .header("dpop", proof);
        world.send(request.body(axum::body::Body::empty()).unwrap())
    };
    let proof = client.proof("GET", path, Some(&client.access));
    assert_eq!(send(proof.clone()).await.status, StatusCode::OK);
    assert_eq!(send(proof).await.refusal().1, "invalid_dpop_proof");
    for wrong in [
        client.proof("POST", path, Some(&client.access)),
        client.proof("GET", "/elsewhere", Some(&client.access)),
        client.proof("GET", path, Some("another token")),
        client.proof("GET", path, None),
    ] {
        assert_eq!(send(wrong).await.refusal().1, "invalid_dpop_proof");
    }
    let mut thief = Client::loopback(&world);
    thief.proof_key = key(9);
    thief.access.clone_from(&client.access);
    assert_eq!(thief.get_session().await.refusal().1, "invalid_token");
    // Dates are compared only where somebody asks for it.
    world.sim.set_bluesky_strict_proofs(true);
    assert_eq!(client.get_session().await.refusal().1, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_refresh_rotates_without_grace() {
    let (world, did) = world();
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    let (old_access, old_refresh) = (client.access.clone(), client.refresh.clone());
    client.go_on().await;
    assert_ne!(client.refresh, old_refresh);
    assert_eq!(client.get_session().await.status, StatusCode::OK);
    let good = std::mem::replace(&mut client.access, old_access);
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    client.access = good;
    // The used one again: refused, and everything is over.
    let replayed = client.refresh_with(&old_refresh).await.refusal();
    assert_eq!(replayed, grant("Refresh token replayed"));
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    let dead = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(dead, grant("Invalid refresh token"));
    let truth = world.sim.bluesky_account(&did).unwrap();
    assert_eq!((truth.rotations, truth.replays), (1, 1));
    assert_eq!(truth.ended[0].why, "replayed");
}

#[tokio::test]
async fn two_refreshes_at_once_give_one_answer_and_one_500() {
    let (world, did) = world();
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    let refresh = client.refresh.clone();
    let both =
        futures_util::future::join(client.refresh_with(&refresh), client.refresh_with(&refresh));
    let (one, two) = both.await;
    assert_eq!(two.status, StatusCode::INTERNAL_SERVER_ERROR);
    client.take(&one);
    client.go_on().await;
    assert_eq!(world.sim.bluesky_account(&did).unwrap().rotations, 2);
}

#[tokio::test]
async fn lives_of_public_and_confidential_sessions() {
    let (world, did) = world();
    let mut public = Client::loopback(&world);
    let mut confidential = Client::confidential(&world);
    public.sign_in(&did).await;
    confidential.sign_in(&did).await;
    world.later(61 * MINUTE);
    assert_eq!(public.get_session().await.refusal().1, "invalid_token");
    for _ in 0..13 {
        world.later(DAY);
        public.go_on().await;
    }
    world.later(DAY);
    let over = public.refresh_with(&public.refresh).await.refusal();
    assert_eq!(over, grant("Session expired"));
    world.later(60 * DAY);
    confidential.go_on().await;
    world.later(89 * DAY);
    confidential.go_on().await;
    world.later(91 * DAY);
    let idle = confidential.refresh_with(&confidential.refresh).await;
    assert_eq!(idle.refusal(), grant("Refresh token expired"));
    confidential.sign_in(&did).await;
    for _ in 0..8 {
        world.later(89 * DAY);
        confidential.go_on().await;
    }
    world.later(19 * DAY);
    let over = confidential.refresh_with(&confidential.refresh).await;
    assert_eq!(over.refusal(), grant("Session expired"));
}

#[tokio::test]
async fn another_key_costs_the_session_but_an_unreachable_document_does_not() {
    let (world, did) = world();
    let mut client = Client::confidential(&world);
    client.sign_in(&did).await;
    world.later(11 * MINUTE);
    world
        .shelf
        .take_away("http://127.0.0.1:7000/oauth/client.json");
    let gone = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(gone.1, "invalid_client_metadata");
    client.publish_keys(&[("k1", 21), ("k2", 22)]);
    client.own_key = Some(("k1".to_owned(), key(99)));
    let forged = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(forged.1, "invalid_client");
    client.own_key = Some(("k1".to_owned(), key(21)));
    client.go_on().await;
    client.own_key = Some(("k2".to_owned(), key(22)));
    let other = client.refresh_with(&client.refresh).await.refusal();
    assert!(
        other.1 == "invalid_grant" && other.2.contains("different key"),
        "{other:?}"
    );
    assert!(world.sim.bluesky_account(&did).unwrap().sessions.is_empty());
    let mut careless = Client::confidential(&world);
    careless.proof_key = key(21);
    let refused = careless.push(&did, 1).await.refusal();
    assert!(refused.2.contains("different key"), "{refused:?}");
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    client.proof_key = key(8);
    let other = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(other, grant("DPoP proof does not match the expected JKT"));
    assert!(world.sim.bluesky_account(&did).unwrap().sessions.is_empty());
}

#[tokio::test]
async fn a_client_may_revoke_and_a_person_too() {
    let (world, did) = world();
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    let token = [("token", client.refresh.as_str())];
    // Without a proof, or from another key: 200, and nothing is revoked.
    let bare = [token[0], ("client_id", client.id.as_str())];
    let ignored = world.submit("/oauth/revoke", &bare).await;
    assert_eq!(ignored.status, StatusCode::OK);
    let mut thief = Client::loopback(&world);
    thief.proof_key = key(9);
    let ignored = thief.form("/oauth/revoke", &token).await;
    assert_eq!(ignored.status, StatusCode::OK);
    assert_eq!(client.get_session().await.status, StatusCode::OK);
    assert_eq!(
        client.form("/oauth/revoke", &token).await.status,
        StatusCode::OK
    );
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    client.sign_in(&did).await;
    let did_of = || did.clone();
    world
        .sim
        .break_it(Break::ChangePassword { did: did_of() })
        .unwrap();
    assert_eq!(client.get_session().await.status, StatusCode::OK);
    client.go_on().await;
    world
        .sim
        .break_it(Break::RevokeSessions { did: did_of() })
        .unwrap();
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    let dead = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(dead, grant("Invalid refresh token"));
    assert!(world.sim.mend_it(Break::RevokeSessions { did }).is_err());
}

#[tokio::test]
async fn standings_speak_their_own_words() {
    let (world, did) = world();
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    let sim = &world.sim;
    let status = format!("/xrpc/com.atproto.sync.getRepoStatus?did={did}");
    let pause = Break::Deactivate { did: did.clone() };
    sim.break_it(pause.clone()).unwrap();
    let session = client.get_session().await.json();
    assert_eq!(
        (&session["active"], &session["status"]),
        (&false.into(), &"deactivated".into())
    );
    let write = client
        .put(&did, "3m65ljqxqk22z", note("hello"))
        .await
        .refusal();
    assert_eq!((write.0, write.1.as_str()), (401, "AccountDeactivated"));
    assert_eq!(world.get(&status).await.json()["status"], "deactivated");
    let record = format!(
        "/xrpc/com.atproto.repo.getRecord?repo={did}&collection=app.bsky.feed.post&rkey=3m65ljqxqk22z"
    );
    assert_eq!(world.get(&record).await.refusal().1, "InvalidRequest");
    sim.mend_it(pause).unwrap();
    let missing = Break::DropPermission { did: did.clone() };
    sim.break_it(missing.clone()).unwrap();
    let write = client
        .put(&did, "3m65ljqxqk22z", note("hello"))
        .await
        .refusal();
    assert_eq!((write.0, write.1.as_str()), (403, "ScopeMissingError"));
    sim.mend_it(missing).unwrap();
    let write = client.put(&did, "3m65ljqxqk22z", note("hello")).await;
    assert_eq!(write.status, StatusCode::OK);
    let down = Break::TakeDown { did: did.clone() };
    sim.break_it(down.clone()).unwrap();
    let refusal = client.get_session().await.refusal();
    assert_eq!((refusal.0, refusal.1.as_str()), (401, "AccountTakedown"));
    let dead = client.refresh_with(&client.refresh).await.refusal();
    assert_eq!(dead, grant("Invalid refresh token"));
    sim.mend_it(down).unwrap();
    assert_eq!(client.get_session().await.refusal().1, "invalid_token");
    sim.break_it(Break::ChangeHandle {
        did: did.clone(),
        handle: "moss.bsky.social".into(),
    })
    .unwrap();
    sim.break_it(Break::DeleteAccount {
        did: "moss.bsky.social".into(),
    })
    .unwrap();
    let refusal = client.get_session().await.refusal();
    assert_eq!((refusal.0, refusal.1.as_str()), (403, "AccountNotFound"));
    assert_eq!(world.get(&status).await.refusal().1, "RepoNotFound");
    assert_eq!(
        world.get(&format!("/plc.directory/{did}")).await.json()["alsoKnownAs"][0],
        "at://moss.bsky.social"
    );
}
