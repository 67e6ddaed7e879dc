//! What a platform can do, as data: the engine and the pages read it, adapters only state it.

use domain::grant::Mechanism;
use domain::platform::{LoginFlow, Platform};

/// The facts of one platform. Every figure has its source in the adapter's `mod.rs`.
#[derive(Debug)]
pub struct Facts {
    /// Which platform.
    pub platform: Platform,
    /// Its login flows, the first offered first.
    pub flows: &'static [FlowFacts],
    /// How long before its hour a delivery may be prepared, in milliseconds; 0 for not early.
    pub prepare_lead_ms: i64,
    /// How often a login is probed when nothing else shows that it works, in milliseconds.
    pub probe_every_ms: i64,
    /// The longest that one call may take, in milliseconds. A takeover waits for lease plus this.
    pub call_deadline_ms: i64,
    /// What pictures are made into.
    pub picture: PictureFacts,
    /// The longest text.
    pub text_limit: TextLimit,
    /// The most pictures in one post.
    pub max_media: u32,
    /// Whether a post needs a picture.
    pub needs_media: bool,
    /// Whether the platform fetches pictures from a public address of ours.
    pub pulls_media: bool,
    /// Whether an account's posts are read back without its access token, so that none is minted for it.
    pub reads_in_public: bool,
    /// When the API version that we use ends, as `YYYY-MM-DD`; none where it does not.
    pub version_ends: Option<&'static str>,
}

/// The facts of one login flow.
#[derive(Debug)]
pub struct FlowFacts {
    /// Which flow.
    pub flow: LoginFlow,
    /// How its grants are prolonged.
    pub mechanism: Mechanism,
    /// How old a token must be before it may be renewed, in milliseconds.
    pub earliest_renewal_ms: i64,
    /// What is asked, why, and whether posting works without it.
    pub scopes: &'static [ScopeFacts],
    /// Base addresses by name, as the platform documents them.
    pub hosts: &'static [(&'static str, &'static str)],
    /// The API version; empty where there is none.
    pub api_version: &'static str,
    /// Whether a client secret is needed.
    pub needs_secret: bool,
    /// Whether a person must say their handle before leaving for the platform.
    pub needs_handle: bool,
    /// Where a person removes our app at the platform.
    pub remove_app_at: &'static str,
}

/// One scope.
#[derive(Debug, Clone, Copy)]
pub struct ScopeFacts {
    /// The platform's name for it.
    pub scope: &'static str,
    /// Why we ask: `identify`, `read_posts`, `publish`, `list_pages`. Words are in Fluent.
    pub why: &'static str,
    /// Whether posting works without it.
    pub needed_to_post: bool,
}

/// How pictures must be.
#[derive(Debug, Clone, Copy)]
pub struct PictureFacts {
    /// The widest, in pixels.
    pub max_width: u32,
    /// The highest, in pixels.
    pub max_height: u32,
    /// The largest, in bytes.
    pub max_bytes: u64,
    /// The narrowest and widest ratio (width by height) that is shown uncut; none for any.
    pub ratio: Option<(f32, f32)>,
}

/// How text is counted.
#[derive(Debug, Clone, Copy)]
pub enum TextLimit {
    /// By characters (Unicode scalar values).
    Chars(u32),
    /// By what people see as characters, and by bytes of UTF-8.
    Graphemes {
        /// The most of them.
        graphemes: u32,
        /// The most bytes.
        bytes: u32,
    },
}

impl Facts {
    /// The facts of a flow, if the platform has it.
    #[must_use]
    pub fn flow(&self, flow: LoginFlow) -> Option<&'static FlowFacts> {
        self.flows.iter().find(|facts| facts.flow == flow)
    }
}
