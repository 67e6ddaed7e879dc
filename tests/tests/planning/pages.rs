//! Planning through the pages, without script: forms with files, stale forms, double clicks.

use anyhow::{Context as _, Result};
use axum::body::Body;
use http::{Method, StatusCode};
use testing::app::{Answer, Browser};

use super::scene::{HOUR, Scene, delivery_of};

const EDGE: &str = "xXmainstayXx";

pub enum Part<'a> {
    Field(&'a str, &'a str),
    File(&'a str, Vec<u8>),
}

pub async fn send(browser: &mut Browser<'_>, path: &str, parts: &[Part<'_>]) -> Result<Answer> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{EDGE}\r\n").as_bytes());
        match part {
            Part::Field(name, value) => {
                body.extend_from_slice(
                    format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}")
                        .as_bytes(),
                );
            }
            Part::File(file, bytes) => {
                let head = format!(
                    "Content-Disposition: form-data; name=\"pictures\"; filename=\"{file}\"\r\nContent-Type: image/jpeg\r\n\r\n"
                );
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(bytes);
            }
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={EDGE}");
    browser
        .send(
            Method::POST,
            path,
            &[("content-type", &kind)],
            Body::from(body),
        )
        .await
}

#[tokio::test]
async fn a_post_is_written_planned_edited_and_taken_back_without_script() -> Result<()> {
    let scene = Scene::new().await?;
    let mut browser = scene.browser().await?;
    let new = browser.get("/posts/new").await?;
    let id = new.field("post").context("an id")?;
    let day = scene.at(48 * HOUR)[..10].to_owned();
    let picture = testing::pictures::jpeg(640, 800)?;
    let base = |intent: &'static str| {
        vec![
            Part::Field("post", &id),
            Part::Field("text", "Bread\r\nand butter"),
            Part::Field("channel", &scene.channel),
            Part::Field("date", &day),
            Part::Field("time", "09:30"),
            Part::Field("intent", intent),
        ]
    };
    // Without a picture Instagram takes nothing: all that was typed is still there.
    let refused = send(&mut browser, "/posts/new", &base("schedule")).await?;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{refused:?}"
    );
    assert!(
        refused.text().contains("Instagram needs a picture")
            && refused.text().contains("and butter"),
        "{refused:?}"
    );
    let mut parts = base("schedule");
    parts.push(Part::File("bread.jpg", picture.clone()));
    let done = send(&mut browser, "/posts/new", &parts).await?;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
    let calendar = browser.follow(done.location()).await?.text();
    assert!(
        calendar.contains("Scheduled: it goes out on") && calendar.contains("Bread and butter"),
        "{calendar}"
    );
    // The same form again, as a double click sends it: one post.
    let twice = send(&mut browser, "/posts/new", &parts).await?;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "{twice:?}");
    let client = scene.client().await?;
    let list = client
        .get(&format!("/api/v1/posts?social_set={}", scene.house.set))
        .await?
        .json();
    assert_eq!(list["items"].as_array().map_or(0, Vec::len), 1, "{list}");
    assert_eq!(list["items"][0]["text"], "Bread\nand butter");
    let path = format!("/posts/{id}");
    let edit = browser.get(&path).await?;
    let (version, was, media) = (
        edit.field("version").context("a version")?,
        edit.field("was").context("a time")?,
        edit.field("media").context("a picture")?,
    );
    let change = |text: &'static str| {
        [
            Part::Field("version", &version),
            Part::Field("was", &was),
            Part::Field("text", text),
            Part::Field("media", &media),
            Part::Field("channel", &scene.channel),
            Part::Field("date", &day),
            Part::Field("time", "09:30"),
            Part::Field("intent", "schedule"),
        ]
    };
    assert_eq!(
        send(&mut browser, &path, &change("Better bread"))
            .await?
            .status,
        StatusCode::SEE_OTHER
    );
    let stale = send(&mut browser, &path, &change("Old bread")).await?;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{stale:?}");
    assert!(
        stale.text().contains("somebody else changed this post")
            && stale.text().contains("Old bread"),
        "{stale:?}"
    );
    let post = client.get(&format!("/api/v1/posts/{id}")).await?.json();
    assert_eq!(
        (
            post["text"].as_str(),
            post["deliveries"][0]["state"].as_str()
        ),
        (Some("Better bread"), Some("scheduled"))
    );
    let back = browser.post(&format!("{path}/discard"), &[]).await?;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{back:?}");
    assert_eq!(scene.state(&client, &delivery_of(&post)).await?, "canceled");
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_no_picture_costs_nothing_of_what_was_typed() -> Result<()> {
    let scene = Scene::new().await?;
    let mut browser = scene.browser().await?;
    let id = browser
        .get("/posts/new")
        .await?
        .field("post")
        .context("an id")?;
    let parts = [
        Part::Field("post", &id),
        Part::Field("text", "A long thought"),
        Part::Field("intent", "draft"),
        Part::File("virus.jpg", b"MZ this is a program".to_vec()),
    ];
    let refused = send(&mut browser, "/posts/new", &parts).await?;
    assert_eq!(
        refused.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "{refused:?}"
    );
    assert!(
        refused.text().contains("A long thought") && refused.text().contains("Nothing was kept"),
        "{refused:?}"
    );
    let kept = send(&mut browser, "/posts/new", &parts[..3]).await?;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{kept:?}");
    let drafts = browser.get("/drafts").await?.text();
    assert!(
        drafts.contains("A long thought") && drafts.contains("No channel yet"),
        "{drafts}"
    );
    Ok(())
}

#[tokio::test]
async fn drafts_of_a_contributor_do_not_go_out() -> Result<()> {
    let scene = Scene::new().await?;
    let mail = scene
        .app
        .member(&scene.house, domain::member::Role::Contributor, None)
        .await?;
    let mut browser = scene.app.signed_in(&mail).await?;
    let page = browser.get("/posts/new").await?;
    assert!(
        !page.text().contains("value=\"schedule\""),
        "there is no button for what may not be done"
    );
    let id = page.field("post").context("an id")?;
    let day = scene.at(48 * HOUR)[..10].to_owned();
    let with = |intent: &'static str| {
        [
            Part::Field("post", &id),
            Part::Field("text", "Mine"),
            Part::Field("channel", &scene.channel),
            Part::Field("date", &day),
            Part::Field("time", "10:00"),
            Part::Field("intent", intent),
        ]
    };
    assert_eq!(
        send(&mut browser, "/posts/new", &with("schedule"))
            .await?
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        send(&mut browser, "/posts/new", &with("draft"))
            .await?
            .status,
        StatusCode::SEE_OTHER
    );
    // What an editor planned a contributor may not change.
    let client = scene.client().await?;
    let post = scene.planned(&client, "Planned", 30 * HOUR).await?;
    let path = format!("/posts/{}", post["id"].as_str().unwrap_or_default());
    let parts = [
        Part::Field("text", "Changed"),
        Part::Field("channel", &scene.channel),
        Part::Field("intent", "draft"),
    ];
    assert_eq!(
        send(&mut browser, &path, &parts).await?.status,
        StatusCode::FORBIDDEN
    );
    Ok(())
}

#[tokio::test]
async fn the_grid_says_each_symptom_in_its_own_words() -> Result<()> {
    let scene = Scene::new().await?;
    let mut browser = scene.browser().await?;
    let path = format!("/grid?channel={}", scene.channel);
    let well = browser.get(&path).await?.text();
    assert!(
        well.contains("Update grid") && !well.contains("data-symptom"),
        "{well}"
    );
    scene.app.advance_ms(0);
    scene.break_login()?;
    scene.app.run_for_ms(26 * HOUR).await?;
    let broken = browser.get(&path).await?.text();
    assert!(
        broken.contains("The connection is broken") && broken.contains("Sign in to update"),
        "{broken}"
    );
    assert!(broken.contains("As of"), "{broken}");
    let unlink = browser
        .post(
            &format!("/channels/{}/unlink", scene.channel),
            &[("sure", "yes")],
        )
        .await?;
    assert!(unlink.status.is_redirection(), "{unlink:?}");
    let unlinked = browser.get(&path).await?.text();
    assert!(unlinked.contains("Disconnected"), "{unlinked}");
    Ok(())
}

#[tokio::test]
async fn a_platform_fetches_a_copy_only_with_a_signed_address_that_lives() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let media = scene.picture(&client, 320).await?;
    let sha256 = client.get(&format!("/api/v1/media/{media}")).await?.json()["sha256"]
        .as_str()
        .context("a hash")?
        .to_owned();
    let web = &scene.app.web;
    let keys = media::AddressKeys::new(web.vault.subkeys(vault::Purpose::MediaAddress));
    let until = domain::schedule::plus_ms(web.security_now(), HOUR);
    let path = media::public_path(&keys, &sha256, until)?;
    let mut nobody = scene.app.browser();
    let seen = nobody.get(&path).await?;
    assert_eq!(
        (seen.status, seen.header("content-type")),
        (StatusCode::OK, "image/jpeg"),
        "{seen:?}"
    );
    assert!(seen.header("cache-control").starts_with("public"));
    let forged = path.replace("/m/", "/m/1");
    assert_eq!(nobody.get(&forged).await?.status, StatusCode::NOT_FOUND);
    scene.app.advance_ms(2 * HOUR);
    assert_eq!(
        nobody.get(&path).await?.status,
        StatusCode::NOT_FOUND,
        "it has ended"
    );
    Ok(())
}
