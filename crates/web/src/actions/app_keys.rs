//! The signing keys of an app (Bluesky): a new one for new sign-ins, and forgetting those that nothing is bound to.
//! A login is bound to the key that it was signed in with: without it, it would end.

use std::collections::BTreeSet;

use domain::ids::{AppId, Id as _};
use platforms::bluesky::{key_names, new_signing_key};
use storage::apps::{self, AppRow};
use storage::{app_care, audit};

use super::app_care::{again, open_both, sealed_keys};
use super::apps::own;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// A signing key as it may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySeen {
    /// Its name, which others know.
    pub name: String,
    /// How many living logins are bound to it, in the whole installation.
    pub logins: usize,
}

/// The keys of an app, newest first, with how many living logins each still has.
///
/// # Errors
/// When the store fails, or a seal does not open.
pub async fn list(web: &Web, row: &AppRow) -> Outcome<Vec<KeySeen>> {
    let names = key_names(&open_both(web, row)?.keys);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (id, vault) = (row.app.id, web.vault.clone());
    let used = web
        .read("web.app_keys", move |conn| in_use(conn, &vault, id))
        .await?;
    Ok(names
        .into_iter()
        .map(|name| KeySeen {
            logins: used.iter().filter(|kid| **kid == name).count(),
            name,
        })
        .collect())
}

/// The names of the keys that living logins are bound to, one for each login.
fn in_use(conn: &mut storage::Conn<'_>, vault: &vault::Vault, id: AppId) -> Outcome<Vec<String>> {
    let mut used = Vec::new();
    for grant in app_care::living_grants(conn, id)? {
        let tokens = engine::login::open_tokens(vault, &grant).map_err(super::apps::sealed_shut)?;
        used.push(platforms::bluesky::bound_to(&tokens).to_owned());
    }
    Ok(used)
}

/// A new key: new sign-ins are bound to it, those that live stay with theirs.
///
/// # Errors
/// `not_now` for an app without keys; `not_found`, `not_allowed`, `changed_meanwhile`.
pub async fn add(web: &Web, by: &Guard, id: AppId, keep: Keep) -> Outcome<AppRow> {
    let row = own(web, by, id).await?;
    let mut known = open_both(web, &row)?;
    if known.keys.is_empty() {
        return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("apps-no-keys")));
    }
    let taken: BTreeSet<String> = key_names(&known.keys).into_iter().collect();
    let day = web.now().strftime("%Y-%m-%d").to_string();
    let tail = id.uuid().simple().to_string();
    let tail = &tail[24..];
    let mut name = format!("{day}-{tail}-{}", row.generation + 1);
    while taken.contains(&name) {
        name.push('a');
    }
    known.keys.insert(0, new_signing_key(&*web.chance, &name));
    store(web, by, &row, &known, "app.add_key", name, Vec::new(), keep).await
}

/// Forgets the keys that no living login is bound to; the newest stays.
///
/// # Errors
/// `not_now` while a sign-in through the app is under way; `not_found`, `not_allowed`, `changed_meanwhile`.
pub async fn drop_unused(web: &Web, by: &Guard, id: AppId, keep: Keep) -> Outcome<AppRow> {
    let row = own(web, by, id).await?;
    let mut known = open_both(web, &row)?;
    let seen = list(web, &row).await?;
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for (at, (key, seen)) in known.keys.into_iter().zip(seen).enumerate() {
        if at == 0 || seen.logins > 0 {
            kept.push(key);
        } else {
            gone.push(seen.name);
        }
    }
    known.keys = kept;
    if gone.is_empty() {
        return Ok(row);
    }
    let detail = gone.join(", ");
    store(web, by, &row, &known, "app.drop_keys", detail, gone, keep).await
}

#[expect(
    clippy::too_many_arguments,
    reason = "one place that writes keys, for two callers that differ in what is told"
)]
async fn store(
    web: &Web,
    by: &Guard,
    row: &AppRow,
    known: &super::app_care::Open,
    what: &'static str,
    detail: String,
    gone: Vec<String>,
    keep: Keep,
) -> Outcome<AppRow> {
    let (id, next, workspace) = (row.app.id, row.generation + 1, by.workspace());
    let place = vault::places::app_secret(row.workspace(), id, next);
    let secret = known.current.as_ref();
    let secret_sealed = secret
        .map(|secret| super::apps::seal(web, vault::Purpose::AppSecret, &place, secret))
        .transpose()?;
    let new = AppRow {
        secret_sealed,
        keys_sealed: sealed_keys(web, &row.app, next, &known.keys)?,
        ..row.clone()
    };
    let line = web.audit_line(workspace, by.maker(), what, id, detail);
    let (vault, now) = (web.vault.clone(), web.security_now());
    web.write_if(keep, "web.app_keys_change", move |conn| {
        if !gone.is_empty() {
            // Asked once more, in the transaction that forgets them.
            let used = in_use(conn, &vault, id)?;
            if app_care::under_way(conn, workspace, id, now)? > 0
                || used.iter().any(|kid| gone.contains(kid))
            {
                return Err(Refusal::new(&codes::NOT_NOW).detail(Words::key("apps-keys-busy")));
            }
        }
        apps::update(conn, &new)?;
        audit::add(conn, &line)?;
        again(conn, workspace, id)
    })
    .await
}
