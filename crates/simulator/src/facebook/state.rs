//! What Pages remember: their posts, shown or to be shown, and photos that wait for one.
//!
//! The Pages themselves, their people and their tokens are in [`crate::instagram::state`], because
//! both products of the one platform share them.

use crate::instagram::state::Throttle;
use crate::shelf::{Shelf, Shelved};
use crate::state::State;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Posts and photos of all Pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FacebookState {
    /// Posts by id (`{page}_{number}`), by Page; those to come under [`planned`], those that were
    /// taken down under [`GONE`].
    pub posts: Shelf<PagePost>,
    /// Photos by id, by Page.
    pub photos: Shelf<Photo>,
    /// Scheduled posts by the moment at which they go out.
    pub due: BTreeSet<(i64, String)>,
    /// Calls of a Page (or an app, with people's tokens) in the hour that began then.
    pub calls: BTreeMap<String, (i64, u32)>,
    /// Posts that the call under way has scheduled.
    #[serde(skip)]
    pub handed_over: Vec<String>,
}

/// Where posts are found that were taken down.
pub const GONE: &str = "gone";

/// Where the scheduled and the unpublished posts of a Page are found.
#[must_use]
pub fn planned(page: &str) -> String {
    format!("planned:{page}")
}

/// What is wrong with a Page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageStanding {
    /// It is gone: 100/33 to everybody, and nobody has a role on it.
    pub deleted: bool,
    /// Only people with a role see it: 100/33 to Page tokens, as sheet facebook.md §9.2 says.
    pub unpublished: bool,
    /// Publishing is blocked for a while (368).
    pub blocked: bool,
    /// Publishing authorization is missing (200/1404078).
    pub unauthorized: bool,
    /// The person must confirm the identity before publishing (4854002).
    pub unconfirmed: bool,
    /// Over a limit.
    pub throttle: Option<PageThrottle>,
    /// It posts too fast (100/1390008) until then.
    pub too_fast: Option<Throttle>,
    /// Links cannot be scraped (1609005).
    pub links_fail: bool,
    /// Photos cannot be pulled (324).
    pub unfetchable: bool,
}

/// A limit of a Page that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageThrottle {
    /// When access is regained.
    pub until_ms: i64,
    /// What calls answer until then: 80001 (32 with a person's token), 613, 341, 32 or 17.
    pub code: i64,
}

/// How a post stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// Everybody sees it.
    Published,
    /// It goes out by itself.
    Scheduled {
        /// When.
        publish_at_ms: i64,
    },
    /// Only people with a role see it, until somebody publishes it.
    Unpublished,
    /// Taken down.
    Deleted,
}

/// A post on a Page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PagePost {
    /// Page id.
    pub page: String,
    /// Who wrote it if not the Page: a visitor's name.
    pub visitor: Option<String>,
    /// Its text.
    pub message: String,
    /// A link that it shows.
    pub link: Option<String>,
    /// Photo ids in order.
    pub photos: Vec<String>,
    /// Made at; the moment of going out for one that was scheduled.
    pub at_ms: i64,
    /// Last changed.
    pub changed_ms: i64,
    /// Listed from then on.
    pub visible_at_ms: i64,
    /// How it stands.
    pub standing: Standing,
    /// The app that made it; none if it was not made through the API.
    pub app: Option<String>,
    /// The Page's own comments.
    pub comments: Vec<Comment>,
    /// Was there before anybody posted.
    pub furnished: bool,
    /// Nobody got the answer that told of it.
    pub unseen: bool,
}

/// A comment of the Page on one of its posts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comment {
    /// `{post number}_{comment number}`.
    pub id: String,
    /// Its text.
    pub message: String,
    /// Made at.
    pub at_ms: i64,
}

/// A photo of a Page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Photo {
    /// Page id.
    pub page: String,
    /// Id in the media store.
    pub media: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Alternative text.
    pub alt_text: Option<String>,
    /// Uploaded at.
    pub at_ms: i64,
    /// The post that shows it.
    pub post: Option<String>,
    /// Asked for as temporary: forgotten after a day without a post.
    pub temporary: bool,
}

impl Shelved for PagePost {
    fn places(&self) -> (Vec<Cow<'_, str>>, i64) {
        let name = match self.standing {
            Standing::Published => Cow::from(&self.page),
            Standing::Scheduled { .. } | Standing::Unpublished => Cow::from(planned(&self.page)),
            Standing::Deleted => Cow::from(GONE),
        };
        (vec![name], self.at_ms)
    }
}

impl Shelved for Photo {
    fn places(&self) -> (Vec<Cow<'_, str>>, i64) {
        (vec![Cow::from(&self.page)], self.at_ms)
    }
}

impl FacebookState {
    /// Puts a post on its Page.
    pub fn put(&mut self, id: String, post: PagePost) {
        if let Standing::Scheduled { publish_at_ms } = post.standing {
            self.due.insert((publish_at_ms, id.clone()));
            self.handed_over.push(id.clone());
        }
        self.posts.insert(id, post);
    }

    /// Says of the posts that were scheduled just now whether anybody was told.
    pub(crate) fn settle(&mut self, seen: bool) {
        for id in std::mem::take(&mut self.handed_over) {
            if let Some(post) = self.posts.get_mut(&id) {
                post.unseen = !seen;
            }
        }
    }

    /// Changes a post, also how it stands; false if there is none.
    pub fn change(&mut self, id: &str, with: impl FnOnce(&mut PagePost)) -> bool {
        let Some(mut post) = self.posts.remove(id) else {
            return false;
        };
        if let Standing::Scheduled { publish_at_ms } = post.standing {
            self.due.remove(&(publish_at_ms, id.to_owned()));
        }
        with(&mut post);
        self.put(id.to_owned(), post);
        true
    }
}

/// Lets scheduled posts go out whose moment has come, oldest first. A Page that is gone shows
/// nothing any more.
pub(crate) fn come_due(state: &mut State, now_ms: i64) {
    while let Some((at_ms, id)) = state
        .facebook
        .due
        .first()
        .filter(|(at_ms, _)| *at_ms <= now_ms)
        .cloned()
    {
        state.facebook.due.remove(&(at_ms, id.clone()));
        let Some(mut post) = state.facebook.posts.remove(&id) else {
            continue;
        };
        let page = state.instagram.pages.get(&post.page);
        if page.is_some_and(|page| !page.standing.deleted) {
            post.standing = Standing::Published;
            post.at_ms = at_ms;
            post.visible_at_ms = at_ms;
            let mark = state.facts.mark();
            let facts = &mut state.facts;
            facts.went_out("facebook", &post.page, &id, &post.message, at_ms);
            facts.settle(mark, "facebook.scheduled", !post.unseen);
        } else {
            post.standing = Standing::Deleted;
        }
        state.facebook.posts.insert(id, post);
        state.revision += 1;
    }
}
