//! Accounts and posts to begin with, and the Rust side of this platform.

use super::ids::{blob_cid, fresh_tid, record_cid, tid};
use super::post_rules::POSTS;
use super::state::{Account, Blob, Record, Standing};
use super::truth::{self, AccountTruth};
use crate::clock::{DAY, HOUR, MINUTE, iso_millis};
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use serde_json::{Value, json};

/// What furnished posts say, in turn.
const TEXTS: &[&str] = &[
    "First light on the harbour, and the ovens are already warm.",
    "New this week: rye with caraway. Come early, it goes fast.",
    "Thank you for a lovely Saturday. See you at the market again next week.",
    "A look behind the counter: shaping two hundred rolls before six.",
    "Rain outside, cinnamon inside.",
    "We are looking for a pair of hands for the winter. Is it yours?",
    "The window seat is the best seat. That is the post.",
    "Closed on Monday for the inventory, back on Tuesday at seven.",
];

/// The accounts to click through with: handle, name, posts.
const DEFAULT: &[(&str, &str, usize)] = &[
    ("harbour-bakery.bsky.social", "Harbour Bakery", 18),
    ("fern-and-field.bsky.social", "Fern & Field", 12),
    ("oda-lindqvist.bsky.social", "Oda Lindqvist", 5),
];

/// Accounts that the default scenario has.
pub(crate) fn furnish(state: &mut State, scene: &Scene<'_>) {
    for (handle, name, posts) in DEFAULT {
        if state.bluesky.account(handle).is_none() {
            let did = add_account(state, scene, handle, name);
            seed_posts(state, scene, &did, *posts);
        }
    }
}

/// An account like any other, with the small picture that many share.
pub(crate) fn add_plain(state: &mut State, scene: &Scene<'_>, handle: &str) -> String {
    let did = add_account(state, scene, handle, handle);
    if let Some(account) = state.bluesky.accounts.get_mut(&did) {
        account.picture = 0;
    }
    did
}

fn add_account(state: &mut State, scene: &Scene<'_>, handle: &str, name: &str) -> String {
    let did = state.chance.base32("did:plc:", 24);
    let rev = fresh_tid(scene.now_ms, &mut state.chance);
    let account = Account {
        did: did.clone(),
        handle: handle.to_lowercase(),
        display_name: name.to_owned(),
        picture: 4_000 + state.chance.below(1_000_000),
        created_ms: scene.now_ms - 400 * DAY,
        standing: Standing::Active,
        followers: 40 + state.chance.below(4_000),
        passwords: 0,
        records: std::collections::BTreeMap::new(),
        blobs: std::collections::BTreeMap::new(),
        sweep_at_ms: 0,
        head: record_cid(&json!({"did": did, "rev": rev})),
        rev,
        rotations: 0,
        replays: 0,
        ended: Vec::new(),
    };
    state.bluesky.accounts.insert(did.clone(), account);
    did
}

/// Older posts, one every day or so, two of three with a picture.
fn seed_posts(state: &mut State, scene: &Scene<'_>, did: &str, count: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let mut when = scene.now_ms;
    for index in 0..count {
        when -= 20 * HOUR + i64::try_from(state.chance.below(600)).unwrap_or(0) * MINUTE;
        let (fraction, clock_id) = (state.chance.below(1_000), state.chance.below(1_024));
        let rkey = tid(when, fraction, clock_id);
        let text = TEXTS[index % TEXTS.len()];
        let picture = state.chance.below(1_000_000);
        let Some(account) = state.bluesky.accounts.get_mut(did) else {
            break;
        };
        let mut value = json!({
            "$type": POSTS,
            "text": text,
            "createdAt": iso_millis(when),
            "langs": ["en"],
        });
        if index % 3 != 2 {
            value["embed"] = drawn_picture(account, picture, when);
        }
        let record = Record {
            cid: record_cid(&value),
            value,
            written_ms: when,
            writes: 1,
            furnished: true,
        };
        let posts = account.records.entry(POSTS.to_owned()).or_default();
        posts.insert(rkey.clone(), record);
        keys.push(rkey);
    }
    keys
}

fn drawn_picture(account: &mut Account, number: u64, when: i64) -> Value {
    let media = format!("drawn-{number}");
    // The picture is drawn when somebody looks; its id is taken over its name.
    let cid = blob_cid(media.as_bytes());
    let blob = Blob {
        mime: "image/jpeg".to_owned(),
        size: 48_000 + usize::try_from(number % 9_000).unwrap_or(0),
        media,
        uploaded_ms: when,
        used: true,
    };
    let image = super::blobs::blob_json(&cid, &blob);
    account.blobs.insert(cid, blob);
    json!({
        "$type": "app.bsky.embed.images",
        "images": [{
            "image": image,
            "alt": "A drawn landscape",
            "aspectRatio": {"width": 480, "height": 600},
        }],
    })
}

impl Simulator {
    /// Adds an account and returns its DID. `handle` is a domain name such as
    /// `fern.bsky.social`; it should be new.
    pub fn add_bluesky_account(&self, handle: &str, display_name: &str) -> String {
        self.change(|state, scene| add_account(state, scene, handle, display_name))
    }

    /// Gives an account `count` older posts; their record keys, youngest first. None for an
    /// unknown DID.
    pub fn seed_bluesky_posts(&self, did: &str, count: usize) -> Vec<String> {
        self.change(|state, scene| seed_posts(state, scene, did, count))
    }

    /// Says where the host of an https `client_id` really lies: metadata documents (and
    /// `jwks_uri`) of `https://HOST/…` are fetched from `BASE/…`.
    pub fn set_bluesky_client_host(&self, host: &str, base: &str) {
        self.change(|state, _| {
            let hosts = &mut state.bluesky.client_hosts;
            hosts.insert(host.to_owned(), base.to_owned());
        });
    }

    /// Whether the dates of proofs and assertions are compared with the product clock. Off at
    /// first, because a product clock may be jumped while proofs carry the real time.
    pub fn set_bluesky_strict_proofs(&self, strict: bool) {
        self.change(|state, _| state.bluesky.strict_proofs = strict);
    }

    /// So many older nonces are taken as well, of three minutes each; none at first, as Bluesky's own server
    /// does it.
    pub fn set_bluesky_old_nonces(&self, count: u32) {
        self.change(|state, _| state.bluesky.old_nonces = count);
    }

    /// Whether a used refresh token that comes again ends the whole session, as Bluesky's own
    /// server does (so at first). Without it, it is only refused with `invalid_grant`.
    pub fn set_reuse_ends_session(&self, ends: bool) {
        self.change(|state, _| state.bluesky.reuse_spares_session = !ends);
    }

    /// Whether signatures of proofs and assertions are checked (so at first). A check costs about
    /// 0.2 ms; whoever calls a million times may do without.
    pub fn set_bluesky_check_signatures(&self, check: bool) {
        self.change(|state, _| state.bluesky.trusts_signatures = !check);
    }

    /// What is really there, and what really happened, for one account.
    #[must_use]
    pub fn bluesky_account(&self, did: &str) -> Option<AccountTruth> {
        self.look(|state, _| truth::of(state, state.bluesky.accounts.get(did)?))
    }
}
