//! Facebook Pages.
//!
//! Facts are from Meta's documentation as the fact sheet `facebook.md` collected it in August 2026; a
//! paragraph sign in a comment is a section of that sheet. What is unconfirmed there is coped with in
//! both readings; `docs/platforms/facebook.md` lists it. Text, links and photos are published; videos,
//! reels, stories and Facebook's own scheduling are not.

mod accounts;
mod authorize;
mod check;
pub mod errors;
mod graph;
mod probe;
mod publish;
mod read;
mod settle;
mod tokens;
mod upload;
mod wire;

use async_trait::async_trait;
use domain::cause::{Cause, Confidence};
use domain::grant::Mechanism;
use domain::health::Evidence;
use domain::platform::{LoginFlow, Platform as Name};
use domain::schedule::{DAY_MS, MINUTE_MS};
use secrecy::SecretString;

use crate::Platform;
use crate::account::{Account, Proof, Target};
use crate::call::Call;
use crate::catalogue::Answer;
use crate::facts::{Facts, FlowFacts, PictureFacts, ScopeFacts, TextLimit};
use crate::failure::Failure;
use crate::issue::{Draft, Issue};
use crate::meta::rows;
use crate::publish::{Look, Next, Outcome, Payload, Publish, StepDone, StepPlan};
use crate::read::PostsPage;
use crate::sign_in::{Ask, Begun, Callback, SignedIn};
use crate::tokens::{Renewed, Tokens};

/// The adapter. It holds nothing.
pub struct Facebook;

/// The longest that one call may take, uploads of a photo included.
const CALL_DEADLINE_MS: i64 = 30_000;
/// The API version (§12): released 2026-02-18, until 2028-07-29.
const VERSION: &str = "v25.0";
/// The longest message (§7).
const MESSAGE_CHARS: u32 = 63_206;
/// The most photos of one post: the guide has no number, 10 is safe (§7).
const PHOTOS: u32 = 10;

/// What is asked (§3). Publishing needs both `pages_manage_posts` and `pages_read_engagement`;
/// `business_management` only where Pages are held through a business portfolio.
const SCOPES: &[ScopeFacts] = &[
    ScopeFacts {
        scope: "pages_show_list",
        why: "list_pages",
        needed_to_post: true,
    },
    ScopeFacts {
        scope: "pages_read_engagement",
        why: "read_posts",
        needed_to_post: true,
    },
    ScopeFacts {
        scope: "pages_manage_posts",
        why: "publish",
        needed_to_post: true,
    },
    ScopeFacts {
        scope: "business_management",
        why: "list_pages",
        needed_to_post: false,
    },
];

/// The facts of the platform.
pub static FACTS: Facts = Facts {
    platform: Name::Facebook,
    flows: &[FlowFacts {
        flow: LoginFlow::Facebook,
        mechanism: Mechanism::Derived,
        earliest_renewal_ms: DAY_MS,
        scopes: SCOPES,
        hosts: &[
            ("dialog", "https://www.facebook.com"),
            ("graph", "https://graph.facebook.com"),
        ],
        api_version: VERSION,
        needs_secret: true,
        needs_handle: false,
        remove_app_at: "Facebook > Settings > Business integrations",
    }],
    // Photos are uploaded unpublished a little ahead, so that showing the post is one small call.
    prepare_lead_ms: 10 * MINUTE_MS,
    // §4.3: inspect the Page token daily; Meta does not tell when one dies.
    probe_every_ms: DAY_MS,
    call_deadline_ms: CALL_DEADLINE_MS,
    // §7: 10 MB, but older pages and an error text still say 4; no size in pixels is documented, and
    // Facebook shows none larger than this.
    picture: PictureFacts {
        max_width: 2_048,
        max_height: 2_048,
        max_bytes: 4_000_000,
        ratio: None,
    },
    text_limit: TextLimit::Chars(MESSAGE_CHARS),
    max_media: PHOTOS,
    needs_media: false,
    pulls_media: false,
    reads_in_public: false,
    version_ends: Some("2028-07-29"),
};

#[async_trait]
impl Platform for Facebook {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn answers(&self) -> Vec<Answer> {
        rows::answers(Name::Facebook, errors::ROWS)
    }

    fn sure(&self, cause: Cause, evidence: &Evidence) -> Option<Confidence> {
        rows::sure(errors::ROWS, cause, evidence)
    }

    async fn begin(&self, call: &Call<'_>, ask: &Ask<'_>) -> Result<Begun, Failure> {
        Ok(authorize::begin(call, ask))
    }

    async fn finish(
        &self,
        call: &Call<'_>,
        _journey: &SecretString,
        callback: &Callback,
    ) -> Result<SignedIn, Failure> {
        tokens::sign_in(call, &authorize::code(callback)?).await
    }

    async fn accounts(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
        accounts::behind(call, tokens).await
    }

    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
        tokens::renew(call, tokens).await
    }

    async fn witness(&self, call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
        tokens::witness(call, tokens).await
    }

    async fn probe(&self, call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
        probe::probe(call, target).await
    }

    fn check(&self, draft: &Draft<'_>) -> Vec<Issue> {
        check::check(draft)
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
        step: &StepPlan,
        taken: &[String],
    ) -> Result<Look, Failure> {
        settle::look(call, publish, step, taken).await
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

    fn refuses_secret(&self, failure: &Failure) -> bool {
        crate::meta::refuses_secret(failure)
    }

    async fn revoke(&self, call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure> {
        tokens::revoke(call, tokens).await
    }
}
