//! Publishing: a delivery goes out at its hour, once.
//!
//! The lease saves work. Correctness comes from the ledger: a step that shows the post has a durable
//! fence before its call, what came back is durable before anything follows, and a fence without an
//! outcome is looked at, never sent again blindly. `decide.rs` says what is to be done, purely;
//! `act.rs` calls; `record.rs` writes what went well, `failed.rs` what did not.

mod act;
mod begin;
mod decide;
mod failed;
pub(crate) mod fresh;
mod record;
mod straggler;
pub(crate) mod work;

pub(crate) use begin::hex;
pub(crate) use record::out;

use storage::deliveries::{self, DeliveryRow, Taker};

use crate::cx::{Cx, Held};
use crate::error::Result;
use crate::reconciler::Report;
use crate::unreadable::{self, What};
use decide::Decision;
use work::Work;

/// One run: takes deliveries on which the engine is to act, and drives each as far as it goes now.
///
/// # Errors
/// When the claim fails; what goes wrong with one delivery leaves it to be found again.
pub async fn step(cx: &Cx) -> Result<Report> {
    let (claim, ends_boot_ms) = cx.claim();
    let full = claim.limit;
    let write = move |conn: &mut storage::Conn<'_>| deliveries::claim(conn, Taker::Publish, &claim);
    let due = cx.store.write("publish.claim", write).await?;
    let count = due.taken();
    unreadable::tell(cx, What::Delivery, due.unreadable).await;
    let work = due.rows.into_iter().filter_map(|row| {
        let held = Held {
            lease: row.lease?,
            ends_boot_ms,
        };
        Some(async move {
            let id = row.id;
            (id, drive(cx, row, held).await)
        })
    });
    let mut report = Report {
        done: 0,
        troubled: 0,
        more: count == full,
    };
    for (id, outcome) in crate::reconciler::all(work, cx.bounds.in_flight).await {
        match outcome {
            Ok(()) => report.done += 1,
            Err(error) if error.is_stale() => report.done += 1,
            Err(error) => {
                report.troubled += 1;
                tracing::warn!(delivery = %id, %error, "a delivery could not be driven on");
            }
        }
    }
    Ok(report)
}

/// Drives one delivery until it waits for something or has ended.
async fn drive(cx: &Cx, row: DeliveryRow, mut held: Held) -> Result<()> {
    let mut work = Work::load(cx, row).await?;
    // Every turn of this loop writes progress; a platform that answers "begin again" for ever is cut off.
    for _ in 0..MAX_TURNS {
        let decision = decide::decide(&work, cx.now())?;
        let moved = match decision {
            Decision::Wait(at) => return record::wait(cx, &work, held, at).await,
            Decision::Miss(reason) => return record::miss(cx, &work, held, reason).await,
            Decision::Remind => return record::remind(cx, &work, held).await,
            Decision::Cancel => return record::cancel(cx, &work, held).await,
            Decision::LookFirst => return record::look_first(cx, &work, held).await,
            Decision::Finish(published) => return record::finish(cx, &work, held, published).await,
            Decision::Unread(evidence) => {
                return failed::unread(cx, &work, held, evidence).await;
            }
            Decision::Begin => begin::begin(cx, &work, held).await?,
            Decision::Step(plan) => act::act(cx, &mut work, held, &plan).await?,
        };
        match moved {
            Moved::On(next) => held = next,
            Moved::Away => return Ok(()),
        }
        work = Work::load(cx, work.row).await?;
    }
    let at = domain::schedule::plus_ms(cx.now(), domain::schedule::MINUTE_MS);
    record::wait(cx, &work, held, at).await
}

/// More steps than any post has; beyond it the delivery is left for a minute.
const MAX_TURNS: usize = 100;

/// Where a piece of work left the delivery.
enum Moved {
    /// There is more to do now, under this lease.
    On(Held),
    /// It waits or has ended; the lease is free.
    Away,
}
