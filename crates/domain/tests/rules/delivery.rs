//! The life of a delivery. The diagram of DESIGN section 2 stands here as data of its own; what the
//! rules allow is compared with it for every state and every step.

use std::collections::{BTreeMap, BTreeSet};

use domain::delivery::{Reason, Stage, State, StateWord, Step, may_begin};
use domain::schedule::{LATENESS_LIMIT_MS, MINUTE_MS, plus_ms};
use proptest::prelude::*;

use crate::at;

const PREPARING: State = State::Publishing(Stage::Preparing);
const SENDING: State = State::Publishing(Stage::Sending);
const WAITING: State = State::Publishing(Stage::WaitingForPlatform);
const FOLLOWING_UP: State = State::Publishing(Stage::FollowingUp);

/// Every arrow that does not begin or end at a missed delivery.
const ARROWS: &[(State, Step, State)] = &[
    // draft ⇄ in_review → scheduled; a member who needs no approval plans a draft at once.
    (State::Draft, Step::Submit, State::InReview),
    (State::InReview, Step::BackToDraft, State::Draft),
    (State::InReview, Step::Schedule, State::Scheduled),
    (State::Draft, Step::Schedule, State::Scheduled),
    // scheduled → publishing(preparing → sending → waiting_for_platform → following_up) → published
    (State::Scheduled, Step::Begin, PREPARING),
    (PREPARING, Step::Send, SENDING),
    (SENDING, Step::PlatformWorks, WAITING),
    (SENDING, Step::Shown, FOLLOWING_UP),
    (WAITING, Step::Shown, FOLLOWING_UP),
    (FOLLOWING_UP, Step::Finish, State::Published),
    // publishing → scheduled (certainly not sent) | uncertain | failed
    (PREPARING, Step::NotSent, State::Scheduled),
    (SENDING, Step::NotSent, State::Scheduled),
    (WAITING, Step::NotSent, State::Scheduled),
    (SENDING, Step::Unclear, State::Uncertain),
    (WAITING, Step::Unclear, State::Uncertain),
    (PREPARING, Step::Reject, State::Failed),
    (SENDING, Step::Reject, State::Failed),
    (WAITING, Step::Reject, State::Failed),
    // preparing → published: the platform says that what was prepared is out already
    (PREPARING, Step::FoundPublished, State::Published),
    // uncertain → published | scheduled | failed | dropped
    (State::Uncertain, Step::FoundPublished, State::Published),
    (State::Uncertain, Step::FoundAbsent, State::Scheduled),
    (State::Uncertain, Step::Reject, State::Failed),
    (State::Uncertain, Step::Drop, State::Dropped),
    // failed → scheduled | dropped
    (State::Failed, Step::Schedule, State::Scheduled),
    (State::Failed, Step::Drop, State::Dropped),
    // scheduled → draft | handed_over | reminded | canceled, and planned at another time
    (State::Scheduled, Step::Schedule, State::Scheduled),
    (State::Scheduled, Step::BackToDraft, State::Draft),
    (State::Scheduled, Step::HandOver, State::HandedOver),
    (State::Scheduled, Step::Remind, State::Reminded),
    // handed_over → published | uncertain | scheduled (withdrawn)
    (State::HandedOver, Step::FoundPublished, State::Published),
    (State::HandedOver, Step::Unclear, State::Uncertain),
    (State::HandedOver, Step::Withdraw, State::Scheduled),
    // reminded → published (by hand)
    (State::Reminded, Step::FoundPublished, State::Published),
    // Cancel: from draft, in_review, scheduled, failed (and missed); preparing between two steps.
    (State::Draft, Step::Cancel, State::Canceled),
    (State::InReview, Step::Cancel, State::Canceled),
    (State::Scheduled, Step::Cancel, State::Canceled),
    (State::Failed, Step::Cancel, State::Canceled),
    (PREPARING, Step::Cancel, State::Canceled),
];

/// From which state each reason may be given.
const MISSES: &[(Reason, &[State])] = &[
    (Reason::LoginDead, &[State::Scheduled]),
    (Reason::PermissionMissing, &[State::Scheduled]),
    (Reason::NotApproved, &[State::Scheduled, State::InReview]),
    (Reason::Unlinked, &[State::Scheduled]),
    (Reason::PlatformDown, &[State::Scheduled]),
    (Reason::Quota, &[State::Scheduled]),
    (Reason::TooLate, &[State::Scheduled]),
    (Reason::OnHold, &[State::Scheduled]),
    (Reason::ReminderUnanswered, &[State::Reminded]),
];

fn diagram() -> Vec<(State, Step, State)> {
    let mut arrows = ARROWS.to_vec();
    for (reason, from) in MISSES {
        arrows.extend(
            from.iter()
                .map(|from| (*from, Step::Miss(*reason), State::Missed(*reason))),
        );
        // missed → scheduled | published (by hand) | dropped, whatever the reason; and canceled.
        let missed = State::Missed(*reason);
        arrows.push((missed, Step::Schedule, State::Scheduled));
        arrows.push((missed, Step::FoundPublished, State::Published));
        arrows.push((missed, Step::Drop, State::Dropped));
        arrows.push((missed, Step::Cancel, State::Canceled));
    }
    arrows
}

fn states() -> Vec<State> {
    let mut states = vec![
        State::Draft,
        State::InReview,
        State::Scheduled,
        State::Uncertain,
        State::Published,
        State::Failed,
        State::Dropped,
        State::Canceled,
        State::HandedOver,
        State::Reminded,
    ];
    states.extend(Stage::ALL.iter().map(|stage| State::Publishing(*stage)));
    states.extend(Reason::ALL.iter().map(|reason| State::Missed(*reason)));
    states
}

fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::Submit,
        Step::BackToDraft,
        Step::Schedule,
        Step::Begin,
        Step::Send,
        Step::PlatformWorks,
        Step::Shown,
        Step::Finish,
        Step::NotSent,
        Step::Unclear,
        Step::Reject,
        Step::FoundPublished,
        Step::FoundAbsent,
        Step::Drop,
        Step::Cancel,
        Step::HandOver,
        Step::Withdraw,
        Step::Remind,
    ];
    steps.extend(Reason::ALL.iter().map(|reason| Step::Miss(*reason)));
    steps
}

#[test]
fn exactly_the_arrows_of_the_diagram() {
    let diagram = diagram();
    assert_eq!(
        MISSES.len(),
        Reason::ALL.len(),
        "a reason is not in the diagram"
    );
    for from in states() {
        for step in steps() {
            let drawn: Vec<State> = diagram
                .iter()
                .filter(|arrow| arrow.0 == from && arrow.1 == step)
                .map(|arrow| arrow.2)
                .collect();
            assert!(drawn.len() < 2, "{from:?} {step:?} is drawn twice");
            match from.step(step) {
                Ok(to) => assert_eq!(drawn, [to], "{from:?} {step:?}"),
                Err(refused) => {
                    assert!(drawn.is_empty(), "{from:?} {step:?} is refused");
                    assert_eq!((refused.from, refused.step), (from.word(), step));
                }
            }
        }
    }
}

#[test]
fn ends_never_leave_and_all_else_has_a_way_on() {
    for from in states() {
        let ways = steps()
            .into_iter()
            .filter(|step| from.step(*step).is_ok())
            .count();
        assert_eq!(from.is_end(), ways == 0, "{from:?} has {ways} ways on");
        let named = [
            StateWord::Published,
            StateWord::Dropped,
            StateWord::Canceled,
        ];
        assert_eq!(from.is_end(), named.contains(&from.word()), "{from:?}");
    }
}

#[test]
fn each_state_is_an_end_or_somebody_moves_it() {
    for state in states() {
        let moved = state.engine_acts() || state.waits_for_person();
        assert_ne!(state.is_end(), moved, "{state:?}");
    }
    // The engine gives up on a reminder at its end; nothing else has two who may move it.
    let both: Vec<State> = states()
        .into_iter()
        .filter(|state| state.engine_acts() && state.waits_for_person())
        .collect();
    assert_eq!(both, [State::Reminded]);
}

#[test]
fn only_what_was_called_off_may_begin_anew() {
    for state in states() {
        let anew = state.anew();
        assert_eq!(anew.is_some(), state == State::Canceled, "{state:?}");
        assert!(anew.is_none_or(|anew| anew == State::Draft));
    }
}

/// What may have been sent goes back to the plan only where it is certain that it is not out.
#[test]
fn back_to_the_plan_only_when_certain() {
    let sent = [SENDING, WAITING, FOLLOWING_UP, State::Uncertain];
    for from in sent {
        for step in steps() {
            let Ok(to) = from.step(step) else { continue };
            let certain = matches!(step, Step::NotSent | Step::FoundAbsent);
            let planned = matches!(
                to,
                State::Scheduled | State::Draft | State::InReview | State::Missed(_)
            );
            assert!(!planned || certain, "{from:?} {step:?} {to:?}");
            assert_ne!(to, PREPARING, "{from:?} {step:?}");
        }
    }
}

#[test]
fn missed_always_carries_the_reason_that_was_given() {
    for from in states() {
        for reason in Reason::ALL {
            if let Ok(to) = from.step(Step::Miss(*reason)) {
                assert_eq!(to, State::Missed(*reason));
                assert_eq!(to.reason(), Some(*reason));
            }
        }
        for step in steps()
            .into_iter()
            .filter(|step| !matches!(step, Step::Miss(_)))
        {
            if let Ok(to) = from.step(step) {
                assert_eq!(to.reason(), None, "{from:?} {step:?}");
            }
        }
    }
}

#[test]
fn parts_go_into_tables_and_come_back() {
    let mut found = BTreeSet::new();
    let stages = Stage::ALL.iter().map(|stage| Some(*stage)).chain([None]);
    for (word, stage) in StateWord::ALL
        .iter()
        .flat_map(|word| stages.clone().map(|stage| (*word, stage)))
    {
        for reason in Reason::ALL.iter().map(|reason| Some(*reason)).chain([None]) {
            let Some(state) = State::from_parts(word, stage, reason) else {
                continue;
            };
            assert_eq!(
                (state.word(), state.stage(), state.reason()),
                (word, stage, reason)
            );
            found.insert(format!("{state:?}"));
        }
    }
    let all: BTreeSet<String> = states()
        .into_iter()
        .map(|state| format!("{state:?}"))
        .collect();
    assert_eq!(found, all, "every state comes back, and nothing else does");
}

#[test]
fn late_is_later_than_the_limit() {
    let due = at("2026-11-24T09:00:00Z");
    let may = |late_ms, limit_ms| may_begin(due, limit_ms, plus_ms(due, late_ms));
    assert_eq!(may(-1, LATENESS_LIMIT_MS), Ok(()));
    assert_eq!(may(60 * MINUTE_MS, LATENESS_LIMIT_MS), Ok(()));
    assert_eq!(
        may(60 * MINUTE_MS + 1, LATENESS_LIMIT_MS),
        Err(Reason::TooLate)
    );
    assert_eq!(may(0, 0), Ok(()));
    assert_eq!(may(1, 0), Err(Reason::TooLate));
    assert_eq!(
        may(1, -5),
        Err(Reason::TooLate),
        "a limit below nothing is none"
    );
    assert_eq!(may(0, -5), Ok(()));
}

proptest! {
    /// A walk from a draft: whatever is asked in whatever order, a post is sent only while it is certain
    /// that nothing of it is out, and what is over stays over.
    #[test]
    fn no_walk_sends_twice(asked in proptest::collection::vec(0..27usize, 0..120)) {
        let steps = steps();
        prop_assert_eq!(steps.len(), 27);
        let (mut state, mut may_be_out) = (State::Draft, false);
        for step in asked.into_iter().map(|index| steps[index]) {
            let Ok(next) = state.step(step) else { continue };
            prop_assert!(!state.is_end());
            match step {
                Step::Begin | Step::Send => {
                    prop_assert!(!may_be_out, "{:?} {:?}", state, step);
                    may_be_out = step == Step::Send;
                }
                Step::HandOver => may_be_out = true,
                Step::NotSent | Step::FoundAbsent | Step::Withdraw | Step::Reject => may_be_out = false,
                Step::Cancel | Step::Miss(_) | Step::Schedule | Step::BackToDraft => {
                    prop_assert!(!may_be_out, "{:?} {:?}", state, step);
                }
                _ => {}
            }
            if next == State::Published {
                let told = matches!(state, State::Missed(_) | State::Reminded | PREPARING);
                prop_assert!(may_be_out || (told && step == Step::FoundPublished), "{:?}", state);
            }
            state = next;
        }
    }
}

/// Nothing in the diagram is out of reach from a draft.
#[test]
fn every_state_can_come_about() {
    let mut reached = BTreeMap::from([(format!("{:?}", State::Draft), State::Draft)]);
    loop {
        let next: Vec<State> = reached
            .values()
            .flat_map(|from| steps().into_iter().filter_map(|step| from.step(step).ok()))
            .filter(|to| !reached.contains_key(&format!("{to:?}")))
            .collect();
        if next.is_empty() {
            break;
        }
        reached.extend(next.into_iter().map(|state| (format!("{state:?}"), state)));
    }
    assert_eq!(reached.len(), states().len());
}
