//! Publishing, step by step, one picture and a carousel, and what each step makes of its answers.

use domain::cause::Cause;
use domain::schedule::HOUR_MS;
use platforms::Platform;
use platforms::failure::{About, Failure, Sent};
use platforms::http::SendError;
use platforms::instagram::Instagram;
use platforms::publish::{Effect, Next, Outcome, Published, Settles, StepDone, StepPlan};
use serde_json::{Value, json};

use super::script::{ACCOUNT, Desk, NOW, PROOF_PAGE, PROOF_PERSON, World, payload};

const NOW_MS: i64 = NOW * 1_000;

fn step(name: &str) -> StepPlan {
    let effect = match name {
        "publish" => Effect::Shows(Settles::Key),
        "find" | "permalink" => Effect::FollowUp,
        _ => Effect::Unseen,
    };
    StepPlan {
        name: name.to_owned(),
        effect,
    }
}

async fn perform(world: &World, desk: &Desk, name: &str) -> Result<Outcome, Failure> {
    let target = desk.target();
    Instagram
        .perform(&world.call(), &desk.publish(&target), &step(name))
        .await
}

fn made(id: &str) -> Value {
    json!({"id": id, "made_at_ms": NOW_MS})
}

fn ready() -> Value {
    json!({"status": "FINISHED", "at_ms": NOW_MS})
}

/// Asks for step after step, as an engine would that lost its memory before each.
fn walk(pictures: usize, outputs: impl Fn(&str) -> Value) -> (Vec<StepPlan>, Published) {
    let payload = payload(pictures);
    let (mut done, mut steps) = (Vec::new(), Vec::new());
    loop {
        match Instagram.next(&payload, &done) {
            Next::Step(plan) => {
                assert_eq!(
                    Instagram.next(&payload, &done),
                    Next::Step(plan.clone()),
                    "pure"
                );
                done.push(StepDone {
                    name: plan.name.clone(),
                    output: outputs(&plan.name),
                });
                steps.push(plan);
            }
            Next::Done(published) => return (steps, published),
        }
    }
}

#[test]
fn one_picture_goes_out_in_four_steps() {
    let (steps, published) = walk(1, |name| match name {
        "publish" => json!({"id": "18001", "at_ms": NOW_MS}),
        "permalink" => json!({"permalink": "https://www.instagram.com/p/a/"}),
        _ => made("c"),
    });
    assert_eq!(
        steps,
        ["container", "ready", "publish", "permalink"].map(step)
    );
    assert_eq!(published.remote_id.as_deref(), Some("18001"));
    assert_eq!(
        published.permalink.as_deref(),
        Some("https://www.instagram.com/p/a/")
    );
}

#[test]
fn a_carousel_makes_all_its_items_before_it_waits() {
    let (steps, published) = walk(3, |name| match name {
        "publish" => json!({"id": null, "at_ms": NOW_MS}),
        "find" => json!({"id": "18001"}),
        "permalink" => json!({"permalink": null}),
        _ => made("c"),
    });
    let names = [
        "container:0",
        "container:1",
        "container:2",
        "ready:0",
        "ready:1",
        "ready:2",
        "container",
        "ready",
        "publish",
        "find",
        "permalink",
    ];
    assert_eq!(steps, names.map(step));
    assert_eq!(
        published,
        Published {
            remote_id: Some("18001".to_owned()),
            permalink: None
        }
    );
}

#[test]
fn a_post_whose_id_is_given_up_is_out_all_the_same() {
    let (steps, published) = walk(1, |name| {
        if name == "container" {
            made("c")
        } else {
            json!({"id": null})
        }
    });
    assert_eq!(steps, ["container", "ready", "publish", "find"].map(step));
    assert_eq!(published, Published::default());
}

#[test]
fn a_container_that_is_out_already_is_not_published_again() {
    let (steps, _) = walk(1, |name| {
        if name == "ready" {
            json!({"status": "PUBLISHED"})
        } else {
            json!({"id": null})
        }
    });
    assert_eq!(steps, ["container", "ready", "find"].map(step));
}

#[tokio::test]
async fn containers_are_asked_for_as_documented() {
    let world = World::instagram().says(json!({"id": "c0"}));
    let outcome = perform(&world, &Desk::instagram(1), "container")
        .await
        .unwrap();
    assert_eq!(outcome, Outcome::Done(made("c0")));
    assert_eq!(
        world.sent(),
        [format!(
            "POST https://graph.instagram.com/v25.0/{ACCOUNT}/media image_url=https://plan.example/m/p0 \
         caption=Fresh bread\n#sourdough alt_text=Bread access_token=IGAAlive"
        )]
    );

    let world = World::facebook().says(json!({"id": 17}));
    let outcome = perform(&world, &Desk::facebook(2), "container:1")
        .await
        .unwrap();
    assert_eq!(outcome, Outcome::Done(made("17")));
    assert_eq!(
        world.sent(),
        [format!(
            "POST https://graph.facebook.com/v25.0/{ACCOUNT}/media image_url=https://plan.example/m/p1 \
         is_carousel_item=true access_token=EAApage501 appsecret_proof={PROOF_PAGE}"
        )]
    );

    let desk = Desk::instagram(2).done(&[("container:0", made("c0")), ("container:1", made("c1"))]);
    let world = World::instagram().says(json!({"id": "cc"}));
    perform(&world, &desk, "container").await.unwrap();
    assert_eq!(
        world.sent(),
        [format!(
            "POST https://graph.instagram.com/v25.0/{ACCOUNT}/media media_type=CAROUSEL children=c0,c1 \
         caption=Fresh bread\n#sourdough access_token=IGAAlive"
        )]
    );
}

#[tokio::test]
async fn pictures_need_a_public_ascii_address() {
    let mut desk = Desk::instagram(1);
    desk.public = Some("https://bäckerei.example/bröt/");
    let world = World::instagram().says(json!({"id": "c0"}));
    perform(&world, &desk, "container").await.unwrap();
    assert!(
        world.sent()[0].contains("image_url=https://xn--bckerei-5wa.example/br%C3%B6t/p0 "),
        "{:?}",
        world.sent()
    );

    desk.public = None;
    let world = World::instagram();
    let failure = perform(&world, &desk, "container").await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.about, failure.sent),
        (Cause::AppMisconfigured, About::App, Sent::No)
    );
    assert!(failure.evidence.message.contains("public address"));

    let failure = perform(&world, &Desk::instagram(0), "container")
        .await
        .unwrap_err();
    assert!(failure.rejects_post());
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_container_is_asked_for_until_it_is_ready() {
    let state =
        |code: &str, status: &str| json!({"status_code": code, "status": status, "id": "c0"});
    let asked = async |state: Value, age_ms: i64| {
        let made = json!({"id": "c0", "made_at_ms": NOW_MS - age_ms});
        let desk = Desk::instagram(1).done(&[("container", made)]);
        let world = World::instagram().says(state);
        let outcome = perform(&world, &desk, "ready").await;
        assert_eq!(
            world.sent(),
            [
                "GET https://graph.instagram.com/v25.0/c0 fields=status_code,status access_token=IGAAlive"
            ]
        );
        outcome
    };
    assert_eq!(
        asked(state("FINISHED", ""), 0).await.unwrap(),
        Outcome::Done(ready())
    );
    for (age_ms, after_ms) in [(0, 3_000), (20_000, 10_000), (600_000, 60_000)] {
        let outcome = asked(state("IN_PROGRESS", ""), age_ms).await.unwrap();
        assert_eq!(outcome, Outcome::Again { after_ms }, "{age_ms}");
    }
    assert_eq!(
        asked(state("EXPIRED", ""), 0).await.unwrap(),
        Outcome::Restart
    );
    for status in [
        "2207032",
        "Error: Media upload has failed with error code 2207052",
    ] {
        assert_eq!(
            asked(state("ERROR", status), 0).await.unwrap(),
            Outcome::Restart,
            "{status}"
        );
    }
    let failure = asked(
        state("ERROR", "Error: the ratio (2207009) is not supported"),
        0,
    )
    .await
    .unwrap_err();
    assert!(failure.rejects_post() && failure.sent == Sent::No);
    assert_eq!(failure.evidence.subcode, "2207009");
    let failure = asked(state("ERROR", "Error 2207999"), 0).await.unwrap_err();
    assert!(!failure.evidence.mapped && !failure.final_answer && failure.cause == Cause::Unknown);
}

#[tokio::test]
async fn through_facebook_hidden_objects_are_asked_for_with_the_persons_token() {
    let desk = Desk::facebook(1).done(&[("container", made("c0"))]);
    for (code, subcode) in [(100, 33), (10, 0)] {
        let world = World::facebook()
            .refuses(code, subcode, "cannot be loaded")
            .says(json!({"status_code": "FINISHED"}));
        assert_eq!(
            perform(&world, &desk, "ready").await.unwrap(),
            Outcome::Done(ready())
        );
        let address =
            "GET https://graph.facebook.com/v25.0/c0 fields=status_code,status access_token";
        assert_eq!(
            world.sent(),
            [
                format!("{address}=EAApage501 appsecret_proof={PROOF_PAGE}"),
                format!("{address}=EAAperson appsecret_proof={PROOF_PERSON}"),
            ]
        );
    }
    // The end of the person's token is no end of the channel: the first refusal stands.
    let world = World::facebook()
        .refuses(100, 33, "hidden")
        .refuses(190, 463, "expired");
    let failure = perform(&world, &desk, "ready").await.unwrap_err();
    assert_eq!(
        (failure.evidence.code.as_str(), failure.final_answer),
        ("100", false)
    );
    world.sent();
}

#[tokio::test]
async fn publishing_names_the_container_and_keeps_the_id() {
    let desk = Desk::instagram(1).done(&[("container", made("c0")), ("ready", ready())]);
    let world = World::instagram().says(json!({"id": "18001"}));
    let outcome = perform(&world, &desk, "publish").await.unwrap();
    assert_eq!(
        outcome,
        Outcome::Done(json!({"id": "18001", "at_ms": NOW_MS}))
    );
    assert_eq!(
        world.sent(),
        [format!(
            "POST https://graph.instagram.com/v25.0/{ACCOUNT}/media_publish creation_id=c0 access_token=IGAAlive"
        )]
    );
}

#[tokio::test]
async fn an_unclear_answer_to_publishing_may_have_shown_it() {
    let desk = || Desk::instagram(1).done(&[("container", made("c0")), ("ready", ready())]);
    let unclear = [
        World::instagram().falls_silent(SendError::NoAnswer("timed out".to_owned())),
        World::instagram().answers(500, "<html>"),
        World::instagram().answers(200, "<html>"),
        World::instagram().says(json!({"success": true})),
        World::instagram().refuses(-1, 2_207_001, "Instagram server error"),
        World::instagram().refuses(
            24,
            2_207_008,
            "The media builder does not exist or has expired",
        ),
        World::instagram().refuses(4, 2_207_051, "We restrict certain activity"),
        World::instagram().refuses(4_711, 0, "new"),
    ];
    for world in unclear {
        let failure = perform(&world, &desk(), "publish").await.unwrap_err();
        assert_eq!(failure.sent, Sent::Maybe, "{failure}");
    }
    let certain = [
        World::instagram().falls_silent(SendError::NotSent("refused".to_owned())),
        World::instagram().refuses(9_007, 2_207_027, "Media ID is not available"),
        World::instagram().refuses(9, 2_207_042, "quota"),
        World::instagram().refuses(190, 460, "password"),
    ];
    for world in certain {
        let failure = perform(&world, &desk(), "publish").await.unwrap_err();
        assert_eq!(failure.sent, Sent::No, "{failure}");
    }
}

#[tokio::test]
async fn an_old_container_is_not_published() {
    let old = json!({"id": "c1", "made_at_ms": NOW_MS - 23 * HOUR_MS - 1});
    let desk = Desk::instagram(2).done(&[
        ("container:0", old),
        ("container", made("cc")),
        ("ready", ready()),
    ]);
    let world = World::instagram();
    assert_eq!(
        perform(&world, &desk, "publish").await.unwrap(),
        Outcome::Restart
    );
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn the_id_is_looked_for_by_text_time_and_number_and_then_given_up() {
    let post = |id: &str, caption: &str, minutes: i64| json!({"id": id, "caption": caption, "timestamp": super::script::at(NOW + minutes * 60).to_string()});
    let list = json!({"data": [
        post("5", "Something else", 1),
        post("4", "Fresh  bread\n#sourdough ", 2),
        post("3", "Fresh bread\n#sourdough", 1),
        post("2", "Fresh bread\n#sourdough", 1),
        post("1", "Fresh bread\n#sourdough", -600),
    ]});
    let desk = |age_ms: i64| {
        let published = json!({"id": null, "at_ms": NOW_MS - age_ms, "taken": ["2"]});
        Desk::instagram(1).done(&[
            ("container", made("c0")),
            ("ready", ready()),
            ("publish", published),
        ])
    };
    let world = World::instagram().says(list);
    assert_eq!(
        perform(&world, &desk(0), "find").await.unwrap(),
        Outcome::Done(json!({"id": "3"}))
    );
    assert_eq!(
        world.sent(),
        [format!(
            "GET https://graph.instagram.com/v25.0/{ACCOUNT}/media fields=id,caption,timestamp,permalink,children{{id}} \
         limit=25 access_token=IGAAlive"
        )]
    );
    for (age_ms, outcome) in [
        (0, Outcome::Again { after_ms: 10_000 }),
        (60_000, Outcome::Again { after_ms: 30_000 }),
        (600_000, Outcome::Done(json!({"id": null}))),
    ] {
        let world = World::instagram().says(json!({"data": []}));
        assert_eq!(
            perform(&world, &desk(age_ms), "find").await.unwrap(),
            outcome
        );
    }
}

#[tokio::test]
async fn the_permalink_is_read_last() {
    let desk = Desk::facebook(1).done(&[("publish", json!({"id": "18001"}))]);
    let world = World::facebook()
        .refuses(100, 33, "hidden")
        .says(json!({"permalink": "https://www.instagram.com/p/a/", "id": "18001"}));
    let outcome = perform(&world, &desk, "permalink").await.unwrap();
    assert_eq!(
        outcome,
        Outcome::Done(json!({"permalink": "https://www.instagram.com/p/a/"}))
    );
    assert!(
        world.sent()[1]
            .starts_with("GET https://graph.facebook.com/v25.0/18001 fields=permalink,timestamp ")
    );
}
