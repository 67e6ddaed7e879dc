//! Renewing, testifying and giving back.

use domain::cause::Cause;
use domain::grant::{EndSource, Verdict};
use platforms::Platform;
use platforms::failure::About;
use platforms::instagram::Instagram;
use platforms::tokens::Tokens;
use secrecy::ExposeSecret;
use serde_json::json;

use super::script::{NOW, PROOF_PERSON, World, at, person, tokens_made};

const LONG_TOKEN: &str = include_str!("../../src/instagram/fixtures/long_token.json");
const DEBUG_PERSON: &str = include_str!("../../src/instagram/fixtures/debug_person.json");

#[tokio::test]
async fn instagram_tokens_are_extended() {
    let world = World::instagram().answers(200, LONG_TOKEN);
    let old = tokens_made(48);
    let renewed = Instagram.renew(&world.call(), &old).await.unwrap();
    assert_eq!(
        world.sent(),
        [
            "GET https://graph.instagram.com/refresh_access_token grant_type=ig_refresh_token access_token=IGAAlive"
        ]
    );
    let end = renewed.ends.sliding_end.unwrap();
    assert_eq!(
        (end.at, end.source),
        (at(NOW + 5_183_944), EndSource::Answer)
    );
    let tokens = old.replaced_by(renewed.tokens);
    assert_eq!(tokens.access.expose_secret(), "IGAAlong00000000000000002");
    assert_eq!(tokens.kept("made_at_ms"), (NOW * 1_000).to_string());
    assert_eq!(renewed.scopes, None);
}

#[tokio::test]
async fn a_renewal_without_a_token_keeps_the_old_one() {
    let world = World::instagram()
        .says(json!({"expires_in": "5184000", "permissions": "instagram_business_basic"}));
    let old = tokens_made(48);
    let renewed = Instagram.renew(&world.call(), &old).await.unwrap();
    assert_eq!(
        renewed.scopes.as_deref(),
        Some(["instagram_business_basic".to_owned()].as_slice())
    );
    assert_eq!(
        old.replaced_by(renewed.tokens).access.expose_secret(),
        "IGAAlive"
    );

    let world = World::instagram().says(json!({}));
    let failure = Instagram.renew(&world.call(), &old).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.verdict()),
        (Cause::PlatformOutage, Verdict::TryAgain)
    );
}

#[tokio::test]
async fn no_refusal_of_a_young_token_ends_it() {
    for (hours, verdict) in [(23, Verdict::TryAgain), (25, Verdict::Dead)] {
        let world = World::instagram().refuses(
            190,
            463,
            "Error validating access token: Session has expired on …",
        );
        let failure = Instagram
            .renew(&world.call(), &tokens_made(hours))
            .await
            .err()
            .unwrap();
        assert_eq!(failure.verdict(), verdict, "{hours} h");
        assert_eq!(failure.cause, Cause::LifespanEnded);
        assert_eq!(failure.retry_after_ms, (hours < 24).then_some(3_600_000));
    }
    // A set that does not know its age is believed dead only by the documented answer.
    let world = World::instagram().refuses(190, 0, "Invalid OAuth access token");
    let failure = Instagram
        .renew(&world.call(), &Tokens::access_only("IGAAold".into()))
        .await
        .err()
        .unwrap();
    assert_eq!(
        (failure.verdict(), failure.cause),
        (Verdict::TryAgain, Cause::Unknown)
    );
}

#[tokio::test]
async fn through_facebook_the_persons_token_is_exchanged_again() {
    let world = World::facebook()
        .says(json!({"access_token": "EAAnewer"}))
        .answers(200, DEBUG_PERSON);
    let renewed = Instagram.renew(&world.call(), &person()).await.unwrap();
    assert_eq!(
        world.sent()[0],
        "GET https://graph.facebook.com/v25.0/oauth/access_token grant_type=fb_exchange_token client_id=7001 \
         client_secret=s3cret fb_exchange_token=EAAperson"
    );
    assert_eq!(renewed.ends.access_end.unwrap().at, at(1_777_680_000));
    assert_eq!(
        renewed.ends.data_access_end.unwrap().source,
        EndSource::Inspection
    );
    assert_eq!(renewed.ends.sliding_end, None);
    let tokens = person().replaced_by(renewed.tokens);
    assert_eq!(
        (tokens.access.expose_secret(), tokens.kept("person_id")),
        ("EAAnewer", "3001")
    );
}

#[tokio::test]
async fn the_witness_is_the_cheapest_read() {
    let world = World::instagram().says(json!({"user_id": "1"}));
    Instagram
        .witness(&world.call(), &tokens_made(1))
        .await
        .unwrap();
    assert_eq!(
        world.sent(),
        ["GET https://graph.instagram.com/v25.0/me fields=user_id access_token=IGAAlive"]
    );

    let world = World::facebook().refuses(
        190,
        460,
        "The session has been invalidated because the user changed …",
    );
    let failure = Instagram
        .witness(&world.call(), &person())
        .await
        .err()
        .unwrap();
    assert_eq!(
        (failure.verdict(), failure.cause, failure.about),
        (Verdict::Dead, Cause::CredentialsChanged, About::Login)
    );
    assert_eq!(
        world.sent(),
        [format!(
            "GET https://graph.facebook.com/v25.0/me fields=id access_token=EAAperson appsecret_proof={PROOF_PERSON}"
        )]
    );
}

#[tokio::test]
async fn giving_back_is_only_possible_through_facebook() {
    let world = World::instagram();
    assert!(
        !Instagram
            .revoke(&world.call(), &tokens_made(1))
            .await
            .unwrap()
    );
    assert!(world.sent().is_empty());

    for answer in [json!(true), json!({"success": true})] {
        let world = World::facebook().says(answer);
        assert!(Instagram.revoke(&world.call(), &person()).await.unwrap());
        assert_eq!(
            world.sent(),
            [format!(
                "DELETE https://graph.facebook.com/v25.0/3001/permissions access_token=EAAperson \
             appsecret_proof={PROOF_PERSON}"
            )]
        );
    }
}
