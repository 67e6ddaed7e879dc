//! The ends of a grant after a renewal: what did not move stands from then on, and nothing known is
//! forgotten.

use domain::Timestamp;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::horizon::horizon;
use domain::schedule::DAY_MS;
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
fn an_end_that_moved_is_not_absolute() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let moved = old.after_renewal(Ends {
        sliding_end: on(100),
        ..Ends::default()
    });
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
fn an_end_that_did_not_move_is_absolute_from_then_on() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let stood = old.after_renewal(old);
    assert_eq!(stood.absolute_end, on(60));
    assert_eq!(horizon(Mechanism::Extend, &stood), when(on(60)));
    // Later answers that name no absolute end do not lift it.
    let later = stood.after_renewal(Ends {
        sliding_end: on(90),
        ..Ends::default()
    });
    assert_eq!(later.absolute_end, on(60));
}

#[test]
fn an_answer_without_a_sliding_end_makes_nothing_absolute() {
    let old = Ends {
        sliding_end: on(60),
        ..Ends::default()
    };
    let kept = old.after_renewal(Ends {
        access_end: on(1),
        ..Ends::default()
    });
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
    fn nothing_known_is_forgotten_and_what_is_told_counts(old in ends(), new in ends()) {
        let after = old.after_renewal(new);
        prop_assert_eq!(after.access_end, new.access_end.or(old.access_end));
        prop_assert_eq!(after.sliding_end, new.sliding_end.or(old.sliding_end));
        prop_assert_eq!(after.idle_limit_ms, new.idle_limit_ms.or(old.idle_limit_ms));
        prop_assert_eq!(after.data_access_end, new.data_access_end.or(old.data_access_end));
        // An absolute end comes from one of three, and is the earliest of them.
        let stood = match (old.sliding_end, new.sliding_end) {
            (Some(before), Some(now)) if now.at <= before.at => Some(now.at),
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
            now = now.after_renewal(renewal);
            if let Some(absolute) = before.absolute_end {
                prop_assert!(when(now.absolute_end).is_some_and(|at| at <= absolute.at));
                prop_assert!(horizon(mechanism, &now).is_some_and(|at| at <= absolute.at));
            }
        }
    }
}
