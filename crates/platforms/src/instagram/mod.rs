//! Instagram professional accounts, through both of their login flows.
//!
//! Facts are from Meta's documentation as the fact sheet `instagram.md` collected it in August 2026;
//! a paragraph sign in a comment is a section of that sheet. What is unconfirmed there is coped with
//! in both readings; `docs/platforms/instagram.md` lists it. Nothing here publishes reels or stories.

mod accounts;
mod authorize;
mod check;
pub mod errors;
mod graph;
mod inspect;
mod probe;
mod publish;
mod read;
mod settle;
mod tokens;
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
pub struct Instagram;

/// The longest that one call may take. Creating a container may fetch the picture while we wait.
const CALL_DEADLINE_MS: i64 = 30_000;
/// The API version (§12): released 2026-02-18, until 2028-07-29.
const VERSION: &str = "v25.0";
/// The longest caption (§7).
const CAPTION_CHARS: u32 = 2_200;
/// The most hashtags in a caption (§7).
const HASHTAGS: usize = 30;
/// The most mentions in a caption (§7).
const MENTIONS: usize = 20;
/// The longest description of a picture (§6).
const ALT_CHARS: usize = 1_000;
/// The most pictures of a carousel by API (§7).
const CAROUSEL_ITEMS: u32 = 10;

/// The scopes of Instagram login (§3.1).
const SCOPES_INSTAGRAM: &[ScopeFacts] = &[
    ScopeFacts {
        scope: "instagram_business_basic",
        why: "identify",
        needed_to_post: true,
    },
    ScopeFacts {
        scope: "instagram_business_content_publish",
        why: "publish",
        needed_to_post: true,
    },
];

/// The scopes of Facebook login (§3.1). `business_management` only where Pages are held through a
/// business portfolio.
const SCOPES_FACEBOOK: &[ScopeFacts] = &[
    ScopeFacts {
        scope: "instagram_basic",
        why: "identify",
        needed_to_post: true,
    },
    ScopeFacts {
        scope: "instagram_content_publish",
        why: "publish",
        needed_to_post: true,
    },
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
        scope: "business_management",
        why: "list_pages",
        needed_to_post: false,
    },
];

/// The facts of the platform.
pub static FACTS: Facts = Facts {
    platform: Name::Instagram,
    flows: &[
        FlowFacts {
            flow: LoginFlow::Instagram,
            mechanism: Mechanism::Extend,
            // §4.1: a token must be 24 hours old before it may be renewed.
            earliest_renewal_ms: DAY_MS,
            scopes: SCOPES_INSTAGRAM,
            hosts: &[
                ("dialog", "https://www.instagram.com"),
                ("token", "https://api.instagram.com"),
                ("graph", "https://graph.instagram.com"),
            ],
            api_version: VERSION,
            needs_secret: true,
            needs_handle: false,
            remove_app_at: "Instagram > Settings > Website permissions > Apps and websites",
        },
        FlowFacts {
            flow: LoginFlow::Facebook,
            mechanism: Mechanism::Derived,
            earliest_renewal_ms: DAY_MS,
            scopes: SCOPES_FACEBOOK,
            hosts: &[
                ("dialog", "https://www.facebook.com"),
                ("graph", "https://graph.facebook.com"),
            ],
            api_version: VERSION,
            needs_secret: true,
            needs_handle: false,
            remove_app_at: "Facebook > Settings > Business integrations",
        },
    ],
    // §6.2: containers are made 10 to 30 minutes before the hour.
    prepare_lead_ms: 20 * MINUTE_MS,
    // §11: no platform event tells of a token's death; a daily probe does.
    probe_every_ms: DAY_MS,
    call_deadline_ms: CALL_DEADLINE_MS,
    // §7: JPEG, 8 MB, 320 to 1440 wide, 4:5 to 1.91:1.
    picture: PictureFacts {
        max_width: 1_440,
        max_height: 1_800,
        max_bytes: 8_000_000,
        ratio: Some((0.8, 1.91)),
    },
    text_limit: TextLimit::Chars(CAPTION_CHARS),
    max_media: CAROUSEL_ITEMS,
    needs_media: true,
    pulls_media: true,
    reads_in_public: false,
    version_ends: Some("2028-07-29"),
};

#[async_trait]
impl Platform for Instagram {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn answers(&self) -> Vec<Answer> {
        rows::answers(Name::Instagram, errors::ROWS)
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
