//! Rehearsals with fixed seeds, and the rehearsal itself tried: two runs of a seed are the same, the seeds that
//! once broke a promise keep it, and each of eight deliberate mistakes is found.

mod mistakes;
mod seeds;

use std::collections::BTreeSet;

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
