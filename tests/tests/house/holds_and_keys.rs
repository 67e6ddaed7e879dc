//! Holds and bearer keys, through the API and the pages.

use domain::member::Scope;
use http::StatusCode;
use serde_json::json;
use testing::app::TestApp;

const KEYS: &str = "/api/v1/api-keys";
const HOLDS: &str = "/api/v1/holds";

#[tokio::test]
async fn a_new_key_drafts_only_and_a_revoked_one_opens_nothing() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let admin = app.full_key(&house).await.unwrap();
    app.advance_ms(1_000);
    let made = admin
        .post(KEYS, json!({"name": "Bot"}))
        .await
        .unwrap()
        .json();
    assert_eq!(made["scopes"], json!(["read", "draft"]));
    let mut bot = admin.clone();
    bot.key = made["key"].as_str().unwrap().to_owned();
    assert_eq!(
        bot.get("/api/v1/me").await.unwrap().json()["scopes"],
        json!(["read", "draft"])
    );
    let refused = bot.post(HOLDS, json!({"reason": "No"})).await.unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::FORBIDDEN, "scope_missing")
    );
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("publish"),
        "it says which: {refused:?}"
    );
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    app.advance_ms(1_000);
    assert!(admin.delete(&path).await.unwrap().json()["revoked_at"].is_string());
    assert_eq!(bot.get("/api/v1/me").await.unwrap().code(), "bad_key");
    assert_eq!(
        admin.delete(&path).await.unwrap().status,
        StatusCode::OK,
        "revoked already is as good"
    );
    let list = admin.get(KEYS).await.unwrap();
    assert!(!list.text().contains("msk_"), "no list shows a key");
    let log = admin.get("/api/v1/audit-log").await.unwrap().json();
    let actions: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["api_key.revoke", "api_key.create", "workspace.create"],
        "one line for one change"
    );
}

#[tokio::test]
async fn a_key_cannot_make_one_that_may_more_and_wrong_input_makes_none() {
    let app = TestApp::new().await.unwrap();
    let (house, other) = (
        app.house("Nord").await.unwrap(),
        app.house("Other").await.unwrap(),
    );
    let keeper = app
        .key(&house, &[Scope::Read, Scope::Manage], None)
        .await
        .unwrap();
    let more = keeper
        .post(KEYS, json!({"name": "More", "scopes": ["publish"]}))
        .await
        .unwrap();
    assert_eq!(more.code(), "scope_missing");
    let wrong = keeper
        .post(KEYS, json!({"name": "Odd", "scopes": ["fly"]}))
        .await
        .unwrap();
    assert_eq!(
        (
            wrong.code().as_str(),
            wrong.json()["errors"][0]["field"].as_str()
        ),
        ("invalid", Some("scopes[0]"))
    );
    let foreign = keeper
        .post(
            KEYS,
            json!({"name": "Theirs", "scopes": ["read"], "social_set": other.set}),
        )
        .await
        .unwrap();
    assert_eq!(foreign.json()["errors"][0]["field"], "social_set");
    assert_eq!(
        keeper.get(KEYS).await.unwrap().json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_key_of_one_set_is_blind_for_the_others() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let second = app.set(&house, "Second").await.unwrap();
    let client = app.key(&house, Scope::ALL, Some(second)).await.unwrap();
    let list = client.get("/api/v1/social-sets").await.unwrap().json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["name"], "Second");
    assert_eq!(
        client
            .get(&format!("/api/v1/social-sets/{}", house.set))
            .await
            .unwrap()
            .code(),
        "not_found"
    );
    assert_eq!(
        client
            .post(HOLDS, json!({"reason": "x", "social_set": house.set}))
            .await
            .unwrap()
            .code(),
        "not_found"
    );
    assert_eq!(
        client
            .post(HOLDS, json!({"reason": "x"}))
            .await
            .unwrap()
            .code(),
        "not_allowed"
    );
    assert_eq!(
        client
            .post(HOLDS, json!({"reason": "x", "social_set": second}))
            .await
            .unwrap()
            .status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_hold_begins_ends_and_ends_by_itself() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let past = client
        .post(
            HOLDS,
            json!({"reason": "x", "until": "2020-01-01T00:00:00Z"}),
        )
        .await
        .unwrap();
    assert_eq!(past.json()["errors"][0]["code"], "past");
    let until = domain::schedule::plus_ms(app.web.now(), 60 * 60 * 1_000);
    let hold = client
        .post(HOLDS, json!({"reason": "Bad news", "until": until}))
        .await
        .unwrap();
    assert_eq!(hold.status, StatusCode::CREATED);
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    assert!(
        browser
            .get("/settings/holds")
            .await
            .unwrap()
            .text()
            .contains("Bad news")
    );
    app.advance_ms(60 * 60 * 1_000);
    assert_eq!(
        client.get(HOLDS).await.unwrap().json()["items"],
        json!([]),
        "over by itself"
    );
    let form = [("reason", "By hand"), ("social_set", ""), ("until", "")];
    assert_eq!(
        browser.post("/settings/holds", &form).await.unwrap().status,
        StatusCode::SEE_OTHER
    );
    let open = client.get(HOLDS).await.unwrap().json();
    let path = format!("{HOLDS}/{}", open["items"][0]["id"].as_str().unwrap());
    assert!(client.delete(&path).await.unwrap().json()["ended_at"].is_string());
    assert_eq!(client.get(HOLDS).await.unwrap().json()["items"], json!([]));
}

#[tokio::test]
async fn the_page_shows_a_new_key_once() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    let form = [
        ("name", "Page bot"),
        ("scopes", "read"),
        ("scopes", "publish"),
        ("social_set", ""),
    ];
    let page = browser.post("/settings/keys", &form).await.unwrap().text();
    let key = page
        .split("id=\"fresh-key\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("shown");
    let mut client = app.full_key(&house).await.unwrap();
    client.key = key.to_owned();
    assert_eq!(
        client.get("/api/v1/me").await.unwrap().json()["scopes"],
        json!(["read", "publish"])
    );
    assert!(
        !browser
            .get("/settings/keys")
            .await
            .unwrap()
            .text()
            .contains(key)
    );
    let nameless = browser
        .post("/settings/keys", &[("name", ""), ("scopes", "read")])
        .await
        .unwrap();
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.text().contains("Fill this in."));
}
