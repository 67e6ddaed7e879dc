//! The platforms and the login flows by name. What a platform can do stands with its adapter.

use crate::words::words;

words! {
    /// A platform that a channel can be on.
    pub enum Platform {
        /// Facebook Pages.
        Facebook = "facebook",
        /// Instagram professional accounts.
        Instagram = "instagram",
        /// Threads.
        Threads = "threads",
        /// Google Business Profile.
        GoogleBusiness = "google_business",
        /// YouTube.
        Youtube = "youtube",
        /// LinkedIn, profile and page.
        Linkedin = "linkedin",
        /// TikTok.
        Tiktok = "tiktok",
        /// Pinterest.
        Pinterest = "pinterest",
        /// Bluesky and other servers of the AT Protocol.
        Bluesky = "bluesky",
        /// Mastodon and its kin.
        Mastodon = "mastodon",
        /// X.
        X = "x",
    }
}

impl Platform {
    /// The platform's own name, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Facebook => "Facebook",
            Self::Instagram => "Instagram",
            Self::Threads => "Threads",
            Self::GoogleBusiness => "Google Business Profile",
            Self::Youtube => "YouTube",
            Self::Linkedin => "LinkedIn",
            Self::Tiktok => "TikTok",
            Self::Pinterest => "Pinterest",
            Self::Bluesky => "Bluesky",
            Self::Mastodon => "Mastodon",
            Self::X => "X",
        }
    }
}

words! {
    /// A way to sign in to a platform. Which flows a platform has stands with its adapter.
    pub enum LoginFlow {
        /// Instagram login: the account itself signs in.
        Instagram = "instagram",
        /// Facebook login: a person with a role on the linked Page signs in.
        Facebook = "facebook",
        /// OAuth of the AT Protocol.
        Bluesky = "bluesky",
    }
}

impl LoginFlow {
    /// The name that stands behind "through …".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instagram => "Instagram",
            Self::Facebook => "Facebook",
            Self::Bluesky => "Bluesky",
        }
    }
}
