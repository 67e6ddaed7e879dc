//! Whether a login can post to a Page.

use domain::cause::Cause;
use domain::grant::Verdict;
use platforms::Platform;
use platforms::account::Proof;
use platforms::facebook::Facebook;
use platforms::failure::{About, Failure};
use serde_json::{Value, json};

use super::desk::{Desk, world};
use super::sign_in::inspected;
use crate::instagram::script::{PROOF_APP, PROOF_PAGE, World};

async fn probe(world: &World) -> Result<Proof, Failure> {
    let desk = Desk::new("", 0);
    let proof = Facebook.probe(&world.call(), &desk.target()).await;
    world.sent();
    proof
}

fn page(tasks: &[&str]) -> Value {
    json!({"id": "501", "name": "Anna's Bakery", "username": "annasbakery", "tasks": tasks})
}

fn dead(error: Value) -> Value {
    json!({"data": {"app_id": "7001", "is_valid": false, "expires_at": 0, "error": error}})
}

#[tokio::test]
async fn the_pages_token_is_inspected_and_the_page_asked() {
    let world = world()
        .says(inspected("PAGE", "501"))
        .says(page(&["CREATE_CONTENT"]));
    let proof = probe(&world).await.unwrap();
    assert_eq!(
        world.sent(),
        [
            format!(
                "GET https://graph.facebook.com/v25.0/debug_token input_token=EAApage501 \
                 access_token=7001|s3cret appsecret_proof={PROOF_APP}"
            ),
            format!(
                "GET https://graph.facebook.com/v25.0/501 fields=id,name,username,tasks,picture.type(large) \
                 access_token=EAApage501 appsecret_proof={PROOF_PAGE}"
            ),
        ]
    );
    assert!(proof.missing.is_empty());
    assert_eq!(proof.handle.as_deref(), Some("annasbakery"));
    assert_eq!(proof.ends, domain::grant::Ends::default());
    // Tasks that the Page does not tell, and a text that no table knows, disprove nothing.
    let silent = super::desk::world()
        .says(inspected("PAGE", ""))
        .says(json!({"id": "501"}));
    assert!(probe(&silent).await.unwrap().missing.is_empty());
    let unknown =
        super::desk::world()
            .says(inspected("PAGE", "0"))
            .refuses(4_711, 0, "Never heard of it");
    assert!(probe(&unknown).await.unwrap().missing.is_empty());
    // While the platform is in trouble nothing is proven, also behind a good inspection: whoever lost the role would
    // otherwise be well for a day.
    for (status, body) in [(500, "<html>"), (429, "")] {
        let outage = super::desk::world()
            .says(inspected("PAGE", "0"))
            .answers(status, body);
        let failure = probe(&outage).await.unwrap_err();
        assert!(
            failure.cause.waits_out() && !failure.final_answer,
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let mut seen = inspected("PAGE", "501");
    seen["data"]["granular_scopes"][2]["target_ids"] = json!(["502"]);
    let unticked = world().says(seen).says(page(&["MANAGE"]));
    assert_eq!(
        probe(&unticked).await.unwrap().missing,
        ["pages_manage_posts"]
    );
    let other = world()
        .says(inspected("PAGE", "777"))
        .says(page(&["MANAGE"]));
    assert_eq!(probe(&other).await.unwrap().missing.len(), 1);
    // A role that is gone is not cured by signing in: it is said as such.
    let no_role = world()
        .says(inspected("PAGE", "501"))
        .says(page(&["ANALYZE"]));
    let failure = probe(&no_role).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::LostAdminRole, About::Channel)
    );
    assert!(failure.limits());
    assert_eq!(failure.evidence.missing.as_deref(), Some("CREATE_CONTENT"));
}

#[tokio::test]
async fn a_dead_page_token_says_why_it_died() {
    let ended = dead(json!({"code": 190, "subcode": 460, "message": "The session changed"}));
    let failure = probe(&world().says(ended)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::CredentialsChanged, Verdict::Dead)
    );
    let role = dead(json!({"code": 190, "subcode": 492, "message": "role"}));
    let failure = probe(&world().says(role)).await.unwrap_err();
    assert!(failure.limits() && failure.cause == Cause::LostAdminRole);
    let checkpoint = dead(json!({"code": 190, "subcode": 459, "message": "checkpoint"}));
    let failure = probe(&world().says(checkpoint)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::AccountRestricted, Verdict::TryAgain)
    );
}

#[tokio::test]
async fn a_token_that_died_without_a_reason_is_the_pages_if_the_person_lives() {
    let no_reason = || world().says(dead(Value::Null));
    let failure = probe(&no_reason().says(inspected("USER", "")))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.about, failure.cause),
        (About::Channel, Cause::Unknown)
    );
    assert_eq!(failure.verdict(), Verdict::TryAgain);
    let removed = dead(json!({"code": 190, "subcode": 458, "message": "not authorized"}));
    let failure = probe(&no_reason().says(removed)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::AppRemovedByUser, Verdict::Dead)
    );
    // The mere end of the person's 60 days says nothing of the Page.
    let ended = dead(json!({"code": 190, "subcode": 463, "message": "expired"}));
    let failure = probe(&no_reason().says(ended)).await.unwrap_err();
    assert_eq!(failure.cause, Cause::Unknown);
}

#[tokio::test]
async fn outages_and_throttling_end_nothing() {
    let failure = probe(&world().answers(503, "")).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::PlatformOutage, Verdict::TryAgain)
    );
    let failure = probe(&world().refuses(4, 0, "Application request limit reached"))
        .await
        .unwrap_err();
    assert_eq!(failure.cause, Cause::RateLimited);
    assert!(!failure.final_answer);
}
