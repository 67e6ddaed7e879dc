//! What every reconciler works with, passed in whole: store, vault, clocks, chance, the way out. Two
//! engines in one test differ only in this.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};

use async_trait::async_trait;
use domain::Timestamp;
use domain::chance::Chance;
use domain::clock::Clocks;
use domain::ids::{Id, IncarnationId};
use domain::schedule::{MINUTE_MS, plus_ms};
use platforms::call::Reach;
use platforms::http::{Request, Response, SendError, Transport};
use storage::Store;
use storage::lease::{Claim, Lease};
use vault::Vault;

use crate::app_secret::HeardSecrets;
use crate::breakage::{Breakage, is_made};
use crate::flight::Flights;
use crate::nudge::Nudges;
use crate::pictures::Pictures;

/// Waits, so that a rehearsal can wait on its own clock.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Returns after so many milliseconds, or a little later.
    async fn pause(&self, millis: i64);
}

/// How much at once and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long a lease holds, in milliseconds.
    pub lease_ms: i64,
    /// The longest call to a platform, in milliseconds; a takeover waits for lease plus this.
    pub call_ms: i64,
    /// The most rows of one claim.
    pub batch: usize,
    /// The most calls in flight of one reconciler.
    pub in_flight: usize,
    /// For so long a step of renewal goes on taking more, in milliseconds; then it finishes what it has.
    pub takes_ms: i64,
    /// No sleep is longer, in milliseconds: a nudge that was lost costs at most this.
    pub longest_sleep_ms: i64,
    /// How often a node says that it lives, in milliseconds.
    pub beat_ms: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        let longest = platforms::registry::all()
            .iter()
            .map(|one| one.facts().call_deadline_ms)
            .max();
        Self {
            lease_ms: 60_000,
            call_ms: longest.unwrap_or(60_000),
            batch: 200,
            in_flight: 64,
            takes_ms: 5_000,
            longest_sleep_ms: 30_000,
            beat_ms: MINUTE_MS,
        }
    }
}

/// See the head of this file. Clones share everything.
#[derive(Clone)]
pub struct Cx {
    /// The database.
    pub store: Store,
    /// Opens and seals tokens.
    pub vault: Arc<Vault>,
    /// The three clocks.
    pub clocks: Clocks,
    /// Ids, jitter, nonces.
    pub chance: Arc<dyn Chance>,
    /// The only way to a platform.
    pub transport: Arc<dyn Transport>,
    /// Pictures as platforms get them.
    pub pictures: Arc<dyn Pictures>,
    /// Wakes reconcilers.
    pub nudges: Nudges,
    /// Renewals under way in this process.
    pub flights: Flights,
    /// When the watchdog last looked.
    pub rounds: Rounds,
    /// Waits.
    pub timer: Arc<dyn Timer>,
    /// This run of this program.
    pub me: IncarnationId,
    /// What user-given addresses may lead to.
    pub reach: Reach,
    /// How much at once.
    pub bounds: Bounds,
    /// How secrets of apps fared.
    pub heard: Arc<HeardSecrets>,
}

/// Keeps a round from being made at every step: when the last one was, for this process alone.
#[derive(Clone, Default)]
pub struct Rounds {
    last_ms: Arc<AtomicI64>,
}

impl Rounds {
    /// Whether the next round may be made at `now`; it counts as made. A clock that jumped back counts from there.
    #[must_use]
    pub fn is_time(&self, now: Timestamp, every_ms: i64) -> bool {
        let (now, last) = (now.as_millisecond(), self.last_ms.load(Ordering::Relaxed));
        if now >= last && now < last.saturating_add(every_ms) {
            return false;
        }
        self.last_ms.store(now, Ordering::Relaxed);
        true
    }
}

/// A lease that is held, with its end by the boot clock.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// The lease in the row.
    pub lease: Lease,
    /// Its end by the boot clock, in milliseconds.
    pub ends_boot_ms: i64,
}

/// The way out as long as a lease holds. An adapter may make several calls in one step, or one call twice
/// (a fresh nonce), and the process may stand still for hours between two of them: each first byte asks.
pub struct WhileHeld<'a> {
    cx: &'a Cx,
    held: Held,
}

#[async_trait]
impl Transport for WhileHeld<'_> {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        if self.cx.still_holds(self.held) {
            self.cx.transport.send(request).await
        } else {
            Err(SendError::NotSent("the lease is over".to_owned()))
        }
    }
}

/// Makes ids inside a transaction, all at one moment, and still sorted in the order in which they were
/// made: lines of history of one moment keep their order.
#[derive(Clone)]
pub struct Ids {
    now: Timestamp,
    chance: Arc<dyn Chance>,
    count: Arc<AtomicU16>,
}

impl Ids {
    /// A new id. The 12 bits behind the time count (RFC 9562, section 6.2, method 1).
    #[must_use]
    pub fn make<T: Id>(&self) -> T {
        let count = u128::from(self.count.fetch_add(1, Ordering::Relaxed) & 0xfff);
        let random = T::new(self.now, self.chance.as_ref()).uuid().as_u128();
        T::from_uuid(uuid::Uuid::from_u128(random & !(0xfff << 64) | count << 64))
    }
}

impl Cx {
    /// The product time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clocks.now()
    }

    /// Ids for a transaction.
    #[must_use]
    pub fn ids(&self) -> Ids {
        Ids {
            now: self.now(),
            chance: self.chance.clone(),
            count: Arc::default(),
        }
    }

    /// A claim made now, and when its leases end by the boot clock. The boot clock is read first, so
    /// that a slow commit shortens the lease and never lengthens it.
    #[must_use]
    pub fn claim(&self) -> (Claim, i64) {
        let ends_boot_ms = self.clocks.boot.boot_ms() + self.bounds.lease_ms;
        let clock_now = self.clocks.security.now();
        let claim = Claim {
            by: self.me,
            now: self.now(),
            clock_now,
            until: plus_ms(clock_now, self.bounds.lease_ms),
            free_before: plus_ms(clock_now, -self.bounds.call_ms),
            limit: self.bounds.batch,
        };
        (claim, ends_boot_ms)
    }

    /// A lease extended by progress: until when in security time, and its new end by the boot clock.
    #[must_use]
    pub fn extend(&self, held: Held) -> (Timestamp, Held) {
        let ends_boot_ms = self.clocks.boot.boot_ms() + self.bounds.lease_ms;
        let until = plus_ms(self.clocks.security.now(), self.bounds.lease_ms);
        (
            until,
            Held {
                ends_boot_ms,
                ..held
            },
        )
    }

    /// The way out as long as this lease holds.
    #[must_use]
    pub const fn while_held(&self, held: Held) -> WhileHeld<'_> {
        WhileHeld { cx: self, held }
    }

    /// Whether the lease still holds. Asked straight before the first byte of a call leaves.
    #[must_use]
    pub fn still_holds(&self, held: Held) -> bool {
        self.clocks.boot.boot_ms() < held.ends_boot_ms || is_made(Breakage::LeaseUnchecked)
    }
}
