//! The key check: a known text, sealed once and kept in the installation's row. A program that is
//! started with a wrong key cannot open it, says so, and touches nothing.

use domain::chance::Chance;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::envelope::Sealed;
use crate::key_ring::KeyId;
use crate::place::{Place, Purpose};
use crate::sealing::{OpenError, Vault};

const TEXT: &str = "these are the keys of this installation";

/// The keys are not those of this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongKey {
    /// The ring lacks the key.
    #[error("this database was sealed with key {key}, which is not in the key ring")]
    Missing {
        /// The key that is needed.
        key: KeyId,
    },
    /// The ring has a key of that number, but another one.
    #[error("key {key} of the key ring is not the key {key} that sealed this database")]
    Different {
        /// Its number.
        key: KeyId,
    },
    /// The stored check itself is broken.
    #[error("the stored key check is damaged")]
    Damaged,
}

impl WrongKey {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::Different { .. } => {
                "nothing was changed; start with the key ring that belongs to this database"
            }
            Self::Damaged => "nothing was changed; restore the database from a backup",
        }
    }
}

fn place(installation: Uuid) -> Place {
    Place {
        workspace: None,
        table: "installation",
        row: installation,
        column: "key_check",
        generation: 0,
    }
}

impl Vault {
    /// The check value for this installation, sealed by the sealing key; to be stored.
    #[must_use]
    pub fn check_seal(&self, installation: Uuid, chance: &dyn Chance) -> Vec<u8> {
        let sealed = self.seal(
            Purpose::KeyCheck,
            &place(installation),
            &SecretString::from(TEXT),
            chance,
        );
        sealed.expect("the text is short").into_bytes()
    }

    /// Whether these are the keys of the database whose check value this is.
    ///
    /// # Errors
    /// [`WrongKey`]; then nothing of the database may be touched.
    pub fn verify_check(&self, installation: Uuid, check: &[u8]) -> Result<(), WrongKey> {
        let sealed = Sealed::from_bytes(check.to_vec()).map_err(|_| WrongKey::Damaged)?;
        let opened = self
            .open(Purpose::KeyCheck, &place(installation), &sealed)
            .map_err(|error| match error {
                OpenError::UnknownKey { key } => WrongKey::Missing { key },
                OpenError::Refused { key } => WrongKey::Different { key },
                OpenError::NotText => WrongKey::Damaged,
            })?;
        if opened.expose_secret() == TEXT {
            Ok(())
        } else {
            Err(WrongKey::Damaged)
        }
    }

    /// Whether the check value is still sealed by an older key.
    #[must_use]
    pub fn check_needs_reseal(&self, check: &[u8]) -> bool {
        Sealed::from_bytes(check.to_vec()).is_ok_and(|sealed| self.needs_reseal(&sealed))
    }
}
