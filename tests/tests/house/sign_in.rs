//! Signing in, by password and by link; the throttle; signing out.

use http::StatusCode;
use secrecy::ExposeSecret as _;
use storage::codes::Purpose;
use testing::app::{Options, PASSWORD, TestApp};
use web::actions::sign_in;

#[tokio::test]
async fn the_right_password_leads_back_to_where_one_was() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.browser();
    let answer = browser.get("/settings/keys?a=b").await.unwrap();
    assert_eq!(
        (answer.status, answer.location()),
        (
            StatusCode::SEE_OTHER,
            "/sign-in?next=%2Fsettings%2Fkeys%3Fa%3Db"
        )
    );
    let form = browser.follow("/settings/keys?a=b").await.unwrap();
    let next = form.field("next").expect("the form remembers it");
    let fields = [
        ("mail", house.mail.as_str()),
        ("password", PASSWORD),
        ("next", next.as_str()),
    ];
    let answer = browser.post("/sign-in", &fields).await.unwrap();
    assert_eq!(answer.location(), "/settings/keys?a=b");
    assert_eq!(
        browser.get("/settings/keys").await.unwrap().status,
        StatusCode::OK
    );
    let cookie = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .find_map(|line| line.to_str().ok())
        .expect("a cookie");
    assert!(
        cookie.starts_with("mainstay=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let outside = [
        ("mail", house.mail.as_str()),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    assert_eq!(
        app.browser()
            .post("/sign-in", &outside)
            .await
            .unwrap()
            .location(),
        "/"
    );
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host() {
    let options = Options {
        public_url: "https://posts.example.com".to_owned(),
        ..Options::default()
    };
    let app = TestApp::with(options).await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let browser = app.signed_in(&house.mail).await.unwrap();
    assert_eq!(
        browser.cookies().keys().collect::<Vec<_>>(),
        ["__Host-mainstay"]
    );
}

#[tokio::test]
async fn what_was_wrong_is_not_told() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut said = Vec::new();
    for mail in [house.mail.as_str(), "nobody@example.com"] {
        let answer = app
            .browser()
            .post(
                "/sign-in",
                &[("mail", mail), ("password", "not the password")],
            )
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.header("set-cookie").is_empty());
        said.push(answer.text().replace(mail, "…"));
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn too_many_tries_have_to_wait() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.browser();
    let wrong = [("mail", house.mail.as_str()), ("password", "guessed")];
    for _ in 0..web::throttle::TRIES_OF_A_MAIL {
        assert_eq!(
            browser.post("/sign-in", &wrong).await.unwrap().status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let right = [("mail", house.mail.as_str()), ("password", PASSWORD)];
    let answer = browser.post("/sign-in", &right).await.unwrap();
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "also for the right password"
    );
    let wait: i64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=31).contains(&wait), "{wait}");
    assert!(answer.text().contains("possible in"));
    let other = app.house("Other").await.unwrap();
    app.signed_in(&other.mail)
        .await
        .expect("others are let in meanwhile");
    app.advance_ms(wait * 1_000);
    assert_eq!(
        browser.post("/sign-in", &right).await.unwrap().status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_link_signs_in_once_and_only_by_a_click() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let code = sign_in::link_code(&app.web, house.owner, Purpose::SignIn)
        .await
        .unwrap();
    let path = format!("/enter/{}", code.expose_secret());
    for _ in 0..2 {
        let page = app.browser().get(&path).await.unwrap();
        assert_eq!(page.status, StatusCode::OK, "looking spends nothing");
        assert!(page.header("set-cookie").is_empty());
    }
    let mut browser = app.browser();
    assert_eq!(
        browser.post(&path, &[]).await.unwrap().status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        browser.get("/settings").await.unwrap().status,
        StatusCode::OK
    );
    assert_eq!(
        app.browser().post(&path, &[]).await.unwrap().status,
        StatusCode::GONE
    );
    assert_eq!(
        app.browser().get(&path).await.unwrap().status,
        StatusCode::GONE
    );
    let demo = sign_in::link_code(&app.web, house.owner, Purpose::Demo)
        .await
        .unwrap();
    let path = format!("/enter/{}", demo.expose_secret());
    assert_eq!(
        app.browser().get(&path).await.unwrap().status,
        StatusCode::GONE,
        "the demo's links open only the demo"
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    let copied = browser.cookies().clone();
    let answer = browser.post("/sign-out", &[]).await.unwrap();
    assert_eq!(answer.location(), "/sign-in");
    let page = browser.get("/sign-in").await.unwrap();
    assert!(page.text().contains("You are signed out."));
    assert!(
        !browser
            .get("/sign-in")
            .await
            .unwrap()
            .text()
            .contains("You are signed out."),
        "said once"
    );
    let mut thief = app.browser();
    thief.set_cookies(copied);
    assert_eq!(
        thief.get("/settings").await.unwrap().status,
        StatusCode::SEE_OTHER
    );
}
