//! How often a password or code may be tried, for each mail address and each network address, by the
//! security clock. In the memory of one process: with many nodes each has its own count, which only
//! multiplies a small number by another.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter, clock};
use http::{HeaderValue, header};

use crate::problem::{Outcome, Refusal, Words, codes};

/// The security clock as the limiter reads it.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = u64::try_from(self.0.now().as_millisecond()).unwrap_or(0);
        Nanos::from(Duration::from_millis(millis))
    }
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// The throttle at the door.
#[derive(Clone)]
pub struct Throttle {
    ticks: Ticks,
    mails: Arc<Limiter<[u8; 32]>>,
    addresses: Arc<Limiter<IpAddr>>,
}

/// How many tries a mail address has at once; one more comes every half minute.
pub const TRIES_OF_A_MAIL: u32 = 6;
/// How many tries a network address has at once; one more comes every three seconds.
pub const TRIES_OF_AN_ADDRESS: u32 = 30;
/// From how many remembered keys on the quiet ones are dropped.
const KEPT: usize = 10_000;

fn quota(burst: u32, one_every_s: u64) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs(one_every_s))
        .unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN))
        .allow_burst(burst)
}

impl Throttle {
    /// A throttle by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let ticks = Ticks(clock);
        Self {
            mails: Arc::new(RateLimiter::hashmap_with_clock(
                quota(TRIES_OF_A_MAIL, 30),
                ticks.clone(),
            )),
            addresses: Arc::new(RateLimiter::hashmap_with_clock(
                quota(TRIES_OF_AN_ADDRESS, 3),
                ticks.clone(),
            )),
            ticks,
        }
    }

    /// Counts one try. What is remembered of a mail address is its hash.
    ///
    /// # Errors
    /// `too_many`, with the time to wait.
    pub fn admit(&self, mail: &str, address: Option<IpAddr>) -> Outcome<()> {
        self.drop_quiet();
        if let Some(address) = address {
            self.addresses
                .check_key(&address)
                .map_err(|until| too_many(until.wait_time_from(self.ticks.now())))?;
        }
        self.mails
            .check_key(&crate::secret::hash(mail))
            .map_err(|until| too_many(until.wait_time_from(self.ticks.now())))?;
        Ok(())
    }

    fn drop_quiet(&self) {
        if self.mails.len() > KEPT {
            self.mails.retain_recent();
        }
        if self.addresses.len() > KEPT {
            self.addresses.retain_recent();
        }
    }
}

fn too_many(wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + 1;
    let words = Words::key("problem-too-many-wait").with("n", seconds);
    Refusal::new(&codes::TOO_MANY)
        .detail(words)
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}
