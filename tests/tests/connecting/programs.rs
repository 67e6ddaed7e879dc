//! The whole journey by a key alone: connect, break, mend, choose, unlink; and what a key may not.

use anyhow::{Context as _, Result};
use domain::member::Scope;
use domain::platform::{LoginFlow, Platform};
use http::StatusCode;
use serde_json::{Value, json};
use simulator::instagram::Break;
use simulator::visitor::Visitor;
use testing::app::{Client, TestApp};
use testing::apps::{self, At};

const BAKERY: &str = "harbour.bakery";

async fn complete(app: &TestApp, key: &Client<'_>, session: &Value, login: &str) -> Result<Value> {
    let url = session["url"].as_str().context("a way out")?;
    let back = Visitor::agree(&app.sim, url, login, &[]).await?;
    let params: serde_json::Map<String, Value> = url::Url::parse(&back)?
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    let at = format!(
        "/api/v1/connect-sessions/{}/complete",
        session["id"].as_str().context("an id")?
    );
    let done = key.post(&at, json!({ "params": params })).await?;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    Ok(done.json())
}

#[tokio::test]
async fn a_program_connects_and_mends_by_itself() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let through = apps::add(
        &At {
            cx: &app.web.cx,
            sim: &app.sim,
        },
        Platform::Instagram,
        LoginFlow::Instagram,
    )
    .await?;
    let key = app.full_key(&house).await?;
    let new = json!({ "app": through.to_string(), "social_set": house.set.to_string() });
    let session = key.post("/api/v1/connect-sessions", new).await?;
    assert_eq!(session.status, StatusCode::CREATED, "{session:?}");
    let session = session.json();

    // The browser that comes back spends nothing; another key may not finish it.
    let url = session["url"].as_str().context("a way out")?;
    let back = Visitor::agree(&app.sim, url, BAKERY, &[]).await?;
    let path = back.strip_prefix(testing::sim::PUBLIC).context("here")?;
    let mut browser = app.signed_in(&house.mail).await?;
    let seen = browser.get(path).await?;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.text().contains("begun by a program"), "{seen:?}");
    let stranger = app.full_key(&house).await?;
    let params: serde_json::Map<String, Value> = url::Url::parse(&back)?
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    let at = format!(
        "/api/v1/connect-sessions/{}/complete",
        session["id"].as_str().context("an id")?
    );
    let refused = stranger.post(&at, json!({ "params": params })).await?;
    assert_eq!(refused.code(), "begun_by_key", "{refused:?}");
    let done = key.post(&at, json!({ "params": params })).await?.json();
    assert_eq!(done["phase"], "done", "{done}");
    assert_eq!(done["joined"][0]["proof"]["kind"], "works");

    let channels = key.get("/api/v1/channels").await?.json();
    let channel = channels["items"][0].clone();
    assert_eq!(
        (&channel["health"], &channel["outlook"]),
        (&json!("healthy"), &json!("extends_itself"))
    );
    let at = format!(
        "/api/v1/channels/{}",
        channel["id"].as_str().context("an id")?
    );
    let early = key.post(&format!("{at}/extend"), json!({})).await?;
    assert_eq!(
        (early.status, early.code().as_str()),
        (StatusCode::CONFLICT, "too_early"),
        "{early:?}"
    );
    // The day is in the words, in the field, and in the channel itself.
    let from = channel["extendable_from"].as_str().context("a day")?;
    assert_eq!(early.json()["errors"][0]["detail"], from, "{early:?}");
    assert!(!early.header("retry-after").is_empty(), "{early:?}");

    app.sim.break_it(Break::ChangePassword {
        account: BAKERY.to_owned(),
    })?;
    let checked = key.post(&format!("{at}/check"), json!({})).await?.json();
    assert_eq!(
        (&checked["result"], &checked["channel"]["cause"]),
        (&json!("not_well"), &json!("credentials_changed"))
    );
    let notices = key.get("/api/v1/notices").await?.json();
    assert_eq!(notices["items"][0]["kind"], "channel_needs_refresh");
    let notice = format!(
        "/api/v1/notices/{}",
        notices["items"][0]["id"].as_str().context("an id")?
    );
    let seen = key
        .post(&format!("{notice}/acknowledge"), json!({}))
        .await?
        .json();
    assert_eq!(seen["state"], "acknowledged");
    let cause = key.get("/api/v1/causes/credentials_changed").await?.json();
    assert_eq!(
        (&cause["mender"], &cause["signing_in"]),
        (&json!("person"), &json!("helps"))
    );

    let session = key.post(&format!("{at}/refresh"), json!({})).await?.json();
    let wrong = complete(&app, &key, &session, "nord.ceramics").await?;
    assert_eq!(wrong["phase"], "refused", "{wrong}");
    assert_eq!(
        key.get(&at).await?.json()["health"],
        "needs_refresh",
        "nothing changed"
    );
    let session = key.post(&format!("{at}/refresh"), json!({})).await?.json();
    let right = complete(&app, &key, &session, BAKERY).await?;
    assert_eq!(right["phase"], "done", "{right}");
    assert_eq!(key.get(&at).await?.json()["health"], "healthy");
    let timeline = key.get(&format!("{at}/timeline")).await?.json();
    let kinds: Vec<&str> = timeline["items"]
        .as_array()
        .context("lines")?
        .iter()
        .filter_map(|line| line["kind"].as_str())
        .collect();
    for kind in ["linked", "signed_in", "ended", "restored"] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }

    assert_eq!(
        key.post(&format!("{at}/unlink"), json!({})).await?.json()["link"],
        "unlinked"
    );
    assert_eq!(
        key.post(&format!("{at}/sync"), json!({})).await?.code(),
        "not_now"
    );
    assert_eq!(
        key.post(&format!("{at}/undo-unlink"), json!({}))
            .await?
            .json()["link"],
        "linked"
    );
    assert_eq!(
        key.post(&format!("{at}/undo-unlink"), json!({}))
            .await?
            .code(),
        "not_now"
    );
    assert_eq!(
        key.post(&format!("{at}/mode"), json!({ "mode": "remind" }))
            .await?
            .json()["mode"],
        "remind"
    );
    assert_eq!(
        key.post(&format!("{at}/mode"), json!({ "mode": "never" }))
            .await?
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    Ok(())
}

#[tokio::test]
async fn keys_without_the_right_and_other_workspaces_see_nothing() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let elsewhere = app.house("Elsewhere").await?;
    let through = apps::add(
        &At {
            cx: &app.web.cx,
            sim: &app.sim,
        },
        Platform::Instagram,
        LoginFlow::Instagram,
    )
    .await?;
    let key = app.full_key(&house).await?;
    let new = json!({ "app": through.to_string(), "social_set": house.set.to_string() });
    let drafts = app.key(&house, &[Scope::Draft], None).await?;
    assert_eq!(
        drafts
            .post("/api/v1/connect-sessions", new.clone())
            .await?
            .code(),
        "scope_missing"
    );
    let session = key
        .post("/api/v1/connect-sessions", new.clone())
        .await?
        .json();
    complete(&app, &key, &session, BAKERY).await?;
    let channel = key.get("/api/v1/channels").await?.json()["items"][0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();

    let stranger = app.full_key(&elsewhere).await?;
    assert_eq!(
        stranger.get("/api/v1/channels").await?.json()["items"],
        json!([])
    );
    assert_eq!(
        stranger.post("/api/v1/connect-sessions", new).await?.status,
        StatusCode::NOT_FOUND
    );
    let session = format!(
        "/api/v1/connect-sessions/{}",
        session["id"].as_str().context("an id")?
    );
    assert_eq!(stranger.get(&session).await?.status, StatusCode::NOT_FOUND);
    for step in [
        "refresh",
        "extend",
        "check",
        "sync",
        "unlink",
        "undo-unlink",
        "give-back",
    ] {
        let answer = stranger
            .post(&format!("/api/v1/channels/{channel}/{step}"), json!({}))
            .await?;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{step}: {answer:?}");
    }
    for (body, status) in [
        (
            json!({ "app": "app_1", "social_set": house.set.to_string() }),
            422,
        ),
        (json!({ "app": through.to_string() }), 422),
        (
            json!({ "app": through.to_string(), "social_set": house.set.to_string(), "more": 1 }),
            422,
        ),
    ] {
        assert_eq!(
            key.post("/api/v1/connect-sessions", body)
                .await?
                .status
                .as_u16(),
            status
        );
    }
    Ok(())
}

#[tokio::test]
async fn apps_by_api_never_answer_a_secret() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let key = app.full_key(&house).await?;
    let new = json!({ "platform": "instagram", "flow": "facebook", "client_id": "4711", "client_secret": "hush-hush" });
    let tried = key.post("/api/v1/apps?dry_run=true", new.clone()).await?;
    assert_eq!(tried.status, StatusCode::OK, "{tried:?}");
    assert_eq!(
        key.get("/api/v1/apps").await?.json()["items"],
        json!([]),
        "a dry run keeps nothing"
    );
    let made = key.post("/api/v1/apps", new).await?;
    assert_eq!(made.status, StatusCode::CREATED);
    assert!(!made.text().contains("hush") && made.json()["has_secret"] == true);
    let wrong = json!({ "platform": "bluesky", "flow": "facebook" });
    assert_eq!(
        key.post("/api/v1/apps", wrong).await?.status,
        StatusCode::NOT_FOUND
    );
    let bluesky = key
        .post(
            "/api/v1/apps",
            json!({ "platform": "bluesky", "flow": "bluesky" }),
        )
        .await?
        .json();
    assert!(
        bluesky["client_id"]
            .as_str()
            .unwrap_or_default()
            .starts_with("http://localhost?"),
        "{bluesky}"
    );
    Ok(())
}
