//! The accounts behind a login (sheet instagram.md §5): the one that signed in, or those that hang on
//! the Pages which a person ticked. Accounts that cannot be used are listed with their reason.

use domain::cause::Cause;
use domain::grant::Ends;
use secrecy::SecretString;

use super::inspect::inspect;
use super::wire::{Inspection, List, Page, Profile};
use super::{FACTS, graph, tokens};
use crate::account::{Account, Unusable};
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::pages::{covers, may_create};
use crate::tokens::Tokens;

/// The most pages of Pages that are read; at 100 each more than any person has.
const MOST_PAGES: usize = 20;

/// All accounts behind a login.
pub(super) async fn behind(call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
    if graph::through_facebook(call) {
        return of_pages(call, tokens).await;
    }
    let me = tokens::profile(call, "instagram.me", &tokens.access).await?;
    let usable = if is_personal(&me) {
        Err(not_professional())
    } else {
        Ok(())
    };
    // `id` is app-scoped here; `user_id` is the account.
    let id = me.user_id.clone();
    Ok(vec![account(id, me, usable, None, None)])
}

/// Whether the account is a personal one. `Business` and `Media_Creator` are the known others; their
/// spelling is unconfirmed, so only what says personal is refused.
pub(super) fn is_personal(me: &Profile) -> bool {
    me.account_type.eq_ignore_ascii_case("personal")
}

fn not_professional() -> Unusable {
    Unusable {
        cause: Cause::AccountInactive,
        missing: "professional account".to_owned(),
    }
}

/// The scopes without which an account cannot be posted to, of those that an inspection shows: not
/// granted at all, or not for this account or its Page.
pub(super) fn missing_scopes(seen: &Inspection, account: &str, page: Option<&str>) -> Vec<String> {
    let flow = FACTS.flow(domain::platform::LoginFlow::Facebook);
    let needed = flow
        .map(|flow| flow.scopes)
        .unwrap_or_default()
        .iter()
        .filter(|scope| scope.needed_to_post);
    needed
        .map(|needed| needed.scope)
        .filter(|scope| {
            let asset = if scope.starts_with("instagram_") {
                Some(account)
            } else {
                page
            };
            !covers(seen, scope, asset)
        })
        .map(str::to_owned)
        .collect()
}

async fn of_pages(call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
    let pages = pages(call, &tokens.access).await?;
    // Without an inspection the list still stands; a probe will find what is missing.
    let seen = match inspect(call, &tokens.access).await {
        Ok(seen) => Some(seen),
        Err(failure) if failure.final_answer => return Err(failure),
        Err(_) => None,
    };
    let mut accounts: Vec<Account> = Vec::new();
    for page in pages {
        let found = of_page(call, tokens, seen.as_ref(), page).await;
        match accounts.iter_mut().find(|known| known.id == found.id) {
            Some(known) if known.usable.is_err() && found.usable.is_ok() => *known = found,
            Some(_) => {}
            None => accounts.push(found),
        }
    }
    if let Some(seen) = &seen {
        accounts.extend(without_page(seen, &accounts));
    }
    Ok(accounts)
}

/// The Pages that the person ticked and may act on.
pub(super) async fn pages(call: &Call<'_>, token: &SecretString) -> Result<Vec<Page>, Failure> {
    let fields = "id,name,access_token,tasks,\
        instagram_business_account{id,username,name,profile_picture_url},connected_instagram_account{id,username}";
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let mut params = vec![("fields", fields.to_owned()), ("limit", "100".to_owned())];
        params.extend(after.take().map(|after| ("after", after)));
        let list: List<Page> =
            graph::read(call, "instagram.pages", "me/accounts", params, token).await?;
        after = list.after();
        all.extend(list.data);
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}

async fn of_page(
    call: &Call<'_>,
    tokens: &Tokens,
    seen: Option<&Inspection>,
    mut page: Page,
) -> Account {
    let role = page.tasks.as_ref().map(|tasks| tasks.join(", "));
    let Some(profile) = page.instagram_business_account.take() else {
        return without_account(page, role);
    };
    if page.access_token.is_empty() {
        page.access_token = page_token(call, tokens, &page.id).await;
    }
    let unticked = seen
        .map(|seen| missing_scopes(seen, &profile.id, Some(&page.id)))
        .unwrap_or_default();
    let unusable = |cause, missing: &str| {
        Err(Unusable {
            cause,
            missing: missing.to_owned(),
        })
    };
    let usable = if !unticked.is_empty() {
        unusable(Cause::PermissionRevoked, &unticked.join(", "))
    } else if page.tasks.as_ref().is_some_and(|tasks| !may_create(tasks)) {
        unusable(Cause::LostAdminRole, "CREATE_CONTENT")
    } else if page.access_token.is_empty() {
        unusable(
            Cause::LostAdminRole,
            &format!("a token of the Page {}", page.name),
        )
    } else {
        Ok(())
    };
    let token = Some(page.access_token)
        .filter(|token| !token.is_empty())
        .map(SecretString::from);
    account(profile.id.clone(), profile, usable, token, role)
}

/// Asks a Page for its token once more where the list came without; empty if it has none for us.
async fn page_token(call: &Call<'_>, tokens: &Tokens, page: &str) -> String {
    let fields = vec![("fields", "access_token".to_owned())];
    let answer =
        graph::read::<Page>(call, "instagram.page_token", page, fields, &tokens.access).await;
    answer.map(|page| page.access_token).unwrap_or_default()
}

/// A Page on which no professional account hangs: shown, so that a person sees why theirs is not there.
fn without_account(page: Page, role: Option<String>) -> Account {
    let missing = match &page.connected_instagram_account {
        Some(personal) => format!(
            "professional account (@{} is linked, but personal)",
            personal.username
        ),
        None => format!(
            "an Instagram account that is linked to the Page {}",
            page.name
        ),
    };
    let profile = Profile {
        name: page.name,
        ..Profile::default()
    };
    let usable = Err(Unusable {
        cause: Cause::AccountInactive,
        missing,
    });
    account(format!("page:{}", page.id), profile, usable, None, role)
}

/// Accounts that were ticked while their Page was not: the two lists of the dialog are independent.
fn without_page(seen: &Inspection, known: &[Account]) -> Vec<Account> {
    let ticked = seen
        .granular_scopes
        .iter()
        .filter(|granular| granular.scope.starts_with("instagram_"));
    let mut ids: Vec<&String> = ticked
        .flat_map(|granular| granular.target_ids.iter().flatten())
        .collect();
    ids.sort();
    ids.dedup();
    let missing = || "pages_show_list (the Page of this account was not ticked)".to_owned();
    ids.retain(|id| !known.iter().any(|known| known.id == **id));
    ids.into_iter()
        .map(|id| {
            let usable = Err(Unusable {
                cause: Cause::PermissionRevoked,
                missing: missing(),
            });
            account(id.clone(), Profile::default(), usable, None, None)
        })
        .collect()
}

fn account(
    id: String,
    profile: Profile,
    usable: Result<(), Unusable>,
    token: Option<SecretString>,
    role: Option<String>,
) -> Account {
    let name = [profile.name, profile.username.clone(), id.clone()]
        .into_iter()
        .find(|name| !name.is_empty());
    Account {
        id,
        name: name.unwrap_or_default(),
        handle: profile.username,
        picture_url: profile.profile_picture_url,
        usable,
        token,
        ends: Ends::default(),
        role,
    }
}
