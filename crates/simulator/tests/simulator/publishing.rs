//! Containers, the one publish of each, reading back.

use crate::support::*;
use http::StatusCode;
use serde_json::{Value, json};
use simulator::FetchError;

const IG: &str = "graph.instagram.com";
const FB: &str = "graph.facebook.com";

async fn status(world: &World, token: &str, container: &str) -> String {
    let path = format!("/{IG}/v25.0/{container}");
    world
        .get(
            &path,
            &[("fields", "status_code,status"), ("access_token", token)],
        )
        .await
        .get("status_code")
}

async fn list(world: &World, host: &str, edge: &str, token: &str) -> Vec<Value> {
    let fields = "id,caption,media_type,media_product_type,media_url,permalink,timestamp,username,owner{id},children{id,media_url}";
    let answer = world
        .get(
            &format!("/{host}/v25.0/{BAKERY}/{edge}"),
            &[
                ("fields", fields),
                ("limit", "100"),
                ("access_token", token),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn one_image_goes_out_exactly_once() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let container = world
        .container(IG, BAKERY, &token, "Fresh bread")
        .await
        .get("id");
    assert_eq!(status(&world, &token, &container).await, "IN_PROGRESS");
    assert_eq!(
        world.publish(IG, BAKERY, &token, &container).await.code(),
        (9007, Some(2_207_027))
    );
    world.pass(4 * SECOND);
    assert_eq!(status(&world, &token, &container).await, "FINISHED");
    let media = world
        .publish(IG, BAKERY, &token, &container)
        .await
        .get("id");
    assert_eq!(
        world.publish(IG, BAKERY, &token, &container).await.code(),
        (24, Some(2_207_008))
    );
    assert_eq!(status(&world, &token, &container).await, "PUBLISHED");
    assert_eq!(world.published(BAKERY), ["Fresh bread"]);

    let newest = list(&world, IG, "media", &token).await[0].clone();
    assert_eq!(
        (&newest["id"], &newest["caption"], &newest["username"]),
        (
            &json!(media),
            &json!("Fresh bread"),
            &json!("harbour.bakery")
        )
    );
    assert_eq!(
        (&newest["media_type"], &newest["owner"]["id"]),
        (&json!("IMAGE"), &json!(BAKERY))
    );
    let read = world
        .get(
            &format!("/{IG}/v25.0/{media}"),
            &[("fields", "permalink,timestamp"), ("access_token", &token)],
        )
        .await;
    let permalink = read.get("permalink");
    let path = permalink.strip_prefix("http://127.0.0.1:9500").unwrap();
    let seen = world.get(path, &[]).await;
    assert!(
        seen.text().contains("Fresh bread"),
        "a person can look at it"
    );
    let profile = world.get("/www.instagram.com/harbour.bakery/", &[]).await;
    assert!(profile.text().contains(path));
    let picture = newest["media_url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://127.0.0.1:9500")
        .unwrap()
        .to_owned();
    let picture = world.get(&picture, &[]).await;
    assert_eq!(
        (picture.header("content-type"), &picture.body[..]),
        ("image/jpeg", &jpeg(400, 500)[..])
    );
    let limit = world
        .get(
            &format!("/{IG}/v25.0/{BAKERY}/content_publishing_limit"),
            &[("fields", "quota_usage,config"), ("access_token", &token)],
        )
        .await;
    assert_eq!(
        limit.json()["data"][0],
        json!({"quota_usage": 1, "config": {"quota_total": 100, "quota_duration": 86_400}})
    );
}

#[tokio::test]
async fn a_carousel_goes_out() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let path = format!("/{IG}/v25.0/me/media");
    let mut items = Vec::new();
    for _ in 0..3 {
        let form = [
            ("image_url", "http://media.test/good.jpg"),
            ("is_carousel_item", "true"),
            ("access_token", token.as_str()),
        ];
        items.push(world.post(&path, &form).await.get("id"));
    }
    let one = world
        .post(
            &path,
            &[
                ("media_type", "CAROUSEL"),
                ("children", &items[0]),
                ("access_token", &token),
            ],
        )
        .await;
    assert_eq!(one.code(), (100, Some(2_207_028)));
    let children = items.join(",");
    let form = [
        ("media_type", "CAROUSEL"),
        ("children", children.as_str()),
        ("caption", "Three"),
        ("access_token", token.as_str()),
    ];
    let parent = world.post(&path, &form).await.get("id");
    assert_eq!(
        world.publish(IG, "me", &token, &parent).await.code(),
        (9007, Some(2_207_027))
    );
    world.pass(5 * SECOND);
    assert_eq!(
        world.publish(IG, "me", &token, &items[0]).await.code(),
        (24, Some(2_207_008)),
        "an item is not published alone"
    );
    world.publish(IG, "me", &token, &parent).await.get("id");
    let newest = list(&world, IG, "media", &token).await[0].clone();
    assert_eq!(newest["media_type"], json!("CAROUSEL_ALBUM"));
    assert_eq!(newest["children"]["data"].as_array().unwrap().len(), 3);
    let again = world.post(&path, &form).await;
    assert_eq!(again.code(), (24, Some(2_207_006)), "items are used up");
}

#[tokio::test]
async fn unfit_media_get_their_codes() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(40, 40)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let mut heavy = jpeg(400, 400);
    heavy.resize(8 * 1024 * 1024 + 1, 0);
    let cases = [
        (Ok(("image/png", png.into_inner())), (36001, 2_207_005)),
        (
            Ok(("text/html", b"<html>robots</html>".to_vec())),
            (9004, 2_207_052),
        ),
        (Ok(("image/jpeg", heavy)), (36000, 2_207_004)),
        (Ok(("image/jpeg", jpeg(400, 501))), (36003, 2_207_009)),
        (Ok(("image/jpeg", jpeg(400, 200))), (36003, 2_207_009)),
        (
            Ok(("image/jpeg", vec![0xff, 0xd8, 0xff, 0xe0])),
            (36001, 2_207_005),
        ),
        (Err(FetchError::TimedOut), (-2, 2_207_003)),
        (Err(FetchError::Status(403)), (9004, 2_207_052)),
        (Err(FetchError::TooLarge), (36000, 2_207_004)),
    ];
    for (number, (what, (code, subcode))) in cases.into_iter().enumerate() {
        let url = format!("http://media.test/{number}");
        world.shelf.put(&url, what);
        let answer = world
            .post(
                &format!("/{IG}/v25.0/{BAKERY}/media"),
                &[("image_url", &url), ("access_token", &token)],
            )
            .await;
        assert_eq!(answer.code(), (code, Some(subcode)), "case {number}");
        assert!(answer.json()["error"]["error_user_msg"].is_string());
    }
    world
        .shelf
        .put("http://media.test/wide", Ok(("image/jpeg", jpeg(573, 300))));
    let fits = world
        .post(
            &format!("/{IG}/v25.0/{BAKERY}/media"),
            &[
                ("image_url", "http://media.test/wide"),
                ("access_token", &token),
            ],
        )
        .await;
    assert_eq!(fits.status, StatusCode::OK, "1.91:1 fits");
}

#[tokio::test]
async fn unfit_orders_get_their_codes() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let long = "x".repeat(2_201);
    let tags = "#a ".repeat(31);
    let people = "@ab ".repeat(21);
    let good = "http://media.test/good.jpg";
    let cases: [(&[(&str, &str)], Codes); 8] = [
        (
            &[("image_url", good), ("caption", &long)],
            (36004, Some(2_207_010)),
        ),
        (
            &[("image_url", good), ("caption", &tags)],
            (36004, Some(2_207_010)),
        ),
        (
            &[("image_url", good), ("caption", &people)],
            (100, Some(2_207_040)),
        ),
        (
            &[("image_url", good), ("media_type", "PHOTO")],
            (100, Some(2_207_023)),
        ),
        (&[("caption", "no media")], (100, None)),
        (
            &[
                ("image_url", good),
                ("is_carousel_item", "true"),
                ("collaborators", "[\"a\"]"),
            ],
            (100, None),
        ),
        (
            &[("media_type", "CAROUSEL"), ("children", "1,2")],
            (24, Some(2_207_006)),
        ),
        (
            &[("media_type", "REELS"), ("video_url", good)],
            (352, Some(2_207_026)),
        ),
    ];
    for (form, expected) in cases {
        let mut form = form.to_vec();
        form.push(("access_token", &token));
        let answer = world
            .post(&format!("/{IG}/v25.0/{BAKERY}/media"), &form)
            .await;
        assert_eq!(answer.code(), expected, "{form:?}");
    }
    let fits = "x".repeat(2_200);
    assert_eq!(
        world.container(IG, BAKERY, &token, &fits).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world
            .publish(IG, BAKERY, &token, "17900000000000000")
            .await
            .code(),
        (24, Some(2_207_008))
    );
}

#[tokio::test]
async fn containers_end_and_quotas_hold() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let old = world.container(IG, BAKERY, &token, "old").await.get("id");
    world.pass(DAY);
    assert_eq!(status(&world, &token, &old).await, "EXPIRED");
    assert_eq!(
        world.publish(IG, BAKERY, &token, &old).await.code(),
        (-2, Some(2_207_020))
    );
    let mut settings = world.sim.settings();
    settings.quota_total = 1;
    settings.container_ms = 0;
    world.sim.set_settings(settings);
    for (caption, ok) in [("one", true), ("two", false)] {
        let container = world.container(IG, BAKERY, &token, caption).await.get("id");
        let answer = world.publish(IG, BAKERY, &token, &container).await;
        if ok {
            answer.get("id");
        } else {
            assert_eq!(answer.code(), (9, Some(2_207_042)));
            world.pass(DAY - 1);
            assert_eq!(
                world.publish(IG, BAKERY, &token, &container).await.code(),
                (9, Some(2_207_042))
            );
        }
    }
    assert_eq!(world.published(BAKERY), ["one"]);
}

#[tokio::test]
async fn lists_lag_as_far_as_told() {
    let world = World::furnished();
    let mut settings = world.sim.settings();
    settings.list_lag_max_ms = 90 * SECOND;
    settings.container_ms = 0;
    world.sim.set_settings(settings);
    let token = world.instagram_token("harbour.bakery").await;
    for number in 0..8 {
        let container = world
            .container(IG, BAKERY, &token, &format!("lag {number}"))
            .await
            .get("id");
        world
            .publish(IG, BAKERY, &token, &container)
            .await
            .get("id");
    }
    let seen = |posts: &[Value]| {
        posts
            .iter()
            .filter(|post| post["caption"].as_str().unwrap().starts_with("lag"))
            .count()
    };
    let at_once = seen(&list(&world, IG, "media", &token).await);
    assert!(at_once < 8, "with this seed at least one of eight lags");
    world.pass(90 * SECOND);
    assert_eq!(seen(&list(&world, IG, "media", &token).await), 8);
}

#[tokio::test]
async fn collab_posts_are_listed_for_their_creator_only() {
    let world = World::furnished();
    let (long, page) = world.facebook_tokens().await;
    let own = list(&world, FB, "media", &page).await;
    assert!(own.iter().all(|post| post["owner"]["id"] == json!(BAKERY)));
    let others = list(&world, FB, "collaborative_media", &long).await;
    assert_eq!(others.len(), 2);
    assert!(
        others
            .iter()
            .all(|post| post["username"] != json!("harbour.bakery") && post.get("owner").is_none())
    );
    let token = world.instagram_token("harbour.bakery").await;
    let ids = |posts: &[Value]| {
        posts
            .iter()
            .map(|post| post["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&list(&world, IG, "media", &token).await), ids(&own));
    let edge = world
        .get(
            &format!("/{IG}/v25.0/{BAKERY}/collaborative_media"),
            &[("access_token", &token)],
        )
        .await;
    assert!(edge.text().contains("Unsupported request"));

    let form = [
        ("image_url", "http://media.test/good.jpg"),
        ("collaborators", "[\"nord.ceramics\"]"),
        ("access_token", page.as_str()),
    ];
    let container = world
        .post(&format!("/{FB}/v25.0/{BAKERY}/media"), &form)
        .await
        .get("id");
    world.pass(5 * SECOND);
    let media = world.publish(FB, BAKERY, &page, &container).await.get("id");
    let invited = world
        .get(
            &format!("/{FB}/v25.0/{media}/collaborators"),
            &[("access_token", &page)],
        )
        .await
        .json();
    assert_eq!(
        invited["data"],
        json!([{"id": CERAMICS, "username": "nord.ceramics", "invite_status": "Pending"}])
    );
    assert_eq!(
        world
            .delete(&format!("/{FB}/v25.0/{media}"), &[("access_token", &long)])
            .await
            .status,
        StatusCode::OK
    );
    assert!(!ids(&list(&world, FB, "media", &page).await).contains(&json!(media)));
}

#[tokio::test]
async fn pages_of_a_list_make_the_whole() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let all: Vec<Value> = list(&world, IG, "media", &token)
        .await
        .iter()
        .map(|post| post["id"].clone())
        .collect();
    assert_eq!(all.len(), 12);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![
            ("fields", "id"),
            ("limit", "5"),
            ("access_token", token.as_str()),
        ];
        if !after.is_empty() {
            parameters.push(("after", &after));
        }
        let page = world
            .get(&format!("/{IG}/v25.0/{BAKERY}/media"), &parameters)
            .await
            .json();
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|post| post["id"].clone()),
        );
        if page["paging"].get("next").is_none() {
            break;
        }
        after = page["paging"]["cursors"]["after"]
            .as_str()
            .unwrap()
            .to_owned();
    }
    assert_eq!(seen, all);
    let unknown = world
        .get(
            &format!("/{IG}/v25.0/{BAKERY}/media"),
            &[("fields", "id,nonsense"), ("access_token", &token)],
        )
        .await;
    assert_eq!(unknown.code(), (100, None));
}

#[tokio::test]
async fn containers_do_not_pass_from_flow_to_flow() {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let (_, page) = world.facebook_tokens().await;
    let container = world.container(IG, BAKERY, &token, "x").await.get("id");
    world.pass(5 * SECOND);
    assert_eq!(
        world.publish(FB, BAKERY, &page, &container).await.code(),
        (24, Some(2_207_008))
    );
    let other = world
        .get(
            &format!("/{FB}/v25.0/{container}"),
            &[("access_token", &page)],
        )
        .await;
    assert_eq!(other.code(), (100, Some(33)));
    assert_eq!(
        world.container(IG, CERAMICS, &token, "x").await.code(),
        (100, Some(33)),
        "another's account"
    );
}
