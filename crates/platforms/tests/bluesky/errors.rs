//! The sheet's table of errors, a case a row: status, name, text, and what must follow.

use domain::Timestamp;
use domain::cause::Cause::{self, *};
use domain::grant::Verdict;
use platforms::bluesky::errors::{ROWS, Speaker, failure, redirected};
use platforms::failure::{About, Sent};
use serde_json::json;

use super::world::*;
use Speaker::{Authorization as Auth, Reading, Writing};

/// What must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The login is over.
    Dead,
    /// The login lives and may not do this.
    Limited,
    /// The post is refused.
    Rejected,
    /// Nothing is over.
    Again,
}

#[rustfmt::skip]
const TABLE: &[(Speaker, u16, &str, &str, Cause, Then)] = &[
    (Auth, 400, "use_dpop_nonce", "", Unknown, Then::Again),
    (Reading, 401, "use_dpop_nonce", "", Unknown, Then::Again),
    (Auth, 400, "invalid_dpop_proof", "", AppMisconfigured, Then::Again),
    (Writing, 401, "invalid_dpop_proof", "", AppMisconfigured, Then::Again),
    (Reading, 401, "invalid_token", "", LifespanEnded, Then::Again),
    (Writing, 400, "InvalidToken", "Token could not be verified", LifespanEnded, Then::Again),
    (Writing, 400, "ExpiredToken", "Token has expired", LifespanEnded, Then::Again),
    (Auth, 400, "invalid_grant", "Refresh token expired", LifespanEnded, Then::Dead),
    (Auth, 400, "invalid_grant", "Refresh token exceeded inactivity timeout", LifespanEnded, Then::Dead),
    (Auth, 400, "invalid_grant", "Session expired", LifespanEnded, Then::Dead),
    (Auth, 400, "invalid_grant", "Refresh token replayed", LostInFlight, Then::Dead),
    (Auth, 400, "invalid_grant", "Invalid refresh token", AppRemovedByUser, Then::Dead),
    (Auth, 400, "invalid_grant", "Token was not issued to this client", AppMisconfigured, Then::Dead),
    (Auth, 400, "invalid_grant", "The session was initiated with a different key than the client assertion currently used", AppMisconfigured, Then::Dead),
    (Auth, 400, "invalid_grant", "Invalid code", LifespanEnded, Then::Again),
    (Auth, 400, "invalid_client", "", AppMisconfigured, Then::Again),
    (Auth, 401, "invalid_client_metadata", "", AppMisconfigured, Then::Again),
    (Auth, 400, "invalid_scope", "", AppMisconfigured, Then::Again),
    (Auth, 400, "invalid_request", "", AppMisconfigured, Then::Again),
    (Auth, 400, "invalid_redirect_uri", "", AppMisconfigured, Then::Again),
    (Reading, 401, "AccountTakedown", "", AccountRestricted, Then::Limited),
    (Writing, 401, "AccountDeactivated", "", AccountInactive, Then::Limited),
    (Writing, 403, "AccountNotFound", "", AccountDeleted, Then::Limited),
    (Writing, 403, "ScopeMissingError", "Missing required scope \"repo:x\"", PermissionRevoked, Then::Limited),
    (Writing, 403, "InsufficientScope", "", PermissionRevoked, Then::Limited),
    (Writing, 403, "Forbidden", "Missing required scope \"repo:x\"", PermissionRevoked, Then::Limited),
    (Writing, 400, "InvalidRequest", "Invalid app.bsky.feed.post record", ContentRejected, Then::Rejected),
    (Reading, 400, "InvalidRequest", "Could not find repo: did:plc:x", AccountInactive, Then::Again),
    (Writing, 400, "InvalidRequest", "Could not find repo: did:plc:x", AccountInactive, Then::Again),
    (Writing, 400, "InvalidSwap", "", Unknown, Then::Again),
    (Writing, 400, "BlobNotFound", "", ContentRejected, Then::Again),
    (Writing, 400, "InvalidMimeType", "", ContentRejected, Then::Rejected),
    (Writing, 400, "InvalidSize", "", ContentRejected, Then::Rejected),
    (Writing, 413, "PayloadTooLarge", "", ContentRejected, Then::Rejected),
    (Reading, 400, "RepoTakendown", "", AccountRestricted, Then::Limited),
    (Reading, 400, "RepoSuspended", "", AccountRestricted, Then::Limited),
    (Reading, 400, "RepoDeactivated", "", AccountInactive, Then::Limited),
    (Reading, 400, "RepoNotFound", "", AccountDeleted, Then::Limited),
    (Writing, 429, "RateLimitExceeded", "", RateLimited, Then::Again),
    (Writing, 500, "InternalServerError", "Internal Server Error", PlatformOutage, Then::Again),
    (Auth, 500, "server_error", "", PlatformOutage, Then::Again),
    (Reading, 502, "UpstreamFailure", "", PlatformOutage, Then::Again),
    (Writing, 503, "NotEnoughResources", "", PlatformOutage, Then::Again),
    (Reading, 504, "UpstreamTimeout", "", PlatformOutage, Then::Again),
    (Writing, 501, "MethodNotImplemented", "", ApiVersionRetired, Then::Limited),
    (Reading, 404, "MethodNotImplemented", "", ApiVersionRetired, Then::Limited),
];

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

#[test]
fn every_row_of_the_sheet_follows_as_it_says() {
    for &(speaker, status, name, text, cause, then) in TABLE {
        let body = if speaker == Auth {
            oauth_error(status, name, text)
        } else {
            error(status, name, text)
        };
        let failure = failure("bluesky.test", speaker, &body, now());
        let said = format!("{speaker:?} {status} {name} {text}: {failure:?}");
        assert_eq!(failure.cause, cause, "{said}");
        let found = if failure.verdict() == Verdict::Dead {
            Then::Dead
        } else if failure.limits() {
            Then::Limited
        } else if failure.rejects_post() {
            Then::Rejected
        } else {
            Then::Again
        };
        assert_eq!(found, then, "{said}");
        assert!(failure.evidence.mapped, "{said}");
        // Only a server's own trouble leaves it open whether the call had its effect.
        let unclear = status >= 500 && status != 501;
        assert_eq!(failure.sent == Sent::Maybe, unclear, "{said}");
    }
}

#[test]
fn every_row_of_the_code_has_a_case_here() {
    for (index, row) in ROWS.iter().enumerate() {
        let met = TABLE.iter().any(|&(speaker, _, name, text, ..)| {
            (row.speakers.is_empty() || row.speakers.contains(&speaker))
                && (row.codes.is_empty() || row.codes.contains(&name))
                && (row.says.is_empty()
                    || row
                        .says
                        .iter()
                        .any(|said| text.to_lowercase().contains(said)))
        });
        let by_redirect = row.codes.contains(&"access_denied");
        assert!(met || by_redirect, "row {index} {row:?} is not tried");
    }
}

#[test]
fn what_no_row_knows_is_shown_as_such_and_ends_nothing() {
    for (speaker, status, name, text) in [
        (Auth, 400, "invalid_grant", "Something new"),
        (Auth, 400, "invalid_grant", "private_key_jwt jti reused"),
        (Auth, 403, "InvalidRequest", ""),
        (Reading, 400, "InvalidRequest", "not about a post"),
        (Reading, 400, "InvalidSwap", ""),
        (Writing, 418, "Teapot", ""),
    ] {
        let failure = failure("bluesky.test", speaker, &error(status, name, text), now());
        assert_eq!(failure.cause, Unknown, "{name}");
        assert!(
            !failure.evidence.mapped && !failure.final_answer && failure.sent == Sent::Maybe,
            "{name}"
        );
    }
}

#[test]
fn a_refusal_on_the_way_back_is_the_person_s() {
    for name in ["access_denied", "login_required", "consent_required"] {
        let failure = redirected(name, "The user denied the request");
        assert_eq!(
            (failure.cause, failure.verdict()),
            (PermissionRevoked, Verdict::TryAgain)
        );
        assert_eq!(failure.about, About::Login);
    }
    assert_eq!(redirected("invalid_scope", "").cause, AppMisconfigured);
    assert_eq!(redirected("server_error", "").cause, PlatformOutage);
    assert!(!redirected("strange", "").evidence.mapped);
}

#[test]
fn names_are_found_wherever_a_server_puts_them() {
    let challenge = "DPoP algs=\"ES256\", error=\"invalid_token\", error_description=\"bad exp\"";
    let bare = with_header(
        "www-authenticate",
        challenge,
        with_status(401, ok(json!({}))),
    );
    let found = failure("bluesky.test", Reading, &bare, now());
    assert_eq!(
        (
            found.evidence.code.as_str(),
            found.evidence.message.as_str()
        ),
        ("invalid_token", "bad exp")
    );
    assert_eq!(found.cause, LifespanEnded);
    // Behind a proxy the status alone must do.
    let mut html = error(413, "", "");
    html.body = "<html>413 Request Entity Too Large".into();
    assert!(failure("bluesky.test", Writing, &html, now()).rejects_post());
    html.status = 404;
    assert!(!failure("bluesky.test", Reading, &html, now()).final_answer);
    let slow = with_header(
        "ratelimit-reset",
        &(NOW + 60).to_string(),
        with_status(429, html),
    );
    let found = failure("bluesky.test", Writing, &slow, now());
    assert_eq!(
        (found.cause, found.retry_after_ms),
        (RateLimited, Some(60_000))
    );
    let named = error(
        403,
        "ScopeMissingError",
        "Missing required scope \"repo:app.bsky.feed.post?action=update\"",
    );
    let found = failure("bluesky.test", Writing, &named, now());
    assert_eq!(
        found.evidence.missing.as_deref(),
        Some("repo:app.bsky.feed.post?action=update")
    );
}
