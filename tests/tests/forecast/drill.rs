//! The fire drill: what it says is what then happens, to whom, and not a row is touched by asking.

use std::path::Path;

use anyhow::{Context as _, Result};
use domain::ids::{ChannelGrantId, ChannelId, GrantId};
use domain::member::Role;
use domain::schedule::{DAY_MS, HOUR_MS, ms_between, plus_ms};
use http::StatusCode;
use storage::{Mode, Store, channel_grants, grants};
use testing::app::{House, Options, TestApp};

use super::made::{Life, Plan, through};
use crate::planning::scene::Scene;

/// Every row of every table.
fn rows(store: &Path) -> Result<Vec<String>> {
    let database = rusqlite::Connection::open(store)?;
    let mut names = database.prepare("select name from sqlite_master where type = 'table'")?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
    let mut all = Vec::new();
    for name in names {
        let mut every = database.prepare(&format!("select * from {name}"))?;
        let width = every.column_count();
        let mut found = every.query([])?;
        while let Some(row) = found.next()? {
            let value = |at| row.get::<_, rusqlite::types::Value>(at);
            let values: Vec<_> = (0..width).map(value).collect::<rusqlite::Result<_>>()?;
            all.push(format!("{name}: {values:?}"));
        }
    }
    all.sort();
    Ok(all)
}

#[tokio::test]
async fn asking_touches_nothing_and_tells_who_waits_for_whom() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("drill.db");
    let store = Store::open_sqlite(&path, Mode::Inline)?;
    store.migrate().await?;
    let options = Options {
        store: Some(store),
        ..Options::default()
    };
    let app = TestApp::with(options).await?;
    let house = app.house("Nord").await?;
    let place = (house.set, through(&app, &house).await?);
    let due = [HOUR_MS, 2 * DAY_MS, 5 * DAY_MS, 40 * DAY_MS];
    let plan = |name: &str, person| {
        let life = Life {
            person,
            ..Life::well()
        };
        Plan::new(&app, &house, place, name, Some(life), &due)
    };
    let channel = plan("Ours", "anna").store(&app).await?;
    let sister = plan("Sister", "anna").store(&app).await?;
    plan("Stranger", "ben").store(&app).await?;
    app.member(&house, Role::Viewer, None).await?;
    let second = app.set(&house, "South").await?;
    app.member(&house, Role::Editor, Some(&[second])).await?;
    let client = app.full_key(&house).await?;
    let mut browser = app.signed_in(&house.mail).await?;
    // A key and a session note when they were used last: here, so that it is over.
    client.get("/api/v1/me").await?;
    browser.get("/help").await?;

    let before = rows(&path)?;
    assert!(
        before.len() > 40,
        "the search finds nothing: {}",
        before.len()
    );
    let address = format!("/api/v1/channels/{channel}/fire-drill");
    let seen = client.get(&address).await?.json();
    let later = plus_ms(app.web.now(), 3 * DAY_MS);
    let then = client.get(&format!("{address}?at={later}")).await?.json();
    let page = browser
        .get(&format!("/channels/{channel}/fire-drill"))
        .await?
        .text();
    let forecast = browser.get("/forecast").await?;
    let picture = browser.get("/forecast.svg").await?;
    assert!(forecast.status.is_success() && picture.status.is_success());
    client.get("/api/v1/forecast").await?;
    assert_eq!(rows(&path)?, before, "asking changed a row");

    assert_eq!(
        (&seen["applies"], &seen["effect"]),
        (&"yes".into(), &"ends".into())
    );
    let posts = &seen["posts"];
    let counts = [
        "earlier",
        "waiting",
        "within_a_day",
        "within_three_days",
        "within_a_week",
    ];
    assert_eq!(
        counts.map(|name| posts[name].as_u64()),
        [0, 4, 1, 2, 3].map(Some)
    );
    assert_eq!(posts["reason"], "login_dead");
    assert_eq!(posts["items"].as_array().map(Vec::len), Some(4));
    let told = &seen["told"];
    let named = told["may_sign_in"].as_array().context("members")?;
    let names: Vec<&str> = named
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["Owner of Nord"],
        "the editor of the other set is not asked"
    );
    assert_eq!(
        (&told["others"], &told["at_once"]),
        (&1.into(), &true.into())
    );
    let hour = plus_ms(app.web.now(), HOUR_MS).to_string();
    assert_eq!(
        told["noticed_by"], hour,
        "the first post comes before the next check"
    );
    assert_eq!(seen["also_hit"], serde_json::json!([sister.to_string()]));
    assert_eq!(seen["other_sign_ins"], serde_json::json!([]));
    assert_eq!(
        (&then["posts"]["earlier"], &then["posts"]["waiting"]),
        (&2.into(), &2.into())
    );

    for words in [
        "What if this broke tonight?",
        "Nothing is touched",
        "4 posts would be kept for you",
        "1 within a day, 2 within three days, 3 within a week",
        "Owner of Nord",
        "Sign in again with the new password",
        "There is no second sign-in",
        "Sister",
        "UTC",
        "Missed posts proposes times",
    ] {
        assert!(page.contains(words), "{words} is not on {page}");
    }
    assert!(!page.contains("Stranger") && !page.contains('⟦'));
    Ok(())
}

#[tokio::test]
async fn each_cause_has_its_own_answer_and_what_is_no_cause_is_told_at_its_field() -> Result<()> {
    let app = TestApp::new().await?;
    let house = app.house("Nord").await?;
    let place = (house.set, through(&app, &house).await?);
    let well = Plan::new(&app, &house, place, "Ours", Some(Life::well()), &[HOUR_MS]);
    let channel = well.store(&app).await?;
    let by_hand = Plan::new(
        &app,
        &house,
        place,
        "By hand",
        Some(Life::well()),
        &[HOUR_MS],
    );
    let by_hand = by_hand.by_hand().store(&app).await?;
    let broken = Plan::new(
        &app,
        &house,
        place,
        "Broken",
        Some(Life::broken()),
        &[HOUR_MS],
    );
    let broken = broken.store(&app).await?;
    let client = app.full_key(&house).await?;
    let drill = |channel: ChannelId, query: &str| {
        let path = format!("/api/v1/channels/{channel}/fire-drill{query}");
        let client = &client;
        async move { client.get(&path).await }
    };
    let outage = drill(channel, "?cause=platform_outage").await?.json();
    assert_eq!(outage["effect"], "waits");
    assert_eq!(outage["posts"]["reason"], "platform_down");
    assert_eq!(outage["told"]["at_once"], false);
    assert_eq!(outage["cause"]["signing_in"], "does_not_help");
    assert_eq!(
        outage["also_hit"].as_array().map(Vec::len),
        Some(1),
        "that of the same platform"
    );
    let role = drill(channel, "?cause=lost_admin_role").await?.json();
    assert_eq!(
        (&role["effect"], &role["cause"]["mender"]),
        (&"limits".into(), &"page_admin".into())
    );
    assert_eq!(role["also_hit"], serde_json::json!([]));
    let hand = drill(by_hand, "").await?.json();
    assert_eq!(hand["applies"], "reminder_only");
    assert!(
        hand["posts"]["reason"].is_null(),
        "no post waits for the sign-in"
    );
    assert_eq!(drill(broken, "").await?.json()["applies"], "broken_now");
    for query in ["?cause=content_rejected", "?at=2400-01-01T00:00:00Z"] {
        let refused = drill(channel, query).await?;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.code(), "bad_parameter", "{query}");
    }
    let mut browser = app.signed_in(&house.mail).await?;
    let page = format!("/channels/{channel}/fire-drill");
    let again = browser.get(&format!("{page}?at=2026-02-31T20:00")).await?;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(
        again.text().contains("This is no time of that zone"),
        "{again:?}"
    );
    let shown = browser
        .get(&format!("{page}?cause=app_misconfigured&at="))
        .await?
        .text();
    assert!(
        shown.contains("would be tried again until it is 60 minutes late"),
        "{shown}"
    );
    assert!(shown.contains("nothing would be known against the sign-in"));
    Ok(())
}

/// A living sign-in of somebody else beside the one in use.
async fn keep_another(app: &TestApp, house: &House, channel: ChannelId) -> Result<()> {
    let (workspace, now) = (house.workspace, app.web.now());
    let (grant, on): (GrantId, ChannelGrantId) = (app.web.id(), app.web.id());
    let person = app.web.id();
    let write = move |conn: &mut storage::Conn<'_>| {
        let primary = channel_grants::primary(conn, workspace, channel)?.expect("a login");
        let first = grants::one(conn, workspace, primary.grant)?.expect("its grant");
        let tokens = grants::NewTokens {
            sealed: first.tokens_sealed.clone(),
            scopes: first.scopes.clone(),
            ends: first.ends,
            horizon: None,
            renew_at: None,
            jitter_permille: 0,
        };
        let new = grants::NewGrant {
            id: grant,
            workspace,
            app: first.app,
            platform: first.platform,
            flow: first.flow,
            person: grants::platform_person(conn, person, first.app, "ben")?,
            person_name: "Ben",
            signed_in_by: None,
            mechanism: first.mechanism,
            tokens: &tokens,
        };
        grants::insert(conn, &new, now)?;
        let beside = channel_grants::NewChannelGrant {
            id: on,
            workspace,
            channel,
            grant,
            token_sealed: None,
            role: None,
            ends: first.ends,
            horizon: None,
        };
        channel_grants::put(conn, &beside, now)?;
        // It is not to be proven: its tokens are no tokens.
        channel_grants::probe_later(conn, workspace, on, None)
    };
    app.web.store.write("test.spare", write).await?;
    Ok(())
}

/// The drill, and then the fire: what it said is what happens. If a second sign-in takes over one day, this is where
/// the drill learns of it.
#[tokio::test]
async fn what_the_drill_says_is_what_happens() -> Result<()> {
    let scene = Scene::new().await?;
    let (app, channel) = (&scene.app, scene.channel.parse()?);
    keep_another(app, &scene.house, channel).await?;
    let client = scene.client().await?;
    scene.planned(&client, "Bread", 30 * HOUR_MS).await?;

    let path = format!("/api/v1/channels/{channel}/fire-drill");
    let said = client.get(&path).await?.json();
    assert_eq!(
        (&said["applies"], &said["posts"]["waiting"]),
        (&"yes".into(), &1.into())
    );
    let other = &said["other_sign_ins"][0];
    assert_eq!(
        (&other["person"], &other["still_works"]),
        (&"Ben".into(), &true.into())
    );
    let deleted = client
        .get(&format!("{path}?cause=account_deleted"))
        .await?
        .json();
    assert_eq!(
        deleted["other_sign_ins"][0]["still_works"], false,
        "the account is gone for both"
    );
    let noticed_by = said["told"]["noticed_by"].as_str().context("a moment")?;
    scene.break_login()?;
    let wait = ms_between(app.web.now(), noticed_by.parse()?);
    assert!(wait < 30 * HOUR_MS, "before the post is due: {noticed_by}");
    app.run_for_ms(wait + 60_000).await?;
    let news = client.get("/api/v1/notices").await?.json();
    assert_eq!(news["items"][0]["kind"], "channel_needs_refresh", "{news}");
    assert_eq!(news["items"][0]["cause"], "credentials_changed", "{news}");
    app.run_for_ms(31 * HOUR_MS).await?;
    let held = client.get("/api/v1/deliveries?state=missed").await?.json();
    assert_eq!(
        held["items"][0]["reason"], said["posts"]["reason"],
        "{held}"
    );
    let now = client.get(&path).await?.json();
    assert_eq!(
        now["applies"], "broken_now",
        "no other sign-in took over: {now}"
    );
    assert_eq!(now["other_sign_ins"][0]["person"], "Ben");
    Ok(())
}
