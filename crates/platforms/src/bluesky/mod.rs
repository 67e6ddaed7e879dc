//! Bluesky and other servers of the AT Protocol, from sheet bluesky.md: its facts, and the trait.

mod accounts;
mod assertion;
mod authorize;
mod dpop;
pub mod errors;
mod facets;
mod identity;
mod keys;
pub mod metadata;
mod publish;
mod read;
mod tid;
mod tokens;
mod wire;

use async_trait::async_trait;
use domain::Timestamp;
use domain::cause::{Cause, Confidence};
use domain::chance::Chance;
use domain::grant::Mechanism;
use domain::health::Evidence;
use domain::platform::{LoginFlow, Platform as Name};
use domain::schedule::DAY_MS;
use secrecy::SecretString;
use unicode_segmentation::UnicodeSegmentation;

use crate::Platform;
use crate::account::{Account, Proof, Target};
use crate::call::Call;
use crate::catalogue::Answer;
use crate::facts::{Facts, FlowFacts, PictureFacts, ScopeFacts, TextLimit};
use crate::failure::Failure;
use crate::issue::{Draft, Issue};
use crate::publish::{Look, Next, Outcome, Payload, Publish, StepDone, StepPlan};
use crate::read::PostsPage;
use crate::sign_in::{Ask, Begun, Callback, SignedIn};
use crate::tokens::{Renewed, Tokens};

pub use metadata::{
    bound_to, client_metadata, key_names, key_set, loopback_client_id, new_signing_key,
};

/// The longest text in what people see as characters (sheet §7).
const GRAPHEMES: u32 = 300;
/// The longest text in bytes of UTF-8 (sheet §7).
const BYTES: u32 = 3_000;
/// The most pictures of `app.bsky.embed.images` (sheet §6).
const IMAGES: u32 = 4;

const FLOWS: &[FlowFacts] = &[FlowFacts {
    flow: LoginFlow::Bluesky,
    mechanism: Mechanism::RefreshRotating,
    earliest_renewal_ms: 0,
    scopes: &[
        ScopeFacts {
            scope: "atproto",
            why: "identify",
            needed_to_post: true,
        },
        // The widest reach today; the narrow scopes need a recent server (sheet §3).
        ScopeFacts {
            scope: "transition:generic",
            why: "publish",
            needed_to_post: true,
        },
    ],
    hosts: &[
        ("plc", "https://plc.directory"),
        ("resolver", "https://public.api.bsky.app"),
        ("appview", "https://public.api.bsky.app"),
        ("web", "https://bsky.app"),
    ],
    api_version: "",
    needs_secret: false,
    needs_handle: true,
    // The page of Bluesky's own server; others have theirs.
    remove_app_at: "https://bsky.social/account",
}];

static FACTS: Facts = Facts {
    platform: Name::Bluesky,
    flows: FLOWS,
    // Blobs that no record refers to are cleaned up after minutes (sheet §6): nothing is done early.
    prepare_lead_ms: 0,
    probe_every_ms: DAY_MS,
    call_deadline_ms: 4 * wire::REQUEST_MS,
    // Bytes from the sheet (§7); the size in pixels is our own choice, enough for any screen.
    picture: PictureFacts {
        max_width: 2_000,
        max_height: 2_000,
        max_bytes: 2_000_000,
        ratio: None,
    },
    text_limit: TextLimit::Graphemes {
        graphemes: GRAPHEMES,
        bytes: BYTES,
    },
    max_media: IMAGES,
    needs_media: false,
    pulls_media: false,
    // Repositories are public (sheet §8).
    reads_in_public: true,
    version_ends: None,
};

/// The adapter. It holds nothing: all comes with each call.
#[derive(Debug, Clone, Copy)]
pub struct Bluesky;

#[async_trait]
impl Platform for Bluesky {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn answers(&self) -> Vec<Answer> {
        errors::answers()
    }

    fn sure(&self, cause: Cause, evidence: &Evidence) -> Option<Confidence> {
        errors::sure(cause, evidence)
    }

    async fn begin(&self, call: &Call<'_>, ask: &Ask<'_>) -> Result<Begun, Failure> {
        authorize::begin(call, ask).await
    }

    async fn finish(
        &self,
        call: &Call<'_>,
        journey: &SecretString,
        callback: &Callback,
    ) -> Result<SignedIn, Failure> {
        authorize::finish(call, journey, callback).await
    }

    async fn accounts(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
        accounts::accounts(call, tokens).await
    }

    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
        tokens::renew(call, tokens).await
    }

    async fn witness(&self, call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
        tokens::witness(call, tokens).await
    }

    async fn probe(&self, call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
        accounts::probe(call, target).await
    }

    fn check(&self, draft: &Draft<'_>) -> Vec<Issue> {
        check(draft)
    }

    fn settling_key(&self, now: Timestamp, chance: &dyn Chance) -> Option<String> {
        Some(tid::new(now, chance))
    }

    fn next(&self, payload: &Payload, done: &[StepDone]) -> Next {
        publish::next(payload, done)
    }

    async fn perform(
        &self,
        call: &Call<'_>,
        publish: &Publish<'_>,
        step: &StepPlan,
    ) -> Result<Outcome, Failure> {
        publish::perform(call, publish, step).await
    }

    async fn look(
        &self,
        call: &Call<'_>,
        publish: &Publish<'_>,
        _step: &StepPlan,
        _taken: &[String],
    ) -> Result<Look, Failure> {
        publish::look(call, publish).await
    }

    async fn posts(
        &self,
        call: &Call<'_>,
        target: &Target<'_>,
        cursor: Option<&str>,
        most: usize,
    ) -> Result<PostsPage, Failure> {
        read::posts(call, target, cursor, most).await
    }

    /// There is no secret: a client proves itself with the key that a login is bound to, and with no other.
    fn refuses_secret(&self, _: &Failure) -> bool {
        false
    }

    async fn revoke(&self, call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure> {
        tokens::revoke(call, tokens).await
    }
}

fn check(draft: &Draft<'_>) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut say = |code, field, limit: Option<i64>, actual: i64, blocks| {
        issues.push(Issue {
            code,
            field,
            limit,
            actual: Some(actual),
            blocks,
        });
    };
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let graphemes = count(draft.text.graphemes(true).count());
    let bytes = count(draft.text.len());
    let pictures = count(draft.media.len());
    if graphemes > i64::from(GRAPHEMES) {
        say(
            "text_too_long",
            "text",
            Some(i64::from(GRAPHEMES)),
            graphemes,
            true,
        );
    }
    if bytes > i64::from(BYTES) {
        say(
            "text_too_many_bytes",
            "text",
            Some(i64::from(BYTES)),
            bytes,
            true,
        );
    }
    if draft.text.trim().is_empty() && draft.media.is_empty() {
        say("text_missing", "text", None, 0, true);
    }
    if pictures > i64::from(IMAGES) {
        say(
            "too_many_media",
            "media",
            Some(i64::from(IMAGES)),
            pictures,
            true,
        );
    }
    let without = count(
        draft
            .media
            .iter()
            .filter(|(media, _)| media.alt.trim().is_empty())
            .count(),
    );
    if without > 0 {
        say("alt_missing", "media", None, without, false);
    }
    issues
}
