//! Walks the whole route table: what each address answers to nobody, to a wrong key, to a member who
//! may not, and to a member of another workspace.

use std::collections::BTreeSet;

use axum::body::Body;
use domain::member::{Action, Role, Scope};
use http::{Method, StatusCode};
use testing::app::{Options, TestApp};
use web::access::{Access, Door};
use web::routes::{Route, table};

use super::things::Things;

fn names(routes: &[Route], of: impl Fn(&Route) -> bool) -> Vec<(Method, &'static str)> {
    routes
        .iter()
        .filter(|route| of(route))
        .map(|route| (route.method.clone(), route.path))
        .collect()
}

#[tokio::test]
async fn nobody_and_a_wrong_key_are_told_to_sign_in() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let things = Things::of(&app, &house).await;
    let mut wrong = app.full_key(&house).await.unwrap();
    wrong.key = "msk_wrong".to_owned();
    let mut seen = 0;
    for route in table(&app.web) {
        if route.access == Access::Open {
            continue;
        }
        let (path, name) = (
            things.fill(route.path),
            format!("{} {}", route.method, route.path),
        );
        let answer = app
            .browser()
            .send(route.method.clone(), &path, &[], Body::empty())
            .await
            .unwrap();
        match route.door {
            Door::Page if route.method == Method::GET => {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
                assert!(answer.location().starts_with("/sign-in"), "{name}");
            }
            Door::Page | Door::Callback => {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}")
            }
            Door::Api => {
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (StatusCode::UNAUTHORIZED, "signed_out"),
                    "{name}"
                );
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
                let answer = wrong
                    .call(route.method.clone(), &path, &[], Body::empty())
                    .await
                    .unwrap();
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (StatusCode::UNAUTHORIZED, "bad_key"),
                    "{name}"
                );
            }
        }
        seen += 1;
    }
    assert!(seen > 30, "the table is short: {seen}");
}

#[tokio::test]
async fn a_role_or_scope_that_is_too_small_is_refused_everywhere() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let things = Things::of(&app, &house).await;
    let viewer = app.member(&house, Role::Viewer, None).await.unwrap();
    let mut viewer = app.signed_in(&viewer).await.unwrap();
    let reader = app.key(&house, &[Scope::Read], None).await.unwrap();
    for route in table(&app.web) {
        let Access::May(action) = route.access else {
            continue;
        };
        if action == Action::Read {
            continue;
        }
        let (path, name) = (
            things.fill(route.path),
            format!("{} {}", route.method, route.path),
        );
        let answer = match route.door {
            Door::Api => reader
                .call(route.method.clone(), &path, &[], Body::empty())
                .await
                .unwrap(),
            Door::Page | Door::Callback => viewer
                .send(route.method.clone(), &path, &[], Body::empty())
                .await
                .unwrap(),
        };
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {answer:?}");
        if route.door == Door::Api {
            assert_eq!(answer.code(), "scope_missing", "{name}");
        }
    }
}

/// Whether a path names something of a workspace, rather than a platform, a cause or a page about one.
fn names_a_thing(path: &str) -> bool {
    ["{platform}", "{flow}", "{cause}", "{code}"]
        .iter()
        .all(|part| !path.contains(part))
        && path.contains('{')
}

#[tokio::test]
async fn another_workspaces_things_are_not_there() {
    let app = TestApp::new().await.unwrap();
    let (house, stranger) = (
        app.house("Nord").await.unwrap(),
        app.house("Other").await.unwrap(),
    );
    let things = Things::of(&app, &house).await;
    let (own, client) = (
        app.full_key(&house).await.unwrap(),
        app.full_key(&stranger).await.unwrap(),
    );
    let mut owner = app.signed_in(&house.mail).await.unwrap();
    let mut browser = app.signed_in(&stranger.mail).await.unwrap();
    let (mut seen, mut there) = (0, 0);
    for route in table(&app.web) {
        if route.access == Access::Open || !names_a_thing(route.path) {
            continue;
        }
        let (path, name) = (
            things.fill(route.path),
            format!("{} {}", route.method, route.path),
        );
        assert!(things.knows(route.path), "{name}: teach `things` about it");
        let get = route.method == Method::GET;
        let mut answers = Vec::new();
        for path in [&path, &things.nowhere(route.path)] {
            answers.push(match route.door {
                Door::Api => {
                    let json = [("content-type", "application/json")];
                    client
                        .call(route.method.clone(), path, &json, Body::from("{}"))
                        .await
                        .unwrap()
                }
                Door::Page | Door::Callback if get => browser.get(path).await.unwrap(),
                Door::Page | Door::Callback => browser
                    .post(path, &[("name", "Taken"), ("zone", "UTC")])
                    .await
                    .unwrap(),
            });
        }
        let (answer, nowhere) = (&answers[0], &answers[1]);
        assert_eq!(
            answer.status, nowhere.status,
            "{name} tells that it is there: {answer:?}"
        );
        // What lacks something may be told before anybody looks for the thing, also by going back to the
        // form. That nothing was done is said by the equal answer for what is nowhere.
        let lacks = matches!(answer.status.as_u16(), 303 | 400 | 415 | 422) && !get;
        let gone = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE);
        assert!(gone || lacks, "{name}: {answer:?}");
        assert!(!answer.text().contains("Nord"), "{name}");
        seen += 1;
        if get {
            let answer = if route.door == Door::Api {
                own.get(&path).await
            } else {
                owner.get(&path).await
            };
            there += usize::from(answer.unwrap().status.is_success());
        }
    }
    assert!(
        seen > 5 && there > 2,
        "of {seen} routes {there} are there for their own people"
    );
    assert_eq!(
        own.get(&format!("/api/v1/social-sets/{}", house.set))
            .await
            .unwrap()
            .json()["name"],
        "Nord"
    );
}

#[tokio::test]
async fn a_member_of_one_set_sees_nothing_of_the_others() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let second = app.set(&house, "Hidden").await.unwrap();
    let editor = app
        .member(&house, Role::Admin, Some(&[house.set]))
        .await
        .unwrap();
    let mut browser = app.signed_in(&editor).await.unwrap();
    let hold = app.full_key(&house).await.unwrap();
    let body = serde_json::json!({"reason": "Hidden storm", "social_set": second});
    assert_eq!(
        hold.post("/api/v1/holds", body).await.unwrap().status,
        StatusCode::CREATED
    );
    for path in [
        "/",
        "/settings/sets",
        "/settings/holds",
        "/settings/members",
    ] {
        assert!(
            !browser.get(path).await.unwrap().text().contains("Hidden"),
            "{path}"
        );
    }
    assert_eq!(
        browser
            .get(&format!("/settings/sets/{second}"))
            .await
            .unwrap()
            .status,
        StatusCode::NOT_FOUND
    );
    let changed = browser
        .post(
            &format!("/settings/sets/{second}"),
            &[("name", "Mine"), ("zone", "UTC")],
        )
        .await
        .unwrap();
    assert_eq!(changed.status, StatusCode::NOT_FOUND);
    let whole = browser
        .post("/settings/holds", &[("reason", "All of it")])
        .await
        .unwrap();
    assert_eq!(
        whole.status,
        StatusCode::FORBIDDEN,
        "the workspace as a whole is not theirs"
    );
    let own = browser
        .post(
            "/settings/holds",
            &[("reason", "Ours"), ("social_set", &house.set.to_string())],
        )
        .await
        .unwrap();
    assert_eq!(own.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_description_and_the_table_say_the_same() {
    let app = TestApp::new().await.unwrap();
    let document = app
        .browser()
        .get("/api/v1/openapi.json")
        .await
        .unwrap()
        .json();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1")),
        "{}",
        document["openapi"]
    );
    let (mut described, mut tried) = (BTreeSet::new(), BTreeSet::new());
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|words| !words.is_empty()),
                "{method} {path} has no words"
            );
            assert!(
                operation["responses"]["default"].is_object(),
                "{method} {path} does not say how it refuses"
            );
            let named = |one: &serde_json::Value| one["name"] == "dry_run";
            let list = operation["parameters"].as_array();
            if list.is_some_and(|list| list.iter().any(named)) {
                tried.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    let routes = table(&app.web);
    let served: BTreeSet<String> = names(&routes, |route| {
        route.door == Door::Api && route.access != Access::Open
    })
    .into_iter()
    .map(|(method, path)| format!("{method} {path}"))
    .collect();
    assert_eq!(described, served);
    let may_be_tried: BTreeSet<String> = names(&routes, |route| {
        route.door == Door::Api && !route.method.is_safe() && !route.only_for_real
    })
    .into_iter()
    .map(|(method, path)| format!("{method} {path}"))
    .collect();
    assert_eq!(tried, may_be_tried, "what takes dry_run says so");
    let reference = app.browser().get("/api/docs").await.unwrap();
    assert_eq!(reference.status, StatusCode::OK);
    for path in document["paths"].as_object().expect("paths").keys() {
        assert!(
            reference.text().contains(path.as_str()),
            "{path} is not in the reference"
        );
    }
}

/// Who tries a change first must not do it by that.
#[tokio::test]
async fn what_cannot_be_tried_refuses_to_be_tried() {
    let app = TestApp::new().await.unwrap();
    let house = app.house("Nord").await.unwrap();
    let things = Things::of(&app, &house).await;
    let client = app.full_key(&house).await.unwrap();
    let channel = things.fill("/api/v1/channels/{channel}");
    let before = client.get(&channel).await.unwrap().text();
    let mut seen = 0;
    for route in table(&app.web).into_iter().filter(|one| one.only_for_real) {
        let path = format!("{}?dry_run=true", things.fill(route.path));
        let answer = client.post(&path, serde_json::json!({})).await.unwrap();
        let name = route.path;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {answer:?}");
        assert_eq!(answer.json()["errors"][0]["field"], "dry_run", "{name}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
    assert_eq!(client.get(&channel).await.unwrap().text(), before);
    let undone = channel + "/unlink?dry_run=false";
    let answer = client.post(&undone, serde_json::json!({})).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn no_address_stands_twice_and_the_demos_are_only_in_the_demo() {
    let app = TestApp::with(Options::default()).await.unwrap();
    let routes = table(&app.web);
    let all = names(&routes, |_| true);
    let unique: BTreeSet<String> = all
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(unique.len(), all.len());
    for path in ["/dev/components", "/demo/reset", "/demo/jump-14-days"] {
        let answer = app.browser().post(path, &[]).await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("There is nothing here"));
    }
}
