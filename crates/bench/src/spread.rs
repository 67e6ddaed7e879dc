//! P7, spread: how many renewals fall into the fullest minute, by the engine's own rule with its jitter, against a
//! planner that refreshes at the very end. Reckoned over a year, counted in the last two lives; nothing is sent.
//!
//! Two beginnings: sign-ins at moments without any order (then no minute can be emptier than chance makes it: the
//! floor is told beside), and everybody imported within an hour, where only the jitter draws them apart.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use domain::Timestamp;
use domain::chance::{ChaChaChance, Chance as _};
use domain::grant::{End, EndSource, Ends, Mechanism};
use domain::renewal::{Keep, keep_alive_at};
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between, plus_ms};

use crate::gauge::{float, say};

/// How long a token lives, in milliseconds.
const LIFE_MS: i64 = 60 * DAY_MS;
/// How long it is reckoned, in milliseconds, and from when on it is counted.
const YEAR_MS: i64 = 360 * DAY_MS;
const COUNTED_FROM_MS: i64 = YEAR_MS - LIFE_MS;

/// The sizes of a run.
#[derive(Args)]
pub struct Options {
    /// Grants.
    #[arg(long, default_value_t = 1_000_000)]
    grants: usize,
}

#[derive(Clone, Copy)]
enum Rule {
    /// The engine's: two thirds of the life, up to a tenth earlier, drawn anew for each generation.
    Engine,
    /// At the very end, as others do.
    AtExpiry,
}

#[derive(Clone, Copy)]
enum Begin {
    AnyMoment,
    WithinAnHour,
}

fn next(rule: Rule, fresh_since: Timestamp, chance: &ChaChaChance) -> Timestamp {
    let end = plus_ms(fresh_since, LIFE_MS);
    let ends = Ends {
        sliding_end: Some(End {
            at: end,
            source: EndSource::Answer,
        }),
        ..Ends::default()
    };
    match rule {
        Rule::AtExpiry => end,
        Rule::Engine => keep_alive_at(Keep {
            mechanism: Mechanism::Extend,
            ends: &ends,
            fresh_since,
            earliest_ms: DAY_MS,
            jitter_permille: u16::try_from(chance.below(1_000)).unwrap_or(0),
        })
        .unwrap_or(end),
    }
}

/// Renewals by minute, in the last life of the year.
fn minutes(grants: usize, begin: Begin, rule: Rule) -> BTreeMap<i64, u32> {
    let chance = ChaChaChance::from_seed(7);
    let start = Timestamp::UNIX_EPOCH;
    let mut minutes = BTreeMap::new();
    for _ in 0..grants {
        let within = match begin {
            Begin::AnyMoment => LIFE_MS,
            Begin::WithinAnHour => HOUR_MS,
        };
        let offset = chance.below(u64::try_from(within).unwrap_or(1));
        let mut at = plus_ms(start, i64::try_from(offset).unwrap_or(0));
        loop {
            at = next(rule, at, &chance);
            let ms = ms_between(start, at);
            if ms >= YEAR_MS {
                break;
            }
            if ms >= COUNTED_FROM_MS {
                *minutes.entry(ms / MINUTE_MS).or_insert(0) += 1;
            }
        }
    }
    minutes
}

fn peak_to_mean(minutes: &BTreeMap<i64, u32>, of_minutes: i64) -> (f64, f64) {
    let mut bins: BTreeMap<i64, u64> = BTreeMap::new();
    for (minute, count) in minutes {
        *bins.entry(minute / of_minutes).or_insert(0) += u64::from(*count);
    }
    let (peak, all) = (
        bins.values().copied().max().unwrap_or(0),
        bins.values().sum::<u64>(),
    );
    let mean = float(all) * float(of_minutes) / float(LIFE_MS / MINUTE_MS);
    (float(peak) / mean, mean)
}

/// What chance alone makes of as many, thrown into as many minutes.
fn floor(all: u64) -> f64 {
    let chance = ChaChaChance::from_seed(11);
    let minutes = u64::try_from(LIFE_MS / MINUTE_MS).unwrap_or(1);
    let mut bins: BTreeMap<u64, u64> = BTreeMap::new();
    for _ in 0..all {
        *bins.entry(chance.below(minutes)).or_insert(0) += 1;
    }
    let peak = bins.values().copied().max().unwrap_or(0);
    float(peak) / (float(all) / float(minutes))
}

/// Reckons and prints.
///
/// # Errors
/// Never; the other benches may fail.
pub fn run(options: &Options) -> Result<()> {
    for (begin, words) in [
        (Begin::AnyMoment, "signed in at any moment"),
        (Begin::WithinAnHour, "all imported within an hour"),
    ] {
        for (rule, who) in [
            (Rule::Engine, "engine"),
            (Rule::AtExpiry, "at the very end"),
        ] {
            let minutes = minutes(options.grants, begin, rule);
            let all: u64 = minutes.values().map(|count| u64::from(*count)).sum();
            let (minute, mean) = peak_to_mean(&minutes, 1);
            let (hour, _) = peak_to_mean(&minutes, 60);
            say(format_args!(
                "P7, {} grants {words}, {who}: {all} renewals in 60 days, {mean:.1} a minute; fullest minute {minute:.2} \
                 times that (chance alone {:.2}), fullest hour {hour:.2}",
                options.grants,
                floor(all)
            ));
        }
    }
    Ok(())
}
