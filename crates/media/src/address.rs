//! Signed addresses: a platform or a browser may fetch one rendition of one media until a moment,
//! without a session. The token is the moment and an HMAC-SHA256 over media, rendition and moment.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{Id as _, MediaId};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// The keys that sign: the first signs, all verify, so that addresses outlive a rotation.
#[derive(Debug)]
pub struct AddressKeys(Vec<SecretBox<[u8; 32]>>);

/// Why an address is not served. The page says the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not of the form that is made here.
    #[error("the address is not whole")]
    Malformed,
    /// The signature is not ours, or is for something else.
    #[error("the address is not signed by this installation")]
    Forged,
    /// It was good until a moment that is over.
    #[error("the address has ended")]
    Ended,
}

impl AddressKeys {
    /// Keys from the vault; the first signs. Without any key nothing is signed or verified.
    #[must_use]
    pub const fn new(keys: Vec<SecretBox<[u8; 32]>>) -> Self {
        Self(keys)
    }

    /// The token for one rendition until `until` (whole seconds): letters, digits, `-`, `_` and a
    /// point, so that it can be a part of a path.
    ///
    /// # Errors
    /// [`BadAddress::Forged`] when there is no key to sign with.
    pub fn sign(
        &self,
        media: MediaId,
        rendition: &str,
        until: Timestamp,
    ) -> Result<String, BadAddress> {
        let key = self.0.first().ok_or(BadAddress::Forged)?;
        let until = until.as_second();
        let signature = mac(key, media, rendition, until)?.finalize().into_bytes();
        Ok(format!("{until}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Whether the token allows this rendition now. The signature is compared in constant time, and
    /// before the moment is looked at.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn verify(
        &self,
        media: MediaId,
        rendition: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<(), BadAddress> {
        let (until, signature) = token.split_once('.').ok_or(BadAddress::Malformed)?;
        let digits = until.bytes().all(|byte| byte.is_ascii_digit()) && !until.is_empty();
        let until: i64 = until
            .parse()
            .ok()
            .filter(|_| digits)
            .ok_or(BadAddress::Malformed)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| BadAddress::Malformed)?;
        let ours = |key| {
            mac(key, media, rendition, until).is_ok_and(|mac| mac.verify_slice(&signature).is_ok())
        };
        if !self.0.iter().any(ours) {
            return Err(BadAddress::Forged);
        }
        if now.as_second() < until {
            Ok(())
        } else {
            Err(BadAddress::Ended)
        }
    }
}

fn mac(
    key: &SecretBox<[u8; 32]>,
    media: MediaId,
    rendition: &str,
    until: i64,
) -> Result<Hmac<Sha256>, BadAddress> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret()).map_err(|_| BadAddress::Forged)?;
    // Fixed lengths around the one free text: no two addresses have the same bytes.
    mac.update(b"media address 1");
    mac.update(media.uuid().as_bytes());
    mac.update(&until.to_be_bytes());
    mac.update(rendition.as_bytes());
    Ok(mac)
}
