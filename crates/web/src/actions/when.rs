//! The time for which a person or program plans: a wall-clock time in a zone, an instant, or now. What is
//! past, skipped by the clocks or too far ahead is refused in words, never moved.

use domain::Timestamp;
use domain::limits::PLAN_DAYS;
use domain::schedule::{BadTime, DAY_MS, MINUTE_MS, Zone, ms_between};

use crate::problem::{Outcome, Refusal, Words};

/// A time as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// As soon as it can be.
    Now,
    /// An instant.
    At(Timestamp),
    /// A wall-clock time, in this zone or the post's.
    Local {
        /// `2026-11-24T09:00`.
        local: String,
        /// An IANA zone.
        zone: Option<String>,
    },
}

impl When {
    /// The instant. A wall-clock minute that has begun is not past yet.
    ///
    /// # Errors
    /// A wrong field `schedule`: `past`, `gap`, `unknown_zone`, `unreadable`, `too_far`.
    pub fn instant(&self, zone: &Zone, now: Timestamp) -> Outcome<Timestamp> {
        let at = match self {
            Self::Now => return Ok(now),
            Self::At(at) => *at,
            Self::Local { local, zone: named } => {
                let zone = match named {
                    Some(name) => Zone::named(name).map_err(|bad| refusal(&bad))?,
                    None => zone.clone(),
                };
                zone.parse_local(local).map_err(|bad| refusal(&bad))?
            }
        };
        let ahead = ms_between(now, at);
        if ahead <= -MINUTE_MS {
            return Err(past());
        }
        if ahead > PLAN_DAYS * DAY_MS {
            return Err(too_far());
        }
        Ok(at)
    }
}

/// The time is over.
#[must_use]
pub fn past() -> Refusal {
    Refusal::field("schedule", "past", Words::key("when-past"))
}

/// The time is beyond what can be planned.
#[must_use]
pub fn too_far() -> Refusal {
    Refusal::field(
        "schedule",
        "too_far",
        Words::key("when-too-far").with("n", PLAN_DAYS),
    )
}

fn refusal(bad: &BadTime) -> Refusal {
    let (code, words) = match bad {
        BadTime::UnknownZone(zone) => (
            "unknown_zone",
            Words::key("field-zone").with("zone", zone.as_str()),
        ),
        BadTime::Unreadable(_) => ("unreadable", Words::key("when-unreadable")),
        BadTime::InGap { local, zone } => {
            let clock = local
                .split('T')
                .nth(1)
                .unwrap_or(local)
                .get(..5)
                .unwrap_or_default()
                .to_owned();
            (
                "gap",
                Words::key("when-gap")
                    .with("time", clock)
                    .with("zone", zone.replace('_', " ")),
            )
        }
        BadTime::OutOfRange => ("too_far", Words::key("when-too-far").with("n", PLAN_DAYS)),
    };
    Refusal::field("schedule", code, words)
}
