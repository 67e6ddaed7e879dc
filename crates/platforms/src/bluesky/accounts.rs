//! The one account behind a login, and the proof that the login can post to it (sheet bluesky.md §5).

use domain::cause::Cause;
use domain::grant::Ends;
use serde_json::Value;

use super::errors::{self, Trouble};
use super::wire::{Session, blob_address, given, kept, read, xrpc};
use crate::account::{Account, Proof, Target, Unusable};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::http::Address;
use crate::tokens::Tokens;
use crate::wire;

const PROFILE: &str = "bluesky.profile";

pub(super) async fn accounts(call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
    let mut session = Session::open(call, tokens)?;
    let says = session.get_session().await?;
    let did = session.did;
    if wire::text(&says, "did") != did {
        return Err(errors::trouble(
            "bluesky.get_session",
            Trouble::OtherAccount,
        ));
    }
    let handle = wire::text(&says, "handle");
    let profile = profile(call, session.pds, did).await;
    let missing = missing_scopes(tokens.kept(kept::SCOPE), &call.app.scopes);
    let usable = match (rest(&says), missing.first()) {
        (Some((cause, status)), _) => Err(Unusable {
            cause,
            missing: status,
        }),
        (None, Some(scope)) => Err(Unusable {
            cause: Cause::PermissionRevoked,
            missing: scope.clone(),
        }),
        (None, None) => Ok(()),
    };
    Ok(vec![Account {
        id: did.to_owned(),
        name: if profile.name.is_empty() {
            handle.clone()
        } else {
            profile.name
        },
        handle,
        picture_url: profile.picture_url,
        usable,
        token: None,
        ends: Ends::default(),
        role: None,
    }])
}

/// The session proves the token and tells whether the account may post; the granted scopes are what
/// the last token answer said.
pub(super) async fn probe(call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
    let mut session = Session::open(call, target.tokens)?;
    let says = session.get_session().await?;
    if wire::text(&says, "did") != target.account_id {
        return Err(errors::trouble(
            "bluesky.get_session",
            Trouble::OtherAccount,
        ));
    }
    if let Some((cause, status)) = rest(&says) {
        let evidence = wire::evidence("bluesky.get_session", 200, &status, "", "active is false");
        let about = About::Channel;
        return Err(Failure {
            cause,
            about,
            final_answer: true,
            sent: Sent::No,
            retry_after_ms: None,
            evidence,
        });
    }
    Ok(Proof {
        missing: missing_scopes(target.tokens.kept(kept::SCOPE), &call.app.scopes),
        handle: Some(wire::text(&says, "handle")).filter(|handle| !handle.is_empty()),
        ..Proof::default()
    })
}

/// Why an account rests, with the server's word for it; none if it is active. Silence means active.
fn rest(session: &Value) -> Option<(Cause, String)> {
    if session.get("active") != Some(&Value::Bool(false)) {
        return None;
    }
    let status = wire::text(session, "status");
    let cause = match status.as_str() {
        "takendown" | "suspended" => Cause::AccountRestricted,
        _ => Cause::AccountInactive,
    };
    Some((
        cause,
        if status.is_empty() {
            "inactive".to_owned()
        } else {
            status
        },
    ))
}

#[derive(Default)]
struct Profile {
    name: String,
    picture_url: Option<String>,
}

/// Name and picture, for people to know the account by. From the AppView of the settings; from the
/// account's own record where there is none or it does not answer. Without either the handle serves.
async fn profile(call: &Call<'_>, pds: &str, did: &str) -> Profile {
    let appview = call.app.hosts.get("appview");
    if !appview.is_empty() {
        let url = wire::with_query(
            &xrpc(appview, "app.bsky.actor.getProfile"),
            &[("actor", did)],
        );
        if let Some(says) = told(call, url, Address::Configured).await {
            let picture_url = Some(wire::text(&says, "avatar")).filter(|url| !url.is_empty());
            return Profile {
                name: wire::text(&says, "displayName"),
                picture_url,
            };
        }
    }
    let query = [
        ("repo", did),
        ("collection", "app.bsky.actor.profile"),
        ("rkey", "self"),
    ];
    let url = wire::with_query(&xrpc(pds, "com.atproto.repo.getRecord"), &query);
    let Some(record) = told(call, url, given(call)).await else {
        return Profile::default();
    };
    let avatar = record
        .pointer("/value/avatar/ref/$link")
        .and_then(Value::as_str);
    Profile {
        name: record
            .get("value")
            .map(|value| wire::text(value, "displayName"))
            .unwrap_or_default(),
        picture_url: avatar.map(|cid| blob_address(pds, did, cid)),
    }
}

async fn told(call: &Call<'_>, url: String, address: Address) -> Option<Value> {
    let answer = read(call, PROFILE, url, address).await.ok()?;
    (answer.status == 200)
        .then(|| wire::json(&answer))
        .flatten()
}

/// What is needed to post and was not granted, by the name under which it was asked for.
pub(super) fn missing_scopes(granted: &str, asked: &[String]) -> Vec<String> {
    let granted: Vec<&str> = granted.split_ascii_whitespace().collect();
    if granted.contains(&"transition:generic") {
        return Vec::new();
    }
    let create_and_update = ["create", "update"]
        .iter()
        .all(|action| granted.iter().any(|scope| allows(scope, action)));
    let blobs = granted
        .iter()
        .any(|scope| scope.starts_with("blob:") || scope.starts_with("blob?"));
    let mut missing = Vec::new();
    if !create_and_update {
        missing.push("repo:app.bsky.feed.post?action=create&action=update");
    }
    if !blobs {
        missing.push("blob:*/*");
    }
    if !missing.is_empty() && asked.iter().any(|scope| scope == "transition:generic") {
        missing = vec!["transition:generic"];
    }
    missing.into_iter().map(str::to_owned).collect()
}

/// Whether a granular scope lets us do this to posts. Without an action it allows all three.
fn allows(scope: &str, action: &str) -> bool {
    let Some(rest) = scope.strip_prefix("repo") else {
        return false;
    };
    let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let named = |key: &str, wanted: &[&str]| {
        pairs.iter().any(|(name, value)| {
            name == key && (wanted.is_empty() || wanted.contains(&value.as_ref()))
        })
    };
    let ours = ["*", super::wire::POSTS];
    let fits = name
        .strip_prefix(':')
        .is_some_and(|name| ours.contains(&name))
        || named("collection", &ours);
    fits && (!named("action", &[]) || named("action", &[action]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_scopes_go_by_the_name_they_were_asked_by() {
        let generic = ["atproto".to_owned(), "transition:generic".to_owned()];
        let narrow = ["atproto".to_owned()];
        let missing = |granted: &str, asked: &[String]| missing_scopes(granted, asked);
        assert!(missing("atproto transition:generic", &generic).is_empty());
        assert_eq!(missing("atproto", &generic), ["transition:generic"]);
        for enough in [
            "atproto repo:app.bsky.feed.post?action=create&action=update blob:*/*",
            "atproto repo:* blob:image/*",
            "atproto repo?collection=app.bsky.feed.post blob?accept=*/*",
            "repo:app.bsky.feed.post?action=create repo:*?action=update blob:*/*",
        ] {
            assert!(missing(enough, &narrow).is_empty(), "{enough}");
        }
        assert_eq!(
            missing("repo:app.bsky.feed.post?action=create blob:*/*", &narrow).len(),
            1
        );
        assert_eq!(
            missing("repo:app.bsky.feed.like blob:*/*", &narrow).len(),
            1
        );
        assert_eq!(missing("repository:* repo:*", &narrow), ["blob:*/*"]);
    }
}
