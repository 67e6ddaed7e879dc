//! Errors of Pages (sheet facebook.md §9); what both Meta products share is in
//! [`crate::instagram::errors`].

use crate::instagram::errors::{GraphError, error, publishing};
use serde_json::json;

/// A person's token where a Page's is wanted (§9.1, 190/2069032).
pub(super) fn page_token_wanted() -> GraphError {
    error(
        190,
        Some(2_069_032),
        "A Page access token is required for this call for the new Pages experience.",
    )
}

/// Permission or role missing; the platform does not say which (§9.2, 200).
pub(super) fn may_not_publish() -> GraphError {
    let words = "(#200) If posting to a page, requires both pages_read_engagement and pages_manage_posts as an admin with sufficient administrative permission";
    error(200, None, words).with_status(403)
}

/// The same for comments.
pub(super) fn may_not_comment() -> GraphError {
    let words = "(#200) Requires pages_manage_engagement as an admin with sufficient administrative permission";
    error(200, None, words).with_status(403)
}

/// Reading without the permission for it (§9.2, 10).
pub(super) fn may_not_read() -> GraphError {
    let words = "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature.";
    error(10, None, words)
}

/// Somebody else's post (§6.2: an app edits only its own).
pub(super) fn not_own() -> GraphError {
    error(
        200,
        None,
        "(#200) The post wasn't created by the application",
    )
}

/// Publishing authorization is missing (§9.2, 200/1404078).
pub(super) fn unauthorized() -> GraphError {
    publishing(
        200,
        1_404_078,
        "Permissions error",
        "Page Publishing Authorization Required",
        "To publish as this Page, complete the Page Publishing Authorization.",
    )
}

/// The identity must be confirmed (§9.2, 4854002).
pub(super) fn unconfirmed() -> GraphError {
    publishing(
        200,
        4_854_002,
        "Permissions error",
        "Confirm your identity",
        "Confirm your identity in the Facebook app before you publish as this Page.",
    )
}

/// Identical to a recent post (§9.3, 506).
pub(super) fn duplicate() -> GraphError {
    error(506, None, "(#506) Duplicate status message")
}

/// Posting too fast (§9.3, 1390008).
pub(super) fn too_fast() -> GraphError {
    publishing(
        100,
        1_390_008,
        "Invalid parameter",
        "You're posting too fast",
        "You can't post so often in so short a time. Try again later.",
    )
}

/// A link whose preview could not be fetched (§9.3, 1609005).
pub(super) fn link_failed() -> GraphError {
    error(1_609_005, None, "Error posting link")
}

/// A link to facebook.com itself (§9.3, 1609008).
pub(super) fn link_refused() -> GraphError {
    publishing(
        100,
        1_609_008,
        "Invalid parameter",
        "Cannot post Facebook links",
        "Posting Facebook.com links through the API is not supported.",
    )
}

/// A photo that could not be fetched or read (§9.3, 2069019 "bad file"; the code 324 is the one of
/// "missing or invalid image file").
pub(super) fn bad_file() -> GraphError {
    publishing(
        324,
        2_069_019,
        "Missing or invalid image file",
        "Bad image file",
        "The image could not be fetched or read. Check that everybody can reach it.",
    )
}

/// A photo of the wrong type or too large (§9.3, 1366046).
pub(super) fn unreadable_photo() -> GraphError {
    publishing(
        100,
        1_366_046,
        "Invalid parameter",
        "Can't Read Files",
        "Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG, PNG, GIF or TIFF files.",
    )
}

/// A photo that already is in a post (§9.3, 1366051).
pub(super) fn already_posted() -> GraphError {
    publishing(
        100,
        1_366_051,
        "Invalid parameter",
        "Photos Already Posted",
        "These photos were already posted.",
    )
}

/// An address that is none (§9.3, 2061006).
pub(super) fn bad_address() -> GraphError {
    publishing(
        100,
        2_061_006,
        "Invalid parameter",
        "Bad URL",
        "The address is not one that can be fetched.",
    )
}

/// Over a limit (§9.3, §10). With 80001 the header says when access is regained.
pub(super) fn throttled(code: i64, page: &str, minutes: i64) -> GraphError {
    let words = match code {
        17 => "(#17) User request limit reached",
        32 => "(#32) Page request limit reached",
        341 => "(#341) Feed action request limit reached",
        613 => "(#613) Calls to this api have exceeded the rate limit.",
        _ => {
            "(#80001) There have been too many calls to this Page account. Wait a bit and try again."
        }
    };
    let error = error(code, None, words);
    if code != 80_001 {
        return error;
    }
    let usage = json!({page: [{
        "type": "pages", "call_count": 100, "total_cputime": 25, "total_time": 25,
        "estimated_time_to_regain_access": minutes, "ads_api_access_tier": "standard_access",
    }]});
    error.with_header("x-business-use-case-usage", usage.to_string())
}
