//! Secrets that we hand out: session tokens, one-time codes, bearer keys. Each is made from chance,
//! shown once, and stored only as its SHA-256; with 130 bits and more a plain hash is enough.

use domain::chance::Chance;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// A random text of so many letters, 5 bits each.
#[must_use]
pub fn random_text(chance: &dyn Chance, letters: usize) -> String {
    let mut bytes = vec![0_u8; letters];
    chance.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// A session's token: 260 bits.
#[must_use]
pub fn session_token(chance: &dyn Chance) -> SecretString {
    random_text(chance, 52).into()
}

/// A code that a person may have to type: 130 bits would be long, and it lives for a day behind a
/// throttle, so 80 bits in four groups.
#[must_use]
pub fn one_time_code(chance: &dyn Chance) -> SecretString {
    let text = random_text(chance, 16);
    format!(
        "{}-{}-{}-{}",
        &text[..4],
        &text[4..8],
        &text[8..12],
        &text[12..]
    )
    .into()
}

/// A bearer key: `msk_` and 260 bits. The prefix lets scanners find one that leaked.
#[must_use]
pub fn api_key(chance: &dyn Chance) -> SecretString {
    format!("msk_{}", random_text(chance, 52)).into()
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// What is stored of a one-time code, however it was typed: capitals, spaces and dashes do not count.
#[must_use]
pub fn code_hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_lowercase())
        .collect();
    hash(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::chance::ChaChaChance;
    use secrecy::ExposeSecret as _;

    #[test]
    fn secrets_differ_and_codes_may_be_typed_loosely() {
        let chance = ChaChaChance::from_seed(1);
        let (one, two) = (session_token(&chance), session_token(&chance));
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 52);
        let code = one_time_code(&chance);
        let typed = code.expose_secret().to_uppercase().replace('-', " ");
        assert_eq!(code_hash(&typed), code_hash(code.expose_secret()));
        assert_ne!(code_hash(&typed), code_hash("aaaa-bbbb-cccc-dddd"));
    }
}
