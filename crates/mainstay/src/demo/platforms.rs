//! The demo's side of the simulator: apps, accounts, people and what they showed before Mainstay came.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::Timestamp;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use simulator::Simulator;
use simulator::instagram::{Flow, NewAccount, NewApp, NewPage, NewPerson, NewPost, Picture};

use super::content::{
    ACCOUNTS, BAKERY, BAKERY_PERSON, BAKERY_SKY, CAMPS, CAMPS_PERSON, COLLABS, SURF_SKY,
};
use super::draw::Drawing;

/// The app for signing in through Instagram: id and secret.
pub const INSTAGRAM_APP: (&str, &str) = ("7000000000000001", "demo-instagram-secret");
/// The app for signing in through Facebook.
pub const FACEBOOK_APP: (&str, &str) = ("7000000000000002", "demo-facebook-secret");
/// The Facebook people: who they are, their id, and the account behind their Page.
pub const PEOPLE: [(&str, &str, &str); 2] = [
    (BAKERY_PERSON, "10220000000000001", BAKERY),
    (CAMPS_PERSON, "10220000000000002", CAMPS),
];

/// What a person who owns a Page may do there.
const TASKS: [&str; 6] = [
    "ADVERTISE",
    "ANALYZE",
    "CREATE_CONTENT",
    "MANAGE",
    "MESSAGING",
    "MODERATE",
];

/// Drawn pictures by their drawing.
pub type Drawn = BTreeMap<Drawing, Bytes>;

/// Lets sign-ins return to this address; called at every start, as the port may be another one.
pub fn allow(simulator: &Simulator, redirect_uri: &str) {
    for (id, _) in [INSTAGRAM_APP, FACEBOOK_APP] {
        simulator.allow_redirect(id, redirect_uri);
    }
}

/// Furnishes the empty simulator. `today` is the moment at which the demo will stand.
pub fn furnish(simulator: &Simulator, drawn: &Drawn, redirect_uri: &str, today: Timestamp) {
    for (flow, (id, secret)) in [
        (Flow::Instagram, INSTAGRAM_APP),
        (Flow::Facebook, FACEBOOK_APP),
    ] {
        simulator.add_app(NewApp {
            id: Some(id.to_owned()),
            secret: Some(secret.to_owned()),
            ..NewApp::of(flow, "Mainstay", redirect_uri)
        });
    }
    let mut ids = BTreeMap::new();
    for account in ACCOUNTS {
        let id = simulator.add_instagram_account(NewAccount {
            username: account.handle.to_owned(),
            name: account.name.to_owned(),
            followers: account.followers,
            picture: Some(Picture::Bytes("image/jpeg".to_owned(), account.face.face())),
            ..NewAccount::default()
        });
        ids.insert(account.handle, id);
        let posts = (0..)
            .zip(account.posts)
            .map(|(place, (motif, mood, caption))| {
                // Older than anything that goes out through Mainstay.
                let back = (8 + place * 3) * DAY_MS
                    + (place % 4) * 2 * HOUR_MS
                    + (place % 3) * 17 * MINUTE_MS;
                let likes = 60 + (account.followers * (7 + place.unsigned_abs() * 5 % 11)) / 400;
                new_post(
                    caption,
                    plus_ms(today, -back),
                    drawn.get(&Drawing(*motif, *mood)),
                    None,
                    likes,
                )
            });
        simulator.seed_media(account.handle, posts.collect());
    }
    let collabs = COLLABS.iter().map(|(by, days, drawing, caption)| {
        new_post(
            caption,
            plus_ms(today, -days * DAY_MS - 3 * HOUR_MS),
            drawn.get(drawing),
            Some((*by).to_owned()),
            640,
        )
    });
    simulator.seed_media(BAKERY, collabs.collect());
    for (name, id, handle) in PEOPLE {
        simulator.add_facebook_person(NewPerson {
            id: Some(id.to_owned()),
            name: name.to_owned(),
        });
        let tasks = TASKS.map(str::to_owned).to_vec();
        let account = ACCOUNTS.iter().find(|account| account.handle == handle);
        simulator.add_page(NewPage {
            name: account.map_or(name, |account| account.name).to_owned(),
            instagram: ids.get(handle).cloned(),
            tasks: vec![(id.to_owned(), tasks)],
            ..NewPage::default()
        });
    }
    for (handle, name, posts) in [
        (BAKERY_SKY, "Harbour Bakery", 8),
        (SURF_SKY, "Tidal Surf School", 5),
    ] {
        let did = simulator.add_bluesky_account(handle, name);
        simulator.seed_bluesky_posts(&did, posts);
    }
}

fn new_post(
    caption: &str,
    at: Timestamp,
    picture: Option<&Bytes>,
    by: Option<String>,
    likes: u64,
) -> NewPost {
    let picture = picture.map_or(Picture::Drawn(1), |bytes| {
        Picture::Bytes("image/jpeg".to_owned(), bytes.clone())
    });
    NewPost {
        caption: caption.to_owned(),
        at_ms: at.as_millisecond(),
        pictures: vec![picture],
        by,
        likes,
    }
}
