//! Passwords: argon2id with 19 MiB, two passes, one lane, on blocking threads, few at a time, so that
//! a crowd at the door cannot take the memory or the cores.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use domain::chance::Chance;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::problem::{Outcome, Refusal, Words, codes};

/// The fewest characters of a password.
pub const MIN_CHARS: usize = 12;
/// The most bytes of a password that are looked at.
pub const MAX_BYTES: usize = 512;
/// What nobody's password is checked against, so that an unknown address takes as long as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bWFpbnN0YXktbm9ib2R5IQ$V0lqp8Xrt0ZTbXGHtLmSoBT9fGgA0pB6Eu5YgW+ixZk";

/// The way to hash and check, with its limit.
#[derive(Clone)]
pub struct Passwords {
    seats: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            seats: Arc::new(Semaphore::new(2)),
        }
    }
}

impl Passwords {
    /// Refuses what is too short or too long to be a password.
    ///
    /// # Errors
    /// A wrong field `password`.
    pub fn accept(password: &SecretString) -> Outcome<()> {
        let text = password.expose_secret();
        if text.chars().count() < MIN_CHARS {
            let words = Words::key("field-password-short").with("n", MIN_CHARS);
            return Err(Refusal::field("password", "too_short", words));
        }
        if text.len() > MAX_BYTES {
            let words = Words::key("field-too-long").with("n", MAX_BYTES);
            return Err(Refusal::field("password", "too_long", words));
        }
        Ok(())
    }

    /// The PHC text of a password, with a fresh salt.
    ///
    /// # Errors
    /// Only for our own mistakes.
    pub async fn hash(&self, password: SecretString, chance: &dyn Chance) -> Outcome<String> {
        let salt: [u8; 16] = chance.bytes();
        self.work(move || {
            let hash = Argon2::default()
                .hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
                .map_err(|error| error.to_string())
        })
        .await?
        .map_err(|error| {
            tracing::error!(error, "a password could not be hashed");
            Refusal::new(&codes::INTERNAL)
        })
    }

    /// Whether it is the password of this hash. Without a hash it takes as long and is never so.
    ///
    /// # Errors
    /// Only for our own mistakes.
    pub async fn check(&self, password: SecretString, hash: Option<String>) -> Outcome<bool> {
        if password.expose_secret().len() > MAX_BYTES {
            return Ok(false);
        }
        self.work(move || {
            let Ok(known) = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)) else {
                return false;
            };
            let fits = Argon2::default()
                .verify_password(password.expose_secret().as_bytes(), &known)
                .is_ok();
            fits && hash.is_some()
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Outcome<T> {
        let _seat = self
            .seats
            .acquire()
            .await
            .map_err(|_| Refusal::new(&codes::INTERNAL))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "hashing ended early");
            Refusal::new(&codes::INTERNAL)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::chance::ChaChaChance;

    #[tokio::test]
    async fn right_wrong_and_nobody() {
        let (passwords, chance) = (Passwords::default(), ChaChaChance::from_seed(3));
        let hash = passwords
            .hash("correct horse battery".to_owned().into(), &chance)
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let check =
            |text: &str, hash: Option<String>| passwords.check(text.to_owned().into(), hash);
        assert!(
            check("correct horse battery", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!check("correct horse batterz", Some(hash)).await.unwrap());
        assert!(!check("", None).await.unwrap());
        assert!(
            PasswordHash::new(NOBODY).is_ok(),
            "or an unknown address would answer faster"
        );
        assert!(Passwords::accept(&"short".to_owned().into()).is_err());
    }
}
