//! What the demo's workspace holds: two brands, their accounts, what they said and what they will say.
//! Words and numbers only; how it comes to be is in `furnish.rs`.

use super::draw::{Drawing, Motif};
use Motif::{
    Baguettes, Barrel, Beach, Boards, Cake, Coffee, Croissant, Dunes, Lighthouse, Loaf, Palms,
    Rolls, Shop, Van, Waves, Wheat,
};

/// The workspace's name.
pub const WORKSPACE: &str = "Lindqvist & Reed";
/// Who looks at the demo.
pub const PERSON: &str = "Anna Lindqvist";
/// Her mail address; it leads nowhere.
pub const MAIL: &str = "anna@demo.example";

/// A brand: a social set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Brand {
    /// A bakery.
    Bakery,
    /// A surf school.
    Surf,
}

impl Brand {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bakery, Self::Surf];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bakery => "Harbour Bakery",
            Self::Surf => "Tidal Surf School",
        }
    }

    /// Where it lives.
    pub const fn zone(self) -> &'static str {
        match self {
            Self::Bakery => "Europe/Berlin",
            Self::Surf => "Europe/Lisbon",
        }
    }
}

/// An Instagram account at the simulator.
pub struct Instagram {
    /// Handle.
    pub handle: &'static str,
    /// Name.
    pub name: &'static str,
    /// Its picture.
    pub face: Drawing,
    /// Followers.
    pub followers: u64,
    /// What it showed before Mainstay came.
    pub posts: &'static [(Motif, usize, &'static str)],
}

/// The well one, through Facebook, which alone tells of its two collab posts.
pub const BAKERY: &str = "harbour.bakery";
/// The one that only reminds.
pub const OWN: &str = "oda.bakes";
/// The one whose password changed.
pub const SURF: &str = "tidal.surf";
/// The one whose sign-in through Facebook ends in five days.
pub const CAMPS: &str = "tidal.camps";
/// The one without the permission to publish.
pub const SHOP: &str = "tidal.boards";
/// The bakery at Bluesky.
pub const BAKERY_SKY: &str = "harbour-bakery.bsky.social";
/// The surf school at Bluesky.
pub const SURF_SKY: &str = "tidal-surf.bsky.social";
/// The Facebook person behind the bakery.
pub const BAKERY_PERSON: &str = "Anna Berg";
/// The Facebook person behind the camps.
pub const CAMPS_PERSON: &str = "Mika Reed";

/// The accounts at Instagram.
pub const ACCOUNTS: &[Instagram] = &[
    Instagram {
        handle: BAKERY,
        name: "Harbour Bakery",
        face: Drawing(Loaf, 4),
        followers: 18_240,
        posts: &[
            (
                Croissant,
                2,
                "Butter, patience, forty-two layers. Good morning.",
            ),
            (Shop, 0, "We are open. Come in out of the wind."),
            (Rolls, 1, "The first cinnamon rolls of the season."),
            (Wheat, 0, "Our flour grows eleven kilometres from the oven."),
            (Coffee, 1, "Saturday begins like this."),
            (Loaf, 1, "Sourdough, straight from the stone oven."),
            (Cake, 0, "A wedding cake for Mira and Tom."),
            (
                Baguettes,
                2,
                "Forty of these every morning; none left at ten.",
            ),
            (Croissant, 0, "Still warm."),
            (Wheat, 3, "The harvest is in."),
            (Coffee, 3, "Two minutes of quiet before the door opens."),
            (Rolls, 0, "Cardamom or cinnamon? Both."),
        ],
    },
    Instagram {
        handle: OWN,
        name: "Oda Lindqvist",
        face: Drawing(Croissant, 3),
        followers: 2_310,
        posts: &[
            (
                Cake,
                2,
                "Birthday cake for my mother. She said it was fine.",
            ),
            (Coffee, 0, "Day off."),
            (Loaf, 3, "Rye, the long way: three days."),
            (Rolls, 2, "Testing fillings. Hard work."),
        ],
    },
    Instagram {
        handle: SURF,
        name: "Tidal Surf School",
        face: Drawing(Waves, 0),
        followers: 9_870,
        posts: &[
            (Barrel, 0, "Rui found the door this morning."),
            (Boards, 0, "Fresh wax, fresh week."),
            (Palms, 1, "Last light, last wave."),
            (Beach, 0, "Low tide is the best classroom."),
            (Van, 0, "Loaded. First lesson at eight."),
            (Lighthouse, 0, "Night session under the lamp."),
            (Waves, 2, "Knee-high and perfect for beginners."),
            (Dunes, 0, "The walk is part of it."),
            (Palms, 2, "See you tomorrow."),
        ],
    },
    Instagram {
        handle: CAMPS,
        name: "Tidal Camps",
        face: Drawing(Van, 1),
        followers: 3_120,
        posts: &[
            (Van, 2, "Seven days, one van, no plan."),
            (Dunes, 1, "Camp sits right behind these."),
            (Beach, 1, "Week 31 in one picture."),
            (Lighthouse, 1, "Meeting point, 7:30."),
        ],
    },
    Instagram {
        handle: SHOP,
        name: "Tidal Boards",
        face: Drawing(Boards, 2),
        followers: 1_480,
        posts: &[
            (
                Boards,
                1,
                "Second-hand Saturday: twelve boards look for a wave.",
            ),
            (Waves, 1, "What the purple one is made for."),
            (Boards, 3, "New rack, new colours."),
        ],
    },
];

/// Two posts that others made together with the bakery: creator, days ago, picture, caption. Collab posts
/// of others are on the profile but in no list that a platform gives (the grid says how many).
pub const COLLABS: &[(&str, i64, Drawing, &str)] = &[
    (
        "old.market.hall",
        3,
        Drawing(Shop, 3),
        "Saturday market with @harbour.bakery",
    ),
    (
        "mill.and.stone",
        11,
        Drawing(Wheat, 1),
        "Where the flour of @harbour.bakery comes from",
    ),
];

/// Every picture that was shown before Mainstay came, and every face.
pub fn old_drawings() -> Vec<Drawing> {
    let posts = ACCOUNTS.iter().flat_map(|account| {
        account
            .posts
            .iter()
            .map(|(motif, mood, _)| Drawing(*motif, *mood))
    });
    let all: std::collections::BTreeSet<Drawing> =
        posts.chain(COLLABS.iter().map(|collab| collab.2)).collect();
    all.into_iter().collect()
}
