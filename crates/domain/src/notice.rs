//! Notices: news about channels and posts. One open notice covers one cause of one login and grows.

use crate::words::words;

words! {
    /// What a notice tells.
    pub enum NoticeKind {
        /// A login needs a person; the posts that wait are listed in it.
        NeedsRefresh = "channel_needs_refresh",
        /// A permission or role is missing.
        Limited = "channel_limited",
        /// An end that needs a person is near.
        Expiring = "channel_expiring",
        /// The platform is in trouble.
        Waiting = "channel_waiting",
        /// Posts that could not go out for another reason than a login.
        Missed = "deliveries_missed",
        /// A post was refused by the platform.
        Failed = "delivery_failed",
        /// A post may have gone out; a person must look.
        Uncertain = "delivery_uncertain",
        /// It is time to post by hand.
        Reminded = "delivery_reminded",
        /// A login is well again.
        Restored = "channel_restored",
    }
}

words! {
    /// A notice's life.
    pub enum NoticeState {
        /// Nobody has said that they saw it.
        Open = "open",
        /// Somebody has; it still grows.
        Acknowledged = "acknowledged",
        /// What it told of is over.
        Closed = "closed",
    }
}

impl NoticeKind {
    /// Whether it asks a person to do something; only these count in badges.
    #[must_use]
    pub const fn needs_person(self) -> bool {
        !matches!(self, Self::Waiting | Self::Restored)
    }
}
