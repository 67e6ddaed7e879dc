//! The rounds: posts fall due while processes are killed, paused and started again; then both sides are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use domain::Timestamp;
use domain::chance::Chance;
use domain::clock::{Clock as _, SystemClock};
use domain::schedule::plus_ms;
use serde_json::json;
use simulator::Simulator;
use tempfile::TempDir;

use super::blows::{Blow, Round};
use super::books::Promise;
use super::channels::Channel;
use super::door::Door;
use super::node::{Node, Plan};
use super::owner::Owner;
use super::report::{Report, ms, say};
use super::snapshot::{self, Snapshot};
use super::stage::LONG_PAUSE;

/// How long a round waits for its posts; what takes longer goes on while the next rounds strike.
const ROUND_WAIT_MS: i64 = 1_500;
/// A pause beyond lease and longest call, after which others have taken over.
const LONG_PAUSE_MS: i64 = 160_000;
/// The word of a platform that a token has ended is believed of one that is a minute old.
const TOKEN_BELIEVED_MS: i64 = 62_000;
/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    Sqlite,
    Postgres,
}

/// A delivery that a blow met, and from when on its resumption is counted.
pub(super) struct Met {
    pub(super) round: u64,
    pub(super) struck_at: Timestamp,
    pub(super) from: Timestamp,
    pub(super) paused: bool,
}

/// See the head of this file.
pub struct Rounds {
    pub(super) under: Under,
    pub(super) seed: u64,
    pub(super) chance: Arc<dyn Chance>,
    pub(super) begun_at: Timestamp,
    pub(super) plan: Plan,
    pub(super) nodes: Vec<Node>,
    /// The node that sleeps beyond its leases, and until when.
    pub(super) asleep: Option<(usize, Timestamp)>,
    /// In which round the next one falls asleep.
    pub(super) next_sleep: u64,
    pub(super) door: Door,
    pub(super) sim: Simulator,
    pub(super) owner: Owner,
    pub(super) set: String,
    pub(super) channels: Vec<Channel>,
    pub(super) books: Vec<Promise>,
    pub(super) open: BTreeSet<usize>,
    pub(super) met: BTreeMap<String, Met>,
    pub(super) report: Report,
    /// Answers that this round's faults are to lose.
    pub(super) losing: u64,
    pub(super) folder: TempDir,
}

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

pub(super) async fn sleep_ms(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

impl Rounds {
    /// So many rounds, and then as long as all need to come to rest.
    pub async fn play(&mut self, rounds: u64) -> Result<()> {
        for number in 1..=rounds {
            self.sleepers(number).await?;
            self.round(number)
                .await
                .with_context(|| format!("round {number}"))?;
            if number % 10 == 0 {
                say(&format!(
                    "{:?}: round {number} of {rounds}, {} posts, {} open, {} lost, {} doubled",
                    self.under,
                    self.books.len(),
                    self.open.len(),
                    self.report.lost,
                    self.report.doubled
                ));
            }
        }
        self.come_to_rest().await
    }

    /// Prints the count. An error where a promise was broken; then the folder with data and logs is kept.
    pub async fn end(mut self, played: Result<()>) -> Result<()> {
        let report = &mut self.report;
        report.posts = self.books.len() as u64;
        let took_s = ms(self.begun_at, now()) / 1_000;
        let name = format!("{:?}", self.under);
        say(&report.summary(&name, self.seed, took_s));
        for node in &mut self.nodes {
            // It may have ended by itself; that was told.
            let _ = node.kill().await;
        }
        if played.is_ok() && report.broken.is_empty() {
            return Ok(());
        }
        let kept = self.folder.keep();
        say(&format!("data and logs are kept in {}", kept.display()));
        played?;
        bail!(
            "{} promises were broken; the first: {}",
            report.broken.len(),
            report.broken[0]
        )
    }

    /// Which nodes can be struck.
    fn awake(&self) -> Vec<usize> {
        let asleep = self.asleep.map(|(node, _)| node);
        (0..self.nodes.len())
            .filter(|node| Some(*node) != asleep)
            .collect()
    }

    async fn round(&mut self, number: u64) -> Result<()> {
        let awake = self.awake();
        let round = Round::decide(self.chance.as_ref(), awake.len(), self.channels.len());
        self.report.rounds += 1;
        self.report.answers_lost += self.struck_faults();
        self.sim.clear_faults();
        for fault in &round.faults {
            self.sim.add_fault(fault.clone());
        }
        // The first is the delay.
        self.losing = round.faults.len() as u64 - 1;
        let ended = self.end_tokens()?;
        let mut new = self.promises(number, &round, &ended);
        let owner = self.owner.clone();
        let planning = async {
            for promise in &mut new {
                promise.plan(&owner).await?;
            }
            anyhow::Ok(())
        };
        let extending = Self::extend(&owner, self.extended(&round), round.extend_ms);
        let striking = self.strike(number, &round, &awake);
        let (planned, struck, ()) = tokio::join!(planning, striking, extending);
        planned?;
        struck?;
        for mut promise in new {
            if promise.delivery.is_none() && promise.plan_surely(&self.owner).await? {
                self.report.outcomes_unknown += 1;
            }
            self.open.insert(self.books.len());
            self.books.push(promise);
        }
        self.wait(ROUND_WAIT_MS).await?;
        self.mend().await?;
        for node in &mut self.nodes {
            if node.fell()? {
                bail!("node {} ended by itself", node.number);
            }
        }
        Ok(())
    }

    /// The posts of a round; the first ones on the channels whose tokens have ended.
    fn promises(&self, number: u64, round: &Round, ended: &[usize]) -> Vec<Promise> {
        let begun_at = now();
        let each = round.due_ms.iter().zip(&round.channels).enumerate();
        each.map(|(place, (due_ms, channel))| {
            let text = format!("Round {number}, post {place}: bread of the day");
            let due_at = plus_ms(begun_at, *due_ms);
            let channel = &self.channels[*ended.get(place).unwrap_or(channel)];
            Promise::new(text, &self.set, channel, due_at, self.seed)
        })
        .collect()
    }

    /// Ends access tokens before their time, so that posts need new ones: of channels whose token is old enough for that
    /// to be believed, a few at once. Answers which.
    fn end_tokens(&mut self) -> Result<Vec<usize>> {
        let mut ended = Vec::new();
        for at in 0..self.channels.len() {
            let channel = &mut self.channels[at];
            let old = ms(channel.fresh_at, now()) > TOKEN_BELIEVED_MS;
            if channel.ends && old && ended.len() < 2 {
                channel.fresh_at = now();
                let did = channel.handle.clone();
                let what = simulator::bluesky::Break::EndAccessToken { did };
                self.sim.break_it(what)?;
                ended.push(at);
            }
        }
        Ok(ended)
    }

    /// *Extend now*, by whoever asks for it in the midst of a round. The answer is nobody's matter.
    async fn extend(owner: &Owner, path: Option<String>, after_ms: u64) {
        if let Some(path) = path {
            sleep_ms(after_ms).await;
            let _ = owner
                .once(http::Method::POST, &path, Some(&json!({})), None)
                .await;
        }
    }

    /// The channel whose login is extended in this round.
    fn extended(&self, round: &Round) -> Option<String> {
        let able: Vec<&Channel> = self.channels.iter().filter(|one| one.rotates()).collect();
        let one = able.get(round.extend? % able.len().max(1))?;
        Some(format!("/api/v1/channels/{}/extend", one.id))
    }

    /// Answers that faults other than delays have lost so far in this round.
    pub(super) fn struck_faults(&self) -> u64 {
        let calls = self.sim.faults();
        let loses = |fault: &&simulator::ActiveFault| {
            !matches!(fault.fault.effect, simulator::Effect::Delay { .. })
        };
        // A fault that struck as often as it may is gone from the list.
        let left = calls.iter().filter(loses).count() as u64;
        self.losing.saturating_sub(left)
    }

    async fn strike(&mut self, number: u64, round: &Round, awake: &[usize]) -> Result<()> {
        sleep_ms(round.blow_ms).await;
        let node = awake[round.node % awake.len()];
        let targets = match round.blow {
            Blow::KillAll => awake.to_vec(),
            _ => vec![node],
        };
        if let Blow::Pause(millis) | Blow::PauseAndKill(millis) = round.blow {
            self.report.pauses += 1;
            self.nodes[node].pause().await?;
            sleep_ms(millis).await;
            if round.blow == Blow::Pause(millis) {
                return self.nodes[node].wake().await;
            }
        }
        let mut runs = Vec::new();
        let since = self.nodes[node].started_at.as_millisecond();
        for target in &targets {
            let node = &mut self.nodes[*target];
            node.kill().await?;
            self.door.leave_out(node.address);
            runs.extend(node.run.take());
            self.report.kills += 1;
        }
        let struck_at = now();
        let seen = self.snapshot().await?;
        let mut back_at = (targets.len() < awake.len()).then_some(struck_at);
        for target in &targets {
            let node = self.start(*target).await?;
            back_at = back_at.or(Some(node));
        }
        let from = back_at.unwrap_or(struck_at);
        self.meet(number, &seen, &runs, struck_at, from, false);
        let theirs = seen
            .intents
            .iter()
            .filter(|(by, begun_at_ms)| match self.under {
                Under::Sqlite => *begun_at_ms >= since,
                Under::Postgres => runs_has(&runs, *by),
            });
        self.report.met_renewing += theirs.count() as u64;
        Ok(())
    }

    pub(super) async fn snapshot(&self) -> Result<Snapshot> {
        match &self.plan.database {
            Some(url) => snapshot::of_postgres(url).await,
            None => snapshot::of_sqlite(&self.plan.data().join("mainstay.db")),
        }
    }

    /// Starts a node anew; when it was ready.
    async fn start(&mut self, number: usize) -> Result<Timestamp> {
        let node = self.plan.start(number, false, self.chance.as_ref()).await?;
        self.report
            .starts_ms
            .push(ms(node.started_at, node.ready_at));
        let ready_at = node.ready_at;
        self.door.let_in(node.address);
        self.nodes[number] = node;
        Ok(ready_at)
    }

    /// Notes what the blow met. On SQLite all that was due waits for the next start; where nodes share a database,
    /// what the struck ones held.
    fn meet(
        &mut self,
        round: u64,
        seen: &Snapshot,
        runs: &[String],
        struck_at: Timestamp,
        from: Timestamp,
        paused: bool,
    ) {
        for one in &seen.waiting {
            let theirs = one
                .held_by
                .is_some_and(|by| self.under == Under::Sqlite || runs.contains(&by.to_string()));
            self.report.met_held += u64::from(theirs);
            self.report.met_sending += u64::from(theirs && one.sending);
            let due = one.act_at_ms <= struck_at.as_millisecond();
            if theirs || (due && self.under == Under::Sqlite) {
                let met = Met {
                    round,
                    struck_at,
                    from,
                    paused,
                };
                self.met.entry(one.delivery.to_string()).or_insert(met);
            }
        }
    }

    /// On PostgreSQL, now and then: one node sleeps beyond its leases while the rounds go on with the other.
    async fn sleepers(&mut self, number: u64) -> Result<()> {
        match self.asleep {
            Some((node, until)) if now() >= until => {
                self.next_sleep = number + LONG_PAUSE.1;
                self.wake(node).await
            }
            None if self.under == Under::Postgres && number >= self.next_sleep => {
                let node = usize::try_from(self.chance.below(2))?;
                self.fall_asleep(number, node).await
            }
            _ => Ok(()),
        }
    }

    /// In the midst of work: posts are due, and the node is stopped as soon as it holds one.
    async fn fall_asleep(&mut self, number: u64, node: usize) -> Result<()> {
        self.report.answers_lost += self.struck_faults();
        self.losing = 0;
        self.sim.clear_faults();
        let slow = simulator::Effect::Delay { ms: 300 };
        self.sim.add_fault(simulator::Fault::always("*", slow));
        let channels: Vec<Channel> = self.channels.clone();
        for (place, channel) in channels.iter().enumerate() {
            let text = format!("Round {number}, asleep {place}: bread of the day");
            let due_at = plus_ms(now(), 400);
            let mut promise = Promise::new(text, &self.set, channel, due_at, self.seed);
            promise.plan_surely(&self.owner).await?;
            self.open.insert(self.books.len());
            self.books.push(promise);
        }
        let run = self.nodes[node].run.clone().into_iter().collect::<Vec<_>>();
        for _ in 0..200 {
            let seen = self.snapshot().await?;
            let holds = |by: domain::ids::IncarnationId| runs_has(&run, by);
            if seen.waiting.iter().filter_map(|one| one.held_by).any(holds) {
                break;
            }
            sleep_ms(10).await;
        }
        self.door.leave_out(self.nodes[node].address);
        self.nodes[node].pause().await?;
        let struck_at = now();
        let seen = self.snapshot().await?;
        self.meet(number, &seen, &run, struck_at, struck_at, true);
        self.report.long_pauses += 1;
        self.asleep = Some((node, plus_ms(struck_at, LONG_PAUSE_MS)));
        say(&format!("node {node} sleeps for {LONG_PAUSE_MS} ms"));
        Ok(())
    }

    pub(super) async fn wake(&mut self, node: usize) -> Result<()> {
        self.asleep = None;
        self.nodes[node].wake().await?;
        self.door.let_in(self.nodes[node].address);
        say(&format!("node {node} is awake again"));
        Ok(())
    }
}

fn runs_has(runs: &[String], by: domain::ids::IncarnationId) -> bool {
    runs.contains(&by.to_string())
}
