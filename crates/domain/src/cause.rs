//! Why a login ended or stopped working: the closed list of cause classes, with who can mend each and
//! whether signing in again helps. The words for people are in Fluent files and `docs/causes/`.

use crate::words::words;

words! {
    /// A cause class of DESIGN section 5.
    pub enum Cause {
        /// The token's own lifespan is over.
        LifespanEnded = "lifespan_ended",
        /// Password, user name or another credential changed.
        CredentialsChanged = "credentials_changed",
        /// A permission was taken back.
        PermissionRevoked = "permission_revoked",
        /// The person removed our app at the platform.
        AppRemovedByUser = "app_removed_by_user",
        /// The person is no longer an admin of the page.
        LostAdminRole = "lost_admin_role",
        /// The account's privacy settings shut us out.
        PrivacyChanged = "privacy_changed",
        /// The account rests: not used for long, deactivated, or no longer professional.
        AccountInactive = "account_inactive",
        /// The platform restricts the account: a checkpoint, a spam limit.
        AccountRestricted = "account_restricted",
        /// The account is gone.
        AccountDeleted = "account_deleted",
        /// The platform says that a rule was broken.
        PolicyViolation = "policy_violation",
        /// The version of the platform's interface that we use is gone.
        ApiVersionRetired = "api_version_retired",
        /// Our registration at the platform is not right.
        AppMisconfigured = "app_misconfigured",
        /// A newer sign-in of the same person took this one's place.
        SupersededByNewGrant = "superseded_by_new_grant",
        /// The platform changed the token and its answer was lost on the way to us.
        LostInFlight = "lost_in_flight",
        /// The platform refuses this post's content.
        ContentRejected = "content_rejected",
        /// Too many calls for now.
        RateLimited = "rate_limited",
        /// The platform is in trouble.
        PlatformOutage = "platform_outage",
        /// An answer that we cannot place.
        Unknown = "unknown",
    }
}

words! {
    /// How sure it is that an answer of a platform has the cause that our table gives it.
    pub enum Confidence {
        /// The platform's own documentation says so.
        Documented = "documented",
        /// Others have seen it, or its words say it.
        Probable = "probable",
        /// Nobody has confirmed it, or the answer has several meanings.
        Guess = "guess",
    }
}

/// Who can mend a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mender {
    /// The person who signed in.
    Person,
    /// An admin of the page.
    PageAdmin,
    /// The person, but at the platform and not here.
    PersonAtPlatform,
    /// Whoever runs this installation.
    Operator,
    /// Whoever wrote the post.
    Author,
    /// Nobody need act; time mends it.
    Time,
    /// Nobody, or only the platform.
    Nobody,
    /// Look at the evidence first.
    Unclear,
}

/// Does signing in again help?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningIn {
    /// It does.
    Helps,
    /// It does, with the named permission left ticked.
    HelpsWithPermission,
    /// It often does.
    OftenHelps,
    /// It may.
    MayHelp,
    /// It does not.
    DoesNotHelp,
}

impl Cause {
    /// Who can mend this.
    #[must_use]
    pub const fn mender(self) -> Mender {
        match self {
            Self::LifespanEnded
            | Self::CredentialsChanged
            | Self::PermissionRevoked
            | Self::AppRemovedByUser
            | Self::AccountInactive
            | Self::LostInFlight => Mender::Person,
            Self::LostAdminRole => Mender::PageAdmin,
            Self::PrivacyChanged | Self::AccountRestricted | Self::PolicyViolation => {
                Mender::PersonAtPlatform
            }
            Self::AccountDeleted => Mender::Nobody,
            Self::ApiVersionRetired | Self::AppMisconfigured => Mender::Operator,
            Self::ContentRejected => Mender::Author,
            Self::SupersededByNewGrant | Self::RateLimited | Self::PlatformOutage => Mender::Time,
            Self::Unknown => Mender::Unclear,
        }
    }

    /// Whether signing in again helps.
    #[must_use]
    pub const fn signing_in(self) -> SigningIn {
        match self {
            Self::LifespanEnded
            | Self::CredentialsChanged
            | Self::AppRemovedByUser
            | Self::LostInFlight => SigningIn::Helps,
            Self::PermissionRevoked => SigningIn::HelpsWithPermission,
            Self::AccountInactive => SigningIn::OftenHelps,
            Self::SupersededByNewGrant | Self::Unknown => SigningIn::MayHelp,
            Self::LostAdminRole
            | Self::PrivacyChanged
            | Self::AccountRestricted
            | Self::AccountDeleted
            | Self::PolicyViolation
            | Self::ApiVersionRetired
            | Self::AppMisconfigured
            | Self::ContentRejected
            | Self::RateLimited
            | Self::PlatformOutage => SigningIn::DoesNotHelp,
        }
    }

    /// Whether a login with this cause waits for time rather than for a person.
    #[must_use]
    pub const fn waits_out(self) -> bool {
        matches!(self, Self::RateLimited | Self::PlatformOutage)
    }
}
