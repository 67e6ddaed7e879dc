//! Pictures from the store on this machine: renditions are made on blocking threads, kept by their hash,
//! and handed out as bytes or under a signed address.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::clock::Clock;
use domain::schedule::{DAY_MS, plus_ms};
use media::{AddressKeys, ContentHash, DiskStore, Fit, Picture, View};
use platforms::call::MediaSource;
use platforms::facts::PictureFacts;
use platforms::publish::PayloadMedia;
use tokio::sync::Semaphore;
use vault::{Purpose, Vault};

use crate::pictures::Pictures;

/// How long a platform may fetch a picture, in milliseconds: longer than any container lives.
const ADDRESS_MS: i64 = 2 * DAY_MS;
/// The width of pictures in grids, in pixels.
const SMALL_WIDTH: u32 = 480;

/// Where pictures work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// On blocking threads, two at a time: a hundred megapixels take several hundred megabytes.
    Blocking,
    /// On the calling task, for a run that must repeat itself.
    Inline,
}

/// See the head of this file.
pub struct StorePictures {
    store: Arc<DiskStore>,
    vault: Arc<Vault>,
    /// Where this installation can be reached from outside, without a slash at its end.
    public_base: Option<String>,
    clock: Arc<dyn Clock>,
    threads: Threads,
    at_once: Semaphore,
}

impl StorePictures {
    /// Pictures from `store`. `clock` is the security clock: addresses end by it.
    #[must_use]
    pub fn new(
        store: Arc<DiskStore>,
        vault: Arc<Vault>,
        public_base: Option<String>,
        clock: Arc<dyn Clock>,
        threads: Threads,
    ) -> Self {
        let public_base = public_base.map(|base| base.trim_end_matches('/').to_owned());
        Self {
            store,
            vault,
            public_base,
            clock,
            threads,
            at_once: Semaphore::new(2),
        }
    }

    async fn work<T, F>(&self, f: F) -> Result<T, String>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, String> + Send + 'static,
    {
        if self.threads == Threads::Inline {
            return f();
        }
        let _place = self
            .at_once
            .acquire()
            .await
            .map_err(|_| "the program is stopping".to_owned())?;
        tokio::task::spawn_blocking(f)
            .await
            .map_err(|_| "the picture could not be worked on".to_owned())?
    }

    async fn original(&self, sha256: &str) -> Result<Bytes, String> {
        let hash: ContentHash = sha256
            .parse()
            .map_err(|_| "the name of the picture is not a hash".to_owned())?;
        self.store
            .get(hash)
            .await
            .map_err(|error| error.to_string())
    }
}

#[async_trait]
impl MediaSource for StorePictures {
    async fn bytes(&self, sha256: &str) -> Result<Bytes, String> {
        self.original(sha256).await
    }

    fn address(&self, sha256: &str) -> Option<String> {
        let base = self.public_base.as_ref()?;
        let keys = AddressKeys::new(self.vault.subkeys(Purpose::MediaAddress));
        let path = media::public_path(&keys, sha256, plus_ms(self.clock.now(), ADDRESS_MS)).ok()?;
        Some(format!("{base}{path}"))
    }
}

#[async_trait]
impl Pictures for StorePictures {
    async fn render(
        &self,
        original_sha256: &str,
        facts: &PictureFacts,
        alt: &str,
    ) -> Result<PayloadMedia, String> {
        let original = self.original(original_sha256).await?;
        let fit = Fit {
            max_width: facts.max_width,
            max_height: facts.max_height,
            max_bytes: usize::try_from(facts.max_bytes).unwrap_or(usize::MAX),
            ratio: facts
                .ratio
                .map(|(least, most)| (f64::from(least), f64::from(most))),
        };
        let rendition = self
            .work(move || {
                let picture = Picture::decode(&original).map_err(|error| error.to_string())?;
                picture.rendition(&fit).map_err(|error| error.to_string())
            })
            .await?;
        let (width, height, bytes) = (
            rendition.width,
            rendition.height,
            rendition.bytes.len() as u64,
        );
        let hash = self
            .store
            .put(Bytes::from(rendition.bytes))
            .await
            .map_err(|error| error.to_string())?;
        Ok(PayloadMedia {
            sha256: hash.to_string(),
            mime: "image/jpeg".to_owned(),
            width,
            height,
            bytes,
            alt: alt.to_owned(),
        })
    }

    async fn keep_small(&self, bytes: Bytes) -> Result<String, String> {
        let small = self
            .work(move || {
                let picture = Picture::decode(&bytes).map_err(|error| error.to_string())?;
                picture
                    .view(View::Whole, SMALL_WIDTH)
                    .map_err(|error| error.to_string())
            })
            .await?;
        let hash = self
            .store
            .put(Bytes::from(small.bytes))
            .await
            .map_err(|error| error.to_string())?;
        Ok(hash.to_string())
    }
}
