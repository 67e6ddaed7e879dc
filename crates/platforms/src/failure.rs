//! A call that did not give what was asked: what the platform said, what it means, and whether
//! anything may have happened there.

use domain::cause::Cause;
use domain::grant::Verdict;
use domain::health::Evidence;

/// What a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The login: the grant as a whole.
    Login,
    /// The login on this account: a role or permission there.
    Channel,
    /// Only this post.
    Post,
    /// Our registration at the platform: every grant of the app.
    App,
    /// The platform or the way to it.
    Platform,
}

/// Whether the call may have had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Certainly not: it never left, or the platform refused it in a documented way.
    No,
    /// Perhaps: no answer, a 5xx, an answer that cannot be read, a documented trap.
    Maybe,
}

/// A call that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} answered {} ({cause}): {}", evidence.operation, evidence.http_status, evidence.message)]
pub struct Failure {
    /// The cause class.
    pub cause: Cause,
    /// What it is about.
    pub about: About,
    /// Whether it is a documented final answer: only such a one ends a login or refuses a post.
    pub final_answer: bool,
    /// Whether the call may have had its effect.
    pub sent: Sent,
    /// How long the platform asks us to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
    /// What the platform said, redacted.
    pub evidence: Evidence,
}

impl Failure {
    /// Something that passes: no answer, a 5xx, a text that is no JSON. Never ends a login.
    #[must_use]
    pub fn passing(sent: Sent, evidence: Evidence) -> Self {
        let cause = Cause::PlatformOutage;
        Self {
            cause,
            about: About::Platform,
            final_answer: false,
            sent,
            retry_after_ms: None,
            evidence,
        }
    }

    /// An answer that no table knows. Shown as such, tried again, never ends a login.
    #[must_use]
    pub fn unmapped(sent: Sent, mut evidence: Evidence) -> Self {
        evidence.mapped = false;
        Self {
            cause: Cause::Unknown,
            about: About::Platform,
            final_answer: false,
            sent,
            retry_after_ms: None,
            evidence,
        }
    }

    /// The verdict on a login: only a documented final answer about the login itself is `Dead`.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let ends_login = self.final_answer && self.about == About::Login && !self.cause.waits_out();
        // A restricted account or missing permission leaves the token alive: limited, not dead.
        let token_lives = matches!(
            self.cause,
            Cause::AccountRestricted
                | Cause::PolicyViolation
                | Cause::PermissionRevoked
                | Cause::LostAdminRole
        );
        if ends_login && !token_lives {
            Verdict::Dead
        } else {
            Verdict::TryAgain
        }
    }

    /// Whether a login with this answer lives but may not do what is needed.
    #[must_use]
    pub fn limits(&self) -> bool {
        self.final_answer
            && matches!(self.about, About::Login | About::Channel)
            && self.verdict() != Verdict::Dead
            && !self.cause.waits_out()
    }

    /// Whether this answer says nothing of the login that it was given to: trouble at the platform or on the way,
    /// an answer that no table knows, or one about the app. It is weighed with those of other logins.
    #[must_use]
    pub fn says_nothing_of_login(&self) -> bool {
        let unspecific = match self.cause {
            Cause::PlatformOutage => true,
            Cause::RateLimited => false,
            Cause::Unknown => !self.final_answer,
            _ => self.about == About::App || !self.evidence.mapped,
        };
        unspecific && self.about != About::Post
    }

    /// Whether the platform refuses this post's content for good.
    #[must_use]
    pub fn rejects_post(&self) -> bool {
        self.final_answer && self.about == About::Post
    }
}
