//! The default set: enough to click through everything. Ids are fixed, pictures are drawn.

use super::scenario::{
    NewAccount, NewApp, NewPage, NewPerson, NewPost, Picture, account, app, page, person, post,
};
use super::state::Flow;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::simulator::Scene;
use crate::state::State;

const FULL: &[&str] = &[
    "ADVERTISE",
    "ANALYZE",
    "CREATE_CONTENT",
    "MANAGE",
    "MESSAGING",
    "MODERATE",
];

/// The default set: four accounts, two people, four Pages, an app for each flow, posts.
pub(crate) fn furnish(state: &mut State, scene: &Scene<'_>) {
    for (flow, id, secret) in [
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
    ] {
        let new = NewApp {
            id: Some(id.to_owned()),
            secret: Some(secret.to_owned()),
            redirect_uris: Vec::new(),
            ..NewApp::of(flow, "Mainstay", "")
        };
        app(state, new);
    }
    let accounts = [
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
    for (number, (id, username, name, creator, followers)) in (1..).zip(accounts) {
        let picture = Some(Picture::Drawn(number));
        account(
            state,
            NewAccount {
                id: Some(id.to_owned()),
                username: username.to_owned(),
                name: name.to_owned(),
                creator,
                followers,
                picture,
            },
        );
    }
    for (id, name) in [
        ("10220000000000001", "Anna Berg"),
        ("10220000000000002", "Jonas Weber"),
    ] {
        person(
            state,
            NewPerson {
                id: Some(id.to_owned()),
                name: name.to_owned(),
            },
        );
    }
    let pages = [
        (
            "100000000000001",
            "Harbour Bakery",
            Some("17841400000000001"),
            vec![("10220000000000001", FULL)],
        ),
        (
            "100000000000002",
            "Nord Ceramics",
            Some("17841400000000002"),
            vec![
                ("10220000000000001", FULL),
                ("10220000000000002", &["CREATE_CONTENT", "ANALYZE"][..]),
            ],
        ),
        (
            "100000000000003",
            "Fern & Field",
            Some("17841400000000003"),
            vec![("10220000000000002", &["ANALYZE"][..])],
        ),
        (
            "100000000000004",
            "Old Market Hall",
            None,
            vec![("10220000000000001", FULL)],
        ),
    ];
    for (id, name, linked, tasks) in pages {
        let words = |tasks: &[&str]| tasks.iter().map(|task| (*task).to_owned()).collect();
        let tasks = tasks
            .into_iter()
            .map(|(person, tasks)| (person.to_owned(), words(tasks)))
            .collect();
        page(
            state,
            NewPage {
                id: Some(id.to_owned()),
                name: name.to_owned(),
                instagram: linked.map(str::to_owned),
                tasks,
            },
        );
    }
    furnish_posts(state, scene.now_ms);
}

fn furnish_posts(state: &mut State, now_ms: i64) {
    let captions: [(&str, &[&str]); 4] = [
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
    let mut number = 100;
    for (username, captions) in captions {
        let Some(owner) = state.instagram.account_named(username).cloned() else {
            continue;
        };
        for round in 0..2 {
            for (index, caption) in (0..).zip(captions) {
                number += 1;
                let place: i64 = round * i64::try_from(captions.len()).unwrap_or(0) + index;
                let pictures = if place % 5 == 3 {
                    vec![Picture::Drawn(number), Picture::Drawn(number + 500)]
                } else {
                    vec![Picture::Drawn(number)]
                };
                let at_ms = now_ms - place * 2 * DAY - 5 * HOUR - (place % 4) * 17 * MINUTE;
                let likes = 40 + number * 7 % 300;
                post(
                    state,
                    &owner,
                    NewPost {
                        caption: (*caption).to_owned(),
                        at_ms,
                        pictures,
                        by: None,
                        likes,
                    },
                );
            }
        }
    }
    for (days, by, caption) in [
        (1, "old.market.hall", "Saturday market with @harbour.bakery"),
        (6, "mill.and.stone", "Where our flour ends up"),
    ] {
        let Some(owner) = state.instagram.account_named("harbour.bakery").cloned() else {
            continue;
        };
        number += 1;
        let at_ms = now_ms - days * DAY - 3 * HOUR;
        let new = NewPost {
            caption: caption.to_owned(),
            at_ms,
            pictures: vec![Picture::Drawn(number)],
            by: Some(by.to_owned()),
            likes: 210,
        };
        post(state, &owner, new);
    }
}
