//! The account switcher: another social set, another workspace.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::{SocialSetId, WorkspaceId};
use serde::Deserialize;
use storage::people::SeatName;
use storage::{people, sessions, sets};

use crate::access::{Guard, SignedIn};
use crate::components::Action;
use crate::extract::{Form, Path};
use crate::layout::Plain;
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/switch.html")]
struct SwitchPage {
    plain: Plain,
    choices: Vec<Action>,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct SwitchForm {
    workspace: WorkspaceId,
}

/// The workspaces that the person may go to.
pub async fn show(State(web): State<Web>, ask: Ask, signed_in: SignedIn) -> Outcome<Response> {
    let person = signed_in.person;
    let seats: Vec<SeatName> = web
        .read("web.seats", move |conn| Ok(people::seats(conn, person)?))
        .await?;
    let choices = seats
        .into_iter()
        .map(|seat| {
            Action::post(seat.name, urls::Switch.to_string())
                .with("workspace", seat.workspace.to_string())
        })
        .collect();
    Ok(page::show(&SwitchPage {
        plain: page::plain(&web, &ask),
        choices,
    }))
}

/// Goes to another workspace.
pub async fn workspace(
    State(web): State<Web>,
    signed_in: SignedIn,
    Form(form): Form<SwitchForm>,
) -> Outcome<Response> {
    let (id, person) = (signed_in.session.id, signed_in.person);
    web.write("web.switch_workspace", move |conn| {
        people::member_of(conn, form.workspace, person)?.ok_or_else(Refusal::not_found)?;
        Ok(sessions::switch(conn, id, person, form.workspace, None)?)
    })
    .await?;
    Ok(page::go(urls::Home, None))
}

/// Chooses a set in the switcher; the page that was looked at is shown again, for that set.
pub async fn set(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(set): Path<SocialSetId>,
) -> Outcome<Response> {
    guard.on(set)?;
    let signed_in = guard.signed_in().ok_or_else(Refusal::not_found)?;
    let (id, person, workspace) = (signed_in.session.id, signed_in.person, guard.workspace());
    web.write("web.switch_set", move |conn| {
        sets::one(conn, workspace, set)?.ok_or_else(Refusal::not_found)?;
        Ok(sessions::switch(conn, id, person, workspace, Some(set))?)
    })
    .await?;
    Ok(page::go(back(&ask), None))
}

/// The page of ours that the form was on, if it does not belong to one set; else the first page.
fn back(ask: &Ask) -> String {
    let referer = ask
        .headers
        .get(http::header::REFERER)
        .and_then(|value| value.to_str().ok());
    let path = referer
        .and_then(|referer| url::Url::parse(referer).ok())
        .map(|url| url.path().to_owned())
        .unwrap_or_default();
    let of_all_sets = [
        "/calendar",
        "/grid",
        "/missed",
        "/drafts",
        "/inbox",
        "/channels",
    ];
    if of_all_sets.contains(&path.as_str()) {
        path
    } else {
        urls::Home.to_string()
    }
}
