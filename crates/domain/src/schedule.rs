//! When a post is planned: a wall-clock time in a named zone, the instant it means, and how late a
//! delivery may still go out.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::Timestamp;

/// The lateness limit unless a post or set says otherwise: 60 minutes.
pub const LATENESS_LIMIT_MS: i64 = 60 * 60 * 1000;

/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * 1000;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day of 24 hours in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// `time` moved by so many milliseconds, held at the ends of what a timestamp can say.
#[must_use]
pub fn plus_ms(time: Timestamp, millis: i64) -> Timestamp {
    let moved = time.as_millisecond().saturating_add(millis);
    Timestamp::from_millisecond(moved).unwrap_or(if millis < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Milliseconds from `earlier` to `later`; negative if it is the other way round.
#[must_use]
pub fn ms_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later
        .as_millisecond()
        .saturating_sub(earlier.as_millisecond())
}

/// A named time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a planned time was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// No such zone.
    #[error("there is no time zone {0:?}")]
    UnknownZone(String),
    /// Not a date and time.
    #[error("{0:?} is not a date and time")]
    Unreadable(String),
    /// The clocks are put forward over this wall-clock time.
    #[error("{local} does not exist in {zone}: the clocks are put forward over it")]
    InGap {
        /// The wall-clock time asked for.
        local: String,
        /// The zone asked for.
        zone: String,
    },
    /// Beyond what can be planned.
    #[error("the time is outside what can be planned")]
    OutOfRange,
}

impl Zone {
    /// The zone with this IANA name, for example `Europe/Berlin`.
    ///
    /// # Errors
    /// [`BadTime::UnknownZone`].
    pub fn named(name: &str) -> Result<Self, BadTime> {
        let unknown = || BadTime::UnknownZone(name.chars().take(64).collect());
        if name.is_empty() || name.len() > 64 {
            return Err(unknown());
        }
        // Files beside the zones in a system's database are none: the machine's own zone, and copies that
        // count leap seconds.
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("posix") || lower.starts_with("right/") || lower == "localtime" {
            return Err(unknown());
        }
        let zone = TimeZone::get(name).map_err(|_| unknown())?;
        // "Etc/Unknown" is a name for having no zone: its wall clock would mean nothing.
        if zone.iana_name().is_none() || zone.is_unknown() {
            Err(unknown())
        } else {
            Ok(Self(zone))
        }
    }

    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone for arithmetic and printing.
    #[must_use]
    pub fn tz(&self) -> &TimeZone {
        &self.0
    }

    /// The instant that this wall-clock time means here. Where clocks are put back and the time comes
    /// twice, the first is taken.
    ///
    /// # Errors
    /// [`BadTime::InGap`] where clocks are put forward over it; a person should choose again rather
    /// than be moved by an hour.
    pub fn instant(&self, local: civil::DateTime) -> Result<Timestamp, BadTime> {
        let ambiguous = self.0.to_ambiguous_zoned(local);
        if let AmbiguousOffset::Gap { .. } = ambiguous.offset() {
            return Err(BadTime::InGap {
                local: local.to_string(),
                zone: self.name().to_owned(),
            });
        }
        ambiguous
            .earlier()
            .map(|zoned| zoned.timestamp())
            .map_err(|_| BadTime::OutOfRange)
    }

    /// Reads `2026-11-21T09:30` and the like as a wall-clock time here. A text without a time of day, or
    /// that names an offset or a zone of its own, is refused: both would be guessed over.
    ///
    /// # Errors
    /// [`BadTime::Unreadable`], [`BadTime::InGap`], [`BadTime::OutOfRange`].
    pub fn parse_local(&self, text: &str) -> Result<Timestamp, BadTime> {
        let unreadable = || BadTime::Unreadable(text.chars().take(64).collect());
        let pieces = jiff::fmt::temporal::Pieces::parse(text.trim()).map_err(|_| unreadable())?;
        let own_zone = pieces.offset().is_some() || pieces.time_zone_annotation().is_some();
        match pieces.time() {
            Some(time) if !own_zone => self.instant(pieces.date().to_datetime(time)),
            _ => Err(unreadable()),
        }
    }

    /// The wall-clock time of an instant here.
    #[must_use]
    pub fn local(&self, time: Timestamp) -> civil::DateTime {
        self.0.to_datetime(time)
    }
}

/// When a delivery that has not started is looked at again: then, or once it has become too late, if that comes first.
/// Whatever it waits for, it is held and told in its time. One that is too late already is looked at as wanted.
#[must_use]
pub fn within_limit(
    due_at: Timestamp,
    limit_ms: i64,
    wanted: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let too_late_at = plus_ms(due_at, limit_ms.max(0).saturating_add(1_000));
    if too_late_at > now {
        wanted.min(too_late_at)
    } else {
        wanted
    }
}

/// Whether a delivery due at `due_at` may still start at `now`.
#[must_use]
pub fn too_late(due_at: Timestamp, limit_ms: i64, now: Timestamp) -> bool {
    ms_between(due_at, now) > limit_ms.max(0)
}
