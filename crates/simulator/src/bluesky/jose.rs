//! Signed tokens as clients make them: DPoP proofs and client assertions, ES256 only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;

use super::ids::b64_sha256;

/// A token that has been taken apart but not believed.
#[derive(Clone, Debug)]
pub struct Token {
    /// The protected header.
    pub header: Value,
    /// What it claims.
    pub claims: Value,
    signed: String,
    signature: Vec<u8>,
}

impl Token {
    /// Takes a compact token apart; none if it is not one.
    pub fn read(text: &str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| -> Option<Value> {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            let value: Value = serde_json::from_slice(&bytes).ok()?;
            value.is_object().then_some(value)
        };
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            signed: signed.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// A header field as text.
    pub fn head(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A claim as text.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim as a number of seconds, in milliseconds.
    pub fn moment_ms(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()?.checked_mul(1_000)
    }

    /// True if the token says ES256 and `jwk` made the signature.
    pub fn signed_by(&self, jwk: &Value) -> bool {
        self.head("alg") == Some("ES256") && self.verify(jwk).is_some()
    }

    fn verify(&self, jwk: &Value) -> Option<()> {
        let key = verifying_key(jwk)?;
        let signature = Signature::from_slice(&self.signature).ok()?;
        key.verify(self.signed.as_bytes(), &signature).ok()
    }
}

fn verifying_key(jwk: &Value) -> Option<VerifyingKey> {
    let field = |name: &str| jwk.get(name).and_then(Value::as_str);
    if field("kty") != Some("EC") || field("crv") != Some("P-256") {
        return None;
    }
    let mut point = vec![4];
    for name in ["x", "y"] {
        let part = URL_SAFE_NO_PAD.decode(field(name)?).ok()?;
        if part.len() != 32 {
            return None;
        }
        point.extend(part);
    }
    VerifyingKey::from_sec1_bytes(&point).ok()
}

/// The RFC 7638 thumbprint of a P-256 key; none for anything else.
pub fn thumbprint(jwk: &Value) -> Option<String> {
    verifying_key(jwk)?;
    let field = |name: &str| jwk.get(name).and_then(Value::as_str);
    Some(b64_sha256(&format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        field("x")?,
        field("y")?
    )))
}
