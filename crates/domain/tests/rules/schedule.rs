//! Planned times: what a wall clock means in a zone, where the clocks are put forward and back, and
//! odd inputs. Times in zones were looked up in the IANA database.

use domain::Timestamp;
use domain::schedule::{
    BadTime, DAY_MS, HOUR_MS, Zone, ms_between, plus_ms, too_late, within_limit,
};
use jiff::civil::DateTime;
use proptest::prelude::*;

use crate::at;

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

#[test]
fn a_wall_clock_means_an_instant_in_its_zone() {
    let table = [
        ("Europe/Berlin", "2026-11-21T09:30", "2026-11-21T08:30:00Z"),
        ("Europe/Berlin", "2026-07-21T09:30", "2026-07-21T07:30:00Z"),
        (
            "America/New_York",
            "2026-11-21T09:30:15",
            "2026-11-21T14:30:15Z",
        ),
        ("Asia/Kolkata", "2026-11-21T09:30", "2026-11-21T04:00:00Z"),
        (
            "Pacific/Chatham",
            "2026-11-21T09:30",
            "2026-11-20T19:45:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2026-11-21T09:30",
            "2026-11-21T12:30:00Z",
        ),
        ("UTC", "2026-11-21T09:30", "2026-11-21T09:30:00Z"),
        ("UTC", "  2026-11-21 09:30  ", "2026-11-21T09:30:00Z"),
    ];
    for (name, local, instant) in table {
        let zone = zone(name);
        assert_eq!(zone.parse_local(local), Ok(at(instant)), "{name} {local}");
        assert_eq!(zone.name(), name);
        let back = zone.instant(zone.local(at(instant)));
        assert_eq!(back, Ok(at(instant)), "{name} {local} and back");
    }
}

#[test]
fn where_the_clocks_are_put_forward_there_is_no_such_time() {
    let table = [
        // An hour in Berlin and New York, half an hour on Lord Howe, a whole day on Samoa in 2011.
        (
            "Europe/Berlin",
            "2026-03-29T02:30",
            "2026-03-29T01:59:59",
            "2026-03-29T03:00",
        ),
        (
            "America/New_York",
            "2026-03-08T02:00",
            "2026-03-08T01:59:59",
            "2026-03-08T03:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            "2026-10-04T01:59:59",
            "2026-10-04T02:30",
        ),
        (
            "Pacific/Apia",
            "2011-12-30T12:00",
            "2011-12-29T23:59:59",
            "2011-12-31T00:00",
        ),
    ];
    for (name, gone, before, after) in table {
        let zone = zone(name);
        let refused = zone.parse_local(gone);
        assert!(
            matches!(&refused, Err(BadTime::InGap { local, zone }) if local.starts_with(gone) && zone == name),
            "{name} {gone}: {refused:?}"
        );
        let (before, after) = (
            zone.parse_local(before).expect("a time"),
            zone.parse_local(after).expect("a time"),
        );
        assert_eq!(
            ms_between(before, after),
            1000,
            "{name}: nothing lies between"
        );
    }
}

#[test]
fn where_the_clocks_are_put_back_the_first_is_taken() {
    let table = [
        (
            "Europe/Berlin",
            "2026-10-25T02:30",
            "2026-10-25T00:30:00Z",
            HOUR_MS,
        ),
        (
            "America/New_York",
            "2026-11-01T01:30",
            "2026-11-01T05:30:00Z",
            HOUR_MS,
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            "2026-04-04T14:45:00Z",
            HOUR_MS / 2,
        ),
    ];
    for (name, twice, first, apart) in table {
        let zone = zone(name);
        assert_eq!(zone.parse_local(twice), Ok(at(first)), "{name} {twice}");
        let second = plus_ms(at(first), apart);
        assert_eq!(
            zone.local(second),
            zone.local(at(first)),
            "the wall clock shows it twice"
        );
    }
}

#[test]
fn names_that_are_no_zone() {
    let long = "x".repeat(65);
    let names = [
        "",
        " ",
        "Europe",
        "Europe/Berlin ",
        "Europe/Nowhere",
        "Etc/Unknown",
        "+02:00",
        "UTC+2",
        "CEST-2",
        "local",
        "/etc/localtime",
        "../../etc/passwd",
        "Europe/../Europe/Berlin",
        "posixrules",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "localtime",
        "Europe/Berlin\0",
        "MEZ",
        &long,
    ];
    for name in names {
        assert_eq!(
            Zone::named(name),
            Err(BadTime::UnknownZone(name.chars().take(64).collect())),
            "{name:?}"
        );
    }
    assert_eq!(
        Zone::named("europe/berlin").map(|zone| zone.name().to_owned()),
        Ok("Europe/Berlin".to_owned())
    );
    assert_eq!(Zone::utc().name(), "UTC");
}

#[test]
fn texts_that_are_no_wall_clock_time() {
    let odd = [
        "",
        "tomorrow",
        "2026-02-30T09:30",
        "2026-13-01T09:30",
        "2026-11-21T24:30",
        "2026-11-21T09:60",
        "09:30",
        "21.11.2026 09:30",
        // No time of day would be midnight, which nobody said.
        "2026-11-21",
        // An instant or another zone's time is not this wall clock's.
        "2026-11-21T09:30Z",
        "2026-11-21T09:30+02:00",
        "2026-11-21T09:30[Asia/Tokyo]",
        "2026-11-21T09:30+09:00[Asia/Tokyo]",
        "2026-11-21T09:30; drop table post",
    ];
    for text in odd {
        let refused = zone("Europe/Berlin").parse_local(text);
        assert_eq!(
            refused,
            Err(BadTime::Unreadable(text.to_owned())),
            "{text:?}"
        );
    }
    let long = "9".repeat(500);
    assert_eq!(
        Zone::utc().parse_local(&long),
        Err(BadTime::Unreadable("9".repeat(64))),
        "an error stays short"
    );
    assert_eq!(
        zone("Pacific/Honolulu").instant(DateTime::MAX),
        Err(BadTime::OutOfRange)
    );
    assert_eq!(
        zone("Asia/Tokyo").instant(DateTime::MIN),
        Err(BadTime::OutOfRange)
    );
}

#[test]
fn moving_a_time_stays_within_what_can_be_said() {
    assert_eq!(plus_ms(Timestamp::MAX, 1), Timestamp::MAX);
    assert_eq!(plus_ms(Timestamp::MIN, -1), Timestamp::MIN);
    for start in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        assert_eq!(plus_ms(start, i64::MAX), Timestamp::MAX);
        assert_eq!(plus_ms(start, i64::MIN), Timestamp::MIN);
    }
    assert!(ms_between(Timestamp::MIN, Timestamp::MAX) > 0);
    assert_eq!(
        ms_between(Timestamp::MAX, Timestamp::MIN),
        -ms_between(Timestamp::MIN, Timestamp::MAX)
    );
}

#[test]
fn late_is_past_the_limit_and_never_before_the_hour() {
    let due = at("2026-11-21T09:30:00Z");
    for (limit, late, expected) in [
        (HOUR_MS, HOUR_MS, false),
        (HOUR_MS, HOUR_MS + 1, true),
        (0, 0, false),
        (0, 1, true),
        (-HOUR_MS, 0, false),
        (-HOUR_MS, 1, true),
        (i64::MAX, 1000 * DAY_MS, false),
        (i64::MIN, -DAY_MS, false),
    ] {
        assert_eq!(
            too_late(due, limit, plus_ms(due, late)),
            expected,
            "{limit} {late}"
        );
    }
}

proptest! {
    /// An instant shown on a zone's wall clock and read from it again is the same, or the first of two.
    #[test]
    fn there_and_back(
        millis in 0..4_102_444_800_000i64,
        name in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    ) {
        let (zone, time) = (zone(name), crate::ms(millis));
        let back = zone.instant(zone.local(time)).expect("it was on the wall clock");
        prop_assert!(back == time || (back < time && zone.local(back) == zone.local(time)));
        prop_assert!(ms_between(back, time) <= HOUR_MS);
        let text = zone.local(time).to_string();
        prop_assert_eq!(zone.parse_local(&text), Ok(back));
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,80}", name in "\\PC{0,80}") {
        let read = Zone::utc().parse_local(&text);
        prop_assert!(matches!(read, Ok(_) | Err(BadTime::Unreadable(_) | BadTime::OutOfRange)));
        if let Ok(zone) = Zone::named(&name) {
            prop_assert!(Zone::named(zone.name()).is_ok(), "a zone is found by its own name");
        }
    }

    #[test]
    fn moving_there_and_back(start in -1_000_000_000_000i64..4_000_000_000_000, by in -1_000_000_000_000i64..1_000_000_000_000) {
        let (from, to) = (crate::ms(start), plus_ms(crate::ms(start), by));
        prop_assert_eq!(ms_between(from, to), by);
        prop_assert_eq!(plus_ms(to, -by), from);
    }
}

#[test]
fn what_waits_is_looked_at_again_when_it_has_become_too_late_at_the_latest() {
    let (due, limit) = (plus_ms(Timestamp::UNIX_EPOCH, DAY_MS), HOUR_MS);
    let wait = |now_ms, wait_ms| {
        let now = plus_ms(due, now_ms);
        ms_between(due, within_limit(due, limit, plus_ms(now, wait_ms), now))
    };
    assert_eq!(wait(0, 60_000), 60_000, "soon enough");
    let cut = wait(10_000, 5 * HOUR_MS);
    assert!(too_late(due, limit, plus_ms(due, cut)), "it is held then");
    assert!(cut <= limit + 2_000, "and told in its time: {cut}");
    assert_eq!(
        wait(limit + 5_000, 60_000),
        limit + 65_000,
        "what is too late already is looked at as wanted"
    );
}
