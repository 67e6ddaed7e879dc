//! Proofs of possession (DPoP): every call of a session is signed with the session's own key, and
//! servers hand out nonces that the next proof must hold. Sheet bluesky.md §3.
//!
//! Nonces are learned anew for each trait call: they live three minutes, and a first request without
//! one is refused without having had any effect.

use std::collections::BTreeMap;

use http::HeaderName;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::{Position, Url};

use super::keys::{PrivateKey, base64url, fresh_id};
use crate::call::Call;
use crate::http::{Request, Response, SendError};
use crate::wire;

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A session's key with the nonces that servers gave during this call, by origin.
pub(super) struct Prover<'a> {
    call: &'a Call<'a>,
    key: PrivateKey,
    nonces: BTreeMap<String, String>,
}

impl<'a> Prover<'a> {
    pub(super) fn new(call: &'a Call<'a>, key: PrivateKey) -> Self {
        Self {
            call,
            key,
            nonces: BTreeMap::new(),
        }
    }

    /// The private key, to be sealed with the session.
    pub(super) fn key_jwk(&self) -> SecretString {
        self.key.to_jwk()
    }

    /// Sends what `make` gives, with a proof, and with the access token where there is one. Where the
    /// server wants another nonce it is sent once more, made anew: such a refusal consumes nothing.
    pub(super) async fn send(
        &mut self,
        make: &(dyn Fn() -> Request + Sync),
        access: Option<&SecretString>,
    ) -> Result<Response, SendError> {
        let first = self.send_once(make(), access).await?;
        if wants_nonce(&first) {
            self.send_once(make(), access).await
        } else {
            Ok(first)
        }
    }

    /// Sends once; a nonce in the answer is kept.
    pub(super) async fn send_once(
        &mut self,
        mut request: Request,
        access: Option<&SecretString>,
    ) -> Result<Response, SendError> {
        let Ok(url) = Url::parse(&request.url) else {
            return Err(SendError::NotSent("the address cannot be read".to_owned()));
        };
        let origin = url.origin().ascii_serialization();
        let proof = self.proof(
            request.method.as_str(),
            &url,
            self.nonces.get(&origin),
            access,
        );
        wire::secret_header(&mut request, DPOP, &proof);
        if let Some(access) = access {
            wire::authorize(&mut request, "DPoP", access.expose_secret());
        }
        let answer = self.call.out.send(request).await?;
        let nonce = wire::header(&answer, "dpop-nonce");
        if !nonce.is_empty() {
            self.nonces.insert(origin, nonce.to_owned());
        }
        Ok(answer)
    }

    fn proof(
        &self,
        method: &str,
        url: &Url,
        nonce: Option<&String>,
        access: Option<&SecretString>,
    ) -> String {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.public_jwk() });
        let mut claims = json!({
            "jti": fresh_id(self.call.chance),
            "htm": method,
            "htu": &url[..Position::AfterPath],
            "iat": self.call.security_now.as_second(),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(access) = access {
            claims["ath"] = json!(base64url(&Sha256::digest(
                access.expose_secret().as_bytes()
            )));
        }
        self.key.sign(&header, &claims)
    }
}

/// Whether an answer refuses only for want of a nonce: 400 with a body at the authorization server
/// (401 in the guide), 401 with a header at the PDS.
fn wants_nonce(answer: &Response) -> bool {
    matches!(answer.status, 400 | 401)
        && !wire::header(answer, "dpop-nonce").is_empty()
        && (wire::header(answer, "www-authenticate").contains("use_dpop_nonce")
            || wire::json(answer)
                .is_some_and(|body| wire::text(&body, "error") == "use_dpop_nonce"))
}
