//! Test sign-ins of an app: what they show, and that nothing is left of one, however it ends.

use anyhow::{Context as _, Result};
use http::StatusCode;
use serde_json::json;
use simulator::visitor::Visitor;

use super::apps::{ANNA, NEXT, complete, scene, text};

#[tokio::test]
async fn a_test_sign_in_shows_what_works_and_leaves_nothing() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let begun = key
        .post(&format!("/api/v1/apps/{id}/test"), json!({}))
        .await?;
    assert_eq!(begun.status, StatusCode::CREATED, "{begun:?}");
    let session = begun.json();
    assert_eq!(session["purpose"], "test", "{session}");
    let done = complete(&scene.app, &key, &session, &[]).await?;
    assert_eq!(done["phase"], "done", "{done}");
    assert_eq!(done["tested"]["secret"], "current", "{done}");
    assert_eq!(done["tested"]["given_back"], "at_platform", "{done}");
    assert!(!done["accounts"].as_array().context("a list")?.is_empty());
    let channels = key.get("/api/v1/channels").await?.json();
    assert_eq!(channels["items"], json!([]), "no channel");
    let logins = key.get(&format!("/api/v1/apps/{id}/logins")).await?.json();
    assert_eq!(logins["items"], json!([]), "no login");
    let open = key.get("/api/v1/connect-sessions").await?.json();
    assert_eq!(open["items"], json!([]));

    // In a browser, with a secret that the platform does not know, and nothing ticked that posting needs.
    let new = json!({ "client_secret": NEXT });
    key.post(&format!("/api/v1/apps/{id}/secrets"), new).await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let left = browser
        .post(&format!("/settings/apps/{id}/test"), &[])
        .await?
        .text();
    let from = left
        .find(&format!("href=\"{}", testing::sim::ORIGIN))
        .context("a way out")?
        + 6;
    let url = left[from..from + left[from..].find('"').context("its end")?]
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let untick = ["permission-instagram_content_publish"];
    let back = Visitor::agree(&scene.app.sim, &url, ANNA, &untick).await?;
    let path = back
        .strip_prefix(testing::sim::PUBLIC)
        .context("it leads back here")?;
    let came = browser.get(path).await?;
    assert!(
        came.location().starts_with("/settings/app-tests/"),
        "{came:?}"
    );
    let shown = browser.follow(came.location()).await?.text();
    for words in [
        "No channel was made",
        "refused the newest secret and took the one before",
        "Not granted: instagram_content_publish",
        "given back at the platform",
    ] {
        assert!(shown.contains(words), "{words} is not on {shown}");
    }
    // The double click of the way back.
    let twice = browser.get(path).await?;
    assert_eq!(twice.location(), came.location());
    Ok(())
}

#[tokio::test]
async fn without_an_answer_nothing_is_spent_and_without_the_app_nobody_is_asked() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let test = format!("/api/v1/apps/{id}/test");
    let begun = key.post(&test, json!({})).await?.json();
    let at = format!("/api/v1/connect-sessions/{}", text(&begun["id"])?);
    let way = url::Url::parse(text(&begun["url"])?)?;
    let mut asked = way.query_pairs();
    let (_, state) = asked.find(|(name, _)| name == "state").context("a state")?;
    let empty = json!({ "params": { "state": state, "code": "" } });
    let refused = key.post(&format!("{at}/complete"), empty).await?;
    let status = refused.status;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    assert!(refused.text().contains("params.code"), "{refused:?}");
    assert_eq!(key.get(&at).await?.json()["phase"], "begun");
    let done = complete(&scene.app, &key, &begun, &[]).await?;
    assert_eq!(done["phase"], "done", "the state was still good: {done}");

    let begun = key.post(&test, json!({})).await?.json();
    let gone = key.delete(&format!("/api/v1/apps/{id}")).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    let done = complete(&scene.app, &key, &begun, &[]).await?;
    assert_eq!(done["phase"], "failed", "{done}");
    assert_eq!(done["trouble"]["kind"], "app_removed", "{done}");
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let page = format!("/settings/app-tests/{}", text(&begun["id"])?);
    let shown = browser.get(&page).await?.text();
    assert!(shown.contains("no longer here"), "{shown}");
    assert!(!shown.contains(&format!("/settings/apps/{id}")), "{shown}");
    Ok(())
}

#[tokio::test]
async fn a_test_that_is_broken_off_is_tidied_up() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let test = format!("/api/v1/apps/{id}/test");
    let session = key.post(&test, json!({})).await?.json();
    // The sign-in is stored; the list of accounts and the giving back meet a platform that does not answer.
    let back = Visitor::agree(&scene.app.sim, text(&session["url"])?, ANNA, &[]).await?;
    let state = url::Url::parse(&back)?
        .query_pairs()
        .find(|(name, _)| name == "state")
        .context("a state")?
        .1
        .into_owned();
    let hash: [u8; 32] = {
        use sha2::Digest as _;
        sha2::Sha256::digest(state.as_bytes()).into()
    };
    let cx = scene.app.web.cx.clone();
    let now = cx.clocks.security.now();
    let taken = cx
        .store
        .write("test.take", move |conn| {
            let row = storage::connect_sessions::by_state(conn, &hash)?.expect("begun");
            let until = domain::schedule::plus_ms(now, 1_000);
            storage::connect_sessions::take(conn, &row, &hash, now, until)
        })
        .await?;
    assert!(taken.is_some());
    assert_eq!(
        engine::connect::tidy_trials(&cx).await?,
        0,
        "it has time yet"
    );
    scene.app.advance_ms(16 * 60_000);
    assert_eq!(engine::connect::tidy_trials(&cx).await?, 1);
    assert_eq!(engine::connect::tidy_trials(&cx).await?, 0, "once");
    let at = format!("/api/v1/connect-sessions/{}", text(&session["id"])?);
    assert_eq!(key.get(&at).await?.json()["phase"], "failed");
    Ok(())
}
