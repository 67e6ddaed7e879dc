//! Publishing: the steps, what is sent, and what is not sent twice.

use domain::cause::Cause;
use platforms::Platform;
use platforms::facebook::Facebook;
use platforms::failure::{About, Failure, Sent};
use platforms::http::SendError;
use platforms::publish::{Effect, Next, Outcome, Published, Settles, StepPlan};
use serde_json::{Value, json};

use super::desk::{Desk, world};
use crate::instagram::script::{NOW, PROOF_PAGE, World, at};

fn next(desk: &Desk) -> Next {
    Facebook.next(&desk.payload, &desk.done)
}

fn step(desk: &Desk) -> StepPlan {
    match next(desk) {
        Next::Step(step) => step,
        Next::Done(published) => panic!("done: {published:?}"),
    }
}

async fn perform(world: &World, desk: &Desk) -> Result<Outcome, Failure> {
    let target = desk.target();
    let outcome = Facebook
        .perform(&world.call(), &desk.publish(&target), &step(desk))
        .await;
    world.sent();
    outcome
}

fn output(outcome: Result<Outcome, Failure>) -> Value {
    match outcome.unwrap() {
        Outcome::Done(output) => output,
        other => panic!("{other:?}"),
    }
}

#[test]
fn photos_come_first_then_the_one_step_that_shows() {
    let mut desk = Desk::new("Bread", 2);
    for name in ["photo:0", "photo:1"] {
        let plan = step(&desk);
        assert_eq!((plan.name.as_str(), plan.effect), (name, Effect::Unseen));
        desk = desk.done(name, json!({"id": name}));
    }
    let plan = step(&desk);
    assert_eq!(plan.name, "post");
    let Effect::Shows(Settles::Lookup { waits_ms, trusted }) = plan.effect else {
        panic!("{plan:?}");
    };
    assert!(trusted && waits_ms.len() == 2 && waits_ms.iter().all(|wait| *wait >= 30_000));
    let desk = desk.done("post", json!({"id": "501_1"}));
    let plan = step(&desk);
    assert_eq!(
        (plan.name.as_str(), plan.effect),
        ("permalink", Effect::FollowUp)
    );
    let desk = desk.done("permalink", json!({"permalink": "https://fb.example/1"}));
    assert_eq!(
        next(&desk),
        Next::Done(Published {
            remote_id: Some("501_1".to_owned()),
            permalink: Some("https://fb.example/1".to_owned())
        })
    );
}

#[test]
fn an_address_that_is_known_or_that_nobody_knows_is_not_asked_for_again() {
    let found = Desk::new("Bread", 0).done(
        "post",
        json!({"id": "501_1", "permalink": "https://fb.example/1"}),
    );
    assert!(
        matches!(next(&found), Next::Done(published) if published.permalink.as_deref() == Some("https://fb.example/1"))
    );
    let never = Desk::new("Bread", 0)
        .done("post", json!({"id": "501_1"}))
        .done("permalink", json!({"permalink": null}));
    assert!(matches!(next(&never), Next::Done(published) if published.permalink.is_none()));
}

#[tokio::test]
async fn a_photo_is_uploaded_unseen_with_its_bytes_and_description() {
    let world = world().says(json!({"id": 9001}));
    let made = perform(&world, &Desk::new("Bread", 1)).await;
    assert_eq!(output(made), json!({"id": "9001"}));
    let part = |name: &str, value: &str| {
        format!("--mainstay-p0|Content-Disposition: form-data; name=\"{name}\"||{value}|")
    };
    let file = "--mainstay-p0|Content-Disposition: form-data; name=\"source\"; filename=\"photo.jpeg\"|\
        Content-Type: image/jpeg||bytes-p0|--mainstay-p0--|";
    assert_eq!(
        world.sent(),
        [format!(
            "POST https://graph.facebook.com/v25.0/501/photos multipart/form-data; boundary=mainstay-p0|{}{}{}{}{file}",
            part("published", "false"),
            part("alt_text_custom", "Bread"),
            part("access_token", "EAApage501"),
            part("appsecret_proof", PROOF_PAGE),
        )]
    );
}

#[tokio::test]
async fn photos_that_cannot_be_taken_are_the_authors() {
    let mut gone = Desk::new("Bread", 1);
    gone.payload.media[0].sha256 = "gone".to_owned();
    let failure = perform(&world(), &gone).await.unwrap_err();
    assert!(failure.rejects_post() && failure.sent == Sent::No);
    for (code, subcode) in [(100, 1_366_046), (100, 0)] {
        let refused = world().refuses(code, subcode, "Your photos couldn't be uploaded");
        let failure = perform(&refused, &Desk::new("Bread", 1)).await.unwrap_err();
        assert_eq!(
            (failure.cause, failure.about),
            (Cause::ContentRejected, About::Post)
        );
        assert!(failure.rejects_post(), "{code}/{subcode}");
    }
    let without_id = world().says(json!({"id": ""}));
    let failure = perform(&without_id, &Desk::new("Bread", 1))
        .await
        .unwrap_err();
    assert!(!failure.final_answer);
}

#[tokio::test]
async fn text_links_and_photos_are_shown_by_one_call() {
    let asked = |rest: &str| {
        format!(
            "POST https://graph.facebook.com/v25.0/501/feed {rest} access_token=EAApage501 appsecret_proof={PROOF_PAGE}"
        )
    };
    let text = "Read https://bakery.example/bread?x=1, and http://b.example.";
    for (desk, rest) in [
        (
            Desk::new("Fresh bread", 0),
            "message=Fresh bread".to_owned(),
        ),
        (
            Desk::new(text, 0),
            format!("message={text} link=https://bakery.example/bread?x=1"),
        ),
        (
            Desk::new("bakery.example or ftp://b.example", 0),
            "message=bakery.example or ftp://b.example".to_owned(),
        ),
        (
            Desk::uploaded(text, 1),
            format!("message={text} attached_media=[{{\"media_fbid\":\"f0\"}}]"),
        ),
        (
            Desk::uploaded("", 2),
            "attached_media=[{\"media_fbid\":\"f0\"},{\"media_fbid\":\"f1\"}]".to_owned(),
        ),
    ] {
        let world = world().says(json!({"id": "501_77"}));
        let shown = perform(&world, &desk).await;
        assert_eq!(output(shown), json!({"id": "501_77", "at_ms": NOW * 1_000}));
        assert_eq!(world.sent(), [asked(&rest)]);
    }
}

#[tokio::test]
async fn a_photo_that_has_no_number_is_uploaded_again() {
    let desk = Desk::new("Bread", 1).done("photo:0", json!({}));
    assert_eq!(perform(&world(), &desk).await.unwrap(), Outcome::Restart);
}

#[tokio::test]
async fn answers_after_which_the_post_may_be_out_are_unclear() {
    let desk = || Desk::new("Bread", 0);
    let refused = |status: u16, code: i64| {
        let body = json!({"error": {"code": code, "message": "An unknown error has occurred"}});
        world().answers(status, &body.to_string())
    };
    for (what, world) in [
        ("500 code 2", refused(500, 2)),
        ("400 code 1", refused(400, 1)),
        ("500 code 100", refused(500, 100)),
        (
            "html",
            world().answers(200, "<html>Sorry, something went wrong</html>"),
        ),
        ("empty", world().says(json!({}))),
        ("no id", world().says(json!({"id": ""}))),
        ("unmapped", refused(400, 4_711)),
        (
            "silence",
            world().falls_silent(SendError::NoAnswer("timed out".to_owned())),
        ),
        (
            "already posted",
            world().refuses(100, 1_366_051, "Already posted"),
        ),
    ] {
        let failure = perform(&world, &desk()).await.unwrap_err();
        assert_eq!(failure.sent, Sent::Maybe, "{what}");
    }
    let unsent = world().falls_silent(SendError::NotSent("refused".to_owned()));
    assert_eq!(perform(&unsent, &desk()).await.unwrap_err().sent, Sent::No);
    // Documented refusals: nothing was posted.
    for (code, subcode) in [(190, 460), (200, 0), (4, 0), (368, 0), (200, 1_390_008)] {
        let failure = perform(&world().refuses(code, subcode, "no"), &desk())
            .await
            .unwrap_err();
        assert_eq!(failure.sent, Sent::No, "{code}/{subcode}");
    }
}

#[tokio::test]
async fn a_link_that_could_not_be_read_is_tried_once_more() {
    let linked = || Desk::new("https://b.example", 0);
    let world = || world().refuses(1_609_005, 0, "Error parsing input URL");
    let shown = perform(&world().says(json!({"id": "501_1"})), &linked()).await;
    assert_eq!(output(shown)["id"], "501_1");
    let twice = world().refuses(100, 1_609_005, "Error parsing input URL");
    let failure = perform(&twice, &linked()).await.unwrap_err();
    assert!(failure.rejects_post());
    // Not after an answer that leaves open whether it was posted.
    let body = json!({"error": {"code": 1_609_005, "message": "Error"}}).to_string();
    let unclear = super::desk::world().answers(500, &body);
    assert_eq!(
        perform(&unclear, &linked()).await.unwrap_err().sent,
        Sent::Maybe
    );
}

#[tokio::test]
async fn a_twin_is_anothers_only_if_it_is_older_than_this_post_could_be() {
    let twin = |seconds: i64| json!({"id": "501_5", "message": "Bread", "created_time": at(NOW + seconds).to_string()});
    let refused = || world().refuses(506, 0, "Duplicate status message");
    let listed = |posts: Vec<Value>| refused().says(json!({ "data": posts }));
    for (what, world, sent) in [
        ("yesterday's", listed(vec![twin(-40_000)]), Sent::No),
        ("a new one", listed(vec![twin(0)]), Sent::Maybe),
        ("both", listed(vec![twin(0), twin(-40_000)]), Sent::Maybe),
        ("none yet", listed(vec![]), Sent::Maybe),
        ("no list", refused().answers(500, ""), Sent::Maybe),
    ] {
        let failure = perform(&world, &Desk::new("Bread", 0)).await.unwrap_err();
        assert_eq!(
            (failure.sent, failure.rejects_post()),
            (sent, true),
            "{what}"
        );
    }
}

#[tokio::test]
async fn the_address_is_read_from_the_post() {
    let desk = Desk::new("Bread", 0).done("post", json!({"id": "501_77"}));
    let world = world().says(json!({"id": "501_77", "permalink_url": "https://fb.example/77"}));
    let read = perform(&world, &desk).await;
    assert_eq!(output(read), json!({"permalink": "https://fb.example/77"}));
    assert_eq!(
        world.sent(),
        [format!(
            "GET https://graph.facebook.com/v25.0/501_77 fields=id,permalink_url access_token=EAApage501 \
             appsecret_proof={PROOF_PAGE}"
        )]
    );
}
