//! The Instagram dialog (sheet §3.1), clicked through with plain forms.
//!
//! 1. `GET /www.instagram.com/oauth/authorize?client_id&redirect_uri&response_type=code&scope&state`
//!    shows form `#login`; it posts to the same path: hidden fields as given, text `username`
//!    (`#username`), `password` (`#password`; any but [`WRONG_PASSWORD`]), button `#log-in`, or
//!    one button `login_as` = username (`#login-as-{username}`), which needs no password.
//! 2. 303 to `GET /www.instagram.com/oauth/consent?ticket=…`, form `#consent`: hidden `ticket`,
//!    tick boxes `permission` (`#permission-{name}`; `instagram_business_basic` is always given),
//!    buttons `action` = `continue` (`#continue`) or `cancel` (`#cancel`).
//! 3. 303 to `redirect_uri?code=…&state=…#_`, or `?error=access_denied&…`.

use super::access::app_of;
use super::scenario::IGL_SCOPES;
use super::state::{
    AccessLevel, Account, App, Code, Flow, Grant, InstagramState, Ticket, grant_key,
};
use crate::call::Call;
use crate::clock::HOUR;
use crate::page::{self, escape, hidden, tick};
use crate::reply::Reply;
use crate::simulator::Scene;
use crate::state::State;
use http::StatusCode;
use std::collections::BTreeSet;

/// The one password that is refused everywhere.
pub const WRONG_PASSWORD: &str = "wrong";
/// Sign-ins under way that are kept.
const TICKETS: usize = 200;
const BASIC: &str = "instagram_business_basic";

/// A request that passed the checks.
pub(crate) struct Request {
    pub app: App,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub state: Option<String>,
    pub rerequest: bool,
}

fn check(state: &InstagramState, call: &Call) -> Result<Request, String> {
    let app = call
        .filled("client_id")
        .and_then(|id| app_of(state, &id, Flow::Instagram))
        .ok_or("Invalid platform app")?;
    let redirect_uri = call
        .filled("redirect_uri")
        .filter(|uri| app.redirect_uris.contains(uri))
        .ok_or("Invalid redirect_uri")?;
    if call.filled("response_type").as_deref() != Some("code") {
        return Err("Invalid response_type".to_owned());
    }
    let scopes = split(&call.filled("scope").unwrap_or_default());
    if scopes
        .iter()
        .any(|scope| !IGL_SCOPES.contains(&scope.as_str()))
    {
        // What a foreign or misspelt name gets (§1.1, §14).
        return Err("Business and user permissions are mutually exclusive".to_owned());
    }
    if let Some(scope) = scopes.iter().find(|scope| !app.scopes.contains(*scope)) {
        return Err(format!("Invalid Scopes: {scope}"));
    }
    if !scopes.iter().any(|scope| scope == BASIC) {
        return Err(format!("Invalid Scopes: {BASIC} is needed"));
    }
    Ok(Request {
        app: app.clone(),
        redirect_uri,
        scopes,
        state: call.param("state"),
        rerequest: false,
    })
}

/// A comma or space list without doubles.
pub(crate) fn split(scopes: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = scopes.split([',', ' ']).filter(|name| !name.is_empty());
    names
        .filter(|name| seen.insert((*name).to_owned()))
        .map(str::to_owned)
        .collect()
}

fn refusal(words: &str) -> Reply {
    let body = format!(
        r#"<p class="error" id="error">Invalid Request: Request parameters are invalid: {}</p>"#,
        escape(words)
    );
    page::dialog(
        StatusCode::BAD_REQUEST,
        "instagram",
        "Sorry, this page isn't available",
        &body,
    )
    .outcome(words)
}

/// Step 1, the form.
pub(crate) fn login_page(state: &InstagramState, call: &Call) -> Reply {
    match check(state, call) {
        Ok(request) => login_form(state, &request, call, None),
        Err(words) => refusal(&words),
    }
}

fn login_form(
    state: &InstagramState,
    request: &Request,
    call: &Call,
    wrong: Option<&str>,
) -> Reply {
    let kept = [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "force_reauth",
        "enable_fb_login",
    ];
    let fields: String = kept
        .iter()
        .filter_map(|name| call.param(name).map(|value| hidden(name, &value)))
        .collect();
    let people: String = state
        .accounts
        .values()
        .filter(|account| !account.standing.deleted)
        .map(|account| {
            let name = escape(&account.username);
            format!(
                r#"<li><button id="login-as-{name}" name="login_as" value="{name}"><img src="/media/{}" alt="" width="40" height="40"><span>Log in as {name}<small>{}, {} followers</small></span></button></li>"#,
                escape(&account.picture),
                escape(&account.name),
                account.followers
            )
        })
        .collect();
    let error = wrong
        .map(|words| format!(r#"<p class="error" id="error">{}</p>"#, escape(words)))
        .unwrap_or_default();
    let body = format!(
        r#"<p><strong>{app}</strong> asks you to log in.</p>{error}
<form method="post" action="/www.instagram.com/oauth/authorize">{fields}<ul class="people">{people}</ul></form>
<form id="login" method="post" action="/www.instagram.com/oauth/authorize">{fields}
<label for="username">Username<input type="text" id="username" name="username" autocomplete="off"></label>
<label for="password">Password<input type="password" id="password" name="password" autocomplete="off"><small>Any password but “{WRONG_PASSWORD}” is right.</small></label>
<div class="actions"><button class="main" id="log-in">Log in</button></div></form>"#,
        app = escape(&request.app.name),
    );
    let status = if wrong.is_some() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    page::dialog(status, "instagram", "Log in to Instagram", &body)
}

/// Step 1, the answer.
pub(crate) fn log_in(state: &mut State, scene: &Scene<'_>, call: &Call) -> Reply {
    let request = match check(&state.instagram, call) {
        Ok(request) => request,
        Err(words) => return refusal(&words),
    };
    let chosen = call.filled("login_as");
    let name = chosen
        .clone()
        .or_else(|| call.filled("username"))
        .unwrap_or_default();
    let account = state
        .instagram
        .account_named(name.trim().trim_start_matches('@'))
        .filter(|account| !account.standing.deleted);
    let known = chosen.is_some()
        || call
            .filled("password")
            .is_some_and(|password| password != WRONG_PASSWORD);
    let Some(account) = account.filter(|_| known).cloned() else {
        let words = "Sorry, your password was incorrect. Please double-check your password.";
        return login_form(&state.instagram, &request, call, Some(words)).outcome("wrong password");
    };
    if let Some(words) = not_allowed(&request.app, &account) {
        let body = format!(r#"<p class="error" id="error">{}</p>"#, escape(words));
        return page::dialog(
            StatusCode::FORBIDDEN,
            "instagram",
            "This account cannot go on",
            &body,
        )
        .outcome(words);
    }
    let ticket = new_ticket(state, scene.now_ms, &request, &account.id);
    Reply::see_other(&format!("/www.instagram.com/oauth/consent?ticket={ticket}"))
}

fn not_allowed(app: &App, account: &Account) -> Option<&'static str> {
    if account.standing.personal {
        Some("You need an Instagram professional account (Business or Creator) to go on.")
    } else if app.access == AccessLevel::Standard && !app.testers.contains(&account.id) {
        Some(
            "Insufficient developer role: this app has Standard access, and this account is not one of its testers.",
        )
    } else {
        None
    }
}

/// Notes a sign-in under way.
pub(crate) fn new_ticket(state: &mut State, now_ms: i64, request: &Request, who: &str) -> String {
    let id = state.chance.token("", 32);
    let ticket = Ticket {
        app: request.app.id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        state: request.state.clone(),
        scopes: request.scopes.clone(),
        who: who.to_owned(),
        rerequest: request.rerequest,
        at_ms: now_ms,
    };
    let tickets = &mut state.instagram.tickets;
    while tickets.len() >= TICKETS {
        let oldest = tickets
            .iter()
            .min_by_key(|(_, ticket)| ticket.at_ms)
            .map(|(id, _)| id.clone());
        let Some(oldest) = oldest else { break };
        tickets.remove(&oldest);
    }
    tickets.insert(id.clone(), ticket);
    id
}

/// The sign-in of a ticket, if it is one of this flow and not too old.
pub(crate) fn ticket_of(
    state: &InstagramState,
    now_ms: i64,
    id: &str,
    flow: Flow,
) -> Option<(Ticket, App)> {
    let ticket = state
        .tickets
        .get(id)
        .filter(|ticket| ticket.at_ms + HOUR > now_ms)?;
    let app = app_of(state, &ticket.app, flow)?;
    Some((ticket.clone(), app.clone()))
}

/// Step 2, the form.
pub(crate) fn consent_page(state: &InstagramState, scene: &Scene<'_>, call: &Call) -> Reply {
    let id = call.filled("ticket").unwrap_or_default();
    let Some((ticket, app)) = ticket_of(state, scene.now_ms, &id, Flow::Instagram) else {
        return refusal("This sign-in is over");
    };
    let Some(account) = state.accounts.get(&ticket.who) else {
        return refusal("This sign-in is over");
    };
    let ticks: String = ticket
        .scopes
        .iter()
        .filter(|scope| *scope != BASIC)
        .map(|scope| tick("permission", scope, words(scope), scope, true))
        .collect();
    let body = format!(
        r#"<p><strong>{app}</strong> asks <strong id="account">{account}</strong> for:</p>
<form id="consent" method="post" action="/www.instagram.com/oauth/consent">{ticket}<fieldset><legend>Permissions</legend>
<p>{basic}<small>{BASIC}, always given</small></p>{ticks}</fieldset>
<div class="actions"><button id="cancel" name="action" value="cancel">Cancel</button><button class="main" id="continue" name="action" value="continue">Allow</button></div></form>"#,
        app = escape(&app.name),
        account = escape(&account.username),
        ticket = hidden("ticket", &id),
        basic = words(BASIC),
    );
    page::dialog(StatusCode::OK, "instagram", "Allow access?", &body)
}

fn words(scope: &str) -> &'static str {
    match scope {
        BASIC => "See your profile and your posts",
        "instagram_business_content_publish" => "Publish posts for you",
        "instagram_business_manage_comments" => "See and manage comments",
        "instagram_business_manage_insights" => "See insights",
        "instagram_business_manage_messages" => "See and manage messages",
        _ => "Something else",
    }
}

/// Step 2, the answer.
pub(crate) fn consent(state: &mut State, scene: &Scene<'_>, call: &Call) -> Reply {
    let id = call.filled("ticket").unwrap_or_default();
    let Some((ticket, app)) = ticket_of(&state.instagram, scene.now_ms, &id, Flow::Instagram)
    else {
        return refusal("This sign-in is over");
    };
    match call.filled("action").as_deref() {
        Some("continue") => {}
        Some("cancel") => {
            state.instagram.tickets.remove(&id);
            let denied = [
                ("error", "access_denied"),
                ("error_reason", "user_denied"),
                ("error_description", "The user denied your request."),
            ];
            return Reply::see_other(&back(&ticket, &denied, "")).outcome("denied");
        }
        _ => return refusal("Choose to allow or to cancel"),
    }
    state.instagram.tickets.remove(&id);
    let asked: BTreeSet<String> = ticket.scopes.iter().cloned().collect();
    let ticked: BTreeSet<String> = call
        .ticked("permission")
        .into_iter()
        .chain([BASIC.to_owned()])
        .collect();
    let permissions: BTreeSet<String> = asked.intersection(&ticked).cloned().collect();
    let declined = asked.difference(&permissions).cloned().collect();
    let grant = Grant {
        number: 0,
        app: app.id.clone(),
        who: ticket.who.clone(),
        permissions,
        declined,
        pages: BTreeSet::new(),
        accounts: BTreeSet::new(),
        last_login_at_ms: scene.now_ms,
    };
    record(state, scene.now_ms, "instagram", grant);
    let code = new_code(state, scene.now_ms, &ticket);
    Reply::see_other(&back(&ticket, &[("code", &code)], "#_"))
}

/// Puts a grant in the place of the one of the same person and app; the number stays as long as
/// the app was not removed, so that older tokens live on with the new permissions.
pub(crate) fn record(state: &mut State, now_ms: i64, platform: &str, mut grant: Grant) {
    let key = grant_key(&grant.app, &grant.who);
    let instagram = &mut state.instagram;
    grant.number = match instagram.grants.get(&key) {
        Some(former) => {
            let kept = former.permissions.is_subset(&grant.permissions)
                && former.pages.is_subset(&grant.pages)
                && former.accounts.is_subset(&grant.accounts);
            if !kept {
                let facts = &mut state.facts;
                facts.ended(platform, &grant.who, None, "narrowed_by_sign_in", now_ms);
            }
            former.number
        }
        None => {
            instagram.granted += 1;
            instagram.granted
        }
    };
    instagram.grants.insert(key, grant);
}

/// Makes the code of a sign-in.
pub(crate) fn new_code(state: &mut State, now_ms: i64, ticket: &Ticket) -> String {
    let text = state.chance.token("AQ", 120);
    let code = Code {
        app: ticket.app.clone(),
        redirect_uri: ticket.redirect_uri.clone(),
        who: ticket.who.clone(),
        at_ms: now_ms,
        used: false,
    };
    // Codes live an hour at most; older ones answer like unknown ones.
    state
        .instagram
        .codes
        .retain(|_, code| code.at_ms + HOUR > now_ms);
    state.instagram.codes.insert(text.clone(), code);
    text
}

/// The way back to the app.
pub(crate) fn back(ticket: &Ticket, parameters: &[(&str, &str)], tail: &str) -> String {
    let mut parameters = parameters.to_vec();
    if let Some(state) = &ticket.state {
        parameters.push(("state", state));
    }
    let query = serde_urlencoded::to_string(parameters).unwrap_or_default();
    let joint = if ticket.redirect_uri.contains('?') {
        '&'
    } else {
        '?'
    };
    format!("{}{joint}{query}{tail}", ticket.redirect_uri)
}
