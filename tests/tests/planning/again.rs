//! The same form once more: the way back and another button, a post that was thrown away meanwhile, a
//! channel that is taken out and put back, a button pressed twice. Nothing typed is lost, nothing asked for is
//! passed over in silence.

use anyhow::{Context as _, Result};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::pages::{Part, send};
use super::scene::{HOUR, Scene, delivery_of};

const TYPED: &str = "A long thought about rye";

fn states(post: &Value) -> Vec<String> {
    let list = post["deliveries"].as_array().cloned().unwrap_or_default();
    let state = |one: &Value| one["state"].as_str().unwrap_or_default().to_owned();
    list.iter().map(state).collect()
}

#[tokio::test]
async fn another_button_after_the_way_back_does_what_it_says() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let mut browser = scene.browser().await?;
    let id = browser
        .get("/posts/new")
        .await?
        .field("post")
        .context("an id")?;
    let path = format!("/api/v1/posts/{id}");
    let picture = scene.picture(&client, 500).await?;
    let day = scene.at(48 * HOUR)[..10].to_owned();
    let form = |text: &'static str, intent: &'static str| {
        vec![
            Part::Field("post", &id),
            Part::Field("text", text),
            Part::Field("media", &picture),
            Part::Field("channel", &scene.channel),
            Part::Field("date", &day),
            Part::Field("time", "09:30"),
            Part::Field("intent", intent),
        ]
    };
    let draft = send(&mut browser, "/posts/new", &form(TYPED, "draft")).await?;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{draft:?}");
    assert_eq!(states(&client.get(&path).await?.json()), ["draft"]);
    // Back in the browser, then the other button of the same form.
    let planned = send(&mut browser, "/posts/new", &form(TYPED, "schedule")).await?;
    assert_eq!(planned.status, StatusCode::SEE_OTHER, "{planned:?}");
    let post = client.get(&path).await?.json();
    assert_eq!(states(&post), ["scheduled"], "{post}");
    // Once more: nothing changes.
    let twice = send(&mut browser, "/posts/new", &form(TYPED, "schedule")).await?;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "{twice:?}");
    assert_eq!(
        client.get(&path).await?.json()["deliveries"],
        post["deliveries"]
    );
    // Other words: refused with all that was typed, in a form that can be saved from then on.
    let other = send(
        &mut browser,
        "/posts/new",
        &form("Second thoughts", "schedule"),
    )
    .await?;
    assert_eq!(other.status, StatusCode::CONFLICT, "{other:?}");
    let shown = other.text();
    let action = format!("action=\"/posts/{id}\"");
    assert!(
        shown.contains("Second thoughts") && shown.contains(&action),
        "{shown}"
    );
    let version = other.field("version").context("a version")?;
    let mut knowingly = form("Second thoughts", "schedule");
    knowingly.push(Part::Field("version", &version));
    let saved = send(&mut browser, &format!("/posts/{id}"), &knowingly).await?;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved:?}");
    assert_eq!(client.get(&path).await?.json()["text"], "Second thoughts");
    Ok(())
}

#[tokio::test]
async fn what_was_typed_into_a_post_that_is_gone_is_kept() -> Result<()> {
    let scene = Scene::new().await?;
    let mut browser = scene.browser().await?;
    let new = browser.get("/posts/new").await?;
    let id = new.field("post").context("an id")?;
    let set = scene.house.set.to_string();
    let draft = [
        Part::Field("post", &id),
        Part::Field("text", "Short"),
        Part::Field("intent", "draft"),
    ];
    assert_eq!(
        send(&mut browser, "/posts/new", &draft).await?.status,
        StatusCode::SEE_OTHER
    );
    let path = format!("/posts/{id}");
    let version = browser
        .get(&path)
        .await?
        .field("version")
        .context("a version")?;
    assert_eq!(
        browser.post(&format!("{path}/discard"), &[]).await?.status,
        StatusCode::SEE_OTHER
    );
    let change = [
        Part::Field("version", &version),
        Part::Field("set", &set),
        Part::Field("text", TYPED),
        Part::Field("intent", "draft"),
    ];
    let gone = send(&mut browser, &path, &change).await?;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{gone:?}");
    assert!(
        gone.text().contains(TYPED) && gone.text().contains("thrown away meanwhile"),
        "{gone:?}"
    );
    let next = gone.field("post").context("a new id")?;
    assert_ne!(next, id);
    let anew = [
        Part::Field("post", &next),
        Part::Field("set", &set),
        Part::Field("text", TYPED),
        Part::Field("intent", "draft"),
    ];
    assert_eq!(
        send(&mut browser, "/posts/new", &anew).await?.status,
        StatusCode::SEE_OTHER
    );
    assert!(browser.get("/drafts").await?.text().contains(TYPED));
    Ok(())
}

#[tokio::test]
async fn a_channel_that_was_taken_out_comes_back_as_a_draft() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let post = scene.planned(&client, "Rye", 30 * HOUR).await?;
    let id = post["id"].as_str().context("an id")?.to_owned();
    let (path, delivery) = (format!("/api/v1/posts/{id}"), delivery_of(&post));
    let patch = async |body: Value| client.json(Method::PATCH, &path, &[], body).await;
    let out = patch(json!({"channels": []})).await?;
    assert_eq!(
        (out.status, states(&out.json())),
        (StatusCode::OK, vec!["canceled".to_owned()])
    );
    // A change of the words alone brings nothing back.
    assert_eq!(
        states(&patch(json!({"text": "Rye bread"})).await?.json()),
        ["canceled"]
    );
    let back = patch(json!({"channels": [{"channel": scene.channel, "text": "Rye here"}]})).await?;
    assert_eq!(back.status, StatusCode::OK, "{back:?}");
    let one = &back.json()["deliveries"][0];
    assert_eq!(
        (one["state"].as_str(), one["id"].as_str()),
        (Some("draft"), Some(delivery.as_str()))
    );
    assert_eq!(
        (&one["due_at"], &one["variant"]["text"]),
        (&Value::Null, &json!("Rye here"))
    );
    let at = json!({"at": scene.at(HOUR)});
    let planned = client.post(&format!("{path}/schedule"), at).await?;
    assert_eq!(states(&planned.json()), ["scheduled"], "{planned:?}");
    scene.app.run_for_ms(2 * HOUR).await?;
    assert_eq!(scene.state(&client, &delivery).await?, "published");
    Ok(())
}

#[tokio::test]
async fn the_composer_puts_back_only_what_it_showed_as_taken_back() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let mut browser = scene.browser().await?;
    let post = scene.planned(&client, "Rye", 30 * HOUR).await?;
    let id = post["id"].as_str().context("an id")?.to_owned();
    let path = format!("/posts/{id}");
    let shown = browser.get(&path).await?;
    let day = scene.at(30 * HOUR)[..10].to_owned();
    let (version, media) = (
        shown.field("version").context("a version")?,
        shown.field("media").context("a picture")?,
    );
    let form = |version: &'static str| {
        vec![
            Part::Field("version", version),
            Part::Field("text", "Rye"),
            Part::Field("media", &media),
            Part::Field("channel", &scene.channel),
            Part::Field("date", &day),
            Part::Field("time", "09:30"),
            Part::Field("intent", "schedule"),
        ]
    };
    let cancel = format!("/api/v1/deliveries/{}/cancel", delivery_of(&post));
    assert_eq!(
        client.post(&cancel, json!({})).await?.status,
        StatusCode::OK
    );
    let stale = send(
        &mut browser,
        &path,
        &form(Box::leak(version.into_boxed_str())),
    )
    .await?;
    assert!(!stale.status.is_redirection(), "{stale:?}");
    assert_eq!(
        scene.state(&client, &delivery_of(&post)).await?,
        "canceled",
        "nobody asked for it"
    );
    let shown = browser.get(&path).await?;
    assert!(shown.text().contains("Taken back"), "{shown:?}");
    assert_eq!(
        shown.field("put_back").as_deref(),
        Some(scene.channel.as_str())
    );
    let version = shown.field("version").context("a version")?;
    let mut knowingly = form(Box::leak(version.into_boxed_str()));
    knowingly.push(Part::Field("put_back", &scene.channel));
    let saved = send(&mut browser, &path, &knowingly).await?;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved:?}");
    assert_eq!(
        scene.state(&client, &delivery_of(&post)).await?,
        "scheduled"
    );
    let history = browser
        .get(&format!("/deliveries/{}", delivery_of(&post)))
        .await?;
    assert!(
        history.text().contains("Put back, as a draft"),
        "{history:?}"
    );
    Ok(())
}

#[tokio::test]
async fn unlinking_and_its_undo_pressed_twice_are_done_once() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let mut browser = scene.browser().await?;
    let link = async || -> Result<Value> {
        let path = format!("/api/v1/channels/{}", scene.channel);
        Ok(client.get(&path).await?.json()["link"].clone())
    };
    for (what, then) in [("unlink", "unlinked"), ("undo-unlink", "linked")] {
        for _ in 0..2 {
            let path = format!("/channels/{}/{what}", scene.channel);
            let pressed = browser.post(&path, &[]).await?;
            assert_eq!(pressed.status, StatusCode::SEE_OTHER, "{what}: {pressed:?}");
            assert_eq!(link().await?, then);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_text_that_is_far_too_long_is_shown_again() -> Result<()> {
    let scene = Scene::new().await?;
    let mut browser = scene.browser().await?;
    let text = format!("{}the end of it", "long ".repeat(100_000));
    let parts = [Part::Field("text", &text), Part::Field("intent", "draft")];
    let shown = send(&mut browser, "/posts/new", &parts).await?;
    assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        shown.text().contains("At most 10000 characters") && shown.text().contains("the end of it")
    );
    Ok(())
}
