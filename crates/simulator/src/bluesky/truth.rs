//! The truth about this platform, for tests, for the rehearsal and for the control page.

use super::post_rules::POSTS;
use super::state::{Account, ClientAuth, EndedSession, Session, Standing};
use crate::clock::for_people;
use crate::control::{Button, Card};
use crate::simulator::Scene;
use crate::state::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One account as it really is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountTruth {
    /// `did:plc:…`.
    pub did: String,
    /// Present handle.
    pub handle: String,
    /// Name.
    pub display_name: String,
    /// How it stands.
    pub standing: Standing,
    /// Its posts, oldest record key first.
    pub posts: Vec<PostTruth>,
    /// Living sessions.
    pub sessions: Vec<SessionTruth>,
    /// Sessions that are over.
    pub ended: Vec<EndedSession>,
    /// Refreshes done.
    pub rotations: u64,
    /// Refreshes done whose answer nobody received whole.
    pub rotated_unseen: u64,
    /// Posts that went out without their answer being received whole.
    pub published_unseen: u64,
    /// Used refresh tokens that were presented again while the session lived.
    pub replays: u64,
}

/// One post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostTruth {
    /// Record key.
    pub rkey: String,
    /// `at://…`.
    pub uri: String,
    /// Content id.
    pub cid: String,
    /// Its text.
    pub text: String,
    /// Pictures and clips it names.
    pub blobs: usize,
    /// When it was first written, by the product clock (milliseconds).
    pub written_at_ms: i64,
    /// How often it was written with different content.
    pub writes: u32,
    /// Was there before anybody posted.
    pub furnished: bool,
}

/// One living session. Tokens are not told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionTruth {
    /// Its id.
    pub id: String,
    /// Whose client.
    pub client_id: String,
    /// True if the client proves itself with a key.
    pub confidential: bool,
    /// What it may do.
    pub scope: String,
    /// 1 after sign-in, one more with each refresh.
    pub generation: u64,
    /// Signed in.
    pub created_at_ms: i64,
    /// Last refreshed.
    pub refreshed_at_ms: i64,
    /// End of the access token.
    pub access_ends_at_ms: i64,
    /// When a refresh will be refused if none is done before.
    pub ends_at_ms: i64,
}

fn session(session: &Session) -> SessionTruth {
    SessionTruth {
        id: session.id.clone(),
        client_id: session.client_id.clone(),
        confidential: session.client != ClientAuth::Public,
        scope: session.scope.clone(),
        generation: session.generation,
        created_at_ms: session.created_ms,
        refreshed_at_ms: session.refreshed_ms,
        access_ends_at_ms: session.access_ends_ms,
        ends_at_ms: session.ends_ms(),
    }
}

/// The truth about one account.
pub(super) fn of(state: &State, account: &Account) -> Option<AccountTruth> {
    let did = &account.did;
    let posts = account.records.get(POSTS).into_iter().flatten();
    let counted = |map: &std::collections::BTreeMap<String, u64>| map.get(did).copied();
    Some(AccountTruth {
        did: did.clone(),
        handle: account.handle.clone(),
        display_name: account.display_name.clone(),
        standing: account.standing,
        posts: posts
            .map(|(rkey, record)| PostTruth {
                rkey: rkey.clone(),
                uri: format!("at://{did}/{POSTS}/{rkey}"),
                cid: record.cid.clone(),
                text: record
                    .value
                    .get("text")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                blobs: super::post_rules::blobs_of(&record.value).len(),
                written_at_ms: record.written_ms,
                writes: record.writes,
                furnished: record.furnished,
            })
            .collect(),
        sessions: state
            .bluesky
            .sessions
            .values()
            .filter(|one| one.did == *did)
            .map(session)
            .collect(),
        ended: account.ended.clone(),
        rotations: account.rotations,
        rotated_unseen: counted(&state.counts.rotated_unseen).unwrap_or(0),
        published_unseen: counted(&state.counts.published_unseen).unwrap_or(0),
        replays: account.replays,
    })
}

/// Every account by DID.
pub(crate) fn truth(state: &State, _scene: &Scene<'_>) -> Value {
    let accounts: serde_json::Map<String, Value> = state
        .bluesky
        .accounts
        .values()
        .filter_map(|account| {
            let told = serde_json::to_value(of(state, account)?).ok()?;
            Some((account.did.clone(), told))
        })
        .collect();
    json!({
        "accounts": accounts,
        "strict_proofs": state.bluesky.strict_proofs,
        "client_hosts": state.bluesky.client_hosts,
    })
}

/// The accounts as the control page shows them.
pub(crate) fn cards(state: &State, scene: &Scene<'_>) -> Vec<Card> {
    let accounts = state.bluesky.accounts.values();
    accounts
        .filter_map(|account| Some(card(scene, &of(state, account)?, account)))
        .collect()
}

fn card(scene: &Scene<'_>, truth: &AccountTruth, account: &Account) -> Card {
    let mut facts = vec![format!("{} posts", truth.posts.len())];
    for session in &truth.sessions {
        let kind = if session.confidential {
            "confidential"
        } else {
            "public"
        };
        let over = if session.ends_at_ms < scene.now_ms {
            "over since"
        } else {
            "good until"
        };
        facts.push(format!(
            "session {} ({kind}), {over} {}",
            session.generation,
            for_people(session.ends_at_ms)
        ));
    }
    if truth.rotated_unseen > 0 {
        facts.push(format!("{} rotated unseen", truth.rotated_unseen));
    }
    if truth.replays > 0 {
        facts.push(format!("{} replayed", truth.replays));
    }
    let mut broken = Vec::new();
    if let Some(word) = truth.standing.word() {
        broken.push(word.to_owned());
    }
    if truth.sessions.iter().any(|one| one.scope == "atproto") {
        broken.push("permission missing".to_owned());
    }
    if account.passwords > 0 {
        facts.push("password changed".to_owned());
    }
    Card {
        platform: "Bluesky",
        id: truth.did.clone(),
        title: format!("@{}", truth.handle),
        picture: Some(format!("/media/drawn-{}-face", account.picture)),
        facts,
        broken,
        buttons: buttons(truth),
    }
}

fn buttons(truth: &AccountTruth) -> Vec<Button> {
    let body = |kind: &str| json!({"platform": "bluesky", "kind": kind, "did": truth.did});
    let mut buttons = Vec::new();
    match truth.standing {
        Standing::Active => {
            if !truth.sessions.is_empty() {
                buttons.push(Button::breaks("Revoke sessions", body("revoke_sessions")));
                buttons.push(Button::breaks("End access token", body("end_access_token")));
                buttons.push(Button::breaks("Drop permission", body("drop_permission")));
                if truth.sessions.iter().any(|one| one.scope == "atproto") {
                    buttons.push(Button::mends(
                        "Give permission back",
                        body("drop_permission"),
                    ));
                }
            }
            buttons.push(Button::breaks("Change password", body("change_password")));
            buttons.push(Button::breaks("Deactivate", body("deactivate")));
            buttons.push(Button::breaks("Take down", body("take_down")));
            buttons.push(Button::breaks("Delete account", body("delete_account")));
        }
        Standing::Deactivated => {
            buttons.push(Button::mends("Activate again", body("deactivate")));
        }
        Standing::Takendown => {
            buttons.push(Button::mends("Lift the takedown", body("take_down")));
        }
        Standing::Deleted => {}
    }
    buttons
}
