//! Who is in the workspace.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::member::Role;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::{sets, workspace};
use crate::components::Tabs;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;

#[derive(Template)]
#[template(path = "pages/settings/members.html")]
struct MembersPage {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<MemberRow>,
}

struct MemberRow {
    name: String,
    mail: String,
    role: String,
    sets: String,
}

/// The list.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let known = sets::list(&web, &guard).await?;
    let rows = workspace::members(&web, &guard)
        .await?
        .into_iter()
        .map(|row| MemberRow {
            role: role_words(text, row.member.role),
            sets: match &row.member.sets {
                None => text.t("members-all-sets"),
                Some(limited) => {
                    let names = known
                        .iter()
                        .filter(|set| limited.contains(&set.id))
                        .map(|set| set.name.as_str());
                    names.collect::<Vec<_>>().join(", ")
                }
            },
            name: row.name,
            mail: row.mail,
        })
        .collect();
    let frame = page::frame(&web, &guard, &ask, Entry::Settings).await?;
    Ok(page::show(&MembersPage {
        frame,
        tabs: tabs(&guard, text, Part::Members),
        rows,
    }))
}

/// A role as people read it.
pub(in crate::pages) fn role_words(text: &Text, role: Role) -> String {
    text.t(match role {
        Role::Owner => "role-owner",
        Role::Admin => "role-admin",
        Role::Editor => "role-editor",
        Role::Contributor => "role-contributor",
        Role::Viewer => "role-viewer",
    })
}
