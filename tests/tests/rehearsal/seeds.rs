//! Fixed seeds: a few that try everything, and those that once found something, by what they found.

use anyhow::Result;
use rehearsal::{Plan, Under, run};

use super::{plan, with, with_room};

/// Seeds that once broke a promise, and what was wrong. Channels and days are those of then.
const FOUND: &[(u64, usize, u32, &str)] = &[
    (
        3,
        16,
        60,
        "a post under a spam block was sent 561 times in an hour; an answer with an empty token counted as a renewal",
    ),
    (
        6,
        16,
        40,
        "a permission that was taken away was not asked for again, and 1558 spare sign-ins were renewed and proven",
    ),
    (
        9,
        16,
        40,
        "a post that came due while the process stood still waited for the next look",
    ),
];

fn kept(plan: &Plan) -> Result<rehearsal::Report> {
    let report = with_room(|| run(plan))?;
    assert!(report.is_kept(), "{report}");
    assert!(report.published > 0 && report.calls > 0, "{report}");
    Ok(report)
}

#[test]
fn the_same_seed_gives_the_same_run() -> Result<()> {
    let plan = plan(41, 8, 12);
    let (first, second) = (kept(&plan)?, kept(&plan)?);
    assert_eq!(first.trace, second.trace);
    assert_eq!(first.to_string(), second.to_string());
    let other = kept(&Plan { seed: 42, ..plan })?;
    assert_ne!(first.trace, other.trace, "another seed is another run");
    Ok(())
}

#[test]
fn without_trouble_all_goes_out_and_nobody_is_asked() -> Result<()> {
    let report = kept(&with(plan(7, 10, 12), &[]))?;
    assert_eq!(
        (report.uncertain, report.refused, report.lost_in_flight),
        (0, 0, 0)
    );
    assert_eq!(report.avoidable, 0, "{report}");
    Ok(())
}

#[test]
fn every_kind_of_trouble_at_once() -> Result<()> {
    let report = kept(&plan(1, 16, 30))?;
    assert!(
        report.kills > 0 && report.bent > 0 && report.logins_broken > 0,
        "{report}"
    );
    assert!(
        report.held > 0,
        "trouble that holds no post is none: {report}"
    );
    assert_eq!(report.lost_in_flight, report.rotated_unseen, "{report}");
    Ok(())
}

#[test]
fn what_was_found_once_is_not_found_again() -> Result<()> {
    for (seed, channels, days, what) in FOUND {
        let report = with_room(|| run(&plan(*seed, *channels, *days)))?;
        assert!(report.is_kept(), "{what}: {report}");
    }
    Ok(())
}

#[test]
fn on_postgres_with_three_nodes() -> Result<()> {
    let under = Under::Postgres {
        server: testing::postgres::cluster_url()?,
        nodes: 3,
    };
    let report = kept(&Plan {
        under,
        ..plan(5, 8, 6)
    })?;
    assert_eq!(report.nodes, 3);
    Ok(())
}
