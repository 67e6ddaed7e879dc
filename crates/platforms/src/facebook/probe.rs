//! The cheapest calls that prove that a login can post to a Page (§4.3): the inspection of the Page's
//! token shows its life and what was granted for which Page; the Page itself shows the tasks.

use super::accounts::missing_scopes;
use super::graph::{graph, page_token};
use super::tokens::DEBUG;
use super::wire::Page;
use crate::account::{Proof, Target};
use crate::call::Call;
use crate::failure::Failure;
use crate::meta::inspect::{inspect, login_or_page};
use crate::meta::pages::{may_create, no_role};

const OPERATION: &str = "facebook.probe";

/// Proves that this login can post to this Page.
pub(super) async fn probe(call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
    let (graph, token) = (graph(call), page_token(target));
    let seen = match inspect(&graph, DEBUG, token).await {
        Ok(seen) => seen,
        Err(failure) if target.channel_token.is_none() => return Err(failure),
        Err(failure) => {
            return Err(login_or_page(&graph, DEBUG, &target.tokens.access, failure).await);
        }
    };
    let mut missing = missing_scopes(&seen, target.account_id);
    // Unconfirmed: `profile_id`, so only one that is there and another's says anything.
    if !matches!(seen.profile_id.as_str(), "" | "0") && seen.profile_id != target.account_id {
        missing.push(format!(
            "a token of this Page (it is one of {})",
            seen.profile_id
        ));
    }
    let fields = vec![(
        "fields",
        "id,name,username,tasks,picture.type(large)".to_owned(),
    )];
    let mut aside = Vec::new();
    let page: Page = match graph
        .read(OPERATION, target.account_id, fields, token)
        .await
    {
        Ok(page) => page,
        // While the platform is in trouble nothing is proven: asked again soon, and not only after a day.
        Err(failure) if failure.final_answer || failure.cause.waits_out() => return Err(failure),
        // The inspection has proven the token; a text that no table knows is no reason to doubt it.
        Err(failure) if missing.is_empty() && !seen.scopes.is_empty() => {
            aside.push(failure.evidence);
            Page::default()
        }
        Err(failure) => return Err(failure),
    };
    if missing.is_empty() && page.tasks.as_ref().is_some_and(|tasks| !may_create(tasks)) {
        return Err(no_role(OPERATION, &page.tasks.unwrap_or_default()));
    }
    let full = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Proof {
        missing,
        handle: full(page.username),
        name: full(page.name),
        picture_url: page.picture,
        aside,
        // A Page's token has no end, and the 90 days of data access do not concern it (§4.4).
        ..Proof::default()
    })
}
