//! Eight deliberate mistakes in the engine, one at a time: each is found, and the report names the promise.
//! The switch is for this thread, so that no test beside it makes them.

use anyhow::{Context as _, Result};
use engine::breakage::{self, Breakage};
use rehearsal::run;

use super::{plan, with_room};

/// The mistake, the promises by which it may be found (of DESIGN section 3; lateness is of promise 1), and
/// what is rehearsed until it is.
const MISTAKES: [(Breakage, &[u8]); 8] = [
    (Breakage::NoJournal, &[4]),
    (Breakage::NoReread, &[3]),
    (Breakage::OutageIsDeath, &[3]),
    (Breakage::FenceSkipped, &[2]),
    (Breakage::SentBeforeRecorded, &[2]),
    (Breakage::EmptySecretStored, &[4]),
    (Breakage::LeaseUnchecked, &[2]),
    (Breakage::LatenessIgnored, &[1]),
];
/// Each is found within so many seeds.
const SEEDS: u64 = 20;

#[test]
fn each_is_found_within_twenty_seeds() -> Result<()> {
    with_room(each)
}

fn each() -> Result<()> {
    for (mistake, promises) in MISTAKES {
        breakage::make(Some(mistake));
        let found = (1..=SEEDS).find_map(|seed| {
            let report = run(&plan(seed, 12, 30)).ok()?;
            report
                .broken
                .iter()
                .any(|broken| promises.contains(&broken.promise))
                .then_some((seed, report))
        });
        breakage::make(None);
        let (_, report) = found.with_context(|| format!("{mistake:?} is not found"))?;
        let told = report
            .broken
            .iter()
            .find(|broken| promises.contains(&broken.promise));
        assert!(
            told.is_some_and(|broken| !broken.what.is_empty()),
            "{mistake:?}: {report}"
        );
    }
    Ok(())
}
