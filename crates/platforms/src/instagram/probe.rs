//! The cheapest calls that prove that a login can post to an account. Through Instagram: who am I, and
//! how much may I publish (which needs the publishing permission). Through Facebook: inspect the
//! Page's token, then ask the Page for tasks and link.

use domain::cause::Cause;
use domain::grant::Ends;
use domain::health::Evidence;
use serde_json::Value;

use super::graph::graph;
use super::inspect::{self, instant};
use super::wire::{Inspection, Page, Profile};
use super::{accounts, errors, graph, tokens};
use crate::account::{Proof, Target};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::meta::inspect::login_or_page;
use crate::meta::pages::{may_create, no_role};
use crate::wire;

/// Proves that this login can post to this account.
pub(super) async fn probe(call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
    if graph::through_facebook(call) {
        through_facebook(call, target).await
    } else {
        through_instagram(call, target).await
    }
}

async fn through_instagram(call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
    let me = tokens::profile(call, "instagram.probe", &target.tokens.access).await;
    let me = me.map_err(perhaps_deleted)?;
    let mut proof = shown(&me);
    if me.user_id != target.account_id {
        proof.missing.push(format!(
            "the account {} (the login is on another)",
            target.account_id
        ));
        return Ok(proof);
    }
    if accounts::is_personal(&me) {
        return Err(personal());
    }
    let path = format!("{}/content_publishing_limit", target.account_id);
    let fields = vec![("fields", "quota_usage,config".to_owned())];
    match graph::read::<Value>(
        call,
        "instagram.publishing_limit",
        &path,
        fields,
        &target.tokens.access,
    )
    .await
    {
        Ok(_) => {}
        Err(failure) if failure.cause == Cause::PermissionRevoked => {
            let named = failure.evidence.missing;
            proof
                .missing
                .push(named.unwrap_or_else(|| "instagram_business_content_publish".to_owned()));
        }
        // A restricted account or a login that ended between the two calls.
        Err(failure) if failure.final_answer && failure.about != About::App => return Err(failure),
        // While the platform is in trouble nothing is proven: asked again soon, and not only after a day.
        Err(failure) if failure.cause.waits_out() => return Err(failure),
        // A text that no table knows: the account answered, and that stands.
        Err(failure) => proof.aside.push(failure.evidence),
    }
    Ok(proof)
}

/// "Missing or invisible" says little of other objects; said of the login's own account, it is gone (sheet §9.1). The
/// login is kept and asked again: the same was once said while Instagram was in trouble.
fn perhaps_deleted(mut failure: Failure) -> Failure {
    if errors::not_there(&failure) {
        failure.cause = Cause::AccountDeleted;
        failure.about = About::Channel;
        failure.final_answer = true;
    }
    failure
}

/// The account is no professional one any more. Signing in again would not help before it is one.
fn personal() -> Failure {
    let said = "The account is a personal one.";
    let mut evidence = wire::evidence("instagram.probe", 200, "account_type", "", said);
    evidence.missing = Some("professional account".to_owned());
    Failure {
        cause: Cause::AccountInactive,
        about: About::Channel,
        final_answer: true,
        sent: Sent::No,
        retry_after_ms: None,
        evidence,
    }
}

async fn through_facebook(call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
    let seen = match inspect::inspect(call, graph::posting_token(target)).await {
        Ok(seen) => seen,
        // Without a Page token of its own it was the person's that was asked about.
        Err(failure) if target.channel_token.is_none() => return Err(failure),
        Err(failure) => {
            let (graph, person) = (graph(call), &target.tokens.access);
            return Err(login_or_page(&graph, inspect::OPERATION, person, failure).await);
        }
    };
    let page_id = Some(seen.profile_id.as_str()).filter(|id| !id.is_empty());
    let mut aside = Vec::new();
    let page = page(call, target, &seen, page_id, &mut aside).await?;
    let page_id = page
        .as_ref()
        .map(|page| page.id.as_str())
        .filter(|id| !id.is_empty())
        .or(page_id);
    let mut missing = accounts::missing_scopes(&seen, target.account_id, page_id);
    let mut proof = Proof::default();
    if let Some(page) = &page {
        let too_low = page.tasks.as_deref().filter(|tasks| !may_create(tasks));
        match &page.instagram_business_account {
            Some(linked) if linked.id == target.account_id => proof = shown(linked),
            _ => missing.push(format!(
                "the link of the Page {} to this account",
                page.name
            )),
        }
        match too_low {
            // Alone it is the role, which no sign-in brings back; else the boxes are ticked first.
            Some(tasks) if missing.is_empty() => return Err(no_role("instagram.page", tasks)),
            Some(_) => missing.push("CREATE_CONTENT".to_owned()),
            None => {}
        }
    }
    // The Page's token has no end of its own; that of the data is the person's.
    let ends = Ends {
        data_access_end: instant(seen.data_access_expires_at),
        ..Ends::default()
    };
    Ok(Proof {
        missing,
        ends,
        aside,
        ..proof
    })
}

/// The Page behind a Page token; none where it cannot be told. Without `profile_id` in the inspection
/// (it is unconfirmed) the person's list is searched, and if that token has ended nothing is said:
/// its end is no end of the channel.
async fn page(
    call: &Call<'_>,
    target: &Target<'_>,
    seen: &Inspection,
    page_id: Option<&str>,
    aside: &mut Vec<Evidence>,
) -> Result<Option<Page>, Failure> {
    let Some(id) = page_id else {
        let pages = accounts::pages(call, &target.tokens.access)
            .await
            .unwrap_or_default();
        let linked = |page: &Page| {
            page.instagram_business_account
                .as_ref()
                .is_some_and(|linked| linked.id == target.account_id)
        };
        return Ok(pages.into_iter().find(linked));
    };
    let fields =
        "id,name,tasks,instagram_business_account{id,username,name,profile_picture_url}".to_owned();
    let token = graph::posting_token(target);
    match graph::read(call, "instagram.page", id, vec![("fields", fields)], token).await {
        Ok(page) => Ok(Some(page)),
        // The inspection vouches for the permissions that this read is refused for.
        Err(failure) if failure.cause == Cause::PermissionRevoked && !seen.scopes.is_empty() => {
            Ok(None)
        }
        // While the platform is in trouble nothing is proven: asked again soon, and not only after a day.
        Err(failure) if failure.final_answer || failure.cause.waits_out() => Err(failure),
        Err(failure) => {
            aside.push(failure.evidence);
            Ok(None)
        }
    }
}

fn shown(profile: &Profile) -> Proof {
    let full = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Proof {
        handle: full(&profile.username),
        name: full(&profile.name),
        picture_url: profile.profile_picture_url.clone(),
        ..Proof::default()
    }
}
