//! P-256 keys as JWK texts, and what is signed with them (ES256). Used by [`super::dpop`] for the
//! proofs of a session and by [`super::assertion`] for those of the app.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::chance::Chance;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// Bytes in the alphabet of JSON web tokens.
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A name that is used once: 128 bits of chance.
pub(super) fn fresh_id(chance: &dyn Chance) -> String {
    base64url(&chance.bytes::<16>())
}

/// A private key. It cannot be printed.
pub(super) struct PrivateKey {
    key: SigningKey,
    /// The name under which others know the public half; empty for a session's proof key.
    pub(super) kid: String,
}

impl PrivateKey {
    /// A new key.
    pub(super) fn generate(chance: &dyn Chance, kid: &str) -> Self {
        loop {
            let bytes = Zeroizing::new(chance.bytes::<32>());
            // Zero and numbers beyond the curve's order are no keys: one draw in 2³².
            if let Ok(key) = SigningKey::from_slice(bytes.as_slice()) {
                return Self {
                    key,
                    kid: kid.to_owned(),
                };
            }
        }
    }

    /// Reads a private JWK. None if it is none of P-256.
    pub(super) fn from_jwk(text: &SecretString) -> Option<Self> {
        let jwk: Value = serde_json::from_str(text.expose_secret()).ok()?;
        if jwk.get("kty")? != "EC" || jwk.get("crv")? != "P-256" {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(jwk.get("d")?.as_str()?).ok()?);
        let kid = jwk
            .get("kid")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned();
        Some(Self {
            key: SigningKey::from_slice(&bytes).ok()?,
            kid,
        })
    }

    /// The private JWK, to be sealed.
    pub(super) fn to_jwk(&self) -> SecretString {
        let mut jwk = self.public_jwk();
        let d = Zeroizing::new(self.key.to_bytes());
        jwk["d"] = Value::String(base64url(d.as_slice()));
        if !self.kid.is_empty() {
            jwk["kid"] = Value::String(self.kid.clone());
        }
        jwk.to_string().into()
    }

    /// The public half, with nothing but the curve and the point: the form that proofs carry.
    pub(super) fn public_jwk(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let part = |bytes: Option<&[u8]>| base64url(bytes.unwrap_or_default());
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": part(point.x().map(|x| x.as_slice())),
            "y": part(point.y().map(|y| y.as_slice())),
        })
    }

    /// A signed JSON web token. The signature is deterministic (RFC 6979), so that a seed decides it.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            base64url(header.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", base64url(&signature.to_bytes()))
    }
}
