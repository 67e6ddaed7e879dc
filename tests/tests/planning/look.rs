//! The planning pages in a real browser, with pictures to look at:
//! `cargo nextest run -p journeys --run-ignored only planning::look`.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;
use testing::app::PASSWORD;
use testing::browser::{Browser, Look};

use super::scene::{HOUR, Scene, delivery_of};

struct Shots {
    folder: PathBuf,
    found: Vec<String>,
}

impl Shots {
    async fn take(&mut self, browser: &Browser, name: &str) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        browser
            .screenshot(&self.folder.join(format!("{name}.png")))
            .await?;
        self.found.extend(
            browser
                .axe()
                .await?
                .iter()
                .map(|one| format!("{name}: {one:?}")),
        );
        let mut errors = browser.console_errors().await?;
        errors.retain(|error| !error.contains("favicon"));
        self.found
            .extend(errors.into_iter().map(|error| format!("{name}: {error}")));
        Ok(())
    }
}

async fn furnish(scene: &Scene) -> Result<(String, String)> {
    let client = scene.client().await?;
    for (text, hours) in [
        ("Rye from the stone oven, every Tuesday", 30),
        (
            "Behind the counter with Ida: what the morning shift looks like at four",
            54,
        ),
        ("Rolls", 55),
        ("Seeds", 56),
        ("Plum cake", 57),
        ("Winter opening hours", 150),
    ] {
        scene.planned(&client, text, hours * HOUR).await?;
    }
    let first = scene
        .planned(&client, "Fresh bread at seven #bakery", 2 * HOUR)
        .await?;
    let draft = json!({"social_set": scene.house.set.to_string(), "text": "An idea for the new year", "channels": [{"channel": scene.channel}]});
    client.post("/api/v1/posts", draft).await?;
    client
        .post(
            "/api/v1/posts",
            json!({"social_set": scene.house.set.to_string(), "text": "No channel yet"}),
        )
        .await?;
    scene.app.run_for_ms(3 * HOUR).await?;
    let soon = scene
        .planned(&client, "Cinnamon knots are back", HOUR * 2)
        .await?;
    scene
        .planned(
            &client,
            "Sourdough class on Saturday: five places left",
            HOUR * 3,
        )
        .await?;
    Ok((delivery_of(&first), delivery_of(&soon)))
}

#[tokio::test]
#[ignore = "takes a minute and leaves pictures in target/look"]
async fn the_planning_pages_in_a_browser() -> Result<()> {
    let scene = Scene::new().await?;
    let (published, waiting) = furnish(&scene).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let public = format!("http://{}", listener.local_addr()?);
    let pages = web::router(scene.app.web.clone());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    let mut found = Vec::new();
    for (round, look) in [
        ("desktop-light", Look::desktop()),
        ("phone-light", Look::phone()),
        ("desktop-dark", Look::desktop().dark()),
        ("phone-dark", Look::phone().dark()),
    ] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../target/look/planning")
            .join(round);
        let mut shots = Shots {
            folder,
            found: Vec::new(),
        };
        let browser = Browser::open(look).await?;
        browser.goto(&format!("{public}/sign-in")).await?;
        browser.fill("E-mail", &scene.house.mail).await?;
        browser.fill("Password", PASSWORD).await?;
        browser.press("Enter").await?;
        browser.wait_gone("#password").await?;
        if round == "desktop-light" {
            for (name, path) in [("01-calendar", "/calendar"), ("02-grid", "/grid")] {
                browser.goto(&format!("{public}{path}")).await?;
                shots.take(&browser, name).await?;
            }
            scene.break_login()?;
            scene.app.run_for_ms(5 * HOUR).await?;
        }
        for (name, path) in [
            ("10-calendar", "/calendar".to_owned()),
            ("11-calendar-list", "/calendar?view=list".to_owned()),
            ("12-calendar-side", format!("/calendar?delivery={waiting}")),
            ("20-new", format!("/posts/new?channel={}", scene.channel)),
            ("30-drafts", "/drafts".to_owned()),
            ("40-grid", "/grid".to_owned()),
            ("50-missed", "/missed".to_owned()),
            ("51-reschedule", "/missed/reschedule".to_owned()),
            (
                "52-reschedule-every",
                "/missed/reschedule?way=every&minutes=90".to_owned(),
            ),
            ("60-published", format!("/deliveries/{published}")),
            ("61-missed", format!("/deliveries/{waiting}")),
        ] {
            browser.goto(&format!("{public}{path}")).await?;
            shots.take(&browser, name).await?;
        }
        let client = scene.client().await?;
        let post = client
            .get(&format!("/api/v1/deliveries/{waiting}"))
            .await?
            .json()["post"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        browser.goto(&format!("{public}/posts/{post}")).await?;
        browser.wait_for_css("#preview-here .phone").await?;
        shots.take(&browser, "21-edit").await?;
        found.extend(shots.found.into_iter().map(|one| format!("{round} {one}")));
        browser.close().await?;
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
