//! What Instagram remembers, and with it the Facebook people and Pages that lead to an account.

use crate::clock::{DAY, SECOND};
use crate::facebook::state::PageStanding;
use crate::shelf::Shelf;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything of both login flows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstagramState {
    /// Apps by id.
    pub apps: BTreeMap<String, App>,
    /// Instagram professional accounts by id (`17841…`).
    pub accounts: BTreeMap<String, Account>,
    /// Facebook people by app-scoped id.
    pub persons: BTreeMap<String, Person>,
    /// Facebook Pages by id.
    pub pages: BTreeMap<String, Page>,
    /// What people allowed apps to do, by `app/account or person`.
    pub grants: BTreeMap<String, Grant>,
    /// Number of grants ever made.
    pub granted: u64,
    /// Tokens by their text, and by whose they are.
    pub tokens: Shelf<Token>,
    /// Authorization codes by their text.
    pub codes: BTreeMap<String, Code>,
    /// Sign-ins under way.
    pub tickets: BTreeMap<String, Ticket>,
    /// Containers by id.
    pub containers: Shelf<Container>,
    /// Posts by id, by owner, those with collaborators also under [`super::shelves::SHARED`], those
    /// that were taken down only under [`super::shelves::GONE`].
    pub posts: Shelf<Post>,
    /// Retired API versions, such as `v24.0`.
    pub retired: BTreeSet<String>,
    /// The app-wide limit, until when and in how many minutes it ends.
    pub app_throttle: Option<Throttle>,
    /// How it behaves.
    pub settings: Settings,
}

/// Switches where the documentation leaves room, and how long things take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Milliseconds until an image or carousel container is `FINISHED`.
    pub container_ms: i64,
    /// Milliseconds until a video container is `FINISHED`.
    pub video_ms: i64,
    /// A new post is listed after a lag drawn from zero to this many milliseconds.
    pub list_lag_max_ms: i64,
    /// `ig_refresh_token` answers with a new string (the old one works on) instead of the same.
    pub refresh_gives_new_token: bool,
    /// Code exchange and `/me` answer inside `data[]`, as documented, instead of flat.
    pub answers_in_data: bool,
    /// Exchanging a long-lived Facebook token again prolongs it.
    pub facebook_reexchange_extends: bool,
    /// The long-lived answer of Facebook leaves `expires_in` out.
    pub facebook_expires_in_missing: bool,
    /// Posts per rolling 24 h and account.
    pub quota_total: u32,
    /// A Page refuses what it showed within so many minutes (506). Off (0) at first: the platform
    /// may refuse a twin, and nobody may rely on it.
    pub facebook_duplicate_minutes: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            container_ms: 4 * SECOND,
            video_ms: 20 * SECOND,
            list_lag_max_ms: 0,
            refresh_gives_new_token: false,
            answers_in_data: false,
            facebook_reexchange_extends: false,
            facebook_expires_in_missing: false,
            quota_total: 100,
            facebook_duplicate_minutes: 0,
        }
    }
}

/// A login flow, and the hosts that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Instagram API with Instagram Login.
    Instagram,
    /// Instagram API with Facebook Login.
    Facebook,
}

/// Whom an app may serve (sheet instagram.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLevel {
    /// Only its testers.
    Standard,
    /// Everybody.
    Advanced,
}

/// A registered app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct App {
    /// Client id.
    pub id: String,
    /// Name on the consent page.
    pub name: String,
    /// Which flow it is for.
    pub flow: Flow,
    /// Client secret.
    pub secret: String,
    /// The secret before it was reset, to mend that.
    #[serde(default)]
    pub former_secret: Option<String>,
    /// A secret that is good beside the present one, while it is being replaced.
    #[serde(default)]
    pub older_secret: Option<String>,
    /// Counts resets of the secret; tokens of another count are dead.
    #[serde(default)]
    pub secret_version: u32,
    /// Addresses a sign-in may return to; exact.
    pub redirect_uris: Vec<String>,
    /// Permissions it may ask for.
    pub scopes: BTreeSet<String>,
    /// Whom it may serve.
    pub access: AccessLevel,
    /// Account or person ids with a role on it.
    #[serde(default)]
    pub testers: BTreeSet<String>,
    /// Facebook: calls need `appsecret_proof`.
    #[serde(default)]
    pub needs_proof: bool,
}

impl App {
    /// Whether it knows this secret.
    pub(crate) fn takes(&self, given: &str) -> bool {
        self.secret == given || self.older_secret.as_deref() == Some(given)
    }
}

/// An Instagram professional account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Professional account id.
    pub id: String,
    /// What `/me` calls `id` in the Instagram flow.
    pub app_scoped_id: String,
    /// Handle without `@`.
    pub username: String,
    /// Display name.
    pub name: String,
    /// `Business` or `Media_Creator`.
    pub account_type: String,
    /// Id of its picture in the media store.
    pub picture: String,
    /// Followers.
    pub followers: u64,
    /// Counts changes of the password; tokens of another count are dead.
    pub password: u32,
    /// What is wrong with it.
    pub standing: Standing,
    /// Moments of posts published through the API (for the quota).
    pub published_at_ms: Vec<i64>,
    /// Moments at which containers were made (400 per 24 h).
    pub containers_at_ms: Vec<i64>,
}

/// What is wrong with an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// It no longer exists.
    pub deleted: bool,
    /// It is no professional account any more.
    pub personal: bool,
    /// It is private.
    pub private: bool,
    /// Its owner must open the Instagram app.
    pub checkpoint: bool,
    /// Publishing is restricted.
    pub restricted: bool,
    /// Temporarily blocked for policy (368).
    pub blocked: bool,
    /// Suspected of spam (4/2207051); true if posts go out nevertheless.
    pub spam: Option<bool>,
    /// Over its limit.
    pub throttle: Option<Throttle>,
    /// Media cannot be pulled for it.
    pub unfetchable: bool,
    /// New containers end in `ERROR` with this subcode.
    pub container_error: Option<u32>,
    /// No more posts today.
    pub quota_used: bool,
    /// Containers and posts cannot be read with a Page token (fault of May 2026).
    pub page_token_blind: bool,
}

/// A limit that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// When access is regained.
    pub until_ms: i64,
}

/// A Facebook person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    /// App-scoped id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Id of the picture in the media store.
    pub picture: String,
    /// Counts changes of the password.
    pub password: u32,
    /// Must log in at facebook.com (190/459).
    pub checkpoint: bool,
    /// In a blocking checkpoint (190/490).
    pub restricted: bool,
}

/// A Facebook Page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Id of the picture in the media store.
    pub picture: String,
    /// The linked Instagram account.
    pub instagram: Option<String>,
    /// The account it was linked to before that was broken.
    #[serde(default)]
    pub formerly_linked: Option<String>,
    /// Tasks by person id.
    pub tasks: BTreeMap<String, Vec<String>>,
    /// Tasks that were taken away, to give them back.
    #[serde(default)]
    pub taken: BTreeMap<String, Vec<String>>,
    /// What is wrong with it.
    #[serde(default)]
    pub standing: PageStanding,
}

/// What somebody allowed an app to do. A new sign-in changes it; removing the app ends it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Number; tokens name it, so that those of a removed grant stay dead.
    pub number: u64,
    /// App id.
    pub app: String,
    /// Account id (Instagram flow) or person id (Facebook flow).
    pub who: String,
    /// Permissions given.
    pub permissions: BTreeSet<String>,
    /// Asked for and not given.
    pub declined: BTreeSet<String>,
    /// Facebook: Pages ticked.
    pub pages: BTreeSet<String>,
    /// Facebook: Instagram accounts ticked; independent of the Pages.
    pub accounts: BTreeSet<String>,
    /// Last time the person went through the dialog.
    pub last_login_at_ms: i64,
}

/// Days after the last sign-in at which data access ends (sheet facebook.md §4.4).
pub const DATA_ACCESS: i64 = 90 * DAY;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TokenKind {
    /// Instagram user token of one hour.
    InstagramShort,
    /// Instagram user token of 60 days.
    InstagramLong,
    /// Facebook user token of one to two hours.
    UserShort,
    /// Facebook user token of 60 days.
    UserLong,
    /// Page token.
    Page {
        /// The Page.
        page: String,
        /// The user token it came from.
        from: String,
    },
}

/// How a token was ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// As if its time were over (190/463).
    Expired,
    /// The person logged out (190/467).
    LoggedOut,
    /// One of the rarer faults of a session, by its subcode (190/465, 190/468, …).
    Fault(u32),
}

/// A token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// What it is.
    #[serde(flatten)]
    pub kind: TokenKind,
    /// App id.
    pub app: String,
    /// Account or person id.
    pub who: String,
    /// Grant number.
    pub grant: u64,
    /// Password count at its making.
    pub password: u32,
    /// Secret count at its making.
    pub secret: u32,
    /// When it was made or last prolonged.
    pub issued_at_ms: i64,
    /// When it ends; none for a Page token from a long-lived one.
    pub expires_at_ms: Option<i64>,
    /// Ended early.
    pub ended: Option<Ended>,
}

/// An authorization code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    /// App id.
    pub app: String,
    /// The address it was sent to.
    pub redirect_uri: String,
    /// Account or person id.
    pub who: String,
    /// Made at.
    pub at_ms: i64,
    /// Already exchanged.
    pub used: bool,
}

/// A sign-in under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// App id.
    pub app: String,
    /// Where it returns to.
    pub redirect_uri: String,
    /// The caller's `state`.
    pub state: Option<String>,
    /// Permissions asked for.
    pub scopes: Vec<String>,
    /// Who logged in.
    pub who: String,
    /// Facebook: declined permissions are asked for again (`auth_type=rerequest`).
    pub rerequest: bool,
    /// Made at.
    pub at_ms: i64,
}

/// A media container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Container {
    /// Account id.
    pub account: String,
    /// Through which host it was made; it is invisible through the other.
    pub flow: Flow,
    /// What it will be.
    pub form: Form,
    /// An item of a carousel, never published alone.
    pub item: bool,
    /// Caption.
    pub caption: String,
    /// Alternative text.
    pub alt_text: Option<String>,
    /// Usernames to invite.
    pub collaborators: Vec<String>,
    /// Children of a carousel, in order.
    pub children: Vec<String>,
    /// Id in the media store.
    pub media: Option<String>,
    /// Made at.
    pub at_ms: i64,
    /// `FINISHED` from then on.
    pub ready_at_ms: i64,
    /// Subcode with which it failed.
    pub error: Option<u32>,
    /// The post it became.
    pub post: Option<String>,
}

/// Forms of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One image in the feed.
    Image,
    /// A video (a reel, outside of carousels).
    Video,
    /// Two to ten items.
    Carousel,
    /// A story.
    Story,
}

/// A post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Post {
    /// Id of the creator; not necessarily an account that is known here.
    pub owner: String,
    /// Username of the creator.
    pub owner_username: String,
    /// Form.
    pub form: Form,
    /// Caption.
    pub caption: String,
    /// Alternative text.
    pub alt_text: Option<String>,
    /// Published at.
    pub at_ms: i64,
    /// Listed from then on.
    pub visible_at_ms: i64,
    /// Last part of the permalink.
    pub shortcode: String,
    /// Media store ids: one, or one a child.
    pub media: Vec<String>,
    /// Which of them are videos, in the same order.
    pub videos: Vec<bool>,
    /// Ids of the children of a carousel.
    pub children: Vec<String>,
    /// Other accounts on it.
    pub collaborators: Vec<Collaborator>,
    /// Likes.
    pub likes: u64,
    /// Comments.
    pub comments: u64,
    /// The container it came from; none if it was not made through the API.
    pub container: Option<String>,
    /// Taken down.
    pub deleted: bool,
}

/// Another account on a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collaborator {
    /// Account id, as far as known here.
    pub id: String,
    /// Username.
    pub username: String,
    /// `Accepted`, `Pending` or `Declined`.
    pub status: String,
}

impl InstagramState {
    /// How many posts an account has that were not taken down.
    #[must_use]
    pub fn posts_of(&self, owner: &str) -> usize {
        self.posts.count(owner)
    }

    /// Takes a post down.
    pub fn take_down(&mut self, id: &str) {
        if let Some(mut post) = self.posts.remove(id) {
            post.deleted = true;
            self.posts.insert(id.to_owned(), post);
        }
    }

    /// Whether somebody has allowed something to an app.
    #[must_use]
    pub fn has_grant(&self, who: &str) -> bool {
        self.grants.values().any(|grant| grant.who == who)
    }

    /// The grant of `who` to an app.
    #[must_use]
    pub fn grant(&self, app: &str, who: &str) -> Option<&Grant> {
        self.grants.get(&grant_key(app, who))
    }

    /// An account by id, app-scoped id or username.
    #[must_use]
    pub fn account_named(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name).or_else(|| {
            self.accounts
                .values()
                .find(|account| account.username == name || account.app_scoped_id == name)
        })
    }

    /// A person by id or name.
    #[must_use]
    pub fn person_named(&self, name: &str) -> Option<&Person> {
        self.persons
            .get(name)
            .or_else(|| self.persons.values().find(|person| person.name == name))
    }

    /// A Page by id or name.
    #[must_use]
    pub fn page_named(&self, name: &str) -> Option<&Page> {
        self.pages
            .get(name)
            .or_else(|| self.pages.values().find(|page| page.name == name))
    }

    /// The Page that an account is linked to.
    #[must_use]
    pub fn page_of(&self, account: &str) -> Option<&Page> {
        self.pages
            .values()
            .find(|page| page.instagram.as_deref() == Some(account))
    }
}

/// Key of a grant.
#[must_use]
pub fn grant_key(app: &str, who: &str) -> String {
    format!("{app}/{who}")
}
