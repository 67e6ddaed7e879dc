//! The Facebook dialog (sheet facebook.md §3), clicked through with plain forms.
//!
//! 1. `GET /www.facebook.com/{version}/dialog/oauth?client_id&redirect_uri&scope&state` shows form
//!    `#login`, posted to the same path: hidden fields as given, text `username` (`#username`, a
//!    person's name or id), `password` (`#password`), button `#log-in`; or one button `login_as` =
//!    person id (`#login-as-{id}`).
//! 2. 303 to `GET /www.facebook.com/dialog/consent?ticket=…`, form `#consent`: hidden `ticket`,
//!    independent tick boxes `page` (`#page-{id}`), `instagram` (`#instagram-{id}`), `permission`
//!    (`#permission-{name}`), buttons `action` = `continue` (`#continue`), `cancel` (`#cancel`). An
//!    earlier choice is ticked again; with `auth_type=rerequest` all permissions are.
//! 3. 303 to `redirect_uri?code=…&state=…#_=_`, or `?error=access_denied&…`.

use crate::call::Call;
use crate::instagram::WRONG_PASSWORD;
use crate::instagram::access::app_of;
use crate::instagram::authorize::{Request, back, new_code, new_ticket, record, split, ticket_of};
use crate::instagram::state::{AccessLevel, Account, App, Grant, InstagramState, Page, Person};
use crate::instagram::{FBL_SCOPES, Flow, IGL_SCOPES};
use crate::page::{self, escape, hidden, tick};
use crate::reply::Reply;
use crate::simulator::Scene;
use crate::state::State;
use http::StatusCode;
use std::collections::BTreeSet;

fn check(state: &InstagramState, call: &Call) -> Result<Request, String> {
    let app = call
        .filled("client_id")
        .and_then(|id| app_of(state, &id, Flow::Facebook));
    let app =
        app.ok_or("Invalid App ID: The provided app ID does not look like a valid app ID.")?;
    let redirect_uri = call.filled("redirect_uri").filter(|uri| app.redirect_uris.contains(uri)).ok_or(
        "URL blocked: This redirect failed because the redirect URI is not white-listed in the app's client OAuth settings.",
    )?;
    if call
        .filled("response_type")
        .is_some_and(|kind| kind != "code")
    {
        return Err("Invalid response_type".to_owned());
    }
    let scopes = match call.filled("scope") {
        Some(scope) => split(&scope),
        // Facebook Login for Business: the configuration holds the list.
        None if call.filled("config_id").is_some() => app.scopes.iter().cloned().collect(),
        None => vec!["public_profile".to_owned()],
    };
    let strange: Vec<&str> = scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| IGL_SCOPES.contains(scope) || !FBL_SCOPES.contains(scope))
        .collect();
    if !strange.is_empty() {
        return Err(format!(
            "Invalid Scopes: {}. This message is only shown to developers.",
            strange.join(", ")
        ));
    }
    let scopes: Vec<String> = scopes
        .into_iter()
        .filter(|scope| app.scopes.contains(scope))
        .collect();
    if scopes.is_empty() {
        return Err("This app needs at least one supported permission.".to_owned());
    }
    Ok(Request {
        app: app.clone(),
        redirect_uri,
        scopes,
        state: call.param("state"),
        rerequest: call.param("auth_type").as_deref() == Some("rerequest"),
    })
}

fn refusal(words: &str) -> Reply {
    let body = format!(r#"<p class="error" id="error">{}</p>"#, escape(words));
    page::dialog(
        StatusCode::BAD_REQUEST,
        "facebook",
        "Something went wrong",
        &body,
    )
    .outcome(words)
}

/// Step 1, the form.
pub(super) fn login_page(state: &InstagramState, call: &Call) -> Reply {
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
        "auth_type",
        "config_id",
    ];
    let fields: String = kept
        .iter()
        .filter_map(|name| call.param(name).map(|value| hidden(name, &value)))
        .collect();
    let people: String = state
        .persons
        .values()
        .map(|person| {
            let roles: Vec<&str> =
                state.pages.values().filter(|page| page.tasks.contains_key(&person.id)).map(|page| page.name.as_str()).collect();
            format!(
                r#"<li><button id="login-as-{id}" name="login_as" value="{id}"><img src="/media/{}" alt="" width="40" height="40"><span>Log in as {}<small>{}</small></span></button></li>"#,
                escape(&person.picture),
                escape(&person.name),
                escape(&roles.join(", ")),
                id = escape(&person.id),
            )
        })
        .collect();
    let error = wrong
        .map(|words| format!(r#"<p class="error" id="error">{}</p>"#, escape(words)))
        .unwrap_or_default();
    let body = format!(
        r#"<p>Log in to use your Facebook account with <strong>{app}</strong>.</p>{error}
<form method="post" action="{path}">{fields}<ul class="people">{people}</ul></form>
<form id="login" method="post" action="{path}">{fields}
<label for="username">Name or id<input type="text" id="username" name="username" autocomplete="off"></label>
<label for="password">Password<input type="password" id="password" name="password" autocomplete="off"><small>Any password but “{WRONG_PASSWORD}” is right.</small></label>
<div class="actions"><button class="main" id="log-in">Log in</button></div></form>"#,
        app = escape(&request.app.name),
        path = escape(&call.path),
    );
    let status = if wrong.is_some() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    page::dialog(status, "facebook", "Log in to Facebook", &body)
}

/// Step 1, the answer.
pub(super) fn log_in(state: &mut State, scene: &Scene<'_>, call: &Call) -> Reply {
    let request = match check(&state.instagram, call) {
        Ok(request) => request,
        Err(words) => return refusal(&words),
    };
    let chosen = call.filled("login_as");
    let name = chosen
        .clone()
        .or_else(|| call.filled("username"))
        .unwrap_or_default();
    let known = chosen.is_some()
        || call
            .filled("password")
            .is_some_and(|password| password != WRONG_PASSWORD);
    let person = state
        .instagram
        .person_named(name.trim())
        .filter(|_| known)
        .cloned();
    let Some(person) = person else {
        let words = "The password that you've entered is incorrect.";
        return login_form(&state.instagram, &request, call, Some(words)).outcome("wrong password");
    };
    if let Some(words) = not_allowed(&request.app, &person) {
        let body = format!(r#"<p class="error" id="error">{}</p>"#, escape(words));
        return page::dialog(StatusCode::FORBIDDEN, "facebook", "You cannot go on", &body)
            .outcome(words);
    }
    let ticket = new_ticket(state, scene.now_ms, &request, &person.id);
    Reply::see_other(&format!("/www.facebook.com/dialog/consent?ticket={ticket}"))
}

fn not_allowed(app: &App, person: &Person) -> Option<&'static str> {
    if person.checkpoint || person.restricted {
        Some(
            "Confirm your identity first: follow the instructions at facebook.com (the control page clears this).",
        )
    } else if app.access == AccessLevel::Standard && !app.testers.contains(&person.id) {
        Some("App not active: this app has Standard access, and this person has no role on it.")
    } else {
        None
    }
}

/// Pages on which a person has a role, and the accounts linked to them.
fn reachable<'a>(state: &'a InstagramState, person: &str) -> (Vec<&'a Page>, Vec<&'a Account>) {
    let pages: Vec<&Page> = state
        .pages
        .values()
        .filter(|page| page.tasks.contains_key(person) && !page.standing.deleted)
        .collect();
    let linked = pages
        .iter()
        .filter_map(|page| state.accounts.get(page.instagram.as_ref()?));
    let accounts = linked
        .filter(|account| !account.standing.deleted && !account.standing.personal)
        .collect();
    (pages, accounts)
}

/// Step 2, the form.
pub(super) fn consent_page(state: &InstagramState, scene: &Scene<'_>, call: &Call) -> Reply {
    let id = call.filled("ticket").unwrap_or_default();
    let Some((ticket, app)) = ticket_of(state, scene.now_ms, &id, Flow::Facebook) else {
        return refusal("This sign-in is over");
    };
    let Some(person) = state.persons.get(&ticket.who) else {
        return refusal("This sign-in is over");
    };
    let former = state.grant(&app.id, &person.id);
    let (pages, accounts) = reachable(state, &person.id);
    let pages: String = pages
        .iter()
        .map(|page| {
            tick(
                "page",
                &page.id,
                &page.name,
                &page.tasks[&person.id].join(", ").to_lowercase(),
                former.is_none_or(|grant| grant.pages.contains(&page.id)),
            )
        })
        .collect();
    let accounts: String = accounts
        .iter()
        .map(|account| {
            tick(
                "instagram",
                &account.id,
                &account.username,
                &account.name,
                former.is_none_or(|grant| grant.accounts.contains(&account.id)),
            )
        })
        .collect();
    let permissions: String = ticket
        .scopes
        .iter()
        .map(|scope| {
            tick(
                "permission",
                scope,
                scope,
                "",
                ticket.rerequest || former.is_none_or(|grant| !grant.declined.contains(scope)),
            )
        })
        .collect();
    let again = if former.is_some() {
        r#"<p id="previous">You signed in here before: your previous choice is ticked.</p>"#
    } else {
        ""
    };
    let body = format!(
        r#"<p><strong>{app}</strong> asks <strong id="account">{person}</strong> for access.</p>{again}
<form id="consent" method="post" action="/www.facebook.com/dialog/consent">{ticket}
<fieldset id="pages"><legend>Which Pages?</legend>{pages}</fieldset>
<fieldset id="accounts"><legend>Which Instagram accounts?</legend>{accounts}</fieldset>
<fieldset id="permissions"><legend>What may it do?</legend>{permissions}</fieldset>
<div class="actions"><button id="cancel" name="action" value="cancel">Cancel</button><button class="main" id="continue" name="action" value="continue">Continue</button></div></form>"#,
        app = escape(&app.name),
        person = escape(&person.name),
        ticket = hidden("ticket", &id),
    );
    page::dialog(StatusCode::OK, "facebook", "Choose what to share", &body)
}

/// Step 2, the answer.
pub(super) fn consent(state: &mut State, scene: &Scene<'_>, call: &Call) -> Reply {
    let id = call.filled("ticket").unwrap_or_default();
    let Some((ticket, app)) = ticket_of(&state.instagram, scene.now_ms, &id, Flow::Facebook) else {
        return refusal("This sign-in is over");
    };
    match call.filled("action").as_deref() {
        Some("continue") => {}
        Some("cancel") => {
            state.instagram.tickets.remove(&id);
            let denied = [
                ("error", "access_denied"),
                ("error_code", "200"),
                ("error_reason", "user_denied"),
                ("error_description", "Permissions error"),
            ];
            return Reply::see_other(&back(&ticket, &denied, "#_=_")).outcome("denied");
        }
        _ => return refusal("Choose to continue or to cancel"),
    }
    state.instagram.tickets.remove(&id);
    let (pages, accounts) = reachable(&state.instagram, &ticket.who);
    let ticked = |name: &str| -> BTreeSet<String> { call.ticked(name).into_iter().collect() };
    let (page_ticks, account_ticks, permission_ticks) =
        (ticked("page"), ticked("instagram"), ticked("permission"));
    let asked: BTreeSet<String> = ticket.scopes.iter().cloned().collect();
    let mut permissions: BTreeSet<String> =
        asked.intersection(&permission_ticks).cloned().collect();
    let declined = asked.difference(&permissions).cloned().collect();
    permissions.insert("public_profile".to_owned());
    let grant = Grant {
        number: 0,
        app: app.id.clone(),
        who: ticket.who.clone(),
        permissions,
        declined,
        pages: pages
            .iter()
            .map(|page| page.id.clone())
            .filter(|id| page_ticks.contains(id))
            .collect(),
        accounts: accounts
            .iter()
            .map(|account| account.id.clone())
            .filter(|id| account_ticks.contains(id))
            .collect(),
        last_login_at_ms: scene.now_ms,
    };
    record(state, scene.now_ms, "facebook", grant);
    let code = new_code(state, scene.now_ms, &ticket);
    Reply::see_other(&back(&ticket, &[("code", &code)], "#_=_"))
}
