//! Settling an unclear publish: never sent again before it is known what became of it.

use domain::schedule::{HOUR_MS, MINUTE_MS};
use platforms::Platform;
use platforms::failure::Failure;
use platforms::instagram::Instagram;
use platforms::publish::{Effect, Look, Settles, StepPlan};
use serde_json::{Value, json};

use super::script::{Desk, NOW, World, at};

const NOW_MS: i64 = NOW * 1_000;

/// A desk whose container was ready so long ago.
fn desk(ready_ago_ms: i64) -> Desk {
    let made = json!({"id": "c0", "made_at_ms": NOW_MS - HOUR_MS});
    let ready = json!({"status": "FINISHED", "at_ms": NOW_MS - ready_ago_ms});
    let mut desk = Desk::instagram(1).done(&[("container", made), ("ready", ready)]);
    desk.payload.due_at = at(NOW - 3_600);
    desk
}

async fn look(world: &World, desk: &Desk, taken: &[&str]) -> Result<Look, Failure> {
    let target = desk.target();
    let taken: Vec<_> = taken.iter().map(|id| (*id).to_owned()).collect();
    let step = StepPlan {
        name: "publish".to_owned(),
        effect: Effect::Shows(Settles::Key),
    };
    let look = Instagram
        .look(&world.call(), &desk.publish(&target), &step, &taken)
        .await;
    world.sent();
    look
}

fn world(state: &str) -> World {
    World::instagram().says(json!({"status_code": state}))
}

fn listed() -> Value {
    let post = |id: &str| json!({"id": id, "caption": "Fresh bread #sourdough", "timestamp": at(NOW).to_string()});
    json!({"data": [post("18002"), post("18001")]})
}

fn nothing() -> Value {
    json!({"data": []})
}

fn happened(id: Option<&str>, taken: &[&str]) -> Look {
    Look::Happened(json!({"id": id, "at_ms": NOW_MS, "taken": taken}))
}

#[tokio::test]
async fn a_published_container_happened_with_or_without_its_id() {
    let found = look(&world("PUBLISHED").says(listed()), &desk(0), &["18001"])
        .await
        .unwrap();
    assert_eq!(found, happened(Some("18002"), &["18001"]));
    let found = look(&world("PUBLISHED").says(nothing()), &desk(0), &["18001"])
        .await
        .unwrap();
    assert_eq!(found, happened(None, &["18001"]));
    let found = look(&world("PUBLISHED").answers(500, ""), &desk(0), &[])
        .await
        .unwrap();
    assert_eq!(found, happened(None, &[]));
}

#[tokio::test]
async fn a_finished_container_was_not_published_unless_the_list_shows_it() {
    assert_eq!(
        look(&world("FINISHED").says(nothing()), &desk(0), &[])
            .await
            .unwrap(),
        Look::DidNot
    );
    assert_eq!(
        look(&world("FINISHED").answers(500, ""), &desk(0), &[])
            .await
            .unwrap(),
        Look::DidNot
    );
    let taken = ["18001", "18002"];
    assert_eq!(
        look(&world("FINISHED").says(listed()), &desk(0), &taken)
            .await
            .unwrap(),
        Look::DidNot
    );
    let found = look(&world("FINISHED").says(listed()), &desk(0), &[])
        .await
        .unwrap();
    assert_eq!(found, happened(Some("18001"), &[]));
}

#[tokio::test]
async fn a_container_at_work_is_not_clear() {
    assert_eq!(
        look(&world("IN_PROGRESS"), &desk(0), &[]).await.unwrap(),
        Look::NotClear { after_ms: 30_000 }
    );
}

#[tokio::test]
async fn a_used_up_container_is_believed_only_after_the_list_and_its_lag() {
    for state in ["ERROR", "EXPIRED"] {
        let found = look(&world(state).says(listed()), &desk(HOUR_MS), &[])
            .await
            .unwrap();
        assert_eq!(found, happened(Some("18001"), &[]), "{state}");
        let found = look(&world(state).says(nothing()), &desk(MINUTE_MS), &[])
            .await
            .unwrap();
        assert_eq!(
            found,
            Look::NotClear {
                after_ms: 2 * MINUTE_MS
            },
            "{state}"
        );
        let found = look(&world(state).says(nothing()), &desk(3 * MINUTE_MS), &[])
            .await
            .unwrap();
        assert_eq!(found, Look::DidNotAndUsedUp, "{state}");
        // A list that cannot be read proves nothing.
        for unreadable in ["", "{}", "<html>"] {
            let failure = look(&world(state).answers(200, unreadable), &desk(HOUR_MS), &[])
                .await
                .unwrap_err();
            assert!(!failure.final_answer);
        }
    }
}

#[tokio::test]
async fn a_container_that_is_not_shown_proves_nothing_by_itself() {
    let hidden = || World::instagram().refuses(100, 33, "does not exist");
    let found = look(&hidden().says(nothing()), &desk(24 * HOUR_MS), &[])
        .await
        .unwrap();
    assert_eq!(
        found,
        Look::NotClear {
            after_ms: MINUTE_MS
        }
    );
    let found = look(&hidden().says(listed()), &desk(0), &[]).await.unwrap();
    assert_eq!(found, happened(Some("18001"), &[]));
    // A login that ended is said, not guessed around.
    let failure = look(
        &World::instagram().refuses(190, 460, "password"),
        &desk(0),
        &[],
    )
    .await
    .unwrap_err();
    assert!(failure.final_answer);
}

#[tokio::test]
async fn posts_with_another_number_of_pictures_or_from_before_are_not_it() {
    let post = |id: &str, seconds: i64, children: usize| {
        let children: Vec<_> = (0..children).map(|id| json!({ "id": id })).collect();
        json!({"id": id, "caption": "Fresh bread\n#sourdough", "timestamp": at(NOW + seconds).to_string(),
            "children": {"data": children}})
    };
    let list = json!({"data": [post("3", 0, 2), post("2", -3_600 - 121, 0), post("1", 0, 3)]});
    let found = look(&world("FINISHED").says(list.clone()), &desk(0), &[])
        .await
        .unwrap();
    assert_eq!(found, Look::DidNot);
    let mut carousel = desk(0);
    carousel.payload.media = super::script::payload(2).media;
    assert_eq!(
        look(&world("FINISHED").says(list), &carousel, &[])
            .await
            .unwrap(),
        happened(Some("3"), &[])
    );
}

#[tokio::test]
async fn steps_that_nobody_sees_may_be_made_again() {
    let world = World::instagram();
    let desk = Desk::instagram(1);
    let target = desk.target();
    let step = StepPlan {
        name: "container".to_owned(),
        effect: Effect::Unseen,
    };
    let found = Instagram
        .look(&world.call(), &desk.publish(&target), &step, &[])
        .await
        .unwrap();
    assert_eq!(found, Look::DidNot);
    assert!(world.sent().is_empty());
}
