//! What every answer carries, and what another site cannot make a browser do.

use axum::body::Body;
use http::{Method, StatusCode};
use testing::app::TestApp;

#[tokio::test]
async fn every_answer_carries_the_content_policy() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    let style = web::asset("app.css");
    for path in [
        "/",
        "/sign-in",
        "/nowhere",
        "/api/v1/me",
        "/api/v1/nowhere",
        "/healthz",
        "/api/docs",
        style.as_str(),
    ] {
        let answer = browser.get(path).await.unwrap();
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn no_page_needs_what_the_policy_forbids() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    let mut seen = 0;
    for route in web::routes::table(&app.web) {
        if route.door != web::access::Door::Page
            || route.method != Method::GET
            || route.path.contains('{')
        {
            continue;
        }
        let page = browser.follow(route.path).await.unwrap();
        let text = page.text();
        assert_eq!(page.status, StatusCode::OK, "{}: {text}", route.path);
        for forbidden in [
            " style=\"",
            " onclick=",
            " onload=",
            "<style",
            "javascript:",
        ] {
            // A picture brings its own style, and its own policy lets that very one through, by its hash.
            let policy = page.header("content-security-policy");
            let let_in = forbidden == "<style" && policy.contains("style-src 'sha256-");
            let has = text.contains(forbidden) && !let_in;
            assert!(!has, "{} has {forbidden}", route.path);
        }
        assert!(!text.contains('⟦'), "{} lacks a text", route.path);
        seen += 1;
    }
    assert!(seen >= 10, "{seen} pages");
}

#[tokio::test]
async fn another_site_cannot_send_a_form() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("origin", "https://evil.example")],
    ] {
        let answer = browser
            .post_with("/settings", &[("name", "Taken"), ("zone", "UTC")], &headers)
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(
            answer.text().contains("another site sent this"),
            "{answer:?}"
        );
    }
    assert!(
        !browser
            .get("/settings")
            .await
            .unwrap()
            .text()
            .contains("Taken")
    );
    let own = [
        ("origin", "http://127.0.0.1:8484"),
        ("host", "proxy.internal"),
    ];
    let answer = browser
        .post_with("/settings", &[("name", "Mine"), ("zone", "UTC")], &own)
        .await
        .unwrap();
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "a proxy may rewrite Host: {answer:?}"
    );
}

#[tokio::test]
async fn programs_are_not_held_to_the_browsers_rule_and_cookies_open_no_api() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("content-type", "application/json"),
    ];
    let body = Body::from(r#"{"name":"New"}"#);
    let answer = client
        .call(Method::POST, "/api/v1/social-sets", &headers, body)
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::CREATED);
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    assert_eq!(
        browser.get("/api/v1/social-sets").await.unwrap().status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn parts_of_pages_get_a_line_and_not_a_page() {
    let app = TestApp::new().await.unwrap();
    let mut browser = app.browser();
    let answer = browser
        .send(
            Method::GET,
            "/settings",
            &[("mainstay-part", "true")],
            Body::empty(),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.text().contains("<html"), "{answer:?}");
    assert!(answer.text().contains("not signed in"));
}

#[tokio::test]
async fn health_and_readiness() {
    let app = TestApp::new().await.unwrap();
    let mut browser = app.browser();
    assert_eq!(browser.get("/healthz").await.unwrap().text(), "ok\n");
    assert_eq!(browser.get("/readyz").await.unwrap().status, StatusCode::OK);
}
