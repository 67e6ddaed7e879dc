//! The settings pages, the stale form, the demo's bar.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use http::StatusCode;
use testing::app::{Options, TestApp};
use web::Demo;

#[tokio::test]
async fn a_stale_form_keeps_what_was_typed_and_changes_nothing() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let (mut one, mut two) = (
        app.signed_in(&house.mail).await.unwrap(),
        app.signed_in(&house.mail).await.unwrap(),
    );
    let path = format!("/settings/sets/{}", house.set);
    let version = one
        .get(&path)
        .await
        .unwrap()
        .field("version")
        .expect("a version");
    let send = |name: &'static str, version: String| {
        vec![
            ("name", name.to_owned()),
            ("zone", "UTC".to_owned()),
            ("lateness_minutes", "30".to_owned()),
            ("version", version),
        ]
    };
    fn refs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
        fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }
    let first = send("First", version.clone());
    assert_eq!(
        one.post(&path, &refs(&first)).await.unwrap().status,
        StatusCode::SEE_OTHER
    );
    let late = send("Late", version);
    let refused = two.post(&path, &refs(&late)).await.unwrap();
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text().contains("Late") && refused.text().contains("What you typed is kept"),
        "{refused:?}"
    );
    assert!(
        one.get("/settings/sets")
            .await
            .unwrap()
            .text()
            .contains("First"),
        "nothing was overwritten"
    );
    let again = send("Late", refused.field("version").expect("the new version"));
    assert_eq!(
        two.post(&path, &refs(&again)).await.unwrap().status,
        StatusCode::SEE_OTHER,
        "sent knowingly it goes through"
    );
}

#[tokio::test]
async fn names_are_shown_as_they_are_and_do_nothing() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    let name = "<script>alert(1)</script> & \"مقهى\"";
    let form = [
        ("name", name),
        ("zone", "Asia/Kathmandu"),
        ("lateness_minutes", ""),
    ];
    let answer = browser.post("/settings/sets", &form).await.unwrap();
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = browser.get("/settings/sets").await.unwrap().text();
    assert!(
        !page.contains("<script>alert") && page.contains("مقهى"),
        "{page}"
    );
    assert!(page.contains("is ready."), "and the message says so");
}

#[tokio::test]
async fn what_is_no_number_is_told_in_the_form_with_the_rest_kept() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    for minutes in ["soon", "-5", "99999999999999999999"] {
        let form = [
            ("name", "Second"),
            ("zone", "UTC"),
            ("lateness_minutes", minutes),
        ];
        let answer = browser.post("/settings/sets", &form).await.unwrap();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{minutes}");
        for kept in ["Second", minutes] {
            let value = format!("value=\"{kept}\"");
            assert!(answer.text().contains(&value), "{minutes}: {answer:?}");
        }
    }
}

#[derive(Default)]
struct Buttons(AtomicU32);

impl Buttons {
    fn press(&self, what: &str) -> Vec<String> {
        let times = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        vec![format!("{what}, press {times}")]
    }
}

#[async_trait]
impl Demo for Buttons {
    async fn break_login(&self, kind: &str) -> Vec<String> {
        self.press(&format!("A login broke ({kind})"))
    }
    async fn jump_to_next_post(&self) -> Vec<String> {
        self.press("A post went out")
    }
    async fn jump_days(&self, days: u32) -> Vec<String> {
        self.press(&format!("{days} days went by"))
    }
    async fn toggle_platform(&self) -> Vec<String> {
        self.press("The platform is down")
    }
    async fn reset(&self) -> Vec<String> {
        self.press("All is as at first")
    }
    fn is_down(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn the_demos_bar_says_what_happened_once() {
    let app = TestApp::with(Options {
        demo: Some(Arc::new(Buttons::default())),
        ..Options::default()
    })
    .await
    .unwrap();
    let house = app.house("Nord").await.unwrap();
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    assert!(
        browser
            .get("/")
            .await
            .unwrap()
            .text()
            .contains("Simulator only, nothing leaves this machine")
    );
    for (path, told) in [
        ("/demo/break-login", "A login broke ()"),
        ("/demo/next-post", "A post went out"),
        ("/demo/jump-14-days", "14 days went by"),
        ("/demo/platform-down", "The platform is down"),
        ("/demo/reset", "All is as at first"),
    ] {
        let on = [("referer", "http://127.0.0.1:8484/settings/sets?x=1")];
        let answer = browser.post_with(path, &[], &on).await.unwrap();
        assert_eq!(
            answer.location(),
            "/settings/sets?x=1",
            "back to where one was"
        );
        assert!(
            browser
                .get("/settings")
                .await
                .unwrap()
                .text()
                .contains(told),
            "{path}"
        );
        assert!(
            !browser
                .get("/settings")
                .await
                .unwrap()
                .text()
                .contains(told),
            "only once"
        );
    }
    let away = browser
        .post_with("/demo/reset", &[], &[("referer", "https://evil.example/x")])
        .await
        .unwrap();
    assert_eq!(away.location(), "/");
    assert_eq!(
        app.browser().get("/dev/components").await.unwrap().status,
        StatusCode::OK
    );
    assert_eq!(
        app.browser().post("/demo/reset", &[]).await.unwrap().status,
        StatusCode::UNAUTHORIZED
    );
}
