//! Who may do what: the token, the grant behind it, the account in front of it.

use super::errors::{self, GraphError};
use super::state::{
    Account, App, DATA_ACCESS, Ended, Flow, Grant, InstagramState, Token, TokenKind,
};
use crate::call::Call;
use crate::clock::MINUTE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write as _;

/// A token that was let in.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Its text.
    pub text: String,
    /// The token.
    pub token: Token,
    /// Through which host it came.
    pub flow: Flow,
}

/// What a call is about to do, and thereby which permissions it needs (sheet instagram.md §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Know the account.
    Identify,
    /// Read its posts.
    Read,
    /// Publish.
    Publish,
    /// Take a post down (Facebook flow only).
    Delete,
}

impl Need {
    const fn permissions(self, flow: Flow) -> &'static [&'static str] {
        match (flow, self) {
            (Flow::Instagram, Self::Publish) => &[
                "instagram_business_basic",
                "instagram_business_content_publish",
            ],
            (Flow::Instagram, _) => &["instagram_business_basic"],
            (Flow::Facebook, Self::Identify) => &["instagram_basic"],
            (Flow::Facebook, Self::Read) => &["instagram_basic", "pages_read_engagement"],
            (Flow::Facebook, Self::Publish) => &["instagram_basic", "instagram_content_publish"],
            (Flow::Facebook, Self::Delete) => &["instagram_basic", "instagram_manage_contents"],
        }
    }
}

/// The token text of a call.
pub(crate) fn token_of(call: &Call) -> Option<String> {
    call.filled("access_token")
        .or_else(|| call.bearer().map(str::to_owned))
}

/// Lets a call in by its token: version, app limit, token, proof.
pub(crate) fn enter(
    state: &InstagramState,
    now_ms: i64,
    call: &Call,
    flow: Flow,
    version: Option<&str>,
) -> Result<Access, GraphError> {
    if let Some(version) = version.filter(|version| state.retired.contains(*version)) {
        return Err(errors::retired(version));
    }
    if state
        .app_throttle
        .is_some_and(|throttle| throttle.until_ms > now_ms)
    {
        return Err(errors::app_throttled());
    }
    let text = token_of(call).ok_or_else(errors::no_token)?;
    let token = state
        .tokens
        .get(&text)
        .ok_or_else(errors::malformed_token)?;
    if token_flow(&token.kind) != flow {
        return Err(errors::malformed_token());
    }
    alive(state, token, now_ms)?;
    if flow == Flow::Facebook {
        check_proof(state, call, token, &text)?;
    }
    Ok(Access {
        text,
        token: token.clone(),
        flow,
    })
}

/// Which flow a token belongs to.
pub(crate) const fn token_flow(kind: &TokenKind) -> Flow {
    match kind {
        TokenKind::InstagramShort | TokenKind::InstagramLong => Flow::Instagram,
        TokenKind::UserShort | TokenKind::UserLong | TokenKind::Page { .. } => Flow::Facebook,
    }
}

/// The grant behind a token, as long as it is the same grant.
pub(crate) fn grant_behind<'a>(state: &'a InstagramState, token: &Token) -> Option<&'a Grant> {
    state
        .grant(&token.app, &token.who)
        .filter(|grant| grant.number == token.grant)
}

/// Whether a token still lives, and if not, why.
pub(crate) fn alive(state: &InstagramState, token: &Token, now_ms: i64) -> Result<(), GraphError> {
    let grant = match state.grant(&token.app, &token.who) {
        None => return Err(errors::app_removed()),
        // Removed and allowed anew: a newer grant exists (sheet §9.1, 461).
        Some(grant) if grant.number != token.grant => return Err(errors::reinstalled()),
        Some(grant) => grant,
    };
    if state
        .apps
        .get(&token.app)
        .is_none_or(|app| app.secret_version != token.secret)
    {
        return Err(errors::revoked_token());
    }
    match token.ended {
        Some(Ended::Expired) => {
            return Err(errors::expired(
                token.expires_at_ms.unwrap_or(now_ms).min(now_ms),
                now_ms,
            ));
        }
        Some(Ended::LoggedOut) => return Err(errors::logged_out()),
        Some(Ended::Fault(subcode)) => return Err(errors::session_fault(subcode)),
        None => {}
    }
    if let Some(end) = token.expires_at_ms.filter(|end| *end <= now_ms) {
        return Err(errors::expired(end, now_ms));
    }
    let password = match token_flow(&token.kind) {
        Flow::Instagram => state
            .accounts
            .get(&token.who)
            .map(|account| account.password),
        Flow::Facebook => state.persons.get(&token.who).map(|person| person.password),
    };
    if password != Some(token.password) {
        return Err(errors::password_changed());
    }
    if let Some(person) = state.persons.get(&token.who) {
        if person.checkpoint {
            return Err(errors::checkpointed());
        }
        if person.restricted {
            return Err(errors::blocking_checkpoint());
        }
    }
    if let TokenKind::Page { page, .. } = &token.kind {
        let page = state.pages.get(page).ok_or_else(errors::lost_role)?;
        if !page.tasks.contains_key(&token.who) {
            return Err(errors::lost_role());
        }
        if !grant.pages.contains(&page.id) || !grant.permissions.contains("pages_show_list") {
            return Err(errors::page_not_granted());
        }
    }
    Ok(())
}

/// `appsecret_proof = hex(HMAC_SHA256(key = app secret, message = token))`.
pub(crate) fn proof(secret: &str, token: &str) -> String {
    let mut text = String::with_capacity(64);
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(token.as_bytes());
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
    }
    text
}

/// Whether a proof was made with a secret that the app knows.
fn proves(app: &App, given: &str, text: &str) -> bool {
    let older = app.older_secret.as_deref();
    [Some(app.secret.as_str()), older]
        .into_iter()
        .flatten()
        .any(|secret| proof(secret, text) == given)
}

fn check_proof(
    state: &InstagramState,
    call: &Call,
    token: &Token,
    text: &str,
) -> Result<(), GraphError> {
    let Some(app) = state.apps.get(&token.app) else {
        return Err(errors::revoked_token());
    };
    match call.filled("appsecret_proof") {
        Some(given) if !proves(app, &given, text) => Err(errors::bad_proof()),
        None if app.needs_proof => Err(errors::missing_proof()),
        _ => Ok(()),
    }
}

/// The account that a call is about, if this token may do this to it.
pub(crate) fn reach<'a>(
    state: &'a InstagramState,
    now_ms: i64,
    access: &Access,
    target: &str,
    need: Need,
    method: &str,
) -> Result<&'a Account, GraphError> {
    let own = access.flow == Flow::Instagram;
    let account = match target {
        "me" if own => state.accounts.get(&access.token.who),
        _ => state.accounts.get(target).or_else(|| {
            // The Instagram flow also knows the account by its app-scoped id.
            state
                .accounts
                .values()
                .find(|account| own && account.app_scoped_id == target)
        }),
    };
    let account = account
        .filter(|account| !account.standing.deleted)
        .ok_or_else(|| errors::unseen(target, method))?;
    if own && account.id != access.token.who {
        return Err(errors::unseen(target, method));
    }
    if account.standing.personal {
        return Err(errors::not_professional());
    }
    if let Some(throttle) = account
        .standing
        .throttle
        .filter(|throttle| throttle.until_ms > now_ms)
    {
        let minutes = (throttle.until_ms - now_ms + MINUTE - 1) / MINUTE;
        return Err(errors::account_throttled(&account.id, minutes));
    }
    let grant = grant_behind(state, &access.token).ok_or_else(errors::app_removed)?;
    if let Some(missing) = need
        .permissions(access.flow)
        .iter()
        .find(|name| !grant.permissions.contains(**name))
    {
        return Err(errors::no_permission(missing));
    }
    if !own {
        through_page(state, now_ms, access, grant, account, need)?;
    }
    Ok(account)
}

/// The Facebook flow's way to an account leads over its Page.
fn through_page(
    state: &InstagramState,
    now_ms: i64,
    access: &Access,
    grant: &Grant,
    account: &Account,
    need: Need,
) -> Result<(), GraphError> {
    if !grant.accounts.contains(&account.id) {
        return Err(errors::no_permission(
            "this Instagram account was not granted",
        ));
    }
    let page = state
        .page_of(&account.id)
        .ok_or_else(|| errors::no_permission("the Instagram account is not linked to a Page"))?;
    if !grant.pages.contains(&page.id) {
        return Err(errors::no_permission(
            "the Page of this Instagram account was not granted",
        ));
    }
    if let TokenKind::Page { page: own, .. } = &access.token.kind
        && *own != page.id
    {
        return Err(errors::no_permission("the token is of another Page"));
    }
    let tasks = page
        .tasks
        .get(&access.token.who)
        .ok_or_else(errors::role_too_low)?;
    if matches!(need, Need::Publish | Need::Delete) && !tasks.iter().any(|task| may_publish(task)) {
        return Err(errors::role_too_low());
    }
    // `instagram_*` is not exempt from the 90 days (sheet instagram.md §1.1).
    if grant.last_login_at_ms + DATA_ACCESS <= now_ms {
        return Err(errors::data_access_over());
    }
    Ok(())
}

fn may_publish(task: &str) -> bool {
    [
        "CREATE_CONTENT",
        "MANAGE",
        "PROFILE_PLUS_CREATE_CONTENT",
        "PROFILE_PLUS_FULL_CONTROL",
        "PROFILE_PLUS_MANAGE",
    ]
    .contains(&task)
}

/// The fault of May 2026: containers and posts are invisible to a Page token (§9.1, 100/33).
pub(crate) fn page_token_sees(
    access: &Access,
    account: &Account,
    id: &str,
    method: &str,
) -> Result<(), GraphError> {
    if account.standing.page_token_blind && matches!(access.token.kind, TokenKind::Page { .. }) {
        return Err(errors::unseen(id, method));
    }
    Ok(())
}

/// An app of this flow by client id.
pub(crate) fn app_of<'a>(state: &'a InstagramState, id: &str, flow: Flow) -> Option<&'a App> {
    state.apps.get(id).filter(|app| app.flow == flow)
}
