//! "Hold all posts": begun and ended, for one social set or the whole workspace. What a hold does to
//! planned posts is the engine's matter; it is woken here.

use domain::Timestamp;
use domain::ids::{HoldId, SocialSetId};
use domain::member::Action;
use engine::Task;
use storage::holds::{self, Hold};
use storage::{audit, sets};

use super::line;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words};
use crate::state::{Keep, Web};

/// The longest reason, in characters.
pub const REASON_CHARS: usize = 200;

/// What a hold is to be.
#[derive(Debug, Clone)]
pub struct HoldInput {
    /// Only this set, or the whole workspace.
    pub set: Option<SocialSetId>,
    /// Why, for those who wonder later.
    pub reason: String,
    /// It ends by itself then.
    pub until: Option<Timestamp>,
}

/// The holds in force that the member may see: those of the workspace, and those of their sets.
///
/// # Errors
/// When the store fails.
pub async fn list(web: &Web, by: &Guard) -> Outcome<Vec<Hold>> {
    let (workspace, guard, now) = (by.workspace(), by.clone(), web.now());
    web.read("web.holds", move |conn| {
        let mut open = holds::open(conn, workspace, now)?;
        open.retain(|hold| hold.set.is_none_or(|set| guard.sees(set)));
        Ok(open)
    })
    .await
}

/// Begins a hold. Whoever may publish in the set may hold it.
///
/// # Errors
/// Wrong fields, `not_found`, `not_allowed`.
pub async fn begin(web: &Web, by: &Guard, input: &HoldInput, keep: Keep) -> Outcome<Hold> {
    by.ask(Action::Publish, input.set)?;
    let reason = line("reason", &input.reason, REASON_CHARS)?;
    if input.until.is_some_and(|until| until <= web.now()) {
        return Err(Refusal::field("until", "past", Words::key("field-past")));
    }
    let hold = Hold {
        id: web.id(),
        workspace: by.workspace(),
        set: input.set,
        reason,
        made_by: by.maker(),
        begun_at: web.now(),
        until: input.until,
        ended_at: None,
    };
    let line = web.audit_line(
        hold.workspace,
        by.maker(),
        "hold.begin",
        hold.id,
        hold.reason.clone(),
    );
    let hold = web
        .write_if(keep, "web.hold_begin", move |conn| {
            if let Some(set) = hold.set
                && sets::one(conn, hold.workspace, set)?.is_none()
            {
                return Err(Refusal::not_found());
            }
            holds::begin(conn, &hold)?;
            audit::add(conn, &line)?;
            Ok(hold)
        })
        .await?;
    web.nudges.nudge(Task::Publish);
    Ok(hold)
}

/// Ends a hold; one that has ended already stays so.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn end(web: &Web, by: &Guard, id: HoldId, keep: Keep) -> Outcome<Hold> {
    let (workspace, now, guard) = (by.workspace(), web.now(), by.clone());
    let line = web.audit_line(workspace, by.maker(), "hold.end", id, "");
    let hold = web
        .write_if(keep, "web.hold_end", move |conn| {
            let hold = holds::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
            guard.ask(Action::Publish, hold.set)?;
            if holds::end(conn, workspace, id, now)? {
                audit::add(
                    conn,
                    &audit::Entry {
                        detail: hold.reason.clone(),
                        ..line
                    },
                )?;
            }
            Ok(holds::one(conn, workspace, id)?.unwrap_or(hold))
        })
        .await?;
    web.nudges.nudge(Task::Publish);
    Ok(hold)
}
