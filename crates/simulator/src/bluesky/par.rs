//! `POST /oauth/par`: a sign-in begins (sheet bluesky.md §3). Operation `bluesky.par`.

use super::clients::{self, Client};
use super::dpop;
use super::errors::{OauthError, oauth_answer};
use super::state::{PushedRequest, REQUEST_LIFE};
use crate::call::Call;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use axum::extract::State as Held;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

/// What every request URI begins with.
pub const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// Scopes that the server knows besides `repo:`, `blob:`, `rpc:` and `include:`.
pub const SCOPES: &[&str] = &[
    "atproto",
    "transition:generic",
    "transition:email",
    "transition:chat.bsky",
];

pub(super) async fn par(Held(sim): Held<Simulator>, call: Call) -> Response {
    let client = clients::resolve(&sim, call.filled("client_id")).await;
    sim.operate(
        "bluesky.par",
        |state, _| {
            let hint = call.filled("login_hint")?;
            state.bluesky.account(&hint).map(|one| one.did.clone())
        },
        |state, scene| {
            oauth_answer(state, scene, |state, scene| {
                push(state, scene, &call, &client)
            })
        },
    )
}

fn push(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    client: &Result<Client, OauthError>,
) -> Result<Reply, OauthError> {
    if call.filled("response_type").is_none() {
        return Err(OauthError::request(
            "Invalid authorization request: response_type is required",
        ));
    }
    let jkt = dpop::check(state, scene, call, None)?;
    let client = client.clone()?;
    clients::authenticate(state, scene, call, &client, &jkt)?;
    let request = read(scene, call, &client, jkt)?;
    state
        .bluesky
        .requests
        .retain(|_, old| old.expires_ms + REQUEST_LIFE > scene.now_ms);
    let uri = format!("{URN}req-{}", state.chance.hex(32));
    state.bluesky.requests.insert(uri.clone(), request);
    let body = json!({"request_uri": uri, "expires_in": REQUEST_LIFE / 1_000});
    Ok(Reply::json(StatusCode::CREATED, &body))
}

fn read(
    scene: &Scene<'_>,
    call: &Call,
    client: &Client,
    jkt: String,
) -> Result<PushedRequest, OauthError> {
    if call.filled("request_uri").is_some() {
        return Err(OauthError::request("request_uri is not allowed here"));
    }
    if call.filled("response_type").as_deref() != Some("code") {
        return Err(OauthError::new(
            "unsupported_response_type",
            "Only response_type \"code\" is supported",
        ));
    }
    let redirect_uri = call
        .filled("redirect_uri")
        .ok_or_else(|| OauthError::request("redirect_uri is required"))?;
    if !client.may_return_to(&redirect_uri) {
        return Err(OauthError::request(format!(
            "Invalid redirect_uri {redirect_uri}: not one of the client's"
        )));
    }
    if call.filled("code_challenge_method").as_deref() != Some("S256") {
        return Err(OauthError::request("code_challenge_method must be S256"));
    }
    let challenge = call
        .filled("code_challenge")
        .filter(|challenge| challenge.len() == 43)
        .ok_or_else(|| OauthError::request("code_challenge is required"))?;
    let scope = call.filled("scope").unwrap_or_default();
    check_scope(&scope, client)?;
    if call.filled("dpop_jkt").is_some_and(|given| given != jkt) {
        return Err(OauthError {
            status: StatusCode::UNAUTHORIZED,
            ..OauthError::new("invalid_token", "Invalid DPoP key binding")
        });
    }
    let fragment = match call.filled("response_mode").as_deref() {
        None | Some("query") => false,
        Some("fragment") => true,
        Some(_) => return Err(OauthError::request("Unsupported response_mode")),
    };
    Ok(PushedRequest {
        client_id: client.id.clone(),
        client_name: client.name.clone(),
        redirect_uri,
        state: call.filled("state"),
        challenge,
        scope,
        login_hint: call.filled("login_hint"),
        jkt,
        fragment,
        expires_ms: scene.now_ms + REQUEST_LIFE,
        did: None,
    })
}

fn check_scope(scope: &str, client: &Client) -> Result<(), OauthError> {
    let mut words = scope.split(' ');
    if !words.clone().any(|word| word == "atproto") {
        return Err(OauthError::new(
            "invalid_scope",
            "The \"atproto\" scope is required",
        ));
    }
    let known = |word: &str| {
        SCOPES.contains(&word)
            || [
                "repo:",
                "blob:",
                "rpc:",
                "include:",
                "account:",
                "identity:",
            ]
            .iter()
            .any(|start| word.starts_with(start))
    };
    if let Some(strange) = words.find(|word| !known(word)) {
        return Err(OauthError::new(
            "invalid_scope",
            format!("Scope \"{strange}\" is not supported"),
        ));
    }
    if let Some(more) = client.undeclared(scope) {
        return Err(OauthError::new(
            "invalid_scope",
            format!("Scope \"{more}\" is not declared in the client metadata"),
        ));
    }
    Ok(())
}
