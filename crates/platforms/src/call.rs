//! What every call to a platform is made with.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use domain::Timestamp;
use domain::app::{App, Which};
use domain::chance::Chance;
use secrecy::SecretString;

use crate::http::Transport;

/// The way out, the time, chance, and the app with its secrets. Borrowed for one call.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The only way to a platform.
    pub out: &'a dyn Transport,
    /// The product time: ends of tokens are counted from it.
    pub now: Timestamp,
    /// The security time: proofs and assertions are dated with it.
    pub security_now: Timestamp,
    /// Nonces, verifiers, keys.
    pub chance: &'a dyn Chance,
    /// Which app speaks.
    pub app: &'a App,
    /// What it proves itself with.
    pub secrets: &'a AppSecrets,
    /// What user-given addresses may lead to.
    pub reach: Reach,
    /// Who is told how the app's secrets fare.
    pub heard: Option<&'a dyn Heard>,
}

/// Is told how an app's secrets fare at the platform.
pub trait Heard: Send + Sync {
    /// The platform took this secret, or refused it.
    fn secret(&self, app: &App, secrets: &AppSecrets, taken: bool, at: Timestamp);
}

/// An app's secrets, open for the length of a call.
#[derive(Default)]
pub struct AppSecrets {
    /// The client secret, where the platform has one. Read through [`Self::secret`].
    pub client_secret: Option<SecretString>,
    /// The other one of two, while a secret is replaced.
    pub other_secret: Option<SecretString>,
    /// Whether [`Self::client_secret`] is the newest.
    pub which: Option<Which>,
    /// The generation of the app that they were read at.
    pub generation: u64,
    /// Whether the secret was used since this was last asked.
    pub used: Used,
    /// Private signing keys as JWK texts with `kid`, newest first (Bluesky). A grant names the one
    /// that it is bound to; none may be dropped while a grant uses it.
    pub signing_keys: Vec<SecretString>,
}

/// Whether something was used.
#[derive(Debug, Default)]
pub struct Used(AtomicBool);

impl Used {
    /// Whether it was, since this was last asked.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl AppSecrets {
    /// The client secret, for a call that proves itself with it.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretString> {
        self.used.0.store(true, Ordering::Relaxed);
        self.client_secret.as_ref()
    }

    /// The same with the other secret in the place of the first; none where there is no other.
    #[must_use]
    pub fn other(&self) -> Option<Self> {
        let other = self.other_secret.clone()?;
        Some(Self {
            client_secret: Some(other),
            other_secret: self.client_secret.clone(),
            which: match self.which {
                Some(Which::Previous) => Some(Which::Current),
                _ => Some(Which::Previous),
            },
            generation: self.generation,
            used: Used::default(),
            signing_keys: self.signing_keys.clone(),
        })
    }
}

/// Whether addresses that people or platforms name may be on this machine. Off except where the
/// installation's own public address is loopback (tests, the demo).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only public https addresses.
    PublicOnly,
    /// Loopback too, and plain http there.
    LoopbackToo,
}

/// Where the bytes of a payload's pictures come from. Content is named by its SHA-256 in hexadecimal.
#[async_trait]
pub trait MediaSource: Send + Sync {
    /// The bytes.
    ///
    /// # Errors
    /// A sentence, when the picture is gone from the store.
    async fn bytes(&self, sha256: &str) -> Result<Bytes, String>;
    /// A signed address under which a platform can fetch it for a while; none where this installation
    /// has no public address.
    fn address(&self, sha256: &str) -> Option<String>;
}
