//! Moments on a page: short and relative to read, exact with the zone on hover and for those who hear the page.

use askama::Template;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned, civil};

use crate::text::Text;

const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8",
    "month-9", "month-10", "month-11", "month-12",
];
const WEEKDAYS: [&str; 7] = [
    "weekday-1",
    "weekday-2",
    "weekday-3",
    "weekday-4",
    "weekday-5",
    "weekday-6",
    "weekday-7",
];
const WEEKDAYS_SHORT: [&str; 7] = [
    "weekday-short-1",
    "weekday-short-2",
    "weekday-short-3",
    "weekday-short-4",
    "weekday-short-5",
    "weekday-short-6",
    "weekday-short-7",
];

/// A month's name; 1 is January.
#[must_use]
pub fn month_name(text: &Text, month: i8) -> String {
    named(text, &MONTHS, month)
}

/// A weekday's name; 1 is Monday.
#[must_use]
pub fn weekday_name(text: &Text, weekday: i8) -> String {
    named(text, &WEEKDAYS, weekday)
}

/// A weekday's short name; 1 is Monday.
#[must_use]
pub fn weekday_short(text: &Text, weekday: i8) -> String {
    named(text, &WEEKDAYS_SHORT, weekday)
}

fn named(text: &Text, keys: &[&str], number: i8) -> String {
    usize::try_from(number - 1)
        .ok()
        .and_then(|at| keys.get(at))
        .map(|key| text.t(key))
        .unwrap_or_default()
}

/// `3 May`, with the year where it is not that of `near`.
#[must_use]
pub fn day_words(text: &Text, day: civil::Date, near: civil::Date) -> String {
    let month = month_name(text, day.month());
    if day.year() == near.year() {
        text.t2("date-day", "day", day.day(), "month", month)
    } else {
        text.t_args(
            "date-day-year",
            &[
                ("day", day.day().into()),
                ("month", month.into()),
                ("year", day.year().to_string().into()),
            ],
        )
    }
}

/// `Tue 3 May, 09:00`, in the zone of the moment.
#[must_use]
pub fn day_and_time_words(text: &Text, at: &Zoned, near: civil::Date) -> String {
    text.t_args(
        "date-time",
        &[
            (
                "weekday",
                weekday_short(text, at.weekday().to_monday_one_offset()).into(),
            ),
            ("day", day_words(text, at.date(), near).into()),
            ("time", clock_words(at).into()),
        ],
    )
}

/// `09:00`.
#[must_use]
pub fn clock_words(at: &Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// The name of a zone as it is written beside times, such as `Europe/Berlin`.
#[must_use]
pub fn zone_words(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").replace('_', " ")
}

/// One moment.
#[derive(Clone, Debug, Template)]
#[template(path = "components/when.html")]
pub struct When {
    /// The moment, for machines.
    pub datetime: String,
    /// What is read first.
    pub words: String,
    /// The whole of it, with its zone.
    pub exact: String,
}

super::safe_html!(When);

impl When {
    /// `4 min ago`, `in 5 days`; further away than a fortnight the day itself.
    #[must_use]
    pub fn relative(text: &Text, at: Timestamp, now: Timestamp, zone: &TimeZone) -> Self {
        let local = at.to_zoned(zone.clone());
        let near = now.to_zoned(zone.clone()).date();
        let seconds = at.as_second() - now.as_second();
        let (past, away) = (seconds < 0, seconds.abs());
        let words = match away {
            0..45 if past || away == 0 => text.t("time-just-now"),
            0..45 => text.t("time-in-a-moment"),
            45..3_570 => Self::ago(
                text,
                past,
                "time-minutes-ago",
                "time-in-minutes",
                (away + 30) / 60,
            ),
            3_570..84_600 => Self::ago(
                text,
                past,
                "time-hours-ago",
                "time-in-hours",
                (away + 1_800) / 3_600,
            ),
            84_600..1_209_600 => Self::ago(
                text,
                past,
                "time-days-ago",
                "time-in-days",
                (away + 43_200) / 86_400,
            ),
            _ => day_words(text, local.date(), near),
        };
        Self {
            datetime: at.to_string(),
            words,
            exact: Self::exact_words(text, &local),
        }
    }

    /// `Tue 3 May, 09:00`.
    #[must_use]
    pub fn day_and_time(text: &Text, at: Timestamp, now: Timestamp, zone: &TimeZone) -> Self {
        let local = at.to_zoned(zone.clone());
        let near = now.to_zoned(zone.clone()).date();
        Self {
            datetime: at.to_string(),
            words: day_and_time_words(text, &local, near),
            exact: Self::exact_words(text, &local),
        }
    }

    /// `09:00`.
    #[must_use]
    pub fn clock(text: &Text, at: Timestamp, zone: &TimeZone) -> Self {
        let local = at.to_zoned(zone.clone());
        Self {
            datetime: at.to_string(),
            words: clock_words(&local),
            exact: Self::exact_words(text, &local),
        }
    }

    fn ago(text: &Text, past: bool, before: &str, after: &str, n: i64) -> String {
        text.t1(if past { before } else { after }, "n", n)
    }

    fn exact_words(text: &Text, at: &Zoned) -> String {
        text.t_args(
            "date-exact",
            &[
                (
                    "weekday",
                    weekday_name(text, at.weekday().to_monday_one_offset()).into(),
                ),
                ("day", at.day().into()),
                ("month", month_name(text, at.month()).into()),
                ("year", at.year().to_string().into()),
                ("time", clock_words(at).into()),
                ("zone", zone_words(at.time_zone()).into()),
            ],
        )
    }

    /// Near and far, before and after.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(20_780 * 24 + 9);
        let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let mut all: Vec<Self> = [-5, -240, 30, 7_200, 5 * 86_400, 40 * 86_400, -400 * 86_400]
            .into_iter()
            .map(|seconds| {
                Self::relative(
                    text,
                    now + jiff::SignedDuration::from_secs(seconds),
                    now,
                    &zone,
                )
            })
            .collect();
        all.push(Self::day_and_time(text, now, now, &zone));
        all.push(Self::clock(text, now, &zone));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(now: &str, at: &str) -> When {
        When::relative(
            &Text::english(),
            at.parse().unwrap(),
            now.parse().unwrap(),
            &TimeZone::get("America/New_York").unwrap(),
        )
    }

    #[test]
    fn relative_to_read_and_exact_beside_it() {
        let now = "2026-03-01T12:00:00Z";
        for (at, expected) in [
            ("2026-03-01T12:00:00Z", "just now"),
            ("2026-03-01T11:59:00Z", "1 min ago"),
            ("2026-03-01T12:59:40Z", "in 1 hour"),
            ("2026-03-02T12:00:00Z", "in 1 day"),
            ("2026-02-24T12:00:00Z", "5 days ago"),
            ("2026-05-03T02:00:00Z", "2 May"),
            ("2025-05-03T12:00:00Z", "3 May 2025"),
        ] {
            assert_eq!(words(now, at).words, expected, "{at}");
        }
        assert_eq!(
            words(now, "2026-05-03T02:00:00Z").exact,
            "Saturday 2 May 2026, 22:00, America/New York"
        );
    }
}
