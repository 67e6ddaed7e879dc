//! Publishing on Pages: texts, links, photos, and what Pages hold until its hour.

use super::*;
use simulator::FetchError;
use simulator::facebook::NewPagePost;
use simulator::instagram::Break;
use simulator::{Effect, Fault};

#[tokio::test]
async fn a_text_goes_out_at_once_and_is_read_back() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let id = post(&world, &token, &[("message", "Rye is ready")])
        .await
        .get("id");
    assert!(id.starts_with(&format!("{BAKERY_PAGE}_")));
    let fields = "id,message,created_time,permalink_url,application,from,is_published,status_type";
    let read = world
        .get(
            &format!("{GRAPH}/{id}"),
            &[("fields", fields), ("access_token", &token)],
        )
        .await
        .json();
    assert_eq!(read["message"], "Rye is ready");
    assert_eq!(read["created_time"], "2026-11-18T11:06:40+0000");
    assert_eq!(read["application"]["id"], FBL_APP);
    assert_eq!(read["from"]["id"], BAKERY_PAGE);
    let link = read["permalink_url"].as_str().unwrap();
    let path = link.strip_prefix("http://127.0.0.1:9500").unwrap();
    assert!(world.get(path, &[]).await.text().contains("Rye is ready"));
    let own = list(&world, &token, "published_posts", &[]).await;
    assert_eq!(texts(&own)[0], "Rye is ready");
    let (facts, _) = world.sim.posts_since(0);
    assert_eq!(facts.len(), 1);
    assert_eq!(
        (facts[0].post.as_str(), facts[0].account.as_str()),
        (id.as_str(), BAKERY_PAGE)
    );
    assert_eq!(
        (facts[0].operation.as_str(), facts[0].seen),
        ("facebook.feed_publish", true)
    );
    // Taken down: gone for everybody, but the fact stays.
    let path = format!("{GRAPH}/{id}");
    let gone = world.delete(&path, &[("access_token", &token)]).await;
    assert_eq!(gone.json(), json!({"success": true}));
    let read = world.get(&path, &[("access_token", &token)]).await;
    assert_eq!(read.code(), (100, Some(33)));
    assert!(shown(&world).is_empty());
    assert_eq!(world.sim.posts_since(0).1, 1);
}

#[tokio::test]
async fn links_and_their_troubles() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let link = ("link", "https://bakery.example/rye");
    let id = post(&world, &token, &[("message", "Read on"), link])
        .await
        .get("id");
    let asked = [("fields", "attachments"), ("access_token", &token)];
    let read = world.get(&format!("{GRAPH}/{id}"), &asked).await.json();
    assert_eq!(read["attachments"]["data"][0]["url"], link.1);
    let refused = |text: &'static str| [("message", "No"), ("link", text)];
    let facebook = post(&world, &token, &refused("https://www.facebook.com/x")).await;
    assert_eq!(facebook.code(), (100, Some(1_609_008)));
    let nonsense = post(&world, &token, &refused("not a link")).await;
    assert_eq!(nonsense.code(), (100, Some(2_061_006)));
    let page = BAKERY_PAGE.to_owned();
    world.sim.break_it(Break::LinksFail { page }).unwrap();
    let dark = post(&world, &token, &[("message", "No"), link]).await;
    assert_eq!(dark.code(), (1_609_005, None));
    assert_eq!(
        post(&world, &token, &[("message", " ")]).await.code(),
        (100, None)
    );
    let long = "x".repeat(63_207);
    assert_eq!(
        post(&world, &token, &[("message", &long)]).await.code(),
        (100, None)
    );
    assert_eq!(shown(&world), ["Read on"]);
}

#[tokio::test]
async fn one_photo_and_several() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let good = ("url", "http://media.test/good.jpg");
    let one = photo(
        &world,
        &token,
        &[good, ("caption", "One"), ("alt_text_custom", "Bread")],
    )
    .await;
    assert!(one.get("post_id").starts_with(BAKERY_PAGE));
    let mut ids = Vec::new();
    for number in 0..2 {
        let url = format!("http://media.test/{number}.jpg");
        world
            .shelf
            .put(&url, Ok(("image/jpeg", jpeg(300 + number, 200))));
        let loose = photo(&world, &token, &[("url", &url), ("published", "false")]).await;
        assert!(loose.json().get("post_id").is_none());
        ids.push(loose.get("id"));
    }
    // Nobody sees a photo that no post took.
    assert_eq!(shown(&world), ["One"]);
    let media = json!([{"media_fbid": ids[0]}, {"media_fbid": ids[1]}]).to_string();
    let both = [("message", "Two"), ("attached_media", media.as_str())];
    let id = post(&world, &token, &both).await.get("id");
    let asked = [
        (
            "fields",
            "attachments{media_type,subattachments,media},full_picture",
        ),
        ("access_token", token.as_str()),
    ];
    let read = world.get(&format!("{GRAPH}/{id}"), &asked).await.json();
    let album = &read["attachments"]["data"][0];
    assert_eq!(album["media_type"], "album");
    assert_eq!(album["subattachments"]["data"].as_array().unwrap().len(), 2);
    assert_eq!(album["media"]["image"]["width"], 300);
    assert_eq!(
        post(&world, &token, &both).await.code(),
        (100, Some(1_366_051))
    );
    // What a single photo does not have may be asked for: it is left out.
    let asked = [
        (
            "fields",
            "attachments{media_type,target,subattachments{media_type,target}}",
        ),
        ("access_token", token.as_str()),
    ];
    let path = format!("{GRAPH}/{BAKERY_PAGE}/published_posts");
    let list = world.get(&path, &asked).await.json();
    let first = |post: usize| list["data"][post]["attachments"]["data"][0].clone();
    assert_eq!(
        first(0)["subattachments"]["data"][1]["target"]["id"],
        ids[1]
    );
    assert_eq!(first(1)["media_type"], "photo");
    assert!(first(1).get("subattachments").is_none());
    // The other way of writing a list, and a photo of nobody.
    let other = [
        ("message", "No"),
        ("attached_media[0]", r#"{"media_fbid":"99"}"#),
    ];
    assert_eq!(post(&world, &token, &other).await.code(), (100, None));
    assert_eq!(world.sim.posts_since(0).1, 2);
}

#[tokio::test]
async fn photos_that_are_not_taken() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let ask = async |url: &str| photo(&world, &token, &[("url", url)]).await.code();
    assert_eq!(
        ask("http://media.test/nothing.jpg").await,
        (324, Some(2_069_019))
    );
    world.shelf.put(
        "http://media.test/text.jpg",
        Ok(("image/jpeg", b"no picture".to_vec())),
    );
    assert_eq!(
        ask("http://media.test/text.jpg").await,
        (324, Some(2_069_019))
    );
    let large = Err(FetchError::TooLarge);
    world.shelf.put("http://media.test/large.jpg", large);
    assert_eq!(
        ask("http://media.test/large.jpg").await,
        (100, Some(1_366_046))
    );
    let mut webp = b"RIFF\x10\x00\x00\x00WEBPVP8 ".to_vec();
    webp.extend([0; 64]);
    world
        .shelf
        .put("http://media.test/a.webp", Ok(("image/webp", webp)));
    assert_eq!(
        ask("http://media.test/a.webp").await,
        (100, Some(1_366_046))
    );
    let page = BAKERY_PAGE.to_owned();
    world.sim.break_it(Break::PhotosFail { page }).unwrap();
    assert_eq!(
        ask("http://media.test/good.jpg").await,
        (324, Some(2_069_019))
    );
    assert_eq!(world.sim.posts_since(0).1, 0);
}

#[tokio::test]
async fn a_photo_may_be_sent_as_a_file() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let mut body = Vec::new();
    for (name, value) in [("access_token", token.as_str()), ("message", "From a file")] {
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    body.extend(b"--b\r\nContent-Disposition: form-data; name=\"source\"; filename=\"x.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
    body.extend(jpeg(40, 50));
    body.extend(b"\r\n--b--\r\n");
    let path = format!("{GRAPH}/{BAKERY_PAGE}/photos");
    let answer = world
        .post_bytes(&path, "multipart/form-data; boundary=b", body)
        .await;
    assert!(answer.get("post_id").starts_with(BAKERY_PAGE));
    assert_eq!(shown(&world), ["From a file"]);
}

#[tokio::test]
async fn loose_photos_are_forgotten_the_temporary_ones_first() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let good = ("url", "http://media.test/good.jpg");
    let kept = photo(&world, &token, &[good, ("published", "false")])
        .await
        .get("id");
    let temporary = [good, ("published", "false"), ("temporary", "true")];
    let gone = photo(&world, &token, &temporary).await.get("id");
    world.pass(DAY + MINUTE);
    photo(&world, &token, &[good]).await.get("post_id");
    let read = async |id: &str| {
        let path = format!("{GRAPH}/{id}");
        world.get(&path, &[("access_token", &token)]).await.status
    };
    assert_eq!(read(&kept).await, StatusCode::OK);
    assert_eq!(read(&gone).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_hold_scheduled_posts_themselves() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let at = |ms: i64| ((START_MS + ms) / 1_000).to_string();
    let schedule = async |text: &str, when: &str| {
        let form = [
            ("message", text),
            ("published", "false"),
            ("scheduled_publish_time", when),
        ];
        post(&world, &token, &form).await
    };
    for wrong in [at(9 * MINUTE), at(31 * DAY), "soon".to_owned()] {
        assert_eq!(schedule("No", &wrong).await.code(), (100, None), "{wrong}");
    }
    let both = [("message", "No"), ("scheduled_publish_time", &at(HOUR))];
    assert_eq!(post(&world, &token, &both).await.code(), (100, None));
    let first = schedule("First", &at(HOUR)).await.get("id");
    let moved = schedule("Moved", &at(HOUR)).await.get("id");
    let never = schedule("Never", "2026-11-18T13:00:00Z").await.get("id");
    world
        .sim
        .add_fault(Fault::once("facebook.feed_publish", Effect::LoseAnswer));
    schedule("Untold", &at(2 * HOUR)).await;
    let waiting = list(
        &world,
        &token,
        "scheduled_posts",
        &[("fields", "message,scheduled_publish_time,is_published")],
    )
    .await;
    assert_eq!(waiting["data"].as_array().unwrap().len(), 4);
    assert_eq!(world.sim.posts_since(0).1, 0);
    let change = async |id: &str, form: &[(&str, &str)]| {
        let mut form = form.to_vec();
        form.push(("access_token", &token));
        world.post(&format!("{GRAPH}/{id}"), &form).await
    };
    let later = change(
        &moved,
        &[
            ("scheduled_publish_time", &at(3 * HOUR)),
            ("message", "Moved!"),
        ],
    )
    .await;
    assert_eq!(later.json(), json!({"success": true}));
    world
        .delete(&format!("{GRAPH}/{never}"), &[("access_token", &token)])
        .await
        .get("success");
    world.pass(HOUR - 1);
    assert_eq!(world.sim.posts_since(0).1, 0);
    // Nobody need call for it to go out, and its moment is its own.
    world.pass(4 * HOUR);
    let (facts, _) = world.sim.posts_since(0);
    let told: Vec<_> = facts
        .iter()
        .map(|one| (one.text.as_str(), (one.at_ms - START_MS) / HOUR, one.seen))
        .collect();
    assert_eq!(
        told,
        [
            ("First", 1, true),
            ("Untold", 2, false),
            ("Moved!", 3, true)
        ]
    );
    assert!(
        facts
            .iter()
            .all(|one| one.operation == "facebook.scheduled")
    );
    assert_eq!(facts[0].post, first);
    let published = list(&world, &token, "published_posts", &[("limit", "3")]).await;
    assert_eq!(texts(&published), ["Moved!", "Untold", "First"]);
    assert_eq!(
        change(&first, &[("scheduled_publish_time", &at(9 * HOUR))])
            .await
            .code(),
        (100, None)
    );
}

#[tokio::test]
async fn what_is_unpublished_goes_out_when_asked() {
    let world = World::furnished();
    let token = page_token(&world).await;
    let id = post(
        &world,
        &token,
        &[("message", "Dark"), ("published", "false")],
    )
    .await
    .get("id");
    assert!(shown(&world).is_empty());
    let out = [("is_published", "true"), ("access_token", token.as_str())];
    world
        .post(&format!("{GRAPH}/{id}"), &out)
        .await
        .get("success");
    assert_eq!(shown(&world), ["Dark"]);
    let (facts, _) = world.sim.posts_since(0);
    assert_eq!(
        (facts.len(), facts[0].operation.as_str()),
        (1, "facebook.post_change")
    );
    // What was not made by this app is not its to change.
    let seeded = world.sim.seed_page_posts(
        BAKERY_PAGE,
        vec![NewPagePost {
            message: "By hand".to_owned(),
            at_ms: START_MS - HOUR,
            ..NewPagePost::default()
        }],
    );
    let edit = [("message", "Mine"), ("access_token", token.as_str())];
    let refused = world.post(&format!("{GRAPH}/{}", seeded[0]), &edit).await;
    assert_eq!(refused.code(), (200, None));
}
