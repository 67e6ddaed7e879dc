//! From a handle to tokens, and everything on the way that must be refused.

use domain::cause::Cause;
use domain::grant::{EndSource, Mechanism};
use domain::schedule::DAY_MS;
use platforms::Platform;
use platforms::bluesky::{Bluesky, loopback_client_id};
use platforms::failure::Sent;
use platforms::http::SendError;
use platforms::sign_in::{Ask, Begun, Callback};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::world::*;

fn ask<'a>(hint: Option<&'a str>) -> Ask<'a> {
    Ask {
        state: "state-1",
        hint,
        force: false,
        mends: None,
    }
}

fn callback(pairs: &[(&str, &str)]) -> Callback {
    Callback {
        params: pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn good() -> Callback {
    callback(&[("code", "code-1"), ("state", "state-1"), ("iss", ISSUER)])
}

async fn begun(world: &World) -> Begun {
    Bluesky
        .begin(&world.call(), &ask(Some("@Anna.Example.org")))
        .await
        .expect("it begins")
}

async fn refused(world: &World, hint: Option<&str>) -> String {
    let Err(failure) = Bluesky.begin(&world.call(), &ask(hint)).await else {
        panic!("{hint:?} was not refused");
    };
    assert_ne!(failure.sent, Sent::Maybe);
    failure.evidence.code
}

#[tokio::test]
async fn a_handle_leads_to_tokens_bound_to_its_account() {
    let world = World::new();
    let begun = begun(&world).await;
    assert_eq!(
        begun.url,
        format!(
            "{ISSUER}/oauth/authorize?client_id=https%3A%2F%2Fplanner.example.com%2Foauth%2Fbluesky%2Fclient.json&request_uri=urn%3Areq%3A1"
        )
    );
    let pushed = world.seen("bluesky.par");
    assert_eq!(pushed.len(), 2, "once for the nonce, once in earnest");
    let form = &pushed[1].form;
    assert_eq!(form["login_hint"], HANDLE);
    assert_eq!(form["scope"], "atproto transition:generic");
    assert_eq!(form["redirect_uri"], REDIRECT);
    assert_eq!(form["state"], "state-1");
    assert_eq!(form["code_challenge_method"], "S256");
    assert!(!form.contains_key("prompt"));

    let signed = Bluesky
        .finish(&world.call(), &begun.journey, &good())
        .await
        .expect("it ends well");
    let exchanged = world.seen("bluesky.code").pop().unwrap();
    assert_eq!(exchanged.form["code"], "code-1");
    assert_eq!(exchanged.form["redirect_uri"], REDIRECT);
    assert_eq!(
        b64(&Sha256::digest(&exchanged.form["code_verifier"])),
        form["code_challenge"]
    );
    assert_eq!(
        exchanged.key, pushed[1].key,
        "one key for the whole session"
    );

    assert_eq!(signed.person_id, DID);
    assert_eq!(signed.person_name, HANDLE);
    assert_eq!(signed.mechanism, Mechanism::RefreshRotating);
    assert_eq!(signed.scopes, ["atproto", "transition:generic"]);
    assert_eq!(signed.tokens.access.expose_secret(), "access-1");
    assert_eq!(
        signed.tokens.refresh.as_ref().unwrap().expose_secret(),
        "refresh-1"
    );
    for (name, value) in [
        ("issuer", ISSUER),
        ("pds", PDS),
        ("did", DID),
        ("kid", "k1"),
    ] {
        assert_eq!(signed.tokens.kept(name), value);
    }
    let after = |end: Option<domain::grant::End>| {
        let end = end.unwrap();
        (end.at.as_second() - NOW, end.source)
    };
    assert_eq!(after(signed.ends.access_end), (3_600, EndSource::Answer));
    assert_eq!(
        after(signed.ends.absolute_end),
        (730 * 86_400, EndSource::Sheet)
    );
    assert_eq!(signed.ends.idle_limit_ms, Some(90 * DAY_MS));
    // What was sealed opens again and calls with the same key.
    let opened = platforms::tokens::Tokens::from_secret(&signed.tokens.to_secret()).unwrap();
    Bluesky.witness(&world.call(), &opened).await.unwrap();
    assert_eq!(
        world.seen("bluesky.get_session").pop().unwrap().key,
        exchanged.key
    );
}

#[tokio::test]
async fn a_loopback_client_sends_no_assertion_and_is_told_its_fourteen_days() {
    let mut world = World::new();
    let scopes = world.app.scopes.clone();
    world.app.redirect_uri = "http://127.0.0.1:8080/oauth/callback".to_owned();
    world.app.client_id = loopback_client_id(&world.app.redirect_uri, &scopes);
    world.secrets.signing_keys.clear();
    assert_eq!(
        world.app.client_id,
        "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Foauth%2Fcallback&scope=atproto+transition%3Ageneric"
    );
    let begun = begun(&world).await;
    let signed = Bluesky
        .finish(&world.call(), &begun.journey, &good())
        .await
        .expect("it ends well");
    assert!(
        world
            .seen("bluesky.par")
            .iter()
            .all(|seen| !seen.form.contains_key("client_assertion"))
    );
    assert!(
        world
            .seen("bluesky.code")
            .iter()
            .all(|seen| !seen.form.contains_key("client_assertion"))
    );
    let absolute = signed.ends.absolute_end.unwrap();
    assert_eq!(
        (absolute.at.as_second() - NOW, absolute.source),
        (14 * 86_400, EndSource::Sheet)
    );
    assert_eq!(signed.ends.idle_limit_ms, None);
}

#[tokio::test]
async fn without_its_signing_key_a_confidential_client_asks_nothing() {
    let mut world = World::new();
    world.secrets.signing_keys.clear();
    assert_eq!(refused(&world, Some(HANDLE)).await, "signing_key_missing");
    assert!(world.seen("bluesky.resolve_handle").is_empty());
}

#[tokio::test]
async fn another_account_is_asked_for_its_password_again() {
    let world = World::new();
    let force = Ask {
        force: true,
        mends: None,
        ..ask(Some(HANDLE))
    };
    assert!(Bluesky.begin(&world.call(), &force).await.is_ok());
    assert_eq!(world.seen("bluesky.par")[0].form["prompt"], "login");
}

#[tokio::test]
async fn identities_that_do_not_hold_are_refused() {
    for (hint, code) in [
        (None, "handle_missing"),
        (Some("anna"), "handle_unreadable"),
        (Some("nobody.example.org"), "handle_not_found"),
        (Some("did:plc:nobody"), "did_not_found"),
        (Some("did:web:anna.example.org:path"), "did_not_found"),
    ] {
        assert_eq!(refused(&World::new(), hint).await, code, "{hint:?}");
    }
    let changed = |change: fn(&mut Value)| {
        let world = World::new();
        let mut document = did_document();
        change(&mut document);
        world.document(&format!("https://plc.example.net/{DID}"), Some(document));
        world
    };
    let stranger = changed(|document| document["alsoKnownAs"] = json!(["at://other.example.org"]));
    assert_eq!(refused(&stranger, Some(HANDLE)).await, "handle_mismatch");
    let other = changed(|document| document["id"] = json!("did:plc:other"));
    assert_eq!(refused(&other, Some(HANDLE)).await, "did_not_found");
    for change in [
        (|document| document["service"] = json!([])) as fn(&mut Value),
        |document| document["service"][1]["type"] = json!("Other"),
        |document| {
            document["service"][1]["serviceEndpoint"] = json!("https://pds.example.org/path")
        },
    ] {
        assert_eq!(refused(&changed(change), Some(HANDLE)).await, "pds_missing");
    }
}

#[tokio::test]
async fn servers_that_lack_a_promise_are_refused() {
    let changes: [(&str, Value); 9] = [
        ("issuer", json!("https://evil.example.org")),
        ("require_pushed_authorization_requests", json!(false)),
        (
            "authorization_response_iss_parameter_supported",
            json!(null),
        ),
        ("client_id_metadata_document_supported", json!("true")),
        ("dpop_signing_alg_values_supported", json!(["RS256"])),
        ("scopes_supported", json!(["openid"])),
        ("protected_resources", json!(["https://other.example.org"])),
        ("token_endpoint", json!("")),
        ("pushed_authorization_request_endpoint", json!(null)),
    ];
    for (name, value) in changes {
        let world = World::new();
        let mut metadata = server_metadata();
        metadata[name] = value;
        world.document(
            &format!("{ISSUER}/.well-known/oauth-authorization-server"),
            Some(metadata),
        );
        assert_eq!(
            refused(&world, Some(HANDLE)).await,
            "server_unfit",
            "{name}"
        );
        assert!(world.seen("bluesky.par").is_empty());
    }
    let world = World::new();
    world.document(&format!("{PDS}/.well-known/oauth-protected-resource"), None);
    assert_eq!(refused(&world, Some(HANDLE)).await, "server_unfit");
    let world = World::new();
    let other =
        json!({ "resource": "https://other.example.org", "authorization_servers": [ISSUER] });
    world.document(
        &format!("{PDS}/.well-known/oauth-protected-resource"),
        Some(other),
    );
    assert_eq!(refused(&world, Some(HANDLE)).await, "server_unfit");
}

#[tokio::test]
async fn a_resolver_that_is_down_is_passed_by_through_the_well_known_file() {
    let world = World::new();
    let down = || Err(SendError::NoAnswer("down".to_owned()));
    world.answer("bluesky.resolve_handle", down());
    let mut file = ok(json!(null));
    file.body = format!("{DID}\n").into();
    world.answer("bluesky.well_known_did", Ok(file));
    assert!(
        Bluesky
            .begin(&world.call(), &ask(Some(HANDLE)))
            .await
            .is_ok()
    );
    assert_eq!(
        world.seen("bluesky.well_known_did")[0].url,
        format!("https://{HANDLE}/.well-known/atproto-did")
    );
    // Where neither answers it passes: the handle is not called unknown.
    let world = World::new();
    world.answer("bluesky.resolve_handle", down());
    assert_eq!(refused_cause(&world, HANDLE).await, Cause::PlatformOutage);
}

async fn refused_cause(world: &World, hint: &str) -> Cause {
    Bluesky
        .begin(&world.call(), &ask(Some(hint)))
        .await
        .err()
        .expect("it is refused")
        .cause
}

#[tokio::test]
async fn a_did_of_a_host_is_read_from_that_host() {
    let world = World::new();
    let did = "did:web:anna.example.org";
    let mut document = did_document();
    document["id"] = json!(did);
    world.document(
        "https://anna.example.org/.well-known/did.json",
        Some(document),
    );
    assert!(Bluesky.begin(&world.call(), &ask(Some(did))).await.is_ok());
}

#[tokio::test]
async fn a_server_s_address_is_enough_and_the_account_is_verified_afterwards() {
    for server in [PDS, ISSUER] {
        let world = World::new();
        let begun = Bluesky
            .begin(&world.call(), &ask(Some(server)))
            .await
            .expect("it begins");
        assert!(!world.seen("bluesky.par")[0].form.contains_key("login_hint"));
        let signed = Bluesky
            .finish(&world.call(), &begun.journey, &good())
            .await
            .expect("it ends well");
        assert_eq!(
            (signed.person_id.as_str(), signed.tokens.kept("pds")),
            (DID, PDS)
        );
        assert_eq!(signed.person_name, HANDLE);
    }
    // An account whose own server names another issuer: anybody could sign in as anybody.
    let world = World::new();
    let begun = Bluesky
        .begin(&world.call(), &ask(Some(ISSUER)))
        .await
        .expect("it begins");
    let foreign = "https://foreign.example.org";
    let named = json!({ "resource": PDS, "authorization_servers": [foreign] });
    world.document(
        &format!("{PDS}/.well-known/oauth-protected-resource"),
        Some(named),
    );
    let mut metadata = server_metadata();
    metadata["issuer"] = json!(foreign);
    world.document(
        &format!("{foreign}/.well-known/oauth-authorization-server"),
        Some(metadata),
    );
    let failure = Bluesky
        .finish(&world.call(), &begun.journey, &good())
        .await
        .err()
        .expect("it is refused");
    assert_eq!(failure.evidence.code, "issuer_mismatch");
    assert_eq!(
        world.seen("bluesky.revoke").len(),
        2,
        "the session is given back"
    );
}

#[tokio::test]
async fn what_the_browser_brings_back_is_not_believed_blindly() {
    let world = World::new();
    let begun = begun(&world).await;
    for (params, code) in [
        (vec![("code", "c"), ("state", "state-1")], "issuer_mismatch"),
        (
            vec![
                ("code", "c"),
                ("state", "state-1"),
                ("iss", "https://evil.example.org"),
            ],
            "issuer_mismatch",
        ),
        (
            vec![
                ("error", "access_denied"),
                ("iss", "https://evil.example.org"),
            ],
            "issuer_mismatch",
        ),
        (
            vec![("code", "c"), ("state", "other"), ("iss", ISSUER)],
            "state_mismatch",
        ),
        (vec![("state", "state-1"), ("iss", ISSUER)], "code_missing"),
        (
            vec![
                ("error", "access_denied"),
                ("state", "state-1"),
                ("iss", ISSUER),
            ],
            "access_denied",
        ),
    ] {
        let failure = Bluesky
            .finish(&world.call(), &begun.journey, &callback(&params))
            .await
            .err()
            .expect(code);
        assert_eq!(failure.evidence.code, code);
    }
    assert!(world.seen("bluesky.code").is_empty());
}

#[tokio::test]
async fn another_account_than_the_one_asked_for_is_given_back() {
    let world = World::new();
    let begun = begun(&world).await;
    let mut answer = json!({
        "access_token": "a", "refresh_token": "r", "token_type": "DPoP", "expires_in": 60,
        "scope": "atproto", "sub": "did:plc:someoneelse",
    });
    world.answer("bluesky.code", Ok(ok(answer.clone())));
    let failure = Bluesky
        .finish(&world.call(), &begun.journey, &good())
        .await
        .err()
        .expect("it is refused");
    assert_eq!(failure.evidence.code, "other_account");
    assert_eq!(world.seen("bluesky.revoke")[0].form["token"], "r");
    for (name, value) in [
        ("token_type", "Bearer"),
        ("scope", "openid"),
        ("access_token", ""),
    ] {
        answer["sub"] = json!(DID);
        let mut bad = answer.clone();
        bad[name] = json!(value);
        world.answer("bluesky.code", Ok(ok(bad)));
        let failure = Bluesky
            .finish(&world.call(), &begun.journey, &good())
            .await
            .err()
            .expect(name);
        assert_eq!(failure.evidence.code, "server_unfit", "{name}");
    }
}
