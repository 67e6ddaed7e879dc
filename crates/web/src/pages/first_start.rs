//! The first start: whoever has the printed code makes the first account, its workspace and a first
//! social set.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;

use crate::actions::sign_in::{self, FirstStart};
use crate::components::{Action, Field};
use crate::extract::Form;
use crate::layout::Plain;
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/first_start.html")]
struct FirstStartPage {
    plain: Plain,
    action: String,
    wrong: String,
    code: Field,
    person: Vec<Field>,
    space: Vec<Field>,
    submit: Action,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct FirstStartForm {
    code: String,
    name: String,
    mail: String,
    password: SecretString,
    workspace: String,
    zone: String,
}

/// The form; where somebody has an account, signing in instead.
pub async fn show(State(web): State<Web>, ask: Ask) -> Outcome<Response> {
    if !sign_in::is_first(&web).await? {
        return Ok(page::go(urls::SignIn, None));
    }
    let empty = FirstStartForm {
        code: String::new(),
        name: String::new(),
        mail: String::new(),
        password: SecretString::default(),
        workspace: String::new(),
        zone: String::new(),
    };
    Ok(page::show(&form(&web, &ask, &empty, None)))
}

fn form(web: &Web, ask: &Ask, given: &FirstStartForm, refusal: Option<&Refusal>) -> FirstStartPage {
    let text = &ask.text;
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let field = |name: &str, key: &str, value: &str| {
        Field::text(name, text.t(key))
            .value(value)
            .error(wrong(name))
    };
    let of_a_field = refusal.is_some_and(|refusal| !refusal.fields().is_empty());
    FirstStartPage {
        plain: page::plain(web, ask),
        action: urls::FirstStart.to_string(),
        wrong: refusal
            .filter(|_| !of_a_field)
            .map(|refusal| refusal.sentence(text))
            .unwrap_or_default(),
        code: field("code", "first-start-code", &given.code)
            .hint(text.t("first-start-code-hint"))
            .autocomplete("one-time-code")
            .focused(),
        person: vec![
            field("name", "first-start-name", &given.name).autocomplete("name"),
            field("mail", "sign-in-mail", &given.mail)
                .kind("email")
                .autocomplete("username"),
            field("password", "sign-in-password", "")
                .kind("password")
                .autocomplete("new-password")
                .hint(text.t1("password-hint", "n", crate::password::MIN_CHARS)),
        ],
        space: vec![
            field("workspace", "first-start-workspace", &given.workspace)
                .hint(text.t("first-start-workspace-hint"))
                .autocomplete("organization"),
            zone_field("zone", &given.zone, &wrong("zone"), text),
        ],
        submit: Action::submit(text.t("first-start-button")).primary(),
    }
}

/// A field for a zone. The browser's own zone is filled in by the script where it is empty.
pub(super) fn zone_field(name: &str, value: &str, error: &str, text: &crate::text::Text) -> Field {
    let mut field = Field::text(name, text.t("zone-label"))
        .value(value)
        .hint(text.t("zone-hint"))
        .error(error);
    "Europe/Berlin".clone_into(&mut field.placeholder);
    field
}

/// Makes the account and signs in.
pub async fn make(
    State(web): State<Web>,
    ask: Ask,
    Form(given): Form<FirstStartForm>,
) -> Outcome<Response> {
    let start = FirstStart {
        code: given.code.clone(),
        name: given.name.clone(),
        mail: given.mail.clone(),
        password: given.password.clone(),
        workspace: given.workspace.clone(),
        zone: given.zone.clone(),
    };
    match sign_in::first_start(&web, start, ask.address).await {
        Ok(person) => super::sign_in::let_in(&web, &ask, person, urls::Home::PATH).await,
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &form(&web, &ask, &given, Some(&refusal)),
        )),
        Err(refusal) => Err(refusal),
    }
}
