//! What Facebook's refusals mean. The table itself, one row for each of the sheet's, is in [`table`].

mod table;

use domain::cause::Cause;

use crate::failure::{About, Failure};
use crate::meta::{Refusal, rows};

pub use crate::meta::rows::{Codes, Row, Subcodes};
pub use table::ROWS;

/// The number of the first row that fits; `words` in small letters.
#[must_use]
pub fn find(code: Option<i64>, subcode: Option<i64>, words: &str) -> Option<usize> {
    rows::find(ROWS, code, subcode, words)
}

/// A refusal as a failure.
#[must_use]
pub fn explain(refusal: Refusal) -> Failure {
    rows::explain(ROWS, refusal)
}

/// Whether a post was refused as the twin of a recent one: perhaps of this very post (§6.3).
pub(super) fn is_twin(failure: &Failure) -> bool {
    failure.evidence.code == "506"
}

/// Whether the link of a post could not be read by Facebook, as code or as subcode.
pub(super) fn is_unread_link(failure: &Failure) -> bool {
    [&failure.evidence.code, &failure.evidence.subcode].contains(&&"1609005".to_owned())
}

/// A refused parameter, where what was sent is a person's own: their text, link or photo. The sheet
/// leaves open whether that is the app's fault or the content's; here only the author can mend it.
pub(super) fn of_content(mut failure: Failure) -> Failure {
    let evidence = &failure.evidence;
    let bare = matches!(evidence.subcode.as_str(), "" | "0");
    if evidence.code == "100" && bare && failure.about == About::App {
        (failure.cause, failure.about) = (Cause::ContentRejected, About::Post);
    }
    failure
}
