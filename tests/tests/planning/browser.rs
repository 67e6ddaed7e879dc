//! Planning in a real browser: what the script adds to forms that work without it.

use anyhow::{Context as _, Result, ensure};
use testing::app::PASSWORD;
use testing::browser::{Browser, Look};

use super::scene::{HOUR, Scene, delivery_of};

async fn open(scene: &Scene) -> Result<(Browser, String)> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let public = format!("http://{}", listener.local_addr()?);
    let pages = web::router(scene.app.web.clone());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    let browser = Browser::open(Look::desktop()).await?;
    browser.goto(&format!("{public}/sign-in")).await?;
    browser.fill("E-mail", &scene.house.mail).await?;
    browser.fill("Password", PASSWORD).await?;
    browser.press("Enter").await?;
    browser.wait_gone("#password").await?;
    Ok((browser, public))
}

#[tokio::test]
async fn the_composer_follows_the_writing_and_saves_by_itself() -> Result<()> {
    let scene = Scene::new().await?;
    let (browser, public) = open(&scene).await?;
    let folder = tempfile::tempdir()?;
    let (picture, program) = (
        folder.path().join("bread.jpg"),
        folder.path().join("virus.jpg"),
    );
    std::fs::write(&picture, testing::pictures::jpeg(640, 800)?)?;
    std::fs::write(&program, b"MZ this is a program")?;
    browser
        .goto(&format!("{public}/posts/new?channel={}", scene.channel))
        .await?;
    browser.wait_for_text("Instagram needs a picture").await?;
    browser.upload("input[type=file]", &program).await?;
    browser.wait_for_text("Nothing was kept").await?;
    browser.upload("input[type=file]", &picture).await?;
    browser.wait_for_css("#media-strip .media-item img").await?;
    browser
        .wait_gone("#checks-here .issue[data-tone=red]")
        .await?;
    browser.fill("Text", "Warm bread").await?;
    browser
        .wait_for_css("#preview-here .phone-media img")
        .await?;
    ensure!(
        browser.text("#preview-here").await?.contains("Warm bread"),
        "the preview follows"
    );
    browser.wait_for_text("Draft saved").await?;
    browser.wait_for_url("/posts/post_").await?;
    browser.click("Harbour Bakery").await?;
    browser.tick("Other words here", true).await?;
    browser
        .fill("Text for Harbour Bakery", "Only for Instagram")
        .await?;
    browser.wait_for_text("Only for Instagram").await?;
    browser.click("Next free slot").await?;
    browser.wait_for_css("#date:not([value=''])").await?;
    ensure!(
        browser
            .script("return document.getElementById('time').value", Vec::new())
            .await?
            != "",
        "a time is filled in"
    );
    browser.click("Schedule").await?;
    browser.wait_for_url("/calendar").await?;
    browser.wait_for_text("Scheduled: it goes out on").await?;
    let client = scene.client().await?;
    let list = client
        .get(&format!("/api/v1/posts?social_set={}", scene.house.set))
        .await?
        .json();
    ensure!(
        list["items"].as_array().map_or(0, Vec::len) == 1,
        "one post, however often it was saved: {list}"
    );
    let id = list["items"][0]["id"].as_str().context("an id")?;
    let post = client.get(&format!("/api/v1/posts/{id}")).await?.json();
    ensure!(
        post["text"] == "Warm bread"
            && post["deliveries"][0]["variant"]["text"] == "Only for Instagram",
        "{post}"
    );
    ensure!(post["deliveries"][0]["state"] == "scheduled", "{post}");
    let errors = browser.console_errors().await?;
    // The refused upload is an answer that the browser notes.
    ensure!(
        errors
            .iter()
            .all(|error| error.contains("415") || error.contains("favicon")),
        "{errors:?}"
    );
    browser.close().await
}

#[tokio::test]
async fn a_page_on_which_something_is_under_way_looks_again() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let id = delivery_of(&scene.planned(&client, "Warm bread", HOUR).await?);
    // Instagram's pictures are prepared before the hour.
    scene.app.run_for_ms(HOUR - 10 * 60_000).await?;
    ensure!(
        scene.state(&client, &id).await? == "publishing",
        "prepared early"
    );
    let (browser, public) = open(&scene).await?;
    browser.goto(&format!("{public}/deliveries/{id}")).await?;
    browser.wait_for_css(".main-aside[data-fresh]").await?;
    browser.wait_for_text("Going out").await?;
    scene.app.run_for_ms(20 * 60_000).await?;
    ensure!(scene.state(&client, &id).await? == "published", "it is out");
    browser
        .wait_for_css(".page-head .state[data-state=published]")
        .await?;
    browser.wait_gone("[data-fresh]").await?;
    browser.close().await
}

#[tokio::test]
async fn what_is_not_saved_by_itself_is_tried_again_or_told() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let (browser, public) = open(&scene).await?;
    browser.goto(&format!("{public}/posts/new")).await?;
    browser.fill("Text", "Mine").await?;
    browser.wait_for_text("Draft saved").await?;
    let list = format!("/api/v1/posts?social_set={}&drafts=true", scene.house.set);
    let list = client.get(&list).await?.json();
    let id = list["items"][0]["id"].as_str().context("an id")?;
    let theirs = serde_json::json!({"text": "Theirs"});
    let path = format!("/api/v1/posts/{id}");
    client.json(http::Method::PATCH, &path, &[], theirs).await?;
    browser.fill("Text", "Mine again").await?;
    browser
        .wait_for_text("Not saved: it was changed elsewhere")
        .await?;
    ensure!(
        client.get(&path).await?.json()["text"] == "Theirs",
        "nothing is overwritten"
    );
    browser.click("Save draft").await?;
    browser
        .wait_for_text("somebody else changed this post")
        .await?;
    browser.click("Save draft").await?;
    browser.wait_for_text("Draft saved.").await?;
    ensure!(
        client.get(&path).await?.json()["text"] == "Mine again",
        "knowingly"
    );
    browser.close().await
}

#[tokio::test]
async fn chips_and_tiles_are_dragged() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let out = delivery_of(&scene.planned(&client, "Out already", HOUR).await?);
    scene.app.run_for_ms(2 * HOUR).await?;
    let one = delivery_of(&scene.planned(&client, "One", 30 * HOUR).await?);
    let two = delivery_of(&scene.planned(&client, "Two", 60 * HOUR).await?);
    let due = async |id: &str| -> Result<String> {
        let answer = client
            .get(&format!("/api/v1/deliveries/{id}"))
            .await?
            .json();
        Ok(answer["due_at"].as_str().unwrap_or_default().to_owned())
    };
    let (browser, public) = open(&scene).await?;
    browser.goto(&format!("{public}/calendar")).await?;
    let before = due(&one).await?;
    let day = &scene.at(100 * HOUR)[..10];
    browser
        .drag(
            &format!(".chip[data-id={one}]"),
            &format!(".day-chips[data-key='{day}']"),
        )
        .await?;
    browser.wait_for_text("Moved. It goes out on").await?;
    let after = due(&one).await?;
    ensure!(
        after.starts_with(day) && after[10..] == before[10..],
        "{before} to {after}"
    );
    let was = due(&out).await?;
    browser
        .drag(
            &format!(".chip[data-id={out}]"),
            &format!(".day-chips[data-key='{day}']"),
        )
        .await?;
    ensure!(due(&out).await? == was, "what is out stays where it is");
    browser
        .goto(&format!("{public}/grid?channel={}", scene.channel))
        .await?;
    let (first, second) = (due(&one).await?, due(&two).await?);
    browser
        .drag(
            &format!(".tile[data-id={two}]"),
            &format!(".tile[data-id={one}]"),
        )
        .await?;
    browser.wait_for_text("Swapped:").await?;
    ensure!(
        (due(&one).await?, due(&two).await?) == (second, first),
        "the two have changed places"
    );
    browser.close().await
}
