//! The Pages behind a login (§5): those that the person ticked and may act on, each with its own token;
//! those that cannot be used, each with its reason.

use domain::cause::Cause;
use domain::grant::Ends;
use domain::platform::LoginFlow;
use secrecy::SecretString;

use super::FACTS;
use super::graph::graph;
use super::tokens::DEBUG;
use super::wire::{Inspection, List, Page};
use crate::account::{Account, Unusable};
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::inspect;
use crate::meta::login::maybe_token;
use crate::meta::pages::{covers, may_create};
use crate::tokens::Tokens;

/// The most pages of Pages that are read; at 100 each more than any person has.
const MOST_PAGES: usize = 20;

/// All Pages behind a login.
pub(super) async fn behind(call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
    let pages = pages(call, &tokens.access).await?;
    // Without an inspection the list still stands; a probe will find what is missing.
    let seen = inspect::or_pass(&graph(call), DEBUG, &tokens.access).await?;
    let mut accounts: Vec<Account> = Vec::new();
    for page in pages {
        if page.id.is_empty() || accounts.iter().any(|known| known.id == page.id) {
            continue;
        }
        accounts.push(of_page(call, tokens, seen.as_ref(), page).await);
    }
    if let Some(seen) = &seen {
        let unlisted = unlisted(seen, &accounts);
        accounts.extend(unlisted);
    }
    Ok(accounts)
}

/// The Pages that the person ticked and may act on.
async fn pages(call: &Call<'_>, token: &SecretString) -> Result<Vec<Page>, Failure> {
    let fields = "id,name,username,access_token,tasks,picture.type(large)";
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let mut params = vec![("fields", fields.to_owned()), ("limit", "100".to_owned())];
        params.extend(after.take().map(|after| ("after", after)));
        let list: List<Page> = graph(call)
            .read("facebook.pages", "me/accounts", params, token)
            .await?;
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
    let mut token = maybe_token(std::mem::take(&mut page.access_token));
    if token.is_none() {
        token = token_of(call, tokens, &page.id).await;
    }
    let unticked = seen
        .map(|seen| missing_scopes(seen, &page.id))
        .unwrap_or_default();
    let usable = if !unticked.is_empty() {
        unusable(Cause::PermissionRevoked, &unticked.join(", "))
    } else if page.tasks.as_ref().is_some_and(|tasks| !may_create(tasks)) {
        unusable(Cause::LostAdminRole, "CREATE_CONTENT")
    } else if token.is_none() {
        // Reached through a portfolio and never granted: posts would fail without a word (§5).
        unusable(
            Cause::LostAdminRole,
            &format!("a token of the Page {}", page.name),
        )
    } else {
        Ok(())
    };
    account(page, usable, token)
}

/// The scopes without which a Page cannot be posted to, of those that an inspection shows: not granted
/// at all, or not for this Page.
pub(super) fn missing_scopes(seen: &Inspection, page: &str) -> Vec<String> {
    let flow = FACTS.flow(LoginFlow::Facebook);
    flow.map(|flow| flow.scopes)
        .unwrap_or_default()
        .iter()
        .filter(|scope| scope.needed_to_post && !covers(seen, scope.scope, Some(page)))
        .map(|scope| scope.scope.to_owned())
        .collect()
}

/// Asks a Page for its token once more where the list came without; none if it has none for us.
async fn token_of(call: &Call<'_>, tokens: &Tokens, page: &str) -> Option<SecretString> {
    let fields = vec![("fields", "access_token".to_owned())];
    let answer: Result<Page, _> = graph(call)
        .read("facebook.page_token", page, fields, &tokens.access)
        .await;
    maybe_token(answer.ok()?.access_token)
}

/// Pages that were ticked but are not among those which the person may act on: shown, so that they see
/// why theirs is not there.
fn unlisted(seen: &Inspection, known: &[Account]) -> Vec<Account> {
    let ticked = seen
        .granular_scopes
        .iter()
        .filter(|granular| granular.scope.starts_with("pages_"));
    let mut ids: Vec<&String> = ticked
        .flat_map(|granular| granular.target_ids.iter().flatten())
        .collect();
    ids.sort();
    ids.dedup();
    ids.retain(|id| !known.iter().any(|known| known.id == **id));
    ids.into_iter()
        .map(|id| {
            let usable = if covers(seen, "pages_show_list", Some(id)) {
                unusable(Cause::LostAdminRole, "a role on this Page")
            } else {
                unusable(Cause::PermissionRevoked, "pages_show_list")
            };
            let page = Page {
                id: id.clone(),
                ..Page::default()
            };
            account(page, usable, None)
        })
        .collect()
}

fn unusable(cause: Cause, missing: &str) -> Result<(), Unusable> {
    Err(Unusable {
        cause,
        missing: missing.to_owned(),
    })
}

fn account(page: Page, usable: Result<(), Unusable>, token: Option<SecretString>) -> Account {
    let name = [page.name, page.username.clone(), page.id.clone()]
        .into_iter()
        .find(|name| !name.is_empty());
    Account {
        id: page.id,
        name: name.unwrap_or_default(),
        handle: page.username,
        picture_url: page.picture,
        usable,
        token,
        ends: Ends::default(),
        role: page.tasks.map(|tasks| tasks.join(", ")),
    }
}
