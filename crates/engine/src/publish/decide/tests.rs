//! What is decided, case by case, from rows that are made up. The order matters as much as the answers:
//! what may have been sent is looked for before anything else is even asked.

mod made;

use domain::cause::Cause;
use domain::delivery::Stage;
use domain::grant::Life;
use domain::platform::Platform;
use domain::schedule::MINUTE_MS;
use serde_json::json;
use storage::ledger::{StepRow, StepState};

use super::*;
use made::{DUE, HOUR, dead, hold, ms, on, prepared, publishing, scheduled, step, with_health};

fn at(work: &Work, millis: i64) -> Decision {
    decide(work, ms(millis)).expect("a decision")
}

/// Whatever keeps it at its hour, keeps it waiting until then: it may be mended.
fn held_at_its_hour(work: &Work, reason: Reason) {
    for early in [DUE - 500 * HOUR, DUE - 20 * MINUTE_MS, DUE - 1] {
        assert_eq!(
            at(work, early),
            Decision::Wait(ms(DUE)),
            "{reason} at {early}"
        );
    }
    for late in [DUE, DUE + 1, DUE + 30 * 24 * HOUR] {
        assert_eq!(at(work, late), Decision::Miss(reason), "at {late}");
    }
}

#[test]
fn it_waits_until_the_platform_lets_it_be_prepared() {
    let lead = 20 * MINUTE_MS;
    let work = scheduled();
    for early in [0, DUE - 500 * HOUR, DUE - lead - 1] {
        assert_eq!(at(&work, early), Decision::Wait(ms(DUE - lead)));
    }
    for then in [DUE - lead, DUE - 1, DUE, DUE + HOUR] {
        assert_eq!(at(&work, then), Decision::Begin);
    }
    // Bluesky prepares nothing early.
    let work = on(Platform::Bluesky);
    assert_eq!(at(&work, DUE - 1), Decision::Wait(ms(DUE)));
    assert_eq!(at(&work, DUE), Decision::Begin);
}

#[test]
fn it_is_prepared_early_and_shown_at_its_hour() {
    let Decision::Step(plan) = at(&publishing(Stage::Preparing), DUE - 10 * MINUTE_MS) else {
        panic!("nothing is prepared")
    };
    assert_eq!(
        (plan.name.as_str(), plan.effect),
        ("container", Effect::Unseen)
    );
    let work = prepared();
    assert_eq!(at(&work, DUE - 1), Decision::Wait(ms(DUE)));
    let Decision::Step(plan) = at(&work, DUE) else {
        panic!("it is not shown")
    };
    assert!(matches!(plan.effect, Effect::Shows(_)), "{plan:?}");
}

#[test]
fn what_was_prepared_for_another_try_begins_a_new_one() {
    let mut work = prepared();
    work.row.state = State::Scheduled;
    assert_eq!(at(&work, DUE), Decision::Begin);
}

#[test]
fn a_dead_login_waits_until_its_hour_and_is_missed_then() {
    held_at_its_hour(&dead(), Reason::LoginDead);
    held_at_its_hour(
        &with_health(
            scheduled(),
            Health::NeedsRefresh,
            Some(Cause::AppRemovedByUser),
        ),
        Reason::LoginDead,
    );
    let mut none = scheduled();
    none.login = None;
    held_at_its_hour(&none, Reason::LoginDead);
    for life in [
        Life::Superseded { since: ms(1) },
        Life::Revoked { since: ms(1) },
    ] {
        let mut work = scheduled();
        work.login.as_mut().expect("a login").grant.life = life;
        held_at_its_hour(&work, Reason::LoginDead);
    }
}

#[test]
fn a_missing_permission_an_unlinked_channel_and_a_hold_have_their_reasons() {
    let limited = with_health(scheduled(), Health::Limited, Some(Cause::LostAdminRole));
    held_at_its_hour(&limited, Reason::PermissionMissing);
    let mut unlinked = scheduled();
    unlinked.channel.link = Link::Unlinked;
    held_at_its_hour(&unlinked, Reason::Unlinked);
    let mut held = scheduled();
    held.on_hold = Some(hold());
    held_at_its_hour(&held, Reason::OnHold);
    // Of several, the one that a person must mend first: the channel, then the login, then the hold.
    let mut all = dead();
    all.on_hold = Some(hold());
    held_at_its_hour(&all, Reason::LoginDead);
    all.channel.link = Link::Unlinked;
    held_at_its_hour(&all, Reason::Unlinked);
}

#[test]
fn a_login_that_is_not_known_to_be_bad_is_tried() {
    for health in [
        Health::Healthy,
        Health::Expiring,
        Health::Waiting,
        Health::Checking,
    ] {
        let work = with_health(scheduled(), health, None);
        assert_eq!(at(&work, DUE), Decision::Begin, "{health}");
    }
}

#[test]
fn what_stops_a_scheduled_one_stops_one_that_is_being_prepared() {
    for stop in [Reason::LoginDead, Reason::OnHold, Reason::Unlinked] {
        let mut work = prepared();
        match stop {
            Reason::LoginDead => work.login = None,
            Reason::OnHold => work.on_hold = Some(hold()),
            _ => work.channel.link = Link::Unlinked,
        }
        held_at_its_hour(&work, stop);
    }
}

#[test]
fn a_person_is_reminded_at_the_hour_and_not_long_after() {
    let mut work = scheduled();
    work.channel.mode = Mode::Remind;
    assert_eq!(at(&work, DUE - 1), Decision::Wait(ms(DUE)));
    assert_eq!(at(&work, DUE), Decision::Remind);
    assert_eq!(at(&work, DUE + HOUR), Decision::Remind);
    assert_eq!(at(&work, DUE + HOUR + 1), Decision::Miss(Reason::TooLate));
    // No login is needed to remind.
    work.login = None;
    assert_eq!(at(&work, DUE), Decision::Remind);
    work.row.state = State::Reminded;
    assert_eq!(
        at(&work, DUE + 24 * HOUR),
        Decision::Miss(Reason::ReminderUnanswered)
    );
}

#[test]
fn past_the_limit_it_is_not_sent_late() {
    for work in [scheduled(), publishing(Stage::Preparing), prepared()] {
        assert!(matches!(
            at(&work, DUE + HOUR),
            Decision::Begin | Decision::Step(_)
        ));
        assert_eq!(at(&work, DUE + HOUR + 1), Decision::Miss(Reason::TooLate));
    }
    let mut own = scheduled();
    own.row.lateness_limit_ms = 5 * MINUTE_MS;
    assert_eq!(
        at(&own, DUE + 5 * MINUTE_MS + 1),
        Decision::Miss(Reason::TooLate)
    );
}

#[test]
fn late_because_of_the_platform_says_so() {
    let table = [
        (
            Health::Waiting,
            Some(Cause::PlatformOutage),
            Reason::PlatformDown,
        ),
        (Health::Waiting, Some(Cause::Unknown), Reason::PlatformDown),
        (Health::Waiting, Some(Cause::RateLimited), Reason::Quota),
        (Health::Waiting, None, Reason::TooLate),
        (Health::Healthy, None, Reason::TooLate),
        (
            Health::Expiring,
            Some(Cause::LifespanEnded),
            Reason::TooLate,
        ),
    ];
    for (health, cause, reason) in table {
        let work = with_health(scheduled(), health, cause);
        assert_eq!(
            at(&work, DUE + HOUR),
            Decision::Begin,
            "within the limit it is tried"
        );
        assert_eq!(
            at(&work, DUE + HOUR + 1),
            Decision::Miss(reason),
            "{health} {cause:?}"
        );
    }
}

#[test]
fn what_may_have_been_sent_is_looked_for_before_anything_else() {
    for state in [StepState::Begun, StepState::Unclear] {
        for stage in [Stage::Sending, Stage::WaitingForPlatform] {
            let mut work = prepared();
            work.row.state = State::Publishing(stage);
            work.steps.push(step("publish", "shows", state));
            assert_eq!(at(&work, DUE), Decision::LookFirst);
            // Nothing that would hold it, call it off or make it late comes before.
            work.row.cancel_asked = true;
            work.channel.link = Link::Unlinked;
            work.on_hold = Some(hold());
            work.login = None;
            work.row.due_at = None;
            assert_eq!(at(&work, DUE + 500 * HOUR), Decision::LookFirst);
        }
    }
}

#[test]
fn a_fence_that_is_settled_is_no_reason_to_look() {
    for state in [StepState::Failed, StepState::Discarded] {
        let mut work = prepared();
        work.steps.push(step("publish", "shows", state));
        let Decision::Step(plan) = at(&work, DUE) else {
            panic!("it may be sent again")
        };
        assert!(matches!(plan.effect, Effect::Shows(_)));
    }
    // Nor is a step that nobody sees: it is repeated freely.
    let mut work = publishing(Stage::Preparing);
    work.steps
        .push(step("container", "unseen", StepState::Begun));
    assert!(matches!(at(&work, DUE), Decision::Step(_)));
}

#[test]
fn what_shows_is_never_missed_nor_called_off() {
    let mut work = prepared();
    work.row.state = State::Publishing(Stage::FollowingUp);
    work.steps.push(step("publish", "shows", StepState::Done));
    work.row.cancel_asked = true;
    work.channel.link = Link::Unlinked;
    work.channel.mode = Mode::Remind;
    work.on_hold = Some(hold());
    work.login = None;
    let Decision::Step(plan) = at(&work, DUE + 500 * HOUR) else {
        panic!("its address is not fetched")
    };
    assert_eq!(plan.effect, Effect::FollowUp);
    work.steps.push(StepRow {
        output: Some(json!({ "permalink": "https://p.example/1" })),
        ..step("permalink", "follow_up", StepState::Done)
    });
    let Decision::Finish(published) = at(&work, DUE + 500 * HOUR) else {
        panic!("it is out")
    };
    assert_eq!(published.remote_id.as_deref(), Some("x-1"));
    assert_eq!(published.permalink.as_deref(), Some("https://p.example/1"));
}

/// A container that the platform says is published, though no call of ours is known to have done it.
#[test]
fn what_the_platform_says_is_out_is_found_and_never_sent() {
    for state in [State::Publishing(Stage::Preparing), State::Scheduled] {
        let mut work = prepared();
        work.row.state = state;
        work.steps[1].output = Some(json!({ "status": "PUBLISHED" }));
        // Whatever would hold it, call it off or make it late: it is out.
        work.row.cancel_asked = true;
        work.channel.link = Link::Unlinked;
        work.on_hold = Some(hold());
        let Decision::Step(plan) = at(&work, DUE + 500 * HOUR) else {
            panic!("it is not looked for from {state:?}")
        };
        assert_eq!(
            (plan.name.as_str(), plan.effect),
            ("find", Effect::FollowUp)
        );
        work.steps.push(StepRow {
            output: Some(json!({ "id": "found-1" })),
            ..step("find", "follow_up", StepState::Done)
        });
        work.steps.push(StepRow {
            output: Some(json!({ "permalink": "https://p.example/1" })),
            ..step("permalink", "follow_up", StepState::Done)
        });
        let Decision::Finish(published) = at(&work, DUE + 500 * HOUR) else {
            panic!("it is out, from {state:?}")
        };
        assert_eq!(published.permalink.as_deref(), Some("https://p.example/1"));
        let (steps, kind) = Work::to_published(state);
        let mut then = state;
        for step in steps {
            then = then.step(*step).expect("a step of its life");
        }
        assert_eq!((then, kind), (State::Published, "found"));
    }
    // What our own call showed ends as it always did.
    let (steps, kind) = Work::to_published(State::Publishing(Stage::FollowingUp));
    assert_eq!(
        (steps, kind),
        ([domain::delivery::Step::Finish].as_slice(), "published")
    );
}

#[test]
fn calling_off_is_honoured_before_it_shows_whatever_else_is_wrong() {
    for mut work in [
        scheduled(),
        publishing(Stage::Preparing),
        prepared(),
        dead(),
    ] {
        work.row.cancel_asked = true;
        work.on_hold = Some(hold());
        for then in [DUE - 500 * HOUR, DUE, DUE + 500 * HOUR] {
            assert_eq!(at(&work, then), Decision::Cancel);
        }
    }
}

#[test]
fn a_delivery_without_an_hour_is_a_mistake_of_this_program() {
    let mut work = scheduled();
    work.row.due_at = None;
    assert!(matches!(decide(&work, ms(DUE)), Err(Error::Missing(_))));
    let mut work = prepared();
    work.payload = None;
    work.steps.push(step("publish", "shows", StepState::Done));
    assert!(matches!(decide(&work, ms(DUE)), Err(Error::Missing(_))));
}
