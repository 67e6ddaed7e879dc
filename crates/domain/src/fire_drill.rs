//! The fire drill: what a cause would do to a channel, asked before it happens. Pure. It says what the engine does with
//! an answer of that cause; which answer means which cause stands in the platforms' tables.

use crate::Timestamp;
use crate::cause::Cause;
use crate::delivery::Reason;
use crate::schedule::plus_ms;
use crate::words::words;

words! {
    /// What becomes of a login that meets a cause.
    pub enum Effect {
        /// It ends; a person must sign in.
        Ends = "ends",
        /// It lives but may not post.
        Limits = "limits",
        /// It waits until the platform is well again.
        Waits = "waits",
        /// Nothing is known against it: each post is tried again until it is too late.
        TriesOn = "tries_on",
    }
}

words! {
    /// Whom a cause hits beside the channel.
    pub enum Reach {
        /// Only this account.
        Account = "account",
        /// Whatever uses this sign-in.
        SignIn = "sign_in",
        /// Every sign-in of this person through this app.
        Person = "person",
        /// Every sign-in through this app.
        App = "app",
        /// Every channel of the platform.
        Platform = "platform",
    }
}

/// The cause that a drill is about unless another is named.
pub const USUAL: Cause = Cause::CredentialsChanged;

/// The causes that a login can meet: all but the one that is about a post.
pub fn causes() -> impl Iterator<Item = Cause> {
    let of_login = |cause: &Cause| *cause != Cause::ContentRejected;
    Cause::ALL.iter().copied().filter(of_login)
}

/// What this cause does to a login. A cause that is about a post does nothing to it.
#[must_use]
pub const fn effect(cause: Cause) -> Effect {
    match cause {
        Cause::LifespanEnded
        | Cause::CredentialsChanged
        | Cause::AppRemovedByUser
        | Cause::AccountInactive
        | Cause::AccountDeleted
        | Cause::SupersededByNewGrant
        | Cause::LostInFlight => Effect::Ends,
        Cause::PermissionRevoked
        | Cause::LostAdminRole
        | Cause::PrivacyChanged
        | Cause::AccountRestricted
        | Cause::PolicyViolation => Effect::Limits,
        Cause::RateLimited | Cause::PlatformOutage => Effect::Waits,
        Cause::ApiVersionRetired
        | Cause::AppMisconfigured
        | Cause::ContentRejected
        | Cause::Unknown => Effect::TriesOn,
    }
}

/// Why a post would be held that comes due while the cause stands.
#[must_use]
pub const fn reason(cause: Cause) -> Reason {
    match effect(cause) {
        Effect::Ends => Reason::LoginDead,
        Effect::Limits => Reason::PermissionMissing,
        Effect::Waits => match cause {
            Cause::RateLimited => Reason::Quota,
            _ => Reason::PlatformDown,
        },
        Effect::TriesOn => Reason::TooLate,
    }
}

/// Whom this cause hits beside the channel.
#[must_use]
pub const fn reach(cause: Cause) -> Reach {
    match cause {
        Cause::LifespanEnded | Cause::SupersededByNewGrant | Cause::LostInFlight => Reach::SignIn,
        Cause::CredentialsChanged | Cause::AppRemovedByUser => Reach::Person,
        Cause::ApiVersionRetired | Cause::AppMisconfigured => Reach::App,
        Cause::PlatformOutage => Reach::Platform,
        Cause::PermissionRevoked
        | Cause::LostAdminRole
        | Cause::PrivacyChanged
        | Cause::AccountInactive
        | Cause::AccountRestricted
        | Cause::AccountDeleted
        | Cause::PolicyViolation
        | Cause::ContentRejected
        | Cause::RateLimited
        | Cause::Unknown => Reach::Account,
    }
}

/// Whether another living sign-in could do what the one that meets this cause cannot: that of another person, or of the
/// same one where only the sign-in itself was hit. What is wrong with the account, the app or the platform is wrong for
/// all of them.
#[must_use]
pub const fn another_helps(cause: Cause, same_person: bool) -> bool {
    match cause {
        Cause::LifespanEnded | Cause::SupersededByNewGrant | Cause::LostInFlight => true,
        Cause::CredentialsChanged
        | Cause::AppRemovedByUser
        | Cause::PermissionRevoked
        | Cause::LostAdminRole => !same_person,
        _ => false,
    }
}

/// Whether members are told the moment that it is noticed. What passes by itself is not told: only a post that was
/// missed for it is.
#[must_use]
pub const fn tells_at_once(cause: Cause) -> bool {
    matches!(effect(cause), Effect::Ends | Effect::Limits)
}

/// When a break at `at` is noticed at the latest: at the next check, or with the first post that is due.
///
/// `next_check` is the one that is set now; one before the break shows nothing yet, and the one after it comes
/// within `check_every_ms`.
#[must_use]
pub fn noticed_by(
    at: Timestamp,
    next_check: Option<Timestamp>,
    check_every_ms: i64,
    first_post: Option<Timestamp>,
) -> Option<Timestamp> {
    let check = next_check.map(|check| {
        if check >= at {
            check
        } else {
            plus_ms(at, check_every_ms)
        }
    });
    [check, first_post].into_iter().flatten().min()
}
