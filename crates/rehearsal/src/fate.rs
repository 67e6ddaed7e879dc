//! The fate of one process: at every write and call it may go on, die, stand still, or find the database
//! away. What dies is dropped where it stands; only what is committed is left.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::chance::{ChaChaChance, Chance as _};
use storage::{Gate, Weather};
use tokio_util::sync::CancellationToken;

use crate::book::{Book, Subject};
use crate::clock::{Sky, sleep_ms};

/// How likely things are at one point, in millionths.
#[derive(Debug, Clone, Copy, Default)]
pub struct Odds {
    /// To be killed there.
    pub kill: u64,
    /// To stand still there.
    pub pause: u64,
    /// To stand still with a call in the hand, its first byte not yet sent.
    pub pause_in_call: u64,
    /// That the answer to a write is lost although it is stored.
    pub answer_lost: u64,
}

/// What happens to the database that all processes share.
#[derive(Default)]
pub struct Database {
    away_until_ms: AtomicI64,
    full_until_ms: AtomicI64,
    /// Times that it was away, full, or lost an answer.
    pub times: AtomicU64,
}

impl Database {
    /// Out of reach until then (milliseconds of the rehearsal).
    pub fn away_until(&self, ms: i64) {
        self.away_until_ms.fetch_max(ms, Ordering::SeqCst);
        self.times.fetch_add(1, Ordering::SeqCst);
    }

    /// Without room until then.
    pub fn full_until(&self, ms: i64) {
        self.full_until_ms.fetch_max(ms, Ordering::SeqCst);
        self.times.fetch_add(1, Ordering::SeqCst);
    }

    /// The last moment that is known to be troubled.
    pub fn troubled_until_ms(&self) -> i64 {
        let [away, full] =
            [&self.away_until_ms, &self.full_until_ms].map(|until| until.load(Ordering::SeqCst));
        away.max(full)
    }

    fn now(&self, ms: i64, writes: bool) -> Weather {
        if ms < self.away_until_ms.load(Ordering::SeqCst) {
            Weather::Away
        } else if writes && ms < self.full_until_ms.load(Ordering::SeqCst) {
            Weather::Full
        } else {
            Weather::Fair
        }
    }
}

/// See the head of this file.
pub struct Fate {
    /// Which node it is on.
    pub node: usize,
    /// True time.
    pub sky: Sky,
    /// Where it is written down.
    pub book: Arc<Book>,
    /// Whether it is over.
    pub dead: CancellationToken,
    database: Arc<Database>,
    odds: Odds,
    chance: ChaChaChance,
    still_until_ms: Mutex<i64>,
}

impl Fate {
    /// The fate of a new process.
    pub fn new(
        node: usize,
        sky: &Sky,
        book: &Arc<Book>,
        database: &Arc<Database>,
        odds: Odds,
        seed: u64,
    ) -> Arc<Self> {
        Arc::new(Self {
            node,
            sky: sky.clone(),
            book: book.clone(),
            dead: CancellationToken::new(),
            database: database.clone(),
            odds,
            chance: ChaChaChance::from_seed(seed),
            still_until_ms: Mutex::new(0),
        })
    }

    /// Kills it.
    pub fn kill(&self, why: &str) {
        if !self.dead.is_cancelled() {
            self.note(format!("node {} is killed {why}", self.node));
            self.book.count("kills");
            self.dead.cancel();
        }
    }

    /// It has stopped by itself; whatever people were doing in it ends too.
    pub fn end(&self) {
        self.dead.cancel();
    }

    /// Lets it stand still for so long, as `SIGSTOP` does.
    pub fn stand_still(&self, ms: i64, why: &str) {
        self.note(format!(
            "node {} stands still for {} s {why}",
            self.node,
            ms / 1000
        ));
        self.book.count("pauses");
        let mut until = self.still();
        *until = (*until).max(self.sky.elapsed_ms() + ms);
    }

    /// Until when it stands still.
    pub fn still_until_ms(&self) -> i64 {
        *self.still()
    }

    fn still(&self) -> std::sync::MutexGuard<'_, i64> {
        self.still_until_ms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, line: String) {
        self.book
            .note(self.sky.now(), Subject::Node(self.node), line);
    }

    fn strikes(&self, millionths: u64) -> bool {
        millionths > 0 && self.chance.below(1_000_000) < millionths
    }

    /// Waits while the process stands still, and for ever once it is dead.
    pub async fn live(&self) {
        loop {
            if self.dead.is_cancelled() {
                std::future::pending::<()>().await;
            }
            let wait = self.still_until_ms() - self.sky.elapsed_ms();
            if wait <= 0 {
                return;
            }
            sleep_ms(wait).await;
        }
    }
}

/// Renewing and showing: where another node takes over what this one is about to do.
fn is_in_call(point: &str) -> bool {
    let renews_or_shows = ["renew", "refresh", "publish", "put_record", "feed"];
    point.starts_with("call:")
        && point.ends_with(":before")
        && renews_or_shows.iter().any(|word| point.contains(word))
}

impl Gate for Fate {
    fn pass<'a>(&'a self, point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if !self.dead.is_cancelled() {
            self.book.trace(self.sky.now(), point);
            if self.strikes(self.odds.kill) {
                self.kill(&format!("at {point}"));
            } else if is_in_call(point) && self.strikes(self.odds.pause_in_call) {
                // Longer than lease and call, so that another node takes over.
                let ms = 180_000 + self.chance.below(8 * 3_600_000);
                self.stand_still(
                    i64::try_from(ms).unwrap_or(0),
                    &format!("with {point} in its hand"),
                );
            } else if self.strikes(self.odds.pause) {
                let ms = match self.chance.below(4) {
                    0 => 1_000 + self.chance.below(20_000),
                    1 | 2 => 60_000 + self.chance.below(180_000),
                    _ => 600_000 + self.chance.below(3_600_000),
                };
                self.stand_still(i64::try_from(ms).unwrap_or(0), &format!("at {point}"));
            }
        }
        Box::pin(self.live())
    }

    fn weather(&self, name: &str, writes: bool) -> Weather {
        let weather = self.database.now(self.sky.elapsed_ms(), writes);
        if weather == Weather::Fair && writes && self.strikes(self.odds.answer_lost) {
            self.database.times.fetch_add(1, Ordering::SeqCst);
            self.note(format!("node {}: the answer to {name} is lost", self.node));
            return Weather::AnswerLost;
        }
        weather
    }
}
