//! What the product does, once: each function is called by a page and by the API alike. It checks the
//! input, asks the [`crate::access::Guard`], and makes its change in one transaction together with its
//! line of the audit log or history.

pub mod app_care;
pub mod app_checks;
pub mod app_keys;
pub mod apps;
pub mod calendars;
pub mod channels;
pub mod checks;
pub mod connecting;
pub mod deliveries;
pub mod diagnosis;
pub mod fire_drills;
pub mod forecasts;
pub mod grids;
pub mod hand;
pub mod holds;
pub mod keys;
pub mod lacks;
pub mod media;
pub mod notices;
pub mod post_input;
pub mod post_work;
pub mod posts;
pub mod proposals;
pub mod save;
pub mod sets;
pub mod sign_in;
pub mod sign_ins;
pub mod troubles;
pub mod when;
pub mod workspace;

use domain::schedule::Zone;

use crate::problem::{Outcome, Refusal, Words};

/// The longest name of anything, in characters.
pub const NAME_CHARS: usize = 80;

/// A name as it is kept: without spaces around it, not empty, not too long.
///
/// # Errors
/// A wrong field.
pub fn name(field: &str, given: &str) -> Outcome<String> {
    line(field, given, NAME_CHARS)
}

/// One line of text that must be there.
///
/// # Errors
/// A wrong field.
pub fn line(field: &str, given: &str, most: usize) -> Outcome<String> {
    let given = given.trim();
    if given.is_empty() {
        return Err(Refusal::field(
            field,
            "missing",
            Words::key("field-missing"),
        ));
    }
    if given.chars().count() > most {
        return Err(Refusal::field(
            field,
            "too_long",
            Words::key("field-too-long").with("n", most),
        ));
    }
    if given.chars().any(char::is_control) {
        return Err(Refusal::field(
            field,
            "control_character",
            Words::key("field-control"),
        ));
    }
    Ok(given.to_owned())
}

/// A zone that exists.
///
/// # Errors
/// A wrong field.
pub fn zone(field: &str, given: &str) -> Outcome<Zone> {
    Zone::named(given.trim()).map_err(|_| {
        let shown: String = given.trim().chars().take(64).collect();
        Refusal::field(
            field,
            "unknown_zone",
            Words::key("field-zone").with("zone", shown),
        )
    })
}

/// The wrong fields of several checks together, so that a person mends them at once.
///
/// # Errors
/// The refusals' fields in one, if there is any.
pub fn all_of(checks: impl IntoIterator<Item = Option<Refusal>>) -> Outcome<()> {
    let mut all: Option<Refusal> = None;
    for refusal in checks.into_iter().flatten() {
        all = Some(match all {
            None => refusal,
            Some(known) => refusal.fields().iter().fold(known, |known, field| {
                known.and_field(field.field.clone(), field.code, field.words.clone())
            }),
        });
    }
    all.map_or(Ok(()), Err)
}
