//! Reading Pages back: lists that lag, cursors, comments, usage headers.

use super::*;
use simulator::{Effect, Fault};

#[tokio::test]
async fn lists_lag_and_page_and_hold_apart_who_wrote() {
    let world = World::furnished();
    let (_, token, _) = tokens(&world, &["pages_read_user_content"]).await;
    let own = list(&world, &token, "feed", &[]).await;
    assert_eq!(texts(&own).len(), 4, "visitors are for who may read them");
    let token = page_token(&world).await;
    let all = list(&world, &token, "feed", &[("fields", "message,from")]).await;
    assert_eq!(texts(&all).len(), 6);
    let visitors = all["data"].as_array().unwrap().iter();
    assert_eq!(
        visitors
            .filter(|post| post["from"].get("id").is_none())
            .count(),
        2
    );
    let mut settings = world.sim.settings();
    settings.list_lag_max_ms = 90 * SECOND;
    world.sim.set_settings(settings);
    let id = post(&world, &token, &[("message", "Late in lists")])
        .await
        .get("id");
    let seen = list(&world, &token, "published_posts", &[("limit", "1")]).await;
    assert_ne!(texts(&seen), ["Late in lists"]);
    // The post itself is there at once.
    world
        .get(&format!("{GRAPH}/{id}"), &[("access_token", &token)])
        .await
        .get("id");
    world.pass(91 * SECOND);
    let first = list(&world, &token, "published_posts", &[("limit", "2")]).await;
    assert_eq!(texts(&first)[0], "Late in lists");
    assert!(first["paging"].get("previous").is_none());
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let second = list(
        &world,
        &token,
        "published_posts",
        &[("limit", "2"), ("after", after)],
    )
    .await;
    let before = second["paging"]["cursors"]["before"].as_str().unwrap();
    let again = list(
        &world,
        &token,
        "published_posts",
        &[("limit", "2"), ("before", before)],
    )
    .await;
    assert_eq!(again["data"], first["data"]);
    let last = list(
        &world,
        &token,
        "published_posts",
        &[("since", &(START_MS / 1_000 - 60).to_string())],
    )
    .await;
    assert_eq!(texts(&last), ["Late in lists"]);
    let rule = Fault::always("facebook.published_posts", Effect::ListLag { ms: HOUR });
    world.sim.add_fault(rule);
    assert!(
        texts(
            &list(
                &world,
                &token,
                "published_posts",
                &[("since", &(START_MS / 1_000 - 60).to_string())]
            )
            .await
        )
        .is_empty()
    );
}

#[tokio::test]
async fn comments_and_usage_headers() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let id = post(&world, &token, &[("message", "Post")]).await.get("id");
    let path = format!("{GRAPH}/{id}/comments");
    let say = [("message", "First!"), ("access_token", token.as_str())];
    let comment = world.post(&path, &say).await.get("id");
    let read = world.get(&path, &[("access_token", &token)]).await.json();
    assert_eq!(
        (&read["data"][0]["id"], &read["data"][0]["message"]),
        (&json!(comment), &json!("First!"))
    );
    let mut told = 0;
    for _ in 0..30 {
        let answer = world
            .get(&format!("{GRAPH}/{id}"), &[("access_token", &token)])
            .await;
        let usage = answer.header("x-business-use-case-usage");
        told += u32::from(usage.contains(r#""type":"pages""#));
    }
    assert!((1..30).contains(&told), "{told}");
    // Revoked by the client itself: nothing may be commented any more.
    let (long, ..) = tokens(&world, &[]).await;
    let gone = format!("{GRAPH}/me/permissions/pages_manage_engagement");
    world
        .delete(&gone, &[("access_token", &long)])
        .await
        .get("success");
    assert_eq!(world.post(&path, &say).await.code(), (200, None));
    let all = format!("{GRAPH}/me/permissions");
    world
        .delete(&all, &[("access_token", &long)])
        .await
        .get("success");
    assert_eq!(world.post(&path, &say).await.code(), (190, Some(458)));
    let why: Vec<String> = world
        .sim
        .login_ends_since(0)
        .0
        .into_iter()
        .map(|end| end.why)
        .collect();
    assert_eq!(why, ["permission_revoked", "removed_by_client"]);
}
