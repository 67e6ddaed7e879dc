//! One post on one channel, moved by a person's or a program's hand: planned again, sent now, called off,
//! let go, settled, marked as posted. And many at once.

use domain::Timestamp;
use domain::delivery::{Stage, State, Step};
use domain::ids::DeliveryId;
use domain::limits::BULK_DELIVERIES;
use domain::member::Action;
use domain::post::Variant;
use serde_json::json;
use storage::deliveries::{self, Change, DeliveryRow};
use storage::history::{self, History, Wanted};
use storage::{Conn, ledger};
use url::Url;

use super::checks::Warning;
use super::hand::{Hand, not_now, nudge};
use super::post_work::{PostWork, Terms, is_open, refuse_unhealthy};
use super::when::When;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// The longest address that a person may give, in characters.
const ADDRESS_CHARS: usize = 2_000;

/// A delivery after a change.
#[derive(Debug, Clone)]
pub struct Moved {
    /// It.
    pub row: DeliveryRow,
    /// What its maker should know.
    pub warnings: Vec<Warning>,
}

/// What a person found out about a post that may have gone out.
#[derive(Debug, Clone)]
pub enum Finding {
    /// It is out.
    Published {
        /// Where, if they know.
        permalink: Option<String>,
    },
    /// It is not; it goes out then.
    AbsentAgain(When),
    /// It is not, and it should not any more.
    AbsentDrop,
}

/// One delivery, read for a change with its post around it.
fn read(
    conn: &mut Conn<'_>,
    hand: &Hand,
    guard: &Guard,
    id: DeliveryId,
    action: Action,
) -> Outcome<(PostWork, usize)> {
    let row = deliveries::one(conn, hand.workspace, id)?.ok_or_else(Refusal::not_found)?;
    let work = PostWork::read(conn, hand, guard, row.post, action)?;
    let at = work
        .places(|row| row.id == id)
        .first()
        .copied()
        .ok_or_else(Refusal::not_found)?;
    Ok((work, at))
}

/// Plans a delivery again, or sends it now.
///
/// # Errors
/// `not_now`, `content_blocked`, a wrong field `schedule`, `not_healthy`, and what `seen` says.
pub async fn reschedule(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    when: When,
    terms: Terms,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
) -> Outcome<Moved> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let moved = web
        .write_if(terms.keep, "web.delivery_plan", move |conn| {
            let (mut work, at) = read(conn, &hand, &guard, id, Action::Publish)?;
            seen(work.deliveries[at].0.version)?;
            let due_at = work.instant(&when)?;
            plan_one(conn, &mut work, at, due_at)?;
            let warnings = work.warnings(&[at])?;
            if terms.healthy {
                refuse_unhealthy(&warnings)?;
            }
            Ok(Moved {
                row: work.deliveries.swap_remove(at).0,
                warnings,
            })
        })
        .await?;
    nudge(web);
    Ok(moved)
}

fn plan_one(conn: &mut Conn<'_>, work: &mut PostWork, at: usize, due_at: Timestamp) -> Outcome<()> {
    let state = work.deliveries[at].0.state;
    if !is_open(state) {
        return Err(not_now(state));
    }
    if work.plan(conn, &[at], due_at)? > 0 {
        let (hand, id) = (work.hand.clone(), work.deliveries[at].0.id);
        hand.audit(conn, "delivery.reschedule", id, due_at.to_string())?;
    }
    Ok(())
}

/// Calls a delivery off. While it is being prepared this is a wish that the engine honours between two
/// steps; from sending on it is refused.
///
/// # Errors
/// `not_now`, and what `seen` says.
pub async fn cancel(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
    keep: Keep,
) -> Outcome<Moved> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let row = web
        .write_if(keep, "web.delivery_cancel", move |conn| {
            let (mut work, at) = read(conn, &hand, &guard, id, Action::Draft)?;
            let row = &mut work.deliveries[at].0;
            seen(row.version)?;
            call_off(conn, &hand, &guard, row)?;
            hand.audit(conn, "delivery.cancel", id, row.excerpt.clone())?;
            Ok(row.clone())
        })
        .await?;
    nudge(web);
    Ok(Moved {
        row,
        warnings: Vec::new(),
    })
}

/// Calls one off inside a transaction. Whoever may only write drafts may only call drafts off.
///
/// # Errors
/// `not_now`, `not_allowed`.
pub fn call_off(
    conn: &mut Conn<'_>,
    hand: &Hand,
    guard: &Guard,
    row: &mut DeliveryRow,
) -> Outcome<()> {
    if !matches!(row.state, State::Draft | State::InReview) {
        guard.ask(Action::Publish, Some(row.social_set))?;
    }
    if !is_open(row.state) {
        return Err(not_now(row.state));
    }
    if row.state == State::Publishing(Stage::Preparing) && row.lease.is_some() {
        if !deliveries::ask_cancel(conn, hand.workspace, row.id)? {
            return Err(Refusal::new(&codes::CHANGED_MEANWHILE));
        }
        row.cancel_asked = true;
        row.version += 1;
        return hand.tell(conn, row, Some(row.state), "cancel_asked", json!({}));
    }
    let change = Change {
        due_at: row.due_at,
        ..Change::default()
    };
    hand.finish(conn, row, &[Step::Cancel], &change, ("canceled", json!({})))
}

/// Lets a delivery go that was missed, refused or is uncertain.
///
/// # Errors
/// `not_now`, and what `seen` says.
pub async fn drop_it(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
    keep: Keep,
) -> Outcome<Moved> {
    ended(
        web,
        by,
        id,
        seen,
        keep,
        "delivery.drop",
        |conn, hand, row| {
            let change = Change {
                due_at: row.due_at,
                ..Change::default()
            };
            hand.finish(conn, row, &[Step::Drop], &change, ("dropped", json!({})))
        },
    )
    .await
}

/// A person posted it by hand.
///
/// # Errors
/// `not_now` unless it was missed, reminded of or uncertain; a wrong address; and what `seen` says.
pub async fn mark_posted(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    permalink: Option<String>,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
    keep: Keep,
) -> Outcome<Moved> {
    let permalink = address(permalink)?;
    ended(
        web,
        by,
        id,
        seen,
        keep,
        "delivery.mark_posted",
        move |conn, hand, row| published(conn, hand, row, permalink, "posted_by_hand"),
    )
    .await
}

/// Settles a delivery that may have gone out, by what a person found.
///
/// # Errors
/// `not_now` unless it is uncertain, and as the other changes.
pub async fn settle(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    finding: Finding,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
    keep: Keep,
) -> Outcome<Moved> {
    let finding = match finding {
        Finding::Published { permalink } => Finding::Published {
            permalink: address(permalink)?,
        },
        other => other,
    };
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let moved = web
        .write_if(keep, "web.delivery_settle", move |conn| {
            let (mut work, at) = read(conn, &hand, &guard, id, Action::Publish)?;
            let row = work.deliveries[at].0.clone();
            seen(row.version)?;
            if row.state != State::Uncertain {
                return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("not-now-settled")));
            }
            hand.audit(conn, "delivery.settle", id, row.excerpt)?;
            let mut warnings = Vec::new();
            match finding {
                Finding::Published { permalink } => {
                    published(conn, &hand, &mut work.deliveries[at].0, permalink, "found")?;
                }
                Finding::AbsentDrop => {
                    let row = &mut work.deliveries[at].0;
                    let change = Change {
                        due_at: row.due_at,
                        ..Change::default()
                    };
                    hand.finish(conn, row, &[Step::Drop], &change, ("dropped", json!({})))?;
                }
                Finding::AbsentAgain(when) => {
                    let due_at = work.instant(&when)?;
                    work.plan(conn, &[at], due_at)?;
                    warnings = work.warnings(&[at])?;
                }
            }
            Ok(Moved {
                row: work.deliveries.swap_remove(at).0,
                warnings,
            })
        })
        .await?;
    nudge(web);
    Ok(moved)
}

fn published(
    conn: &mut Conn<'_>,
    hand: &Hand,
    row: &mut DeliveryRow,
    permalink: Option<String>,
    kind: &str,
) -> Outcome<()> {
    let detail = json!({ "permalink": permalink });
    let change = Change {
        due_at: row.due_at,
        published_at: Some(hand.now),
        permalink,
        ..Change::default()
    };
    hand.finish(conn, row, &[Step::FoundPublished], &change, (kind, detail))
}

async fn ended(
    web: &Web,
    by: &Guard,
    id: DeliveryId,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
    keep: Keep,
    action: &'static str,
    end: impl FnOnce(&mut Conn<'_>, &Hand, &mut DeliveryRow) -> Outcome<()> + Send + 'static,
) -> Outcome<Moved> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let row = web
        .write_if(keep, action, move |conn| {
            let (mut work, at) = read(conn, &hand, &guard, id, Action::Publish)?;
            let row = &mut work.deliveries[at].0;
            seen(row.version)?;
            end(conn, &hand, row)?;
            hand.audit(conn, action, id, row.excerpt.clone())?;
            Ok(row.clone())
        })
        .await?;
    nudge(web);
    Ok(Moved {
        row,
        warnings: Vec::new(),
    })
}

/// An address of a post as a person gave it: http or https, or none.
fn address(given: Option<String>) -> Outcome<Option<String>> {
    let Some(given) = given
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let read = Url::parse(&given)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if read.is_none() || given.chars().count() > ADDRESS_CHARS {
        return Err(Refusal::field(
            "permalink",
            "no_address",
            Words::key("post-address"),
        ));
    }
    Ok(Some(given))
}

/// One of many that are planned again together.
#[derive(Debug, Clone, Copy)]
pub struct Again {
    /// Which.
    pub id: DeliveryId,
    /// For when.
    pub at: Timestamp,
    /// The version that whoever asks has seen.
    pub version: Option<u64>,
}

/// Plans many again, all or none.
///
/// # Errors
/// As [`reschedule`]; `too_many` beyond 500.
pub async fn reschedule_many(
    web: &Web,
    by: &Guard,
    many: Vec<Again>,
    keep: Keep,
) -> Outcome<Vec<Moved>> {
    if many.is_empty() || many.len() > BULK_DELIVERIES {
        let words = Words::key("field-between")
            .with("least", 1)
            .with("most", BULK_DELIVERIES);
        return Err(Refusal::field("deliveries", "out_of_range", words));
    }
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let moved = web
        .write_if(keep, "web.deliveries_plan", move |conn| {
            let mut all = Vec::with_capacity(many.len());
            for one in many {
                let (mut work, at) = read(conn, &hand, &guard, one.id, Action::Publish)?;
                super::post_work::form_version(one.version)(work.deliveries[at].0.version)?;
                let due_at = work.instant(&When::At(one.at))?;
                plan_one(conn, &mut work, at, due_at)?;
                let warnings = work.warnings(&[at])?;
                all.push(Moved {
                    row: work.deliveries.swap_remove(at).0,
                    warnings,
                });
            }
            Ok(all)
        })
        .await?;
    nudge(web);
    Ok(moved)
}

/// Everything that is known of one.
///
/// # Errors
/// `not_found`.
pub async fn history(web: &Web, by: &Guard, id: DeliveryId) -> Outcome<History> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.history", move |conn| {
        let found = history::of(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.on(found.delivery.social_set)?;
        Ok(found)
    })
    .await
}

/// One, with its variant.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: DeliveryId) -> Outcome<(DeliveryRow, Variant)> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.delivery", move |conn| {
        let row = deliveries::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.ask(Action::Read, Some(row.social_set))?;
        let body = ledger::body(conn, workspace, id)?;
        Ok((row, body.variant))
    })
    .await
}

/// Those that have a planned time, the earliest first; only what the member may see.
///
/// # Errors
/// `not_found` for a set that they may not see.
pub async fn list(
    web: &Web,
    by: &Guard,
    wanted: Wanted,
    limit: usize,
) -> Outcome<Vec<DeliveryRow>> {
    let (workspace, guard) = (by.workspace(), by.clone());
    if let Some(set) = wanted.set {
        guard.ask(Action::Read, Some(set))?;
    }
    web.read("web.deliveries", move |conn| {
        let mut wanted = wanted;
        let mut all: Vec<DeliveryRow> = Vec::new();
        // Members of some sets only: pages are read until one is full of what they may see.
        loop {
            let page = history::list(conn, workspace, &wanted, limit)?;
            let last = page.len() < limit;
            wanted.after = page.last().and_then(|row| Some((row.due_at?, row.id)));
            all.extend(page.into_iter().filter(|row| guard.sees(row.social_set)));
            if last || all.len() >= limit || wanted.after.is_none() {
                all.truncate(limit);
                return Ok(all);
            }
        }
    })
    .await
}
