//! Record keys of posts: timestamps of 13 signs that sort as they are (sheet bluesky.md §6).

use domain::Timestamp;
use domain::chance::Chance;

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const SIGNS: usize = 13;

/// A new key for `now`: its microseconds, and ten bits of chance. The microseconds below the
/// millisecond are chance too, since product times often have none.
pub(super) fn new(now: Timestamp, chance: &dyn Chance) -> String {
    let micros = now.as_millisecond().max(0).unsigned_abs() * 1_000 + chance.below(1_000);
    encode(micros, chance.below(1_024))
}

/// Bit 64 is 0, then 53 bits of microseconds, then 10 bits that tell clocks apart.
fn encode(micros: u64, clock: u64) -> String {
    let bits = ((micros & ((1 << 53) - 1)) << 10) | (clock & 0x3ff);
    let sign = |place: usize| ALPHABET[((bits >> (5 * (SIGNS - 1 - place))) & 31) as usize];
    (0..SIGNS).map(|place| char::from(sign(place))).collect()
}

/// The time in a key; none if it is not a key of this form.
pub(super) fn time(key: &str) -> Option<Timestamp> {
    if key.len() != SIGNS || !key.starts_with(|first| "234567abcdefghij".contains(first)) {
        return None;
    }
    let mut bits: u64 = 0;
    for sign in key.bytes() {
        let value = ALPHABET.iter().position(|known| *known == sign)?;
        bits = (bits << 5) | value as u64;
    }
    Timestamp::from_microsecond(i64::try_from(bits >> 10).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::chance::ChaChaChance;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_range_have_the_right_form() {
        assert_eq!(encode(0, 0), "2222222222222");
        assert_eq!(encode((1 << 53) - 1, 1_023), "bzzzzzzzzzzzz");
        assert_eq!(time("2222222222222"), Some(Timestamp::UNIX_EPOCH));
        for wrong in [
            "",
            "222222222222",
            "22222222222222",
            "z222222222222",
            "2222222222221",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn keys_sort_as_their_times(a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000, seed: u64) {
            let chance = ChaChaChance::from_seed(seed);
            let key = |ms| new(Timestamp::from_millisecond(ms).unwrap(), &chance);
            let (one, two) = (key(a), key(b));
            prop_assert_eq!(one.len(), SIGNS);
            prop_assert_eq!(time(&one).unwrap().as_millisecond(), a);
            if a != b {
                prop_assert_eq!(a < b, one < two);
            }
        }
    }
}
