//! Faults on the way: what is done, what is told, and what the truth knows.

use crate::support::*;
use http::StatusCode;
use serde_json::{Value, json};
use simulator::{DELAY_HEADER, Effect, Fault, HttpFetch, LOST_HEADER};
use simulator::{Fetch, FetchError};
use std::time::Duration;

const IG: &str = "graph.instagram.com";
const PUBLISH: &str = "instagram.media_publish";

async fn held() -> (World, String, String) {
    let world = World::furnished();
    let token = world.instagram_token("harbour.bakery").await;
    let container = world.container(IG, BAKERY, &token, "held").await.get("id");
    world.pass(5 * SECOND);
    (world, token, container)
}

#[tokio::test]
async fn effects_decide_what_is_done_and_what_is_told() {
    // effect, status, lost, posts that exist, counted as unseen
    let cases = [
        (Effect::ServerError { status: 503 }, 503, false, 0, false),
        (
            Effect::TooMany {
                retry_after_s: Some(7),
            },
            429,
            false,
            0,
            false,
        ),
        (
            Effect::Refuse {
                status: 403,
                code: "3".to_owned(),
                subcode: None,
                message: "(#3) Application does not have the capability to make this API call."
                    .to_owned(),
            },
            403,
            false,
            0,
            false,
        ),
        (Effect::LoseRequest, 502, true, 0, false),
        (Effect::DoneThenError { status: 500 }, 500, false, 1, true),
        (Effect::Garbage, 200, false, 1, true),
        (Effect::LoseAnswer, 502, true, 1, true),
        (Effect::Twice, 200, false, 1, false),
        (Effect::Delay { ms: 1_500 }, 200, false, 1, false),
    ];
    for (effect, status, lost, posts, unseen) in cases {
        let (world, token, container) = held().await;
        world
            .sim
            .add_fault(Fault::once(PUBLISH, effect.clone()).of(BAKERY));
        let answer = world.publish(IG, BAKERY, &token, &container).await;
        assert_eq!(answer.status.as_u16(), status, "{effect:?}");
        assert_eq!(answer.headers.contains_key(LOST_HEADER), lost, "{effect:?}");
        assert_eq!(world.published(BAKERY).len(), posts, "{effect:?}");
        assert_eq!(
            world.sim.truth()["published_unseen"].get(BAKERY).is_some(),
            unseen,
            "{effect:?}"
        );
        match &effect {
            Effect::Delay { .. } => assert_eq!(answer.header(DELAY_HEADER), "1500"),
            Effect::Refuse { message, .. } => {
                let error = &answer.json()["error"];
                assert_eq!(
                    (&error["code"], &error["message"]),
                    (&json!(3), &json!(message))
                );
                assert!(error.get("error_subcode").is_none(), "{error}");
            }
            Effect::TooMany { .. } => assert_eq!(answer.header("retry-after"), "7"),
            Effect::Garbage | Effect::ServerError { .. } => {
                assert!(answer.header("content-type").starts_with("text/html"))
            }
            _ => {}
        }
        // The fault is spent: what was not done can be done, what was done is never done again.
        let second = world.publish(IG, BAKERY, &token, &container).await;
        if posts == 0 {
            second.get("id");
        } else {
            assert_eq!(second.code(), (24, Some(2_207_008)), "{effect:?}");
        }
        assert_eq!(world.published(BAKERY), ["held"]);
        assert!(world.sim.faults().is_empty());
    }
}

#[tokio::test]
async fn faults_come_and_go_through_the_api() {
    let (world, token, _) = held().await;
    let body = json!({"operation": "instagram.*", "account": BAKERY, "effect": {"kind": "server_error", "status": 500}});
    let added = world.post_json("/control/api/faults", &body).await;
    assert_eq!(added.status, StatusCode::CREATED);
    let id = added.json()["id"].as_u64().unwrap();
    let me = || async {
        world
            .get(&format!("/{IG}/v25.0/me"), &[("access_token", &token)])
            .await
            .status
    };
    assert_eq!(me().await, StatusCode::INTERNAL_SERVER_ERROR);
    let other = world.instagram_token("nord.ceramics").await;
    assert_eq!(
        world
            .get(&format!("/{IG}/v25.0/me"), &[("access_token", &other)])
            .await
            .status,
        StatusCode::OK
    );
    let listed = world.get("/control/api/faults", &[]).await.json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["struck"]),
        (&json!(id), &json!(1))
    );
    assert_eq!(
        world
            .delete(&format!("/control/api/faults/{id}"), &[])
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        world
            .delete(&format!("/control/api/faults/{id}"), &[])
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(me().await, StatusCode::OK);
    let unknown = world
        .post_json(
            "/control/api/faults",
            &json!({"operation": "instagram.nonsense", "effect": {"kind": "twice"}}),
        )
        .await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_platform_goes_down_and_comes_up() {
    let (world, token, container) = held().await;
    let down = json!({"kind": "platform_down", "platform": "instagram"});
    assert_eq!(
        world.post_json("/control/api/break", &down).await.status,
        StatusCode::OK
    );
    let answer = world.publish(IG, BAKERY, &token, &container).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("Sorry, something went wrong"));
    let (_, page) = (
        world.post_json("/control/api/mend", &down).await,
        world.facebook_tokens().await.1,
    );
    assert!(!page.is_empty());
    world
        .publish(IG, BAKERY, &token, &container)
        .await
        .get("id");
    assert_eq!(world.published(BAKERY), ["held"]);
}

#[tokio::test]
async fn a_list_can_lag_by_fault() {
    let (world, token, container) = held().await;
    world
        .publish(IG, BAKERY, &token, &container)
        .await
        .get("id");
    let newest = || async {
        let list = world
            .get(
                &format!("/{IG}/v25.0/{BAKERY}/media"),
                &[("fields", "caption"), ("access_token", &token)],
            )
            .await
            .json();
        list["data"][0]["caption"].as_str().unwrap().to_owned()
    };
    assert_eq!(newest().await, "held");
    world.sim.add_fault(Fault::always(
        "instagram.media_list",
        Effect::ListLag { ms: 60_000 },
    ));
    assert_ne!(newest().await, "held");
    world.pass(60 * SECOND);
    assert_eq!(newest().await, "held");
}

#[tokio::test]
async fn probabilities_come_from_the_seed() {
    let run = || async {
        let (world, token, _) = held().await;
        world.sim.add_fault(Fault {
            probability: Some(0.5),
            ..Fault::always("instagram.me", Effect::ServerError { status: 500 })
        });
        let mut seen = String::new();
        for _ in 0..32 {
            let ok = world
                .get(&format!("/{IG}/v25.0/me"), &[("access_token", &token)])
                .await
                .status
                .is_success();
            seen.push(if ok { '.' } else { 'x' });
        }
        seen
    };
    let one = run().await;
    assert!(one.contains('.') && one.contains('x'), "{one}");
    assert_eq!(one, run().await);
}

#[tokio::test]
async fn served_on_a_port_a_lost_answer_is_a_closed_connection() {
    let world = World::furnished();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(simulator::serve(world.sim.clone(), listener, async {
        let _ = stopped.await;
    }));
    let fetch = HttpFetch::new(1024 * 1024, Duration::from_secs(10));
    let (kind, bytes) = fetch
        .fetch(&format!("{origin}/media/drawn-3"))
        .await
        .unwrap();
    assert_eq!(
        (kind.as_str(), &bytes[..3]),
        ("image/jpeg", &[0xff, 0xd8, 0xff][..])
    );
    let login = format!("{origin}/www.instagram.com/oauth/authorize");
    world
        .sim
        .add_fault(Fault::once("instagram.authorize", Effect::LoseAnswer));
    assert!(matches!(
        fetch.fetch(&login).await,
        Err(FetchError::Unreachable(_))
    ));
    assert_eq!(fetch.fetch(&login).await, Err(FetchError::Status(400)));
    let small = HttpFetch::new(100, Duration::from_secs(10));
    assert_eq!(
        small.fetch(&format!("{origin}/media/drawn-3")).await,
        Err(FetchError::TooLarge)
    );
    world.sim.add_fault(Fault::once(
        "instagram.authorize",
        Effect::Delay { ms: 60_000 },
    ));
    let hasty = HttpFetch::new(1024, Duration::from_millis(200));
    assert_eq!(hasty.fetch(&login).await, Err(FetchError::TimedOut));
    assert!(matches!(
        fetch.fetch("http://example.com/x").await,
        Err(FetchError::Refused(_))
    ));
    stop.send(()).unwrap();
    served.await.unwrap();
}

#[tokio::test]
async fn the_log_tells_every_call() {
    let (world, token, container) = held().await;
    world
        .sim
        .add_fault(Fault::once(PUBLISH, Effect::DoneThenError { status: 500 }));
    world.publish(IG, BAKERY, &token, &container).await;
    let log = world.get("/control/api/calls", &[]).await.json();
    let last = log.as_array().unwrap().last().unwrap().clone();
    let expected: [(&str, Value); 3] = [
        ("operation", json!(PUBLISH)),
        ("account", json!(BAKERY)),
        ("fault", json!("done_then_error")),
    ];
    for (name, value) in expected {
        assert_eq!(last[name], value);
    }
    assert_eq!(world.sim.truth()["calls"][PUBLISH], json!(1));
}
