//! The rehearsal's time: tokio's paused clock. Each node reads it through a wall clock of its own, which
//! trouble may set wrong; the boot clock never is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;
use domain::clock::{BootClock, Clock, Clocks, ProductClock};
use domain::schedule::plus_ms;
use tokio::time::Instant;

/// When every rehearsal begins.
const START: &str = "2026-05-04T09:00:00Z";

/// True time, which no node knows for certain.
#[derive(Clone)]
pub struct Sky {
    began: Instant,
    start: Timestamp,
}

impl Sky {
    /// Time begins; the runtime's clock must be paused.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            began: read(),
            start: START.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Milliseconds since the beginning.
    #[must_use]
    pub fn elapsed_ms(&self) -> i64 {
        i64::try_from(read().duration_since(self.began).as_millis()).unwrap_or(i64::MAX)
    }

    /// The true time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        plus_ms(self.start, self.elapsed_ms())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the runtime's paused clock"
)]
fn read() -> Instant {
    Instant::now()
}

/// Waits on virtual time.
pub async fn sleep_ms(millis: i64) {
    let millis = u64::try_from(millis).unwrap_or(0);
    tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
}

/// A machine's clocks.
pub struct NodeClock {
    sky: Sky,
    wrong_ms: AtomicI64,
    set_at_ms: AtomicI64,
}

impl NodeClock {
    /// A machine whose clock is right.
    #[must_use]
    pub fn new(sky: &Sky) -> Arc<Self> {
        Arc::new(Self {
            sky: sky.clone(),
            wrong_ms: AtomicI64::new(0),
            set_at_ms: AtomicI64::new(-1_000_000_000),
        })
    }

    /// From now on the wall clock is wrong by so much.
    pub fn set_wrong_by(&self, millis: i64) {
        self.wrong_ms.store(millis, Ordering::SeqCst);
        self.set_at_ms
            .store(self.sky.elapsed_ms(), Ordering::SeqCst);
    }

    /// How long ago the clock was last set, in milliseconds.
    #[must_use]
    pub fn set_since_ms(&self) -> i64 {
        self.sky.elapsed_ms() - self.set_at_ms.load(Ordering::SeqCst)
    }

    /// The clocks that a process on this machine works with.
    #[must_use]
    pub fn clocks(self: &Arc<Self>) -> Clocks {
        let wall: Arc<dyn Clock> = self.clone();
        Clocks {
            product: Arc::new(ProductClock::new(wall.clone(), 0)),
            security: wall,
            boot: self.clone(),
        }
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        plus_ms(self.sky.now(), self.wrong_ms.load(Ordering::SeqCst))
    }
}

impl BootClock for NodeClock {
    fn boot_ms(&self) -> i64 {
        self.sky.elapsed_ms()
    }
}
