//! Limits on what is taken in. Every input has one; a platform's own limits stand with its adapter.

/// The largest body of an API request or form that is not an upload, in bytes.
pub const BODY_BYTES: usize = 1024 * 1024;
/// The largest picture that is taken in, in bytes.
pub const IMAGE_BYTES: usize = 30 * 1024 * 1024;
/// The longest text of a post, in characters, before any platform's own limit.
pub const TEXT_CHARS: usize = 10_000;
/// The most pictures in one post.
pub const MEDIA_PER_POST: usize = 20;
/// The most channels in one post.
pub const CHANNELS_PER_POST: usize = 50;
/// The most deliveries that one bulk call may move.
pub const BULK_DELIVERIES: usize = 500;
/// The longest name of a set, workspace or key, in characters.
pub const NAME_CHARS: usize = 100;
/// The longest description of a picture, in characters.
pub const ALT_CHARS: usize = 2_000;
/// How far ahead a post may be planned, in days.
pub const PLAN_DAYS: i64 = 730;
/// The most items of one page of an API list.
pub const PAGE_ITEMS: usize = 200;
