//! No pictures: nothing that is measured here has any.

use async_trait::async_trait;
use bytes::Bytes;
use engine::Pictures;
use platforms::call::MediaSource;
use platforms::facts::PictureFacts;
use platforms::publish::PayloadMedia;

/// See the head of this file.
pub struct NoPictures;

const NONE: &str = "the bench has no pictures";

#[async_trait]
impl MediaSource for NoPictures {
    async fn bytes(&self, _: &str) -> Result<Bytes, String> {
        Err(NONE.to_owned())
    }

    fn address(&self, _: &str) -> Option<String> {
        None
    }
}

#[async_trait]
impl Pictures for NoPictures {
    async fn render(&self, _: &str, _: &PictureFacts, _: &str) -> Result<PayloadMedia, String> {
        Err(NONE.to_owned())
    }

    async fn keep_small(&self, _: Bytes) -> Result<String, String> {
        Err(NONE.to_owned())
    }
}
