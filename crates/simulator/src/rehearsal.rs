//! Many accounts at once, for whoever tries a whole installation: one call, one small picture for
//! all of them, no posts.

use crate::bluesky;
use crate::instagram::{NewAccount, NewPage, NewPerson, Picture, scenario};
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The picture of all of them.
const PICTURE: Picture = Picture::Drawn(0);

/// What kind of account is wanted, and how one signs in to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedKind {
    /// A professional Instagram account with a login of its own.
    InstagramOwn,
    /// A professional Instagram account behind a Page of a Facebook person.
    InstagramThroughFacebook,
    /// A Page of a Facebook person.
    FacebookPage,
    /// A Bluesky account.
    Bluesky,
}

/// One account to add.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wanted {
    /// What.
    pub kind: WantedKind,
    /// User name (Instagram), name of the Page (Facebook) or handle, a domain name (Bluesky).
    pub handle: String,
    /// The Facebook person who holds it, by name. The same name makes siblings; left out, the
    /// person is called like the account.
    #[serde(default)]
    pub person: Option<String>,
}

/// One account that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Furnished {
    /// What.
    pub kind: WantedKind,
    /// As it was wanted.
    pub handle: String,
    /// The account's own id: professional account id, Page id or DID.
    pub account: String,
    /// The Page, for both kinds behind Facebook.
    pub page: Option<String>,
    /// Whose login it is: account id, person id or DID. As [`crate::EndFact::account`] and
    /// [`crate::RotationFact::login`] name it.
    pub login: String,
    /// Whom [`crate::visitor::Visitor::agree`] signs in as: user name, person id or handle.
    pub sign_in_as: String,
}

impl Simulator {
    /// Adds accounts in the given order; takes microseconds each. A person who is there already,
    /// by name, is taken.
    pub fn furnish_rehearsal(&self, wanted: &[Wanted]) -> Vec<Furnished> {
        self.change(|state, scene| {
            let mut people = state
                .instagram
                .persons
                .values()
                .map(|person| (person.name.clone(), person.id.clone()))
                .collect();
            wanted
                .iter()
                .map(|one| add(state, scene, &mut people, one))
                .collect()
        })
    }
}

fn add(
    state: &mut State,
    scene: &Scene<'_>,
    people: &mut BTreeMap<String, String>,
    wanted: &Wanted,
) -> Furnished {
    let instagram = |state: &mut State| {
        let new = NewAccount {
            username: wanted.handle.clone(),
            name: wanted.handle.clone(),
            picture: Some(PICTURE),
            ..NewAccount::default()
        };
        scenario::account(state, new)
    };
    let (account, page, login) = match wanted.kind {
        WantedKind::InstagramOwn => {
            let id = instagram(state);
            (id.clone(), None, id)
        }
        WantedKind::InstagramThroughFacebook => {
            let id = instagram(state);
            let (page, person) = page_of(state, people, wanted, Some(id.clone()));
            (id, Some(page), person)
        }
        WantedKind::FacebookPage => {
            let (page, person) = page_of(state, people, wanted, None);
            (page.clone(), Some(page), person)
        }
        WantedKind::Bluesky => {
            let did = bluesky::add_plain(state, scene, &wanted.handle);
            (did.clone(), None, did)
        }
    };
    let sign_in_as = match wanted.kind {
        WantedKind::InstagramOwn | WantedKind::Bluesky => wanted.handle.clone(),
        _ => login.clone(),
    };
    Furnished {
        kind: wanted.kind,
        handle: wanted.handle.clone(),
        account,
        page,
        login,
        sign_in_as,
    }
}

/// A Page that a person runs with every task that publishing needs; both ids.
fn page_of(
    state: &mut State,
    people: &mut BTreeMap<String, String>,
    wanted: &Wanted,
    linked: Option<String>,
) -> (String, String) {
    let name = wanted.person.as_ref().unwrap_or(&wanted.handle);
    let person = match people.get(name) {
        Some(known) => known.clone(),
        None => {
            let new = NewPerson {
                name: name.clone(),
                ..NewPerson::default()
            };
            let id = scenario::person_with(state, new, PICTURE);
            people.insert(name.clone(), id.clone());
            id
        }
    };
    let tasks = ["CREATE_CONTENT", "MANAGE", "MODERATE", "ANALYZE"];
    let new = NewPage {
        id: None,
        name: wanted.handle.clone(),
        instagram: linked,
        tasks: vec![(person.clone(), tasks.map(str::to_owned).to_vec())],
    };
    (scenario::page_with(state, new, PICTURE), person)
}
