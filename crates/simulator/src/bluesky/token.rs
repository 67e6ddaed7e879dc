//! `POST /oauth/token` and `/oauth/revoke`: sessions begin, go on and end (sheet bluesky.md §4).
//!
//! A refresh rotates without grace: the old access token ends at once, and the old refresh token,
//! presented again, ends the whole session. Operations `bluesky.token.code`,
//! `bluesky.token.refresh`, `bluesky.revoke`.

use super::clients::{self, Client};
use super::dpop;
use super::errors::{OauthError, oauth_answer};
use super::ids::b64_sha256;
use super::state::{
    ACCESS_LIFE, AccessToken, CODE_LIFE, ClientAuth, Code, RefreshToken, Session, end_session,
    owner_of_access, owner_of_refresh,
};
use crate::call::Call;
use crate::clock::DAY;
use crate::facts::Rotation;
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::{Counts, State};
use axum::extract::State as Held;
use axum::response::Response;
use serde_json::json;

pub(super) async fn token(Held(sim): Held<Simulator>, call: Call) -> Response {
    match call.filled("grant_type").as_deref() {
        Some("authorization_code") => code_grant(&sim, &call).await,
        Some("refresh_token") => refresh_grant(&sim, &call).await,
        other => {
            let why = format!(
                "Grant type {:?} is not supported by the server",
                other.unwrap_or_default()
            );
            sim.operate(
                "bluesky.token.other",
                |_, _| None,
                |state, scene| {
                    oauth_answer(state, scene, |_, _| Err(OauthError::grant(why.clone())))
                },
            )
        }
    }
}

async fn code_grant(sim: &Simulator, call: &Call) -> Response {
    let client = clients::resolve(sim, call.filled("client_id")).await;
    sim.operate(
        "bluesky.token.code",
        |state, _| {
            let code = state.bluesky.codes.get(&call.filled("code")?)?;
            Some(code.did.clone())
        },
        |state, scene| {
            oauth_answer(state, scene, |state, scene| {
                let (jkt, client, auth) = caller(state, scene, call, &client)?;
                begin(state, scene, call, &client, auth, jkt)
            })
        },
    )
}

/// Proof, then client, then assertion: whatever fails here costs no session.
fn caller(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    client: &Result<Client, OauthError>,
) -> Result<(String, Client, ClientAuth), OauthError> {
    let jkt = dpop::check(state, scene, call, None)?;
    let client = client.clone()?;
    let auth = clients::authenticate(state, scene, call, &client, &jkt)?;
    Ok((jkt, client, auth))
}

fn begin(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    client: &Client,
    auth: ClientAuth,
    jkt: String,
) -> Result<Reply, OauthError> {
    let given = call
        .filled("code")
        .ok_or_else(|| OauthError::request("code is required"))?;
    let code = spend(state, scene, &given)?;
    may_begin(state, scene, call, client, &code, &jkt)?;
    let id = format!("tok-{}", state.chance.hex(32));
    if let Some(kept) = state.bluesky.codes.get_mut(&given) {
        kept.session = Some(id.clone());
    }
    let session = Session {
        id,
        did: code.did,
        client_id: client.id.clone(),
        client: auth,
        jkt,
        scope: code.request.scope.clone(),
        granted: code.request.scope,
        created_ms: scene.now_ms,
        refreshed_ms: scene.now_ms,
        generation: 0,
        access_token: String::new(),
        access_ends_ms: 0,
        refresh_token: String::new(),
    };
    Ok(hand_out(state, scene, session))
}

/// Takes a code, which is spent whatever comes of it. A second time costs the session.
fn spend(state: &mut State, scene: &Scene<'_>, given: &str) -> Result<Code, OauthError> {
    let code = state
        .bluesky
        .codes
        .get_mut(given)
        .ok_or_else(|| OauthError::grant("Invalid code"))?;
    if code.used {
        if let Some(session) = code.session.clone() {
            end_session(state, &session, "code_replayed", scene.now_ms, false);
        }
        return Err(OauthError::grant("Invalid code"));
    }
    code.used = true;
    Ok(code.clone())
}

/// Judges the first exchange.
fn may_begin(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    client: &Client,
    code: &Code,
    jkt: &str,
) -> Result<(), OauthError> {
    let asked = &code.request;
    if asked.client_id != client.id {
        return Err(OauthError::grant("This code was not issued to this client"));
    }
    if code.issued_ms + CODE_LIFE <= scene.now_ms {
        return Err(OauthError::grant("This code has expired"));
    }
    if call.filled("redirect_uri").as_deref() != Some(&asked.redirect_uri) {
        return Err(OauthError::grant(
            "The redirect_uri does not match the authorization request",
        ));
    }
    if asked.jkt != jkt {
        return Err(OauthError::grant(
            "DPoP proof does not match the expected JKT",
        ));
    }
    let verifier = call.filled("code_verifier").unwrap_or_default();
    if verifier.len() < 43 || b64_sha256(&verifier) != asked.challenge {
        return Err(OauthError::grant("Invalid code_verifier"));
    }
    if !state
        .bluesky
        .challenges
        .first(&asked.challenge, scene.now_ms, DAY)
    {
        return Err(OauthError::grant("Code challenge already used"));
    }
    Ok(())
}

/// Gives the session its next pair of tokens.
fn hand_out(state: &mut State, scene: &Scene<'_>, mut session: Session) -> Reply {
    let access = state.chance.token("", 96);
    let refresh = format!("ref-{}", state.chance.hex(64));
    let bluesky = &mut state.bluesky;
    bluesky.access_tokens.remove(&session.access_token);
    session.generation += 1;
    session.refreshed_ms = scene.now_ms;
    session.access_ends_ms = (scene.now_ms + ACCESS_LIFE).min(session.ends_ms());
    session.access_token.clone_from(&access);
    session.refresh_token.clone_from(&refresh);
    bluesky.access_tokens.insert(
        access.clone(),
        AccessToken {
            session: session.id.clone(),
            did: session.did.clone(),
            ends_ms: session.access_ends_ms,
        },
    );
    bluesky.refresh_tokens.insert(
        refresh.clone(),
        RefreshToken {
            session: session.id.clone(),
            did: session.did.clone(),
            generation: session.generation,
        },
    );
    Counts::one_more(&mut state.counts.tokens_issued, &session.did);
    let body = json!({
        "access_token": access,
        "token_type": "DPoP",
        "expires_in": (session.access_ends_ms - scene.now_ms) / 1_000,
        "refresh_token": refresh,
        "scope": session.scope,
        "sub": session.did,
    });
    bluesky.sessions.insert(session.id.clone(), session);
    Reply::ok(&body)
}

/// Marks a refresh token as being redeemed for as long as it lives.
struct Flight<'a> {
    sim: &'a Simulator,
    token: Option<String>,
    alone: bool,
}

impl<'a> Flight<'a> {
    fn begin(sim: &'a Simulator, token: Option<String>) -> Self {
        let before = token.as_ref().map(|token| {
            sim.change(|state, _| {
                let count = state.bluesky.in_flight.entry(token.clone()).or_default();
                *count += 1;
                *count - 1
            })
        });
        Self {
            sim,
            token,
            alone: before.unwrap_or(0) == 0,
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            self.sim.change(|state, _| {
                if let Some(count) = state.bluesky.in_flight.get_mut(token) {
                    *count -= 1;
                    if *count == 0 {
                        state.bluesky.in_flight.remove(token);
                    }
                }
            });
        }
    }
}

async fn refresh_grant(sim: &Simulator, call: &Call) -> Response {
    let token = call.filled("refresh_token");
    let flight = Flight::begin(sim, token.clone());
    // Lets a second call with the same token be seen, so that one of the two gets a 500.
    tokio::task::yield_now().await;
    let client = clients::resolve(sim, call.filled("client_id")).await;
    sim.operate(
        "bluesky.token.refresh",
        |state, _| owner_of_refresh(state, token.as_deref()),
        |state, scene| {
            oauth_answer(state, scene, |state, scene| {
                let (jkt, client, auth) = caller(state, scene, call, &client)?;
                if !flight.alone {
                    return Err(OauthError::internal());
                }
                let token = token.as_deref().unwrap_or_default();
                go_on(state, scene, token, &client, auth, &jkt)
            })
        },
    )
}

fn go_on(
    state: &mut State,
    scene: &Scene<'_>,
    token: &str,
    client: &Client,
    auth: ClientAuth,
    jkt: &str,
) -> Result<Reply, OauthError> {
    let found = state
        .bluesky
        .refresh_tokens
        .get(token)
        .and_then(|place| state.bluesky.sessions.get(&place.session))
        .cloned()
        .ok_or_else(|| OauthError::grant("Invalid refresh token"))?;
    // From here on every refusal costs the session.
    if let Err((why, error)) = may_go_on(&found, scene, token, client, &auth, jkt) {
        if why == "replayed" {
            if let Some(account) = state.bluesky.accounts.get_mut(&found.did) {
                account.replays += 1;
            }
            if state.bluesky.reuse_spares_session {
                return Err(error);
            }
        }
        end_session(state, &found.id, why, scene.now_ms, false);
        return Err(error);
    }
    if scene.empty_secret {
        return Ok(empty(scene, &found));
    }
    if let Some(account) = state.bluesky.accounts.get_mut(&found.did) {
        account.rotations += 1;
    }
    state.facts.renewed(
        "bluesky",
        &found.did,
        Some(&found.id),
        Rotation::Replaced,
        scene.now_ms,
    );
    // A session begun without a key lives longer once its client proves itself.
    let session = Session {
        client: auth,
        ..found
    };
    Ok(hand_out(state, scene, session).rotating())
}

/// A refresh that refreshed nothing (fault `empty_secret`): the access token that is there, and
/// an empty text for the refresh token.
fn empty(scene: &Scene<'_>, session: &Session) -> Reply {
    Reply::ok(&json!({
        "access_token": session.access_token,
        "token_type": "DPoP",
        "expires_in": (session.access_ends_ms - scene.now_ms).max(0) / 1_000,
        "refresh_token": "",
        "scope": session.scope,
        "sub": session.did,
    }))
}

/// Judges a refresh; the word says why the session ended.
fn may_go_on(
    session: &Session,
    scene: &Scene<'_>,
    token: &str,
    client: &Client,
    auth: &ClientAuth,
    jkt: &str,
) -> Result<(), (&'static str, OauthError)> {
    let refuse = |why: &'static str, text: &str| Err((why, OauthError::grant(text)));
    if session.refresh_token != token {
        return refuse("replayed", "Refresh token replayed");
    }
    if session.client_id != client.id {
        return refuse("other_client", "Token was not issued to this client");
    }
    if session.client != ClientAuth::Public && *auth == ClientAuth::Public {
        return refuse(
            "other_client_key",
            "Client authentication method mismatch (expected private_key_jwt)",
        );
    }
    if session.client != ClientAuth::Public && session.client != *auth {
        return refuse(
            "other_client_key",
            "The session was initiated with a different key than the client assertion currently used",
        );
    }
    if session.jkt != jkt {
        return refuse(
            "other_proof_key",
            "DPoP proof does not match the expected JKT",
        );
    }
    let (idle, life) = auth.lives();
    if scene.now_ms - session.created_ms > life {
        return refuse("session_expired", "Session expired");
    }
    if scene.now_ms - session.refreshed_ms > idle {
        return refuse("refresh_expired", "Refresh token expired");
    }
    Ok(())
}

/// Answers 200 to everything but a bad proof, as the real server does; a call without a proof,
/// or from another client or key, revokes nothing.
pub(super) async fn revoke(Held(sim): Held<Simulator>, call: Call) -> Response {
    let client = clients::resolve(&sim, call.filled("client_id")).await;
    let token = call.filled("token");
    sim.operate(
        "bluesky.revoke",
        |state, _| {
            owner_of_refresh(state, token.as_deref())
                .or_else(|| owner_of_access(state, token.as_deref()))
        },
        |state, scene| {
            oauth_answer(state, scene, |state, scene| {
                let nothing = Reply::ok(&json!({}));
                if call.header("dpop").is_none() {
                    return Ok(nothing.outcome("nothing revoked: no proof"));
                }
                let jkt = dpop::check(state, scene, &call, None)?;
                let Ok(client) = client.clone() else {
                    return Ok(nothing.outcome("nothing revoked: no such client"));
                };
                let Ok(auth) = clients::authenticate(state, scene, &call, &client, &jkt) else {
                    return Ok(nothing.outcome("nothing revoked: not this client"));
                };
                let token = token.as_deref().unwrap_or_default();
                let ended = session_behind(state, token)
                    .filter(|one| one.client_id == client.id && one.jkt == jkt)
                    .filter(|one| one.client == ClientAuth::Public || one.client == auth)
                    .map(|one| one.id.clone());
                match ended {
                    None => Ok(nothing.outcome("nothing revoked: no such session")),
                    Some(id) => {
                        end_session(state, &id, "revoked_by_client", scene.now_ms, false);
                        Ok(nothing)
                    }
                }
            })
        },
    )
}

/// The living session of a refresh or access token.
fn session_behind<'a>(state: &'a State, token: &str) -> Option<&'a Session> {
    let bluesky = &state.bluesky;
    let by_refresh = bluesky.refresh_tokens.get(token).map(|one| &one.session);
    let id = by_refresh.or_else(|| Some(&bluesky.access_tokens.get(token)?.session))?;
    bluesky.sessions.get(id)
}
