//! What a person plans, and what each channel shows of it.

use serde::{Deserialize, Serialize};

use crate::ids::{ApiKeyId, MediaId, MemberId};

/// Who made a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Maker {
    /// A member, in the pages.
    Member(MemberId),
    /// A program, with a key.
    Key(ApiKeyId),
    /// Mainstay itself, by a rule.
    Rule,
}

/// A picture in a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostMedia {
    /// Which picture.
    pub media: MediaId,
    /// Its description for people who cannot see it.
    #[serde(default)]
    pub alt: String,
}

/// The words and pictures of a post, or of one channel's variant of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The caption.
    pub text: String,
    /// The pictures in order.
    pub media: Vec<PostMedia>,
}

/// What one channel shows differently. A field that is absent follows the post.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Variant {
    /// Another caption.
    pub text: Option<String>,
    /// Other pictures.
    pub media: Option<Vec<PostMedia>>,
}

impl Variant {
    /// The content as this channel shows it.
    #[must_use]
    pub fn over(&self, shared: &Content) -> Content {
        Content {
            text: self.text.clone().unwrap_or_else(|| shared.text.clone()),
            media: self.media.clone().unwrap_or_else(|| shared.media.clone()),
        }
    }
}
