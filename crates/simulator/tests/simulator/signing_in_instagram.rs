//! The Instagram flow: dialog, code, short token, long token, prolonging, end.

use crate::support::*;
use http::StatusCode;
use serde_json::json;
use simulator::instagram::{AccessLevel, Flow, NewApp};

const DIALOG: &str = "/www.instagram.com/oauth/authorize";

fn request<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let standard = [
        ("client_id", IGL_APP),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", IGL_SCOPE),
        ("state", "a b&c"),
    ];
    let kept = standard
        .into_iter()
        .filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    kept.chain(changed.iter().copied()).collect()
}

#[tokio::test]
async fn pages_can_be_pressed_through() {
    let world = World::furnished();
    let page = world.get(DIALOG, &request(&[])).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    for piece in [
        r#"id="username""#,
        r#"id="password""#,
        r#"id="log-in""#,
        r#"id="login-as-harbour.bakery""#,
        r#"name="state" value="a b&amp;c""#,
    ] {
        assert!(page.text().contains(piece), "{piece} is not on the page");
    }
    let wrong = world
        .post(
            DIALOG,
            &request(&[("username", "harbour.bakery"), ("password", "wrong")]),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text().contains("password was incorrect"));
    let unknown = world
        .post(
            DIALOG,
            &request(&[("username", "nobody"), ("password", "x")]),
        )
        .await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);

    let right = world
        .post(
            DIALOG,
            &request(&[("username", "@harbour.bakery"), ("password", "x")]),
        )
        .await;
    let ticket = ticket(&right);
    let consent = world
        .get("/www.instagram.com/oauth/consent", &[("ticket", &ticket)])
        .await;
    for piece in [
        r#"id="permission-instagram_business_content_publish""#,
        r#"id="continue""#,
        r#"id="cancel""#,
        "harbour.bakery",
    ] {
        assert!(consent.text().contains(piece), "{piece} is not on the page");
    }
    let back = world
        .post(
            "/www.instagram.com/oauth/consent",
            &[("ticket", &ticket), ("action", "continue")],
        )
        .await;
    assert_eq!(back.returned("state").as_deref(), Some("a b&c"));
    assert!(back.header("location").starts_with(BACK) && back.header("location").ends_with("#_"));
    // A ticket is for one answer.
    let again = world
        .post(
            "/www.instagram.com/oauth/consent",
            &[("ticket", &ticket), ("action", "continue")],
        )
        .await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn cancelling_comes_back_as_an_error() {
    let world = World::furnished();
    let answer = world
        .post(DIALOG, &request(&[("login_as", "harbour.bakery")]))
        .await;
    let back = world
        .post(
            "/www.instagram.com/oauth/consent",
            &[("ticket", &ticket(&answer)), ("action", "cancel")],
        )
        .await;
    assert_eq!(back.returned("error").as_deref(), Some("access_denied"));
    assert_eq!(
        back.returned("error_reason").as_deref(),
        Some("user_denied")
    );
    assert_eq!(back.returned("code"), None);
}

#[tokio::test]
async fn wrong_requests_get_the_documented_words() {
    let world = World::furnished();
    let cases = [
        ("client_id", FBL_APP, "Invalid platform app"),
        (
            "redirect_uri",
            "http://127.0.0.1:8080/oauth/back/",
            "Invalid redirect_uri",
        ),
        (
            "scope",
            "instagram_business_basic,instagram_basic",
            "Business and user permissions are mutually exclusive",
        ),
        (
            "scope",
            "instagram_business_basic,instagram_business_content_publishing",
            "Business and user permissions are mutually exclusive",
        ),
        ("response_type", "token", "Invalid response_type"),
    ];
    for (name, value, words) in cases {
        let page = world.get(DIALOG, &request(&[(name, value)])).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{name}={value}");
        assert!(
            page.text().contains(words),
            "{name}={value}: {}",
            page.text()
        );
    }
}

#[tokio::test]
async fn an_app_with_standard_access_serves_its_testers_only() {
    let world = World::furnished();
    let (id, _) = world.sim.add_app(NewApp {
        access: AccessLevel::Standard,
        testers: vec![CERAMICS.to_owned()],
        ..NewApp::of(Flow::Instagram, "Mine", BACK)
    });
    let page = world
        .post(
            DIALOG,
            &request(&[("client_id", &id), ("login_as", "harbour.bakery")]),
        )
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let tester = world
        .post(
            DIALOG,
            &request(&[("client_id", &id), ("login_as", "nord.ceramics")]),
        )
        .await;
    assert_eq!(tester.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_code_is_exchanged_once() {
    let world = World::furnished();
    let code = world
        .instagram_code("harbour.bakery", &["instagram_business_content_publish"])
        .await;
    let answer = world.instagram_short(&code).await;
    assert_eq!(answer.json()["user_id"], json!(17_841_400_000_000_001_u64));
    assert_eq!(
        answer.json()["permissions"],
        json!([
            "instagram_business_basic",
            "instagram_business_content_publish"
        ])
    );
    let again = world.instagram_short(&code).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        again.json(),
        json!({"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found or was already used"})
    );
    let late = world.instagram_code("harbour.bakery", &[]).await;
    world.pass(HOUR);
    assert_eq!(
        world.instagram_short(&late).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn tokens_live_as_long_as_documented() {
    let world = World::furnished();
    let code = world.instagram_code("harbour.bakery", &[]).await;
    let short = world.instagram_short(&code).await.get("access_token");
    let long = world.instagram_long(&short).await;
    assert_eq!(long.json()["token_type"], json!("bearer"));
    assert_eq!(long.json()["expires_in"], json!(60 * 86_400));
    let long = long.get("access_token");
    let me = |token: String| {
        let world = &world;
        async move {
            world
                .get(
                    "/graph.instagram.com/v25.0/me",
                    &[
                        ("fields", "user_id,username,account_type"),
                        ("access_token", &token),
                    ],
                )
                .await
        }
    };
    assert_eq!(me(long.clone()).await.get("user_id"), BAKERY);
    assert_eq!(me(long.clone()).await.get("account_type"), "Business");

    world.pass(HOUR);
    assert_eq!(me(short.clone()).await.code(), (190, Some(463)));
    assert_eq!(world.instagram_long(&short).await.code(), (190, Some(463)));
    assert_eq!(me(long.clone()).await.get("username"), "harbour.bakery");
    world.pass(60 * DAY - HOUR - 1);
    assert_eq!(me(long.clone()).await.status, StatusCode::OK);
    world.pass(1);
    assert_eq!(me(long).await.code(), (190, Some(463)));
}

#[tokio::test]
async fn a_long_token_is_prolonged_after_a_day() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let refresh = |token: String| {
        let world = &world;
        async move {
            world
                .get(
                    "/graph.instagram.com/refresh_access_token",
                    &[("grant_type", "ig_refresh_token"), ("access_token", &token)],
                )
                .await
        }
    };
    world.pass(DAY - 1);
    assert_eq!(refresh(token.clone()).await.status, StatusCode::BAD_REQUEST);
    world.pass(1);
    let answer = refresh(token.clone()).await;
    assert_eq!(answer.get("access_token"), token);
    assert!(
        answer
            .get("permissions")
            .contains("instagram_business_basic")
    );
    // Its age begins anew.
    assert_eq!(refresh(token.clone()).await.status, StatusCode::BAD_REQUEST);
    world.pass(60 * DAY - 1);
    assert_eq!(refresh(token.clone()).await.status, StatusCode::OK);
    world.pass(60 * DAY);
    assert_eq!(refresh(token.clone()).await.code(), (190, Some(463)));
    let by_post = world
        .post(
            "/graph.instagram.com/refresh_access_token",
            &[("access_token", &token)],
        )
        .await;
    assert!(
        by_post
            .text()
            .contains("Unsupported request - method type: post")
    );
}

#[tokio::test]
async fn the_other_readings_of_the_documentation_can_be_chosen() {
    let world = World::furnished();
    let wanted = json!({"refresh_gives_new_token": true, "answers_in_data": true});
    assert_eq!(
        world
            .post_json("/control/api/settings", &wanted)
            .await
            .status,
        StatusCode::OK
    );
    let code = world.instagram_code("harbour.bakery", &[]).await;
    let short = world.instagram_short(&code).await.json();
    assert_eq!(short["data"][0]["user_id"], json!(BAKERY));
    let short = short["data"][0]["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let old = world.instagram_long(&short).await.get("access_token");
    world.pass(2 * DAY);
    let parameters = [
        ("grant_type", "ig_refresh_token"),
        ("access_token", old.as_str()),
    ];
    let new = world
        .get("/graph.instagram.com/refresh_access_token", &parameters)
        .await
        .get("access_token");
    assert_ne!(new, old);
    for token in [new, old] {
        let me = world
            .get("/graph.instagram.com/v25.0/me", &[("access_token", &token)])
            .await;
        assert_eq!(me.json()["data"][0]["username"], json!("harbour.bakery"));
    }
    let nonsense = world
        .post_json("/control/api/settings", &json!({"nonsense": 1}))
        .await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}
