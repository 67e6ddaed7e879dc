//! Bad input through the API: clear problem documents, nothing changed.

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testing::app::{Answer, Client, TestApp};

const SETS: &str = "/api/v1/social-sets";

fn is_problem(answer: &Answer, status: u16, code: &str) {
    let problem = answer.json();
    assert_eq!(
        (answer.status.as_u16(), problem["code"].as_str()),
        (status, Some(code)),
        "{answer:?}"
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/docs/problems/{code}"));
    for part in ["title", "detail", "hint"] {
        assert!(
            problem[part]
                .as_str()
                .is_some_and(|words| !words.is_empty() && !words.contains('⟦')),
            "{part}: {problem}"
        );
    }
}

fn fields(answer: &Answer) -> Vec<(String, String)> {
    let list = answer.json()["errors"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.iter()
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect()
}

async fn names(client: &Client<'_>) -> Vec<String> {
    let list = client.get(SETS).await.unwrap().json();
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| set["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_cannot_be_read_or_is_wrong() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let json_type = [("content-type", "application/json")];
    for text in ["", "{", "{\"name\":\"a\"} x", "nonsense", "\u{feff}{}"] {
        let answer = client
            .call(Method::POST, SETS, &json_type, Body::from(text))
            .await
            .unwrap();
        is_problem(&answer, 400, "malformed");
    }
    for (body, field, code) in [
        (json!({}), "name", "missing"),
        (json!({"name": 5}), "name", "wrong_type"),
        (
            json!({"name": "a", "colour": "red"}),
            "colour",
            "unknown_field",
        ),
        (
            json!({"name": "a", "lateness_minutes": "soon"}),
            "lateness_minutes",
            "wrong_type",
        ),
        (
            json!({"name": "a", "lateness_minutes": -1}),
            "lateness_minutes",
            "out_of_range",
        ),
        (json!({"name": "   "}), "name", "missing"),
        (json!({"name": "x".repeat(81)}), "name", "too_long"),
        (json!({"name": "a\nb"}), "name", "control_character"),
        (
            json!({"name": "a", "zone": "Europe/Atlantis"}),
            "zone",
            "unknown_zone",
        ),
    ] {
        let answer = client.post(SETS, body.clone()).await.unwrap();
        is_problem(&answer, 422, "invalid");
        assert_eq!(
            fields(&answer),
            [(field.to_owned(), code.to_owned())],
            "{body}"
        );
    }
    let answer = client.post(SETS, json!([1, 2])).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let both = client
        .post(SETS, json!({"name": "", "zone": "Nowhere"}))
        .await
        .unwrap();
    assert_eq!(fields(&both).len(), 2, "told at once: {both:?}");
    assert_eq!(names(&client).await, ["Nord"], "nothing was made");
}

#[tokio::test]
async fn wrong_kinds_sizes_addresses_methods() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    is_problem(
        &client
            .call(Method::POST, SETS, &form, Body::from("name=a"))
            .await
            .unwrap(),
        415,
        "wrong_type",
    );
    is_problem(
        &client
            .call(Method::POST, SETS, &[], Body::from("{}"))
            .await
            .unwrap(),
        415,
        "wrong_type",
    );
    let huge = json!({"name": "x".repeat(2 * 1024 * 1024)});
    is_problem(&client.post(SETS, huge).await.unwrap(), 413, "too_large");
    is_problem(
        &client.get("/api/v1/nowhere").await.unwrap(),
        404,
        "not_found",
    );
    let answer = client
        .call(Method::PUT, SETS, &[], Body::empty())
        .await
        .unwrap();
    is_problem(&answer, 405, "wrong_method");
    assert!(answer.header("allow").contains("POST"), "{answer:?}");
    for id in [
        "set_00000000000000000000000000000000",
        "set_x",
        "ch_00000000000000000000000000000000",
        "1",
        "%00",
        "..%2F",
    ] {
        is_problem(
            &client.get(&format!("{SETS}/{id}")).await.unwrap(),
            404,
            "not_found",
        );
    }
    for query in [
        "limit=0",
        "limit=1000",
        "limit=many",
        "cursor=nonsense",
        "colour=red",
    ] {
        is_problem(
            &client
                .get(&format!("/api/v1/audit-log?{query}"))
                .await
                .unwrap(),
            400,
            "bad_parameter",
        );
    }
    let maybe = client
        .post(&format!("{SETS}?dry_run=maybe"), json!({"name": "a"}))
        .await
        .unwrap();
    is_problem(&maybe, 400, "bad_parameter");
    assert_eq!(names(&client).await, ["Nord"]);
}

#[tokio::test]
async fn a_version_that_was_not_read_is_not_overwritten() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let path = format!("{SETS}/{}", house.set);
    let read = client.get(&path).await.unwrap();
    let tag = read.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 4);
    let rename = |name: &str| json!({ "name": name });
    let with = |tag: &str| [("if-match".to_owned(), tag.to_owned())];
    let send = |tag: String, body: Value| {
        let (client, path) = (client.clone(), path.clone());
        async move {
            let headers = with(&tag);
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            client
                .json(Method::PATCH, &path, &headers, body)
                .await
                .unwrap()
        }
    };
    let first = send(tag.clone(), rename("First")).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_ne!(first.header("etag"), tag);
    is_problem(&send(tag, rename("Second")).await, 412, "stale_version");
    is_problem(
        &send("W/nonsense".to_owned(), rename("Second")).await,
        412,
        "stale_version",
    );
    assert_eq!(names(&client).await, ["First"]);
    assert_eq!(
        send("*".to_owned(), rename("Third")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let set = house.set;
    for (path, field, code) in [
        (
            "/api/v1/audit-log?limt=5".to_owned(),
            "limt",
            "unknown_field",
        ),
        ("/api/v1/grid".to_owned(), "channel", "missing"),
        (
            format!("/api/v1/calendar?social_set={set}&to=2026-12-01"),
            "from",
            "missing",
        ),
        (
            format!("/api/v1/calendar?social_set={set}&from=soon&to=2026-12-01"),
            "from",
            "wrong_type",
        ),
        (
            format!("/api/v1/calendar?social_set={set}&from=2026-12-02&to=2026-12-01"),
            "to",
            "out_of_range",
        ),
    ] {
        let answer = client.get(&path).await.unwrap();
        is_problem(&answer, 400, "bad_parameter");
        assert_eq!(
            fields(&answer),
            [(field.to_owned(), code.to_owned())],
            "{path}"
        );
    }
    // A link to a page may come with what others hang on to it.
    let mut browser = app.signed_in(&house.mail).await.unwrap();
    for path in [
        "/inbox?utm_source=mail",
        "/channels?utm_source=mail",
        "/calendar?fbclid=1",
    ] {
        let answer = browser.get(path).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_dry_run_answers_and_keeps_nothing() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    let tried = client
        .post(&format!("{SETS}?dry_run=true"), json!({"name": "Tried"}))
        .await
        .unwrap();
    assert_eq!(
        (tried.status, tried.json()["name"].as_str()),
        (StatusCode::OK, Some("Tried"))
    );
    is_problem(
        &client
            .post(&format!("{SETS}?dry_run=true"), json!({"name": ""}))
            .await
            .unwrap(),
        422,
        "invalid",
    );
    assert_eq!(names(&client).await, ["Nord"]);
    let path = format!("{SETS}/{}?dry_run=true", house.set);
    assert_eq!(
        client
            .patch(&path, json!({"name": "Other"}))
            .await
            .unwrap()
            .json()["name"],
        "Other"
    );
    assert_eq!(names(&client).await, ["Nord"]);
    let log = client.get("/api/v1/audit-log").await.unwrap().json();
    assert_eq!(
        log["items"].as_array().unwrap().len(),
        1,
        "only the house's beginning: {log}"
    );
}

#[tokio::test]
async fn lists_come_in_pages_that_neither_skip_nor_repeat() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let client = app.full_key(&house).await.unwrap();
    for number in 0..7 {
        app.advance_ms(1_000);
        client
            .post(SETS, json!({"name": format!("Set {number}")}))
            .await
            .unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client
            .get(&format!("/api/v1/audit-log?limit=3{cursor}"))
            .await
            .unwrap()
            .json();
        let items = page["items"].as_array().unwrap().clone();
        seen.extend(
            items
                .iter()
                .map(|entry| entry["detail"].as_str().unwrap().to_owned()),
        );
        // The log grows meanwhile.
        app.advance_ms(1_000);
        client.post(SETS, json!({"name": "Later"})).await.unwrap();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..7)
        .rev()
        .map(|number| format!("Set {number}"))
        .chain(["Nord".to_owned()])
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn every_code_has_a_page() {
    let app = TestApp::new().await.unwrap();
    for code in web::problem::codes::ALL {
        let page = app
            .browser()
            .get(&format!("/docs/problems/{}", code.code))
            .await
            .unwrap();
        assert_eq!(page.status, StatusCode::OK, "{}", code.code);
        assert!(page.text().contains(code.code));
    }
    assert_eq!(
        app.browser()
            .get("/docs/problems/none")
            .await
            .unwrap()
            .status,
        StatusCode::NOT_FOUND
    );
}
