//! Signing in: the dialog's address, what the browser brings back, and the exchanges.

use domain::cause::Cause;
use domain::grant::{EndSource, Mechanism};
use platforms::Platform;
use platforms::failure::{About, Failure, Sent};
use platforms::http::SendError;
use platforms::instagram::Instagram;
use platforms::sign_in::{Ask, Callback, SignedIn};
use secrecy::ExposeSecret;
use serde_json::json;

use super::script::{NOW, PROOF_APP, PROOF_PERSON, World, at};

const CODE_FLAT: &str = include_str!("../../src/instagram/fixtures/code_flat.json");
const CODE_LISTED: &str = include_str!("../../src/instagram/fixtures/code_listed.json");
const CODE_REFUSED: &str = include_str!("../../src/instagram/fixtures/code_refused.json");
const LONG_TOKEN: &str = include_str!("../../src/instagram/fixtures/long_token.json");
const ME_FLAT: &str = include_str!("../../src/instagram/fixtures/me_flat.json");
const ME_LISTED: &str = include_str!("../../src/instagram/fixtures/me_listed.json");
const DEBUG_PERSON: &str = include_str!("../../src/instagram/fixtures/debug_person.json");
const PROFILE: &str = "fields=user_id,username,name,account_type,profile_picture_url";

async fn dialog(world: &World, force: bool) -> String {
    let ask = Ask {
        state: "st ate",
        hint: None,
        force,
        mends: None,
    };
    let begun = Instagram.begin(&world.call(), &ask).await.unwrap();
    assert!(begun.journey.expose_secret().is_empty());
    begun.url
}

async fn finish(world: &World, params: &[(&str, &str)]) -> Result<SignedIn, Failure> {
    let params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Instagram
        .finish(&world.call(), &String::new().into(), &Callback { params })
        .await
}

#[tokio::test]
async fn dialogs_are_addressed_as_documented() {
    let world = World::instagram();
    let url = "https://www.instagram.com/oauth/authorize?client_id=7001\
        &redirect_uri=https%3A%2F%2Fplan.example%2Foauth%2Fback&response_type=code\
        &scope=instagram_business_basic%2Cinstagram_business_content_publish&state=st+ate";
    assert_eq!(dialog(&world, false).await, url);
    assert_eq!(
        dialog(&world, true).await,
        format!("{url}&force_reauth=true&enable_fb_login=0")
    );

    let world = World::facebook().app(|app| {
        app.scopes = vec!["instagram_basic".to_owned(), "pages_show_list".to_owned()];
        app.api_version = "v24.0".to_owned();
        app.hosts
            .0
            .insert("dialog".to_owned(), "http://127.0.0.1:9/fb/".to_owned());
    });
    let url = "http://127.0.0.1:9/fb/v24.0/dialog/oauth?client_id=7001\
        &redirect_uri=https%3A%2F%2Fplan.example%2Foauth%2Fback&response_type=code\
        &scope=instagram_basic%2Cpages_show_list&state=st+ate";
    assert_eq!(dialog(&world, false).await, url);
    assert_eq!(
        dialog(&world, true).await,
        format!("{url}&auth_type=rerequest")
    );
}

#[tokio::test]
async fn instagram_login_goes_from_code_to_long_token_in_both_shapes() {
    for (code, me) in [(CODE_FLAT, ME_FLAT), (CODE_LISTED, ME_LISTED)] {
        let world = World::instagram()
            .answers(200, code)
            .answers(200, LONG_TOKEN)
            .answers(200, me);
        let signed_in = finish(&world, &[("code", "AQB#_"), ("state", "s")])
            .await
            .unwrap();
        assert_eq!(world.sent(), [
            "POST https://api.instagram.com/oauth/access_token client_id=7001 client_secret=s3cret \
             grant_type=authorization_code redirect_uri=https://plan.example/oauth/back code=AQB"
                .to_owned(),
            "GET https://graph.instagram.com/access_token grant_type=ig_exchange_token client_secret=s3cret \
             access_token=IGAAshort0000000000000001"
                .to_owned(),
            format!("GET https://graph.instagram.com/v25.0/me {PROFILE} access_token=IGAAlong00000000000000002"),
        ]);
        assert_eq!(
            signed_in.tokens.access.expose_secret(),
            "IGAAlong00000000000000002"
        );
        assert_eq!(signed_in.mechanism, Mechanism::Extend);
        assert_eq!(
            signed_in.person_id, "17841400000000001",
            "never the app-scoped id"
        );
        assert_eq!(signed_in.person_name, "anna.bakes");
        assert_eq!(
            signed_in.scopes,
            [
                "instagram_business_basic",
                "instagram_business_content_publish"
            ]
        );
        let end = signed_in.ends.sliding_end.unwrap();
        assert_eq!(
            (end.at, end.source),
            (at(NOW + 5_183_944), EndSource::Answer)
        );
        assert_eq!(signed_in.ends.access_end, signed_in.ends.sliding_end);
        assert_eq!(
            (signed_in.ends.absolute_end, signed_in.ends.data_access_end),
            (None, None)
        );
    }
}

#[tokio::test]
async fn an_end_that_no_answer_names_is_the_sheets() {
    let world = World::instagram()
        .says(json!({"access_token": "short"}))
        .says(json!({"access_token": "long"}))
        .answers(200, ME_FLAT);
    let signed_in = finish(&world, &[("code", "AQB")]).await.unwrap();
    let end = signed_in.ends.sliding_end.unwrap();
    assert_eq!(
        (end.at, end.source),
        (at(NOW + 60 * 86_400), EndSource::Sheet)
    );
    assert_eq!(
        signed_in.scopes.len(),
        2,
        "an answer without scopes grants what was asked"
    );
}

#[tokio::test]
async fn facebook_login_keeps_the_persons_token_and_the_data_end() {
    let world = World::facebook()
        .says(json!({"access_token": "EAAshort", "token_type": "bearer", "expires_in": 5000}))
        .says(json!({"access_token": "EAAperson", "token_type": "bearer"}))
        .answers(200, DEBUG_PERSON)
        .says(json!({"id": "3001", "name": "Anna Baker"}));
    let signed_in = finish(&world, &[("code", "AQB"), ("state", "s")])
        .await
        .unwrap();
    assert_eq!(world.sent(), [
        "GET https://graph.facebook.com/v25.0/oauth/access_token client_id=7001 \
         redirect_uri=https://plan.example/oauth/back client_secret=s3cret code=AQB"
            .to_owned(),
        "GET https://graph.facebook.com/v25.0/oauth/access_token grant_type=fb_exchange_token client_id=7001 \
         client_secret=s3cret fb_exchange_token=EAAshort"
            .to_owned(),
        format!(
            "GET https://graph.facebook.com/v25.0/debug_token input_token=EAAperson \
             access_token=7001|s3cret appsecret_proof={PROOF_APP}"
        ),
        format!(
            "GET https://graph.facebook.com/v25.0/me fields=id,name access_token=EAAperson \
             appsecret_proof={PROOF_PERSON}"
        ),
    ]);
    assert_eq!(signed_in.tokens.access.expose_secret(), "EAAperson");
    assert_eq!(signed_in.mechanism, Mechanism::Derived);
    assert_eq!(
        (signed_in.person_id.as_str(), signed_in.person_name.as_str()),
        ("3001", "Anna Baker")
    );
    let (access, data) = (
        signed_in.ends.access_end.unwrap(),
        signed_in.ends.data_access_end.unwrap(),
    );
    assert_eq!(
        (access.at, access.source),
        (at(1_777_680_000), EndSource::Inspection)
    );
    assert_eq!(
        (data.at, data.source),
        (at(1_780_272_000), EndSource::Inspection)
    );
    assert_eq!(
        signed_in.ends.sliding_end, None,
        "the person's end is no end of a channel"
    );
    assert_eq!(signed_in.scopes.len(), 4);
}

#[tokio::test]
async fn without_an_inspection_facebook_ends_are_the_sheets() {
    let world = World::facebook()
        .says(json!({"access_token": "EAAshort"}))
        .says(json!({"access_token": "EAAperson", "expires_in": 5_183_944}))
        .answers(503, "<html>Sorry, something went wrong</html>")
        .says(json!({"id": "3001", "name": "Anna"}));
    let signed_in = finish(&world, &[("code", "AQB")]).await.unwrap();
    assert_eq!(signed_in.ends.access_end.unwrap().source, EndSource::Answer);
    let data = signed_in.ends.data_access_end.unwrap();
    assert_eq!(
        (data.at, data.source),
        (at(NOW + 90 * 86_400), EndSource::Sheet)
    );
}

#[tokio::test]
async fn a_token_of_another_app_is_not_taken() {
    let foreign = DEBUG_PERSON.replace("\"7001\"", "\"6666\"");
    let world = World::facebook()
        .says(json!({"access_token": "EAAshort"}))
        .says(json!({"access_token": "EAAperson"}))
        .answers(200, &foreign);
    let failure = finish(&world, &[("code", "AQB")]).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::AppMisconfigured, About::App)
    );
}

#[tokio::test]
async fn a_no_in_the_dialog_ends_nothing() {
    let world = World::instagram();
    let said = [
        ("error", "access_denied"),
        ("error_reason", "user_denied"),
        ("error_description", "The user denied your request"),
        ("state", "s"),
    ];
    let failure = finish(&world, &said).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::PermissionRevoked, About::Login)
    );
    assert!(!failure.final_answer && !failure.limits());
    assert_eq!(failure.sent, Sent::No);
    assert_eq!(
        (
            failure.evidence.code.as_str(),
            failure.evidence.subcode.as_str()
        ),
        ("access_denied", "user_denied")
    );
    assert_eq!(failure.evidence.message, "The user denied your request");

    let said = [
        ("error_code", "1349220"),
        ("error_message", "Invalid Scopes: instagram_business_basic"),
    ];
    let failure = finish(&world, &said).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::AppMisconfigured, About::App)
    );
    assert!(failure.evidence.mapped);

    let failure = finish(&world, &[("state", "s")]).await.err().unwrap();
    assert_eq!(failure.cause, Cause::Unknown);
    assert!(
        !failure.evidence.mapped && !failure.final_answer && !failure.evidence.message.is_empty()
    );
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_refused_or_lost_exchange_says_so_and_leaks_nothing() {
    let world = World::instagram().answers(400, CODE_REFUSED);
    let failure = finish(&world, &[("code", "AQB")]).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::Unknown, About::Login)
    );
    assert!(!failure.final_answer && failure.evidence.mapped);

    for (error, sent) in [
        (SendError::NotSent("refused".to_owned()), Sent::No),
        (SendError::NoAnswer("timed out".to_owned()), Sent::Maybe),
    ] {
        let failure = finish(&World::instagram().falls_silent(error), &[("code", "AQB")])
            .await
            .err()
            .unwrap();
        assert_eq!((failure.cause, failure.sent), (Cause::PlatformOutage, sent));
    }

    // An answer that cannot be read may hold a token: none of it is kept.
    let world = World::instagram().says(json!({"data": [{"access_token": 5}, "IGAAsecret"]}));
    let failure = finish(&world, &[("code", "AQB")]).await.err().unwrap();
    assert!(!format!("{failure:?}").contains("IGAA"));
}
