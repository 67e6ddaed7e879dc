//! Who is there: accounts at the platforms, and which workspace has linked which.

use domain::platform::{LoginFlow, Platform};
use simulator::{Furnished, Simulator, Wanted, WantedKind};

/// An account and the ways to it.
#[derive(Debug, Clone)]
pub struct Account {
    /// As the simulator has it.
    pub at: Furnished,
    /// The platform.
    pub platform: Platform,
    /// The way that is usually taken.
    pub flow: LoginFlow,
    /// Bluesky: through the app of an installation that has no public address.
    pub loopback: bool,
}

/// A channel that a workspace is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Which workspace.
    pub workspace: usize,
    /// Which account.
    pub account: usize,
}

/// The kinds, in turn. Renewal by extension, derived tokens twice, rotation.
const KINDS: [WantedKind; 8] = [
    WantedKind::InstagramOwn,
    WantedKind::Bluesky,
    WantedKind::FacebookPage,
    WantedKind::InstagramThroughFacebook,
    WantedKind::InstagramOwn,
    WantedKind::Bluesky,
    WantedKind::FacebookPage,
    WantedKind::InstagramThroughFacebook,
];
/// Of the kinds, the Bluesky account that signs in as at an installation without a public address; the other is
/// known there by its address and keys.
const LOOPBACK: usize = 1;
/// Pages that one person runs: siblings.
const PAGES_A_PERSON: usize = 3;
/// One account in so many is linked by both workspaces.
const SHARED: usize = 10;

/// The workspaces of a rehearsal.
pub const WORKSPACES: usize = 2;

/// Makes so many channels' accounts at the simulator, and says who has linked what.
pub fn gather(sim: &Simulator, channels: usize) -> (Vec<Account>, Vec<Seat>) {
    let mut seats = Vec::with_capacity(channels);
    let mut wanted = Vec::new();
    while seats.len() < channels {
        let account = wanted.len();
        wanted.push(one(account));
        // Two of three belong to the first workspace.
        let workspace = usize::from(account % 3 == 2);
        seats.push(Seat { workspace, account });
        if account % SHARED == SHARED - 1 && seats.len() < channels {
            seats.push(Seat {
                workspace: 1 - workspace,
                account,
            });
        }
    }
    let accounts = sim
        .furnish_rehearsal(&wanted)
        .into_iter()
        .enumerate()
        .map(|(number, at)| {
            let (platform, flow) = way(at.kind);
            Account {
                at,
                platform,
                flow,
                loopback: flow == LoginFlow::Bluesky && number % KINDS.len() == LOOPBACK,
            }
        })
        .collect();
    (accounts, seats)
}

fn one(number: usize) -> Wanted {
    let kind = KINDS[number % KINDS.len()];
    let handle = match kind {
        WantedKind::InstagramOwn => format!("studio.{number}"),
        WantedKind::InstagramThroughFacebook => format!("house.{number}"),
        WantedKind::FacebookPage => format!("Page {number}"),
        WantedKind::Bluesky => format!("bird-{number}.bsky.social"),
    };
    let person = match kind {
        WantedKind::InstagramThroughFacebook => {
            Some(format!("Anna {}", number / KINDS.len() / PAGES_A_PERSON))
        }
        WantedKind::FacebookPage => {
            Some(format!("Jonas {}", number / KINDS.len() / PAGES_A_PERSON))
        }
        WantedKind::InstagramOwn | WantedKind::Bluesky => None,
    };
    Wanted {
        kind,
        handle,
        person,
    }
}

const fn way(kind: WantedKind) -> (Platform, LoginFlow) {
    match kind {
        WantedKind::InstagramOwn => (Platform::Instagram, LoginFlow::Instagram),
        WantedKind::InstagramThroughFacebook => (Platform::Instagram, LoginFlow::Facebook),
        WantedKind::FacebookPage => (Platform::Facebook, LoginFlow::Facebook),
        WantedKind::Bluesky => (Platform::Bluesky, LoginFlow::Bluesky),
    }
}
