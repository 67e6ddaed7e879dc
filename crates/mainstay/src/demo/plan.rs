//! What the demo's two brands said through Mainstay, what waits for them, and what they will say.

use super::content::{BAKERY, BAKERY_SKY, CAMPS, OWN, SHOP, SURF, SURF_SKY};
use super::draw::{
    Drawing,
    Motif::{
        Baguettes, Barrel, Beach, Boards, Cake, Coffee, Croissant, Dunes, Lighthouse, Loaf, Palms,
        Rolls, Shop, Van, Waves, Wheat,
    },
};

/// A post of the demo: its day counted from today, its hour, where it goes, what it shows and says.
pub struct Planned {
    /// Days from today; negative ones are over.
    pub day: i64,
    /// Hour and minute by the brand's clock.
    pub at: (i8, i8),
    /// Which accounts, by handle.
    pub on: &'static [&'static str],
    /// The pictures.
    pub pictures: &'static [Drawing],
    /// The words.
    pub text: &'static str,
    /// What the first picture shows.
    pub alt: &'static str,
}

const fn planned(
    day: i64,
    at: (i8, i8),
    on: &'static [&'static str],
    pictures: &'static [Drawing],
    text: &'static str,
    alt: &'static str,
) -> Planned {
    Planned {
        day,
        at,
        on,
        pictures,
        text,
        alt,
    }
}

/// What has gone out through Mainstay, in the order of its days.
pub const HISTORY: &[Planned] = &[
    planned(
        -7,
        (9, 0),
        &[BAKERY],
        &[Drawing(Baguettes, 0)],
        "Baguettes until ten, then only the smell of them.",
        "Five baguettes in a basket",
    ),
    planned(
        -6,
        (17, 30),
        &[SURF],
        &[Drawing(Barrel, 1)],
        "Somebody stayed out for the last set.",
        "A surfer inside a breaking wave at dusk",
    ),
    planned(
        -5,
        (9, 0),
        &[BAKERY],
        &[Drawing(Cake, 1), Drawing(Cake, 3)],
        "Two cakes, one birthday. Swipe for the second.",
        "A layered cake with cherries",
    ),
    planned(
        -4,
        (12, 0),
        &[SURF],
        &[Drawing(Beach, 2)],
        "Umbrella season goes on.",
        "Umbrellas on a beach seen from above",
    ),
];

/// What was planned on the account whose password changed.
pub const MISSED: &[Planned] = &[
    planned(
        -2,
        (9, 0),
        &[SURF],
        &[Drawing(Waves, 3)],
        "Beginners' course, four places left for next week.",
        "Rows of small waves under a morning sun",
    ),
    planned(
        -1,
        (12, 30),
        &[SURF],
        &[Drawing(Van, 3)],
        "The van has a name now. Guess in the comments.",
        "A camper van with boards on its roof",
    ),
    planned(
        -1,
        (18, 0),
        &[SURF],
        &[Drawing(Palms, 0)],
        "Sunset class tonight, board included.",
        "Palms before a large evening sun",
    ),
];

/// What went out yesterday, after Bluesky was connected.
pub const YESTERDAY: &[Planned] = &[
    planned(
        -1,
        (8, 30),
        &[BAKERY, BAKERY_SKY],
        &[Drawing(Loaf, 0)],
        "Sourdough is out of the oven. It sings if you listen closely.",
        "A round loaf on a wooden board",
    ),
    planned(
        -1,
        (10, 0),
        &[SURF_SKY],
        &[Drawing(Dunes, 2)],
        "Wind from the east, sets from the west. Come by.",
        "Dunes with grass before the sea",
    ),
];

/// What comes next.
pub const COMING: &[Planned] = &[
    planned(
        1,
        (9, 0),
        &[BAKERY, BAKERY_SKY],
        &[Drawing(Rolls, 3)],
        "Roll call. Cinnamon, cardamom, and one with too much sugar.",
        "A tray of cinnamon rolls",
    ),
    planned(
        1,
        (11, 0),
        &[OWN],
        &[Drawing(Loaf, 2)],
        "What I bake when nobody orders anything.",
        "A loaf on a board before a green wall",
    ),
    planned(
        1,
        (17, 0),
        &[CAMPS],
        &[Drawing(Van, 0)],
        "Next camp leaves on Friday. Two seats.",
        "A red camper van on the beach",
    ),
    planned(
        2,
        (12, 0),
        &[BAKERY],
        &[Drawing(Coffee, 2)],
        "New cups. Same coffee. Somehow better.",
        "A cup of coffee from above",
    ),
    planned(
        2,
        (18, 30),
        &[SURF, SURF_SKY],
        &[Drawing(Barrel, 2)],
        "Green rooms, warm tea, cold feet.",
        "A surfer inside a breaking wave",
    ),
    planned(
        3,
        (10, 0),
        &[SHOP],
        &[Drawing(Boards, 0)],
        "Board swap on Sunday. Bring one, take one.",
        "Four surfboards against a wall",
    ),
    planned(
        4,
        (9, 0),
        &[BAKERY, BAKERY_SKY],
        &[Drawing(Wheat, 4)],
        "The new harvest is milled. You will taste it.",
        "Ears of wheat before the sun",
    ),
    planned(
        5,
        (16, 0),
        &[CAMPS],
        &[Drawing(Lighthouse, 1)],
        "Camp photo, as always at the lighthouse.",
        "A lighthouse on its rock",
    ),
    planned(
        6,
        (9, 30),
        &[BAKERY],
        &[Drawing(Cake, 4), Drawing(Croissant, 1), Drawing(Coffee, 4)],
        "Sunday table. Three plates, no plans.",
        "A layered cake on its stand",
    ),
    planned(
        8,
        (12, 0),
        &[SURF],
        &[Drawing(Boards, 3)],
        "Winter prices on all soft boards.",
        "Four surfboards",
    ),
    planned(
        9,
        (9, 0),
        &[BAKERY, BAKERY_SKY],
        &[Drawing(Baguettes, 3)],
        "If you hear it crack, it is ours.",
        "Baguettes in a basket",
    ),
    planned(
        10,
        (18, 0),
        &[SURF_SKY, CAMPS],
        &[Drawing(Palms, 3)],
        "Dates for the winter camps are out.",
        "Palms before the evening sun",
    ),
    planned(
        12,
        (9, 0),
        &[BAKERY],
        &[Drawing(Shop, 1)],
        "Closed on Monday for the inventory, back on Tuesday at seven.",
        "The bakery from the street",
    ),
    planned(
        15,
        (11, 0),
        &[OWN],
        &[Drawing(Rolls, 4)],
        "Practice makes a full freezer.",
        "Cinnamon rolls",
    ),
    planned(
        17,
        (9, 0),
        &[BAKERY, BAKERY_SKY],
        &[Drawing(Croissant, 4)],
        "Forty-three layers. We could not stop.",
        "A croissant on a plate",
    ),
    planned(
        20,
        (10, 0),
        &[SURF, SURF_SKY],
        &[Drawing(Waves, 4)],
        "The first winter swell. See you in the water.",
        "Dark waves at night",
    ),
];

/// The one that goes out two minutes after the start.
pub const SOON: Planned = planned(
    0,
    (0, 0),
    &[BAKERY, BAKERY_SKY],
    &[Drawing(Coffee, 0)],
    "Second breakfast is a promise. The door is open until six.",
    "A cup of coffee with a leaf in its milk",
);

/// A draft.
pub const DRAFT: Planned = planned(
    0,
    (0, 0),
    &[BAKERY],
    &[Drawing(Shop, 2)],
    "A look behind the counter: (Oda, please finish this sentence)",
    "The bakery from the street",
);

/// Every picture that posts of Mainstay need, each once.
pub fn drawings() -> Vec<Drawing> {
    let posts = HISTORY
        .iter()
        .chain(MISSED)
        .chain(YESTERDAY)
        .chain(COMING)
        .chain([&SOON, &DRAFT]);
    let all: std::collections::BTreeSet<Drawing> = posts
        .flat_map(|post| post.pictures.iter().copied())
        .collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::content::{ACCOUNTS, Brand};

    #[test]
    fn posts_name_accounts_of_one_brand_and_stand_in_order() {
        let brand = |handle: &str| match handle {
            BAKERY_SKY => Brand::Bakery,
            SURF_SKY => Brand::Surf,
            BAKERY | OWN => Brand::Bakery,
            other => {
                assert!(
                    ACCOUNTS.iter().any(|account| account.handle == other),
                    "@{other} is nobody"
                );
                Brand::Surf
            }
        };
        for list in [HISTORY, MISSED, YESTERDAY, COMING] {
            for post in list {
                assert!(
                    post.on
                        .iter()
                        .all(|handle| brand(handle) == brand(post.on[0])),
                    "{}",
                    post.text
                );
                assert!(!post.pictures.is_empty() && !post.alt.is_empty());
            }
            assert!(list.is_sorted_by_key(|post| (post.day, post.at)));
        }
    }
}
