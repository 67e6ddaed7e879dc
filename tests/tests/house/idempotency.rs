//! The same request again under the same `Idempotency-Key`.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use storage::idempotency::{self, Place};
use testing::app::{Answer, Client, TestApp};

const SETS: &str = "/api/v1/social-sets";

async fn send(client: &Client<'_>, path: &str, key: &str, body: Value) -> Answer {
    client
        .json(Method::POST, path, &[("idempotency-key", key)], body)
        .await
        .unwrap()
}

async fn count(client: &Client<'_>) -> usize {
    client.get(SETS).await.unwrap().json()["items"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn done_once_and_answered_alike() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let first = send(&client, SETS, "k1", json!({"name": "New"})).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = send(&client, SETS, "k1", json!({"name": "New"})).await;
    assert_eq!((again.status, again.text()), (first.status, first.text()));
    assert_eq!(again.header("idempotency-replayed"), "true");
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.header(header), first.header(header));
        assert!(!first.header(header).is_empty(), "{header}");
    }
    assert_eq!(count(&client).await, 2);
    assert_eq!(
        send(&client, SETS, "k1", json!({"name": "Else"}))
            .await
            .code(),
        "idempotency_key_reused"
    );
    let other = app.full_key(&house).await.unwrap();
    assert_eq!(
        send(&other, SETS, "k1", json!({"name": "New"}))
            .await
            .status,
        StatusCode::CREATED,
        "keys are each client's own"
    );
    assert_eq!(
        send(&client, SETS, &"x".repeat(201), json!({"name": "New"}))
            .await
            .code(),
        "bad_parameter"
    );
    app.advance_ms(25 * 60 * 60 * 1_000);
    assert_eq!(
        send(&client, SETS, "k1", json!({"name": "Else"}))
            .await
            .status,
        StatusCode::CREATED,
        "forgotten after a day"
    );
}

#[tokio::test]
async fn a_refusal_is_repeated_too_but_not_one_that_passes() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let refused = send(&client, SETS, "k1", json!({"name": ""})).await;
    assert_eq!(refused.code(), "invalid");
    let again = send(&client, SETS, "k1", json!({"name": ""})).await;
    assert_eq!(
        (again.code().as_str(), again.header("idempotency-replayed")),
        ("invalid", "true")
    );
    let reader = app
        .key(&house, &[domain::member::Scope::Read], None)
        .await
        .unwrap();
    for _ in 0..2 {
        let refused = send(&reader, SETS, "k1", json!({"name": "New"})).await;
        assert_eq!(
            (
                refused.code().as_str(),
                refused.header("idempotency-replayed")
            ),
            ("scope_missing", "")
        );
    }
}

#[tokio::test]
async fn while_the_first_is_under_way() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let me = client.get("/api/v1/me").await.unwrap().json();
    let key = me["key"].as_str().unwrap().parse().unwrap();
    let place = Place {
        workspace: house.workspace,
        maker: domain::post::Maker::Key(key),
        key: "k1".to_owned(),
    };
    let body = json!({"name": "New"}).to_string();
    let sha = {
        use sha2::Digest as _;
        let mut digest = sha2::Sha256::new();
        digest.update(b"POST\0/api/v1/social-sets\0");
        digest.update(&body);
        digest.finalize().into()
    };
    let now = app.web.security_now();
    app.web
        .write("test", move |conn| {
            Ok(idempotency::begin(conn, &place, &sha, now)?)
        })
        .await
        .unwrap();
    let answer = send(&client, SETS, "k1", json!({"name": "New"})).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::CONFLICT, "idempotency_in_progress")
    );
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(count(&client).await, 1);
    // No request takes so long: it went down with its process, and waiting for it helps nobody.
    app.advance_ms(6 * 60 * 1_000);
    let answer = send(&client, SETS, "k1", json!({"name": "New"})).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::CONFLICT, "idempotency_cut_off")
    );
    assert!(answer.text().contains("new key"), "{answer:?}");
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn a_secret_is_not_kept_for_repeating() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let first = send(&client, "/api/v1/api-keys", "k1", json!({"name": "Bot"}))
        .await
        .json();
    let plain = first["key"].as_str().expect("shown once").to_owned();
    assert!(plain.starts_with("msk_"));
    let again = send(&client, "/api/v1/api-keys", "k1", json!({"name": "Bot"}))
        .await
        .json();
    assert_eq!(
        (again["id"].clone(), again.get("key")),
        (first["id"].clone(), None)
    );
    assert_eq!(again["warnings"][0]["code"], "key_not_repeated");
}
