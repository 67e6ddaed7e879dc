//! The two clocks of renewal: when a grant is kept alive, when an access token is minted, and how long
//! a renewal waits after trouble.

use domain::Timestamp;
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::renewal::{Keep, MINT_MARGIN_MS, keep_alive_at, needs_mint, try_again_after_ms};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between, plus_ms};
use proptest::prelude::*;

use crate::at;

fn fresh() -> Timestamp {
    at("2026-03-12T10:00:00Z")
}

fn end(after_ms: i64) -> Option<End> {
    Some(End {
        at: plus_ms(fresh(), after_ms),
        source: EndSource::Answer,
    })
}

/// Milliseconds after the tokens were made.
fn wait(mechanism: Mechanism, ends: &Ends, earliest_ms: i64, jitter_permille: u16) -> Option<i64> {
    let keep = Keep {
        mechanism,
        ends,
        fresh_since: fresh(),
        earliest_ms,
        jitter_permille,
    };
    keep_alive_at(keep).map(|at| ms_between(fresh(), at))
}

#[test]
fn each_mechanism_has_its_share_of_the_life() {
    let sliding = Ends {
        sliding_end: end(60 * DAY_MS),
        ..Ends::default()
    };
    let access = Ends {
        access_end: end(60 * DAY_MS),
        ..Ends::default()
    };
    let idle = Ends {
        idle_limit_ms: Some(90 * DAY_MS),
        ..Ends::default()
    };
    let both = Ends {
        sliding_end: end(30 * DAY_MS),
        ..idle
    };
    let none = Ends::default();
    let table = [
        (Mechanism::Extend, sliding, Some(40)),
        (Mechanism::Extend, access, Some(40)),
        (Mechanism::Extend, none, None),
        (Mechanism::RefreshRotating, idle, Some(45)),
        (Mechanism::RefreshRotating, sliding, Some(30)),
        (Mechanism::RefreshRotating, both, Some(15)),
        (Mechanism::RefreshRotating, none, Some(30)),
        (Mechanism::RefreshFixed, none, Some(30)),
        (Mechanism::RefreshFixed, sliding, Some(30)),
        (Mechanism::Derived, sliding, None),
        (Mechanism::None, sliding, None),
    ];
    for (mechanism, ends, days) in table {
        let expected = days.map(|days: i64| days * DAY_MS);
        assert_eq!(
            wait(mechanism, &ends, 0, 0),
            expected,
            "{mechanism} {ends:?}"
        );
    }
}

proptest! {
    #[test]
    fn extending_comes_before_the_end_with_room_to_try_again(
        life in HOUR_MS..800 * DAY_MS, earliest in 0..2 * DAY_MS, jitter in 0..2000u16,
    ) {
        let ends = Ends { sliding_end: end(life), ..Ends::default() };
        let wait = wait(Mechanism::Extend, &ends, earliest, jitter).expect("it is kept alive");
        prop_assert!(wait >= earliest);
        if earliest <= life / 2 {
            prop_assert!(life - wait >= life / 3, "a third of the life is left");
        }
        if earliest < life {
            prop_assert!(wait < life);
        }
    }

    #[test]
    fn rotating_leaves_half_the_idle_limit(
        idle in HOUR_MS..800 * DAY_MS, sliding in proptest::option::of(HOUR_MS..800 * DAY_MS), jitter in 0..2000u16,
    ) {
        let ends = Ends { idle_limit_ms: Some(idle), sliding_end: sliding.and_then(end), ..Ends::default() };
        let wait = wait(Mechanism::RefreshRotating, &ends, 0, jitter).expect("it is kept alive");
        prop_assert!(wait <= idle / 2);
        if let Some(sliding) = sliding {
            prop_assert!(wait <= sliding / 2, "and before an end that slides");
        }
        // As seldom as allowed: no earlier than the jitter takes.
        prop_assert!(wait >= idle.min(sliding.unwrap_or(idle)) / 2 * 9 / 10);
    }

    #[test]
    fn jitter_only_moves_earlier_and_by_a_tenth_at_most(
        mechanism in 0..Mechanism::ALL.len(), life in HOUR_MS..800 * DAY_MS, earliest in 0..2 * DAY_MS,
        less in 0..1000u16, more in 0..1000u16,
    ) {
        let mechanism = Mechanism::ALL[mechanism];
        let ends = Ends { sliding_end: end(life), ..Ends::default() };
        let at = |jitter| wait(mechanism, &ends, earliest, jitter);
        let (less, more) = (less.min(more), less.max(more));
        prop_assert!(at(more) <= at(less), "more jitter is earlier");
        prop_assert_eq!(at(999), at(u16::MAX), "beyond its range it counts as the most");
        if let (Some(still), Some(moved)) = (at(0), at(more)) {
            prop_assert!(moved >= earliest && moved <= still);
            prop_assert!(still - moved <= still / 10);
        }
    }

    #[test]
    fn an_end_in_the_past_asks_for_renewal_at_the_earliest_moment(
        over in 0..800 * DAY_MS, earliest in 0..2 * DAY_MS, jitter in 0..2000u16,
    ) {
        let ends = Ends { sliding_end: end(-over), ..Ends::default() };
        for mechanism in [Mechanism::Extend, Mechanism::RefreshRotating] {
            prop_assert_eq!(wait(mechanism, &ends, earliest, jitter), Some(earliest));
        }
    }

    #[test]
    fn trouble_waits_longer_each_time_within_bounds(
        tries in 0..200u32, asked in proptest::option::of(-DAY_MS..30 * DAY_MS),
    ) {
        let wait = try_again_after_ms(tries, asked);
        prop_assert!((MINUTE_MS..=DAY_MS).contains(&wait));
        prop_assert!(try_again_after_ms(tries + 1, asked) >= wait);
        if let Some(asked) = asked {
            prop_assert!(wait >= asked.min(DAY_MS), "no shorter than the platform asked");
        } else {
            prop_assert!(wait <= 6 * HOUR_MS);
        }
    }
}

#[test]
fn trouble_waits_a_minute_then_twice_as_long() {
    let minutes: Vec<i64> = (0..11)
        .map(|tries| try_again_after_ms(tries, None) / MINUTE_MS)
        .collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
    assert_eq!(try_again_after_ms(0, Some(HOUR_MS)), HOUR_MS);
    assert_eq!(try_again_after_ms(u32::MAX, Some(i64::MAX)), DAY_MS);
    assert_eq!(try_again_after_ms(0, Some(i64::MIN)), MINUTE_MS);
}

#[test]
fn a_token_is_minted_only_when_a_call_needs_one() {
    let now = fresh();
    let living = Ends {
        access_end: end(MINT_MARGIN_MS),
        ..Ends::default()
    };
    let ending = Ends {
        access_end: end(MINT_MARGIN_MS - 1),
        ..Ends::default()
    };
    for mechanism in Mechanism::ALL {
        let refreshes = matches!(
            mechanism,
            Mechanism::RefreshFixed | Mechanism::RefreshRotating
        );
        assert!(!needs_mint(*mechanism, &living, now), "{mechanism}");
        assert_eq!(
            needs_mint(*mechanism, &ending, now),
            refreshes,
            "{mechanism}"
        );
        assert_eq!(
            needs_mint(*mechanism, &Ends::default(), now),
            refreshes,
            "{mechanism}"
        );
    }
}
