//! The table of refusals: stable code, HTTP status, words. A released code keeps its meaning. A new
//! one is a line here and three texts in `errors.ftl`; `/docs/problems/CODE` shows it.

/// One kind of refusal.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable word that clients decide by.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Key of its title.
    pub title: &'static str,
    /// Key of what to do.
    pub hint: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $NAME:ident = $code:literal $status:literal $title:literal $hint:literal;)+) => {
        $($(#[$doc])* pub static $NAME: Code = Code { code: $code, status: $status, title: $title, hint: $hint };)+
        /// All of them.
        pub static ALL: &[&Code] = &[$(&$NAME),+];
    };
}

codes! {
    /// The JSON text cannot be read at all.
    MALFORMED = "malformed" 400 "problem-malformed" "problem-malformed-hint";
    /// Fields are wrong, missing or unknown.
    INVALID = "invalid" 422 "problem-invalid" "problem-invalid-hint";
    /// A parameter of the address is wrong.
    BAD_PARAMETER = "bad_parameter" 400 "problem-bad-parameter" "problem-bad-parameter-hint";
    /// No session or key.
    SIGNED_OUT = "signed_out" 401 "problem-signed-out" "problem-signed-out-hint";
    /// A key that is none.
    BAD_KEY = "bad_key" 401 "problem-bad-key" "problem-bad-key-hint";
    /// Signing in failed.
    WRONG_PASSWORD = "wrong_password" 422 "problem-wrong-password" "problem-wrong-password-hint";
    /// The role does not allow it.
    NOT_ALLOWED = "not_allowed" 403 "problem-not-allowed" "problem-not-allowed-hint";
    /// Only whoever signed in may let their sign-in stand by or be used.
    NOT_YOURS_TO_SAY = "not_yours_to_say" 403 "problem-not-yours-to-say" "problem-not-yours-to-say-hint";
    /// The platform allows a login to be extended from a later moment on.
    TOO_EARLY = "too_early" 409 "problem-too-early" "problem-too-early-hint";
    /// The key's scopes do not allow it.
    SCOPE_MISSING = "scope_missing" 403 "problem-scope-missing" "problem-scope-missing-hint";
    /// A request that another site made the browser send.
    CROSS_SITE = "cross_site" 403 "problem-cross-site" "problem-cross-site-hint";
    /// The person is in no workspace.
    NO_WORKSPACE = "no_workspace" 403 "problem-no-workspace" "problem-no-workspace-hint";
    /// Nothing of that address or id, as far as this workspace goes.
    NOT_FOUND = "not_found" 404 "problem-not-found" "problem-not-found-hint";
    /// The one-time link or code was used or has ended.
    LINK_USED = "link_used" 410 "problem-link-used" "problem-link-used-hint";
    /// The address knows other methods.
    WRONG_METHOD = "wrong_method" 405 "problem-wrong-method" "problem-wrong-method-hint";
    /// It took too long.
    TIMED_OUT = "timed_out" 503 "problem-timed-out" "problem-timed-out-hint";
    /// Somebody else changed it since it was read.
    CHANGED_MEANWHILE = "changed_meanwhile" 409 "problem-changed-meanwhile" "problem-changed-meanwhile-hint";
    /// The version in If-Match is not the current one.
    STALE_VERSION = "stale_version" 412 "problem-stale-version" "problem-stale-version-hint";
    /// The Idempotency-Key was used with another request.
    KEY_REUSED = "idempotency_key_reused" 422 "problem-key-reused" "problem-key-reused-hint";
    /// The first request of this Idempotency-Key is still under way.
    KEY_IN_USE = "idempotency_in_progress" 409 "problem-key-in-use" "problem-key-in-use-hint";
    /// The first request of this Idempotency-Key was cut off; nobody knows how far it came.
    KEY_CUT_OFF = "idempotency_cut_off" 409 "problem-key-cut-off" "problem-key-cut-off-hint";
    /// The state of the thing does not allow it.
    NOT_NOW = "not_now" 409 "problem-not-now" "problem-not-now-hint";
    /// More bytes than are taken.
    TOO_LARGE = "too_large" 413 "problem-too-large" "problem-too-large-hint";
    /// Not JSON, not a form.
    WRONG_TYPE = "wrong_type" 415 "problem-wrong-type" "problem-wrong-type-hint";
    /// A picture with more bytes or pixels than are taken.
    MEDIA_TOO_LARGE = "media_too_large" 413 "problem-media-too-large" "problem-media-too-large-hint";
    /// No picture, or of a kind that is not taken.
    MEDIA_KIND = "media_kind" 415 "problem-media-kind" "problem-media-kind-hint";
    /// A picture that cannot be read.
    MEDIA_UNREADABLE = "media_unreadable" 422 "problem-media-unreadable" "problem-media-unreadable-hint";
    /// A platform would refuse the post as it is.
    CONTENT_BLOCKED = "content_blocked" 422 "problem-content-blocked" "problem-content-blocked-hint";
    /// Only well channels were asked for, and one is not.
    NOT_HEALTHY = "not_healthy" 409 "problem-not-healthy" "problem-not-healthy-hint";
    /// It would end sign-ins that live, and that was not said.
    ENDS_LOGINS = "ends_logins" 409 "problem-ends-logins" "problem-ends-logins-hint";
    /// A sign-in at a platform that was begun in another browser.
    OTHER_BROWSER = "other_browser" 403 "problem-other-browser" "problem-other-browser-hint";
    /// A sign-in at a platform that a program began, and must end.
    BEGUN_BY_KEY = "begun_by_key" 409 "problem-begun-by-key" "problem-begun-by-key-hint";
    /// A sign-in at a platform that is over, or was begun too long ago.
    CONNECT_ENDED = "connect_ended" 410 "problem-connect-ended" "problem-connect-ended-hint";
    /// The channel has no login that lives.
    NO_LOGIN = "no_login" 409 "problem-no-login" "problem-no-login-hint";
    /// The platform would not.
    PLATFORM_REFUSED = "platform_refused" 422 "problem-platform-refused" "problem-platform-refused-hint";
    /// The platform could not be asked.
    PLATFORM_AWAY = "platform_away" 503 "problem-platform-away" "problem-platform-away-hint";
    /// Too many tries.
    TOO_MANY = "too_many" 429 "problem-too-many" "problem-too-many-hint";
    /// Our mistake.
    INTERNAL = "internal" 500 "problem-internal" "problem-internal-hint";
    /// It may have been stored.
    OUTCOME_UNKNOWN = "outcome_unknown" 500 "problem-outcome-unknown" "problem-outcome-unknown-hint";
    /// The store is out of reach.
    TRY_AGAIN = "try_again" 503 "problem-try-again" "problem-try-again-hint";
}

/// The code of an answer that no handler of ours made: an unknown address, a wrong method.
#[must_use]
pub fn of_status(status: u16) -> Option<&'static Code> {
    Some(match status {
        404 => &NOT_FOUND,
        405 => &WRONG_METHOD,
        408 | 503 | 504 => &TIMED_OUT,
        413 => &TOO_LARGE,
        415 => &WRONG_TYPE,
        400 => &MALFORMED,
        422 => &INVALID,
        500 => &INTERNAL,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_words_and_no_twin() {
        let text = crate::text::Text::english();
        let mut seen = std::collections::BTreeSet::new();
        for code in ALL {
            assert!(seen.insert(code.code), "{} stands twice", code.code);
            for key in [code.title, code.hint] {
                assert!(!text.t(key).contains('⟦'), "{key} has no words");
            }
            assert!((400..600).contains(&code.status));
        }
    }
}
