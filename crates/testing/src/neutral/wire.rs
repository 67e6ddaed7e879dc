//! What the neutral server is asked, and what its answers mean: the words are those of `oidc-provider`'s own code.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::cause::Cause;
use platforms::call::Call;
use platforms::failure::{About, Failure, Sent};
use platforms::http::{Address, Request, Response};
use platforms::tokens::Tokens;
use platforms::wire;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::DEADLINE_MS;

/// What stands behind `invalid_grant`, and which cause that is.
const CAUSES: &[(&str, Cause)] = &[
    // Its successor went to somebody: to us, and was lost, or to a thief or a copy.
    ("already used", Cause::LostInFlight),
    ("expired", Cause::LifespanEnded),
    ("not found", Cause::AppRemovedByUser),
];

/// An answer of the token endpoint.
pub(super) struct Answer {
    pub(super) tokens: Tokens,
    pub(super) expires_in: Option<i64>,
}

impl Answer {
    pub(super) fn read(said: &Value) -> Self {
        Self {
            tokens: Tokens {
                access: wire::text(said, "access_token").into(),
                refresh: Some(wire::text(said, "refresh_token").into()),
                keep: BTreeMap::new(),
            },
            expires_in: wire::number(said, "expires_in"),
        }
    }
}

pub(super) fn refresh(tokens: &Tokens) -> &str {
    let refresh = tokens.refresh.as_ref();
    refresh.map_or("", |token| token.expose_secret())
}

pub(super) fn url(call: &Call<'_>, path: &str) -> String {
    format!("{}{path}", call.app.hosts.get("server"))
}

/// Asks as the client that we are.
pub(super) async fn form(
    call: &Call<'_>,
    operation: &'static str,
    path: &str,
    pairs: &[(&str, &str)],
) -> Result<Value, Failure> {
    let secret = call.secrets.client_secret.as_ref();
    let secret = secret.map_or("", |secret| secret.expose_secret());
    let basic = STANDARD.encode(format!("{}:{secret}", call.app.client_id));
    let address = Address::Configured;
    let mut request = wire::post_form(operation, url(call, path), pairs, DEADLINE_MS, address);
    wire::authorize(&mut request, "Basic", &basic);
    send(call, request).await
}

/// Asks with the access token who it belongs to.
pub(super) async fn me(
    call: &Call<'_>,
    operation: &'static str,
    access: &SecretString,
) -> Result<String, Failure> {
    let address = Address::Configured;
    let mut request = wire::get(operation, url(call, "/me"), DEADLINE_MS, address);
    wire::authorize(&mut request, "Bearer", access.expose_secret());
    let said = send(call, request).await?;
    Ok(wire::text(&said, "sub"))
}

async fn send(call: &Call<'_>, request: Request) -> Result<Value, Failure> {
    let operation = request.operation;
    match call.out.send(request).await {
        Ok(answer) => read(call, operation, &answer),
        Err(error) => Err(wire::no_answer(operation, &error)),
    }
}

fn read(call: &Call<'_>, operation: &'static str, answer: &Response) -> Result<Value, Failure> {
    let said = wire::json(answer).unwrap_or_default();
    let (code, message) = (
        wire::text(&said, "error"),
        wire::text(&said, "error_description"),
    );
    let evidence = wire::evidence(operation, answer.status, &code, "", &message);
    let of_login = |cause, final_answer| Failure {
        cause,
        about: About::Login,
        final_answer,
        sent: Sent::No,
        retry_after_ms: None,
        evidence: evidence.clone(),
    };
    match answer.status {
        // A revocation answers with nothing.
        200 => Ok(said),
        400 if code == "invalid_grant" => {
            let known = CAUSES.iter().find(|(words, _)| message.contains(words));
            Err(of_login(
                known.map_or(Cause::Unknown, |(_, cause)| *cause),
                true,
            ))
        }
        401 if code == "invalid_token" => Err(of_login(Cause::LifespanEnded, false)),
        429 | 500.. => Err(Failure {
            retry_after_ms: wire::retry_after_ms(answer, call.now),
            ..Failure::passing(Sent::Maybe, evidence)
        }),
        _ => Err(Failure::unmapped(Sent::Maybe, evidence)),
    }
}

/// The refresh token is one no more: it was spent by a renewal whose answer never came.
pub(super) fn rotated(operation: &str) -> Failure {
    Failure {
        cause: Cause::LostInFlight,
        about: About::Login,
        final_answer: false,
        sent: Sent::No,
        retry_after_ms: None,
        evidence: wire::evidence(operation, 200, "", "", "the refresh token is not active"),
    }
}

pub(super) fn not_here(operation: &str) -> Failure {
    let message = "this stand-in does not do that";
    Failure::unmapped(Sent::No, wire::evidence(operation, 0, "", "", message))
}
