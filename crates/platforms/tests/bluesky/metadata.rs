//! The document that an installation is known by.

use domain::chance::ChaChaChance;
use platforms::bluesky::{client_metadata, new_signing_key};
use secrecy::SecretString;
use serde_json::json;

use super::world::{CLIENT, REDIRECT, app};

#[test]
fn the_document_has_what_servers_ask_for_and_no_private_key() {
    let chance = ChaChaChance::from_seed(1);
    let keys = [
        new_signing_key(&chance, "b"),
        new_signing_key(&chance, "a"),
        SecretString::from("no key"),
    ];
    let document = client_metadata(&app(CLIENT), "https://planner.example.com/", &keys);
    let jwks = document["jwks"]["keys"].as_array().unwrap();
    assert_eq!(
        jwks.iter()
            .map(|key| key["kid"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["b", "a"]
    );
    for key in jwks {
        let mut names: Vec<_> = key
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
    let mut rest = document.clone();
    rest.as_object_mut().unwrap().remove("jwks");
    let expected = json!({
        "client_id": CLIENT,
        "client_name": "Mainstay",
        "client_uri": "https://planner.example.com",
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [REDIRECT],
        "scope": "atproto transition:generic",
        "dpop_bound_access_tokens": true,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
    });
    assert_eq!(rest, expected);
}

#[test]
fn the_same_chance_gives_the_same_key() {
    use secrecy::ExposeSecret;
    let key = |seed| {
        new_signing_key(&ChaChaChance::from_seed(seed), "k")
            .expose_secret()
            .to_owned()
    };
    assert_eq!(key(1), key(1));
    assert_ne!(key(1), key(2));
}
