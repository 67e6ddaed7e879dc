//! What is kept: snapshots, seeds, the truth, the control page.

use crate::support::*;
use http::StatusCode;
use serde_json::json;

const IG: &str = "graph.instagram.com";

/// A run with chance in many places; the last answers and the whole state.
async fn run(seed: u64) -> (String, String) {
    let world = World::new(seed);
    world.sim.furnish_default();
    world.sim.allow_redirect(IGL_APP, BACK);
    world.sim.allow_redirect(FBL_APP, BACK);
    let token = world.instagram_token("harbour.bakery").await;
    let (_, page) = world.facebook_tokens().await;
    let container = world.container(IG, BAKERY, &token, "x").await.get("id");
    world.pass(5 * SECOND);
    let media = world
        .publish(IG, BAKERY, &token, &container)
        .await
        .get("id");
    let broken = world
        .get(&format!("/{IG}/v25.0/1/media"), &[("access_token", &token)])
        .await
        .text();
    (
        format!("{token} {page} {container} {media} {broken}"),
        world.sim.snapshot().to_string(),
    )
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let (one, two) = (run(5).await, run(5).await);
    assert_eq!(one.0, two.0);
    assert_eq!(one.1, two.1);
    assert_ne!(one.0, run(6).await.0);
}

#[tokio::test]
async fn a_restored_simulator_goes_on() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let container = world.container(IG, BAKERY, &token, "kept").await.get("id");
    let saved = serde_json::to_string(&world.sim.snapshot()).unwrap();

    let other = World::new(99);
    let before = other.sim.revision();
    other
        .sim
        .restore(serde_json::from_str(&saved).unwrap())
        .unwrap();
    assert!(other.sim.revision() > before);
    other.pass(5 * SECOND);
    other
        .publish(IG, BAKERY, &token, &container)
        .await
        .get("id");
    assert_eq!(other.published(BAKERY), ["kept"]);
    assert!(world.published(BAKERY).is_empty());
    // Chance goes on where it stopped: both make the same next thing.
    let next =
        |world: World| async move { world.container(IG, BAKERY, &token, "next").await.get("id") };
    let saved_again = other.sim.snapshot();
    assert!(other.sim.restore(json!({"nonsense": true})).is_err());
    let third = World::new(7);
    third.sim.restore(saved_again).unwrap();
    third.pass(5 * SECOND);
    assert_eq!(next.clone()(other).await, next(third).await);
}

#[tokio::test]
async fn every_call_moves_the_revision() {
    let world = World::furnished();
    let before = world.sim.revision();
    world.get(&format!("/{IG}/v25.0/me"), &[]).await;
    assert!(world.sim.revision() > before);
    let now = world.sim.revision();
    world.get("/control", &[]).await;
    world.get("/control/api/state", &[]).await;
    assert_eq!(world.sim.revision(), now, "looking changes nothing");
}

#[tokio::test]
async fn the_truth_counts_without_telling_secrets() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let truth = world.get("/control/api/state", &[]).await;
    assert!(!truth.text().contains(&token) && !truth.text().contains(IGL_SECRET));
    let bakery = truth.json()["instagram"]["accounts"][BAKERY].clone();
    assert_eq!(bakery["posts"].as_array().unwrap().len(), 12);
    assert_eq!(bakery["tokens"], json!({"issued": 2, "living": 2}));
    assert_eq!(
        bakery["grants"][0]["permissions"].as_array().unwrap().len(),
        2
    );
    assert_eq!(truth.json()["tokens_issued"][BAKERY], json!(2));
    world.pass(HOUR);
    assert_eq!(
        world.sim.truth()["instagram"]["accounts"][BAKERY]["tokens"]["living"],
        json!(1)
    );
}

#[tokio::test]
async fn the_control_page_breaks_and_mends_by_form() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let page = world.get("/control", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    for piece in [
        "nothing leaves this machine",
        "@harbour.bakery",
        "Anna Berg",
        &format!(r#"id="change_password-{BAKERY}""#),
        "instagram.exchange",
    ] {
        assert!(page.text().contains(piece), "{piece} is not on the page");
    }
    let body = json!({"kind": "restrict", "account": BAKERY}).to_string();
    let pressed = world
        .post("/control/break", &[("body", &body), ("mends", "0")])
        .await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER);
    assert!(pressed.header("location").starts_with("/control?said=Done"));
    assert_eq!(
        world.container(IG, BAKERY, &token, "x").await.code(),
        (25, Some(2_207_050))
    );
    assert!(
        world
            .get("/control", &[])
            .await
            .text()
            .contains("Lift the restriction")
    );
    world
        .post("/control/break", &[("body", &body), ("mends", "1")])
        .await;
    world.container(IG, BAKERY, &token, "x").await.get("id");

    world
        .post(
            "/control/faults",
            &[
                ("operation", "instagram.me"),
                ("effect", "delay"),
                ("number", "20"),
                ("times", "3"),
            ],
        )
        .await;
    assert_eq!(world.sim.faults().len(), 1);
    let id = world.sim.faults()[0].id.to_string();
    world.post("/control/faults/remove", &[("id", &id)]).await;
    assert!(world.sim.faults().is_empty());
    let nonsense = world
        .post(
            "/control/faults",
            &[("operation", "instagram.me"), ("effect", "nonsense")],
        )
        .await;
    assert!(nonsense.header("location").contains("Nothing"));
}

#[tokio::test]
async fn what_a_stranger_types_is_shown_as_text() {
    let world = World::furnished();
    let page = world
        .get("/control", &[("said", "<script>alert(1)</script>")])
        .await
        .text();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
    let names = simulator::control::operations();
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    for wanted in [
        "instagram.media_publish",
        "instagram.refresh",
        "facebook.exchange",
        "facebook.debug_token",
    ] {
        assert!(names.contains(&wanted));
    }
}

#[tokio::test]
async fn an_oauth_client_can_be_tried_by_the_api_alone() {
    let world = World::new(1);
    let app = json!({"flow": "instagram", "name": "Mine", "redirect_uri": BACK});
    let app = world.post_json("/control/api/apps", &app).await;
    assert_eq!(app.status, StatusCode::CREATED);
    let account = json!({"username": "someone", "name": "Some One"});
    let account = world.post_json("/control/api/accounts", &account).await;
    assert_eq!(account.status, StatusCode::CREATED);
    let id = app.json()["id"].as_str().unwrap().to_owned();
    let dialog = |back: &'static str| {
        let (world, id) = (&world, id.clone());
        async move {
            let asked = [
                ("client_id", id.as_str()),
                ("redirect_uri", back),
                ("response_type", "code"),
                ("scope", "instagram_business_basic"),
            ];
            world
                .get("/www.instagram.com/oauth/authorize", &asked)
                .await
        }
    };
    assert!(dialog(BACK).await.text().contains("Log in as someone"));
    let other = "http://127.0.0.1:8080/elsewhere";
    assert_eq!(dialog(other).await.status, StatusCode::BAD_REQUEST);
    let allowed = json!({"app": id, "redirect_uri": other});
    assert_eq!(
        world
            .post_json("/control/api/redirects", &allowed)
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(dialog(other).await.status, StatusCode::OK);
    let flowless = json!({"flow": "nonsense", "name": "x", "redirect_uri": BACK});
    assert_eq!(
        world.post_json("/control/api/apps", &flowless).await.status,
        StatusCode::BAD_REQUEST
    );
}
