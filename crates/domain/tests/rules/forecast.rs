//! The forecast of a login: renewals by the rule of each mechanism, the moments at which a person is needed, what is
//! at risk, and that nothing is claimed where nothing is known.

use domain::Timestamp;
use domain::channel::{Link, Mode};
use domain::forecast::{
    Channel, DAYS, Forecast, Kind, Login, Stretch, Urgency, Warning, Window, by_day, forecast,
};
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::health::Health;
use domain::horizon::Outlook;
use domain::schedule::{DAY_MS, HOUR_MS, Zone, ms_between, plus_ms};
use proptest::prelude::*;

use crate::at;

fn now() -> Timestamp {
    at("2026-03-12T10:00:00Z")
}

fn day(days: i64) -> Timestamp {
    plus_ms(now(), days * DAY_MS)
}

fn end(days: i64) -> Option<End> {
    Some(End {
        at: day(days),
        source: EndSource::Answer,
    })
}

fn window() -> Window {
    Window::ahead(now(), &Zone::utc())
}

/// A login that was signed in today and is well.
fn login(mechanism: Mechanism, ends: &Ends, horizon: Option<i64>) -> Login<'_> {
    Login {
        health: Health::Healthy,
        mechanism,
        ends,
        horizon: horizon.map(day),
        signed_in_at: now(),
        fresh_since: now(),
        renew_at: None,
        earliest_ms: DAY_MS,
    }
}

fn of(login: Login<'_>) -> Forecast {
    let channel = Channel {
        link: Link::Linked,
        mode: Mode::Auto,
        login: Some(login),
        something_planned: true,
    };
    forecast(&channel, window())
}

fn kinds(of: &Forecast) -> Vec<Kind> {
    of.stretches.iter().map(|stretch| stretch.kind).collect()
}

/// Whole days from now to each renewal.
fn renewed_on(of: &Forecast) -> Vec<i64> {
    let days = |at: &Timestamp| ms_between(now(), *at) / DAY_MS;
    of.renewals.iter().map(days).collect()
}

#[test]
fn the_window_is_ninety_days_of_the_calendar_whatever_the_clocks_do() {
    let zone = Zone::named("Europe/Berlin").unwrap();
    let window = Window::ahead(now(), &zone);
    assert_eq!(window.from, now());
    assert_eq!(window.to, at("2026-06-09T22:00:00Z"), "midnight in summer");
    let dates = zone
        .local(window.from)
        .date()
        .until(zone.local(window.to).date());
    assert_eq!(i64::from(dates.unwrap().get_days()), DAYS);
}

#[test]
fn an_extending_login_is_renewed_again_and_again() {
    let ends = Ends {
        access_end: end(30),
        sliding_end: end(30),
        ..Ends::default()
    };
    let seen = of(Login {
        renew_at: Some(day(18)),
        ..login(Mechanism::Extend, &ends, None)
    });
    // Two thirds of a life of thirty days, less the middle of what chance may take: nineteen days.
    assert_eq!(renewed_on(&seen), [18, 37, 56, 75]);
    assert_eq!(kinds(&seen), [Kind::ExtendsItself]);
    assert_eq!((seen.needs_person_at, seen.good_until), (None, None));
    assert_eq!(seen.outlook, Outlook::ExtendsItself);
    assert!(!seen.at_risk(day(80)));
}

#[test]
fn rotating_and_fixed_logins_follow_their_own_rule() {
    let idle = Ends {
        idle_limit_ms: Some(40 * DAY_MS),
        ..Ends::default()
    };
    let rotating = of(Login {
        renew_at: Some(day(5)),
        ..login(Mechanism::RefreshRotating, &idle, None)
    });
    assert_eq!(renewed_on(&rotating), [5, 24, 43, 62, 81], "half the rest");
    let fixed = of(Login {
        renew_at: Some(day(2)),
        ..login(Mechanism::RefreshFixed, &Ends::default(), None)
    });
    assert_eq!(renewed_on(&fixed), [2, 30, 59, 87], "monthly");
}

#[test]
fn nothing_is_renewed_behind_an_end_that_no_machine_moves() {
    let ends = Ends {
        access_end: end(30),
        sliding_end: end(30),
        data_access_end: end(45),
        ..Ends::default()
    };
    let seen = of(Login {
        renew_at: Some(day(18)),
        ..login(Mechanism::Extend, &ends, Some(45))
    });
    assert_eq!(renewed_on(&seen), [18, 37]);
    assert_eq!(seen.needs_person_at, Some(day(45)));
    assert_eq!(seen.outlook, Outlook::ExtendsUntil(day(45)));
    assert_eq!(
        kinds(&seen),
        [Kind::GoodUntil, Kind::LastQuarter, Kind::NeedsSignIn]
    );
    assert!(!seen.at_risk(day(44)) && seen.at_risk(day(45)) && seen.at_risk(day(80)));
    assert_eq!(seen.urgency(true), Urgency::Later(day(45)));
}

#[test]
fn an_end_is_announced_on_the_days_that_the_engine_announces_it() {
    let ends = Ends {
        access_end: end(60),
        ..Ends::default()
    };
    let one = login(Mechanism::None, &ends, Some(60));
    let said = |seen: &Forecast| -> Vec<(i64, i64)> {
        let days = |warning: &Warning| (ms_between(now(), warning.at) / DAY_MS, warning.days);
        seen.warnings.iter().map(days).collect()
    };
    assert_eq!(said(&of(one)), [(46, 14), (53, 7), (57, 3), (59, 1)]);
    let idle = Channel {
        link: Link::Linked,
        mode: Mode::Auto,
        login: Some(one),
        something_planned: false,
    };
    assert_eq!(said(&forecast(&idle, window())), [(53, 7), (59, 1)]);
    // A quarter of eight days: what would be said earlier is said then, with the days that are left.
    let short = of(login(Mechanism::None, &ends, Some(8)));
    assert_eq!(said(&short), [(6, 3), (7, 1)]);
    let past = of(Login {
        signed_in_at: day(-55),
        ..login(Mechanism::None, &ends, Some(5))
    });
    assert_eq!(
        said(&past),
        [(2, 3), (4, 1)],
        "what is over is not announced again"
    );
}

#[test]
fn what_is_not_known_is_not_claimed() {
    let seen = of(login(Mechanism::None, &Ends::default(), None));
    assert_eq!(kinds(&seen), [Kind::EndUnknown]);
    assert_eq!(seen.outlook, Outlook::Unknown);
    assert!(seen.needs_person_at.is_none() && seen.warnings.is_empty() && seen.renewals.is_empty());
    assert!(!seen.at_risk(day(80)));
    assert_eq!(seen.urgency(true), Urgency::Unclear);
}

#[test]
fn who_needs_a_person_now_keeps_every_post_back() {
    let ends = Ends::default();
    for (health, kind) in [
        (Health::NeedsRefresh, Kind::NeedsSignIn),
        (Health::Limited, Kind::PermissionMissing),
    ] {
        let seen = of(Login {
            health,
            ..login(Mechanism::RefreshFixed, &ends, None)
        });
        assert_eq!(kinds(&seen), [kind]);
        assert_eq!(seen.needs_person_at, Some(now()));
        assert!(seen.at_risk(plus_ms(now(), HOUR_MS)) && seen.needs_person_now());
        assert_eq!(seen.urgency(false), Urgency::Now);
    }
    let dead = of(Login {
        health: Health::NeedsRefresh,
        renew_at: Some(day(3)),
        ..login(Mechanism::RefreshFixed, &ends, None)
    });
    assert!(dead.renewals.is_empty(), "nothing renews what has ended");
}

#[test]
fn a_platform_that_is_down_asks_nobody_and_claims_no_hour() {
    let ends = Ends::default();
    let seen = of(Login {
        health: Health::Waiting,
        ..login(Mechanism::RefreshFixed, &ends, Some(20))
    });
    assert_eq!(kinds(&seen), [Kind::PlatformDown, Kind::NeedsSignIn]);
    assert_eq!(seen.needs_person_at, Some(day(20)));
    assert!(!seen.at_risk(day(1)) && seen.at_risk(day(21)));
}

#[test]
fn an_end_that_is_over_counts_as_needed_now_even_before_anybody_has_looked() {
    let seen = of(login(Mechanism::None, &Ends::default(), Some(-1)));
    assert_eq!(kinds(&seen), [Kind::NeedsSignIn]);
    assert!(seen.needs_person_now() && seen.at_risk(day(1)) && seen.warnings.is_empty());
}

#[test]
fn channels_without_a_login_of_their_own_say_what_they_are() {
    let bare = |link, mode| Channel {
        link,
        mode,
        login: None,
        something_planned: true,
    };
    let never = forecast(&bare(Link::Linked, Mode::Auto), window());
    assert_eq!(kinds(&never), [Kind::NeedsSignIn]);
    assert!(never.needs_person_now() && never.at_risk(day(3)));
    let by_hand = forecast(&bare(Link::Linked, Mode::Remind), window());
    assert_eq!(kinds(&by_hand), [Kind::ReminderOnly]);
    assert!(by_hand.needs_person_at.is_none() && !by_hand.at_risk(day(3)));
    assert_eq!(by_hand.urgency(true), Urgency::ReminderOnly);
    let gone = forecast(&bare(Link::Unlinked, Mode::Auto), window());
    assert_eq!(kinds(&gone), [Kind::Unlinked]);
    assert!(gone.at_risk(day(3)) && gone.needs_person_at.is_none());
    assert_eq!(gone.urgency(true), Urgency::UnlinkedWithPosts);
    assert_eq!(gone.urgency(false), Urgency::Unlinked);
}

#[test]
fn a_reminder_only_channel_needs_no_sign_in_when_its_own_ends() {
    let ends = Ends::default();
    let channel = Channel {
        link: Link::Linked,
        mode: Mode::Remind,
        login: Some(login(Mechanism::None, &ends, Some(10))),
        something_planned: true,
    };
    let seen = forecast(&channel, window());
    assert_eq!(kinds(&seen), [Kind::ReminderOnly]);
    assert!(seen.needs_person_at.is_none() && seen.warnings.is_empty() && !seen.at_risk(day(20)));
    assert_eq!(seen.good_until, Some(day(10)), "the page may still say it");
}

#[test]
fn who_needs_a_person_soonest_comes_first() {
    let mut order = [
        Urgency::Unlinked,
        Urgency::ReminderOnly,
        Urgency::Nobody,
        Urgency::Unclear,
        Urgency::UnlinkedWithPosts,
        Urgency::Later(day(30)),
        Urgency::Later(day(3)),
        Urgency::Now,
    ];
    order.sort();
    assert_eq!(
        order[..3],
        [
            Urgency::Now,
            Urgency::Later(day(3)),
            Urgency::Later(day(30))
        ]
    );
    assert_eq!(order[3], Urgency::UnlinkedWithPosts);
    assert_eq!(order[4..6], [Urgency::Unclear, Urgency::Nobody]);
    assert_eq!(order[7], Urgency::Unlinked);
}

#[test]
fn posts_are_counted_by_the_days_of_the_zone() {
    let zone = Zone::named("Europe/Berlin").unwrap();
    let seen = of(login(Mechanism::None, &Ends::default(), Some(2)));
    let due = [
        (at("2026-03-12T22:30:00Z"), false),
        (at("2026-03-12T23:30:00Z"), false),
        (at("2026-03-14T09:59:00Z"), false),
        (at("2026-03-14T10:00:00Z"), false),
        (at("2026-03-14T11:00:00Z"), true),
    ];
    let days: Vec<(String, u32, u32)> = by_day(&seen, &due, &zone)
        .into_iter()
        .map(|day| (day.date.to_string(), day.planned, day.at_risk))
        .collect();
    assert_eq!(
        days,
        [
            ("2026-03-12".to_owned(), 1, 0),
            ("2026-03-13".to_owned(), 1, 0),
            // The one that the platform holds already needs no login any more.
            ("2026-03-14".to_owned(), 3, 1),
        ]
    );
}

fn any_login() -> impl Strategy<Value = (Mechanism, Health, Ends, [i64; 4])> {
    let mechanism = prop::sample::select(Mechanism::ALL.to_vec());
    let health = prop::sample::select(Health::ALL.to_vec());
    let ends = (
        prop::option::of(-10..400_i64),
        prop::option::of(-10..400_i64),
        prop::option::of(0..200_i64),
    )
        .prop_map(|(access, sliding, idle)| Ends {
            access_end: access.and_then(end),
            sliding_end: sliding.and_then(end),
            idle_limit_ms: idle.map(|days| days * HOUR_MS),
            ..Ends::default()
        });
    let moments = [-30..200_i64, -60..1_i64, -60..1_i64, -5..120_i64];
    (mechanism, health, ends, moments)
}

proptest! {
    /// Whatever is known: the life has no hole, nothing stands outside of the window, and it comes to an end.
    #[test]
    fn a_forecast_is_whole_and_bounded((mechanism, health, ends, moments) in any_login(), has_end: bool, renews: bool) {
        let [horizon, signed_in, fresh, renew_at] = moments;
        let seen = of(Login {
            health,
            mechanism,
            ends: &ends,
            horizon: has_end.then(|| day(horizon)),
            signed_in_at: day(signed_in),
            fresh_since: day(fresh),
            renew_at: renews.then(|| day(renew_at)),
            earliest_ms: 0,
        });
        let window = window();
        let mut at = window.from;
        for Stretch { from, to, .. } in &seen.stretches {
            prop_assert!(*from == at && from < to);
            at = *to;
        }
        prop_assert_eq!(at, window.to);
        prop_assert!(seen.renewals.len() <= 91);
        let apart = seen.renewals.windows(2).all(|two| ms_between(two[0], two[1]) >= DAY_MS);
        prop_assert!(apart);
        let moments = seen.renewals.iter().chain(seen.warnings.iter().map(|warning| &warning.at));
        let inside = |at: &Timestamp| window.from <= *at && *at < window.to;
        prop_assert!(moments.chain(&seen.needs_person_at).all(inside));
        // Where a person is needed, and not before, posts are at risk.
        let risky = |at| seen.at_risk(at);
        match seen.needs_person_at {
            None => prop_assert!(!risky(plus_ms(window.to, -1))),
            Some(needed) => {
                prop_assert!(risky(needed));
                prop_assert!(seen.needs_person_now() || !risky(plus_ms(needed, -1)));
            }
        }
    }
}
