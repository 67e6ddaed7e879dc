//! A channel with two people's sign-ins and a post beyond the end of its login, in a real browser, with pictures to
//! look at: `cargo nextest run -p journeys --run-ignored only connecting::look_channel`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use domain::member::Role;
use domain::platform::{LoginFlow, Platform};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use serde_json::json;
use simulator::instagram::Break;
use testing::app::{Options, PASSWORD, TestApp};
use testing::browser::{Browser, Look};

use super::channel_page::{ANNA, JONAS, PAGE, Scene};

/// The account that belongs to the Page.
const ACCOUNT: &str = "17841400000000002";

async fn shoot(browser: &Browser, folder: &std::path::Path, name: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    browser
        .screenshot(&folder.join(format!("{name}.png")))
        .await?;
    let axe = browser.axe().await?;
    anyhow::ensure!(axe.is_empty(), "{name}: {axe:?}");
    Ok(())
}

#[tokio::test]
#[ignore = "leaves pictures in target/look"]
async fn a_channel_of_two_and_a_post_at_risk() -> Result<()> {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let public_url = format!("http://{}", port.local_addr()?);
    let app = TestApp::with(Options {
        public_url: public_url.clone(),
        ..Options::default()
    })
    .await?;
    let scene = Scene::of(app, Platform::Facebook, LoginFlow::Facebook).await?;
    let mut owner = scene.app.signed_in(&scene.house.mail).await?;
    let channel = scene.page(&mut owner, PAGE).await?;
    scene.app.run_for_ms(3 * DAY_MS).await?;
    let mail = scene.app.member(&scene.house, Role::Admin, None).await?;
    let mut second = scene.app.signed_in(&mail).await?;
    let refresh = format!("/channels/{channel}/refresh");
    let asked = scene.sign_in(&mut second, &refresh, JONAS).await?.text();
    let form = asked
        .split("action=\"")
        .find(|part| part.contains("/sign-ins/"))
        .and_then(|part| part.split('"').next())
        .context("the form")?
        .to_owned();
    // The same Page's account through Instagram: access to its data ends after 90 days.
    let through = scene
        .another(Platform::Instagram, LoginFlow::Facebook)
        .await?;
    scene.page_through(&mut owner, through, ACCOUNT).await?;
    let client = scene.app.full_key(&scene.house).await?;
    let bytes = testing::pictures::jpeg(400, 500)?;
    let media = crate::planning::scene::upload(&client, "image/jpeg", bytes).await?;
    let at = plus_ms(scene.app.web.now(), 100 * DAY_MS).to_string();
    let list = client.get("/api/v1/channels").await?.json();
    let instagram = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["platform"] == "instagram")
        .and_then(|one| one["id"].as_str())
        .context("the account")?
        .to_owned();
    let post = client
        .post(
            "/api/v1/posts",
            json!({"social_set": scene.house.set.to_string(), "text": "Kiln day: the door opens at four",
            "media": [{"media": media.json()["id"]}], "channels": [{"channel": instagram}, {"channel": channel}],
            "schedule": {"at": at}}),
        )
        .await?
        .json();
    let delivery = post["deliveries"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["at_risk"] == true)
        .and_then(|one| one["id"].as_str())
        .context("at risk")?
        .to_owned();
    let id = post["id"].as_str().context("a post")?.to_owned();
    let router = web::router(scene.app.web.clone());
    tokio::spawn(async move { axum::serve(port, router).await });
    for (round, look) in [
        ("desktop-light", Look::desktop()),
        ("phone-dark", Look::phone().dark()),
        ("desktop-dark", Look::desktop().dark()),
        ("phone-light", Look::phone()),
    ] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../target/look-channel")
            .join(round);
        let browser = Browser::open(look).await?;
        browser.goto(&format!("{public_url}/sign-in")).await?;
        browser.fill("E-mail", &mail).await?;
        browser.fill("Password", PASSWORD).await?;
        browser.press("Enter").await?;
        browser.wait_gone("#password").await?;
        if round == "phone-dark" {
            second.post(&form, &[("what", "stand_by")]).await?;
        }
        if round == "desktop-dark" {
            scene.app.sim.break_it(Break::LowerRole {
                account: ANNA.to_owned(),
                page: PAGE.to_owned(),
            })?;
            scene.app.run_for_ms(26 * HOUR_MS).await?;
        }
        if round == "phone-light" {
            scene.app.sim.break_it(Break::LowerRole {
                account: JONAS.to_owned(),
                page: PAGE.to_owned(),
            })?;
            scene.app.run_for_ms(26 * HOUR_MS + MINUTE_MS).await?;
        }
        for (name, path) in [
            ("01-channel", format!("/channels/{channel}")),
            ("02-instagram", format!("/channels/{instagram}")),
            ("03-linked", "/channels".to_owned()),
            ("04-inbox", "/inbox".to_owned()),
            ("05-composer", format!("/posts/{id}")),
            ("06-calendar", format!("/calendar?delivery={delivery}")),
            ("07-delivery", format!("/deliveries/{delivery}")),
            ("08-before", format!("/deliveries/{delivery}?plan=before")),
            ("09-grid", format!("/grid?channel={instagram}")),
        ] {
            browser.goto(&format!("{public_url}{path}")).await?;
            shoot(&browser, &folder, name).await?;
        }
        browser.close().await?;
    }
    Ok(())
}
