//! Apps by pages and API: several of a kind, a secret that is replaced while people are signed in, what another
//! client id would end, retiring and removing, the field check, and whom to ask. Another workspace gets at none of
//! it. Test sign-ins are in `app_trials.rs`.

use anyhow::{Context as _, Result};
use domain::member::Role;
use domain::platform::{LoginFlow, Platform};
use http::StatusCode;
use serde_json::{Value, json};
use simulator::instagram::{Break, Flow, NewApp};
use simulator::visitor::Visitor;
use testing::app::{Client, House, TestApp};
use testing::apps::{self, At};

pub(super) const ANNA: &str = "10220000000000001";
const BAKERY: &str = "17841400000000001";
pub(super) const NEXT: &str = "the-next-secret";

pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) house: House,
    client_id: String,
    secret: String,
}

/// A house whose installation has an app for Instagram through Facebook, and a registration of its own there.
pub(super) async fn scene() -> Result<Scene> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let at = At {
        cx: &app.web.cx,
        sim: &app.sim,
    };
    apps::add(&at, Platform::Instagram, LoginFlow::Facebook).await?;
    let redirect = format!("{}/oauth/callback/instagram", testing::sim::PUBLIC);
    let new = NewApp::of(Flow::Facebook, "Our own", &redirect);
    let (client_id, secret) = app.sim.add_app(new);
    Ok(Scene {
        app,
        house,
        client_id,
        secret,
    })
}

impl Scene {
    pub(super) async fn own(&self, key: &Client<'_>, name: &str) -> Result<String> {
        let new = json!({ "platform": "instagram", "flow": "facebook", "name": name,
            "client_id": self.client_id, "client_secret": self.secret });
        let made = key.post("/api/v1/apps", new).await?;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        Ok(made.json()["id"].as_str().context("an id")?.to_owned())
    }

    async fn link(&self, key: &Client<'_>, app: &str) -> Result<String> {
        let new = json!({ "app": app, "social_set": self.house.set.to_string() });
        let session = key.post("/api/v1/connect-sessions", new).await?.json();
        let done = complete(&self.app, key, &session, &[]).await?;
        assert_eq!(done["phase"], "choosing", "{done}");
        let at = format!("/api/v1/connect-sessions/{}/choose", text(&session["id"])?);
        let done = key.post(&at, json!({ "accounts": [BAKERY] })).await?.json();
        assert_eq!(done["joined"][0]["proof"]["kind"], "works", "{done}");
        Ok(text(&done["joined"][0]["channel"])?.to_owned())
    }
}

pub(super) fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("no text: {value}"))
}

pub(super) async fn complete(
    app: &TestApp,
    key: &Client<'_>,
    session: &Value,
    untick: &[&str],
) -> Result<Value> {
    let back = Visitor::agree(&app.sim, text(&session["url"])?, ANNA, untick).await?;
    let params: serde_json::Map<String, Value> = url::Url::parse(&back)?
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    let at = format!(
        "/api/v1/connect-sessions/{}/complete",
        text(&session["id"])?
    );
    let done = key.post(&at, json!({ "params": params })).await?;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    // Twice is once.
    let again = key.post(&at, json!({ "params": params })).await?.json();
    assert_eq!(again["phase"], done.json()["phase"]);
    Ok(done.json())
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_gap() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let channel = scene.link(&key, &id).await?;
    let at = format!("/api/v1/apps/{id}");
    let check = format!("/api/v1/channels/{channel}/check");
    let well = || async {
        // What is heard has a moment: the later word counts.
        scene.app.advance_ms(1_000);
        let checked = key.post(&check, json!({})).await?.json();
        assert_eq!(checked["channel"]["health"], "healthy", "{checked}");
        key.get(&at).await.map(|answer| answer.json())
    };
    let before = well().await?;
    assert_eq!(before["secret"]["state"], "taken", "{before}");
    let long = json!({ "client_secret": "s".repeat(1_001) });
    for refused in [
        key.patch(&at, long.clone()).await?,
        key.post(&format!("{at}/secrets"), long).await?,
    ] {
        let status = refused.status;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    }

    // Not active at the platform yet: the one before is used, and the app says which is which.
    let new = json!({ "client_secret": NEXT });
    let added = key.post(&format!("{at}/secrets"), new.clone()).await?;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    assert!(!added.text().contains(NEXT), "a secret is never answered");
    let now = well().await?;
    assert_eq!(
        (&now["secret"]["state"], &now["previous_secret"]["state"]),
        (&json!("refused"), &json!("taken")),
        "{now}"
    );
    // The only one that the platform takes is not forgotten by mistake.
    let only = json!({ "which": "previous" });
    let kept = key.post(&format!("{at}/secrets/forget"), only).await?;
    assert_eq!(kept.code(), "not_now", "{kept:?}");
    let third = json!({ "client_secret": "a-third" });
    let third = key.post(&format!("{at}/secrets"), third).await?;
    assert_eq!(third.status, StatusCode::UNPROCESSABLE_ENTITY, "{third:?}");

    // Active, then the older one is revoked: the newest is found out to be good.
    let client = scene.client_id.clone();
    scene.app.sim.break_it(Break::AddAppSecret {
        app: client.clone(),
        secret: Some(NEXT.to_owned()),
    })?;
    well().await?;
    scene
        .app
        .sim
        .break_it(Break::RevokeOlderSecret { app: client })?;
    let now = well().await?;
    assert_eq!(
        (&now["secret"]["state"], &now["previous_secret"]["state"]),
        (&json!("taken"), &json!("refused")),
        "{now}"
    );
    let only = json!({ "which": "current" });
    let kept = key.post(&format!("{at}/secrets/forget"), only).await?;
    assert_eq!(kept.code(), "not_now", "{kept:?}");
    let forget = json!({ "which": "previous" });
    let forgotten = key
        .post(&format!("{at}/secrets/forget"), forget.clone())
        .await?;
    assert_eq!(forgotten.json()["previous_secret"], Value::Null);
    let now = well().await?;
    assert_eq!(now["secret"]["state"], "taken");
    let again = key.post(&format!("{at}/secrets/forget"), forget).await?;
    assert_eq!(again.code(), "not_now", "{again:?}");
    let notices = key.get("/api/v1/notices").await?.json();
    assert_eq!(notices["items"], json!([]), "nobody was bothered");
    Ok(())
}

#[tokio::test]
async fn a_new_secret_that_is_not_wanted_after_all_is_taken_back_by_the_page() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let channel = scene.link(&key, &id).await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let page = format!("/settings/apps/{id}");
    let added = browser
        .post(&format!("{page}/secret"), &[("client_secret", NEXT)])
        .await?;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{added:?}");
    let shown = browser.get(&page).await?.text();
    for words in ["The newest secret", "The secret before", "Not used yet"] {
        assert!(shown.contains(words), "{words} is not on {shown}");
    }
    assert!(!shown.contains(NEXT) && !shown.contains(&scene.secret));
    browser
        .post(&format!("{page}/do"), &[("what", "forget_current")])
        .await?;
    let shown = browser.get(&page).await?.text();
    assert!(!shown.contains("The secret before"), "{shown}");
    let check = format!("/api/v1/channels/{channel}/check");
    let checked = key.post(&check, json!({})).await?.json();
    assert_eq!(checked["channel"]["health"], "healthy", "{checked}");
    Ok(())
}

#[tokio::test]
async fn another_client_id_is_asked_about_with_what_it_would_end() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let channel = scene.link(&key, &id).await?;
    let at = format!("/api/v1/apps/{id}");
    let change = json!({ "client_id": "77001" });
    let tried = key
        .patch(&format!("{at}?dry_run=true"), change.clone())
        .await?
        .json();
    assert_eq!(
        tried["ends_logins"][0]["channel"],
        json!(channel),
        "{tried}"
    );
    let refused = key.patch(&at, change).await?;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "ends_logins"),
        "{refused:?}"
    );
    assert_eq!(
        key.get(&at).await?.json()["client_id"],
        json!(scene.client_id)
    );

    // The page says how many, and offers another app instead.
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    let page = format!("/settings/apps/{id}");
    let asked = browser
        .post(&page, &[("client_id", "77001"), ("name", "Ours")])
        .await?;
    assert_eq!(asked.status, StatusCode::CONFLICT, "{asked:?}");
    let asked = asked.text();
    for words in ["End this one sign-in", "Add it as another app"] {
        assert!(asked.contains(words), "{words} is not on {asked}");
    }
    let wrong = json!({ "client_id": "77001", "confirm_ends": 2 });
    assert_eq!(key.patch(&at, wrong).await?.code(), "ends_logins");
    // Another name ends nothing, so nothing is asked.
    let named = key.patch(&at, json!({ "name": "Renamed" })).await?;
    assert_eq!(named.json()["name"], "Renamed", "{named:?}");
    let said = [("client_id", "77001"), ("confirm_ends", "1")];
    let changed = browser.post(&page, &said).await?;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{changed:?}");
    assert_eq!(key.get(&at).await?.json()["client_id"], "77001");

    // It ended there and then: the channel says so and why, and one notice asks for a sign-in.
    let seen = key
        .get(&format!("/api/v1/channels/{channel}"))
        .await?
        .json();
    assert_eq!(seen["health"], "needs_refresh", "{seen}");
    assert_eq!(seen["cause"], "lifespan_ended", "{seen}");
    let shown = browser.get(&format!("/channels/{channel}")).await?.text();
    assert!(
        shown.contains("client id of the app was changed"),
        "{shown}"
    );
    let timeline = format!("/api/v1/channels/{channel}/timeline");
    let lines = key.get(&timeline).await?.json()["items"].to_string();
    assert!(lines.contains("ended"), "{lines}");
    let notices = key.get("/api/v1/notices").await?.json();
    assert_eq!(
        notices["items"][0]["kind"], "channel_needs_refresh",
        "{notices}"
    );
    assert_eq!(notices["items"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test]
async fn several_apps_one_usual_one_retired_one_removed() -> Result<()> {
    let scene = scene().await?;
    let (app, house) = (&scene.app, &scene.house);
    let key = app.full_key(house).await?;
    let first = scene.own(&key, "First").await?;
    let second = scene.own(&key, "").await?;
    let seen = key.get(&format!("/api/v1/apps/{second}")).await?.json();
    assert_eq!(seen["name"], "Facebook", "it is named by itself: {seen}");
    let twin = json!({ "platform": "instagram", "flow": "facebook", "name": "first",
        "client_id": "1", "client_secret": "x" });
    assert_eq!(
        key.post("/api/v1/apps", twin).await?.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let channel = scene.link(&key, &first).await?;

    // The usual one is what a tile leads to; the other one is offered beside it.
    let mut browser = app.signed_in(&house.mail).await?;
    browser
        .post(
            &format!("/settings/apps/{second}/do"),
            &[("what", "default")],
        )
        .await?;
    let manager = browser.get(&format!("/sets/{}", house.set)).await?.text();
    assert!(manager.contains(&format!("/sets/{}/connect/{second}", house.set)));
    let preview = browser
        .get(&format!("/sets/{}/connect/{second}", house.set))
        .await?
        .text();
    assert!(preview.contains("Use the app First"), "{preview}");

    // A refresh stays with the app of its sign-in, until that takes no new ones.
    let refresh = format!("/channels/{channel}/refresh");
    let shown = browser.get(&refresh).await?;
    assert_eq!(shown.field("app").as_deref(), Some(first.as_str()));
    assert!(shown.text().contains("Use the app Facebook"), "{shown:?}");
    key.patch(&format!("/api/v1/apps/{first}"), json!({ "retired": true }))
        .await?;
    let shown = browser.get(&refresh).await?;
    assert_eq!(shown.field("app").as_deref(), Some(second.as_str()));
    assert!(shown.text().contains("takes no new ones"), "{shown:?}");
    let new = json!({ "app": first, "social_set": house.set.to_string() });
    let begun = key.post("/api/v1/connect-sessions", new).await?;
    assert_eq!(begun.status, StatusCode::UNPROCESSABLE_ENTITY, "{begun:?}");
    let check = format!("/api/v1/channels/{channel}/check");
    let checked = key.post(&check, json!({})).await?.json();
    assert_eq!(checked["channel"]["health"], "healthy", "it goes on");
    let page = browser.get(&format!("/channels/{channel}")).await?.text();
    assert!(page.contains("First"), "the channel names its app: {page}");

    // Removed only when nothing lives through it.
    let used = key.delete(&format!("/api/v1/apps/{first}")).await?;
    assert_eq!(used.code(), "ends_logins", "{used:?}");
    let logins = key.get(&format!("/api/v1/apps/{first}/logins")).await?;
    assert_eq!(logins.json()["items"][0]["channel"], json!(channel));
    let gone = key.delete(&format!("/api/v1/apps/{second}")).await?;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    let gone = key.get(&format!("/api/v1/apps/{second}")).await?;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let list = browser.get("/settings/apps").await?.text();
    assert!(
        list.contains("no new sign-ins") && list.contains("1 sign-in"),
        "{list}"
    );
    Ok(())
}

#[tokio::test]
async fn the_set_up_page_and_the_field_check() -> Result<()> {
    let scene = scene().await?;
    let mut browser = scene.app.signed_in(&scene.house.mail).await?;
    for (platform, words) in [
        ("facebook", "Valid OAuth Redirect URIs"),
        ("instagram", "Instagram App Secret"),
        ("bluesky", "There is nothing to register"),
    ] {
        let page = browser
            .get(&format!("/settings/app-set-up/{platform}"))
            .await?;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        assert!(page.text().contains(words), "{words}: {page:?}");
        assert!(page.text().contains("data-copy="), "{page:?}");
    }
    let none = browser.get("/settings/app-set-up/tiktok").await?;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "nothing is promised");
    let fields = [
        ("client_id", "our-app"),
        ("client_secret", "our-app"),
        ("check", "1"),
    ];
    let checked = browser
        .post("/settings/apps/new/instagram/facebook", &fields)
        .await?
        .text();
    for words in [
        "ids are numbers",
        "Copy the secret instead",
        "pictures from it",
    ] {
        assert!(checked.contains(words), "{words} is not on {checked}");
    }
    let key = scene.app.full_key(&scene.house).await?;
    let body = json!({ "platform": "instagram", "flow": "facebook", "client_id": "7001",
        "client_secret": "0123456789abcdef0123456789abcdef", "scopes": ["instagram_basic"] });
    let checks = key.post("/api/v1/app-checks", body).await?.json();
    let verdict = |field: &str| {
        let items = checks["items"].as_array().cloned().unwrap_or_default();
        items
            .into_iter()
            .find(|check| check["field"] == field)
            .map(|check| check["verdict"].clone())
    };
    assert_eq!(verdict("client_id"), Some(json!("right")), "{checks}");
    assert_eq!(verdict("client_secret"), Some(json!("right")));
    assert_eq!(verdict("redirect_uri"), Some(json!("unsure")));
    assert_eq!(verdict("scopes"), Some(json!("wrong")));
    assert_eq!(
        key.get("/api/v1/apps").await?.json()["items"]
            .as_array()
            .map(Vec::len),
        Some(1),
        "nothing was stored"
    );
    Ok(())
}

#[tokio::test]
async fn who_may_not_set_up_is_told_whom_to_ask() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Harbour").await?;
    let manager = app.member(&house, Role::Editor, None).await?;
    let mut browser = app.signed_in(&manager).await?;
    let page = browser.get(&format!("/sets/{}", house.set)).await?.text();
    let asked = page
        .split("Not set up here yet. Ask ")
        .nth(1)
        .context("whom to ask")?;
    assert!(
        asked
            .split('.')
            .next()
            .is_some_and(|name| !name.is_empty() && !name.starts_with("an admin")),
        "by name: {page}"
    );
    assert!(page.contains("aria-disabled"), "greyed");
    let mut owner = app.signed_in(&house.mail).await?;
    let page = owner.get(&format!("/sets/{}", house.set)).await?.text();
    assert!(page.contains("/settings/app-set-up/bluesky"), "{page}");
    assert!(!page.contains("/settings/app-set-up/tiktok"), "{page}");
    Ok(())
}

#[tokio::test]
async fn another_workspace_gets_at_none_of_it() -> Result<()> {
    let scene = scene().await?;
    let key = scene.app.full_key(&scene.house).await?;
    let id = scene.own(&key, "Ours").await?;
    let channel = scene.link(&key, &id).await?;
    let stranger = scene.app.house("Nord").await?;
    let other = scene.app.full_key(&stranger).await?;
    let at = format!("/api/v1/apps/{id}");
    for (path, body) in [
        ("secrets", json!({ "client_secret": "stolen" })),
        ("secrets/forget", json!({ "which": "previous" })),
        ("keys", json!({})),
        ("keys/drop-unused", json!({})),
        ("test", json!({})),
    ] {
        let answer = other.post(&format!("{at}/{path}"), body).await?;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
    }
    for answer in [
        other.get(&format!("{at}/logins")).await?,
        other.get(&format!("{at}/check")).await?,
        other.patch(&at, json!({ "default": true })).await?,
        other.delete(&at).await?,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");
    }
    // The installation's app is shared: it shows nobody else's logins, and is nobody's to change.
    let all = other.get("/api/v1/apps").await?.json();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1), "{all}");
    let house_app = text(&all["items"][0]["id"])?.to_owned();
    let through = scene.link_again(&key, &house_app, &channel).await?;
    assert_eq!(through, "done");
    let seen = other
        .get(&format!("/api/v1/apps/{house_app}/logins"))
        .await?
        .json();
    assert_eq!(seen["items"], json!([]), "{seen}");
    let new = json!({ "client_secret": "x" });
    let refused = other
        .post(&format!("/api/v1/apps/{house_app}/secrets"), new)
        .await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    Ok(())
}

impl Scene {
    /// Signs in again to a channel through another app.
    async fn link_again(&self, key: &Client<'_>, app: &str, channel: &str) -> Result<String> {
        let at = format!("/api/v1/channels/{channel}/refresh");
        let session = key.post(&at, json!({ "app": app })).await?.json();
        let done = complete(&self.app, key, &session, &[]).await?;
        Ok(text(&done["phase"])?.to_owned())
    }
}
