//! The one source of chance. Ids, nonces, jitter and secrets all come from a [`Chance`] that is
//! passed in, so that a run can be repeated from its seed.

use std::sync::Mutex;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// A source of random bytes.
pub trait Chance: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);

    /// A number from 0 up to, not including, `limit`; 0 for a limit of 0. The bias is below 2⁻³² for
    /// the small limits that jitter uses.
    fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0u8; 8];
        self.fill(&mut bytes);
        if limit == 0 {
            0
        } else {
            u64::from_le_bytes(bytes) % limit
        }
    }
}

impl dyn Chance + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0u8; N];
        self.fill(&mut buffer);
        buffer
    }
}

/// ChaCha20 behind a lock: from the system's entropy in a served program, from a seed in a rehearsal.
pub struct ChaChaChance(Mutex<ChaCha20Rng>);

impl ChaChaChance {
    /// Seeded by the operating system.
    ///
    /// # Errors
    /// When the operating system gives no entropy; nothing safe can be done then.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for entropy"
    )]
    pub fn from_system() -> Result<Self, getrandom::Error> {
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }

    /// The same seed gives the same bytes in the same order.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Chance for ChaChaChance {
    fn fill(&self, buffer: &mut [u8]) {
        let mut rng = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        rng.fill_bytes(buffer);
    }
}
