//! The vault: seals and opens. It is shared by everything that runs and its ring can be replaced
//! while it does, as a rotation goes on.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use domain::chance::Chance;
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::envelope::{NONCE, Sealed};
use crate::key_ring::{KeyId, KeyRing};
use crate::place::{Place, Purpose};

/// A key of 32 bytes.
pub type Key = SecretBox<[u8; 32]>;
/// Secret bytes of any length; not printable.
pub type SecretBytes = SecretSlice<u8>;

/// The longest secret, in bytes. What is longer is no secret but a document.
pub const MAX_SECRET: usize = 1024 * 1024;

const SALT: &[u8] = b"mainstay vault, subkeys, version 1";

/// The secret is longer than [`MAX_SECRET`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret has {bytes} bytes; at most {MAX_SECRET} can be sealed")]
pub struct TooLong {
    /// Its length.
    pub bytes: usize,
}

/// Why a sealed secret does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The ring lacks the key: an old ring, or a database of another installation.
    #[error("the key ring has no key {key}, which sealed this secret")]
    UnknownKey {
        /// The key that sealed it.
        key: KeyId,
    },
    /// It was changed, it belongs to another place or generation, or another key has that number.
    #[error(
        "the secret sealed by key {key} does not open here: it was changed, or sealed for another place"
    )]
    Refused {
        /// The key that it names.
        key: KeyId,
    },
    /// It opened, but is not text.
    #[error("the secret is no text")]
    NotText,
}

impl OpenError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "add that key to the key ring again, from your copy",
            Self::Refused { .. } => "restore the row from a backup, or sign in again",
            Self::NotText => "report this as a mistake of the program",
        }
    }
}

/// Seals and opens secrets.
pub struct Vault {
    ring: RwLock<Arc<KeyRing>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.ring()).finish()
    }
}

impl Vault {
    /// A vault with these keys.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self {
            ring: RwLock::new(Arc::new(ring)),
        }
    }

    /// The keys as they are now.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes another ring from now on; what is being sealed or opened finishes with the old one.
    pub fn replace_ring(&self, ring: KeyRing) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// Seals a text for one purpose and place.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn seal(
        &self,
        purpose: Purpose,
        place: &Place,
        secret: &SecretString,
        chance: &dyn Chance,
    ) -> Result<Sealed, TooLong> {
        self.seal_plain(purpose, place, secret.expose_secret().as_bytes(), chance)
    }

    /// Seals bytes for one purpose and place.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn seal_bytes(
        &self,
        purpose: Purpose,
        place: &Place,
        secret: &SecretBytes,
        chance: &dyn Chance,
    ) -> Result<Sealed, TooLong> {
        self.seal_plain(purpose, place, secret.expose_secret(), chance)
    }

    /// Opens a text.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing of the secret is ever given out with one.
    pub fn open(
        &self,
        purpose: Purpose,
        place: &Place,
        sealed: &Sealed,
    ) -> Result<SecretString, OpenError> {
        let plain = self.open_plain(purpose, place, sealed)?;
        std::str::from_utf8(&plain)
            .map(SecretString::from)
            .map_err(|_| OpenError::NotText)
    }

    /// Opens bytes.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_bytes(
        &self,
        purpose: Purpose,
        place: &Place,
        sealed: &Sealed,
    ) -> Result<SecretBytes, OpenError> {
        self.open_plain(purpose, place, sealed)
            .map(|plain| SecretBytes::from(plain.to_vec()))
    }

    /// Opens a secret and seals it anew, for the same or another place (a new generation).
    ///
    /// # Errors
    /// When it does not open.
    pub fn reseal(
        &self,
        purpose: Purpose,
        from: &Place,
        sealed: &Sealed,
        to: &Place,
        chance: &dyn Chance,
    ) -> Result<Sealed, OpenError> {
        let plain = self.open_plain(purpose, from, sealed)?;
        // It was sealed once, so it is short enough.
        self.seal_plain(purpose, to, &plain, chance)
            .map_err(|_| OpenError::Refused {
                key: sealed.key_id(),
            })
    }

    /// Whether another key than the sealing one sealed it, so that a rotation must seal it anew.
    #[must_use]
    pub fn needs_reseal(&self, sealed: &Sealed) -> bool {
        sealed.key_id() != self.ring().sealing()
    }

    /// Keys for signing (never for sealing): the sealing key's first, then those that only open, for
    /// what was signed before a rotation.
    #[must_use]
    pub fn subkeys(&self, purpose: Purpose) -> Vec<Key> {
        let ring = self.ring();
        let others = ring.opening().filter(|id| *id != ring.sealing());
        std::iter::once(ring.sealing())
            .chain(others)
            .filter_map(|id| ring.key(id))
            .map(|key| subkey(key, purpose))
            .collect()
    }

    fn seal_plain(
        &self,
        purpose: Purpose,
        place: &Place,
        plain: &[u8],
        chance: &dyn Chance,
    ) -> Result<Sealed, TooLong> {
        let too_long = TooLong { bytes: plain.len() };
        if plain.len() > MAX_SECRET {
            return Err(too_long);
        }
        let ring = self.ring();
        let id = ring.sealing();
        let key = ring.key(id).ok_or(too_long)?;
        let mut nonce = [0u8; NONCE];
        chance.fill(&mut nonce);
        let bound = place.bind(&Sealed::header(id), purpose);
        // Room for the tag, so that the plain bytes are not left behind by a move.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
        buffer.extend_from_slice(plain);
        cipher(key, purpose)
            .encrypt_in_place(&XNonce::from(nonce), &bound, &mut *buffer)
            .map_err(|_| too_long)?;
        Ok(Sealed::assemble(id, nonce, &buffer))
    }

    fn open_plain(
        &self,
        purpose: Purpose,
        place: &Place,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let ring = self.ring();
        let id = sealed.key_id();
        let key = ring.key(id).ok_or(OpenError::UnknownKey { key: id })?;
        let bound = place.bind(&Sealed::header(id), purpose);
        let mut buffer = Zeroizing::new(sealed.ciphertext().to_vec());
        cipher(key, purpose)
            .decrypt_in_place(&XNonce::from(sealed.nonce()), &bound, &mut *buffer)
            .map_err(|_| OpenError::Refused { key: id })?;
        Ok(buffer)
    }
}

fn subkey(key: &Key, purpose: Purpose) -> Key {
    let derived = Hkdf::<Sha256>::new(Some(SALT), key.expose_secret());
    SecretBox::init_with_mut(|subkey: &mut [u8; 32]| {
        derived
            .expand(purpose.label().as_bytes(), subkey)
            .expect("one block is always within the limit of 255");
    })
}

fn cipher(key: &Key, purpose: Purpose) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(subkey(key, purpose).expose_secret().into())
}
