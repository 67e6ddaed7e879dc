//! The three clocks, and the only place that reads them.
//!
//! The **product clock** (due times, ends, notices) has an offset that only the demo, the rehearsal
//! and tests may move. The **security clock** (sessions, one-time links, proofs) is always the
//! system's. The **boot clock** counts on while the machine sleeps; leases are checked by it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use crate::Timestamp;

/// Something that tells the time.
pub trait Clock: Send + Sync {
    /// The time now, in UTC.
    fn now(&self) -> Timestamp;
}

/// Milliseconds that never run backwards and do not stop while the machine is suspended.
pub trait BootClock: Send + Sync {
    /// Milliseconds since some fixed moment before this process began.
    fn boot_ms(&self) -> i64;
}

/// The operating system's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl BootClock for SystemClock {
    fn boot_ms(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}

/// A clock that stands still until it is told to move; for tests and the rehearsal.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves the clock to `time`, backwards too.
    pub fn set(&self, time: Timestamp) {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = time;
    }

    /// Moves the clock on by so many milliseconds.
    pub fn advance_ms(&self, millis: i64) {
        let mut time = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *time = crate::schedule::plus_ms(*time, millis);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl BootClock for ManualClock {
    fn boot_ms(&self) -> i64 {
        self.now().as_millisecond()
    }
}

/// The product clock: a base clock and an offset.
pub struct ProductClock {
    base: Arc<dyn Clock>,
    offset_ms: AtomicI64,
}

impl ProductClock {
    /// A product clock that agrees with `base` but for `offset_ms`.
    #[must_use]
    pub fn new(base: Arc<dyn Clock>, offset_ms: i64) -> Self {
        Self {
            base,
            offset_ms: AtomicI64::new(offset_ms),
        }
    }

    /// The offset from the base clock, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Jumps by so many milliseconds. Whoever calls it wakes the reconcilers.
    pub fn jump_ms(&self, millis: i64) {
        self.offset_ms.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ProductClock {
    fn now(&self) -> Timestamp {
        crate::schedule::plus_ms(self.base.now(), self.offset_ms())
    }
}

/// The clocks of one program, passed to all that needs a time.
#[derive(Clone)]
pub struct Clocks {
    /// Due times, ends, notices, shelf lives.
    pub product: Arc<ProductClock>,
    /// Sessions, CSRF, one-time links, proofs.
    pub security: Arc<dyn Clock>,
    /// Leases.
    pub boot: Arc<dyn BootClock>,
}

impl Clocks {
    /// The clocks of a served program.
    #[must_use]
    pub fn system() -> Self {
        Self {
            product: Arc::new(ProductClock::new(Arc::new(SystemClock), 0)),
            security: Arc::new(SystemClock),
            boot: Arc::new(SystemClock),
        }
    }

    /// All three from one manual clock.
    #[must_use]
    pub fn manual(clock: &Arc<ManualClock>) -> Self {
        let base: Arc<dyn Clock> = clock.clone();
        Self {
            product: Arc::new(ProductClock::new(base.clone(), 0)),
            security: base,
            boot: clock.clone(),
        }
    }

    /// The product time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.product.now()
    }
}
