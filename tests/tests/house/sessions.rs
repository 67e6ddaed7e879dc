//! How long a sign-in lasts, and how it is ended from elsewhere.

use http::StatusCode;
use testing::app::{PASSWORD, TestApp};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn thirty_days_of_silence_or_ninety_in_all() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut quiet = app.signed_in(&house.mail).await.unwrap();
    let mut busy = app.signed_in(&house.mail).await.unwrap();
    for day in 0..89 {
        assert_eq!(
            busy.get("/settings").await.unwrap().status,
            StatusCode::OK,
            "day {day}"
        );
        app.advance_ms(DAY_MS);
        if day == 28 {
            let mut copy = quiet.clone();
            assert_eq!(copy.get("/healthz").await.unwrap().status, StatusCode::OK);
        }
    }
    assert_eq!(
        quiet.get("/settings").await.unwrap().status,
        StatusCode::SEE_OTHER
    );
    app.advance_ms(2 * DAY_MS);
    assert_eq!(
        busy.get("/settings").await.unwrap().status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn another_sign_in_is_ended_from_the_list() {
    let app = TestApp::new().await.unwrap();
    let (house, stranger) = (
        app.house("Nord").await.unwrap(),
        app.house("Other").await.unwrap(),
    );
    let mut here = app.signed_in(&house.mail).await.unwrap();
    let mut there = app.signed_in(&house.mail).await.unwrap();
    let list = here.get("/settings/sessions").await.unwrap().text();
    let end = list
        .split("action=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.ends_with("/end"))
        .expect("a button");
    let mut outsider = app.signed_in(&stranger.mail).await.unwrap();
    assert_eq!(
        outsider.post(end, &[]).await.unwrap().status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(there.get("/settings").await.unwrap().status, StatusCode::OK);
    assert_eq!(
        here.post(end, &[]).await.unwrap().status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        there.get("/settings").await.unwrap().status,
        StatusCode::SEE_OTHER,
        "signed out there"
    );
    assert_eq!(
        here.get("/settings").await.unwrap().status,
        StatusCode::OK,
        "and not here"
    );
}

#[tokio::test]
async fn another_password_ends_all_other_sign_ins() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut here = app.signed_in(&house.mail).await.unwrap();
    let mut there = app.signed_in(&house.mail).await.unwrap();
    let new = "another long password";
    let wrong = here
        .post(
            "/settings/password",
            &[("old_password", "guessed"), ("password", new)],
        )
        .await
        .unwrap();
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("This is not your password."));
    let short = here
        .post(
            "/settings/password",
            &[("old_password", PASSWORD), ("password", "short")],
        )
        .await
        .unwrap();
    assert!(short.text().contains("At least 12 characters."));
    assert_eq!(there.get("/settings").await.unwrap().status, StatusCode::OK);
    let done = here
        .post(
            "/settings/password",
            &[("old_password", PASSWORD), ("password", new)],
        )
        .await
        .unwrap();
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(
        there.get("/settings").await.unwrap().status,
        StatusCode::SEE_OTHER
    );
    assert!(
        app.signed_in(&house.mail).await.is_err(),
        "the old one opens nothing"
    );
    let mut fresh = app.browser();
    let answer = fresh
        .post("/sign-in", &[("mail", &house.mail), ("password", new)])
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_switcher_moves_between_sets_and_workspaces_of_ones_own() {
    let app = TestApp::new().await.unwrap();
    let (house, other) = (
        app.house("Nord").await.unwrap(),
        app.house("Other").await.unwrap(),
    );
    let second = app.set(&house, "Zebra").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    let heading = |text: &str| {
        text.split("<h1>")
            .nth(1)
            .and_then(|rest| rest.split('<').next())
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(heading(&browser.get("/").await.unwrap().text()), "Nord");
    assert_eq!(
        browser
            .post(&format!("/sets/{second}/select"), &[])
            .await
            .unwrap()
            .status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(heading(&browser.get("/").await.unwrap().text()), "Zebra");
    let foreign = browser
        .post(&format!("/sets/{}/select", other.set), &[])
        .await
        .unwrap();
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let foreign = browser
        .post("/switch", &[("workspace", &other.workspace.to_string())])
        .await
        .unwrap();
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(heading(&browser.get("/").await.unwrap().text()), "Zebra");
}
