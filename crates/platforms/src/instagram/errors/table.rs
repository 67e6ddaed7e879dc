//! Sheet instagram.md §9 as data (and facebook.md §9 where its login is Facebook's). The first row
//! that fits is taken, so rows with a subcode or words stand before those without.
//!
//! `final_` is said only of rows that the sheet does not tell to try again. A bare 190 is not one of
//! them: it is also what an outage of the token service looks like.

use domain::cause::Cause::*;
use domain::schedule::{HOUR_MS, MINUTE_MS};

use super::{Codes, Row, Subcodes};
use crate::failure::About::{App, Channel, Login, Platform, Post};
use crate::meta::rows::{any, code, row, said, sub};

/// The table.
pub const ROWS: &[Row] = &[
    // §9.1 Login, token, permission. 190 with a subcode that stands here is the login's end; where the
    // account must be freed at the platform first, the token lives on (limited, not dead).
    sub(&[190], &[463], LifespanEnded, Login).final_(),
    sub(&[190], &[460], CredentialsChanged, Login).final_(),
    sub(&[190], &[458], AppRemovedByUser, Login).final_(),
    sub(&[190], &[459, 464], AccountRestricted, Login).final_(),
    sub(&[190], &[490], AccountRestricted, Login)
        .final_()
        .probable(),
    sub(&[190], &[461, 466], AppRemovedByUser, Login)
        .final_()
        .probable(),
    sub(&[190], &[467], CredentialsChanged, Login).final_(),
    sub(&[190], &[468, 493], AccountInactive, Login)
        .final_()
        .probable(),
    sub(&[190], &[492], LostAdminRole, Channel).final_(),
    sub(&[190], &[465], AccountDeleted, Login)
        .final_()
        .probable(),
    sub(&[190], &[456, 457, 462], Unknown, Login).guess(),
    sub(&[190], &[2_069_032], AppMisconfigured, Post).guess(),
    code(&[190], LifespanEnded, Login)
        .with_words("session has expired on")
        .final_()
        .probable(),
    code(&[190], CredentialsChanged, Login)
        .with_words("session has been invalidated")
        .final_()
        .probable(),
    code(&[190], PermissionRevoked, Channel)
        .with_words("must be granted before impersonating")
        .final_()
        .probable(),
    said("revoked_access_token", AppRemovedByUser, Login)
        .final_()
        .probable(),
    row(Codes::Of(&[190]), Subcodes::Bare, Unknown, Login).guess(),
    code(&[102], LifespanEnded, Login).final_(),
    said(
        "user is not an instagram business",
        AccountInactive,
        Channel,
    )
    .final_()
    .probable(),
    any(&[4_854_002], AccountRestricted, Channel)
        .final_()
        .probable(),
    sub(&[200], &[1_404_078], AccountRestricted, Channel)
        .final_()
        .probable(),
    code(&[200], LostAdminRole, Channel)
        .with_words("sufficient administrative permission")
        .final_()
        .probable(),
    code(&[10], PermissionRevoked, Channel).final_(),
    row(
        Codes::Between(200, 299),
        Subcodes::Bare,
        PermissionRevoked,
        Channel,
    )
    .final_(),
    code(&[3], AppMisconfigured, App).final_(),
    sub(&[100], &[33], Unknown, Channel).guess(),
    code(&[100], AppMisconfigured, App)
        .with_words("unsupported request - method type")
        .final_()
        .probable(),
    // The code exchange. A code that is used up or too old is no fault of any login: sign in again.
    sub(&[100], &[36_007, 36_009], Unknown, Login).guess(),
    sub(&[100], &[36_008], AppMisconfigured, App)
        .final_()
        .guess(),
    said("matching code was not found", Unknown, Login).probable(),
    // Of a private account's token, which was not prolonged in the old interface: it lives on (sheet §4.1).
    said("private account", PrivacyChanged, Login).guess(),
    // The app itself.
    code(&[101, 104, 5, 191], AppMisconfigured, App)
        .final_()
        .guess(),
    said("client_secret", AppMisconfigured, App)
        .final_()
        .probable(),
    said("client secret", AppMisconfigured, App)
        .final_()
        .probable(),
    said("appsecret_proof", AppMisconfigured, App)
        .final_()
        .probable(),
    said("invalid platform app", AppMisconfigured, App)
        .final_()
        .probable(),
    said("redirect_uri", AppMisconfigured, App)
        .final_()
        .probable(),
    said("invalid scope", AppMisconfigured, App)
        .final_()
        .probable(),
    said("at least one supported permission", AppMisconfigured, App)
        .final_()
        .probable(),
    said(
        "business and user permissions are mutually exclusive",
        AppMisconfigured,
        App,
    )
    .final_()
    .probable(),
    code(&[2500], AppMisconfigured, App).guess(),
    // §9.2 Publishing.
    sub(&[-2], &[2_207_003], PlatformOutage, Platform).perhaps_sent(),
    sub(&[-2], &[2_207_020], ContentRejected, Post).perhaps_sent(),
    sub(&[-1], &[2_207_001], PlatformOutage, Platform).perhaps_sent(),
    sub(&[-1], &[2_207_032], PlatformOutage, Platform).perhaps_sent(),
    sub(&[-1], &[2_207_053], PlatformOutage, Platform).perhaps_sent(),
    sub(&[1], &[2_207_057], ContentRejected, Post).final_(),
    // Not a plain rate limit, and the post can be live despite it.
    sub(&[4], &[2_207_051], PolicyViolation, Channel)
        .final_()
        .probable()
        .perhaps_sent()
        .wait(3 * HOUR_MS),
    sub(&[9], &[2_207_042], RateLimited, Channel).wait(HOUR_MS),
    sub(&[24], &[2_207_006], Unknown, Post).perhaps_sent(),
    // May also mean "already published".
    sub(&[24], &[2_207_008], PlatformOutage, Platform)
        .perhaps_sent()
        .wait(MINUTE_MS / 2),
    sub(&[25], &[2_207_050], AccountRestricted, Channel).final_(),
    sub(&[100], &[2_207_023], AppMisconfigured, Post).final_(),
    sub(&[100], &[2_207_028], ContentRejected, Post).final_(),
    sub(
        &[100],
        &[2_207_035, 2_207_036, 2_207_037],
        ContentRejected,
        Post,
    )
    .final_(),
    sub(&[100], &[2_207_040], ContentRejected, Post).final_(),
    sub(&[352], &[2_207_026], ContentRejected, Post).final_(),
    // Raised before anything is shown, and flaky on Meta's side: tried again, not final.
    sub(&[9004], &[2_207_052], ContentRejected, Post).wait(MINUTE_MS / 2),
    sub(&[9007], &[2_207_027], Unknown, Post).wait(MINUTE_MS / 6),
    sub(&[36_000], &[2_207_004], ContentRejected, Post).final_(),
    sub(&[36_001], &[2_207_005], ContentRejected, Post).final_(),
    sub(&[36_003], &[2_207_009], ContentRejected, Post).final_(),
    sub(&[36_004], &[2_207_010], ContentRejected, Post).final_(),
    any(&[2_207_081], ContentRejected, Post).final_().probable(),
    any(&[2_207_082, 2_207_077], PlatformOutage, Platform).probable(),
    said("param collaborators is not allowed", ContentRejected, Post)
        .final_()
        .probable(),
    // §9.3 Throttling and platform.
    code(&[-1, -2, 1, 2], PlatformOutage, Platform).perhaps_sent(),
    code(&[4, 341], RateLimited, App).wait(HOUR_MS),
    code(&[17], RateLimited, Login).wait(HOUR_MS),
    code(&[32, 80_002], RateLimited, Channel).wait(HOUR_MS),
    code(&[613], RateLimited, Platform).wait(HOUR_MS),
    code(&[368], PolicyViolation, Channel)
        .final_()
        .wait(3 * HOUR_MS),
    // A twin of something recent: perhaps of this very post, so a look comes before any end.
    code(&[506], ContentRejected, Post).final_().perhaps_sent(),
    code(&[12], ApiVersionRetired, App).final_(),
];
