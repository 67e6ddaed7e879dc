//! A person in a workspace: plans, moves, edits, calls off; looks after what is missed; signs in when
//! asked, sometimes late, sometimes as somebody else, sometimes never; unlinks and links again. When
//! trouble is over they tidy up.

mod logins;
mod posts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use domain::chance::{ChaChaChance, Chance as _};
use domain::ids::{ChannelId, DeliveryId, GrantId, PostId, SessionId};
use domain::schedule::{HOUR_MS, MINUTE_MS};
use web::access::Guard;

use crate::breaks::Breaks;
use crate::clock::sleep_ms;
use crate::marks::Mark;
use crate::nodes::Nodes;
use crate::stage::{House, Stage};

/// What all people count together.
#[derive(Default)]
pub struct Tally {
    /// The next mark.
    pub marks: AtomicU32,
    /// Sign-ins that were asked.
    pub asked: AtomicU64,
    /// Sign-ins as somebody else that changed nothing.
    pub strangers: AtomicU64,
}

/// A post as its maker remembers it.
#[derive(Debug, Clone)]
struct Remembered {
    post: PostId,
    places: Vec<(ChannelId, Mark)>,
    due_ms: i64,
}

/// When a person means to look after a channel, in milliseconds of the rehearsal.
#[derive(Debug, Clone, Copy)]
struct Appointment {
    at_ms: i64,
    stranger_first: bool,
}

/// See the head of this file.
pub struct Person {
    stage: Arc<Stage>,
    nodes: Arc<Nodes>,
    breaks: Arc<Breaks>,
    tally: Arc<Tally>,
    number: usize,
    house: House,
    guard: Guard,
    browser: SessionId,
    chance: ChaChaChance,
    posts: Vec<Remembered>,
    appointments: BTreeMap<ChannelId, Appointment>,
    asked: BTreeSet<(ChannelId, GrantId)>,
    unlinked: BTreeMap<ChannelId, i64>,
    puzzled: BTreeMap<DeliveryId, i64>,
}

impl Person {
    /// The person of a workspace.
    pub fn new(
        stage: &Arc<Stage>,
        nodes: &Arc<Nodes>,
        breaks: &Arc<Breaks>,
        tally: &Arc<Tally>,
        number: usize,
    ) -> Self {
        let house = stage.houses[number].clone();
        let chance = stage.chance_of("person", number as u64);
        let browser = domain::ids::Id::new(stage.sky.now(), &chance);
        Self {
            stage: stage.clone(),
            nodes: nodes.clone(),
            breaks: breaks.clone(),
            tally: tally.clone(),
            number,
            guard: Guard::in_the_name_of(house.member.clone()),
            house,
            browser,
            chance,
            posts: Vec::new(),
            appointments: BTreeMap::new(),
            asked: BTreeSet::new(),
            unlinked: BTreeMap::new(),
            puzzled: BTreeMap::new(),
        }
    }

    /// Lives until all is over.
    pub async fn live(mut self) {
        let mut settled = false;
        while !self.stage.over.is_cancelled() {
            if let Some(process) = self.nodes.any(self.number) {
                if settled {
                    self.look_after_logins(&process).await;
                    self.look_after_posts(&process).await;
                    self.plan(&process).await;
                    self.change_something(&process).await;
                } else {
                    settled = self.settle_in(&process).await;
                }
            }
            let wait = if !settled {
                MINUTE_MS
            } else if self.is_tidying() {
                HOUR_MS
            } else {
                2 * HOUR_MS + self.below(8 * HOUR_MS)
            };
            sleep_ms(wait).await;
        }
    }

    fn is_tidying(&self) -> bool {
        self.stage.calm.is_cancelled()
    }

    fn below(&self, limit: i64) -> i64 {
        let limit = u64::try_from(limit).unwrap_or(0);
        i64::try_from(self.chance.below(limit)).unwrap_or(0)
    }

    /// One time in so many.
    fn once_in(&self, times: u64) -> bool {
        self.chance.below(times) == 0
    }

    fn next_mark(&self) -> Mark {
        Mark(self.tally.marks.fetch_add(1, Ordering::SeqCst))
    }
}
