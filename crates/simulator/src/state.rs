//! Everything the simulator remembers, in one serialisable value behind one lock.

use crate::bluesky::BlueskyState;
use crate::chance::Chance;
use crate::facebook::state::FacebookState;
use crate::facts::Facts;
use crate::faults::Faults;
use crate::instagram::InstagramState;
use crate::media::MediaStore;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Calls kept in the log.
pub const LOG_LENGTH: usize = 200;

/// The whole state. All maps are ordered, so that the same calls give the same bytes.
#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    /// Grows with every change.
    pub revision: u64,
    /// The one source of chance.
    pub chance: Chance,
    /// Rules in force.
    pub faults: Faults,
    /// Platforms that are down, by name (`instagram`, `facebook`, `bluesky`).
    pub down: BTreeSet<String>,
    /// The last calls, newest last.
    pub log: VecDeque<LogEntry>,
    /// Counts that only the simulator can know.
    pub counts: Counts,
    /// Pictures that accounts show and posts were made of.
    pub media: MediaStore,
    /// Instagram, and the Facebook people, Pages and apps that lead to it.
    pub instagram: InstagramState,
    /// Posts of Facebook Pages.
    #[serde(default)]
    pub facebook: FacebookState,
    /// Bluesky.
    pub bluesky: BlueskyState,
    /// What went out, was renewed and ended, never forgotten.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// One call in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When, by the product clock.
    pub at_ms: i64,
    /// Operation name.
    pub operation: String,
    /// Whose, when known.
    pub account: Option<String>,
    /// `ok`, an error code, or what else came of it.
    pub outcome: String,
    /// The fault that struck, when one did.
    pub fault: Option<String>,
}

/// Counts for the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Calls by operation.
    pub calls: BTreeMap<String, u64>,
    /// Token strings handed out, by account.
    pub tokens_issued: BTreeMap<String, u64>,
    /// Rotations whose answer never arrived intact, by account.
    pub rotated_unseen: BTreeMap<String, u64>,
    /// Posts that went out although their answer never arrived intact, by account.
    pub published_unseen: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds one to an account's entry.
    pub fn one_more(map: &mut BTreeMap<String, u64>, account: &str) {
        *map.entry(account.to_owned()).or_default() += 1;
    }
}

impl State {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            revision: 0,
            chance: Chance::new(seed),
            faults: Faults::default(),
            down: BTreeSet::new(),
            log: VecDeque::new(),
            counts: Counts::default(),
            media: MediaStore::default(),
            instagram: InstagramState::default(),
            facebook: FacebookState::default(),
            bluesky: BlueskyState::default(),
            facts: Facts::default(),
        }
    }

    pub(crate) fn record(&mut self, entry: LogEntry) {
        *self
            .counts
            .calls
            .entry(entry.operation.clone())
            .or_default() += 1;
        self.log.push_back(entry);
        while self.log.len() > LOG_LENGTH {
            self.log.pop_front();
        }
        self.revision += 1;
    }
}
