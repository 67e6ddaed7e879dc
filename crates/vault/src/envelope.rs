//! The stored form of a sealed secret: version, key id, nonce, ciphertext with its tag.

use crate::key_ring::KeyId;

/// The only version so far.
pub(crate) const VERSION: u8 = 1;
/// Version byte and key id.
pub(crate) const HEADER: usize = 1 + 4;
pub(crate) const NONCE: usize = 24;
const TAG: usize = 16;

/// A sealed secret. It may be stored and copied; without the key it says nothing but its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// The bytes are no sealed secret of a version that this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored bytes are no sealed secret of a known version")]
pub struct Malformed;

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed(key {}, {} bytes)", self.key_id(), self.0.len())
    }
}

impl Sealed {
    /// Takes stored bytes; looks only at their shape.
    ///
    /// # Errors
    /// [`Malformed`] when they are too short, of another version, or name no key.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let named = bytes.get(1..HEADER).is_some_and(|id| id != [0; 4]);
        if bytes.first() != Some(&VERSION) || !named || bytes.len() < HEADER + NONCE + TAG {
            return Err(Malformed);
        }
        Ok(Self(bytes))
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The key that opens it.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; 4];
        id.copy_from_slice(&self.0[1..HEADER]);
        // Zero is refused on the way in and never made.
        KeyId::new(u32::from_be_bytes(id)).unwrap_or(KeyId::FIRST)
    }

    pub(crate) fn header(key: KeyId) -> [u8; HEADER] {
        let mut header = [VERSION; HEADER];
        header[1..].copy_from_slice(&key.number().to_be_bytes());
        header
    }

    pub(crate) fn assemble(key: KeyId, nonce: [u8; NONCE], ciphertext: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(HEADER + NONCE + ciphertext.len());
        bytes.extend_from_slice(&Self::header(key));
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(ciphertext);
        Self(bytes)
    }

    pub(crate) fn nonce(&self) -> [u8; NONCE] {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.0[HEADER..HEADER + NONCE]);
        nonce
    }

    pub(crate) fn ciphertext(&self) -> &[u8] {
        &self.0[HEADER + NONCE..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_are_refused() {
        let good = Sealed::assemble(KeyId::FIRST, [7; NONCE], &[9; 20]).into_bytes();
        assert!(Sealed::from_bytes(good.clone()).is_ok());
        for length in 0..HEADER + NONCE + TAG {
            assert_eq!(
                Sealed::from_bytes(good[..length].to_vec()),
                Err(Malformed),
                "{length} bytes"
            );
        }
        let mut version = good.clone();
        version[0] = 2;
        assert_eq!(Sealed::from_bytes(version), Err(Malformed));
        let mut nameless = good;
        nameless[1..HEADER].fill(0);
        assert_eq!(Sealed::from_bytes(nameless), Err(Malformed));
    }
}
