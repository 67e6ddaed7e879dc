//! What Bluesky remembers: accounts with their repositories, sign-ins under way, sessions.

use super::dpop::Seen;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::state::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Life of an access token (sheet bluesky.md §4).
pub const ACCESS_LIFE: i64 = HOUR;
/// Idle limit of a confidential client's session.
pub const CONFIDENTIAL_IDLE: i64 = 90 * DAY;
/// Whole life of a confidential client's session.
pub const CONFIDENTIAL_LIFE: i64 = 2 * 365 * DAY;
/// Whole life, and idle limit, of a public client's session.
pub const PUBLIC_LIFE: i64 = 14 * DAY;
/// Life of a pushed request, and how long a person may idle at consent.
pub const REQUEST_LIFE: i64 = 5 * MINUTE;
/// Life of an authorization code.
pub const CODE_LIFE: i64 = 5 * MINUTE;
/// A blob that no record names is deleted after this.
pub const LOOSE_BLOB_LIFE: i64 = HOUR;

/// All of it. Maps are ordered; tokens are kept in clear, it is a simulator.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BlueskyState {
    /// By DID.
    pub accounts: BTreeMap<String, Account>,
    /// Living sessions by their own id.
    pub sessions: BTreeMap<String, Session>,
    /// Pushed authorization requests by `request_uri`.
    pub requests: BTreeMap<String, PushedRequest>,
    /// Authorization codes, used ones too.
    pub codes: BTreeMap<String, Code>,
    /// Access tokens of living sessions, and those that a takedown or deletion cut off.
    pub access_tokens: BTreeMap<String, AccessToken>,
    /// Every refresh token ever handed out: a used one must be known to be seen as replayed.
    pub refresh_tokens: BTreeMap<String, RefreshToken>,
    /// Metadata documents of https clients, for ten minutes.
    pub clients: BTreeMap<String, CachedClient>,
    /// Where an https client's host really lies: host name to base address.
    pub client_hosts: BTreeMap<String, String>,
    /// Ids of proofs and assertions.
    pub proofs: Seen,
    /// PKCE challenges, single use within a day.
    pub challenges: Seen,
    /// What nonces are made from.
    pub nonce_salt: String,
    /// Whether the dates of proofs and assertions are compared with the product clock.
    pub strict_proofs: bool,
    /// A used refresh token that comes again is only refused; the session lives on.
    #[serde(default)]
    pub reuse_spares_session: bool,
    /// So many older nonces are taken as well, of three minutes each.
    #[serde(default)]
    pub old_nonces: u32,
    /// Signatures of proofs and assertions are believed unseen (a check costs 0.2 ms).
    #[serde(default)]
    pub trusts_signatures: bool,
    /// Refresh tokens that are being redeemed at this moment.
    #[serde(skip)]
    pub in_flight: BTreeMap<String, u32>,
}

/// How an account stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Well.
    #[default]
    Active,
    /// Paused by its owner.
    Deactivated,
    /// Taken down by moderation.
    Takendown,
    /// Gone.
    Deleted,
}

impl Standing {
    /// The word of `getRepoStatus` and `getSession`; none for an active account.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Active => None,
            Self::Deactivated => Some("deactivated"),
            Self::Takendown => Some("takendown"),
            Self::Deleted => Some("deleted"),
        }
    }
}

/// One account and its repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// `did:plc:…`, for ever.
    pub did: String,
    /// A domain name, changeable.
    pub handle: String,
    /// Name of the profile.
    pub display_name: String,
    /// Number of the drawn picture.
    pub picture: u64,
    /// When it was made.
    pub created_ms: i64,
    /// How it stands.
    pub standing: Standing,
    /// Followers, as the profile shows them.
    pub followers: u64,
    /// How often the password was changed (which ends no OAuth session, sheet §4).
    pub passwords: u32,
    /// Records by collection and key.
    pub records: BTreeMap<String, BTreeMap<String, Record>>,
    /// Uploaded blobs by content id.
    pub blobs: BTreeMap<String, Blob>,
    /// Before this moment no blob is old enough to be forgotten.
    #[serde(default)]
    pub sweep_at_ms: i64,
    /// Content id of the last commit.
    pub head: String,
    /// Revision of the last commit.
    pub rev: String,
    /// Refreshes done.
    pub rotations: u64,
    /// Used refresh tokens that were presented again.
    pub replays: u64,
    /// Sessions that are over, oldest first.
    pub ended: Vec<EndedSession>,
}

/// One record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Content id.
    pub cid: String,
    /// The JSON.
    pub value: Value,
    /// First written, by the product clock.
    pub written_ms: i64,
    /// How often it was written with different content.
    pub writes: u32,
    /// Furnished, not posted through the interface.
    pub furnished: bool,
}

/// One uploaded blob.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blob {
    /// Type as stored.
    pub mime: String,
    /// Bytes.
    pub size: usize,
    /// Id of the picture in the common store.
    pub media: String,
    /// Last uploaded.
    pub uploaded_ms: i64,
    /// Whether a record names it.
    pub used: bool,
}

/// How a client proves who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClientAuth {
    /// Not at all.
    Public,
    /// By a signed assertion; the key must stay the same for the session's life.
    Confidential {
        /// Key id.
        kid: String,
        /// Thumbprint of the key.
        thumbprint: String,
    },
}

impl ClientAuth {
    /// Idle limit and whole life of a session, in milliseconds.
    pub const fn lives(&self) -> (i64, i64) {
        match self {
            Self::Public => (PUBLIC_LIFE, PUBLIC_LIFE),
            Self::Confidential { .. } => (CONFIDENTIAL_IDLE, CONFIDENTIAL_LIFE),
        }
    }
}

/// One session: what one sign-in gave one client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Its own id; seen by nobody outside.
    pub id: String,
    /// Whose.
    pub did: String,
    /// To which client.
    pub client_id: String,
    /// How that client proves who it is.
    pub client: ClientAuth,
    /// Thumbprint of the key that tokens are bound to.
    pub jkt: String,
    /// What it may do now.
    pub scope: String,
    /// What was granted at consent.
    pub granted: String,
    /// Signed in.
    pub created_ms: i64,
    /// Last refreshed (or signed in).
    pub refreshed_ms: i64,
    /// 1 after sign-in, one more with each refresh.
    pub generation: u64,
    /// The one access token.
    pub access_token: String,
    /// Its end.
    pub access_ends_ms: i64,
    /// The one refresh token that is good.
    pub refresh_token: String,
}

impl Session {
    /// The first moment at which a refresh is refused for age, if none is done before.
    pub fn ends_ms(&self) -> i64 {
        let (idle, life) = self.client.lives();
        (self.refreshed_ms + idle).min(self.created_ms + life)
    }
}

/// A session that is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndedSession {
    /// Its id.
    pub id: String,
    /// `replayed`, `revoked_by_client`, `revoked_by_user`, `session_expired`, ….
    pub why: String,
    /// When.
    pub at_ms: i64,
    /// How far it had come.
    pub generation: u64,
}

/// A pushed authorization request and how far the person has come with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedRequest {
    /// Who asks.
    pub client_id: String,
    /// Name for the consent page.
    pub client_name: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Handed back unchanged.
    pub state: Option<String>,
    /// PKCE challenge, S256.
    pub challenge: String,
    /// What is asked for.
    pub scope: String,
    /// Whom the client expects.
    pub login_hint: Option<String>,
    /// Thumbprint of the proof's key.
    pub jkt: String,
    /// Whether the answer goes into the fragment.
    pub fragment: bool,
    /// Over after this; moved on by each step.
    pub expires_ms: i64,
    /// Who signed in.
    pub did: Option<String>,
}

/// An authorization code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// Whose.
    pub did: String,
    /// What was asked.
    pub request: PushedRequest,
    /// When it was handed out.
    pub issued_ms: i64,
    /// Presented already.
    pub used: bool,
    /// The session that came of it.
    pub session: Option<String>,
}

/// An access token's place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessToken {
    /// Session.
    pub session: String,
    /// Account.
    pub did: String,
    /// End.
    pub ends_ms: i64,
}

/// A refresh token's place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshToken {
    /// Session.
    pub session: String,
    /// Account.
    pub did: String,
    /// Which one of the session's.
    pub generation: u64,
}

/// A metadata document, kept for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CachedClient {
    /// The document.
    pub document: Value,
    /// Its keys.
    pub keys: Vec<Value>,
    /// When it was fetched.
    pub fetched_ms: i64,
}

impl BlueskyState {
    /// The account of a DID or handle, whatever its standing.
    pub fn account(&self, identifier: &str) -> Option<&Account> {
        let wanted = identifier.trim().trim_start_matches('@').to_lowercase();
        self.accounts
            .get(&wanted)
            .or_else(|| self.accounts.values().find(|one| one.handle == wanted))
    }

    /// Ids of the living sessions of an account.
    pub fn sessions_of(&self, did: &str) -> Vec<String> {
        self.sessions
            .values()
            .filter(|session| session.did == did)
            .map(|session| session.id.clone())
            .collect()
    }
}

/// Used refresh tokens of a session that is over and that are still known, so that faults and the
/// log name whose they were.
const KEPT_GENERATIONS: u64 = 3;

/// Ends a session: its refresh token is worth nothing from now on. The access token is cut off
/// too, except where the account's standing answers for it.
pub fn end_session(state: &mut State, id: &str, why: &str, now_ms: i64, keep_access: bool) {
    let bluesky = &mut state.bluesky;
    let Some(session) = bluesky.sessions.remove(id) else {
        return;
    };
    if !keep_access {
        bluesky.access_tokens.remove(&session.access_token);
    }
    bluesky.refresh_tokens.retain(|_, token| {
        token.session != id || token.generation + KEPT_GENERATIONS > session.generation
    });
    // An end by time is no event: it was known ahead.
    if !why.ends_with("_expired") {
        let facts = &mut state.facts;
        facts.ended("bluesky", &session.did, Some(id), why, now_ms);
    }
    if let Some(account) = bluesky.accounts.get_mut(&session.did) {
        account.ended.push(EndedSession {
            id: session.id,
            why: why.to_owned(),
            at_ms: now_ms,
            generation: session.generation,
        });
    }
}

/// The DID behind a refresh token, for faults and the log.
pub fn owner_of_refresh(state: &State, token: Option<&str>) -> Option<String> {
    let token = state.bluesky.refresh_tokens.get(token?)?;
    Some(token.did.clone())
}

/// The DID behind an access token, for faults and the log.
pub fn owner_of_access(state: &State, token: Option<&str>) -> Option<String> {
    let token = state.bluesky.access_tokens.get(token?)?;
    Some(token.did.clone())
}

impl Account {
    /// Forgets blobs that no record has named in time.
    pub fn sweep_blobs(&mut self, now_ms: i64) {
        if now_ms < self.sweep_at_ms {
            return;
        }
        self.blobs
            .retain(|_, blob| blob.used || blob.uploaded_ms + LOOSE_BLOB_LIFE > now_ms);
        let loose = self.blobs.values().filter(|blob| !blob.used);
        let first = loose.map(|blob| blob.uploaded_ms + LOOSE_BLOB_LIFE).min();
        self.sweep_at_ms = first.unwrap_or(i64::MAX);
    }

    /// A blob came that no record names yet.
    pub fn sweep_after(&mut self, uploaded_ms: i64) {
        self.sweep_at_ms = self.sweep_at_ms.min(uploaded_ms + LOOSE_BLOB_LIFE);
    }
}
