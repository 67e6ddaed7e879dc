//! Health belongs to a grant on a channel; a channel shows its best.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::cause::Cause;
use crate::words::words;

words! {
    /// How a login is. The order is from best to worst, so that the least is a channel's best.
    pub enum Health {
        /// A probe of this very target, or a call that counts as one, went well.
        Healthy = "healthy",
        /// Well, but an end that needs a person is near.
        Expiring = "expiring",
        /// The platform is in trouble; nothing for a person to do.
        Waiting = "waiting",
        /// Not yet proven.
        Checking = "checking",
        /// The token lives but may not do what is needed.
        Limited = "limited",
        /// A person must sign in.
        NeedsRefresh = "needs_refresh",
    }
}

impl Health {
    /// Whether deliveries may be tried on a login in this health. `Waiting` and `Checking` may: the
    /// call itself is the best witness.
    #[must_use]
    pub const fn may_send(self) -> bool {
        matches!(
            self,
            Self::Healthy | Self::Expiring | Self::Waiting | Self::Checking
        )
    }

    /// Whether a person is needed.
    #[must_use]
    pub const fn needs_person(self) -> bool {
        matches!(self, Self::NeedsRefresh | Self::Limited)
    }
}

/// What the platform said, redacted: shown as evidence to members, the raw text to admins only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Which call it answered, for example `instagram.media_publish`.
    pub operation: String,
    /// The HTTP status; 0 where there was no answer.
    pub http_status: u16,
    /// The platform's own code, in its own spelling.
    pub code: String,
    /// The platform's own subcode.
    pub subcode: String,
    /// The platform's message, with tokens and mail addresses taken out, at most 500 characters.
    pub message: String,
    /// Whether this answer stands in the platform's documented table.
    pub mapped: bool,
    /// The missing permission or role, by the platform's name for it.
    pub missing: Option<String>,
    /// The answer as it came, still without secrets, at most 4 KB. For admins only: it is kept apart, and never
    /// written or sent along with the rest.
    #[serde(skip)]
    pub raw: Option<String>,
}

/// Health with everything a person is told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How it is.
    pub health: Health,
    /// Why, where it is not well.
    pub cause: Option<Cause>,
    /// What the platform said.
    pub evidence: Option<Evidence>,
    /// Since when it is so.
    pub since: Timestamp,
}
