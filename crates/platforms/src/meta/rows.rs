//! A table of Graph's codes as data: what a row is, how an answer finds its row, and what failure comes
//! of it. The tables themselves stand with the platforms; they differ where the same code means another
//! thing.
//!
//! Codes and subcodes decide, never the HTTP status. Words decide only where a sheet names them.

use domain::cause::{Cause, Confidence};
use domain::health::Evidence;
use domain::platform::Platform;

use crate::catalogue::Answer;
use crate::failure::{About, Failure, Sent};
use crate::meta::Refusal;

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

/// One row of a sheet's table.
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
    /// How sure the cause is.
    pub confidence: Confidence,
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

/// The number of the first row of this table that fits; `words` in small letters.
#[must_use]
pub fn find(table: &[Row], code: Option<i64>, subcode: Option<i64>, words: &str) -> Option<usize> {
    table.iter().position(|row| row.fits(code, subcode, words))
}

/// A refusal as the failure that its row in this table says; one without a row is unmapped.
#[must_use]
pub fn explain(table: &[Row], refusal: Refusal) -> Failure {
    let Refusal {
        error,
        status,
        wait_ms,
        mut evidence,
    } = refusal;
    let Some(row) = find(table, error.code, error.subcode, &error.words).map(|at| &table[at])
    else {
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

/// A table for people: one line for each code with each subcode.
#[must_use]
pub fn answers(platform: Platform, table: &[Row]) -> Vec<Answer> {
    table.iter().flat_map(|row| lines(platform, row)).collect()
}

fn lines(platform: Platform, row: &Row) -> Vec<Answer> {
    let codes = match row.codes {
        Codes::Any => vec![String::new()],
        Codes::Of(codes) => codes.iter().map(ToString::to_string).collect(),
        Codes::Between(first, last) => vec![format!("{first}–{last}")],
    };
    let subcodes = match row.subcodes {
        Subcodes::Any | Subcodes::Bare => vec![String::new()],
        Subcodes::Of(subcodes) => subcodes.iter().map(ToString::to_string).collect(),
    };
    let line = |code: &String, subcode: &String| Answer {
        platform,
        said_by: "",
        code: code.clone(),
        subcode: subcode.clone(),
        words: row.words.to_owned(),
        cause: row.cause,
        about: row.about,
        final_answer: row.ends,
        confidence: row.confidence,
    };
    let each = |code: &String| -> Vec<Answer> {
        subcodes.iter().map(|subcode| line(code, subcode)).collect()
    };
    codes.iter().flat_map(each).collect()
}

/// How sure it is that this evidence has this cause; none where no row says so.
#[must_use]
pub fn sure(table: &[Row], cause: Cause, evidence: &Evidence) -> Option<Confidence> {
    let (code, subcode) = (evidence.code.parse().ok(), evidence.subcode.parse().ok());
    let row = &table[find(table, code, subcode, &evidence.message.to_lowercase())?];
    (row.cause == cause).then_some(row.confidence)
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

/// A row for these codes and subcodes.
pub(crate) const fn row(codes: Codes, subcodes: Subcodes, cause: Cause, about: About) -> Row {
    Row {
        codes,
        subcodes,
        words: "",
        cause,
        about,
        ends: false,
        sent: Sent::No,
        wait_ms: None,
        confidence: Confidence::Documented,
    }
}
/// A row for one code.
pub(crate) const fn code(codes: &'static [i64], cause: Cause, about: About) -> Row {
    row(Codes::Of(codes), Subcodes::Any, cause, about)
}
/// A row for a code with one of these subcodes.
pub(crate) const fn sub(
    codes: &'static [i64],
    subcodes: &'static [i64],
    cause: Cause,
    about: About,
) -> Row {
    row(Codes::Of(codes), Subcodes::Of(subcodes), cause, about)
}
/// A row for these subcodes under any code.
pub(crate) const fn any(subcodes: &'static [i64], cause: Cause, about: About) -> Row {
    row(Codes::Any, Subcodes::Of(subcodes), cause, about)
}
/// A row that is told by its words alone.
pub(crate) const fn said(words: &'static str, cause: Cause, about: About) -> Row {
    row(Codes::Any, Subcodes::Any, cause, about).with_words(words)
}

impl Row {
    pub(crate) const fn with_words(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }
    /// A documented final answer.
    pub(crate) const fn final_(mut self) -> Self {
        self.ends = true;
        self
    }
    /// A trap: the refused call may have had its effect.
    pub(crate) const fn perhaps_sent(mut self) -> Self {
        self.sent = Sent::Maybe;
        self
    }
    /// Reported or seen by others, or told by its words alone.
    pub(crate) const fn probable(mut self) -> Self {
        self.confidence = Confidence::Probable;
        self
    }
    /// Unconfirmed, or of several meanings.
    pub(crate) const fn guess(mut self) -> Self {
        self.confidence = Confidence::Guess;
        self
    }
    pub(crate) const fn wait(mut self, wait_ms: i64) -> Self {
        self.wait_ms = Some(wait_ms);
        self
    }
}
