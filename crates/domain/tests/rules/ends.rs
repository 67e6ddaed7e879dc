//! The ends of a grant after a renewal: what did not move stands from then on, and nothing known is
//! forgotten.

use domain::Timestamp;
use domain::grant::{END_SLIPS_MS, End, EndSource, Ends, Mechanism, TELLING_REST_MS};
use domain::horizon::horizon;
use domain::schedule::{DAY_MS, MINUTE_MS};
use proptest::option;
use proptest::prelude::*;

use crate::ms;

fn end() -> impl Strategy<Value = End> {
    (0..800i64, 0..EndSource::ALL.len()).prop_map(|(days, source)| End {
        at: ms(days * DAY_MS),
        source: EndSource::ALL[source],
    })
}

fn ends() -> impl Strategy<Value = Ends> {
    let idle = option::of(1..400 * DAY_MS);
    (
        option::of(end()),
        option::of(end()),
        idle,
        option::weighted(0.3, end()),
        option::of(end()),
    )
        .prop_map(
            |(access_end, sliding_end, idle_limit_ms, absolute_end, data_access_end)| Ends {
                access_end,
                sliding_end,
                idle_limit_ms,
                absolute_end,
                data_access_end,
                ..Ends::default()
            },
        )
}

fn when(end: Option<End>) -> Option<Timestamp> {
    end.map(|end| end.at)
}

fn on(days: i64) -> Option<End> {
    Some(End {
        at: ms(days * DAY_MS),
        source: EndSource::Answer,
    })
}

#[test]
fn only_an_end_that_we_concluded_is_outlived() {
    let concluded = Ends {
        absolute_end: on(60),
        absolute_by_renewal: true,
        ..Ends::default()
    };
    let over = ms(60 * DAY_MS);
    assert_eq!(concluded.outlived(over), Ends::default());
    assert_eq!(
        concluded.outlived(ms(60 * DAY_MS - 1)),
        concluded,
        "not over"
    );
    let named = Ends {
        absolute_by_renewal: false,
        ..concluded
    };
    assert_eq!(named.outlived(over), named, "the platform named it");
}

#[test]
fn an_end_that_moved_is_not_absolute() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let new = Ends {
        sliding_end: on(100),
        ..Ends::default()
    };
    let moved = old.after_renewal(new, 40 * DAY_MS);
    assert_eq!(
        moved,
        Ends {
            sliding_end: on(100),
            ..Ends::default()
        }
    );
    assert_eq!(
        horizon(Mechanism::Extend, &moved),
        None,
        "it extends itself"
    );
}

#[test]
fn extending_twice_in_a_minute_says_nothing_of_the_end() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    for rested in [0, 1, MINUTE_MS, TELLING_REST_MS - 1] {
        let same = old.after_renewal(old, rested);
        assert_eq!(same, old, "after {rested} ms");
    }
}

#[test]
fn an_end_that_did_not_move_is_absolute_from_then_on() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let stood = old.after_renewal(old, 40 * DAY_MS);
    assert_eq!(stood.absolute_end, on(60));
    assert_eq!(horizon(Mechanism::Extend, &stood), when(on(60)));
    // Later answers that name no absolute end do not lift it.
    let new = Ends {
        sliding_end: on(90),
        ..Ends::default()
    };
    let later = stood.after_renewal(new, 40 * DAY_MS);
    assert_eq!(later.absolute_end, on(60));
    assert!(!old.absolute_by_renewal && stood.absolute_by_renewal && later.absolute_by_renewal);
}

#[test]
fn how_an_absolute_end_is_known_follows_the_end() {
    let told = Ends {
        sliding_end: on(60),
        absolute_end: on(50),
        ..Ends::default()
    };
    // An answer named an earlier one: that the sliding one stands still tells nothing new.
    let still = told.after_renewal(told, 40 * DAY_MS);
    assert_eq!(
        (still.absolute_end, still.absolute_by_renewal),
        (on(50), false)
    );
    let learned = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let learned = learned.after_renewal(learned, 40 * DAY_MS);
    // An answer names one that comes before what was learned: now it is the answer's.
    let named = Ends {
        sliding_end: on(90),
        absolute_end: on(55),
        ..Ends::default()
    };
    let after = learned.after_renewal(named, 40 * DAY_MS);
    assert_eq!(
        (after.absolute_end, after.absolute_by_renewal),
        (on(55), false)
    );
}

#[test]
fn an_answer_without_a_sliding_end_makes_nothing_absolute() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let new = Ends {
        access_end: on(1),
        ..Ends::default()
    };
    let kept = old.after_renewal(new, 40 * DAY_MS);
    assert_eq!(
        kept,
        Ends {
            access_end: on(1),
            sliding_end: on(60),
            ..Ends::default()
        }
    );
}

proptest! {
    #[test]
    fn nothing_known_is_forgotten_and_what_is_told_counts(old in ends(), new in ends(), rested in 0..60 * DAY_MS) {
        let after = old.after_renewal(new, rested);
        prop_assert_eq!(after.access_end, new.access_end.or(old.access_end));
        prop_assert_eq!(after.sliding_end, new.sliding_end.or(old.sliding_end));
        prop_assert_eq!(after.idle_limit_ms, new.idle_limit_ms.or(old.idle_limit_ms));
        prop_assert_eq!(after.data_access_end, new.data_access_end.or(old.data_access_end));
        // An absolute end comes from one of three, and is the earliest of them.
        let stood = match (old.sliding_end, new.sliding_end) {
            (Some(before), Some(now)) if rested >= TELLING_REST_MS && now.at <= before.at => Some(now.at),
            _ => None,
        };
        let earliest = [when(old.absolute_end), when(new.absolute_end), stood].into_iter().flatten().min();
        prop_assert_eq!(when(after.absolute_end), earliest);
    }

    #[test]
    fn no_row_of_renewals_moves_the_horizon_past_an_absolute_end(
        first in ends(),
        renewals in proptest::collection::vec(ends(), 1..12),
        mechanism in 0..Mechanism::ALL.len(),
    ) {
        let mechanism = Mechanism::ALL[mechanism];
        let mut now = first;
        for renewal in renewals {
            let before = now;
            now = now.after_renewal(renewal, 30 * DAY_MS);
            if let Some(absolute) = before.absolute_end {
                prop_assert!(when(now.absolute_end).is_some_and(|at| at <= absolute.at));
                prop_assert!(horizon(mechanism, &now).is_some_and(|at| at <= absolute.at));
            }
        }
    }

    /// However the renewals fall, and whatever seconds an answer took: an end that slides is never taken
    /// for one that stands, and one that stands is known after the first renewal that can tell.
    #[test]
    fn a_slip_of_seconds_hides_no_end_and_makes_none(
        life in 10 * MINUTE_MS..400 * DAY_MS,
        renewals in proptest::collection::vec((0..30 * DAY_MS, 0..END_SLIPS_MS / 2), 1..12),
        slides in any::<bool>(),
    ) {
        let end = |at: i64| Ends { sliding_end: Some(End { at: ms(at), source: EndSource::Answer }), ..Ends::default() };
        let (mut now, mut known) = (end(life), false);
        let mut at = 0;
        for (rest, slip) in renewals {
            at += rest;
            known |= rest >= TELLING_REST_MS;
            let told = if slides { at + life } else { life };
            now = now.after_renewal(end(told + slip), rest);
            prop_assert_eq!(now.absolute_end.is_some(), known && !slides, "after {} ms, {} late", rest, slip);
        }
    }
}
