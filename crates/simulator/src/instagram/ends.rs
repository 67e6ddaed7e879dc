//! Which logins a break ends or narrows, for the facts. A person or account that has allowed nothing
//! to any app has no login to lose.

use super::break_targets::{Login, login};
use super::breaks::Break;
use super::state::{Grant, InstagramState};
use crate::state::State;

/// A login that will be less than it was.
pub(super) struct End {
    /// `instagram` or `facebook`.
    pub platform: &'static str,
    /// Account or person.
    pub who: String,
    /// The Page or account that alone is concerned.
    pub of: Option<String>,
    /// See [`crate::EndFact::why`].
    pub why: &'static str,
}

/// What a break is going to end.
pub(super) fn of(state: &State, what: &Break) -> Vec<End> {
    let instagram = &state.instagram;
    match what {
        Break::EndToken { account } => whole(state, account, "token_ended"),
        Break::EndSession { account, .. } => whole(state, account, "session_fault"),
        Break::ChangePassword { account } => whole(state, account, "password_changed"),
        Break::LogOut { account } => whole(state, account, "logged_out"),
        Break::RemoveApp { account } => whole(state, account, "app_removed"),
        Break::EndDataAccess { account } => whole(state, account, "data_access_ended"),
        Break::MakePrivate { account } => whole(state, account, "made_private"),
        Break::RevokePermission {
            account,
            permission,
        } => {
            let given = |end: &End| {
                let mut own = instagram.grants.values().filter(|it| it.who == end.who);
                own.any(|grant| grant.permissions.contains(permission))
            };
            let mut ends = whole(state, account, "permission_revoked");
            ends.retain(given);
            ends
        }
        Break::TakeRole { account, page } => role(instagram, account, page, "role_taken"),
        Break::LowerRole { account, page } => role(instagram, account, page, "role_lowered"),
        Break::UnlinkPage { page } => with_page(instagram, page, "page_unlinked"),
        Break::DeletePage { page } => with_page(instagram, page, "page_deleted"),
        Break::DeleteAccount { account } => with_account(state, account, "account_deleted"),
        Break::SwitchToPersonal { account } => with_account(state, account, "made_personal"),
        Break::ResetAppSecret { app } => {
            let own = instagram.grants.values().filter(|grant| grant.app == *app);
            own.map(|grant| end(instagram, &grant.who, None, "secret_reset"))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn end(state: &InstagramState, who: &str, of: Option<&str>, why: &'static str) -> End {
    let platform = if state.persons.contains_key(who) {
        "facebook"
    } else {
        "instagram"
    };
    End {
        platform,
        who: who.to_owned(),
        of: of.map(str::to_owned),
        why,
    }
}

fn whole(state: &State, name: &str, why: &'static str) -> Vec<End> {
    let who = login(state, name).ok();
    let who = who.filter(|login| state.instagram.has_grant(login.id()));
    who.map(|login| end(&state.instagram, login.id(), None, why))
        .into_iter()
        .collect()
}

fn role(state: &InstagramState, who: &str, page: &str, why: &'static str) -> Vec<End> {
    let person = state.person_named(who);
    let mut ends = with_page(state, page, why);
    ends.retain(|end| person.is_some_and(|person| person.id == end.who));
    ends
}

/// The people who granted a Page and have a role on it.
fn with_page(state: &InstagramState, name: &str, why: &'static str) -> Vec<End> {
    let Some(page) = state.page_named(name) else {
        return Vec::new();
    };
    let concerned =
        |grant: &&Grant| grant.pages.contains(&page.id) && page.tasks.contains_key(&grant.who);
    let grants = state.grants.values().filter(concerned);
    grants
        .map(|grant| end(state, &grant.who, Some(&page.id), why))
        .collect()
}

/// The account itself, and the people who granted it.
fn with_account(state: &State, name: &str, why: &'static str) -> Vec<End> {
    let Ok(Login::Account(id)) = login(state, name) else {
        return Vec::new();
    };
    let instagram = &state.instagram;
    let grants = instagram.grants.values();
    grants
        .filter_map(|grant| {
            if grant.who == id {
                Some(end(instagram, &id, None, why))
            } else if grant.accounts.contains(&id) {
                Some(end(instagram, &grant.who, Some(&id), why))
            } else {
                None
            }
        })
        .collect()
}
