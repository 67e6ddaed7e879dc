//! Under which names tokens, containers and posts are found besides their ids.

use super::state::{Container, Post, Token};
use crate::shelf::Shelved;
use std::borrow::Cow;

/// Where posts with collaborators are found.
pub const SHARED: &str = "shared";
/// Where posts are found that were taken down.
pub const GONE: &str = "gone";

impl Shelved for Token {
    fn places(&self) -> (Vec<Cow<'_, str>>, i64) {
        // A token's moment changes when it is prolonged; nobody asks for their order.
        (vec![Cow::from(&self.who)], 0)
    }
}

impl Shelved for Container {
    fn places(&self) -> (Vec<Cow<'_, str>>, i64) {
        (vec![Cow::from(&self.account)], self.at_ms)
    }
}

impl Shelved for Post {
    fn places(&self) -> (Vec<Cow<'_, str>>, i64) {
        if self.deleted {
            return (vec![Cow::from(GONE)], self.at_ms);
        }
        let mut names = vec![Cow::from(&self.owner)];
        if !self.collaborators.is_empty() {
            names.push(Cow::from(SHARED));
        }
        (names, self.at_ms)
    }
}
