//! What Instagram's refusals mean. The table itself, one row for each of the sheet's, is in
//! [`table`]; here is how an answer finds its row and becomes a failure.
//!
//! Codes and subcodes decide, never the HTTP status. Words decide only where the sheet names them.

mod table;

use domain::cause::Cause;

use crate::failure::{Failure, Sent};
use crate::meta::{Refusal, rows};
use crate::wire;

pub use table::ROWS;

pub use crate::meta::rows::{Codes, Row, Subcodes};

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

/// Whether a read was refused in the way of an object that this token is not shown: 100/33, or 10.
pub(super) fn hidden_from_token(failure: &Failure) -> bool {
    let evidence = &failure.evidence;
    evidence.code == "10" || not_there(failure)
}

/// Whether an object is missing or invisible (100/33), or a container unknown (24).
pub(super) fn not_there(failure: &Failure) -> bool {
    let evidence = &failure.evidence;
    (evidence.code == "100" && evidence.subcode == "33") || evidence.code == "24"
}

/// What a container's `ERROR` means.
pub(super) enum Broken {
    /// A new container helps.
    Fresh,
    /// This failure.
    Failed(Failure),
}

/// Reads the `status` text of a container in `ERROR`: the subcode stands in it, at times inside a
/// sentence (sheet §6.1).
pub(super) fn broken_container(operation: &str, status: &str) -> Broken {
    let digits = status.split(|sign: char| !sign.is_ascii_digit());
    let subcode = digits
        .filter(|run| run.len() == 7 && run.starts_with("2207"))
        .find_map(|run| run.parse().ok());
    let told = subcode
        .map(|number: i64| number.to_string())
        .unwrap_or_default();
    let evidence = wire::evidence(operation, 200, "ERROR", &told, status);
    let row = subcode.and_then(|subcode| {
        let about_it =
            |row: &&Row| matches!(row.subcodes, Subcodes::Of(known) if known.contains(&subcode));
        ROWS.iter().find(about_it)
    });
    match row {
        // A container that broke stays broken: what may be tried again needs a new one.
        Some(row) if !row.ends && !row.cause.waits_out() => Broken::Fresh,
        Some(Row {
            cause: Cause::PlatformOutage,
            ..
        }) => Broken::Fresh,
        Some(row) => Broken::Failed(Failure {
            cause: row.cause,
            about: row.about,
            final_answer: row.ends,
            // A container that broke while it was made ready was never shown.
            sent: Sent::No,
            retry_after_ms: row.wait_ms,
            evidence,
        }),
        None => Broken::Failed(Failure::unmapped(Sent::No, evidence)),
    }
}
