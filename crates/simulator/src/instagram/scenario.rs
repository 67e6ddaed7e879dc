//! Furnishing: apps, accounts, people, Pages and posts, one by one; the default set is in
//! `furnish.rs`.

use super::state::{
    AccessLevel, Account, App, Collaborator, Flow, Form, InstagramState, Page, Person, Post,
    Standing,
};
use crate::facebook::state::PageStanding;
use crate::simulator::Simulator;
use crate::state::State;
use bytes::Bytes;
use std::collections::BTreeMap;

/// Permissions of the Instagram flow (sheet instagram.md §1.1).
pub const IGL_SCOPES: &[&str] = &[
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
    "instagram_business_manage_messages",
];

/// Permissions that a Facebook dialog knows here (sheets instagram.md §1.1, facebook.md §3).
pub const FBL_SCOPES: &[&str] = &[
    "public_profile",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_contents",
    "instagram_manage_insights",
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_manage_metadata",
    "business_management",
    "read_insights",
    "ads_management",
    "ads_read",
];

/// Where a picture comes from.
#[derive(Clone, Debug)]
pub enum Picture {
    /// Drawn by the simulator from a number.
    Drawn(u64),
    /// These bytes of this content type.
    Bytes(String, Bytes),
}

/// An Instagram professional account to add.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// Id; drawn when left out.
    pub id: Option<String>,
    /// Handle without `@`.
    pub username: String,
    /// Display name.
    pub name: String,
    /// True for `Media_Creator`, false for `Business`.
    pub creator: bool,
    /// Followers.
    pub followers: u64,
    /// Picture; drawn when left out.
    pub picture: Option<Picture>,
}

/// A Facebook person to add.
#[derive(Clone, Debug, Default)]
pub struct NewPerson {
    /// Id; drawn when left out.
    pub id: Option<String>,
    /// Name.
    pub name: String,
}

/// A Facebook Page to add.
#[derive(Clone, Debug, Default)]
pub struct NewPage {
    /// Id; drawn when left out.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Linked Instagram account id.
    pub instagram: Option<String>,
    /// Tasks of people, by person id.
    pub tasks: Vec<(String, Vec<String>)>,
}

/// An app to add.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Client id; drawn when left out.
    pub id: Option<String>,
    /// Client secret; drawn when left out.
    pub secret: Option<String>,
    /// Name on the consent page.
    pub name: String,
    /// Which flow.
    pub flow: Flow,
    /// Addresses a sign-in may return to; exact.
    pub redirect_uris: Vec<String>,
    /// Permissions it may ask for; all of its flow when left out.
    pub scopes: Option<Vec<String>>,
    /// Whom it may serve.
    pub access: AccessLevel,
    /// Account or person ids with a role on it.
    pub testers: Vec<String>,
    /// Facebook: calls need `appsecret_proof`.
    pub needs_proof: bool,
}

impl NewApp {
    /// An app with advanced access and every permission of its flow.
    #[must_use]
    pub fn of(flow: Flow, name: &str, redirect_uri: &str) -> Self {
        Self {
            id: None,
            secret: None,
            name: name.to_owned(),
            flow,
            redirect_uris: vec![redirect_uri.to_owned()],
            scopes: None,
            access: AccessLevel::Advanced,
            testers: Vec::new(),
            needs_proof: false,
        }
    }
}

/// A post to seed, as if made in the Instagram app.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Caption.
    pub caption: String,
    /// Published at, in milliseconds.
    pub at_ms: i64,
    /// One picture, or two to ten for a carousel.
    pub pictures: Vec<Picture>,
    /// Username of somebody else who created it: a collab post, on which the account is an
    /// accepted collaborator. None: the account created it.
    pub by: Option<String>,
    /// Likes.
    pub likes: u64,
}

impl Simulator {
    /// Adds an Instagram account; its id.
    pub fn add_instagram_account(&self, new: NewAccount) -> String {
        self.change(|state, _| account(state, new))
    }

    /// Adds a Facebook person; the id.
    pub fn add_facebook_person(&self, new: NewPerson) -> String {
        self.change(|state, _| person(state, new))
    }

    /// Adds a Page; its id.
    pub fn add_page(&self, new: NewPage) -> String {
        self.change(|state, _| page(state, new))
    }

    /// Adds an app; its client id and secret.
    pub fn add_app(&self, new: NewApp) -> (String, String) {
        self.change(|state, _| app(state, new))
    }

    /// Lets an app's sign-ins return to a further address; false if there is no such app.
    pub fn allow_redirect(&self, app: &str, redirect_uri: &str) -> bool {
        self.change(|state, _| {
            let Some(app) = state.instagram.apps.get_mut(app) else {
                return false;
            };
            if !app.redirect_uris.iter().any(|known| known == redirect_uri) {
                app.redirect_uris.push(redirect_uri.to_owned());
            }
            true
        })
    }

    /// Seeds posts of an account (id or username); their ids. Nothing for an unknown account.
    pub fn seed_media(&self, account: &str, posts: Vec<NewPost>) -> Vec<String> {
        self.change(|state, _| {
            let Some(owner) = state.instagram.account_named(account).cloned() else {
                return Vec::new();
            };
            posts
                .into_iter()
                .map(|new| post(state, &owner, new))
                .collect()
        })
    }
}

pub(crate) fn store(state: &mut State, picture: Picture) -> String {
    match picture {
        Picture::Drawn(number) => format!("drawn-{number}"),
        Picture::Bytes(kind, bytes) => state.media.keep(&kind, &bytes),
    }
}

fn face(state: &mut State, picture: Option<Picture>) -> String {
    match picture {
        Some(picture @ Picture::Bytes(..)) => store(state, picture),
        Some(Picture::Drawn(number)) => format!("drawn-{number}-face"),
        None => format!("drawn-{}-face", state.chance.below(1_000_000)),
    }
}

pub(crate) fn account(state: &mut State, new: NewAccount) -> String {
    let id = new.id.unwrap_or_else(|| state.chance.digits("178414", 17));
    let account = Account {
        id: id.clone(),
        app_scoped_id: state.chance.digits("26", 17),
        username: new.username,
        name: new.name,
        account_type: if new.creator {
            "Media_Creator"
        } else {
            "Business"
        }
        .to_owned(),
        picture: face(state, new.picture),
        followers: new.followers,
        password: 1,
        standing: Standing::default(),
        published_at_ms: Vec::new(),
        containers_at_ms: Vec::new(),
    };
    state.instagram.accounts.insert(id.clone(), account);
    id
}

pub(super) fn person(state: &mut State, new: NewPerson) -> String {
    add_person(state, new, None)
}

/// A person with a given picture.
pub(crate) fn person_with(state: &mut State, new: NewPerson, picture: Picture) -> String {
    add_person(state, new, Some(picture))
}

fn add_person(state: &mut State, new: NewPerson, picture: Option<Picture>) -> String {
    let id = new.id.unwrap_or_else(|| state.chance.digits("1022", 17));
    let picture = face(state, picture);
    let person = Person {
        id: id.clone(),
        name: new.name,
        picture,
        password: 1,
        checkpoint: false,
        restricted: false,
    };
    state.instagram.persons.insert(id.clone(), person);
    id
}

pub(super) fn page(state: &mut State, new: NewPage) -> String {
    add_page(state, new, None)
}

/// A Page with a given picture.
pub(crate) fn page_with(state: &mut State, new: NewPage, picture: Picture) -> String {
    add_page(state, new, Some(picture))
}

fn add_page(state: &mut State, new: NewPage, picture: Option<Picture>) -> String {
    let id = new.id.unwrap_or_else(|| state.chance.digits("10", 15));
    let page = Page {
        id: id.clone(),
        name: new.name,
        picture: face(state, picture),
        instagram: new.instagram,
        formerly_linked: None,
        tasks: new.tasks.into_iter().collect(),
        taken: BTreeMap::new(),
        standing: PageStanding::default(),
    };
    state.instagram.pages.insert(id.clone(), page);
    id
}

pub(super) fn app(state: &mut State, new: NewApp) -> (String, String) {
    let id = new.id.unwrap_or_else(|| state.chance.digits("7", 16));
    let secret = new.secret.unwrap_or_else(|| state.chance.hex(32));
    let all = if new.flow == Flow::Instagram {
        IGL_SCOPES
    } else {
        FBL_SCOPES
    };
    let app = App {
        id: id.clone(),
        name: new.name,
        flow: new.flow,
        secret: secret.clone(),
        former_secret: None,
        older_secret: None,
        secret_version: 1,
        redirect_uris: new.redirect_uris,
        scopes: new.scopes.map_or_else(
            || all.iter().map(|scope| (*scope).to_owned()).collect(),
            |scopes| scopes.into_iter().collect(),
        ),
        access: new.access,
        testers: new.testers.into_iter().collect(),
        needs_proof: new.needs_proof,
    };
    state.instagram.apps.insert(id.clone(), app);
    (id, secret)
}

/// Another account on a post; one that is not known here has an id of its own making.
pub(crate) fn collaborator(state: &InstagramState, username: &str, status: &str) -> Collaborator {
    let name = username.trim_start_matches('@');
    let id = state
        .account_named(name)
        .map_or_else(|| foreign_id(name), |account| account.id.clone());
    Collaborator {
        id,
        username: name.to_owned(),
        status: status.to_owned(),
    }
}

/// A steady id for somebody who is not furnished here.
fn foreign_id(username: &str) -> String {
    let sum = username.bytes().fold(7_u64, |sum, byte| {
        (sum * 131 + u64::from(byte)) % 100_000_000_000
    });
    format!("178419{sum:011}")
}

pub(super) fn post(state: &mut State, account: &Account, new: NewPost) -> String {
    let carousel = new.pictures.len() > 1;
    let media: Vec<String> = new
        .pictures
        .into_iter()
        .map(|picture| store(state, picture))
        .collect();
    let children = if carousel {
        media
            .iter()
            .map(|_| super::publish::fresh(state, "1801"))
            .collect()
    } else {
        Vec::new()
    };
    let id = super::publish::fresh(state, "1800");
    let shortcode = state.chance.token("D", 10);
    let (owner, owner_username, collaborators) = match new.by {
        None => (account.id.clone(), account.username.clone(), Vec::new()),
        Some(creator) => {
            let creator = collaborator(&state.instagram, &creator, "Accepted");
            (
                creator.id,
                creator.username,
                vec![collaborator(
                    &state.instagram,
                    &account.username,
                    "Accepted",
                )],
            )
        }
    };
    let post = Post {
        owner,
        owner_username,
        form: if carousel {
            Form::Carousel
        } else {
            Form::Image
        },
        caption: new.caption,
        alt_text: None,
        at_ms: new.at_ms,
        visible_at_ms: new.at_ms,
        shortcode,
        videos: vec![false; media.len()],
        media,
        children,
        collaborators,
        likes: new.likes,
        comments: new.likes / 19,
        container: None,
        deleted: false,
    };
    state.instagram.posts.insert(id.clone(), post);
    id
}
