//! How this adapter speaks: plain reads, calls of a signed-in session, and what it keeps with tokens.

use domain::app::Hosts;
use secrecy::SecretString;
use serde_json::Value;

use super::dpop::Prover;
use super::errors::{self, Speaker, Trouble};
use super::keys::PrivateKey;
use crate::call::Call;
use crate::failure::{Failure, Sent};
use crate::http::{Address, Request, Response};
use crate::tokens::Tokens;
use crate::wire;

/// The longest that one request may take, in milliseconds. One step makes at most four, one after the
/// other: a nonce, the call, the call with a newer nonce, a look.
pub(super) const REQUEST_MS: i64 = 20_000;
/// Posts.
pub(super) const POSTS: &str = "app.bsky.feed.post";

/// Names under which things are kept with a grant's tokens.
pub(super) mod kept {
    pub const ISSUER: &str = "issuer";
    pub const PDS: &str = "pds";
    pub const TOKEN_ENDPOINT: &str = "token_endpoint";
    pub const REVOCATION_ENDPOINT: &str = "revocation_endpoint";
    pub const DPOP_KEY: &str = "dpop_key";
    pub const KID: &str = "kid";
    pub const DID: &str = "did";
    pub const SCOPE: &str = "scope";
}

/// The address of an XRPC call, without its query.
pub(super) fn xrpc(server: &str, method: &str) -> String {
    format!("{}/xrpc/{method}", server.trim_end_matches('/'))
}

/// A post's public address.
pub(super) fn permalink(hosts: &Hosts, did: &str, key: &str) -> Option<String> {
    let web = hosts.get("web");
    (!web.is_empty()).then(|| format!("{web}/profile/{did}/post/{key}"))
}

/// A blob's address at the PDS.
pub(super) fn blob_address(pds: &str, did: &str, cid: &str) -> String {
    wire::with_query(
        &xrpc(pds, "com.atproto.sync.getBlob"),
        &[("did", did), ("cid", cid)],
    )
}

/// Where a PDS or authorization server is: an address that others named.
pub(super) fn given(call: &Call<'_>) -> Address {
    Address::Given(call.reach)
}

/// Reads something public, once. Redirects are answers like others.
pub(super) async fn read(
    call: &Call<'_>,
    operation: &'static str,
    url: String,
    address: Address,
) -> Result<Response, Failure> {
    let request = wire::get(operation, url, REQUEST_MS, address);
    call.out
        .send(request)
        .await
        .map_err(|error| wire::no_answer(operation, &error))
}

/// A success's JSON. One that cannot be read passes, and may have had its effect.
pub(super) fn body(operation: &str, answer: &Response) -> Result<Value, Failure> {
    wire::json(answer)
        .filter(Value::is_object)
        .ok_or_else(|| Failure::passing(Sent::Maybe, wire::evidence_of_text(operation, answer)))
}

/// A grant's session at its PDS, for the length of one call.
pub(super) struct Session<'a> {
    call: &'a Call<'a>,
    prover: Prover<'a>,
    access: &'a SecretString,
    /// The server, without a slash at its end.
    pub(super) pds: &'a str,
    /// The account.
    pub(super) did: &'a str,
}

impl<'a> Session<'a> {
    pub(super) fn open(call: &'a Call<'a>, tokens: &'a Tokens) -> Result<Self, Failure> {
        let prover = prover(call, tokens)?;
        let (pds, did) = (tokens.kept(kept::PDS), tokens.kept(kept::DID));
        if pds.is_empty() || did.is_empty() {
            return Err(errors::trouble("bluesky.session", Trouble::KeptUnreadable));
        }
        Ok(Self {
            call,
            prover,
            access: &tokens.access,
            pds,
            did,
        })
    }

    /// Sends a request of the session; a success's JSON, or what the refusal means.
    pub(super) async fn ask(
        &mut self,
        speaker: Speaker,
        make: &(dyn Fn() -> Request + Sync),
    ) -> Result<Value, Failure> {
        let operation = make().operation;
        let answer = self.prover.send(make, Some(self.access)).await;
        let answer = answer.map_err(|error| wire::no_answer(operation, &error))?;
        if wire::is_ok(answer.status) {
            body(operation, &answer)
        } else {
            Err(errors::failure(operation, speaker, &answer, self.call.now))
        }
    }

    /// `com.atproto.server.getSession`: proves the token, tells handle and state.
    pub(super) async fn get_session(&mut self) -> Result<Value, Failure> {
        let (url, address) = (
            xrpc(self.pds, "com.atproto.server.getSession"),
            given(self.call),
        );
        let make = || wire::get("bluesky.get_session", url.clone(), REQUEST_MS, address);
        self.ask(Speaker::Reading, &make).await
    }

    /// Fetches a nonce with a small read, before something large is sent: a server that refuses early
    /// and closes would leave us without its answer. What else it answers is not looked at.
    pub(super) async fn warm_up(&mut self) {
        let url = xrpc(self.pds, "com.atproto.server.getSession");
        let request = wire::get("bluesky.nonce", url, REQUEST_MS, given(self.call));
        if let Err(error) = self.prover.send_once(request, Some(self.access)).await {
            tracing::debug!(%error, "no nonce before an upload");
        }
    }
}

/// The prover of a grant.
pub(super) fn prover<'a>(call: &'a Call<'a>, tokens: &Tokens) -> Result<Prover<'a>, Failure> {
    tokens
        .keep
        .get(kept::DPOP_KEY)
        .and_then(PrivateKey::from_jwk)
        .map(|key| Prover::new(call, key))
        .ok_or_else(|| errors::trouble("bluesky.proof", Trouble::KeptUnreadable))
}
