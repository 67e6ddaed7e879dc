//! Sheet facebook.md §9 as data, and what §3 and §4.2 say of the dialog and the code exchange. The first
//! row that fits is taken, so rows with a subcode or words stand before those without.
//!
//! `final_` is said only of rows that the sheet does not tell to try again, and not of those whose number
//! it calls unconfirmed. A bare 190 is not one of them: it is also what an outage of the token service
//! looks like; a probe asks the inspection for the reason.

use domain::cause::Cause::*;
use domain::schedule::{HOUR_MS, MINUTE_MS};

use super::{Codes, Row, Subcodes};
use crate::failure::About::{App, Channel, Login, Platform, Post};
use crate::meta::rows::{any, code, row, said, sub};

/// The table.
pub const ROWS: &[Row] = &[
    // §9.1 Login and token.
    sub(&[190], &[456, 457], AppMisconfigured, Login)
        .final_()
        .probable(),
    sub(&[190], &[458], AppRemovedByUser, Login).final_(),
    sub(&[190], &[461, 466], AppRemovedByUser, Login)
        .final_()
        .probable(),
    // The account must be freed at Facebook first; the token lives on (limited, not dead).
    sub(&[190], &[459, 464], AccountRestricted, Login).final_(),
    sub(&[190], &[490], AccountRestricted, Login)
        .final_()
        .probable(),
    sub(&[190], &[460, 467], CredentialsChanged, Login).final_(),
    sub(&[190], &[463], LifespanEnded, Login).final_(),
    sub(&[190], &[462], LifespanEnded, Login)
        .final_()
        .probable(),
    sub(&[190], &[465], AccountDeleted, Login)
        .final_()
        .probable(),
    sub(&[190], &[468, 493], AccountInactive, Login)
        .final_()
        .probable(),
    sub(&[190], &[492], LostAdminRole, Channel).final_(),
    // Unconfirmed: the person's token where only the Page's will do.
    sub(&[190], &[2_069_032], AppMisconfigured, Channel).guess(),
    code(&[190], PermissionRevoked, Channel)
        .with_words("must be granted before impersonating")
        .final_()
        .probable(),
    row(Codes::Of(&[190]), Subcodes::Bare, Unknown, Login).guess(),
    code(&[102], LifespanEnded, Login).final_(),
    code(&[2500], AppMisconfigured, App).guess(),
    code(&[101, 104, 5, 191], AppMisconfigured, App)
        .final_()
        .guess(),
    // A secret that is refused is said in words, also under code 1.
    said("client secret", AppMisconfigured, App)
        .final_()
        .probable(),
    said("appsecret_proof", AppMisconfigured, App)
        .final_()
        .probable(),
    // The dialog and the code exchange. A code that is used up or too old is no fault of any login.
    said("at least one supported permission", AppMisconfigured, App)
        .final_()
        .probable(),
    said("invalid scope", AppMisconfigured, App)
        .final_()
        .probable(),
    sub(&[100], &[36_007, 36_009], Unknown, Login).guess(),
    sub(&[100], &[36_008], AppMisconfigured, App)
        .final_()
        .guess(),
    // §9.2 Permission, and what §9.3 tells by a subcode alone.
    any(&[4_854_002], AccountRestricted, Channel)
        .final_()
        .probable(),
    any(&[1_404_078], AccountRestricted, Channel)
        .final_()
        .probable(),
    any(&[1_404_006, 1_404_112], AccountRestricted, Channel)
        .final_()
        .probable(),
    any(&[1_346_003, 1_404_102], PolicyViolation, Post)
        .final_()
        .probable(),
    any(&[1_390_008], RateLimited, Channel).wait(HOUR_MS / 4),
    any(&[1_363_047, 1_609_010], PlatformOutage, Platform)
        .perhaps_sent()
        .wait(MINUTE_MS)
        .probable(),
    // "Already posted" may be said of our own photos, by a post that went out without an answer.
    any(&[1_366_051], ContentRejected, Post)
        .final_()
        .perhaps_sent()
        .probable(),
    any(
        &[
            1_366_046, 2_069_019, 1_349_125, 2_061_006, 1_609_008, 1_609_005,
        ],
        ContentRejected,
        Post,
    )
    .final_()
    .probable(),
    code(&[1_609_005], ContentRejected, Post).final_(),
    // Role too low or box unticked: a probe compares the tasks.
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
    // Missing or invisible; an outage of May 2026 said it of objects that were there.
    sub(&[100], &[33], Unknown, Channel).guess(),
    code(&[100], LostAdminRole, Channel)
        .with_words("no permission to publish")
        .final_()
        .probable(),
    row(Codes::Of(&[100]), Subcodes::Bare, AppMisconfigured, App)
        .final_()
        .guess(),
    code(&[803], AccountDeleted, Channel).guess(),
    // §9.3 Throttling, policy, platform. After 1 and 2 the post may be out all the same (§6.3).
    code(&[1, 2], PlatformOutage, Platform)
        .perhaps_sent()
        .wait(MINUTE_MS),
    code(&[4, 341], RateLimited, App).wait(HOUR_MS),
    code(&[17], RateLimited, Login).wait(HOUR_MS),
    code(&[32, 80_001], RateLimited, Channel).wait(HOUR_MS),
    code(&[613], RateLimited, Platform).wait(HOUR_MS),
    code(&[368], PolicyViolation, Channel)
        .final_()
        .wait(3 * HOUR_MS),
    // A twin of something recent: perhaps of this very post, so a look comes before any end.
    code(&[506], ContentRejected, Post).final_().perhaps_sent(),
    code(&[12], ApiVersionRetired, App).final_(),
];
