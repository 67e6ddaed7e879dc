//! The fire drill: what the engine does with each cause, whom it hits, and when it is noticed.

use domain::cause::{Cause, Mender, SigningIn};
use domain::delivery::Reason;
use domain::fire_drill::{
    Effect, Reach, another_helps, causes, effect, noticed_by, reach, reason, tells_at_once,
};
use domain::schedule::{DAY_MS, HOUR_MS, plus_ms};

use crate::at;

#[test]
fn a_drill_is_about_a_login_and_never_about_a_post() {
    let all: Vec<Cause> = causes().collect();
    assert_eq!(all.len(), Cause::ALL.len() - 1);
    assert!(!all.contains(&Cause::ContentRejected));
}

#[test]
fn what_ends_or_limits_is_told_at_once_and_what_passes_is_not() {
    for cause in causes() {
        let ended = matches!(effect(cause), Effect::Ends | Effect::Limits);
        assert_eq!(tells_at_once(cause), ended, "{cause}");
        assert_eq!(cause.waits_out(), effect(cause) == Effect::Waits, "{cause}");
        if ended {
            let operator = matches!(cause.mender(), Mender::Operator);
            assert!(!operator, "{cause}: an operator's trouble ends no login");
        }
    }
    assert_eq!(effect(Cause::Unknown), Effect::TriesOn);
}

#[test]
fn posts_are_held_with_the_reason_that_the_engine_gives_them() {
    assert_eq!(reason(Cause::CredentialsChanged), Reason::LoginDead);
    assert_eq!(reason(Cause::LostAdminRole), Reason::PermissionMissing);
    assert_eq!(reason(Cause::PlatformOutage), Reason::PlatformDown);
    assert_eq!(reason(Cause::RateLimited), Reason::Quota);
    assert_eq!(reason(Cause::AppMisconfigured), Reason::TooLate);
}

#[test]
fn a_changed_password_hits_the_person_and_a_lost_role_only_the_account() {
    assert_eq!(reach(Cause::CredentialsChanged), Reach::Person);
    assert_eq!(reach(Cause::LifespanEnded), Reach::SignIn);
    assert_eq!(reach(Cause::LostAdminRole), Reach::Account);
    assert_eq!(reach(Cause::AppMisconfigured), Reach::App);
    assert_eq!(reach(Cause::PlatformOutage), Reach::Platform);
    for cause in causes().filter(|cause| reach(*cause) == Reach::Person) {
        assert_eq!(cause.signing_in(), SigningIn::Helps, "{cause}");
    }
}

#[test]
fn another_persons_sign_in_helps_against_what_hit_the_person_and_not_against_what_hit_the_account()
{
    assert!(another_helps(Cause::CredentialsChanged, false));
    assert!(!another_helps(Cause::CredentialsChanged, true));
    assert!(
        another_helps(Cause::LifespanEnded, true),
        "only that sign-in has ended"
    );
    for cause in causes().filter(|cause| another_helps(*cause, false)) {
        assert!(
            tells_at_once(cause),
            "{cause}: nothing is wrong with the first one"
        );
    }
    for cause in causes().filter(|cause| reach(*cause) == Reach::Person) {
        assert!(
            !another_helps(cause, true),
            "{cause} hits every sign-in of the person"
        );
    }
    for cause in [
        Cause::AccountDeleted,
        Cause::AccountRestricted,
        Cause::PlatformOutage,
    ] {
        assert!(!another_helps(cause, false), "{cause}");
    }
}

#[test]
fn a_break_is_noticed_by_the_next_check_or_the_first_post() {
    let now = at("2026-03-12T18:00:00Z");
    let (check, post) = (plus_ms(now, 6 * HOUR_MS), plus_ms(now, 9 * HOUR_MS));
    let by = |at, check, post| noticed_by(at, check, DAY_MS, post);
    assert_eq!(by(now, Some(check), Some(post)), Some(check));
    assert_eq!(by(now, Some(plus_ms(post, 1)), Some(post)), Some(post));
    // It breaks after the check that is set now: the one after that shows it, a day later at the latest.
    let later = plus_ms(check, HOUR_MS);
    assert_eq!(by(later, Some(check), None), Some(plus_ms(later, DAY_MS)));
    assert_eq!(by(now, None, None), None, "nobody looks and nothing is due");
}
