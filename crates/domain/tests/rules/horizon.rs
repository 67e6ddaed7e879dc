//! What sets the horizon, by platform and flow (DESIGN section 4), and what a channel says of it.

use domain::Timestamp;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::horizon::{
    EndKind, Outlook, WARNING_DAYS, at_risk, deciding_end, first_warning_ms_before, horizon,
    horizon_unless_renewed, is_last_quarter, next_warning_at, outlook, warning_reached,
};
use domain::schedule::{DAY_MS, HOUR_MS, plus_ms};
use proptest::prelude::*;

use crate::at;

fn begun() -> Timestamp {
    at("2026-03-12T10:00:00Z")
}

fn day(days: i64) -> Timestamp {
    plus_ms(begun(), days * DAY_MS)
}

fn end(days: i64) -> Option<End> {
    Some(End {
        at: day(days),
        source: EndSource::Answer,
    })
}

#[test]
fn while_renewals_fail_the_end_that_they_would_have_moved_counts() {
    let left = |mechanism, ends: Ends| horizon_unless_renewed(mechanism, &ends, begun());
    let sixty = Ends {
        sliding_end: end(60),
        idle_limit_ms: Some(30 * DAY_MS),
        ..Ends::default()
    };
    assert_eq!(left(Mechanism::Extend, sixty), Some(day(60)));
    assert_eq!(
        left(Mechanism::RefreshRotating, sixty),
        Some(day(30)),
        "its rest"
    );
    assert_eq!(left(Mechanism::RefreshFixed, Ends::default()), None);
    assert_eq!(
        left(Mechanism::Derived, sixty),
        None,
        "it has none of its own"
    );
    let earlier = Ends {
        absolute_end: end(20),
        ..sixty
    };
    assert_eq!(left(Mechanism::Extend, earlier), Some(day(20)));
}

/// Platform and flow, mechanism, ends, the horizon in days.
fn table() -> Vec<(&'static str, Mechanism, Ends, Option<i64>)> {
    let none = Ends::default();
    let sixty = Ends {
        access_end: end(60),
        sliding_end: end(60),
        ..none
    };
    vec![
        (
            "Instagram through Instagram",
            Mechanism::Extend,
            sixty,
            None,
        ),
        (
            "Threads, data access comes first",
            Mechanism::Extend,
            Ends {
                data_access_end: end(90),
                ..sixty
            },
            Some(90),
        ),
        (
            "Extending that stands still",
            Mechanism::Extend,
            Ends {
                absolute_end: end(60),
                ..sixty
            },
            Some(60),
        ),
        (
            "Facebook Page",
            Mechanism::Derived,
            Ends {
                access_end: end(60),
                ..none
            },
            None,
        ),
        (
            "Instagram through Facebook",
            Mechanism::Derived,
            Ends {
                access_end: end(60),
                data_access_end: end(90),
                ..none
            },
            Some(90),
        ),
        (
            "YouTube",
            Mechanism::RefreshFixed,
            Ends {
                access_end: end(0),
                ..none
            },
            None,
        ),
        (
            "YouTube, app in testing",
            Mechanism::RefreshFixed,
            Ends {
                absolute_end: end(7),
                ..none
            },
            Some(7),
        ),
        (
            "LinkedIn with refresh",
            Mechanism::RefreshFixed,
            Ends {
                access_end: end(60),
                absolute_end: end(365),
                ..none
            },
            Some(365),
        ),
        (
            "LinkedIn without",
            Mechanism::None,
            Ends {
                access_end: end(60),
                ..none
            },
            Some(60),
        ),
        (
            "TikTok",
            Mechanism::RefreshRotating,
            Ends {
                access_end: end(1),
                absolute_end: end(365),
                ..none
            },
            Some(365),
        ),
        (
            "Pinterest",
            Mechanism::RefreshRotating,
            Ends {
                access_end: end(30),
                sliding_end: end(60),
                ..none
            },
            None,
        ),
        (
            "X",
            Mechanism::RefreshRotating,
            Ends {
                access_end: end(0),
                ..none
            },
            None,
        ),
        (
            "Bluesky",
            Mechanism::RefreshRotating,
            Ends {
                idle_limit_ms: Some(90 * DAY_MS),
                absolute_end: end(730),
                ..none
            },
            Some(730),
        ),
        ("Mastodon", Mechanism::None, none, None),
        (
            "Pixelfed",
            Mechanism::None,
            Ends {
                access_end: end(365),
                ..none
            },
            Some(365),
        ),
        (
            "The earliest counts",
            Mechanism::None,
            Ends {
                access_end: end(9),
                data_access_end: end(8),
                absolute_end: end(7),
                ..none
            },
            Some(7),
        ),
    ]
}

#[test]
fn what_sets_the_horizon() {
    for (name, mechanism, ends, days) in table() {
        let expected = days.map(day);
        assert_eq!(horizon(mechanism, &ends), expected, "{name}");
        let said = match (mechanism, expected) {
            (Mechanism::None, Some(at)) => Outlook::NeedsSignInBy(at),
            (Mechanism::None, None) => Outlook::Unknown,
            (_, Some(at)) => Outlook::ExtendsUntil(at),
            (_, None) => Outlook::ExtendsItself,
        };
        assert_eq!(outlook(mechanism, &ends), said, "{name}");
    }
}

#[test]
fn the_deciding_end_is_the_horizon_and_says_which_it_is() {
    for (name, mechanism, ends, _) in table() {
        let decides = deciding_end(mechanism, &ends, &Ends::default());
        assert_eq!(
            decides.map(|(_, end)| end.at),
            horizon(mechanism, &ends),
            "{name}"
        );
    }
    let grant = Ends {
        absolute_end: end(90),
        ..Ends::default()
    };
    let own = Ends {
        data_access_end: end(60),
        access_end: end(1),
        ..Ends::default()
    };
    let kind = |mechanism| deciding_end(mechanism, &grant, &own).map(|(kind, _)| kind);
    assert_eq!(kind(Mechanism::Derived), Some(EndKind::DataAccess));
    assert_eq!(kind(Mechanism::None), Some(EndKind::Access));
}

#[test]
fn the_last_quarter_begins_at_three_quarters() {
    assert!(!is_last_quarter(begun(), day(100), plus_ms(day(75), -1)));
    assert!(is_last_quarter(begun(), day(100), day(75)));
    assert!(is_last_quarter(begun(), day(100), day(101)), "it is over");
}

#[test]
fn at_risk_is_due_at_the_end_or_later() {
    let end = day(60);
    assert!(!at_risk(Some(end), plus_ms(end, -1)));
    assert!(at_risk(Some(end), end));
    assert!(at_risk(Some(end), plus_ms(end, 1)));
    assert!(
        !at_risk(None, day(700)),
        "an end that nobody knows puts nothing at risk"
    );
}

#[test]
fn an_end_is_announced_two_weeks_before_or_in_the_last_quarter() {
    let table = [
        (365, true, 14 * DAY_MS),
        (365, false, 7 * DAY_MS),
        (60, true, 14 * DAY_MS),
        (56, true, 14 * DAY_MS),
        (40, true, 10 * DAY_MS),
        (40, false, 7 * DAY_MS),
        (14, true, 84 * HOUR_MS),
        (14, false, 84 * HOUR_MS),
        (1, true, 6 * HOUR_MS),
        (0, true, 0),
        (-5, true, 0),
    ];
    for (life, planned, expected) in table {
        assert_eq!(
            first_warning_ms_before(begun(), day(life), planned),
            expected,
            "{life} {planned}"
        );
    }
    assert_eq!(WARNING_DAYS, [14, 7, 3, 1]);
}

/// The life in days, whether something is planned, and on which day of it which warning is given.
type Warned = (i64, bool, &'static [(i64, i64)]);

#[test]
fn the_days_of_warning_one_by_one() {
    let table: [Warned; 4] = [
        (365, true, &[(351, 14), (358, 7), (362, 3), (364, 1)]),
        (365, false, &[(358, 7), (364, 1)]),
        // A quarter of the life, then the days that are left.
        (40, true, &[(30, 14), (33, 7), (37, 3), (39, 1)]),
        (8, true, &[(6, 3), (7, 1)]),
    ];
    for (life, planned, announced) in table {
        let mut found = Vec::new();
        let mut now = begun();
        while let Some(at) = next_warning_at(begun(), day(life), now) {
            now = at;
            let reached = warning_reached(begun(), day(life), planned, now);
            if let Some(days) = reached
                && found.last().is_none_or(|(_, before)| *before != days)
            {
                found.push((now, days));
            }
        }
        assert_eq!(now, day(life), "the end itself is a moment to look");
        let expected: Vec<_> = announced
            .iter()
            .map(|(at, days)| (day(*at), *days))
            .collect();
        assert_eq!(found, expected, "{life} {planned}");
    }
}

proptest! {
    /// Whoever looks only at the moments that the rule names misses no announcement: at any other moment
    /// nothing else is reached than at the last of them.
    #[test]
    fn between_two_moments_nothing_new_is_reached(
        life in 1..800 * DAY_MS,
        planned in any::<bool>(),
        at in 0..800 * DAY_MS,
    ) {
        let end = plus_ms(begun(), life);
        let now = plus_ms(begun(), at.min(life - 1));
        let (mut last, mut moment) = (begun(), begun());
        while let Some(next) = next_warning_at(begun(), end, moment).filter(|next| *next <= now) {
            (last, moment) = (next, next);
        }
        let seen = warning_reached(begun(), end, planned, last);
        prop_assert_eq!(warning_reached(begun(), end, planned, now), seen);
        // And the last moment before any end is at most a day, or a quarter of the life, before it.
        let left = life - at.min(life - 1);
        if left <= DAY_MS.min(life / 4) {
            prop_assert_eq!(seen, Some(1));
        }
    }

    #[test]
    fn never_before_the_last_quarter_nor_more_than_two_weeks_early(life in 0..2_000 * DAY_MS, planned in any::<bool>()) {
        let before = first_warning_ms_before(begun(), plus_ms(begun(), life), planned);
        prop_assert!(before >= 0 && before <= life / 4 && before <= 14 * DAY_MS);
        prop_assert!(planned || before <= 7 * DAY_MS);
    }
}
