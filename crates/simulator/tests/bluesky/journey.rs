//! From a handle to a post and back.

use crate::client::{Client, MINUTE, ORIGIN, World, note};
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_handle_leads_to_the_server_that_issues() {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let found = world
        .get("/xrpc/com.atproto.identity.resolveHandle?handle=fern.bsky.social")
        .await;
    assert_eq!(found.json(), json!({"did": did}));
    let document = world.get(&format!("/plc.directory/{did}")).await.json();
    assert_eq!(document["id"], json!(did));
    assert_eq!(document["alsoKnownAs"], json!(["at://fern.bsky.social"]));
    let service = &document["service"][0];
    assert_eq!(service["id"], "#atproto_pds");
    assert_eq!(service["type"], "AtprotoPersonalDataServer");
    assert_eq!(service["serviceEndpoint"], ORIGIN);
    let resource = world.get("/.well-known/oauth-protected-resource").await;
    assert_eq!(resource.json()["authorization_servers"], json!([ORIGIN]));
    let server = world.get("/.well-known/oauth-authorization-server").await;
    let server = server.json();
    assert_eq!(server["issuer"], ORIGIN);
    for flag in [
        "require_pushed_authorization_requests",
        "authorization_response_iss_parameter_supported",
        "client_id_metadata_document_supported",
    ] {
        assert_eq!(server[flag], json!(true), "{flag}");
    }
    assert_eq!(
        server["dpop_signing_alg_values_supported"],
        json!(["ES256"])
    );
    let missing = world.get("/plc.directory/did:plc:nobody").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let nobody = world
        .get("/xrpc/com.atproto.identity.resolveHandle?handle=nobody.bsky.social")
        .await;
    assert_eq!(nobody.refusal().1, "HandleNotFound");
}

#[tokio::test]
async fn a_whole_journey() {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let mut client = Client::loopback(&world);
    client.sign_in(&did).await;
    let session = client.get_session().await.json();
    assert_eq!(session["did"], json!(did));
    assert_eq!(session["active"], json!(true));
    // PNG by its first bytes, whatever the header says.
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR-rest-of-a-picture";
    let blob = client.upload("image/jpeg", png).await.json()["blob"].clone();
    assert_eq!(blob["mimeType"], "image/png");
    let mut record = note("With a picture.");
    record["embed"] = json!({
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": "", "aspectRatio": {"width": 4, "height": 5}}],
    });
    let put = client.put(&did, "3m65ljqxqk22z", record.clone()).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    let uri = format!("at://{did}/app.bsky.feed.post/3m65ljqxqk22z");
    assert_eq!(put.json()["uri"], json!(uri));
    assert_eq!(put.json()["validationStatus"], "valid");
    let read = world
        .get(&format!(
            "/xrpc/com.atproto.repo.getRecord?repo={did}&collection=app.bsky.feed.post&rkey=3m65ljqxqk22z"
        ))
        .await
        .json();
    assert_eq!(read["value"], record);
    assert_eq!(read["cid"], put.json()["cid"]);
    let cid = blob["ref"]["$link"].as_str().unwrap();
    let shown = world
        .get(&format!(
            "/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}"
        ))
        .await;
    assert_eq!(shown.header("content-type"), "image/png");
    let profile = world
        .get("/public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=fern.bsky.social")
        .await
        .json();
    assert_eq!(
        (&profile["did"], &profile["postsCount"]),
        (&json!(did), &json!(1))
    );
    let truth = world.sim.bluesky_account(&did).unwrap();
    assert_eq!((truth.posts.len(), truth.sessions.len()), (1, 1));
    assert_eq!(truth.posts[0].blobs, 1);
}

#[tokio::test]
async fn the_person_may_refuse_or_be_too_slow() {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let client = Client::loopback(&world);
    let uri = |body: serde_json::Value| body["request_uri"].as_str().unwrap().to_owned();
    let first = uri(client.push(&did, 1).await.json());
    let back = client.agree(&first, &did, "cancel").await;
    assert_eq!(back["error"], "access_denied");
    assert_eq!(back["iss"], ORIGIN);
    let second = uri(client.push(&did, 2).await.json());
    world.later(6 * MINUTE);
    let fields = [
        ("client_id", client.id.as_str()),
        ("request_uri", &second),
        ("account", &did),
    ];
    let page = world.submit("/oauth/authorize/sign-in", &fields).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text().contains("expired"));
    let bare = world.get("/oauth/authorize?client_id=x").await;
    assert_eq!(bare.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_sign_in_page_names_who_asks_and_who_may_answer() {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern <3");
    let client = Client::confidential(&world);
    let pushed = client.push("fern.bsky.social", 1).await.json();
    let uri = pushed["request_uri"].as_str().unwrap();
    assert_eq!(pushed["expires_in"], 300);
    let query =
        serde_urlencoded::to_string([("client_id", client.id.as_str()), ("request_uri", uri)]);
    let page = world
        .get(&format!("/oauth/authorize?{}", query.unwrap()))
        .await
        .text();
    for part in [
        "Mainstay",
        "id=\"account-fern.bsky.social\"",
        "Fern &lt;3",
        "id=\"handle\"",
        "id=\"cancel\"",
        &did,
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    let other = [
        ("client_id", client.id.as_str()),
        ("request_uri", uri),
        ("handle", "nobody.bsky.social"),
    ];
    let page = world.submit("/oauth/authorize/sign-in", &other).await;
    assert!(page.text().contains("no such account"));
    // A code is good once; the second time it costs the session.
    let back = client.agree(uri, &did, "accept").await;
    assert_eq!(client.redeem(&back["code"], 1).await.status, StatusCode::OK);
    assert_eq!(world.sim.bluesky_account(&did).unwrap().sessions.len(), 1);
    let again = client.redeem(&back["code"], 1).await.refusal();
    assert_eq!(again, (400, "invalid_grant".into(), "Invalid code".into()));
    assert_eq!(world.sim.bluesky_account(&did).unwrap().sessions.len(), 0);
}

#[tokio::test]
async fn a_wrong_verifier_or_scope_or_return_is_refused() {
    let world = World::new();
    let did = world.sim.add_bluesky_account("fern.bsky.social", "Fern");
    let client = Client::loopback(&world);
    let pushed = client.push(&did, 1).await.json();
    let back = client
        .agree(pushed["request_uri"].as_str().unwrap(), &did, "accept")
        .await;
    let wrong = client.redeem(&back["code"], 2).await.refusal();
    assert_eq!(wrong.2, "Invalid code_verifier");
    // The attempt spent the code.
    assert_eq!(
        client.redeem(&back["code"], 1).await.refusal().2,
        "Invalid code"
    );
    let once = async |number: u64| {
        let pushed = client.push(&did, number).await.json();
        let uri = pushed["request_uri"].as_str().unwrap().to_owned();
        let back = client.agree(&uri, &did, "accept").await;
        client.redeem(&back["code"], number).await
    };
    assert_eq!(once(3).await.status, StatusCode::OK);
    assert_eq!(once(3).await.refusal().2, "Code challenge already used");
    let common = [
        ("response_type", "code"),
        (
            "code_challenge",
            "0123456789012345678901234567890123456789012",
        ),
        ("code_challenge_method", "S256"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&common[..], more].concat();
    for (fields, error) in [
        (
            with(&[
                ("redirect_uri", "http://127.0.0.1:7000/back"),
                ("scope", "transition:generic"),
            ]),
            "invalid_scope",
        ),
        (
            with(&[
                ("redirect_uri", "http://127.0.0.1:7000/back"),
                ("scope", "atproto transition:email"),
            ]),
            "invalid_scope",
        ),
        (
            with(&[
                ("redirect_uri", "http://127.0.0.1:7000/elsewhere"),
                ("scope", "atproto"),
            ]),
            "invalid_request",
        ),
    ] {
        let answer = client.form("/oauth/par", &fields).await;
        assert_eq!(answer.refusal().1, error, "{fields:?}");
    }
}
