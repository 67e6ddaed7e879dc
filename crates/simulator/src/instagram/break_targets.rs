//! Whom a break means: a login, an account, a person, a Page or an app by the name it was given.

use super::state::{Account, App, Page, Person};
use crate::state::State;

/// Whose login a break is about.
pub(super) enum Login {
    Account(String),
    Person(String),
}

pub(super) fn login(state: &State, name: &str) -> Result<Login, String> {
    let instagram = &state.instagram;
    let account = instagram
        .account_named(name)
        .map(|account| Login::Account(account.id.clone()));
    account
        .or_else(|| {
            instagram
                .person_named(name)
                .map(|person| Login::Person(person.id.clone()))
        })
        .ok_or_else(|| format!("there is no account or person {name} here"))
}

impl Login {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Account(id) | Self::Person(id) => id,
        }
    }
}

pub(super) fn account<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Account, String> {
    let id = state
        .instagram
        .account_named(name)
        .map(|account| account.id.clone());
    id.and_then(|id| state.instagram.accounts.get_mut(&id))
        .ok_or_else(|| format!("there is no Instagram account {name} here"))
}

pub(super) fn person<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Person, String> {
    let id = state
        .instagram
        .person_named(name)
        .map(|person| person.id.clone());
    id.and_then(|id| state.instagram.persons.get_mut(&id))
        .ok_or_else(|| format!("there is no Facebook person {name} here"))
}

pub(super) fn page<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Page, String> {
    let pages = &mut state.instagram.pages;
    pages
        .values_mut()
        .find(|page| page.id == name || page.name == name)
        .ok_or_else(|| format!("there is no Page {name} here"))
}

pub(super) fn app<'a>(state: &'a mut State, id: &str) -> Result<&'a mut App, String> {
    state
        .instagram
        .apps
        .get_mut(id)
        .ok_or_else(|| format!("there is no app {id} here"))
}

/// Takes a role away, or gives it back.
pub(super) fn role(
    state: &mut State,
    who: &str,
    on_page: &str,
    on: bool,
    lower: bool,
) -> Result<String, String> {
    let id = person(state, who)?.id.clone();
    let page = page(state, on_page)?;
    if on {
        let tasks = page
            .tasks
            .remove(&id)
            .ok_or_else(|| format!("{who} has no role on {}", page.name))?;
        page.taken.entry(id.clone()).or_insert(tasks);
        if lower {
            page.tasks.insert(id, vec!["ANALYZE".to_owned()]);
        }
        return Ok(format!("{who} lost the role on {}", page.name));
    }
    let tasks = page
        .taken
        .remove(&id)
        .ok_or_else(|| format!("no role of {who} on {} was taken", page.name))?;
    page.tasks.insert(id, tasks);
    Ok(format!("{who} has the role on {} again", page.name))
}
