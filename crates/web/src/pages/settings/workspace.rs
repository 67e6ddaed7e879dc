//! The workspace's name and zone.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::member::Action as May;
use serde::Deserialize;
use storage::people;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::workspace;
use crate::components::{Action, Field, Tabs};
use crate::extract::Form;
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::pages::first_start::zone_field;
use crate::problem::{Outcome, Refusal};
use crate::state::{Keep, Web};
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/workspace.html")]
struct WorkspacePage {
    frame: Frame,
    tabs: Tabs,
    action: String,
    fields: Vec<Field>,
    submit: Action,
    may_change: bool,
    shown: (String, String),
    /// Only where there is another workspace to go to.
    switch: Option<Action>,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct WorkspaceForm {
    name: String,
    zone: String,
}

/// The page.
pub async fn show(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let space = workspace::one(&web, &guard).await?;
    let form = WorkspaceForm {
        name: space.name,
        zone: space.zone.name().to_owned(),
    };
    Ok(page::show(&view(&web, &guard, &ask, form, None).await?))
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    form: WorkspaceForm,
    refusal: Option<&Refusal>,
) -> Outcome<WorkspacePage> {
    let text = &ask.text;
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let name = Field::text("name", text.t("settings-name"))
        .value(&form.name)
        .error(wrong("name"));
    let person = guard.signed_in().map(|signed_in| signed_in.person);
    let seats = match person {
        Some(person) => web
            .read("web.seats", move |conn| Ok(people::seats(conn, person)?))
            .await?
            .len(),
        None => 1,
    };
    Ok(WorkspacePage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Workspace),
        action: urls::Settings.to_string(),
        fields: vec![name, zone_field("zone", &form.zone, &wrong("zone"), text)],
        submit: Action::submit(text.t("settings-save")).primary(),
        may_change: guard.may(May::Administer, None),
        shown: (form.name, form.zone),
        switch: (seats > 1).then(|| Action::link(text.t("switch-title"), urls::Switch.to_string())),
    })
}

/// Another name or zone.
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(form): Form<WorkspaceForm>,
) -> Outcome<Response> {
    match workspace::change(&web, &guard, &form.name, &form.zone, Keep::Yes).await {
        Ok(_) => Ok(page::go(
            urls::Settings,
            Some(Flash::done(ask.text.t("settings-saved"))),
        )),
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &view(&web, &guard, &ask, form, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}
