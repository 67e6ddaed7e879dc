//! What every call to a platform is made with.

use async_trait::async_trait;
use bytes::Bytes;
use domain::Timestamp;
use domain::app::App;
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
}

/// An app's secrets, open for the length of a call.
#[derive(Default)]
pub struct AppSecrets {
    /// The client secret, where the platform has one.
    pub client_secret: Option<SecretString>,
    /// Private signing keys as JWK texts with `kid`, newest first (Bluesky). A grant names the one
    /// that it is bound to; none may be dropped while a grant uses it.
    pub signing_keys: Vec<SecretString>,
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
