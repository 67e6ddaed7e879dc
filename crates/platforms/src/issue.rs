//! What is wrong with a post for one platform, found while a person writes it.

use domain::post::PostMedia;

/// A post as one channel would show it.
pub struct Draft<'a> {
    /// The text.
    pub text: &'a str,
    /// The pictures with what is known of each.
    pub media: &'a [(PostMedia, MediaFacts)],
}

/// What is known of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaFacts {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size in bytes.
    pub bytes: u64,
}

/// One finding. The words are in Fluent under `issue-<code>` with `limit` and `actual`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Stable code: `text_too_long`, `media_missing`, `too_many_media`, `text_missing`,
    /// `ratio_unusual`, `too_many_hashtags`, `too_many_mentions`, `alt_too_long`.
    pub code: &'static str,
    /// `text` or `media`.
    pub field: &'static str,
    /// The platform's limit, where there is one.
    pub limit: Option<i64>,
    /// What the post has.
    pub actual: Option<i64>,
    /// Whether it keeps the post from being scheduled, or is only said.
    pub blocks: bool,
}
