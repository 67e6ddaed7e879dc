//! Who may do what at the PDS: token, proof, standing of the account, scope.

use super::dpop;
use super::errors::{XrpcError, with_nonce};
use super::state::{Session, Standing, owner_of_access};
use crate::call::Call;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use axum::response::Response;
use http::StatusCode;

/// The token of `Authorization: DPoP …`.
pub fn dpop_token(call: &Call) -> Option<&str> {
    let (scheme, token) = call.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("dpop").then(|| token.trim())
}

/// Does an operation that needs a session; every answer carries the nonce of the moment.
pub fn with_session(
    sim: &Simulator,
    operation: &'static str,
    call: &Call,
    mut work: impl FnMut(&mut State, &Scene<'_>, &Session) -> Result<Reply, XrpcError>,
) -> Response {
    sim.operate(
        operation,
        |state, _| owner_of_access(state, dpop_token(call)),
        |state, scene| {
            let reply = session_of(state, scene, call)
                .and_then(|session| work(state, scene, &session))
                .unwrap_or_else(XrpcError::reply);
            with_nonce(reply, state, scene)
        },
    )
}

/// Does an operation that anybody may ask for.
pub fn open(
    sim: &Simulator,
    operation: &'static str,
    repo: Option<&str>,
    mut work: impl FnMut(&mut State, &Scene<'_>) -> Result<Reply, XrpcError>,
) -> Response {
    sim.operate(
        operation,
        |state, _| state.bluesky.account(repo?).map(|one| one.did.clone()),
        |state, scene| work(state, scene).unwrap_or_else(XrpcError::reply),
    )
}

/// The session of a call. The proof is looked at first, then the token, then the account.
fn session_of(state: &mut State, scene: &Scene<'_>, call: &Call) -> Result<Session, XrpcError> {
    if call.header("authorization").is_none() {
        return Err(XrpcError::new(
            StatusCode::UNAUTHORIZED,
            "AuthMissing",
            "Authentication Required",
        ));
    }
    let token = dpop_token(call).ok_or_else(|| {
        XrpcError::unauthorized("InvalidToken", "Only tokens bound to a key are taken here")
    })?;
    let jkt = dpop::check(state, scene, call, Some(token))?;
    let dead = |why: &str| XrpcError::unauthorized("invalid_token", why);
    let place = state
        .bluesky
        .access_tokens
        .get(token)
        .ok_or_else(|| dead("Invalid token"))?;
    let standing = state
        .bluesky
        .accounts
        .get(&place.did)
        .map_or(Standing::Deleted, |account| account.standing);
    match standing {
        Standing::Takendown => {
            let why = "Account has been taken down";
            return Err(XrpcError::new(
                StatusCode::UNAUTHORIZED,
                "AccountTakedown",
                why,
            ));
        }
        Standing::Deleted => {
            let why = "Account not found";
            return Err(XrpcError::new(
                StatusCode::FORBIDDEN,
                "AccountNotFound",
                why,
            ));
        }
        Standing::Active | Standing::Deactivated => {}
    }
    if place.ends_ms <= scene.now_ms {
        return Err(dead("Token has expired"));
    }
    let session = state
        .bluesky
        .sessions
        .get(&place.session)
        .filter(|session| session.access_token == token)
        .ok_or_else(|| dead("Token has been revoked"))?;
    if session.jkt != jkt {
        return Err(dead("Invalid DPoP key binding"));
    }
    Ok(session.clone())
}

/// Refuses what a paused account cannot do (writing; looking at the session it can).
pub fn must_be_active(state: &State, session: &Session) -> Result<(), XrpcError> {
    let account = state.bluesky.accounts.get(&session.did);
    if account.is_some_and(|one| one.standing == Standing::Deactivated) {
        let why = "Account is deactivated";
        return Err(XrpcError::new(
            StatusCode::UNAUTHORIZED,
            "AccountDeactivated",
            why,
        ));
    }
    Ok(())
}

fn words(session: &Session) -> impl Iterator<Item = &str> {
    session.scope.split_whitespace()
}

/// True if the session has this scope, word for word.
pub fn has_scope(session: &Session, scope: &str) -> bool {
    words(session).any(|word| word == scope)
}

/// Refuses a write that the scope does not cover: `transition:generic`, or
/// `repo:COLLECTION?action=…` with every action named (all of them if none is).
pub fn must_write(session: &Session, collection: &str, actions: &[&str]) -> Result<(), XrpcError> {
    if has_scope(session, "transition:generic") {
        return Ok(());
    }
    let covered = |action: &str| {
        words(session)
            .filter_map(|word| word.strip_prefix("repo:"))
            .any(|grant| {
                let (name, query) = grant.split_once('?').unwrap_or((grant, ""));
                (name == "*" || name == collection)
                    && (query.is_empty()
                        || query
                            .split('&')
                            .any(|part| part.strip_prefix("action=") == Some(action)))
            })
    };
    match actions.iter().find(|action| !covered(action)) {
        None => Ok(()),
        Some(action) => Err(missing(&format!("repo:{collection}?action={action}"))),
    }
}

/// Refuses an upload that the scope does not cover.
pub fn must_upload(session: &Session, mime: &str) -> Result<(), XrpcError> {
    let covered = words(session)
        .filter_map(|word| word.strip_prefix("blob:"))
        .any(|accept| accepts(accept, mime));
    if covered || has_scope(session, "transition:generic") {
        return Ok(());
    }
    Err(missing(&format!("blob:{mime}")))
}

/// True if a pattern such as `image/*` covers a type.
pub fn accepts(pattern: &str, mime: &str) -> bool {
    pattern == "*/*"
        || pattern == mime
        || pattern
            .strip_suffix('*')
            .is_some_and(|start| start.ends_with('/') && mime.starts_with(start))
}

fn missing(scope: &str) -> XrpcError {
    XrpcError::new(
        StatusCode::FORBIDDEN,
        "ScopeMissingError",
        format!("Missing required scope \"{scope}\""),
    )
}
