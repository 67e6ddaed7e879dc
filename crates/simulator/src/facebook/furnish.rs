//! Posts that Pages have from the beginning; the Pages and people are in
//! [`crate::instagram::NewPage`] and its kin.

use super::state::{PagePost, Photo, Standing};
use crate::clock::{DAY, HOUR, MINUTE};
use crate::instagram::Picture;
use crate::instagram::scenario::store;
use crate::simulator::{Scene, Simulator};
use crate::state::State;

/// A post to seed, as if made at facebook.com.
#[derive(Clone, Debug, Default)]
pub struct NewPagePost {
    /// Its text.
    pub message: String,
    /// Published at, in milliseconds.
    pub at_ms: i64,
    /// Photos.
    pub pictures: Vec<Picture>,
    /// A link.
    pub link: Option<String>,
    /// Name of a visitor who wrote it; none for the Page itself.
    pub visitor: Option<String>,
}

/// Page id, what it said, every third day back from now.
const POSTS: [(&str, &[&str]); 3] = [
    (
        "100000000000001",
        &[
            "Sourdough, straight from the stone oven",
            "We open at six tomorrow, for the early ferry",
            "Cinnamon knots are back",
            "Looking for somebody who likes mornings",
        ],
    ),
    (
        "100000000000002",
        &[
            "Kiln day: the door opens at four",
            "Nine bowls, ready to travel",
            "The studio is open on Saturday",
        ],
    ),
    (
        "100000000000004",
        &["The hall is free again in March", "Market every Saturday"],
    ),
];
/// What visitors wrote on the bakery's Page.
const VISITS: [(&str, &str); 2] = [
    ("Mira Holm", "The best rye in town, thank you!"),
    ("Tom Aalto", "Are you open on Sunday?"),
];

/// Posts of the default Pages.
pub(crate) fn furnish(state: &mut State, scene: &Scene<'_>) {
    let mut number = 900;
    for (page, messages) in POSTS {
        for (place, message) in (0_i64..).zip(messages) {
            number += 1;
            let pictures = if place % 2 == 0 {
                vec![Picture::Drawn(number)]
            } else {
                Vec::new()
            };
            let new = NewPagePost {
                message: (*message).to_owned(),
                at_ms: scene.now_ms - place * 3 * DAY - 7 * HOUR - place * 11 * MINUTE,
                pictures,
                ..NewPagePost::default()
            };
            seed(state, page, new);
        }
    }
    for (place, (visitor, message)) in (1_i64..).zip(VISITS) {
        let new = NewPagePost {
            message: message.to_owned(),
            at_ms: scene.now_ms - place * 2 * DAY,
            visitor: Some(visitor.to_owned()),
            ..NewPagePost::default()
        };
        seed(state, "100000000000001", new);
    }
}

fn seed(state: &mut State, page: &str, new: NewPagePost) -> String {
    let id = format!("{page}_{}", state.chance.digits("1220", 17));
    let mut photos = Vec::new();
    for picture in new.pictures {
        let photo = Photo {
            page: page.to_owned(),
            media: store(state, picture),
            size: (480, 600),
            alt_text: None,
            at_ms: new.at_ms,
            post: Some(id.clone()),
            temporary: false,
        };
        let photo_id = state.chance.digits("1221", 17);
        state.facebook.photos.insert(photo_id.clone(), photo);
        photos.push(photo_id);
    }
    let post = PagePost {
        page: page.to_owned(),
        visitor: new.visitor,
        message: new.message,
        link: new.link,
        photos,
        at_ms: new.at_ms,
        changed_ms: new.at_ms,
        visible_at_ms: new.at_ms,
        standing: Standing::Published,
        app: None,
        comments: Vec::new(),
        furnished: true,
        unseen: false,
    };
    state.facebook.put(id.clone(), post);
    id
}

impl Simulator {
    /// Seeds posts of a Page (id or name); their ids. Nothing for an unknown Page.
    pub fn seed_page_posts(&self, page: &str, posts: Vec<NewPagePost>) -> Vec<String> {
        self.change(|state, _| {
            let Some(page) = state.instagram.page_named(page).map(|page| page.id.clone()) else {
                return Vec::new();
            };
            posts
                .into_iter()
                .map(|new| seed(state, &page, new))
                .collect()
        })
    }
}
