//! Posts read back from a platform.

use domain::Timestamp;

/// One post of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePost {
    /// The platform's id of it.
    pub id: String,
    /// When it was posted.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
    /// Its public address.
    pub permalink: Option<String>,
    /// The address of a picture of it; such addresses may expire.
    pub picture_url: Option<String>,
    /// How many pictures or films it has; 0 for text alone.
    pub items: u32,
}

/// One page, newest first. A collab post of another creator is not in `posts`; it is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostsPage {
    /// The account's own posts.
    pub posts: Vec<RemotePost>,
    /// Posts on which the account is only a collaborator, on this page; none where the platform does
    /// not tell.
    pub collabs_left_out: Option<u32>,
    /// How to ask for the next page.
    pub cursor: Option<String>,
}
