//! The Plan Grid and the calendar as they are moved: two planned posts swap their times, a post goes to
//! another day, a channel is read back now.

use domain::Timestamp;
use domain::delivery::State;
use domain::ids::{ChannelId, DeliveryId};
use domain::member::Action;
use engine::Task;
use jiff::civil::Date;
use storage::deliveries::{self, DeliveryRow};
use storage::{Conn, channels};

use super::hand::{Hand, not_now, nudge};
use super::post_work::PostWork;
use super::when::When;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// Reads a planned delivery that may be dragged.
fn movable(
    conn: &mut Conn<'_>,
    hand: &Hand,
    guard: &Guard,
    id: DeliveryId,
) -> Outcome<(PostWork, DeliveryRow, Timestamp)> {
    let row = deliveries::one(conn, hand.workspace, id)?.ok_or_else(Refusal::not_found)?;
    let action = if row.state == State::Draft {
        Action::Draft
    } else {
        Action::Publish
    };
    let work = PostWork::read(conn, hand, guard, row.post, action)?;
    match (row.state, row.due_at) {
        (State::Scheduled | State::Draft, Some(due)) => Ok((work, row, due)),
        (state, _) => Err(not_now(state)),
    }
}

/// Two planned posts of one channel swap their times.
///
/// # Errors
/// `not_now` where one cannot move, `content_blocked`, `not_found`.
pub async fn swap(
    web: &Web,
    by: &Guard,
    one: DeliveryId,
    other: DeliveryId,
    keep: Keep,
) -> Outcome<(DeliveryRow, DeliveryRow)> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let swapped = web
        .write_if(keep, "web.grid_swap", move |conn| {
            let (first, a, a_due) = movable(conn, &hand, &guard, one)?;
            let (second, b, b_due) = movable(conn, &hand, &guard, other)?;
            if a.channel != b.channel {
                return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("grid-other-channel")));
            }
            if a_due.min(b_due) <= hand.now {
                return Err(super::when::past());
            }
            let a = put(conn, first, &a, b_due)?;
            let b = put(conn, second, &b, a_due)?;
            hand.audit(conn, "grid.swap", one, other.to_string())?;
            Ok((a, b))
        })
        .await?;
    nudge(web);
    Ok(swapped)
}

/// Gives a delivery another time; a draft stays one.
fn put(
    conn: &mut Conn<'_>,
    mut work: PostWork,
    row: &DeliveryRow,
    due_at: Timestamp,
) -> Outcome<DeliveryRow> {
    let at = work
        .places(|one| one.id == row.id)
        .first()
        .copied()
        .ok_or_else(Refusal::not_found)?;
    if row.state == State::Draft {
        let change = deliveries::Change {
            due_at: Some(due_at),
            ..deliveries::Change::default()
        };
        deliveries::change(conn, row, State::Draft, &change, work.hand.now)?;
        return Ok(DeliveryRow {
            due_at: Some(due_at),
            version: row.version + 1,
            ..row.clone()
        });
    }
    work.plan(conn, &[at], due_at)?;
    Ok(work.deliveries.swap_remove(at).0)
}

/// Moves a post to another day: it keeps its hour, on all its channels that had this time.
///
/// # Errors
/// `not_now` for what cannot move, `past` and `gap` for a time that cannot be.
pub async fn move_to_day(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    day: Date,
    keep: Keep,
) -> Outcome<Vec<DeliveryRow>> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let moved = web
        .write_if(keep, "web.calendar_move", move |conn| {
            let (work, row, due) = movable(conn, &hand, &guard, id)?;
            let zone = work.set.zone.clone();
            let local = day.to_datetime(zone.local(due).time());
            let to = When::Local {
                local: local.to_string(),
                zone: None,
            }
            .instant(&zone, hand.now)?;
            let together = |one: &DeliveryRow| {
                one.due_at == Some(due) && matches!(one.state, State::Scheduled | State::Draft)
            };
            let ids: Vec<DeliveryId> = work
                .deliveries
                .iter()
                .map(|(one, _)| one)
                .filter(|one| together(one))
                .map(|one| one.id)
                .collect();
            let mut moved = Vec::with_capacity(ids.len());
            for id in ids {
                let (work, row, _) = movable(conn, &hand, &guard, id)?;
                moved.push(put(conn, work, &row, to)?);
            }
            hand.audit(conn, "calendar.move", row.post, to.to_string())?;
            Ok(moved)
        })
        .await?;
    nudge(web);
    Ok(moved)
}

/// *Update grid*: the channel is read back now.
///
/// # Errors
/// `not_now` where it is not linked, `not_found`.
pub async fn update(web: &Web, by: &Guard, id: ChannelId) -> Outcome<()> {
    let (workspace, guard, now) = (by.workspace(), by.clone(), web.now());
    web.write("web.grid_update", move |conn| {
        let channel = channels::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.ask(Action::Read, Some(channel.social_set))?;
        if channels::sync_now(conn, workspace, id, now)? {
            Ok(())
        } else {
            Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("grid-not-linked")))
        }
    })
    .await?;
    web.nudges.nudge(Task::Sync);
    Ok(())
}
