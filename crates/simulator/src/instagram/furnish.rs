//! The default set: enough to click through everything. Ids are fixed, pictures are drawn.

use super::scenario::{
    NewAccount, NewApp, NewPage, NewPerson, NewPost, Picture, account, app, page, person, post,
};
use super::state::Flow;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::simulator::Scene;
use crate::state::State;

/// Client id and secret of the app of each flow. They have no redirect address yet.
const APPS: [(Flow, &str, &str); 2] = [
    (
        Flow::Instagram,
        "7000000000000001",
        "simulator-instagram-secret",
    ),
    (
        Flow::Facebook,
        "7000000000000002",
        "simulator-facebook-secret",
    ),
];

/// Id, username, name, whether a creator, followers.
const ACCOUNTS: [(&str, &str, &str, bool, u64); 4] = [
    (
        "17841400000000001",
        "harbour.bakery",
        "Harbour Bakery",
        false,
        18_240,
    ),
    (
        "17841400000000002",
        "nord.ceramics",
        "Nord Ceramics",
        true,
        6_310,
    ),
    (
        "17841400000000003",
        "fern.and.field",
        "Fern & Field",
        false,
        2_870,
    ),
    (
        "17841400000000004",
        "lumen.studio",
        "Lumen Studio",
        true,
        41_900,
    ),
];

const ANNA: &str = "10220000000000001";
const JONAS: &str = "10220000000000002";
const PEOPLE: [(&str, &str); 2] = [(ANNA, "Anna Berg"), (JONAS, "Jonas Weber")];

const FULL: &[&str] = &[
    "ADVERTISE",
    "ANALYZE",
    "CREATE_CONTENT",
    "MANAGE",
    "MESSAGING",
    "MODERATE",
];

/// Id, name, linked account, tasks by person. Jonas may only look at Fern & Field, and the market
/// hall has no account: both are what people stumble over.
type FurnishedPage = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static [(&'static str, &'static [&'static str])],
);
const PAGES: [FurnishedPage; 4] = [
    (
        "100000000000001",
        "Harbour Bakery",
        Some("17841400000000001"),
        &[(ANNA, FULL)],
    ),
    (
        "100000000000002",
        "Nord Ceramics",
        Some("17841400000000002"),
        &[(ANNA, FULL), (JONAS, &["CREATE_CONTENT", "ANALYZE"])],
    ),
    (
        "100000000000003",
        "Fern & Field",
        Some("17841400000000003"),
        &[(JONAS, &["ANALYZE"])],
    ),
    ("100000000000004", "Old Market Hall", None, &[(ANNA, FULL)]),
];

/// Captions by username; each is posted twice.
const CAPTIONS: [(&str, &[&str]); 4] = [
    (
        "harbour.bakery",
        &[
            "Sourdough, straight from the stone oven",
            "The first cinnamon knots of autumn",
            "Rye with caraway is back on Thursdays",
            "Six in the morning, flour everywhere",
            "A wedding cake for Mira and Tom",
            "Our new corner seat by the window",
        ],
    ),
    (
        "nord.ceramics",
        &[
            "Glaze tests in sea green",
            "A set of nine bowls, ready to travel",
            "Kiln day",
            "Hands, clay, patience",
        ],
    ),
    (
        "fern.and.field",
        &[
            "What grows between the paving stones",
            "Drying hops for the autumn wreaths",
            "Market on Saturday, come early",
        ],
    ),
    (
        "lumen.studio",
        &["Portraits by north light", "A long exposure of the harbour"],
    ),
];

/// Days ago, creator, caption: collab posts on which the bakery is only a guest.
const COLLABS: [(i64, &str, &str); 2] = [
    (1, "old.market.hall", "Saturday market with @harbour.bakery"),
    (6, "mill.and.stone", "Where our flour ends up"),
];

/// Four accounts, two people, four Pages, an app for each flow, 26 posts and two collab posts.
pub(crate) fn furnish(state: &mut State, scene: &Scene<'_>) {
    for (flow, id, secret) in APPS {
        let new = NewApp {
            id: Some(id.to_owned()),
            secret: Some(secret.to_owned()),
            redirect_uris: Vec::new(),
            ..NewApp::of(flow, "Mainstay", "")
        };
        app(state, new);
    }
    for (number, (id, username, name, creator, followers)) in (1..).zip(ACCOUNTS) {
        let new = NewAccount {
            id: Some(id.to_owned()),
            username: username.to_owned(),
            name: name.to_owned(),
            creator,
            followers,
            picture: Some(Picture::Drawn(number)),
        };
        account(state, new);
    }
    for (id, name) in PEOPLE {
        person(
            state,
            NewPerson {
                id: Some(id.to_owned()),
                name: name.to_owned(),
            },
        );
    }
    for (id, name, linked, tasks) in PAGES {
        let owned = |tasks: &[&str]| tasks.iter().map(|task| (*task).to_owned()).collect();
        let tasks = tasks
            .iter()
            .map(|(person, tasks)| ((*person).to_owned(), owned(tasks)));
        let new = NewPage {
            id: Some(id.to_owned()),
            name: name.to_owned(),
            instagram: linked.map(str::to_owned),
            tasks: tasks.collect(),
        };
        page(state, new);
    }
    let number = own_posts(state, scene.now_ms);
    collab_posts(state, scene.now_ms, number);
}

/// The accounts' own posts, every other day back from now; the number of the last picture.
fn own_posts(state: &mut State, now_ms: i64) -> u64 {
    let mut number = 100;
    for (username, captions) in CAPTIONS {
        let Some(owner) = state.instagram.account_named(username).cloned() else {
            continue;
        };
        for (place, caption) in (0_i64..).zip(captions.iter().chain(captions)) {
            number += 1;
            let mut pictures = vec![Picture::Drawn(number)];
            if place % 5 == 3 {
                pictures.push(Picture::Drawn(number + 500));
            }
            let new = NewPost {
                caption: (*caption).to_owned(),
                at_ms: now_ms - place * 2 * DAY - 5 * HOUR - (place % 4) * 17 * MINUTE,
                pictures,
                by: None,
                likes: 40 + number * 7 % 300,
            };
            post(state, &owner, new);
        }
    }
    number
}

fn collab_posts(state: &mut State, now_ms: i64, mut number: u64) {
    let Some(guest) = state.instagram.account_named("harbour.bakery").cloned() else {
        return;
    };
    for (days, by, caption) in COLLABS {
        number += 1;
        let new = NewPost {
            caption: caption.to_owned(),
            at_ms: now_ms - days * DAY - 3 * HOUR,
            pictures: vec![Picture::Drawn(number)],
            by: Some(by.to_owned()),
            likes: 210,
        };
        post(state, &guest, new);
    }
}
