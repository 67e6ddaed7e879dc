//! Facts: every post that went public, every login that was replaced or prolonged, every login that
//! ended before its time. Appended to and never taken from, so that whoever counts (the rehearsal)
//! asks only for what is new, by a cursor. No token text is in here.
//!
//! It is not the call log, which forgets, and not the truth, which shows what is there now: a post
//! that was taken down has left its fact behind.

use crate::simulator::Simulator;
use crate::state::State;
use serde::{Deserialize, Serialize};

/// A post that everybody could see from this moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostFact {
    /// `instagram`, `facebook` or `bluesky`.
    pub platform: String,
    /// Account id, Page id or DID.
    pub account: String,
    /// Media id, Page post id, or the `at://` address.
    pub post: String,
    /// Caption, message or text.
    pub text: String,
    /// When, by the product clock (milliseconds).
    pub at_ms: i64,
    /// False if the answer that told of it was lost, bent, cut or a refusal.
    pub seen: bool,
    /// The operation that made it public; `facebook.scheduled` for one that a Page had scheduled.
    pub operation: String,
}

/// What a renewal did to the text of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The same text lives longer.
    Prolonged,
    /// There is a new text, and the old one lives on.
    Added,
    /// There is a new text, and the old one is worth nothing (Bluesky).
    Replaced,
}

/// A login that was renewed without a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationFact {
    /// `instagram`, `facebook` or `bluesky`.
    pub platform: String,
    /// Account id, person id or DID.
    pub login: String,
    /// The session, where the platform has such a thing (Bluesky).
    pub session: Option<String>,
    /// What became of the old text.
    pub how: Rotation,
    /// When, by the product clock (milliseconds).
    pub at_ms: i64,
    /// True if the answer was lost, bent or cut: with [`Rotation::Replaced`], nobody has the
    /// login any more.
    pub unseen: bool,
}

/// A login (a session, a grant, a set of tokens, or one Page of it) that ended or was narrowed by
/// something other than its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndFact {
    /// `instagram`, `facebook` or `bluesky`.
    pub platform: String,
    /// Account id, person id or DID: whose login.
    pub account: String,
    /// The session where there is one, the Page where only that one is concerned.
    pub of: Option<String>,
    /// Why: `password_changed`, `logged_out`, `token_ended`, `session_fault`, `app_removed`, `removed_by_client`,
    /// `permission_revoked`, `narrowed_by_sign_in`, `role_taken`, `role_lowered`,
    /// `page_unlinked`, `page_deleted`, `data_access_ended`, `secret_reset`, `account_deleted`,
    /// `made_personal`, `made_private`; Bluesky: `replayed`, `code_replayed`, `other_client`,
    /// `other_client_key`, `other_proof_key`, `revoked_by_client`, `revoked_by_user`,
    /// `taken_down`, `deactivated`, `permission_revoked`, `account_deleted`.
    pub why: String,
    /// When, by the product clock (milliseconds).
    pub at_ms: i64,
}

/// All facts, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    posts: Vec<PostFact>,
    rotations: Vec<RotationFact>,
    ends: Vec<EndFact>,
}

/// How far the facts had come before a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    posts: usize,
    rotations: usize,
}

impl Facts {
    /// True if nothing happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty() && self.rotations.is_empty() && self.ends.is_empty()
    }

    /// A post went out in the call under way; [`Facts::settle`] says whether anybody was told.
    pub(crate) fn went_out(
        &mut self,
        platform: &str,
        account: &str,
        post: &str,
        text: &str,
        at_ms: i64,
    ) {
        self.posts.push(PostFact {
            platform: platform.to_owned(),
            account: account.to_owned(),
            post: post.to_owned(),
            text: text.to_owned(),
            at_ms,
            seen: true,
            operation: String::new(),
        });
    }

    /// A login was renewed in the call under way.
    pub(crate) fn renewed(
        &mut self,
        platform: &str,
        login: &str,
        session: Option<&str>,
        how: Rotation,
        at_ms: i64,
    ) {
        self.rotations.push(RotationFact {
            platform: platform.to_owned(),
            login: login.to_owned(),
            session: session.map(str::to_owned),
            how,
            at_ms,
            unseen: false,
        });
    }

    /// A login ended, or was narrowed.
    pub(crate) fn ended(
        &mut self,
        platform: &str,
        account: &str,
        of: Option<&str>,
        why: &str,
        at_ms: i64,
    ) {
        self.ends.push(EndFact {
            platform: platform.to_owned(),
            account: account.to_owned(),
            of: of.map(str::to_owned),
            why: why.to_owned(),
            at_ms,
        });
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            posts: self.posts.len(),
            rotations: self.rotations.len(),
        }
    }

    pub(crate) fn has_posts_since(&self, mark: Mark) -> bool {
        self.posts.len() > mark.posts
    }

    /// Says of everything since `mark` which operation it was and whether its answer arrived.
    pub(crate) fn settle(&mut self, mark: Mark, operation: &str, seen: bool) {
        for fact in self.posts.iter_mut().skip(mark.posts) {
            operation.clone_into(&mut fact.operation);
            fact.seen = seen;
        }
        for fact in self.rotations.iter_mut().skip(mark.rotations) {
            fact.unseen = !seen;
        }
    }
}

fn since<T: Clone>(all: &[T], cursor: usize) -> (Vec<T>, usize) {
    let new = all.get(cursor..).unwrap_or_default().to_vec();
    (new, all.len())
}

impl Simulator {
    /// Posts that went public since `cursor` (0 at first), and the cursor for the next time. Posts
    /// that were there from the beginning are not among them; one that is deleted later is.
    #[must_use]
    pub fn posts_since(&self, cursor: usize) -> (Vec<PostFact>, usize) {
        self.facts(|facts| since(&facts.posts, cursor))
    }

    /// Renewals since `cursor` (0 at first), and the cursor for the next time.
    #[must_use]
    pub fn rotations_since(&self, cursor: usize) -> (Vec<RotationFact>, usize) {
        self.facts(|facts| since(&facts.rotations, cursor))
    }

    /// Logins that ended otherwise than by their time since `cursor` (0 at first), and the cursor
    /// for the next time.
    #[must_use]
    pub fn login_ends_since(&self, cursor: usize) -> (Vec<EndFact>, usize) {
        self.facts(|facts| since(&facts.ends, cursor))
    }

    fn facts<T>(&self, at: impl FnOnce(&Facts) -> T) -> T {
        // What a Page had scheduled until now is public now, whether or not anybody called.
        self.settle_time();
        self.look(|state: &State, _| at(&state.facts))
    }
}
