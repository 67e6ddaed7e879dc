//! Breaking and mending Bluesky accounts. JSON: `{"platform": "bluesky", "kind": …, "did": …}`.

use super::ids::is_handle;
use super::state::{Standing, end_session};
use crate::simulator::Scene;
use crate::state::State;
use serde::{Deserialize, Serialize};

/// One thing to break, or to mend again. `did` takes a handle as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Break {
    /// The person ends every session at the server's account page. Cannot be mended.
    RevokeSessions {
        /// Account.
        did: String,
    },
    /// The access tokens of the account's sessions end now; they can be refreshed.
    EndAccessToken {
        /// Account.
        did: String,
    },
    /// The sessions keep only `atproto`: writing answers `ScopeMissingError`.
    DropPermission {
        /// Account.
        did: String,
    },
    /// The password is changed. OAuth sessions live on (sheet bluesky.md §4).
    ChangePassword {
        /// Account.
        did: String,
    },
    /// The person pauses the account: writing answers 401 `AccountDeactivated`.
    Deactivate {
        /// Account.
        did: String,
    },
    /// Moderation takes the account down: 401 `AccountTakedown`, and its sessions are gone.
    TakeDown {
        /// Account.
        did: String,
    },
    /// The account is deleted. Cannot be mended.
    DeleteAccount {
        /// Account.
        did: String,
    },
    /// The account has another handle from now on; the DID stays.
    ChangeHandle {
        /// Account.
        did: String,
        /// The new one.
        handle: String,
    },
}

impl Break {
    fn account(&self) -> &str {
        match self {
            Self::RevokeSessions { did }
            | Self::EndAccessToken { did }
            | Self::DropPermission { did }
            | Self::ChangePassword { did }
            | Self::Deactivate { did }
            | Self::TakeDown { did }
            | Self::DeleteAccount { did }
            | Self::ChangeHandle { did, .. } => did,
        }
    }
}

fn found(state: &State, what: &Break) -> Result<String, String> {
    let wanted = what.account();
    let account = state.bluesky.account(wanted);
    account
        .map(|one| one.did.clone())
        .ok_or_else(|| format!("there is no account {wanted} at Bluesky"))
}

fn stand(state: &mut State, did: &str, standing: Standing) {
    if let Some(account) = state.bluesky.accounts.get_mut(did) {
        account.standing = standing;
    }
}

fn end_all(state: &mut State, scene: &Scene<'_>, did: &str, why: &str, keep_access: bool) -> usize {
    let sessions = state.bluesky.sessions_of(did);
    for id in &sessions {
        end_session(state, id, why, scene.now_ms, keep_access);
    }
    sessions.len()
}

/// Notes that every session of an account can do less.
fn narrowed(state: &mut State, scene: &Scene<'_>, did: &str, why: &str) {
    for id in state.bluesky.sessions_of(did) {
        state
            .facts
            .ended("bluesky", did, Some(&id), why, scene.now_ms);
    }
}

/// Breaks one thing; answers what was done, in words, or why it could not be.
pub(crate) fn break_it(
    state: &mut State,
    scene: &Scene<'_>,
    what: &Break,
) -> Result<String, String> {
    let did = found(state, what)?;
    Ok(match what {
        Break::RevokeSessions { .. } => {
            let count = end_all(state, scene, &did, "revoked_by_user", false);
            format!("{count} sessions of {did} revoked")
        }
        Break::EndAccessToken { .. } => {
            for id in state.bluesky.sessions_of(&did) {
                let bluesky = &mut state.bluesky;
                if let Some(session) = bluesky.sessions.get_mut(&id) {
                    session.access_ends_ms = scene.now_ms;
                    if let Some(place) = bluesky.access_tokens.get_mut(&session.access_token) {
                        place.ends_ms = scene.now_ms;
                    }
                }
            }
            format!("the access tokens of {did} have ended")
        }
        Break::DropPermission { .. } => {
            for session in state.bluesky.sessions.values_mut() {
                if session.did == did {
                    "atproto".clone_into(&mut session.scope);
                }
            }
            narrowed(state, scene, &did, "permission_revoked");
            format!("the sessions of {did} may only say who they are")
        }
        Break::ChangePassword { .. } => {
            if let Some(account) = state.bluesky.accounts.get_mut(&did) {
                account.passwords += 1;
            }
            format!("the password of {did} was changed; sessions live on")
        }
        Break::Deactivate { .. } => {
            stand(state, &did, Standing::Deactivated);
            narrowed(state, scene, &did, "deactivated");
            format!("{did} is deactivated")
        }
        Break::TakeDown { .. } => {
            end_all(state, scene, &did, "taken_down", true);
            stand(state, &did, Standing::Takendown);
            format!("{did} is taken down")
        }
        Break::DeleteAccount { .. } => {
            end_all(state, scene, &did, "account_deleted", true);
            stand(state, &did, Standing::Deleted);
            format!("{did} is deleted")
        }
        Break::ChangeHandle { handle, .. } => {
            let handle = handle.to_lowercase();
            if !is_handle(&handle) {
                return Err(format!("{handle} is no handle"));
            }
            if state.bluesky.account(&handle).is_some() {
                return Err(format!("{handle} is taken"));
            }
            if let Some(account) = state.bluesky.accounts.get_mut(&did) {
                account.handle.clone_from(&handle);
            }
            format!("{did} is now @{handle}")
        }
    })
}

/// Mends what can be mended; the same answers.
pub(crate) fn mend_it(
    state: &mut State,
    _scene: &Scene<'_>,
    what: &Break,
) -> Result<String, String> {
    let did = found(state, what)?;
    let standing = state.bluesky.accounts.get(&did).map(|one| one.standing);
    match (what, standing) {
        (Break::DropPermission { .. }, _) => {
            for session in state.bluesky.sessions.values_mut() {
                if session.did == did {
                    session.scope.clone_from(&session.granted);
                }
            }
            Ok(format!(
                "the sessions of {did} may do again what was granted"
            ))
        }
        (Break::Deactivate { .. }, Some(Standing::Deactivated)) => {
            stand(state, &did, Standing::Active);
            Ok(format!("{did} is active again"))
        }
        (Break::TakeDown { .. }, Some(Standing::Takendown)) => {
            stand(state, &did, Standing::Active);
            Ok(format!(
                "{did} is active again; its sessions are gone and need a sign-in"
            ))
        }
        (Break::ChangePassword { .. }, _) => Err("a changed password stays changed".to_owned()),
        (Break::DeleteAccount { .. }, _) => Err("a deleted account stays deleted".to_owned()),
        (Break::RevokeSessions { .. }, _) => {
            Err("revoked sessions stay revoked; sign in again".to_owned())
        }
        (Break::EndAccessToken { .. }, _) => {
            Err("an ended access token stays ended; refresh it".to_owned())
        }
        (Break::ChangeHandle { .. }, _) => Err("change the handle again instead".to_owned()),
        (Break::Deactivate { .. } | Break::TakeDown { .. }, _) => {
            Err(format!("{did} does not stand like that"))
        }
    }
}
