//! The promises of DESIGN section 3, checked from outside over the store and the platforms' own truth:
//! every six hours, and once more at the end. What can be seen at a call is checked in `watch.rs`.

mod ends;
mod grids;
mod logins;
mod posts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::Timestamp;
use domain::ids::{ChannelGrantId, ChannelId};
use domain::schedule::HOUR_MS;
use simulator::EndFact;
use storage::promises;

use crate::book::Subject;
use crate::breaks::Breaks;
use crate::clock::sleep_ms;
use crate::nodes::Nodes;
use crate::stage::Stage;

/// How often it is looked.
const EVERY_MS: i64 = 6 * HOUR_MS;
/// In every so many rounds, whole tables are searched for rows that cross the border of a workspace.
const BORDER_EVERY: u64 = 20;

/// What the rounds count.
#[derive(Debug, Default, Clone)]
pub struct Counted {
    /// Deliveries that nothing moves or nobody was told of.
    pub lost: u64,
    /// Posts that were let go, and that a straggler showed.
    pub after_all: u64,
    /// Logins that ended although the platform had ended nothing.
    pub avoidable: u64,
    /// Ends known ahead, and those announced in time.
    pub ends: (u64, u64),
    /// Logins lost in flight, as the program says.
    pub lost_in_flight: u64,
    /// Rotations whose answer never became durable.
    pub rotated_unseen: u64,
    /// Renewals that became durable.
    pub renewals: u64,
}

/// See the head of this file.
pub struct Rounds {
    stage: Arc<Stage>,
    nodes: Arc<Nodes>,
    breaks: Arc<Breaks>,
    /// What was counted.
    pub counted: Counted,
    ended: Vec<EndFact>,
    cursor: usize,
    /// Up to when endings were judged, by workspace.
    judged: BTreeMap<usize, Timestamp>,
    /// When a login of an account last ended, by workspace.
    last: BTreeMap<(usize, String), Timestamp>,
    /// Logins that the program says were lost in flight.
    lost: BTreeMap<String, u64>,
    /// Ends that were looked at, and whether they were announced.
    known: BTreeMap<(ChannelGrantId, Timestamp), bool>,
    planned_since: BTreeMap<ChannelId, i64>,
    /// In how many rounds, one after the other, a grid was found not to be up to date.
    stale: BTreeMap<ChannelId, u32>,
    said: BTreeSet<String>,
    rounds: u64,
}

impl Rounds {
    /// No round was made yet.
    pub fn new(stage: &Arc<Stage>, nodes: &Arc<Nodes>, breaks: &Arc<Breaks>) -> Self {
        Self {
            stage: stage.clone(),
            nodes: nodes.clone(),
            breaks: breaks.clone(),
            counted: Counted::default(),
            ended: Vec::new(),
            cursor: 0,
            judged: BTreeMap::new(),
            last: BTreeMap::new(),
            lost: BTreeMap::new(),
            known: BTreeMap::new(),
            planned_since: BTreeMap::new(),
            stale: BTreeMap::new(),
            said: BTreeSet::new(),
            rounds: 0,
        }
    }

    /// Makes rounds until trouble and tidying are over; answers with what was counted.
    pub async fn keep(mut self) -> Self {
        while !self.stage.over.is_cancelled() {
            tokio::select! {
                biased;
                () = self.stage.over.cancelled() => {}
                () = sleep_ms(EVERY_MS) => self.round().await,
            }
        }
        self
    }

    /// One round. A store that cannot be read is looked at the next time.
    pub async fn round(&mut self) {
        let (new, cursor) = self.stage.sim.login_ends_since(self.cursor);
        self.cursor = cursor;
        self.ended.extend(new);
        for number in 0..self.stage.houses.len() {
            self.posts(number).await;
            self.logins(number).await;
            self.ends(number).await;
        }
        self.rounds += 1;
        if self.rounds.is_multiple_of(BORDER_EVERY) {
            self.border().await;
        }
    }

    /// Promise 9: whether anything names a row of another workspace.
    pub async fn border(&mut self) {
        let crossed = self
            .stage
            .store
            .read("rehearsal.crossed", promises::crossed)
            .await;
        if let Ok(count @ 1..) = crossed {
            self.broken_once(
                9,
                format!("{count} rows name a row of another workspace"),
                &[],
            );
        }
    }

    /// How long some process could work without hindrance, in milliseconds; 0 if none can now.
    fn able_for_ms(&self) -> i64 {
        self.nodes
            .able_since_ms(&self.stage)
            .map_or(0, |since| self.stage.sky.elapsed_ms() - since)
    }

    /// Says each thing once, however often it is seen.
    fn broken_once(&mut self, promise: u8, what: String, about: &[Subject]) -> bool {
        let new = self.said.insert(what.clone());
        if new {
            self.stage
                .book
                .broken(self.stage.sky.now(), promise, what, about);
        }
        new
    }
}
