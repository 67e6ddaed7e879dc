//! Bearer keys of the API: made (and shown once), revoked.

use domain::ids::{ApiKeyId, SocialSetId};
use domain::member::{Action, Scope};
use secrecy::{ExposeSecret as _, SecretString};
use storage::api_keys::{self, ApiKey};
use storage::{audit, sets};

use super::name;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::secret;
use crate::state::{Keep, Web};

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct KeyInput {
    /// What it is for.
    pub name: String,
    /// What it may do; without any it may draft.
    pub scopes: Vec<Scope>,
    /// Only in this set.
    pub set: Option<SocialSetId>,
}

/// The keys of the workspace, newest first.
///
/// # Errors
/// `not_allowed`.
pub async fn list(web: &Web, by: &Guard) -> Outcome<Vec<ApiKey>> {
    by.ask(Action::Administer, None)?;
    let workspace = by.workspace();
    web.read("web.keys", move |conn| Ok(api_keys::list(conn, workspace)?))
        .await
}

/// Makes a key. A key cannot make one that may do more than itself.
///
/// # Errors
/// Wrong fields, `not_allowed`, `scope_missing`.
pub async fn create(
    web: &Web,
    by: &Guard,
    input: &KeyInput,
    keep: Keep,
) -> Outcome<(ApiKey, SecretString)> {
    by.ask(Action::Administer, None)?;
    let name = name("name", &input.name)?;
    let mut scopes = if input.scopes.is_empty() {
        vec![Scope::Read, Scope::Draft]
    } else {
        input.scopes.clone()
    };
    scopes.sort();
    scopes.dedup();
    if let Some(own) = by.scopes()
        && let Some(beyond) = scopes
            .iter()
            .find(|scope| **scope != Scope::Read && !own.contains(scope))
    {
        let words = Words::key("problem-scope-missing-which").with("scope", beyond.as_str());
        return Err(Refusal::new(&codes::SCOPE_MISSING).detail(words));
    }
    let key = ApiKey {
        id: web.id(),
        workspace: by.workspace(),
        name,
        scopes,
        set: input.set,
        made_by: by.member(),
        created_at: web.now(),
        used_at: None,
        revoked_at: None,
    };
    let plain = secret::api_key(&*web.chance);
    let hash = secret::hash(plain.expose_secret());
    let line = web.audit_line(
        key.workspace,
        by.maker(),
        "api_key.create",
        key.id,
        key.name.clone(),
    );
    let key = web
        .write_if(keep, "web.key_create", move |conn| {
            if let Some(set) = key.set
                && sets::one(conn, key.workspace, set)?.is_none()
            {
                return Err(Refusal::field(
                    "social_set",
                    "not_found",
                    Words::key("field-no-set"),
                ));
            }
            api_keys::create(conn, &key, &hash)?;
            audit::add(conn, &line)?;
            Ok(key)
        })
        .await?;
    Ok((key, plain))
}

/// Revokes a key; one that is revoked already stays so.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn revoke(web: &Web, by: &Guard, id: ApiKeyId, keep: Keep) -> Outcome<ApiKey> {
    by.ask(Action::Administer, None)?;
    let (workspace, now) = (by.workspace(), web.now());
    let line = web.audit_line(workspace, by.maker(), "api_key.revoke", id, "");
    web.write_if(keep, "web.key_revoke", move |conn| {
        let key = api_keys::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        if api_keys::revoke(conn, workspace, id, now)? {
            audit::add(
                conn,
                &audit::Entry {
                    detail: key.name.clone(),
                    ..line
                },
            )?;
        }
        Ok(api_keys::one(conn, workspace, id)?.unwrap_or(key))
    })
    .await
}
