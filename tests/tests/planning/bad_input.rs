//! What cannot be is refused in words, as a problem with a stable code, and changes nothing.

use anyhow::Result;
use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testing::app::{Answer, Client};

use super::scene::{HOUR, Scene, delivery_of, upload};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// How many posts there are.
async fn posts(scene: &Scene, client: &Client<'_>) -> Result<usize> {
    let list = client
        .get(&format!("/api/v1/posts?social_set={}", scene.house.set))
        .await?;
    Ok(list.json()["items"].as_array().map_or(0, Vec::len))
}

async fn raw(client: &Client<'_>, body: impl Into<Body>) -> Result<Answer> {
    client
        .call(Method::POST, "/api/v1/posts", &JSON, body.into())
        .await
}

fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (status, code),
        "{answer:?}"
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    for field in ["title", "detail", "hint"] {
        let words = problem[field].as_str().unwrap_or_default();
        assert!(
            !words.is_empty() && !words.contains('⟦'),
            "{field}: {answer:?}"
        );
    }
}

fn field_code(answer: &Answer) -> String {
    answer.json()["errors"][0]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn what_is_no_post_makes_none() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let set = scene.house.set.to_string();
    is_problem(&raw(&client, "{\"text\": \"half").await?, 400, "malformed");
    is_problem(
        &raw(&client, json!({"social_set": set, "text": 7}).to_string()).await?,
        422,
        "invalid",
    );
    is_problem(
        &raw(&client, json!({"social_set": set, "txt": "x"}).to_string()).await?,
        422,
        "invalid",
    );
    is_problem(
        &raw(&client, vec![b' '; 2 * 1024 * 1024]).await?,
        413,
        "too_large",
    );
    let long = json!({"social_set": set, "text": "a".repeat(10_001)});
    is_problem(&client.post("/api/v1/posts", long).await?, 422, "invalid");
    let unknown = json!({"social_set": "set_00000000000000000000000000000000", "text": "x"});
    is_problem(
        &client.post("/api/v1/posts", unknown).await?,
        404,
        "not_found",
    );
    for (channel, media) in [
        ("ch_00000000000000000000000000000000", None),
        (
            scene.channel.as_str(),
            Some("md_00000000000000000000000000000000"),
        ),
    ] {
        let media: Vec<Value> = media.iter().map(|id| json!({"media": id})).collect();
        let body = json!({"social_set": set, "text": "x", "media": media, "channels": [{"channel": channel}]});
        let answer = client.post("/api/v1/posts", body).await?;
        is_problem(&answer, 422, "invalid");
        assert_eq!(field_code(&answer), "unknown");
    }
    let twice = json!({"social_set": set, "text": "x", "channels": [{"channel": scene.channel}, {"channel": scene.channel}]});
    assert_eq!(
        field_code(&client.post("/api/v1/posts", twice).await?),
        "twice"
    );
    assert_eq!(posts(&scene, &client).await?, 0, "nothing was stored");
    Ok(())
}

#[tokio::test]
async fn a_time_that_cannot_be_plans_nothing() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let media = scene.picture(&client, 320).await?;
    let with = |schedule: Value| {
        json!({"social_set": scene.house.set.to_string(), "text": "Bread", "media": [{"media": media}],
            "channels": [{"channel": scene.channel}], "schedule": schedule})
    };
    let gap_year = 2027;
    for (schedule, code) in [
        (json!({"at": scene.at(-2 * HOUR)}), "past"),
        (
            json!({"local": "2026-01-01T09:00", "zone": "Europe/Berlin"}),
            "past",
        ),
        (
            json!({"local": format!("{gap_year}-03-28T02:30"), "zone": "Europe/Berlin"}),
            "gap",
        ),
        (
            json!({"local": format!("{gap_year}-03-28T12:00"), "zone": "Mars/Olympus"}),
            "unknown_zone",
        ),
        (json!({"local": "tomorrow"}), "unreadable"),
        (json!({"at": scene.at(800 * 24 * HOUR)}), "too_far"),
        (json!({}), "one_way"),
        (json!({"at": scene.at(HOUR), "now": true}), "one_way"),
    ] {
        let answer = client.post("/api/v1/posts", with(schedule.clone())).await?;
        is_problem(&answer, 422, "invalid");
        assert_eq!(field_code(&answer), code, "{schedule}: {answer:?}");
    }
    let gap = client
        .post(
            "/api/v1/posts",
            with(json!({"local": "2027-03-28T02:30", "zone": "Europe/Berlin"})),
        )
        .await?;
    assert!(gap.text().contains("02:30 does not exist"), "{gap:?}");
    assert_eq!(
        posts(&scene, &client).await?,
        0,
        "a refused time leaves no draft behind"
    );
    Ok(())
}

#[tokio::test]
async fn a_caption_that_is_too_long_is_named_with_its_channel() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let media = scene.picture(&client, 320).await?;
    let mut body = json!({"social_set": scene.house.set.to_string(), "text": "b".repeat(2_300), "media": [{"media": media}],
        "channels": [{"channel": scene.channel}], "schedule": {"at": scene.at(HOUR)}});
    let answer = client.post("/api/v1/posts", body.clone()).await?;
    is_problem(&answer, 422, "content_blocked");
    let error = &answer.json()["errors"][0];
    assert_eq!(error["code"], "text_too_long");
    assert!(
        error["field"]
            .as_str()
            .unwrap_or_default()
            .contains(&scene.channel),
        "{answer:?}"
    );
    assert!(
        error["detail"]
            .as_str()
            .unwrap_or_default()
            .contains("100 too many"),
        "{answer:?}"
    );
    // The same as a draft is kept; only planning is refused.
    body.as_object_mut().expect("an object").remove("schedule");
    assert_eq!(
        client.post("/api/v1/posts", body).await?.status,
        StatusCode::CREATED
    );
    Ok(())
}

/// A PNG whose head promises so many pixels; a decoder that believed it would want gigabytes.
fn bomb() -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let mut crc = 0xffff_ffff_u32;
        for byte in kind.iter().chain(data) {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                };
            }
        }
        let length = u32::try_from(data.len()).unwrap_or(0);
        [
            &length.to_be_bytes()[..],
            kind,
            data,
            &(!crc).to_be_bytes()[..],
        ]
        .concat()
    };
    let head = [
        &60_000_u32.to_be_bytes()[..],
        &60_000_u32.to_be_bytes()[..],
        &[8, 2, 0, 0, 0][..],
    ]
    .concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &head),
        &chunk(b"IDAT", &[0; 64]),
        &chunk(b"IEND", &[]),
    ]
    .concat()
}

#[tokio::test]
async fn what_is_no_picture_is_not_kept() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let whole = testing::pictures::jpeg(800, 600)?;
    for (bytes, status, code) in [
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'></svg>".to_vec(),
            415,
            "media_kind",
        ),
        (b"%PDF-1.7 not a picture at all".to_vec(), 415, "media_kind"),
        (Vec::new(), 422, "media_unreadable"),
        (whole[..whole.len() / 3].to_vec(), 422, "media_unreadable"),
        (bomb(), 413, "media_too_large"),
        (vec![0xff; 31 * 1024 * 1024], 413, "media_too_large"),
    ] {
        let length = bytes.len();
        // The name and the type that are given are not believed.
        let answer = upload(&client, "image/jpeg", bytes).await?;
        is_problem(&answer, status, code);
        assert!(
            answer.text().contains("Nothing was kept"),
            "{length} bytes: {answer:?}"
        );
    }
    let list = client.get("/api/v1/media").await?.json();
    assert_eq!(list["items"].as_array().map_or(9, Vec::len), 0);
    let first = upload(&client, "application/octet-stream", whole.clone()).await?;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    let second = upload(&client, "image/png", whole).await?;
    assert_eq!(
        (second.status, second.json()["id"].clone()),
        (StatusCode::OK, first.json()["id"].clone())
    );
    Ok(())
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_says_so() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let post = scene.planned(&client, "First words", 5 * HOUR).await?;
    let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap_or_default());
    let etag = client.get(&path).await?.header("etag").to_owned();
    let change = |text: &str| json!({"text": text});
    let ok = client
        .json(
            Method::PATCH,
            &path,
            &[("if-match", &etag)],
            change("Second words"),
        )
        .await?;
    assert_eq!(ok.status, StatusCode::OK, "{ok:?}");
    let late = client
        .json(
            Method::PATCH,
            &path,
            &[("if-match", &etag)],
            change("Third words"),
        )
        .await?;
    is_problem(&late, 412, "stale_version");
    assert_eq!(client.get(&path).await?.json()["text"], "Second words");
    let delivery = format!("/api/v1/deliveries/{}", delivery_of(&post));
    let etag = client.get(&delivery).await?.header("etag").to_owned();
    let body = json!({"at": scene.at(7 * HOUR)});
    let moved = client
        .json(
            Method::POST,
            &format!("{delivery}/reschedule"),
            &[("if-match", &etag)],
            body.clone(),
        )
        .await?;
    assert_eq!(moved.status, StatusCode::OK, "{moved:?}");
    let late = json!({"at": scene.at(9 * HOUR)});
    let late = client
        .json(
            Method::POST,
            &format!("{delivery}/reschedule"),
            &[("if-match", &etag)],
            late,
        )
        .await?;
    is_problem(&late, 412, "stale_version");
    assert_eq!(client.get(&delivery).await?.json()["due_at"], body["at"]);
    Ok(())
}

#[tokio::test]
async fn a_double_click_plans_once() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let post = scene.planned(&client, "Once", 5 * HOUR).await?;
    let path = format!(
        "/api/v1/posts/{}/schedule",
        post["id"].as_str().unwrap_or_default()
    );
    let body = json!({"at": post["deliveries"][0]["due_at"]});
    let again = client.post(&path, body).await?;
    assert_eq!(
        (again.status, again.json()["deliveries"].clone()),
        (StatusCode::OK, post["deliveries"].clone()),
        "the same, unchanged"
    );
    let body = json!({"social_set": scene.house.set.to_string(), "text": "Keyed"});
    let mut made = Vec::new();
    for _ in 0..2 {
        let answer = client
            .json(
                Method::POST,
                "/api/v1/posts",
                &[("idempotency-key", "one")],
                body.clone(),
            )
            .await?;
        made.push(answer.json()["id"].clone());
    }
    assert_eq!(made[0], made[1]);
    assert_eq!(posts(&scene, &client).await?, 2);
    Ok(())
}

#[tokio::test]
async fn another_workspaces_channels_and_pictures_are_not_there() -> Result<()> {
    let scene = Scene::new().await?;
    let client = scene.client().await?;
    let stranger = scene.app.house("Stranger").await?;
    let theirs = scene.app.full_key(&stranger).await?;
    let media = scene.picture(&client, 320).await?;
    for (channels, media) in [
        (json!([{"channel": scene.channel}]), json!([])),
        (json!([]), json!([{"media": media}])),
    ] {
        let body = json!({"social_set": stranger.set.to_string(), "text": "x", "channels": channels, "media": media});
        let answer = theirs.post("/api/v1/posts", body).await?;
        is_problem(&answer, 422, "invalid");
        assert_eq!(field_code(&answer), "unknown");
    }
    let post = scene.planned(&client, "Ours", HOUR).await?;
    let many = json!({"deliveries": [{"id": delivery_of(&post), "at": scene.at(2 * HOUR)}]});
    is_problem(
        &theirs.post("/api/v1/deliveries/reschedule", many).await?,
        404,
        "not_found",
    );
    let sha256 = client.get(&format!("/api/v1/media/{media}")).await?.json()["sha256"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut browser = scene.app.signed_in(&stranger.mail).await?;
    assert_eq!(
        browser.get(&format!("/media/{sha256}")).await?.status,
        StatusCode::NOT_FOUND
    );
    let mut own = scene.browser().await?;
    let seen = own.get(&format!("/media/{sha256}")).await?;
    assert_eq!(
        (seen.status, seen.header("content-type")),
        (StatusCode::OK, "image/jpeg")
    );
    assert!(
        seen.header("cache-control").starts_with("private"),
        "{seen:?}"
    );
    Ok(())
}
