//! Signing in: the dialog, the exchanges, what is kept; renewing, testifying, giving back.

use domain::cause::Cause;
use domain::grant::{EndSource, Mechanism, Verdict};
use platforms::Platform;
use platforms::facebook::Facebook;
use platforms::failure::{About, Failure};
use platforms::sign_in::{Ask, Callback, SignedIn};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::desk::world;
use crate::instagram::script::{NOW, PROOF_APP, PROOF_PERSON, World, at, person};

pub fn inspected(kind: &str, page: &str) -> Value {
    json!({"data": {
        "app_id": "7001", "type": kind, "application": "Mainstay", "is_valid": true, "expires_at": 0,
        "data_access_expires_at": NOW + 90 * 86_400, "user_id": "3001", "profile_id": page,
        "scopes": ["pages_show_list", "pages_read_engagement", "pages_manage_posts"],
        "granular_scopes": [
            {"scope": "pages_show_list", "target_ids": ["501", "502"]},
            {"scope": "pages_read_engagement"},
            {"scope": "pages_manage_posts", "target_ids": ["501"]}]}})
}

async fn dialog(world: &World, force: bool) -> String {
    let ask = Ask {
        state: "st ate",
        hint: None,
        force,
        mends: None,
    };
    Facebook.begin(&world.call(), &ask).await.unwrap().url
}

async fn finish(world: &World, params: &[(&str, &str)]) -> Result<SignedIn, Failure> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let callback = Callback {
        params: params.iter().map(pair).collect(),
    };
    Facebook
        .finish(&world.call(), &String::new().into(), &callback)
        .await
}

#[tokio::test]
async fn the_dialog_is_asked_for_scopes_or_for_a_configuration() {
    let url = "https://www.facebook.com/v25.0/dialog/oauth?client_id=7001\
        &redirect_uri=https%3A%2F%2Fplan.example%2Foauth%2Fback&response_type=code";
    let scopes =
        "pages_show_list%2Cpages_read_engagement%2Cpages_manage_posts%2Cbusiness_management";
    assert_eq!(
        dialog(&world(), false).await,
        format!("{url}&scope={scopes}&state=st+ate")
    );
    assert_eq!(
        dialog(&world(), true).await,
        format!("{url}&scope={scopes}&state=st+ate&auth_type=rerequest")
    );
    let world = world().app(|app| {
        app.scopes = vec!["pages_show_list".to_owned(), "config_id=4242".to_owned()];
    });
    assert_eq!(
        dialog(&world, false).await,
        format!("{url}&config_id=4242&state=st+ate")
    );
}

#[tokio::test]
async fn the_long_token_is_made_before_anything_is_read_with_it() {
    let world = world()
        .says(json!({"access_token": "EAAshort", "token_type": "bearer", "expires_in": 5000}))
        .says(json!({"access_token": "EAAperson", "token_type": "bearer", "expires_in": 5_183_944}))
        .says(inspected("USER", ""))
        .says(json!({"id": "3001", "name": "Anna Baker"}));
    let signed_in = finish(&world, &[("code", "AQB#_=_"), ("state", "s")])
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
    assert_eq!(signed_in.tokens.kept("person_id"), "3001");
    assert_eq!(signed_in.mechanism, Mechanism::Derived);
    assert_eq!(
        (signed_in.person_id.as_str(), signed_in.person_name.as_str()),
        ("3001", "Anna Baker")
    );
    assert_eq!(signed_in.scopes.len(), 3);
    let end = signed_in.ends.access_end.unwrap();
    assert_eq!(
        (end.at, end.source),
        (at(NOW + 5_183_944), EndSource::Answer)
    );
    // Neither the person's 60 days nor the 90 days of data access are an end of a Page.
    assert_eq!(
        domain::horizon::horizon(signed_in.mechanism, &signed_in.ends),
        None
    );
}

#[tokio::test]
async fn a_token_without_an_end_has_the_inspections() {
    let mut seen = inspected("USER", "");
    seen["data"]["expires_at"] = json!(NOW + 3_600);
    let world = world()
        .says(json!({"access_token": "EAAshort"}))
        .says(json!({"access_token": "EAAperson"}))
        .says(seen)
        .says(json!({"id": 3001}));
    let signed_in = finish(&world, &[("code", "AQB")]).await.unwrap();
    let end = signed_in.ends.access_end.unwrap();
    assert_eq!(
        (end.at, end.source),
        (at(NOW + 3_600), EndSource::Inspection)
    );
    assert_eq!(signed_in.person_id, "3001");
}

#[tokio::test]
async fn what_is_not_ours_or_not_whole_is_not_taken() {
    let mut foreign = inspected("USER", "");
    foreign["data"]["app_id"] = json!("6666");
    let exchanged = || {
        world()
            .says(json!({"access_token": "EAAshort"}))
            .says(json!({"access_token": "EAAperson"}))
    };
    let failure = finish(&exchanged().says(foreign), &[("code", "AQB")])
        .await
        .err()
        .unwrap();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::AppMisconfigured, About::App)
    );
    let nobody = exchanged()
        .says(inspected("USER", ""))
        .says(json!({"name": "?"}));
    let failure = finish(&nobody, &[("code", "AQB")]).await.err().unwrap();
    assert!(!failure.final_answer);
    let failure = finish(
        &world().says(json!({"access_token": ""})),
        &[("code", "AQB")],
    )
    .await
    .err()
    .unwrap();
    assert!(!failure.final_answer);
}

#[tokio::test]
async fn a_no_in_the_dialog_ends_nothing_and_a_wrong_dialog_is_the_apps() {
    let world = world();
    let said = [
        ("error", "access_denied"),
        ("error_reason", "user_denied"),
        ("error_code", "200"),
        ("state", "s"),
    ];
    let failure = finish(&world, &said).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.final_answer),
        (Cause::PermissionRevoked, false)
    );
    let said = [
        ("error", "invalid_request"),
        (
            "error_message",
            "This app needs at least one supported permission",
        ),
    ];
    let failure = finish(&world, &said).await.err().unwrap();
    assert_eq!(
        (failure.cause, failure.about),
        (Cause::AppMisconfigured, About::App)
    );
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn the_persons_token_is_exchanged_again_and_its_end_believed_as_told() {
    let mut seen = inspected("USER", "");
    seen["data"]["expires_at"] = json!(NOW + 7_200);
    let world = world().says(json!({"access_token": "EAAnewer"})).says(seen);
    let renewed = Facebook.renew(&world.call(), &person()).await.unwrap();
    assert!(world.sent()[0].contains("grant_type=fb_exchange_token"));
    assert_eq!(renewed.ends.access_end.unwrap().at, at(NOW + 7_200));
    assert_eq!(
        (renewed.ends.data_access_end, renewed.ends.sliding_end),
        (None, None)
    );
    let tokens = person().replaced_by(renewed.tokens);
    assert_eq!(
        (tokens.access.expose_secret(), tokens.kept("person_id")),
        ("EAAnewer", "3001")
    );
}

#[tokio::test]
async fn the_witness_is_an_answer_with_an_id() {
    let good = world().says(json!({"id": "3001"}));
    Facebook.witness(&good.call(), &person()).await.unwrap();
    assert_eq!(
        good.sent(),
        [format!(
            "GET https://graph.facebook.com/v25.0/me fields=id access_token=EAAperson appsecret_proof={PROOF_PERSON}"
        )]
    );
    let proxy = world().says(json!({"status": "ok"}));
    let failure = Facebook
        .witness(&proxy.call(), &person())
        .await
        .err()
        .unwrap();
    assert_eq!(failure.verdict(), Verdict::TryAgain);
}

#[tokio::test]
async fn giving_back_takes_all_permissions_of_the_person() {
    for (answer, done) in [
        (json!(true), true),
        (json!({"success": true}), true),
        (json!({"success": false}), false),
    ] {
        let world = world().says(answer);
        assert_eq!(
            Facebook.revoke(&world.call(), &person()).await.unwrap(),
            done
        );
        assert_eq!(
            world.sent(),
            [format!(
                "DELETE https://graph.facebook.com/v25.0/3001/permissions access_token=EAAperson \
                 appsecret_proof={PROOF_PERSON}"
            )]
        );
    }
}
