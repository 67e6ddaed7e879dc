//! The first start: whoever has the printed code, once.

use http::StatusCode;
use secrecy::ExposeSecret as _;
use testing::app::{PASSWORD, TestApp};
use web::actions::sign_in;

fn form<'a>(code: &'a str, zone: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("code", code),
        ("name", "Ida Lund"),
        ("mail", "Ida@Example.com "),
        ("password", PASSWORD),
        ("workspace", "Studio Nord"),
        ("zone", zone),
    ]
}

async fn code(app: &TestApp) -> Option<String> {
    let code = sign_in::first_start_code(&app.web).await.unwrap();
    code.map(|code| code.expose_secret().to_owned())
}

#[tokio::test]
async fn the_code_makes_one_account_and_then_nothing() {
    let app = TestApp::new().await.unwrap();
    let old = code(&app).await.expect("nobody is here yet");
    let new = code(&app).await.expect("still nobody");
    let mut browser = app.browser();
    assert_eq!(
        browser.get("/sign-in").await.unwrap().location(),
        "/first-start"
    );
    assert_eq!(browser.get("/").await.unwrap().location(), "/sign-in");

    for (code, zone, told) in [
        (old.as_str(), "Europe/Berlin", "not the code"),
        ("aaaa-bbbb-cccc-dddd", "Europe/Berlin", "not the code"),
        (new.as_str(), "Europe/Atlantis", "no time zone"),
    ] {
        let answer = browser
            .post("/first-start", &form(code, zone))
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(told), "{told}: {answer:?}");
        assert!(answer.text().contains("Ida Lund"), "what was typed stays");
        assert!(!answer.text().contains(PASSWORD), "but not the password");
    }
    assert!(sign_in::is_first(&app.web).await.unwrap());

    let typed = new.to_uppercase().replace('-', " ");
    let answer = browser
        .post("/first-start", &form(&typed, "Europe/Berlin"))
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let home = browser.follow("/").await.unwrap();
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.text().contains("Studio Nord"));

    assert_eq!(code(&app).await, None, "no further code is printed");
    let again = app
        .browser()
        .post("/first-start", &form(&new, "Europe/Berlin"))
        .await
        .unwrap();
    assert_eq!(again.status, StatusCode::GONE);
    assert_eq!(
        app.browser().get("/first-start").await.unwrap().location(),
        "/sign-in"
    );
    app.signed_in("ida@example.com")
        .await
        .expect("the mail address is kept in small letters");
}

#[tokio::test]
async fn all_wrong_fields_are_told_at_once() {
    let app = TestApp::new().await.unwrap();
    let code = code(&app).await.expect("a code");
    let fields = [
        ("code", code.as_str()),
        ("name", " "),
        ("mail", "ida@"),
        ("password", "short"),
        ("workspace", ""),
        ("zone", ""),
    ];
    let answer = app.browser().post("/first-start", &fields).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer.text().matches("aria-invalid=\"true\"").count(),
        5,
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_code_ends_after_a_day() {
    let app = TestApp::new().await.unwrap();
    let code = code(&app).await.expect("a code");
    app.advance_ms(sign_in::CODE_MS + 1);
    let answer = app
        .browser()
        .post("/first-start", &form(&code, "UTC"))
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sign_in::is_first(&app.web).await.unwrap());
}
