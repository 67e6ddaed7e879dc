//! The rehearsal itself is tried: eight deliberate mistakes in the engine, one at a time. Each is found within
//! twenty seeds, and the report names the promise. In a binary of its own, because a mistake is made by the
//! whole process.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow};
use engine::breakage::{self, Breakage};
use rehearsal::{Family, Plan, Report, Under, run};

/// Each is found within so many seeds.
const SEEDS: u64 = 20;
/// A test's thread has a quarter of the main thread's stack, and unoptimised futures are large.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// One mistake at a time.
static AT_IT: Mutex<()> = Mutex::new(());

fn plan(channels: usize, days: u32, faults: &[Family]) -> Plan {
    Plan {
        seed: 1,
        channels,
        days,
        faults: faults.iter().copied().collect(),
        under: Under::Sqlite,
        keep: None,
    }
}

/// Makes the mistake and rehearses until it is found by this promise (of DESIGN section 3).
fn is_found(mistake: Breakage, promise: u8, plan: &Plan) -> Result<()> {
    let _at_it = AT_IT.lock().unwrap_or_else(PoisonError::into_inner);
    let found = std::thread::scope(|scope| {
        let search = || (1..=SEEDS).find_map(|seed| finds(mistake, promise, seed, plan));
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let joined = thread.spawn_scoped(scope, search)?.join();
        joined.map_err(|_| anyhow!("it panicked, see above"))
    })?;
    let report = found.with_context(|| format!("{mistake:?} is not found"))?;
    let told = report.to_string();
    assert!(
        told.contains(&format!("BROKEN promise {promise}")),
        "{told}"
    );
    Ok(())
}

fn finds(mistake: Breakage, promise: u8, seed: u64, plan: &Plan) -> Option<Report> {
    let plan = Plan {
        seed,
        ..plan.clone()
    };
    breakage::make(Some(mistake));
    let report = run(&plan);
    breakage::make(None);
    report.ok().filter(|report| {
        let mut broken = report.broken.iter();
        broken.any(|broken| broken.promise == promise)
    })
}

#[test]
fn a_renewal_without_a_journal() -> Result<()> {
    is_found(Breakage::NoJournal, 4, &plan(4, 2, &[]))
}

#[test]
fn a_refusal_that_is_believed_without_reading_again() -> Result<()> {
    let shared = Plan {
        under: Under::Postgres {
            server: testing::postgres::cluster_url()?,
            nodes: 3,
        },
        ..plan(10, 8, &[Family::Pauses])
    };
    is_found(Breakage::NoReread, 3, &shared)
}

#[test]
fn an_outage_that_is_taken_as_the_end() -> Result<()> {
    is_found(Breakage::OutageIsDeath, 3, &plan(8, 10, &[Family::Outages]))
}

#[test]
fn a_fence_that_is_skipped() -> Result<()> {
    is_found(Breakage::FenceSkipped, 2, &plan(4, 6, &[]))
}

#[test]
fn a_post_that_is_sent_before_that_is_recorded() -> Result<()> {
    is_found(Breakage::SentBeforeRecorded, 2, &plan(4, 6, &[]))
}

#[test]
fn an_empty_secret_that_is_stored() -> Result<()> {
    is_found(
        Breakage::EmptySecretStored,
        4,
        &plan(6, 4, &[Family::Secrets]),
    )
}

#[test]
fn a_lease_that_nobody_looks_at() -> Result<()> {
    is_found(
        Breakage::LeaseUnchecked,
        2,
        &plan(12, 24, &[Family::Pauses]),
    )
}

#[test]
fn a_post_that_goes_out_however_late() -> Result<()> {
    let all: Vec<Family> = rehearsal::families().into_iter().collect();
    is_found(Breakage::LatenessIgnored, 1, &plan(12, 30, &all))
}
