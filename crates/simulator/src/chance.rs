//! The one source of chance: ids, token strings, lags and probabilities.
//!
//! The same seed and the same calls in the same order give the same bytes. The position is part
//! of the snapshot, so a restored simulator goes on where the saved one stopped.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"234567abcdefghijklmnopqrstuvwxyz";

/// A seeded generator that can be saved and resumed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Chance {
    seed: u64,
    source: ChaCha8Rng,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    seed: u64,
    position: u64,
}

impl From<Saved> for Chance {
    fn from(saved: Saved) -> Self {
        let mut chance = Self::new(saved.seed);
        chance.source.set_word_pos(u128::from(saved.position));
        chance
    }
}

impl From<Chance> for Saved {
    fn from(chance: Chance) -> Self {
        let position = u64::try_from(chance.source.get_word_pos()).unwrap_or(u64::MAX);
        Self {
            seed: chance.seed,
            position,
        }
    }
}

impl Chance {
    /// A source that starts at the beginning of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            source: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            0
        } else {
            self.source.next_u64() % bound
        }
    }

    /// True with probability `p` (0.0 never, 1.0 always).
    pub fn happens(&mut self, p: f64) -> bool {
        const STEPS: u64 = 1 << 53;
        #[expect(clippy::cast_precision_loss, reason = "both numbers are at most 2^53")]
        let drawn = self.below(STEPS) as f64 / STEPS as f64;
        drawn < p
    }

    /// `count` random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.source.fill_bytes(&mut bytes);
        bytes
    }

    /// `prefix` followed by `count` letters and digits: a token, a code, a secret.
    pub fn token(&mut self, prefix: &str, count: usize) -> String {
        self.drawn(prefix, count, LETTERS)
    }

    /// `prefix` followed by `count` characters of the lower-case base 32 that AT Protocol uses.
    pub fn base32(&mut self, prefix: &str, count: usize) -> String {
        self.drawn(prefix, count, BASE32)
    }

    /// `prefix` followed by digits up to `length` in all: a Graph API id.
    pub fn digits(&mut self, prefix: &str, length: usize) -> String {
        self.drawn(prefix, length.saturating_sub(prefix.len()), b"0123456789")
    }

    /// `count` hexadecimal digits.
    pub fn hex(&mut self, count: usize) -> String {
        self.drawn("", count, b"0123456789abcdef")
    }

    fn drawn(&mut self, prefix: &str, count: usize, alphabet: &[u8]) -> String {
        let mut text = String::with_capacity(prefix.len() + count);
        text.push_str(prefix);
        for byte in self.bytes(count) {
            text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_source_goes_on_where_it_stopped() {
        let mut one = Chance::new(7);
        let first = one.token("IG", 40);
        let saved = serde_json::to_value(one.clone()).unwrap();
        let mut two: Chance = serde_json::from_value(saved).unwrap();
        assert_eq!(one.token("IG", 40), two.token("IG", 40));
        assert_ne!(first, two.token("IG", 40));
        assert_eq!(first, Chance::new(7).token("IG", 40));
    }
}
