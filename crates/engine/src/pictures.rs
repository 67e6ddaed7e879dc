//! Pictures as platforms get them: made once a delivery is frozen, kept in the store by their hash.

use std::sync::Arc;

use async_trait::async_trait;
use platforms::call::MediaSource;
use platforms::facts::PictureFacts;
use platforms::publish::PayloadMedia;

/// Makes renditions, and is where adapters get them from.
#[async_trait]
pub trait Pictures: MediaSource {
    /// The rendition of a stored original for a platform; it is durable in the store when this
    /// returns. The same original and facts give the same bytes.
    ///
    /// # Errors
    /// A sentence, when the original is gone or cannot be read.
    async fn render(
        &self,
        original_sha256: &str,
        facts: &PictureFacts,
        alt: &str,
    ) -> Result<PayloadMedia, String>;

    /// Keeps the bytes of a picture from a platform, small enough for a grid; its hash is answered.
    ///
    /// # Errors
    /// A sentence, when it is no picture.
    async fn keep_small(&self, bytes: bytes::Bytes) -> Result<String, String>;
}

/// What adapters get.
pub type Shared = Arc<dyn Pictures>;
