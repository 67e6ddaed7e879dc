//! Signing in with a password or a one-time link, and signing out.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::header;
use secrecy::SecretString;
use serde::Deserialize;
use storage::codes::Purpose;

use crate::access::{SignedIn, session};
use crate::actions::sign_in;
use crate::components::{Action, Field};
use crate::extract::{Form, Path, Query};
use crate::layout::{Flash, Plain};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    plain: Plain,
    action: String,
    next: String,
    wrong: String,
    mail: Field,
    password: Field,
    submit: Action,
    insecure: bool,
}

#[derive(Template)]
#[template(path = "pages/enter.html")]
struct EnterPage {
    plain: Plain,
    action: String,
    submit: Action,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct SignInForm {
    mail: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// The form; who is signed in already is led on.
pub async fn show(State(web): State<Web>, ask: Ask, Query(next): Query<Next>) -> Outcome<Response> {
    if session::find(&web, &ask.headers).await?.is_some() {
        return Ok(page::go(inside(&next.next), None));
    }
    if sign_in::is_first(&web).await? {
        return Ok(page::go(urls::FirstStart, None));
    }
    Ok(page::show(&form(&web, &ask, &next.next, "", None)))
}

fn form(web: &Web, ask: &Ask, next: &str, mail: &str, refusal: Option<&Refusal>) -> SignInPage {
    let text = &ask.text;
    let mut address = Field::text("mail", text.t("sign-in-mail"))
        .kind("email")
        .autocomplete("username")
        .value(mail);
    let mut password = Field::text("password", text.t("sign-in-password"))
        .kind("password")
        .autocomplete("current-password");
    if mail.is_empty() {
        address = address.focused();
    } else {
        password = password.focused();
    }
    SignInPage {
        plain: page::plain(web, ask),
        action: urls::SignIn.to_string(),
        next: next.to_owned(),
        wrong: refusal
            .map(|refusal| refusal.sentence(text))
            .unwrap_or_default(),
        mail: address,
        password,
        submit: Action::submit(text.t("sign-in-button")).primary(),
        insecure: !web.settings.secure_cookies
            && web
                .settings
                .public_url
                .host_str()
                .is_some_and(|host| !is_loopback(host)),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host.ends_with(".localhost")
}

/// Signs in.
pub async fn enter(
    State(web): State<Web>,
    ask: Ask,
    Form(given): Form<SignInForm>,
) -> Outcome<Response> {
    match sign_in::with_password(&web, &given.mail, given.password, ask.address).await {
        Ok(person) => let_in(&web, &ask, person, inside(&given.next)).await,
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &form(&web, &ask, &given.next, &given.mail, Some(&refusal)),
        )),
        Err(refusal) => Err(refusal),
    }
}

pub(super) async fn let_in(
    web: &Web,
    ask: &Ask,
    person: domain::ids::PersonId,
    to: &str,
) -> Outcome<Response> {
    let cookie = session::begin(web, person, &ask.headers).await?;
    let mut response = page::go(to, None);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Only addresses of our own: one slash and then something else.
fn inside(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.contains(char::is_control);
    if own { next } else { urls::Home::PATH }
}

/// A one-time link. The demo's signs in at once; others ask for a click, because mail programs open
/// links to look at them.
pub async fn show_link(
    State(web): State<Web>,
    ask: Ask,
    Path(code): Path<String>,
) -> Outcome<Response> {
    if web.settings.demo.is_some() {
        if session::find(&web, &ask.headers).await?.is_some() {
            return Ok(page::go(urls::Home, None));
        }
        if let Ok(person) = sign_in::with_link(&web, &code, Purpose::Demo, ask.address).await {
            return let_in(&web, &ask, person, urls::Home::PATH).await;
        }
    }
    if !sign_in::is_link(&web, &code, Purpose::SignIn).await? {
        return Err(Refusal::new(&crate::problem::codes::LINK_USED));
    }
    let submit = Action::submit(ask.text.t("sign-in-button")).primary();
    Ok(page::show(&EnterPage {
        plain: page::plain(&web, &ask),
        action: urls::Enter { code }.to_string(),
        submit,
    }))
}

/// Spends a one-time link.
pub async fn enter_by_link(
    State(web): State<Web>,
    ask: Ask,
    Path(code): Path<String>,
) -> Outcome<Response> {
    let person = sign_in::with_link(&web, &code, Purpose::SignIn, ask.address).await?;
    let_in(&web, &ask, person, urls::Home::PATH).await
}

/// Signs out.
pub async fn leave(State(web): State<Web>, ask: Ask, signed_in: SignedIn) -> Outcome<Response> {
    let cookie = session::end(&web, &signed_in).await?;
    let mut response = page::go(urls::SignIn, Some(Flash::done(ask.text.t("sign-in-left"))));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_outside() {
        for outside in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "evil",
            "/a\nb",
        ] {
            assert_eq!(inside(outside), "/", "{outside:?}");
        }
        assert_eq!(inside("/calendar?month=2026-05"), "/calendar?month=2026-05");
    }
}
