//! Rehearsals with fixed seeds: two runs of a seed are the same, and the seeds that once broke a promise keep it.
//! That the rehearsal finds what is wrong is tried in `mistakes.rs`.

mod seeds;

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use rehearsal::{Family, Plan, Under, families};

/// A plan on SQLite with every kind of trouble.
fn plan(seed: u64, channels: usize, days: u32) -> Plan {
    Plan {
        seed,
        channels,
        days,
        faults: families(),
        under: Under::Sqlite,
        keep: None,
    }
}

/// The same with some kinds of trouble only.
fn with(plan: Plan, faults: &[Family]) -> Plan {
    Plan {
        faults: faults.iter().copied().collect::<BTreeSet<_>>(),
        ..plan
    }
}

/// A test's thread has a quarter of the main thread's stack, and unoptimised futures are large.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Does it on a thread with room.
fn with_room<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let joined = thread.spawn_scoped(scope, work)?.join();
        joined.map_err(|_| anyhow!("it panicked, see above"))?
    })
}
