//! `mainstay simulate`: rehearses seeds, prints what was counted, and fails if a promise was broken.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::clock::{BootClock as _, SystemClock};
use rehearsal::{Plan, Under, families, run};

use crate::cli::Simulate;
use crate::say;
use crate::trouble::{Result, Trouble};

/// Nodes on PostgreSQL, where the command line names no number.
const NODES: usize = 3;

/// Rehearses all seeds.
///
/// # Errors
/// When a store cannot be opened, or a promise was broken.
pub fn simulate(how: &Simulate) -> Result<()> {
    let plan = plan(how)?;
    let (mut broken, mut channel_days) = (Vec::new(), 0);
    let clock = SystemClock;
    let began_ms = clock.boot_ms();
    for seed in how.seed..how.seed.saturating_add(how.seeds.max(1)) {
        let seed_began_ms = clock.boot_ms();
        let plan = Plan {
            seed,
            ..plan.clone()
        };
        let report =
            run(&plan).map_err(|error| Trouble::plain(format!("seed {seed}: {error:#}")))?;
        let took = since(&clock, seed_began_ms);
        channel_days += report.channel_days();
        if how.seeds <= 1 || !report.is_kept() || how.verbose {
            say::line(format_args!("{report}"));
        }
        if how.seeds > 1 {
            let word = if report.is_kept() { "kept" } else { "BROKEN" };
            say::line(format_args!(
                "seed {seed}: {word}, {} deliveries, {} doubled, {} lost, {:.1} s",
                report.deliveries,
                report.doubled,
                report.lost,
                took.as_secs_f64()
            ));
        }
        if !report.is_kept() {
            broken.push(seed);
        }
    }
    let took = since(&clock, began_ms).as_secs_f64().max(0.001);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let speed = channel_days as f64 / took;
    say::line(format_args!(
        "{} seeds, {channel_days} channel-days in {took:.1} s: {speed:.0} a second",
        how.seeds.max(1)
    ));
    if broken.is_empty() {
        return Ok(());
    }
    Err(Trouble::plain(format!(
        "promises were broken with these seeds: {broken:?}"
    )))
}

fn since(clock: &SystemClock, began_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(clock.boot_ms() - began_ms).unwrap_or(0))
}

fn plan(how: &Simulate) -> Result<Plan> {
    let faults = match how.faults.as_str() {
        "all" => families(),
        "none" => BTreeSet::new(),
        list => list
            .split(',')
            .map(|word| {
                word.trim()
                    .parse()
                    .map_err(|error: String| Trouble::plain(error))
            })
            .collect::<Result<_>>()?,
    };
    let under = match how.store {
        crate::cli::StoreKind::Sqlite => Under::Sqlite,
        crate::cli::StoreKind::Postgres => Under::Postgres {
            server: how
                .database
                .clone()
                .ok_or_else(|| Trouble::plain("--store postgres needs --database postgres://…"))?,
            nodes: how.nodes.unwrap_or(NODES).max(1),
        },
    };
    Ok(Plan {
        seed: how.seed,
        channels: how.channels.max(1),
        days: how.days.max(1),
        faults,
        under,
        keep: how.keep.clone(),
    })
}
