//! Settling an unclear post by the Page's list: never sent again before it is known what became of it,
//! and never settled by what is another's.

use domain::schedule::MINUTE_MS;
use platforms::Platform;
use platforms::facebook::Facebook;
use platforms::failure::Failure;
use platforms::publish::{Effect, Look, Settles, StepPlan};
use serde_json::{Value, json};

use super::desk::{Desk, world};
use crate::instagram::script::{NOW, PROOF_PAGE, World, at};

const TEXT: &str = "Fresh bread\n#sourdough";

/// Fenced so many seconds ago, looked for so often.
fn fenced(mut desk: Desk, seconds: i64, looks: u32) -> Desk {
    desk.fenced_at = Some(at(NOW - seconds));
    desk.payload.due_at = at(NOW - seconds);
    desk.looks = looks;
    desk
}

async fn look(world: &World, desk: &Desk, taken: &[&str]) -> Result<Look, Failure> {
    let target = desk.target();
    let taken: Vec<_> = taken.iter().map(|id| (*id).to_owned()).collect();
    let step = StepPlan {
        name: "post".to_owned(),
        effect: Effect::Shows(Settles::Person),
    };
    let look = Facebook
        .look(&world.call(), &desk.publish(&target), &step, &taken)
        .await;
    world.sent();
    look
}

fn listed(posts: &[Value]) -> World {
    world().says(json!({ "data": posts }))
}

fn post(id: &str, changes: Value) -> Value {
    let mut post = json!({"id": id, "message": "Fresh bread #sourdough",
        "created_time": at(NOW - 30).to_string(), "permalink_url": format!("https://fb.example/{id}"),
        "application": {"id": "7001", "name": "Mainstay"}});
    for (name, value) in changes.as_object().unwrap() {
        post[name] = value.clone();
    }
    post
}

fn photos(ids: &[&str]) -> Value {
    let photo = |id: &&str| json!({"media_type": "photo", "target": {"id": id}});
    let all: Vec<_> = ids.iter().map(photo).collect();
    match all.as_slice() {
        [one] => json!({"data": [one]}),
        _ => {
            json!({"data": [{"media_type": "album", "target": {"id": "a1"}, "subattachments": {"data": all}}]})
        }
    }
}

fn happened(id: &str) -> Look {
    Look::Happened(
        json!({"id": id, "permalink": format!("https://fb.example/{id}"), "at_ms": NOW * 1_000}),
    )
}

fn text_only() -> Desk {
    fenced(Desk::new(TEXT, 0), 60, 0)
}

#[tokio::test]
async fn the_list_is_asked_from_before_the_first_possible_call() {
    let world = listed(&[post("501_1", json!({}))]);
    assert_eq!(
        look(&world, &text_only(), &[]).await.unwrap(),
        happened("501_1")
    );
    assert_eq!(
        world.sent(),
        [format!(
            "GET https://graph.facebook.com/v25.0/501/published_posts since={} \
             fields=id,message,created_time,permalink_url,application,\
             attachments{{media_type,target,subattachments{{media_type,target}}}} limit=100 \
             access_token=EAApage501 appsecret_proof={PROOF_PAGE}",
            NOW - 60 - 120
        )]
    );
}

#[tokio::test]
async fn what_is_another_post_does_not_settle_this_one() {
    let not_it = [
        ("text", json!({"message": "Fresh bread"})),
        ("older", json!({"created_time": at(NOW - 181).to_string()})),
        ("other app", json!({"application": {"id": "99"}})),
        ("photos", json!({"attachments": photos(&["x1"])})),
    ];
    for (what, changes) in not_it {
        let found = look(&listed(&[post("501_1", changes)]), &text_only(), &[])
            .await
            .unwrap();
        assert_eq!(found, Look::NotClear { after_ms: 45_000 }, "{what}");
    }
    for taken in ["501_1", "1"] {
        let world = listed(&[post("501_1", json!({}))]);
        let found = look(&world, &text_only(), &[taken]).await.unwrap();
        assert_eq!(found, Look::NotClear { after_ms: 45_000 }, "{taken}");
    }
}

#[tokio::test]
async fn what_the_platform_does_not_tell_speaks_against_nothing() {
    let unsaid = [
        ("app", json!({"application": null})),
        ("time", json!({"created_time": ""})),
        ("seconds", json!({"created_time": NOW - 30})),
        (
            "offset",
            json!({"created_time": at(NOW - 30).strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()}),
        ),
        (
            "link",
            json!({"attachments": {"data": [{"media_type": "link"}]}}),
        ),
    ];
    for (what, changes) in unsaid {
        let found = look(&listed(&[post("501_1", changes)]), &text_only(), &[])
            .await
            .unwrap();
        assert_eq!(found, happened("501_1"), "{what}");
    }
}

#[tokio::test]
async fn our_own_photo_tells_the_post_from_every_twin() {
    let desk = fenced(Desk::uploaded(TEXT, 1), 60, 0);
    let twin = post(
        "501_1",
        json!({"attachments": photos(&["x1"]), "created_time": at(NOW - 50).to_string()}),
    );
    let ours = post("501_2", json!({"attachments": photos(&["f0"])}));
    assert_eq!(
        look(&listed(&[ours.clone(), twin.clone()]), &desk, &[])
            .await
            .unwrap(),
        happened("501_2")
    );
    // Whether a shown photo keeps its number is not confirmed: text, time, app and count stand for it.
    assert_eq!(
        look(&listed(&[twin]), &desk, &[]).await.unwrap(),
        happened("501_1")
    );
    let mut album = fenced(Desk::uploaded("", 2), 60, 0);
    let found = post(
        "501_3",
        json!({"message": null, "attachments": photos(&["f9", "f1"])}),
    );
    assert_eq!(
        look(&listed(&[found]), &album, &[]).await.unwrap(),
        happened("501_3")
    );
    // Without words, only what hangs on it and the app tell.
    let by_count = post(
        "501_4",
        json!({"message": null, "attachments": photos(&["x", "y"])}),
    );
    assert_eq!(
        look(&listed(std::slice::from_ref(&by_count)), &album, &[])
            .await
            .unwrap(),
        happened("501_4")
    );
    let mut nobodys = by_count;
    nobodys["application"] = Value::Null;
    album.looks = 1;
    assert_eq!(
        look(&listed(&[nobodys]), &album, &[]).await.unwrap(),
        Look::NotClear { after_ms: 90_000 }
    );
}

#[tokio::test]
async fn what_hangs_on_it_decides_between_posts_with_the_same_words() {
    let desk = fenced(Desk::uploaded(TEXT, 2), 60, 0);
    let other_count = post(
        "501_1",
        json!({"attachments": photos(&["x1"]), "created_time": at(NOW - 50).to_string()}),
    );
    let same_count = post("501_2", json!({"attachments": photos(&["x1", "x2"])}));
    let untold = post("501_3", json!({"created_time": at(NOW - 55).to_string()}));
    let all = [same_count, other_count.clone(), untold];
    assert_eq!(
        look(&listed(&all), &desk, &[]).await.unwrap(),
        happened("501_2")
    );
    assert_eq!(
        look(&listed(&all), &desk, &["501_2"]).await.unwrap(),
        happened("501_3")
    );
    assert_eq!(
        look(&listed(&[other_count]), &desk, &[]).await.unwrap(),
        happened("501_1")
    );
    let link = post(
        "501_4",
        json!({"attachments": {"data": [{"media_type": "link"}]}}),
    );
    assert_eq!(
        look(&listed(&[link]), &desk, &[]).await.unwrap(),
        Look::NotClear { after_ms: 45_000 }
    );
}

#[tokio::test]
async fn absent_is_believed_only_after_all_looks_and_their_time() {
    for (seconds, looks, wanted) in [
        (0, 0, Look::NotClear { after_ms: 45_000 }),
        (45, 1, Look::NotClear { after_ms: 90_000 }),
        (100, 2, Look::NotClear { after_ms: 35_000 }),
        (135, 2, Look::DidNot),
        (134, 9, Look::NotClear { after_ms: 1_000 }),
        // A process that was gone for an hour has not looked yet.
        (3_600, 0, Look::NotClear { after_ms: 45_000 }),
        (3_600, 1, Look::NotClear { after_ms: 90_000 }),
        (3_600, 2, Look::DidNot),
    ] {
        let desk = fenced(Desk::new(TEXT, 0), seconds, looks);
        let found = look(&listed(&[]), &desk, &[]).await.unwrap();
        assert_eq!(found, wanted, "{seconds} s, {looks} looks");
    }
    // It shows late, at the last look: it is found, not sent again.
    let desk = fenced(Desk::new(TEXT, 0), 3_600, 2);
    let late = post("501_1", json!({}));
    assert_eq!(
        look(&listed(&[late]), &desk, &[]).await.unwrap(),
        happened("501_1")
    );
}

#[tokio::test]
async fn a_post_of_an_earlier_try_of_the_same_delivery_is_found() {
    let mut desk = fenced(Desk::new(TEXT, 0), 60, 0);
    desk.payload.due_at = at(NOW - 600);
    let earlier = post("501_1", json!({"created_time": at(NOW - 590).to_string()}));
    assert_eq!(
        look(&listed(&[earlier]), &desk, &[]).await.unwrap(),
        happened("501_1")
    );
}

#[tokio::test]
async fn a_list_that_is_not_whole_or_not_readable_proves_nothing() {
    let desk = fenced(Desk::new(TEXT, 0), 3_600, 5);
    let more = || json!({"data": [], "paging": {"cursors": {"after": "A"}, "next": "https://…"}});
    let endless = world().says(more()).says(more()).says(more());
    assert_eq!(
        look(&endless, &desk, &[]).await.unwrap(),
        Look::NotClear {
            after_ms: MINUTE_MS
        }
    );
    let second = world()
        .says(more())
        .says(json!({"data": [post("501_1", json!({"created_time": at(NOW - 10).to_string()}))]}));
    assert_eq!(look(&second, &desk, &[]).await.unwrap(), happened("501_1"));
    for unreadable in ["", "{}", "<html>", r#"{"error": {"code": 2}}"#] {
        let failure = look(&world().answers(200, unreadable), &desk, &[])
            .await
            .unwrap_err();
        assert!(!failure.final_answer, "{unreadable}");
    }
    let dead = look(&world().refuses(190, 460, "changed"), &desk, &[])
        .await
        .unwrap_err();
    assert!(dead.final_answer);
}

#[tokio::test]
async fn photos_may_be_uploaded_again_and_a_lost_one_begins_anew() {
    let desk = Desk::new(TEXT, 1);
    let target = desk.target();
    let world = world();
    let step = StepPlan {
        name: "photo:0".to_owned(),
        effect: Effect::Unseen,
    };
    let found = Facebook
        .look(&world.call(), &desk.publish(&target), &step, &[])
        .await;
    assert_eq!(found.unwrap(), Look::DidNot);
    assert_eq!(
        look(&world, &desk, &[]).await.unwrap(),
        Look::DidNotAndUsedUp
    );
}
