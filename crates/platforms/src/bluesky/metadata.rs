//! What an installation publishes about itself so that authorization servers know it: there is no
//! registration (sheet bluesky.md §2). The web crate serves it at the client id's address.

use domain::app::App;
use domain::chance::Chance;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::keys::PrivateKey;
use super::wire::kept;
use crate::tokens::Tokens;
use crate::wire;

/// The metadata document, served as `application/json` with 200 and no redirect at exactly
/// `app.client_id`, for as long as any login of the app lives. `public_base_url` is the installation's
/// own address; `keys` are all signing keys, also older ones that a login is still bound to.
#[must_use]
pub fn client_metadata(app: &App, public_base_url: &str, keys: &[SecretString]) -> Value {
    json!({
        "client_id": app.client_id,
        "client_name": "Mainstay",
        "client_uri": public_base_url.trim_end_matches('/'),
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [app.redirect_uri],
        "scope": app.scopes.join(" "),
        "dpop_bound_access_tokens": true,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": key_set(keys),
    })
}

/// The public halves of the signing keys, as a JWK set. A key that cannot be read is left out.
#[must_use]
pub fn key_set(keys: &[SecretString]) -> Value {
    let public = |key: PrivateKey| {
        let mut jwk = key.public_jwk();
        jwk["kid"] = json!(key.kid);
        jwk["alg"] = json!("ES256");
        jwk["use"] = json!("sig");
        jwk
    };
    let keys: Vec<Value> = keys
        .iter()
        .filter_map(PrivateKey::from_jwk)
        .map(public)
        .collect();
    json!({ "keys": keys })
}

/// The names of signing keys, in their order; a key that cannot be read has an empty one.
#[must_use]
pub fn key_names(keys: &[SecretString]) -> Vec<String> {
    keys.iter()
        .map(|key| PrivateKey::from_jwk(key).map_or_else(String::new, |key| key.kid))
        .collect()
}

/// The name of the signing key that a login is bound to; empty where it is bound to none.
#[must_use]
pub fn bound_to(tokens: &Tokens) -> &str {
    tokens.kept(kept::KID)
}

/// A new private signing key as a JWK text, to be sealed. `kid` must differ from those of all keys
/// that the app ever had.
#[must_use]
pub fn new_signing_key(chance: &dyn Chance, kid: &str) -> SecretString {
    PrivateKey::generate(chance, kid).to_jwk()
}

/// The client id of an installation without a public https address. Such logins end after 14 days.
/// The redirect address must be on `127.0.0.1` or `[::1]`; `localhost` is refused there.
#[must_use]
pub fn loopback_client_id(redirect_uri: &str, scopes: &[String]) -> String {
    wire::with_query(
        "http://localhost",
        &[("redirect_uri", redirect_uri), ("scope", &scopes.join(" "))],
    )
}
