//! What is to be done with a delivery now: pure, from what is stored and the time.

use domain::Timestamp;
use domain::channel::{Link, Mode};
use domain::delivery::{Reason, State, may_begin};
use domain::health::{Evidence, Health};
use domain::schedule::plus_ms;
use platforms::publish::{Effect, Next, Published, StepPlan};

use super::work::Work;
use crate::breakage::{Breakage, is_made};
use crate::error::{Error, Result};
use crate::login;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing before this moment.
    Wait(Timestamp),
    /// Hold it, with this reason.
    Miss(Reason),
    /// Remind a person to post it by hand.
    Remind,
    /// A person called it off in time.
    Cancel,
    /// Something may have been sent: look before anything else.
    LookFirst,
    /// Freeze the payload and begin a try.
    Begin,
    /// Make this step.
    Step(StepPlan),
    /// What was frozen of it cannot be read: it is kept, and a person says what becomes of it.
    Unread(Evidence),
    /// It is out.
    Finish(Published),
}

pub(super) fn decide(work: &Work, now: Timestamp) -> Result<Decision> {
    let row = &work.row;
    if work.unsettled().is_some() {
        return Ok(Decision::LookFirst);
    }
    if row.state == State::Reminded {
        return Ok(Decision::Miss(Reason::ReminderUnanswered));
    }
    let Some(due_at) = row.due_at else {
        return Err(Error::Missing("planned time of a delivery that acts"));
    };
    if !work.shown() {
        if let Some(stop) = before_it_shows(work, due_at, now) {
            return Ok(stop);
        }
        if let Some(evidence) = &work.unread {
            return Ok(Decision::Unread(evidence.clone()));
        }
        if work.payload.is_none() || !matches!(row.state, State::Publishing(_)) {
            let lead = login::adapter(work.channel.platform)?
                .facts()
                .prepare_lead_ms;
            let from = plus_ms(due_at, -lead);
            return Ok(if now < from {
                Decision::Wait(from)
            } else {
                Decision::Begin
            });
        }
    }
    let Some(payload) = &work.payload else {
        if work.unread.is_some() {
            // It is out; nothing more becomes known of it.
            return Ok(Decision::Finish(work.published()));
        }
        return Err(Error::Missing("payload of a post that shows"));
    };
    Ok(
        match login::adapter(work.channel.platform)?.next(payload, &work.done()) {
            Next::Done(published) => Decision::Finish(published),
            Next::Step(plan) if matches!(plan.effect, Effect::Shows(_)) && now < due_at => {
                Decision::Wait(due_at)
            }
            Next::Step(plan) => Decision::Step(plan),
        },
    )
}

/// What keeps a delivery from going on while nothing of it shows. What will keep it at its hour, keeps
/// it waiting before: it may be mended until then.
fn before_it_shows(work: &Work, due_at: Timestamp, now: Timestamp) -> Option<Decision> {
    if work.row.cancel_asked {
        return Some(Decision::Cancel);
    }
    let at_its_hour = |decision| {
        Some(if now < due_at {
            Decision::Wait(due_at)
        } else {
            decision
        })
    };
    if work.channel.link == Link::Unlinked {
        return at_its_hour(Decision::Miss(Reason::Unlinked));
    }
    if work.channel.mode == Mode::Remind {
        let late = may_begin(due_at, work.row.lateness_limit_ms, now);
        return at_its_hour(late.map_or_else(Decision::Miss, |()| Decision::Remind));
    }
    if let Some(reason) = login_stops(work) {
        return at_its_hour(Decision::Miss(reason));
    }
    if work.on_hold.is_some() {
        return at_its_hour(Decision::Miss(Reason::OnHold));
    }
    match may_begin(due_at, work.row.lateness_limit_ms, now) {
        Err(late) if !is_made(Breakage::LatenessIgnored) => {
            Some(Decision::Miss(why_late(work, late)))
        }
        _ => None,
    }
}

fn login_stops(work: &Work) -> Option<Reason> {
    let Some(login) = &work.login else {
        return Some(Reason::LoginDead);
    };
    if !login.lives() {
        return Some(Reason::LoginDead);
    }
    match login.on.condition.health {
        Health::NeedsRefresh => Some(Reason::LoginDead),
        Health::Limited => Some(Reason::PermissionMissing),
        Health::Healthy | Health::Expiring | Health::Waiting | Health::Checking => None,
    }
}

/// A delivery that is too late because of the platform says so.
fn why_late(work: &Work, late: Reason) -> Reason {
    use domain::cause::Cause;
    let waiting = work
        .login
        .as_ref()
        .filter(|login| login.on.condition.health == Health::Waiting);
    match waiting.and_then(|login| login.on.condition.cause) {
        Some(Cause::RateLimited) => Reason::Quota,
        Some(_) => Reason::PlatformDown,
        None => late,
    }
}

#[cfg(test)]
mod tests;
