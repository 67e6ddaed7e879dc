//! Pictures that were made once are not made again: the same original gives the same bytes, and a rehearsed
//! year sends a few thousand of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use engine::{Pictures, StorePictures};
use platforms::call::MediaSource;
use platforms::facts::PictureFacts;
use platforms::publish::PayloadMedia;
use sha2::{Digest as _, Sha256};

/// What was made before, by what it was made from. All processes share it, as they share the store.
#[derive(Default)]
pub struct Made {
    renditions: Mutex<BTreeMap<String, PayloadMedia>>,
    small: Mutex<BTreeMap<[u8; 32], String>>,
}

/// See the head of this file.
pub struct Remembering {
    /// Makes them.
    pub pictures: StorePictures,
    /// What is there.
    pub made: Arc<Made>,
}

#[async_trait]
impl MediaSource for Remembering {
    async fn bytes(&self, sha256: &str) -> Result<Bytes, String> {
        self.pictures.bytes(sha256).await
    }

    fn address(&self, sha256: &str) -> Option<String> {
        self.pictures.address(sha256)
    }
}

#[async_trait]
impl Pictures for Remembering {
    async fn render(
        &self,
        original_sha256: &str,
        facts: &PictureFacts,
        alt: &str,
    ) -> Result<PayloadMedia, String> {
        let key = format!("{original_sha256} {facts:?} {alt}");
        let known = self
            .made
            .renditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = self.pictures.render(original_sha256, facts, alt).await?;
        self.made
            .renditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, made.clone());
        Ok(made)
    }

    async fn keep_small(&self, bytes: Bytes) -> Result<String, String> {
        let key: [u8; 32] = Sha256::digest(&bytes).into();
        let known = self
            .made
            .small
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = self.pictures.keep_small(bytes).await?;
        self.made
            .small
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, made.clone());
        Ok(made)
    }
}
