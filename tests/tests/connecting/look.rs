//! The journey in a real browser, with pictures to look at. It needs fixed ports, so it runs alone:
//! `cargo nextest run -p journeys --run-ignored only connecting::look`.

use std::path::PathBuf;

use anyhow::Result;
use domain::platform::{LoginFlow, Platform};
use serde_json::json;
use simulator::instagram::{Break, Flow, NewApp};
use testing::app::{House, PASSWORD, TestApp};
use testing::apps::{self, At};
use testing::browser::{Browser, Look};
use testing::sim::{ORIGIN, PUBLIC};

async fn serve(app: &TestApp) -> Result<()> {
    let web = tokio::net::TcpListener::bind(PUBLIC.trim_start_matches("http://")).await?;
    let sim = tokio::net::TcpListener::bind(ORIGIN.trim_start_matches("http://")).await?;
    let (pages, platforms) = (web::router(app.web.clone()), app.sim.router());
    tokio::spawn(async move { axum::serve(web, pages).await });
    tokio::spawn(async move { axum::serve(sim, platforms).await });
    Ok(())
}

struct Shots(PathBuf);

impl Shots {
    async fn take(&self, browser: &Browser, name: &str) -> Result<()> {
        std::fs::create_dir_all(&self.0)?;
        browser
            .screenshot(&self.0.join(format!("{name}.png")))
            .await?;
        let axe = browser.axe().await?;
        assert!(axe.is_empty(), "{name}: {axe:?}");
        let mut errors = browser.console_errors().await?;
        errors.retain(|error| !error.contains("favicon"));
        assert!(errors.is_empty(), "{name}: {errors:?}");
        Ok(())
    }
}

async fn sign_in(browser: &Browser, mail: &str) -> Result<()> {
    browser.goto(&format!("{PUBLIC}/sign-in")).await?;
    browser.fill("E-mail", mail).await?;
    browser.fill("Password", PASSWORD).await?;
    browser.press("Enter").await?;
    browser.wait_gone("#password").await
}

/// An app of the workspace's own whose secret is being replaced.
async fn own_app(app: &TestApp, house: &House) -> Result<String> {
    let redirect = format!("{PUBLIC}/oauth/callback/instagram");
    let new = NewApp::of(Flow::Facebook, "Our own", &redirect);
    let (client_id, secret) = app.sim.add_app(new);
    let key = app.full_key(house).await?;
    let new = json!({ "platform": "instagram", "flow": "facebook", "name": "Harbour’s own app",
        "client_id": client_id, "client_secret": secret });
    let made = key.post("/api/v1/apps", new).await?.json();
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let new = json!({ "client_secret": "the-next-secret" });
    key.post(&format!("/api/v1/apps/{id}/secrets"), new).await?;
    Ok(id)
}

#[tokio::test]
#[ignore = "binds fixed ports and leaves pictures in target/look"]
async fn the_journey_in_a_browser() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let at = At {
        cx: &app.web.cx,
        sim: &app.sim,
    };
    for (platform, flow) in [
        (Platform::Instagram, LoginFlow::Instagram),
        (Platform::Instagram, LoginFlow::Facebook),
        (Platform::Bluesky, LoginFlow::Bluesky),
    ] {
        apps::add(&at, platform, flow).await?;
    }
    let own = own_app(&app, &house).await?;
    serve(&app).await?;
    for (round, look) in [
        ("desktop-light", Look::desktop()),
        ("phone-dark", Look::phone().dark()),
        ("desktop-dark", Look::desktop().dark()),
        ("phone-light", Look::phone()),
    ] {
        let first = round == "desktop-light";
        let browser = Browser::open(look).await?;
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../target/look")
            .join(round);
        let shots = Shots(folder);
        sign_in(&browser, &house.mail).await?;
        browser
            .goto(&format!("{PUBLIC}/sets/{}", house.set))
            .await?;
        shots.take(&browser, "01-manager").await?;
        if first {
            browser
                .click("Instagram Signs in through Instagram")
                .await?;
            shots.take(&browser, "02-preview").await?;
            browser.click("Continue to Instagram").await?;
            browser.wait_for_css("#login").await?;
            browser.click_css("#login-as-harbour\\.bakery").await?;
            browser.wait_for_css("#consent").await?;
            browser.click_css("#continue").await?;
            browser.wait_for_text("All is well").await?;
            shots.take(&browser, "03-done").await?;
            browser
                .goto(&format!("{PUBLIC}/sets/{}", house.set))
                .await?;
            browser.click("Instagram Signs in through Facebook").await?;
            shots.take(&browser, "04-preview-facebook").await?;
            browser.click("Continue to Facebook").await?;
            browser.wait_for_css("#login").await?;
            browser.click_css("#login-as-10220000000000001").await?;
            browser.wait_for_css("#consent").await?;
            browser.click_css("#continue").await?;
            browser.wait_for_text("Which accounts?").await?;
            shots.take(&browser, "05-choose").await?;
            browser.click("Link these").await?;
            browser.wait_for_text("All is well").await?;
            shots.take(&browser, "06-done-two").await?;
            app.run_for_ms(60_000).await?;
            app.sim.break_it(Break::ChangePassword {
                account: "10220000000000001".to_owned(),
            })?;
            app.run_for_ms(26 * 3_600_000).await?;
        }
        for (name, path) in [
            ("10-linked-accounts", "/channels".to_owned()),
            ("11-inbox", "/inbox".to_owned()),
            ("12-sets", "/sets".to_owned()),
            ("13-apps", "/settings/apps".to_owned()),
            (
                "14-app",
                "/settings/apps/new/instagram/instagram".to_owned(),
            ),
            ("14-app-set-up", "/settings/app-set-up/instagram".to_owned()),
            ("14-app-one", format!("/settings/apps/{own}")),
            ("15-help", "/help".to_owned()),
            ("16-cause", "/help/causes/credentials_changed".to_owned()),
            ("17-manager", format!("/sets/{}", house.set)),
        ] {
            browser.goto(&format!("{PUBLIC}{path}")).await?;
            shots.take(&browser, name).await?;
        }
        if first {
            browser
                .goto(&format!("{PUBLIC}/settings/apps/{own}"))
                .await?;
            browser.click("Test sign-in").await?;
            browser.wait_for_css("#login").await?;
            browser.click_css("#login-as-10220000000000002").await?;
            browser.wait_for_css("#consent").await?;
            browser.click_css("#continue").await?;
            browser.wait_for_text("The app works").await?;
            shots.take(&browser, "19-app-test").await?;
        }
        browser.goto(&format!("{PUBLIC}/channels")).await?;
        let channel = browser
            .attribute(".channel-name", "href")
            .await?
            .unwrap_or_default();
        browser.goto(&format!("{PUBLIC}{channel}")).await?;
        shots.take(&browser, "20-channel").await?;
        browser.goto(&format!("{PUBLIC}{channel}/unlink")).await?;
        shots.take(&browser, "21-unlink").await?;
        browser.goto(&format!("{PUBLIC}{channel}/refresh")).await?;
        shots.take(&browser, "22-refresh").await?;
        if first {
            browser.click("Continue to Facebook").await?;
            browser.wait_for_css("#login").await?;
            browser.click_css("#login-as-10220000000000002").await?;
            browser.wait_for_css("#consent").await?;
            browser.click_css("#continue").await?;
            browser.wait_for_url("/connect/").await?;
            shots.take(&browser, "23-wrong").await?;
        }
        browser.close().await?;
    }
    Ok(())
}
