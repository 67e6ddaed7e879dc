//! Publishing as steps: once, whatever is cut off where.

use async_trait::async_trait;
use domain::Timestamp;
use domain::cause::Cause;
use platforms::Platform;
use platforms::bluesky::Bluesky;
use platforms::failure::{About, Sent};
use platforms::http::{Request, Response, SendError, Transport};
use platforms::publish::{
    Effect, Look, Next, Outcome, Payload, PayloadMedia, Publish, Published, Settles, StepDone,
    StepPlan,
};
use serde_json::{Value, json};

use super::world::*;

fn payload(text: &str, pictures: usize) -> Payload {
    let picture = |index: usize| PayloadMedia {
        sha256: format!("sha-{index}"),
        mime: "image/jpeg".to_owned(),
        width: 800,
        height: 600,
        bytes: 5,
        alt: format!("picture {index}"),
    };
    Payload {
        text: text.to_owned(),
        media: (0..pictures).map(picture).collect(),
        key: Some(KEY.to_owned()),
        created_at: Timestamp::from_second(NOW).unwrap(),
        due_at: Timestamp::from_second(NOW).unwrap(),
    }
}

fn step(payload: &Payload, done: &[StepDone]) -> StepPlan {
    match Bluesky.next(payload, done) {
        Next::Step(step) => step,
        Next::Done(published) => panic!("done already: {published:?}"),
    }
}

async fn perform(
    world: &World,
    payload: &Payload,
    done: &[StepDone],
) -> Result<Outcome, platforms::failure::Failure> {
    let tokens = tokens(world);
    let target = target(&tokens);
    let publish = Publish {
        target: &target,
        payload,
        media: world,
        done,
        fenced_at: None,
        looks: 0,
    };
    Bluesky
        .perform(&world.call(), &publish, &step(payload, done))
        .await
}

async fn look(
    world: &World,
    payload: &Payload,
    done: &[StepDone],
) -> Result<Look, platforms::failure::Failure> {
    let tokens = tokens(world);
    let target = target(&tokens);
    let publish = Publish {
        target: &target,
        payload,
        media: world,
        done,
        fenced_at: None,
        looks: 0,
    };
    Bluesky
        .look(&world.call(), &publish, &step(payload, done), &[])
        .await
}

/// Goes on from the steps that are done to the end; gives the names of the steps it made.
async fn go_on(
    world: &World,
    payload: &Payload,
    done: &mut Vec<StepDone>,
) -> (Vec<String>, Published) {
    let mut made = Vec::new();
    loop {
        match Bluesky.next(payload, done) {
            Next::Done(published) => return (made, published),
            Next::Step(plan) => {
                let Ok(Outcome::Done(output)) = perform(world, payload, done).await else {
                    panic!("{} did not go well", plan.name);
                };
                made.push(plan.name.clone());
                done.push(StepDone {
                    name: plan.name,
                    output,
                });
            }
        }
    }
}

#[tokio::test]
async fn pictures_then_mentions_then_the_record() {
    let world = World::new();
    let payload = payload(
        "Grüße @anna.example.org and @nobody.example.org 👋 https://example.org #hi",
        2,
    );
    let mut done = Vec::new();
    let (made, published) = go_on(&world, &payload, &mut done).await;
    assert_eq!(made, ["blob:0", "blob:1", "mentions", "put"]);
    assert_eq!(
        published.remote_id,
        Some(format!("at://{DID}/app.bsky.feed.post/{KEY}"))
    );
    assert_eq!(
        published.permalink,
        Some(format!("https://bsky.app/profile/{DID}/post/{KEY}"))
    );

    let record = world.record(KEY).unwrap();
    assert_eq!(record["$type"], "app.bsky.feed.post");
    assert_eq!(record["text"], payload.text);
    assert_eq!(record["createdAt"], "2027-01-15T08:00:00.000Z");
    assert_eq!(record["embed"]["images"][1]["alt"], "picture 1");
    assert_eq!(
        record["embed"]["images"][0]["aspectRatio"],
        json!({ "width": 800, "height": 600 })
    );
    assert_eq!(
        record["embed"]["images"][0]["image"]["ref"]["$link"],
        "bafkreipicture"
    );
    let kinds: Vec<&str> = record["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["features"][0]["$type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "app.bsky.richtext.facet#mention",
            "app.bsky.richtext.facet#link",
            "app.bsky.richtext.facet#tag"
        ]
    );
    assert_eq!(record["facets"][0]["features"][0]["did"], DID);

    let put = world.seen("bluesky.put_record").pop().unwrap();
    assert_eq!(
        (put.json["repo"].as_str(), put.json["rkey"].as_str()),
        (Some(DID), Some(KEY))
    );
    assert_eq!(put.json["validate"], true);
    let upload = world.seen("bluesky.upload_blob");
    assert_eq!(
        upload.len(),
        2,
        "the nonce came first, so that no picture is sent twice"
    );
    assert_eq!(upload[0].mime, "image/jpeg");
}

#[tokio::test]
async fn text_alone_is_one_step() {
    let world = World::new();
    let payload = payload("plain", 0);
    assert_eq!(
        step(&payload, &[]),
        StepPlan {
            name: "put".to_owned(),
            effect: Effect::Shows(Settles::Key)
        }
    );
    let (made, _) = go_on(&world, &payload, &mut Vec::new()).await;
    assert_eq!(made, ["put"]);
    let record = world.record(KEY).unwrap();
    assert!(record.get("facets").is_none() && record.get("embed").is_none());
}

/// After a crash at any step, with its answer lost or not, the rest goes on and one record stands.
#[tokio::test]
async fn a_crash_at_each_step_leaves_one_record() {
    let payload = payload("hello @anna.example.org", 2);
    for cut in 0..4 {
        let world = World::new();
        let mut done = Vec::new();
        for _ in 0..cut {
            let plan = step(&payload, &done);
            let Ok(Outcome::Done(output)) = perform(&world, &payload, &done).await else {
                panic!("{}", plan.name)
            };
            done.push(StepDone {
                name: plan.name,
                output,
            });
        }
        // Performed, and the ledger never heard of it.
        let lost = step(&payload, &done);
        perform(&world, &payload, &done).await.unwrap();
        let stood = world.record(KEY);
        assert_eq!(stood.is_some(), lost.name == "put");
        assert_eq!(
            step(&payload, &done),
            lost,
            "the same question, the same answer"
        );
        if matches!(lost.effect, Effect::Shows(_)) {
            let Look::Happened(output) = look(&world, &payload, &done).await.unwrap() else {
                panic!("not seen")
            };
            assert_eq!(
                output["uri"],
                format!("at://{DID}/app.bsky.feed.post/{KEY}")
            );
        }
        let (_, published) = go_on(&world, &payload, &mut done).await;
        assert!(published.remote_id.is_some());
        assert!(
            stood.is_none_or(|stood| Some(stood) == world.record(KEY)),
            "cut at {cut}"
        );
    }
}

#[tokio::test]
async fn a_key_that_is_taken_is_ours_and_nothing_is_put_over_it() {
    let payload = payload("hello", 0);
    let world = World::new();
    // Ours, though not byte by byte: a server may have added to it.
    let there = json!({ "text": "hello", "createdAt": "2027-01-15T08:00:00.000Z", "extra": 1 });
    world.put_record(KEY, there.clone());
    let Outcome::Done(output) = perform(&world, &payload, &[]).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(
        output["uri"],
        format!("at://{DID}/app.bsky.feed.post/{KEY}")
    );
    assert_eq!(world.record(KEY), Some(there));

    world.put_record(
        KEY,
        json!({ "text": "another", "createdAt": "2027-01-15T08:00:00.000Z" }),
    );
    // An earlier try, before the words were changed.
    let found = perform(&world, &payload, &[]).await.unwrap();
    assert!(matches!(found, Outcome::Done(_)), "{found:?}");
    assert_eq!(
        world.record(KEY).unwrap()["text"],
        "another",
        "nothing is overwritten"
    );

    // Taken, but the look is not answered: it may be ours.
    world.answer(
        "bluesky.get_record",
        Err(SendError::NoAnswer("slow".to_owned())),
    );
    let failure = perform(&world, &payload, &[]).await.unwrap_err();
    assert_eq!((failure.sent, failure.final_answer), (Sent::Maybe, false));
}

#[tokio::test]
async fn refusals_of_a_record_mean_what_they_say() {
    let payload = payload("hello", 0);
    let world = World::new();
    world.answer(
        "bluesky.put_record",
        Ok(error(400, "BlobNotFound", "Could not find blob: bafk")),
    );
    assert_eq!(
        perform(&world, &payload, &[]).await.unwrap(),
        Outcome::Restart
    );
    world.answer("bluesky.put_record", Ok(error(401, "invalid_token", "exp")));
    let failure = perform(&world, &payload, &[]).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.about, failure.sent),
        (Cause::LifespanEnded, About::Login, Sent::No)
    );
    assert!(!failure.final_answer);
    world.answer(
        "bluesky.put_record",
        Ok(error(500, "InternalServerError", "")),
    );
    assert_eq!(
        perform(&world, &payload, &[]).await.unwrap_err().sent,
        Sent::Maybe
    );
    world.answer(
        "bluesky.put_record",
        Err(SendError::NoAnswer(String::new())),
    );
    assert_eq!(
        perform(&world, &payload, &[]).await.unwrap_err().sent,
        Sent::Maybe
    );
    // Steps that are gone from the ledger: begin again rather than send half a post.
    let (tokens, mut with_picture) = (tokens(&world), payload.clone());
    with_picture.media = self::payload("", 1).media;
    let target = target(&tokens);
    let publish = Publish {
        target: &target,
        payload: &with_picture,
        media: &world,
        done: &[],
        fenced_at: None,
        looks: 0,
    };
    let put = StepPlan {
        name: "put".to_owned(),
        effect: Effect::Shows(Settles::Key),
    };
    assert_eq!(
        Bluesky
            .perform(&world.call(), &publish, &put)
            .await
            .unwrap(),
        Outcome::Restart
    );
}

#[tokio::test]
async fn a_picture_that_is_gone_fails_the_post_before_anything_is_sent() {
    let world = World::new();
    let mut payload = payload("hello", 1);
    payload.media[0].sha256 = "gone".to_owned();
    let failure = perform(&world, &payload, &[]).await.unwrap_err();
    assert_eq!(
        (failure.evidence.code.as_str(), failure.sent),
        ("media_missing", Sent::No)
    );
    assert!(failure.rejects_post());
    assert!(world.seen("bluesky.nonce").is_empty());
}

#[tokio::test]
async fn a_resolver_that_is_down_holds_the_mentions_back() {
    let world = World::new();
    let payload = payload("@anna.example.org", 0);
    world.answer(
        "bluesky.resolve_handle",
        Ok(error(503, "NotEnoughResources", "")),
    );
    let failure = perform(&world, &payload, &[]).await.unwrap_err();
    assert_eq!(failure.cause, Cause::PlatformOutage);
    // Frozen: what the ledger holds decides, not what the resolver says later.
    let none = StepDone {
        name: "mentions".to_owned(),
        output: json!({ "dids": {} }),
    };
    perform(&world, &payload, &[none]).await.unwrap();
    assert!(world.record(KEY).unwrap().get("facets").is_none());
}

#[tokio::test]
async fn a_look_tells_there_from_not_there_from_unclear() {
    let payload = payload("hello", 0);
    let world = World::new();
    assert_eq!(look(&world, &payload, &[]).await.unwrap(), Look::DidNot);
    assert!(
        world.seen("bluesky.get_record")[0].proof.is_none(),
        "a look needs no login"
    );
    perform(&world, &payload, &[]).await.unwrap();
    assert!(matches!(
        look(&world, &payload, &[]).await.unwrap(),
        Look::Happened(_)
    ));
    for reply in [
        Err(SendError::NotSent("refused".to_owned())),
        Err(SendError::NoAnswer("slow".to_owned())),
        Ok(error(503, "NotEnoughResources", "")),
        Ok(error(400, "InvalidRequest", "strange")),
        Ok(ok(Value::Null)),
        Ok(error(404, "", "")),
    ] {
        world.answer("bluesky.get_record", reply);
        assert_eq!(
            look(&world, &payload, &[]).await.unwrap(),
            Look::NotClear { after_ms: 60_000 }
        );
    }
    let slow = with_header("retry-after", "300", error(429, "RateLimitExceeded", ""));
    world.answer("bluesky.get_record", Ok(slow));
    assert_eq!(
        look(&world, &payload, &[]).await.unwrap(),
        Look::NotClear { after_ms: 300_000 }
    );
    world.answer("bluesky.get_record", Ok(error(400, "RepoDeactivated", "")));
    assert_eq!(
        look(&world, &payload, &[]).await.unwrap_err().cause,
        Cause::AccountInactive
    );
}

/// Loses the answer to the first record, as a network does.
struct Lossy<'a>(&'a World);

#[async_trait]
impl Transport for Lossy<'_> {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let operation = request.operation;
        let answer = self.0.send(request).await?;
        if operation == "bluesky.put_record" && answer.status == 200 {
            return Err(SendError::NoAnswer("lost".to_owned()));
        }
        Ok(answer)
    }
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_key() {
    let world = World::new();
    let payload = payload("hello", 0);
    let tokens = tokens(&world);
    let target = target(&tokens);
    let publish = Publish {
        target: &target,
        payload: &payload,
        media: &world,
        done: &[],
        fenced_at: None,
        looks: 0,
    };
    let out = Lossy(&world);
    let lossy = platforms::call::Call {
        out: &out,
        ..world.call()
    };
    let plan = step(&payload, &[]);
    let failure = Bluesky.perform(&lossy, &publish, &plan).await.unwrap_err();
    assert_eq!(failure.sent, Sent::Maybe);
    let Look::Happened(seen) = Bluesky
        .look(&world.call(), &publish, &plan, &[])
        .await
        .unwrap()
    else {
        panic!("unseen")
    };
    // Sent again all the same: nothing is doubled, and the answer is the same.
    let Outcome::Done(again) = Bluesky
        .perform(&world.call(), &publish, &plan)
        .await
        .unwrap()
    else {
        panic!("not done")
    };
    assert_eq!(again, seen);
}
