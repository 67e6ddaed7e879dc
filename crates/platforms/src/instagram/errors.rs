//! What Instagram's refusals mean. The table itself, one row for each of the sheet's, is in
//! [`table`]; here is how an answer finds its row and becomes a failure.
//!
//! Codes and subcodes decide, never the HTTP status. Words decide only where the sheet names them.

mod table;

use domain::cause::Cause;

use crate::failure::{About, Failure, Sent};
use crate::meta::Refusal;
use crate::wire;

pub use table::ROWS;

/// Which codes a row is for.
#[derive(Debug, Clone, Copy)]
pub enum Codes {
    /// Whatever the code: subcode or words tell.
    Any,
    /// One of these.
    Of(&'static [i64]),
    /// From the first to the last.
    Between(i64, i64),
}

/// Which subcodes a row is for.
#[derive(Debug, Clone, Copy)]
pub enum Subcodes {
    /// Whatever the subcode, and none.
    Any,
    /// No subcode.
    Bare,
    /// One of these.
    Of(&'static [i64]),
}

/// One row of sheet §9.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// `code`.
    pub codes: Codes,
    /// `error_subcode`.
    pub subcodes: Subcodes,
    /// Words in small letters that the refusal must hold; empty for any.
    pub words: &'static str,
    /// The cause class.
    pub cause: Cause,
    /// What it is about.
    pub about: About,
    /// Whether the answer is documented as final.
    pub ends: bool,
    /// Whether the refused call may have had its effect.
    pub sent: Sent,
    /// How long to wait where the headers do not say, in milliseconds.
    pub wait_ms: Option<i64>,
}

impl Row {
    fn fits(&self, code: Option<i64>, subcode: Option<i64>, words: &str) -> bool {
        let code_fits = match self.codes {
            Codes::Any => true,
            Codes::Of(codes) => code.is_some_and(|code| codes.contains(&code)),
            Codes::Between(first, last) => code.is_some_and(|code| (first..=last).contains(&code)),
        };
        let subcode_fits = match self.subcodes {
            Subcodes::Any => true,
            Subcodes::Bare => subcode.is_none_or(|subcode| subcode == 0),
            Subcodes::Of(subcodes) => subcode.is_some_and(|subcode| subcodes.contains(&subcode)),
        };
        code_fits && subcode_fits && words.contains(self.words)
    }
}

/// The number of the first row that fits; `words` in small letters.
#[must_use]
pub fn find(code: Option<i64>, subcode: Option<i64>, words: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.fits(code, subcode, words))
}

/// A refusal as a failure.
#[must_use]
pub fn explain(refusal: Refusal) -> Failure {
    let Refusal {
        error,
        status,
        wait_ms,
        mut evidence,
    } = refusal;
    let Some(row) = find(error.code, error.subcode, &error.words).map(|at| &ROWS[at]) else {
        let mut failure = if error.transient || status >= 500 {
            Failure::passing(Sent::Maybe, evidence)
        } else {
            Failure::unmapped(Sent::Maybe, evidence)
        };
        failure.retry_after_ms = wait_ms;
        return failure;
    };
    if matches!(row.cause, Cause::PermissionRevoked | Cause::LostAdminRole) {
        evidence.missing = permissions_named(&error.message);
    }
    Failure {
        cause: row.cause,
        about: row.about,
        final_answer: row.ends && !error.transient,
        sent: if status >= 500 { Sent::Maybe } else { row.sent },
        retry_after_ms: wait_ms.or(row.wait_ms),
        evidence,
    }
}

/// The permissions that a message names, for example `ads_management`; none if it names none.
fn permissions_named(message: &str) -> Option<String> {
    let families = [
        "instagram_",
        "pages_",
        "ads_",
        "business_",
        "read_",
        "publish_",
    ];
    let words = message.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
    let mut named: Vec<_> = words
        .filter(|word| families.iter().any(|family| word.starts_with(family)))
        .collect();
    named.dedup();
    Some(named.join(", ")).filter(|named| !named.is_empty())
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
