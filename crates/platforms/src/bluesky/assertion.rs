//! What kind of client an app is, and how a confidential one proves itself (`private_key_jwt`).
//! Sheet bluesky.md §2 and §3.

use domain::app::App;
use secrecy::SecretString;
use serde_json::json;

use super::errors::{self, Trouble};
use super::keys::{PrivateKey, fresh_id};
use crate::call::Call;
use crate::failure::Failure;

/// The kind of client, read from the client id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `http://localhost?…`: a public client without any proof of its own; its sessions end after two
    /// weeks.
    Loopback,
    /// The https address of a metadata document; proves itself with a key.
    Confidential,
}

/// The kind of client that this app is.
pub(super) fn kind(app: &App) -> Kind {
    if app.client_id.starts_with("http://localhost") {
        Kind::Loopback
    } else {
        Kind::Confidential
    }
}

/// How an app proves itself at an authorization server, ready to be used for each request anew.
pub(super) struct ClientProof {
    key: Option<PrivateKey>,
}

impl ClientProof {
    /// For a new sign-in: with the newest key.
    pub(super) fn newest(call: &Call<'_>) -> Result<Self, Failure> {
        Self::pick(call, |_| true)
    }

    /// For a grant that is bound to this key. Another key would end the session at the server, so a
    /// key that is gone is our own trouble and the call is not made.
    pub(super) fn bound_to(call: &Call<'_>, kid: &str) -> Result<Self, Failure> {
        Self::pick(call, |key| key.kid == kid)
    }

    fn pick(call: &Call<'_>, fits: impl Fn(&PrivateKey) -> bool) -> Result<Self, Failure> {
        if kind(call.app) == Kind::Loopback {
            return Ok(Self { key: None });
        }
        let keys: &[SecretString] = &call.secrets.signing_keys;
        let key = keys.iter().filter_map(PrivateKey::from_jwk).find(fits);
        match key {
            Some(key) => Ok(Self { key: Some(key) }),
            None => Err(errors::trouble(
                "bluesky.client_assertion",
                Trouble::SigningKeyMissing,
            )),
        }
    }

    /// The name of the key; empty for a loopback client.
    pub(super) fn kid(&self) -> &str {
        self.key.as_ref().map_or("", |key| &key.kid)
    }

    /// The form fields that name the client and prove it. The assertion's `jti` is used once, so this
    /// is asked for each request, a repetition too.
    pub(super) fn fields(&self, call: &Call<'_>, issuer: &str) -> Vec<(&'static str, String)> {
        let client = call.app.client_id.clone();
        let mut fields = vec![("client_id", client.clone())];
        if let Some(key) = &self.key {
            let now = call.security_now.as_second();
            let header = json!({ "alg": "ES256", "typ": "JWT", "kid": key.kid });
            // Accepted for one minute by the reference server.
            let claims = json!({
                "iss": client, "sub": client, "aud": issuer,
                "jti": fresh_id(call.chance), "iat": now, "exp": now + 60,
            });
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            fields.push(("client_assertion_type", kind.to_owned()));
            fields.push(("client_assertion", key.sign(&header, &claims)));
        }
        fields
    }
}
