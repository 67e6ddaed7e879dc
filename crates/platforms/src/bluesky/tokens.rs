//! Token answers, renewal with rotation, the witness, and giving a session back (sheet bluesky.md §4).

use domain::Timestamp;
use domain::cause::Cause;
use domain::grant::{End, EndSource, Ends};
use domain::schedule::plus_ms;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::assertion::ClientProof;
use super::authorize::form;
use super::errors::{self, Speaker, Trouble};
use super::wire::{Session, body, given, kept, prover, read, xrpc};
use crate::call::Call;
use crate::failure::{Failure, Sent};
use crate::tokens::{Renewed, Tokens};
use crate::wire;

const RENEW: &str = "bluesky.renew";
/// The public word on an account.
const STATUS: &str = "bluesky.repo_status";
const REVOKE: &str = "bluesky.revoke";

/// What a token endpoint answered.
pub(super) struct Answer {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub token_type: String,
    pub scope: String,
    pub sub: String,
    expires_in: Option<i64>,
}

impl Answer {
    pub(super) fn read(value: &Value) -> Self {
        let secret = |name: &str| SecretString::from(wire::text(value, name));
        Self {
            access: secret("access_token"),
            refresh: Some(secret("refresh_token"))
                .filter(|token| !token.expose_secret().is_empty()),
            token_type: wire::text(value, "token_type"),
            scope: wire::text(value, "scope"),
            sub: wire::text(value, "sub"),
            expires_in: wire::number(value, "expires_in"),
        }
    }

    pub(super) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split_ascii_whitespace()
    }

    /// The end that the answer names: the access token's. The session's own ends no answer tells.
    pub(super) fn ends(&self, now: Timestamp) -> Ends {
        let at = self
            .expires_in
            .map(|seconds| plus_ms(now, seconds.saturating_mul(1_000)));
        Ends {
            access_end: at.map(|at| End {
                at,
                source: EndSource::Answer,
            }),
            ..Ends::default()
        }
    }
}

/// Exactly one renewal. A refusal for want of a nonce consumes nothing and is repeated once by the
/// prover; nothing else is ever repeated here, since a refresh token used twice ends the session.
pub(super) async fn renew(call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
    let kept_whole = || errors::trouble(RENEW, Trouble::KeptUnreadable);
    let refresh = tokens.refresh.as_ref().ok_or_else(kept_whole)?;
    let proof = ClientProof::bound_to(call, tokens.kept(kept::KID))?;
    let endpoint = tokens.kept(kept::TOKEN_ENDPOINT);
    if endpoint.is_empty() {
        return Err(kept_whole());
    }
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.expose_secret()),
    ];
    let make = || {
        form(
            call,
            RENEW,
            endpoint,
            tokens.kept(kept::ISSUER),
            &proof,
            &fields,
        )
    };
    let mut prover = prover(call, tokens)?;
    let answer = prover
        .send(&make, None)
        .await
        .map_err(|error| wire::no_answer(RENEW, &error))?;
    if !wire::is_ok(answer.status) {
        let refused = errors::failure(RENEW, Speaker::Authorization, &answer, call.now);
        return Err(told_apart(call, tokens, refused).await);
    }
    let said = Answer::read(&body(RENEW, &answer)?);
    // For another account: never used. The old refresh token may be spent all the same.
    if !said.sub.is_empty() && said.sub != tokens.kept(kept::DID) {
        let other = errors::trouble_with(RENEW, Trouble::OtherAccount, &said.sub);
        return Err(Failure {
            sent: Sent::Maybe,
            ..other
        });
    }
    let mut new = Tokens::access_only(said.access.clone());
    new.refresh = said.refresh.clone();
    if !said.scope.is_empty() {
        new.keep
            .insert(kept::SCOPE.to_owned(), said.scope.clone().into());
    }
    let scopes = (!said.scope.is_empty()).then(|| said.scopes().map(str::to_owned).collect());
    Ok(Renewed {
        ends: said.ends(call.now),
        tokens: new,
        scopes,
    })
}

/// "Invalid refresh token" is said after the person removed us, and also after a takedown or a
/// deletion, which remove all tokens (sheet §4). The server's public word on the account tells them
/// apart; where it says nothing, the refusal stands as it is.
async fn told_apart(call: &Call<'_>, tokens: &Tokens, mut refused: Failure) -> Failure {
    if refused.cause != Cause::AppRemovedByUser {
        return refused;
    }
    let query = [("did", tokens.kept(kept::DID))];
    let url = xrpc(tokens.kept(kept::PDS), "com.atproto.sync.getRepoStatus");
    let url = wire::with_query(&url, &query);
    let Ok(answer) = read(call, STATUS, url, given(call)).await else {
        return refused;
    };
    let status = wire::json(&answer).map(|says| wire::text(&says, "status"));
    let status = status.filter(|_| answer.status == 200).unwrap_or_default();
    match status.as_str() {
        // Signing in is refused until the server lets the account up again.
        "takendown" | "suspended" => refused.cause = Cause::AccountRestricted,
        "deleted" => refused.cause = Cause::AccountDeleted,
        _ => {}
    }
    refused.evidence.subcode = status;
    refused
}

/// Whether the access token is still taken. A renewal ends the old one at once, so that after a lost
/// answer: taken means not rotated. Refused means rotated *or* simply at its end, so the refusal is
/// not final; its evidence has the server's code (`invalid_token`, `InvalidToken`, `ExpiredToken`).
pub(super) async fn witness(call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
    Session::open(call, tokens)?.get_session().await.map(|_| ())
}

/// Ends the session at the server by its refresh token. False where the server has no such call.
pub(super) async fn revoke(call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure> {
    let endpoint = tokens.kept(kept::REVOCATION_ENDPOINT);
    if endpoint.is_empty() {
        return Ok(false);
    }
    let proof = ClientProof::bound_to(call, tokens.kept(kept::KID))?;
    let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
    let fields = [("token", token.expose_secret())];
    let make = || {
        form(
            call,
            REVOKE,
            endpoint,
            tokens.kept(kept::ISSUER),
            &proof,
            &fields,
        )
    };
    let mut prover = prover(call, tokens)?;
    let answer = prover
        .send(&make, None)
        .await
        .map_err(|error| wire::no_answer(REVOKE, &error))?;
    if wire::is_ok(answer.status) {
        Ok(true)
    } else {
        Err(errors::failure(
            REVOKE,
            Speaker::Authorization,
            &answer,
            call.now,
        ))
    }
}
