//! Ways to break accounts, people, Pages and apps, and to mend them again.

use super::break_targets::{Login, account, app, login, page, person, role};
use super::errors::SESSION_FAULTS;
use super::state::{DATA_ACCESS, Ended, Throttle};
use crate::clock::MINUTE;
use crate::facebook;
use crate::simulator::Scene;
use crate::state::State;
use serde::{Deserialize, Serialize};

/// One thing to break. `account` is an Instagram account (id or username) or a Facebook person
/// (id or name), whichever holds the login; JSON `{"kind": "change_password", "account": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Break {
    /// Every token of this login ends now: 190/463.
    EndToken {
        /// Account or person.
        account: String,
    },
    /// The password changes: 190/460.
    ChangePassword {
        /// Account or person.
        account: String,
    },
    /// The person logs out everywhere: 190/467.
    LogOut {
        /// Account or person.
        account: String,
    },
    /// Every token of this login ends in one of the rarer ways: 190/456, 457, 462, 465, 466 or 468.
    EndSession {
        /// Account or person.
        account: String,
        /// Which.
        subcode: u32,
    },
    /// The person removes every app: 190/458.
    RemoveApp {
        /// Account or person.
        account: String,
    },
    /// One permission is withdrawn: 10.
    RevokePermission {
        /// Account or person.
        account: String,
        /// Its name.
        permission: String,
    },
    /// A person loses every task on a Page: 190/492 with a Page token, 200 with the person's.
    TakeRole {
        /// Person.
        account: String,
        /// Page id or name.
        page: String,
    },
    /// A person keeps only `ANALYZE` on a Page: 200 on publishing.
    LowerRole {
        /// Person.
        account: String,
        /// Page id or name.
        page: String,
    },
    /// A Page is unlinked from its Instagram account: 10.
    UnlinkPage {
        /// Page id or name.
        page: String,
    },
    /// The owner must act first: 25/2207050 on publishing (account), 190/459 (person).
    Checkpoint {
        /// Account or person.
        account: String,
    },
    /// Restricted: 25/2207050 on publishing (account), 190/490 (person).
    Restrict {
        /// Account or person.
        account: String,
    },
    /// Temporarily blocked for policy: 368 on publishing.
    Block {
        /// Account.
        account: String,
    },
    /// The account is gone: 100/33 everywhere.
    DeleteAccount {
        /// Account.
        account: String,
    },
    /// The account is no professional one any more.
    SwitchToPersonal {
        /// Account.
        account: String,
    },
    /// The account is private: its token is not prolonged.
    MakePrivate {
        /// Account.
        account: String,
    },
    /// Too many calls: 80002 (`business`, for the account) or 4 (`app`, for everybody).
    Throttle {
        /// Account; not needed for `app`.
        #[serde(default)]
        account: Option<String>,
        /// Minutes until access is regained; 30 when left out.
        #[serde(default = "half_an_hour")]
        minutes: i64,
        /// Which limit.
        #[serde(default)]
        scheme: ThrottleScheme,
    },
    /// Suspected spam: 4/2207051 on publishing.
    Spam {
        /// Account.
        account: String,
        /// The post goes out nevertheless.
        #[serde(default)]
        live: bool,
    },
    /// Media cannot be pulled: 9004/2207052.
    MediaUnfetchable {
        /// Account.
        account: String,
    },
    /// New containers end in `ERROR`.
    ContainerError {
        /// Account.
        account: String,
        /// Subcode in the status text; 2207082 when left out.
        #[serde(default = "upload_failed")]
        subcode: u32,
    },
    /// No more posts today: 9/2207042.
    QuotaUsed {
        /// Account.
        account: String,
    },
    /// The 90 days of data access are over: 190/493.
    EndDataAccess {
        /// Person.
        account: String,
    },
    /// A Page is deleted: 100/33, and inspection says that its tokens are dead (190/492).
    DeletePage {
        /// Page id or name.
        page: String,
    },
    /// A Page is taken out of sight: 100/33 with a Page token.
    UnpublishPage {
        /// Page id or name.
        page: String,
    },
    /// A Page may not publish for a while: 368.
    BlockPage {
        /// Page id or name.
        page: String,
    },
    /// A Page lacks the publishing authorization: 200/1404078.
    WithholdAuthorization {
        /// Page id or name.
        page: String,
    },
    /// The person must confirm the identity before publishing as this Page: 200/4854002.
    AskIdentity {
        /// Page id or name.
        page: String,
    },
    /// Too many calls of a Page.
    ThrottlePage {
        /// Page id or name.
        page: String,
        /// Minutes until access is regained; 30 when left out.
        #[serde(default = "half_an_hour")]
        minutes: i64,
        /// What calls answer: 80001 when left out (32 with a person's token), 613, 341, 32, 17.
        #[serde(default = "business_limit")]
        code: i64,
    },
    /// A Page posts too fast: 100/1390008 on publishing.
    PageTooFast {
        /// Page id or name.
        page: String,
        /// Minutes until it may go on; 30 when left out.
        #[serde(default = "half_an_hour")]
        minutes: i64,
    },
    /// Links of a Page cannot be scraped: 1609005.
    LinksFail {
        /// Page id or name.
        page: String,
    },
    /// Photos of a Page cannot be pulled: 324.
    PhotosFail {
        /// Page id or name.
        page: String,
    },
    /// Containers and posts cannot be read with a Page token: 100/33.
    PageTokenBlind {
        /// Account.
        account: String,
    },
    /// Calls with this version answer 12.
    RetireVersion {
        /// Such as `v24.0`.
        version: String,
    },
    /// The app has a second, newer secret, drawn or given; the one before stays good beside it. Mending takes
    /// the newer one away again.
    AddAppSecret {
        /// Client id.
        app: String,
        /// The new secret; drawn when left out.
        #[serde(default)]
        secret: Option<String>,
    },
    /// The older one of two secrets is good no more; tokens live on.
    RevokeOlderSecret {
        /// Client id.
        app: String,
    },
    /// The app has a new secret; all its tokens die: 190 without subcode.
    ResetAppSecret {
        /// Client id.
        app: String,
    },
}

/// Which limit was passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThrottleScheme {
    /// The account's (80002).
    #[default]
    Business,
    /// The app's (4).
    App,
}

const fn business_limit() -> i64 {
    80_001
}
const fn half_an_hour() -> i64 {
    30
}
const fn upload_failed() -> u32 {
    2_207_082
}

fn end_tokens(state: &mut State, who: &str, ended: Ended) -> usize {
    let tokens = state
        .instagram
        .tokens
        .values_mut()
        .filter(|token| token.who == who && token.ended.is_none());
    tokens.map(|token| token.ended = Some(ended)).count()
}

/// Breaks one thing; says what was done.
pub(crate) fn break_it(
    state: &mut State,
    scene: &Scene<'_>,
    what: &Break,
) -> Result<String, String> {
    let ends = super::ends::of(state, what);
    let said = do_break(state, scene, what)?;
    for end in ends {
        let of = end.of.as_deref();
        let facts = &mut state.facts;
        facts.ended(end.platform, &end.who, of, end.why, scene.now_ms);
    }
    Ok(said)
}

fn do_break(state: &mut State, scene: &Scene<'_>, what: &Break) -> Result<String, String> {
    match what {
        Break::EndToken { account } => {
            let login = login(state, account)?;
            Ok(format!(
                "{} tokens of {account} ended",
                end_tokens(state, login.id(), Ended::Expired)
            ))
        }
        Break::LogOut { account } => {
            let login = login(state, account)?;
            Ok(format!(
                "{account} logged out, {} tokens ended",
                end_tokens(state, login.id(), Ended::LoggedOut)
            ))
        }
        Break::EndSession { account, subcode } => {
            if !SESSION_FAULTS.contains(subcode) {
                return Err(format!("{subcode} is no fault of a session"));
            }
            let login = login(state, account)?;
            Ok(format!(
                "{} tokens of {account} ended with 190/{subcode}",
                end_tokens(state, login.id(), Ended::Fault(*subcode))
            ))
        }
        Break::ChangePassword { account: name } => {
            match login(state, name)? {
                Login::Account(id) => account(state, &id)?.password += 1,
                Login::Person(id) => person(state, &id)?.password += 1,
            }
            Ok(format!("the password of {name} changed"))
        }
        Break::RemoveApp { account } => {
            let login = login(state, account)?;
            state
                .instagram
                .grants
                .retain(|_, grant| grant.who != login.id());
            Ok(format!("{account} removed the apps"))
        }
        Break::RevokePermission {
            account,
            permission,
        } => {
            let login = login(state, account)?;
            for grant in state
                .instagram
                .grants
                .values_mut()
                .filter(|grant| grant.who == login.id())
            {
                if grant.permissions.remove(permission) {
                    grant.declined.insert(permission.clone());
                }
            }
            Ok(format!("{account} withdrew {permission}"))
        }
        Break::EndDataAccess { account: name } => {
            let id = person(state, name)?.id.clone();
            for grant in state
                .instagram
                .grants
                .values_mut()
                .filter(|grant| grant.who == id)
            {
                grant.last_login_at_ms = scene.now_ms - DATA_ACCESS;
            }
            Ok(format!("the 90 days of {name} are over"))
        }
        Break::AddAppSecret { app: id, secret } => {
            let fresh = secret.clone().unwrap_or_else(|| state.chance.hex(32));
            let app = app(state, id)?;
            if app.older_secret.is_some() {
                return Err("it has two secrets already: revoke the older one first".to_owned());
            }
            app.older_secret = Some(std::mem::replace(&mut app.secret, fresh.clone()));
            Ok(format!("{} also takes the secret {fresh}", app.name))
        }
        Break::RevokeOlderSecret { app: id } => {
            let app = app(state, id)?;
            app.older_secret.take().ok_or("it has only one secret")?;
            Ok(format!("{} takes its newest secret alone", app.name))
        }
        Break::ResetAppSecret { app: id } => {
            let fresh = state.chance.hex(32);
            let app = app(state, id)?;
            app.older_secret = None;
            app.secret_version += 1;
            app.former_secret = Some(std::mem::replace(&mut app.secret, fresh));
            Ok(format!("the secret of {} was reset", app.name))
        }
        other => set(state, scene, other, true),
    }
}

/// Mends one thing, where that is possible; says what was done.
pub(crate) fn mend_it(
    state: &mut State,
    scene: &Scene<'_>,
    what: &Break,
) -> Result<String, String> {
    match what {
        Break::EndToken { .. }
        | Break::EndSession { .. }
        | Break::ChangePassword { .. }
        | Break::LogOut { .. }
        | Break::RemoveApp { .. } => Err("this cannot be undone: sign in again".to_owned()),
        Break::RevokePermission { .. } | Break::EndDataAccess { .. } => {
            Err("this is mended by signing in again".to_owned())
        }
        Break::AddAppSecret { app: id, .. } => {
            let app = app(state, id)?;
            app.secret = app.older_secret.take().ok_or("it has only one secret")?;
            Ok(format!("{} takes its former secret alone", app.name))
        }
        Break::RevokeOlderSecret { .. } => {
            Err("a revoked secret does not come back: add another".to_owned())
        }
        Break::ResetAppSecret { app: id } => {
            let app = app(state, id)?;
            let former = app.former_secret.take().ok_or("the secret was not reset")?;
            app.secret = former;
            app.secret_version -= 1;
            Ok(format!("{} has its former secret again", app.name))
        }
        other => set(state, scene, other, false),
    }
}

/// The breaks that are switches.
fn set(state: &mut State, scene: &Scene<'_>, what: &Break, on: bool) -> Result<String, String> {
    match what {
        Break::TakeRole { account, page } | Break::LowerRole { account, page } => {
            return role(
                state,
                account,
                page,
                on,
                matches!(what, Break::LowerRole { .. }),
            );
        }
        Break::UnlinkPage { page: name } => {
            let page = page(state, name)?;
            if on {
                page.formerly_linked = page.instagram.take().or(page.formerly_linked.take());
            } else {
                page.instagram = page.formerly_linked.take().or(page.instagram.take());
            }
        }
        Break::Checkpoint { account: name } | Break::Restrict { account: name } => {
            let checkpoint = matches!(what, Break::Checkpoint { .. });
            match login(state, name)? {
                Login::Account(id) if checkpoint => account(state, &id)?.standing.checkpoint = on,
                Login::Account(id) => account(state, &id)?.standing.restricted = on,
                Login::Person(id) if checkpoint => person(state, &id)?.checkpoint = on,
                Login::Person(id) => person(state, &id)?.restricted = on,
            }
        }
        Break::Throttle {
            account: name,
            minutes,
            scheme,
        } => {
            let throttle = on.then_some(Throttle {
                until_ms: scene.now_ms + minutes * MINUTE,
            });
            match (scheme, name) {
                (ThrottleScheme::App, _) => state.instagram.app_throttle = throttle,
                (ThrottleScheme::Business, Some(name)) => {
                    account(state, name)?.standing.throttle = throttle
                }
                (ThrottleScheme::Business, None) => return Err("say which account".to_owned()),
            }
        }
        Break::Block { account: name } => account(state, name)?.standing.blocked = on,
        Break::DeleteAccount { account: name } => account(state, name)?.standing.deleted = on,
        Break::SwitchToPersonal { account: name } => account(state, name)?.standing.personal = on,
        Break::MakePrivate { account: name } => account(state, name)?.standing.private = on,
        Break::Spam {
            account: name,
            live,
        } => account(state, name)?.standing.spam = on.then_some(*live),
        Break::MediaUnfetchable { account: name } => {
            account(state, name)?.standing.unfetchable = on
        }
        Break::ContainerError {
            account: name,
            subcode,
        } => account(state, name)?.standing.container_error = on.then_some(*subcode),
        Break::QuotaUsed { account: name } => account(state, name)?.standing.quota_used = on,
        Break::PageTokenBlind { account: name } => {
            account(state, name)?.standing.page_token_blind = on
        }
        Break::DeletePage { page: name }
        | Break::UnpublishPage { page: name }
        | Break::BlockPage { page: name }
        | Break::WithholdAuthorization { page: name }
        | Break::AskIdentity { page: name }
        | Break::ThrottlePage { page: name, .. }
        | Break::PageTooFast { page: name, .. }
        | Break::LinksFail { page: name }
        | Break::PhotosFail { page: name } => {
            facebook::switch(&mut page(state, name)?.standing, what, scene.now_ms, on)?;
        }
        Break::RetireVersion { version } if on => {
            state.instagram.retired.insert(version.clone());
        }
        Break::RetireVersion { version } => {
            state.instagram.retired.remove(version);
        }
        // The rest is no switch; break_it and mend_it have dealt with it.
        _ => return Err("this cannot be switched".to_owned()),
    }
    Ok(if on {
        "broken".to_owned()
    } else {
        "mended".to_owned()
    })
}
