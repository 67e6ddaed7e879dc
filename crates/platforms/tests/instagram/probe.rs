//! Probes: what proves that a login can post to an account, and what is missing if it cannot.

use domain::cause::Cause;
use domain::grant::Verdict;
use platforms::Platform;
use platforms::account::Proof;
use platforms::failure::{About, Failure};
use platforms::instagram::Instagram;
use serde_json::json;

use super::script::{ACCOUNT, Desk, PROOF_APP, PROOF_PAGE, World, at};

const ME_FLAT: &str = include_str!("../../src/instagram/fixtures/me_flat.json");
const DEBUG_PAGE: &str = include_str!("../../src/instagram/fixtures/debug_page.json");
const DEBUG_PERSON: &str = include_str!("../../src/instagram/fixtures/debug_person.json");

async fn probe(world: &World, desk: &Desk) -> Result<Proof, Failure> {
    Instagram.probe(&world.call(), &desk.target()).await
}

fn page(tasks: &str, account: &str) -> serde_json::Value {
    json!({"id": "501", "name": "Anna's Bakery", "tasks": [tasks],
        "instagram_business_account": {"id": account, "username": "anna.new", "name": "Anna"}})
}

#[tokio::test]
async fn through_instagram_the_publishing_limit_proves_the_permission() {
    let world = World::instagram()
        .answers(200, ME_FLAT)
        .says(json!({"data": [{"quota_usage": 0}]}));
    let proof = probe(&world, &Desk::instagram(1)).await.unwrap();
    assert_eq!(world.sent(), [
        "GET https://graph.instagram.com/v25.0/me fields=user_id,username,name,account_type,profile_picture_url \
         access_token=IGAAlive"
            .to_owned(),
        format!(
            "GET https://graph.instagram.com/v25.0/{ACCOUNT}/content_publishing_limit fields=quota_usage,config \
             access_token=IGAAlive"
        ),
    ]);
    assert!(proof.missing.is_empty());
    assert_eq!(
        (proof.handle.as_deref(), proof.name.as_deref()),
        (Some("anna.bakes"), Some("Anna Bakes"))
    );

    let denied = "(#10) Application does not have permission for this action";
    let world = World::instagram()
        .answers(200, ME_FLAT)
        .refuses(10, 0, denied);
    let proof = probe(&world, &Desk::instagram(1)).await.unwrap();
    assert_eq!(proof.missing, ["instagram_business_content_publish"]);

    // A text that no table knows is no proof against the login; while the platform is in trouble nothing is proven.
    let world = World::instagram()
        .answers(200, ME_FLAT)
        .refuses(4_711, 0, "Never heard of it");
    let proof = probe(&world, &Desk::instagram(1)).await.unwrap();
    assert!(proof.missing.is_empty());
    let world = World::instagram().answers(200, ME_FLAT).answers(500, "");
    let failure = probe(&world, &Desk::instagram(1)).await.unwrap_err();
    assert!(failure.cause.waits_out() && !failure.final_answer);

    let world = World::instagram().answers(200, ME_FLAT).refuses(
        25,
        2_207_050,
        "The account is restricted",
    );
    let failure = probe(&world, &Desk::instagram(1)).await.unwrap_err();
    assert!(failure.limits() && failure.cause == Cause::AccountRestricted);
}

#[tokio::test]
async fn an_account_that_is_gone_or_no_professional_one_is_named() {
    let gone = "Unsupported get request. Object with ID 'me' does not exist";
    let world = World::instagram().refuses(100, 33, gone);
    let failure = probe(&world, &Desk::instagram(1)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict(), failure.limits()),
        (Cause::AccountDeleted, Verdict::TryAgain, true),
        "it is asked again: the same was once said during an outage"
    );
    let personal = ME_FLAT.replace("\"Business\"", "\"PERSONAL\"");
    assert_ne!(personal, ME_FLAT);
    let world = World::instagram().answers(200, &personal);
    let failure = probe(&world, &Desk::instagram(1)).await.unwrap_err();
    assert_eq!(
        (
            failure.cause,
            failure.limits(),
            failure.evidence.missing.as_deref()
        ),
        (Cause::AccountInactive, true, Some("professional account"))
    );
}

#[tokio::test]
async fn another_account_behind_the_token_is_said() {
    let other = ME_FLAT.replace(ACCOUNT, "17841499999999999");
    let proof = probe(
        &World::instagram().answers(200, &other),
        &Desk::instagram(1),
    )
    .await
    .unwrap();
    assert_eq!(
        proof.missing,
        ["the account 17841400000000001 (the login is on another)"]
    );
}

#[tokio::test]
async fn through_facebook_the_page_token_is_inspected_and_the_page_asked() {
    let world = World::facebook()
        .answers(200, DEBUG_PAGE)
        .says(page("CREATE_CONTENT", ACCOUNT));
    let proof = probe(&world, &Desk::facebook(1)).await.unwrap();
    assert_eq!(
        world.sent(),
        [
            format!(
                "GET https://graph.facebook.com/v25.0/debug_token input_token=EAApage501 access_token=7001|s3cret \
             appsecret_proof={PROOF_APP}"
            ),
            format!(
                "GET https://graph.facebook.com/v25.0/501 \
             fields=id,name,tasks,instagram_business_account{{id,username,name,profile_picture_url}} \
             access_token=EAApage501 appsecret_proof={PROOF_PAGE}"
            ),
        ]
    );
    assert!(proof.missing.is_empty(), "{:?}", proof.missing);
    assert_eq!(proof.handle.as_deref(), Some("anna.new"));
    assert_eq!(proof.ends.data_access_end.unwrap().at, at(1_780_272_000));
    assert_eq!(proof.ends.access_end, None);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let without_scope = DEBUG_PAGE.replace("\"instagram_basic\", ", "");
    let elsewhere = without_scope.replace(&format!("[\"{ACCOUNT}\"]"), "[\"17841499999999999\"]");
    let world = World::facebook()
        .answers(200, &elsewhere)
        .says(page("ANALYZE", "17841499999999999"));
    let proof = probe(&world, &Desk::facebook(1)).await.unwrap();
    assert_eq!(
        proof.missing,
        [
            "instagram_basic",
            "instagram_content_publish",
            "the link of the Page Anna's Bakery to this account",
            "CREATE_CONTENT"
        ]
    );
}

#[tokio::test]
async fn a_dead_page_token_says_why_and_for_whom() {
    let dead = |error: serde_json::Value| json!({"data": {"app_id": "7001", "is_valid": false, "error": error}});
    let world = World::facebook().says(dead(
        json!({"code": 190, "subcode": 460, "message": "changed password"}),
    ));
    let failure = probe(&world, &Desk::facebook(1)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::CredentialsChanged, Verdict::Dead)
    );

    let world = World::facebook().says(dead(
        json!({"code": 190, "subcode": 492, "message": "no role"}),
    ));
    let failure = probe(&world, &Desk::facebook(1)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.about, failure.limits()),
        (Cause::LostAdminRole, About::Channel, true)
    );

    // An inspection that says nothing is no answer at all.
    let failure = probe(
        &World::facebook().says(json!({"data": {}})),
        &Desk::facebook(1),
    )
    .await
    .unwrap_err();
    assert!(!failure.final_answer && failure.cause == Cause::PlatformOutage);

    // No reason, but the person's own token lives: it is this account alone.
    let world = World::facebook()
        .says(dead(json!(null)))
        .answers(200, DEBUG_PERSON);
    let failure = probe(&world, &Desk::facebook(1)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::Unknown, About::Channel)
    );
    assert_eq!(failure.verdict(), Verdict::TryAgain);

    // No reason, and the person's token names one.
    let removed = json!({"code": 190, "subcode": 458, "message": "not authorized"});
    let world = World::facebook()
        .says(dead(json!(null)))
        .says(dead(removed));
    let failure = probe(&world, &Desk::facebook(1)).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::AppRemovedByUser, Verdict::Dead)
    );
}

#[tokio::test]
async fn an_outage_behind_a_good_inspection_proves_no_link_of_the_page() {
    let world = World::facebook().answers(200, DEBUG_PAGE).answers(503, "");
    let failure = probe(&world, &Desk::facebook(1)).await.unwrap_err();
    assert!(failure.cause.waits_out() && !failure.final_answer);
}

#[tokio::test]
async fn without_a_page_id_the_persons_list_is_searched_and_its_end_says_nothing() {
    let nameless = DEBUG_PAGE.replace("\"profile_id\": \"501\"", "\"profile_id\": \"\"");
    let listed = json!({"data": [page("MODERATE", ACCOUNT)]});
    let world = World::facebook().answers(200, &nameless).says(listed);
    let failure = probe(&world, &Desk::facebook(1)).await.unwrap_err();
    assert_eq!(
        (
            failure.cause,
            failure.limits(),
            failure.evidence.missing.as_deref()
        ),
        (Cause::LostAdminRole, true, Some("CREATE_CONTENT")),
        "signing in again would bring no role back"
    );

    let world =
        World::facebook()
            .answers(200, &nameless)
            .refuses(190, 463, "Session has expired on …");
    assert!(
        probe(&world, &Desk::facebook(1))
            .await
            .unwrap()
            .missing
            .is_empty()
    );
}
