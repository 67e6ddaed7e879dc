//! Who may do what on a Page: the Page's own token, the permissions behind it, the person's tasks,
//! and what is wrong with the Page (sheet facebook.md §5, §9.2).

use super::errors;
use crate::clock::MINUTE;
use crate::instagram::access::{Access, grant_behind};
use crate::instagram::errors::{GraphError, app_removed, blocked, unseen};
use crate::instagram::state::{InstagramState, Page, TokenKind};

/// What a call is about to do on a Page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Read posts.
    Read,
    /// Publish, change or take down posts; see what is scheduled.
    Manage,
    /// Comment as the Page.
    Comment,
}

/// Tasks that let a person publish (§5): `CREATE_CONTENT`, its twin on the newer Pages, and those
/// that include it.
const PUBLISHING: [&str; 5] = [
    "CREATE_CONTENT",
    "MANAGE",
    "PROFILE_PLUS_CREATE_CONTENT",
    "PROFILE_PLUS_FULL_CONTROL",
    "PROFILE_PLUS_MANAGE",
];
/// Tasks that let a person comment as the Page.
const MODERATING: [&str; 2] = ["MODERATE", "PROFILE_PLUS_MODERATE"];

/// The Page that a call names: by id, or as `me` with its own token.
pub(super) fn named<'a>(
    state: &'a InstagramState,
    access: Option<&Access>,
    target: &str,
) -> Option<&'a Page> {
    match access.map(|access| &access.token.kind) {
        Some(TokenKind::Page { page, .. }) if target == "me" => state.pages.get(page),
        _ => state.pages.get(target),
    }
}

/// The Page of a call, if this token may do this on it.
pub(super) fn reach<'a>(
    state: &'a InstagramState,
    now_ms: i64,
    access: &Access,
    target: &str,
    need: Need,
    method: &str,
) -> Result<&'a Page, GraphError> {
    let gone = || unseen(target, method);
    let page = named(state, Some(access), target).ok_or_else(gone)?;
    let own = match &access.token.kind {
        TokenKind::Page { page: own, .. } if *own == page.id => true,
        TokenKind::Page { .. } => return Err(gone()),
        _ => false,
    };
    if page.standing.deleted || (own && page.standing.unpublished) {
        return Err(gone());
    }
    limit(page, now_ms, own)?;
    let grant = grant_behind(state, &access.token).ok_or_else(app_removed)?;
    if !grant.pages.contains(&page.id) {
        return Err(gone());
    }
    // Nearly every call of the newer Pages needs the Page's own token (§1).
    if !own {
        return Err(errors::page_token_wanted());
    }
    let has = |name: &str| grant.permissions.contains(name);
    let tasks = page.tasks.get(&access.token.who);
    let one_of = |wanted: &[&str]| {
        tasks.is_some_and(|tasks| tasks.iter().any(|task| wanted.contains(&task.as_str())))
    };
    match need {
        Need::Read if !has("pages_read_engagement") => Err(errors::may_not_read()),
        Need::Manage
            if !has("pages_read_engagement")
                || !has("pages_manage_posts")
                || !one_of(&PUBLISHING) =>
        {
            Err(errors::may_not_publish())
        }
        Need::Comment
            if !has("pages_manage_engagement") || !(one_of(&MODERATING) || one_of(&PUBLISHING)) =>
        {
            Err(errors::may_not_comment())
        }
        _ => Ok(page),
    }
}

/// The Page's own limit; with a person's token it has another code (§10).
fn limit(page: &Page, now_ms: i64, own: bool) -> Result<(), GraphError> {
    let Some(throttle) = page.standing.throttle.filter(|it| it.until_ms > now_ms) else {
        return Ok(());
    };
    let minutes = (throttle.until_ms - now_ms + MINUTE - 1) / MINUTE;
    let code = match throttle.code {
        80_001 if !own => 32,
        code => code,
    };
    Err(errors::throttled(code, &page.id, minutes))
}

/// What stops publishing although the token lives (§9.2, §9.3).
pub(super) fn may_act(page: &Page, now_ms: i64) -> Result<(), GraphError> {
    let standing = &page.standing;
    if standing.blocked {
        return Err(blocked());
    }
    if standing.unauthorized {
        return Err(errors::unauthorized());
    }
    if standing.unconfirmed {
        return Err(errors::unconfirmed());
    }
    if standing.too_fast.is_some_and(|it| it.until_ms > now_ms) {
        return Err(errors::too_fast());
    }
    Ok(())
}
