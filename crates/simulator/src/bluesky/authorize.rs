//! The sign-in and consent pages. No script; no password: it is a simulator.
//!
//! - `GET /oauth/authorize?client_id=…&request_uri=…`: form `sign-in` with one button
//!   `name=account value=DID id=account-HANDLE` for each known account, form `other` with the
//!   field `handle` (id `handle`) and the button `next`, form `refuse` with the button `cancel`.
//!   Both post to `/oauth/authorize/sign-in`, with `client_id` and `request_uri`.
//! - Signed in, the same address shows the form `consent`, which posts to
//!   `/oauth/authorize/consent`: buttons `name=decision`, `value=accept` (id `accept`) and
//!   `value=cancel` (id `cancel`), and a button `switch` back to the accounts.

use super::state::{Account, CODE_LIFE, Code, PushedRequest, REQUEST_LIFE, Standing};
use crate::call::Call;
use crate::page::{dialog, escape, hidden};
use crate::reply::Reply;
use crate::simulator::{Scene, Simulator};
use crate::state::State;
use axum::extract::State as Held;
use axum::response::Response;
use http::StatusCode;
use url::Url;

/// Accounts that the sign-in page lists; the others are typed in.
const LISTED: usize = 40;

/// What the pages call each scope.
fn scope_words(scope: &str) -> String {
    match scope {
        "atproto" => "Know which account you are".to_owned(),
        "transition:generic" => {
            "Create, change and delete posts, and upload pictures, in your name".to_owned()
        }
        "transition:email" => "See your mail address".to_owned(),
        "transition:chat.bsky" => "Read and send your chat messages".to_owned(),
        other => escape(other),
    }
}

pub(super) async fn open(Held(sim): Held<Simulator>, call: Call) -> Response {
    sim.operate(
        "bluesky.authorize",
        |state, _| who(state, &call),
        |state, scene| match current(state, scene, &call) {
            Ok((uri, request)) => show(state, &uri, &request, None),
            Err(page) => *page,
        },
    )
}

pub(super) async fn sign_in(Held(sim): Held<Simulator>, call: Call) -> Response {
    sim.operate(
        "bluesky.sign_in",
        |state, _| {
            let wanted = call.filled("account").or_else(|| call.filled("handle"))?;
            state.bluesky.account(&wanted).map(|one| one.did.clone())
        },
        |state, scene| match current(state, scene, &call) {
            Ok((uri, request)) => take_account(state, &call, &uri, &request),
            Err(page) => *page,
        },
    )
}

pub(super) async fn consent(Held(sim): Held<Simulator>, call: Call) -> Response {
    sim.operate(
        "bluesky.consent",
        |state, _| who(state, &call),
        |state, scene| match current(state, scene, &call) {
            Ok((uri, request)) => decide(state, scene, &call, &uri, request),
            Err(page) => *page,
        },
    )
}

fn who(state: &State, call: &Call) -> Option<String> {
    let request = state.bluesky.requests.get(&call.filled("request_uri")?)?;
    request.did.clone()
}

/// The request that a page belongs to; a page that says why there is none.
fn current(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
) -> Result<(String, PushedRequest), Box<Reply>> {
    let wrong = |why: &str| {
        let body = format!(
            r#"<p class="error">{}</p><p>Go back to the app and start again.</p>"#,
            escape(why)
        );
        Box::new(
            dialog(
                StatusCode::BAD_REQUEST,
                "bluesky",
                "This sign-in cannot go on",
                &body,
            )
            .outcome(why),
        )
    };
    let uri = call.filled("request_uri").ok_or_else(|| {
        wrong("Pushed authorization requests are required: request_uri is missing")
    })?;
    let request = state
        .bluesky
        .requests
        .get_mut(&uri)
        .ok_or_else(|| wrong("Unknown request_uri, or it was used already"))?;
    if Some(&request.client_id) != call.filled("client_id").as_ref() {
        return Err(wrong("This request was not made by this client"));
    }
    if request.expires_ms <= scene.now_ms {
        state.bluesky.requests.remove(&uri);
        return Err(wrong("This request has expired"));
    }
    request.expires_ms = scene.now_ms + REQUEST_LIFE;
    Ok((uri, request.clone()))
}

fn show(state: &State, uri: &str, request: &PushedRequest, trouble: Option<&str>) -> Reply {
    match request
        .did
        .as_ref()
        .and_then(|did| state.bluesky.accounts.get(did))
    {
        Some(account) => consent_page(uri, request, account),
        None => sign_in_page(state, uri, request, trouble),
    }
}

fn fields(uri: &str, request: &PushedRequest) -> String {
    format!(
        "{}{}",
        hidden("client_id", &request.client_id),
        hidden("request_uri", uri)
    )
}

fn face(account: &Account) -> String {
    format!(
        r#"<img src="/media/drawn-{}-face" alt=""><span>{}<small>@{}</small></span>"#,
        account.picture,
        escape(&account.display_name),
        escape(&account.handle)
    )
}

fn sign_in_page(state: &State, uri: &str, request: &PushedRequest, trouble: Option<&str>) -> Reply {
    let hint = request.login_hint.as_deref().unwrap_or_default();
    let hinted = state.bluesky.account(hint).map(|one| one.did.clone());
    let mut accounts: Vec<&Account> = state
        .bluesky
        .accounts
        .values()
        .filter(|one| one.standing != Standing::Deleted)
        .collect();
    accounts.sort_by_key(|one| (Some(&one.did) != hinted.as_ref(), one.handle.clone()));
    let mut people = String::new();
    for account in accounts.into_iter().take(LISTED) {
        people.push_str(&format!(
            r#"<li><button type="submit" name="account" value="{did}" id="account-{handle}">{face}</button></li>"#,
            did = escape(&account.did),
            handle = escape(&account.handle),
            face = face(account),
        ));
    }
    let trouble = trouble
        .map(|why| format!(r#"<p class="error" role="alert">{}</p>"#, escape(why)))
        .unwrap_or_default();
    let fields = fields(uri, request);
    let body = format!(
        r#"<p><strong>{client}</strong> wants to use your account.</p>{trouble}
<form id="sign-in" method="post" action="/oauth/authorize/sign-in">{fields}<ul class="people">{people}</ul></form>
<form id="other" method="post" action="/oauth/authorize/sign-in">{fields}<label for="handle">Another account<input type="text" id="handle" name="handle" autocomplete="username" autocapitalize="none" spellcheck="false" placeholder="name.bsky.social" value="{hint}"></label>
<div class="actions"><button type="submit" form="refuse" name="decision" value="cancel" id="cancel">Cancel</button><button type="submit" class="main" id="next">Next</button></div></form>
<form id="refuse" method="post" action="/oauth/authorize/consent">{fields}</form>"#,
        client = escape(&request.client_name),
        hint = escape(if hinted.is_some() { "" } else { hint }),
    );
    dialog(StatusCode::OK, "bluesky", "Sign in", &body)
}

fn consent_page(uri: &str, request: &PushedRequest, account: &Account) -> Reply {
    let mut asks = String::new();
    for scope in request.scope.split_whitespace() {
        asks.push_str(&format!("<li>{}</li>", scope_words(scope)));
    }
    let body = format!(
        r#"<ul class="people"><li><button type="submit" form="consent" name="decision" value="switch" id="switch" title="Choose another account">{face}</button></li></ul>
<p><strong>{client}</strong> <small><code>{id}</code></small></p><p>asks to:</p><ul>{asks}</ul>
<form id="consent" method="post" action="/oauth/authorize/consent">{fields}<div class="actions"><button type="submit" name="decision" value="cancel" id="cancel">Cancel</button><button type="submit" class="main" name="decision" value="accept" id="accept">Authorize</button></div></form>"#,
        face = face(account),
        client = escape(&request.client_name),
        id = escape(&request.client_id),
        fields = fields(uri, request),
    );
    dialog(StatusCode::OK, "bluesky", "Authorize this app", &body)
}

fn take_account(state: &mut State, call: &Call, uri: &str, request: &PushedRequest) -> Reply {
    let wanted = call.filled("account").or_else(|| call.filled("handle"));
    let account = wanted.and_then(|wanted| state.bluesky.account(&wanted));
    let (did, trouble) = match account.map(|one| (one.did.clone(), one.standing)) {
        None | Some((_, Standing::Deleted)) => (None, Some("There is no such account here.")),
        Some((_, Standing::Takendown)) => (None, Some("This account has been taken down.")),
        Some((did, Standing::Active | Standing::Deactivated)) => (Some(did), None),
    };
    if let Some(why) = trouble {
        let mut page = show(state, uri, request, Some(why));
        page.status = StatusCode::BAD_REQUEST;
        return page.outcome(why);
    }
    if let Some(kept) = state.bluesky.requests.get_mut(uri) {
        kept.did = did;
    }
    back_to_page(uri, request)
}

/// Relative: the person may have come by another name of this machine.
fn back_to_page(uri: &str, request: &PushedRequest) -> Reply {
    let query = serde_urlencoded::to_string([
        ("client_id", request.client_id.as_str()),
        ("request_uri", uri),
    ])
    .unwrap_or_default();
    Reply::see_other(&format!("/oauth/authorize?{query}"))
}

fn decide(
    state: &mut State,
    scene: &Scene<'_>,
    call: &Call,
    uri: &str,
    request: PushedRequest,
) -> Reply {
    match (call.filled("decision").as_deref(), &request.did) {
        (Some("switch"), _) | (Some("accept"), None) => {
            if let Some(kept) = state.bluesky.requests.get_mut(uri) {
                kept.did = None;
            }
            back_to_page(uri, &request)
        }
        (Some("accept"), Some(did)) => {
            let did = did.clone();
            state.bluesky.requests.remove(uri);
            let code = format!("cod-{}", state.chance.hex(64));
            state
                .bluesky
                .codes
                .retain(|_, old| old.session.is_some() || old.issued_ms + CODE_LIFE > scene.now_ms);
            let target = return_address(scene, &request, &[("code", &code)]);
            state.bluesky.codes.insert(
                code,
                Code {
                    did,
                    request,
                    issued_ms: scene.now_ms,
                    used: false,
                    session: None,
                },
            );
            Reply::see_other(&target)
        }
        _ => {
            state.bluesky.requests.remove(uri);
            let refusal = [
                ("error", "access_denied"),
                ("error_description", "Access denied"),
            ];
            Reply::see_other(&return_address(scene, &request, &refusal)).outcome("access_denied")
        }
    }
}

/// The client's own address with an answer: `iss`, `state` and what is given.
fn return_address(scene: &Scene<'_>, request: &PushedRequest, more: &[(&str, &str)]) -> String {
    let mut parts = vec![("iss", scene.origin)];
    if let Some(state) = &request.state {
        parts.push(("state", state));
    }
    parts.extend_from_slice(more);
    let Ok(mut url) = Url::parse(&request.redirect_uri) else {
        return request.redirect_uri.clone();
    };
    if request.fragment {
        url.set_fragment(serde_urlencoded::to_string(&parts).ok().as_deref());
    } else {
        url.query_pairs_mut().extend_pairs(parts);
    }
    url.to_string()
}
