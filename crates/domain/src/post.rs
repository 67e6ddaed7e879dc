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

/// As tables and lists hold it: the id itself, whose prefix says what it is, or `rule`.
impl std::fmt::Display for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Member(id) => id.fmt(f),
            Self::Key(id) => id.fmt(f),
            Self::Rule => f.write_str("rule"),
        }
    }
}

impl std::str::FromStr for Maker {
    type Err = crate::words::UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "rule" {
            return Ok(Self::Rule);
        }
        let member = text.parse().map(Self::Member);
        member
            .or_else(|_| text.parse().map(Self::Key))
            .map_err(|_: crate::ids::BadId| crate::words::UnknownWord {
                what: "Maker",
                text: text.chars().take(64).collect(),
            })
    }
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
