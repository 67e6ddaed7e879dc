//! One rehearsal from beginning to end: everything is set, trouble is let loose, then it is over, people
//! tidy up, and what is left is compared with what the platforms hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result};
use domain::delivery::StateWord;
use domain::platform::Platform;
use domain::schedule::DAY_MS;
use storage::Store;
use storage::promises::{self, TurnSeen};

use crate::breaks::{Breaks, Shows};
use crate::clock::{Sky, sleep_ms};
use crate::nodes::Nodes;
use crate::people::{Person, Tally};
use crate::plan::{Plan, Under};
use crate::promises::Rounds;
use crate::report::Report;
use crate::stage::{self, Stage};
use crate::trouble;

/// Rehearses on a thread of its own time.
///
/// # Errors
/// When the store cannot be opened or read; not when a promise is broken: the report says that.
pub fn run(plan: &Plan) -> Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(rehearse(plan))
}

async fn rehearse(plan: &Plan) -> Result<Report> {
    let passing = tempfile::tempdir()?;
    let folder = plan.keep.as_deref().unwrap_or(passing.path());
    let store = stage::open(plan, folder).await?;
    tokio::time::pause();
    let sky = Sky::begin();
    let stage = Stage::set(plan, folder, &sky, store).await?;
    let nodes = Nodes::new(plan.under.nodes());
    let (breaks, tally) = (Arc::new(Breaks::default()), Arc::new(Tally::default()));
    let mut tasks = Vec::new();
    for node in &nodes.0 {
        tasks.push(tokio::spawn(node.clone().keep(stage.clone())));
    }
    for number in 0..stage.houses.len() {
        let person = Person::new(&stage, &nodes, &breaks, &tally, number);
        tasks.push(tokio::spawn(person.live()));
    }
    // Everybody settles in before anything goes wrong.
    sleep_ms(2 * 3_600_000).await;
    tasks.extend(trouble::tasks(&stage, &nodes, &breaks));
    let rounds = tokio::spawn(Rounds::new(&stage, &nodes, &breaks).keep());
    sleep_ms(i64::from(plan.days) * DAY_MS).await;
    calm(&stage, &nodes, &breaks);
    sleep_ms(plan.tidying_ms()).await;
    stage.over.cancel();
    let mut rounds = rounds.await.context("the rounds ended early")?;
    for task in tasks {
        task.abort();
    }
    rounds.round().await;
    rounds.border().await;
    rounds.compare().await;
    rounds.weigh().await;
    let report = count(&stage, &nodes, &breaks, &tally, &rounds).await?;
    if let Under::Postgres { server, .. } = &plan.under {
        let name = format!("mainstay_rehearsal_{}", plan.seed);
        stage.store.close().await?;
        tokio::time::resume();
        Store::drop_postgres(server, &name).await?;
    }
    Ok(report)
}

/// Trouble is over: answers are whole, platforms up, clocks right, and what was taken away is given back.
fn calm(stage: &Arc<Stage>, nodes: &Nodes, breaks: &Breaks) {
    stage.calm.cancel();
    stage.sim.clear_faults();
    for platform in simulator::control::PLATFORMS {
        let up = simulator::Break::PlatformDown {
            platform: (*platform).to_owned(),
        };
        let _ = stage.sim.mend_it(up);
    }
    for clock in &stage.clocks {
        clock.set_wrong_by(0);
    }
    for account in 0..stage.accounts.len() {
        breaks.mend(stage, account);
    }
    // Processes of the calm have no bad fate.
    for node in &nodes.0 {
        if let Some(process) = node.process() {
            process.fate.kill("for the last time");
        }
    }
}

async fn count(
    stage: &Arc<Stage>,
    nodes: &Nodes,
    breaks: &Breaks,
    tally: &Tally,
    rounds: &Rounds,
) -> Result<Report> {
    let mut report = Report {
        seed: stage.plan.seed,
        channels: stage.plan.channels,
        days: stage.plan.days,
        nodes: nodes.0.len(),
        ..Report::default()
    };
    let mut people = 0_u32;
    for house in &stage.houses {
        let workspace = house.workspace;
        let read = stage.store.read("rehearsal.count", move |conn| {
            Ok((
                promises::states(conn, workspace)?,
                promises::notices(conn, workspace)?,
                promises::happened(conn, workspace)?,
            ))
        });
        let (states, notices, happened) = read.await?;
        people += 1;
        for (state, found) in states {
            report.deliveries += found;
            match state {
                StateWord::Published => report.published += found,
                StateWord::Canceled | StateWord::Dropped => report.let_go += found,
                _ => {}
            }
        }
        report.notices += notices.iter().map(|(_, found)| found).sum::<u64>();
        for (state, found) in happened {
            match state {
                StateWord::Missed => report.held += found,
                StateWord::Failed => report.refused += found,
                StateWord::Uncertain => report.uncertain += found,
                _ => {}
            }
        }
    }
    let weeks = f64::from(stage.plan.days.max(7)) / 7.0;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let notices = report.notices as f64;
    report.notices_a_week = notices / f64::from(people.max(1)) / weeks;
    (report.doubled, report.doubled_without_key, report.unlooked) = stage.watch.counts();
    let counted = &rounds.counted;
    (report.lost, report.after_all) = (counted.lost, counted.after_all);
    report.renewals = counted.renewals;
    report.avoidable = counted.avoidable;
    report.lost_in_flight = counted.lost_in_flight;
    report.rotated_unseen = counted.rotated_unseen;
    (report.ends_known, report.ends_announced) = counted.ends;
    report.sign_ins_asked = tally.asked.load(Ordering::SeqCst);
    let counted = |what| stage.book.counted(what);
    (report.calls, report.bent) = (counted("calls"), counted("bent"));
    report.most_called = stage.book.most_called();
    (report.kills, report.pauses) = (counted("kills"), counted("pauses"));
    report.database = stage.database.times.load(Ordering::SeqCst);
    know(&mut report, stage, breaks).await?;
    report.logins_broken = breaks.times.load(Ordering::SeqCst);
    (report.broken, report.untold, report.trace, report.traced) = stage.book.close();
    Ok(report)
}

/// From break to knowing, over all that ever broke.
async fn know(report: &mut Report, stage: &Stage, breaks: &Breaks) -> Result<()> {
    let mut turns: BTreeMap<(Platform, String), Vec<TurnSeen>> = BTreeMap::new();
    for house in &stage.houses {
        let workspace = house.workspace;
        let read = stage.store.read("rehearsal.turns", move |conn| {
            promises::turns(conn, workspace)
        });
        for turn in read.await? {
            let whose = (turn.platform, turn.account.clone());
            turns.entry(whose).or_default().push(turn);
        }
    }
    let begun_ms = stage.sky.now().as_millisecond() - stage.sky.elapsed_ms();
    for broken in breaks.ever() {
        let account = &stage.accounts[broken.account];
        let whose = (account.platform, account.at.account.clone());
        let known = match broken.shows {
            Shows::AtProof => &mut report.known_by_proof,
            Shows::AtSending => &mut report.known_at_sending,
        };
        known.count(
            &broken,
            turns.get(&whose).map_or(&[], Vec::as_slice),
            begun_ms,
        );
    }
    Ok(())
}
