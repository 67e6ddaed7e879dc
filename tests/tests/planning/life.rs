//! The life of planned posts through the API: they go out once, wait when the login is dead, and go out once
//! after it is mended; a person decides what a machine may not.

use anyhow::Result;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::scene::{HOUR, Scene, delivery_of};

fn codes(answer: &Value) -> Vec<String> {
    let list = answer["warnings"].as_array().cloned().unwrap_or_default();
    list.iter()
        .filter_map(|one| one["code"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_planned_post_goes_out_once_and_its_history_tells_it() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let post = scene.planned(&client, "Fresh bread", 3 * HOUR).await?;
    let delivery = delivery_of(&post);
    assert_eq!(scene.state(&client, &delivery).await?, "scheduled");
    scene.app.run_for_ms(4 * HOUR).await?;
    let out = client
        .get(&format!("/api/v1/deliveries/{delivery}"))
        .await?
        .json();
    assert_eq!(out["state"], "published", "{out}");
    let history = client
        .get(&format!("/api/v1/deliveries/{delivery}/history"))
        .await?
        .json();
    let kinds: Vec<&str> = history["events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert!(
        kinds.starts_with(&["drafted", "planned", "begun"]),
        "{kinds:?}"
    );
    assert!(
        history["attempts"][0]["steps"]
            .as_array()
            .is_some_and(|steps| !steps.is_empty()),
        "{history}"
    );
    let refused = client
        .post(&format!("/api/v1/deliveries/{delivery}/cancel"), json!({}))
        .await?;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "not_now"),
        "what is out cannot be called back"
    );
    let mut browser = scene.browser().await?;
    let page = browser.get(&format!("/deliveries/{delivery}")).await?;
    assert!(
        page.text().contains("The post shows on the platform"),
        "{page:?}"
    );
    let grid = client
        .get(&format!("/api/v1/grid?channel={}", scene.channel))
        .await?
        .json();
    assert!(grid["synced_at"].is_string(), "{grid}");
    Ok(())
}

#[tokio::test]
async fn on_a_dead_login_it_waits_and_goes_out_once_after_mending() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let mut waiting = Vec::new();
    for (words, hours) in [("One", 3), ("Two", 4), ("Three", 5)] {
        waiting.push(delivery_of(
            &scene.planned(&client, words, hours * HOUR).await?,
        ));
    }
    scene.break_login()?;
    scene.app.run_for_ms(7 * HOUR).await?;
    for delivery in &waiting {
        assert_eq!(scene.state(&client, delivery).await?, "missed");
    }
    let mut browser = scene.browser().await?;
    let page = browser.get("/missed").await?.text();
    assert!(
        page.contains("3 posts are kept whole and wait for you"),
        "{page}"
    );
    assert!(
        page.contains("Reschedule all") && page.contains("Refresh Credentials"),
        "{page}"
    );
    // Planning on the dead login is told, and refused only where that was asked.
    let media = scene.picture(&client, 333).await?;
    let body = json!({"social_set": scene.house.set.to_string(), "text": "Four", "media": [{"media": media}],
        "channels": [{"channel": scene.channel}], "schedule": {"at": scene.at(9 * HOUR)}});
    let strict = client
        .post("/api/v1/posts?require=healthy", body.clone())
        .await?;
    assert_eq!(
        (strict.status, strict.code().as_str()),
        (StatusCode::CONFLICT, "not_healthy"),
        "{strict:?}"
    );
    let told = client.post("/api/v1/posts", body).await?;
    assert_eq!(
        (told.status, codes(&told.json())),
        (StatusCode::CREATED, vec!["login_dead".to_owned()])
    );
    let calendar = browser.get("/calendar?view=list").await?.text();
    assert!(
        calendar.contains("data-state=\"at_risk\""),
        "the calendar says it while there is time"
    );
    scene.sign_in_again().await?;
    let set = json!({"social_set": scene.house.set.to_string()});
    let proposal = client
        .post("/api/v1/deliveries/reschedule?dry_run=true", set.clone())
        .await?
        .json();
    let times: std::collections::BTreeSet<String> = proposal["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["due_at"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(
        times.len(),
        3,
        "three posts of one channel, three moments: {proposal}"
    );
    assert_eq!(
        scene.state(&client, &waiting[0]).await?,
        "missed",
        "a proposal changes nothing"
    );
    let done = client.post("/api/v1/deliveries/reschedule", set).await?;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    scene.app.run_for_ms(40 * HOUR).await?;
    let mut remote = std::collections::BTreeSet::new();
    for delivery in &waiting {
        let out = client
            .get(&format!("/api/v1/deliveries/{delivery}"))
            .await?
            .json();
        assert_eq!(out["state"], "published", "{out}");
        remote.insert(out["remote_id"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(remote.len(), 3, "each went out once");
    let page = browser.get("/missed").await?.text();
    assert!(page.contains("No post waits for you"), "{page}");
    Ok(())
}

#[tokio::test]
async fn a_person_decides_about_what_waits() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let (first, second) = (
        scene.planned(&client, "Drop me", 3 * HOUR).await?,
        scene.planned(&client, "By hand", 3 * HOUR).await?,
    );
    scene.break_login()?;
    scene.app.run_for_ms(5 * HOUR).await?;
    let (first, second) = (delivery_of(&first), delivery_of(&second));
    let bad = client
        .post(
            &format!("/api/v1/deliveries/{second}/mark-posted"),
            json!({"permalink": "javascript:alert(1)"}),
        )
        .await?;
    assert_eq!(
        (bad.status, bad.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        "{bad:?}"
    );
    let notices = client.get("/api/v1/notices").await?.json();
    assert!(
        notices.to_string().contains("credentials_changed"),
        "{notices}"
    );
    assert_eq!(
        client
            .post(&format!("/api/v1/deliveries/{first}/drop"), json!({}))
            .await?
            .json()["state"],
        "dropped"
    );
    let marked = client
        .post(
            &format!("/api/v1/deliveries/{second}/mark-posted"),
            json!({"permalink": "https://example.com/p/1"}),
        )
        .await?
        .json();
    assert_eq!(
        (marked["state"].as_str(), marked["permalink"].as_str()),
        (Some("published"), Some("https://example.com/p/1"))
    );
    let again = client
        .post(
            &format!("/api/v1/deliveries/{first}/reschedule"),
            json!({"at": scene.at(HOUR)}),
        )
        .await?;
    assert_eq!(again.code(), "not_now", "{again:?}");
    let settle = client
        .post(
            &format!("/api/v1/deliveries/{first}/settle"),
            json!({"outcome": "published"}),
        )
        .await?;
    assert_eq!(settle.code(), "not_now", "{settle:?}");
    Ok(())
}

#[tokio::test]
async fn editing_and_moving_keep_what_they_should() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let (a, b) = (
        scene.planned(&client, "A", 26 * HOUR).await?,
        scene.planned(&client, "B", 50 * HOUR).await?,
    );
    let (one, two) = (delivery_of(&a), delivery_of(&b));
    let due = |post: &Value| post["deliveries"][0]["due_at"].clone();
    let swapped = client
        .post("/api/v1/grid/swap", json!({"first": one, "second": two}))
        .await?
        .json();
    assert_eq!(
        (
            swapped["items"][0]["due_at"].clone(),
            swapped["items"][1]["due_at"].clone()
        ),
        (due(&b), due(&a))
    );
    let day = &scene.at(100 * HOUR)[..10];
    let moved = client
        .post(
            "/api/v1/calendar/move",
            json!({"delivery": one, "day": day}),
        )
        .await?
        .json();
    let (was, now) = (
        due(&b).as_str().unwrap_or_default()[11..].to_owned(),
        moved["items"][0]["due_at"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    );
    assert_eq!(
        (&now[..10], &now[11..]),
        (day, was.as_str()),
        "another day, the same hour"
    );
    let path = format!("/api/v1/posts/{}", a["id"].as_str().unwrap_or_default());
    let tried = client
        .json(
            Method::PATCH,
            &format!("{path}?dry_run=true"),
            &[],
            json!({"text": "Only tried"}),
        )
        .await?;
    assert_eq!(tried.json()["text"], "Only tried");
    assert_eq!(
        client.get(&path).await?.json()["text"],
        "A",
        "a dry run keeps nothing"
    );
    let canceled = client
        .post(&format!("{path}/cancel"), json!({}))
        .await?
        .json();
    assert_eq!(canceled["deliveries"][0]["state"], "canceled");
    let list = client
        .get(&format!(
            "/api/v1/deliveries?state=scheduled&channel={}",
            scene.channel
        ))
        .await?
        .json();
    assert_eq!(list["items"].as_array().map_or(0, Vec::len), 1, "{list}");
    let past = client
        .post(
            "/api/v1/calendar/move",
            json!({"delivery": two, "day": "2020-01-01"}),
        )
        .await?;
    assert_eq!(past.json()["errors"][0]["code"], "past");
    Ok(())
}
