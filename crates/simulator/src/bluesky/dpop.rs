//! Proofs of possession (RFC 9449) and their nonces.
//!
//! Nonces change with the product clock; the date of a proof is checked only where somebody asked
//! for it, because in a demo the product clock may be jumped while proofs carry the real time.

use super::ids::{b64, b64_sha256};
use super::jose::{self, Token};
use crate::call::Call;
use crate::clock::{MINUTE, SECOND};
use crate::simulator::Scene;
use crate::state::State;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};

/// A nonce is handed out this long and accepted as long again (sheet bluesky.md §3: 3 minutes,
/// older ones briefly).
const NONCE_STEP: i64 = 3 * MINUTE;
/// How old or new a proof may be where dates are checked (10 s and 3 min tolerance).
const PROOF_AGE: i64 = 10 * SECOND + 3 * MINUTE;
/// Ids of proofs and assertions are remembered this long, and at most so many.
const REMEMBER: i64 = 10 * MINUTE;
const REMEMBER_AT_MOST: usize = 20_000;

/// Why a proof was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// None was sent.
    Missing,
    /// It carries no nonce, or one that is over.
    Nonce,
    /// It is wrong; in words.
    Invalid(String),
}

/// Ids that must not come twice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    ids: BTreeSet<String>,
    order: VecDeque<(i64, String)>,
}

impl Seen {
    /// Notes an id; false if it was there already.
    pub fn first(&mut self, id: &str, now_ms: i64, remember_ms: i64) -> bool {
        while let Some((at, _)) = self.order.front()
            && (at + remember_ms < now_ms || self.order.len() > REMEMBER_AT_MOST)
        {
            if let Some((_, gone)) = self.order.pop_front() {
                self.ids.remove(&gone);
            }
        }
        let new = self.ids.insert(id.to_owned());
        if new {
            self.order.push_back((now_ms, id.to_owned()));
        }
        new
    }
}

/// The nonce of this moment.
pub fn nonce(state: &mut State, now_ms: i64) -> String {
    nonce_of(state, now_ms.div_euclid(NONCE_STEP))
}

fn nonce_of(state: &mut State, step: i64) -> String {
    if state.bluesky.nonce_salt.is_empty() {
        state.bluesky.nonce_salt = state.chance.hex(32);
    }
    let text = format!("{}:{step}", state.bluesky.nonce_salt);
    b64(&Sha256::digest(text.as_bytes())[..24])
}

/// Checks the proof of a call and returns the thumbprint of its key. `access_token` is the token
/// that the proof must name, at the PDS.
///
/// # Errors
/// [`Trouble`]; the nonce is looked at before the proof's id is spent, so a client may repeat.
pub fn check(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    access_token: Option<&str>,
) -> Result<String, Trouble> {
    let wrong = |why: &str| Trouble::Invalid(why.to_owned());
    let (proof, jkt) = read(call, state.bluesky.trusts_signatures)?;
    let jti = proof
        .claim("jti")
        .filter(|jti| !jti.is_empty())
        .ok_or_else(|| wrong("DPoP proof \"jti\" is missing"))?;
    matches_call(&proof, scene, call).map_err(|why| wrong(&why))?;
    let iat = proof
        .moment_ms("iat")
        .ok_or_else(|| wrong("DPoP proof \"iat\" is missing"))?;
    if state.bluesky.strict_proofs && (iat - scene.now_ms).abs() > PROOF_AGE {
        return Err(wrong(
            "DPoP proof \"iat\" is too far from the server's time",
        ));
    }
    let step = scene.now_ms.div_euclid(NONCE_STEP);
    let given = proof.claim("nonce").ok_or(Trouble::Nonce)?;
    // The present one and the one before; a server that spares its clients takes older ones too.
    let back = 1 + i64::from(state.bluesky.old_nonces);
    if !(0..=back).any(|back| given == nonce_of(state, step - back)) {
        return Err(Trouble::Nonce);
    }
    if let Some(token) = access_token
        && proof.claim("ath") != Some(b64_sha256(token).as_str())
    {
        return Err(wrong("DPoP proof \"ath\" does not match the access token"));
    }
    if !remember(state, &format!("{jkt}:{jti}"), scene.now_ms) {
        return Err(wrong("DPoP proof replayed"));
    }
    Ok(jkt)
}

/// The one proof of a call and the thumbprint of the key that made it.
fn read(call: &Call, trusted: bool) -> Result<(Token, String), Trouble> {
    let wrong = |why: &str| Trouble::Invalid(why.to_owned());
    let mut sent = call.headers.get_all("dpop").iter();
    let text = sent.next().ok_or(Trouble::Missing)?;
    if sent.next().is_some() {
        return Err(wrong("Only one DPoP header is allowed"));
    }
    let proof = text
        .to_str()
        .ok()
        .and_then(Token::read)
        .ok_or_else(|| wrong("The DPoP proof is not a signed token"))?;
    if proof.head("typ") != Some("dpop+jwt") {
        return Err(wrong("DPoP proof header \"typ\" must be dpop+jwt"));
    }
    let key = proof
        .header
        .get("jwk")
        .ok_or_else(|| wrong("DPoP proof header \"jwk\" is missing"))?;
    if key.get("d").is_some() {
        return Err(wrong("DPoP proof carries a private key"));
    }
    if !trusted && !proof.signed_by(key) {
        return Err(wrong("DPoP proof signature is invalid"));
    }
    let jkt = jose::thumbprint(key).ok_or_else(|| wrong("DPoP proof key is invalid"))?;
    Ok((proof, jkt))
}

/// Notes the id of a proof or assertion; false if it came before.
pub fn remember(state: &mut State, id: &str, now_ms: i64) -> bool {
    state.bluesky.proofs.first(id, now_ms, REMEMBER)
}

fn matches_call(proof: &Token, scene: &Scene<'_>, call: &Call) -> Result<(), String> {
    if proof.claim("htm") != Some(call.method.as_str()) {
        return Err("DPoP proof \"htm\" does not match the method".to_owned());
    }
    let htu = proof.claim("htu").unwrap_or_default();
    if htu.contains(['?', '#']) {
        return Err("DPoP proof \"htu\" must not have a query or fragment".to_owned());
    }
    let by_origin = format!("{}{}", scene.origin, call.path);
    let by_host = call
        .header("host")
        .map(|host| format!("http://{host}{}", call.path));
    if htu != by_origin && Some(htu) != by_host.as_deref() {
        return Err(format!("DPoP proof \"htu\" does not match: {by_origin}"));
    }
    Ok(())
}
