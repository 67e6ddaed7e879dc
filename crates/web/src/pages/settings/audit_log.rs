//! Who changed what.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::post::Maker;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::{keys, workspace};
use crate::components::{Empty, Tabs, When};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::Web;

/// How many lines the page shows; the API gives them all.
const LINES: usize = 100;

#[derive(Template)]
#[template(path = "pages/settings/audit_log.html")]
struct AuditPage {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<AuditRow>,
    empty: Empty,
}

struct AuditRow {
    at: When,
    maker: String,
    action: String,
    detail: String,
}

/// The newest lines.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let zone = workspace::one(&web, &guard).await?.zone;
    let mut names: BTreeMap<String, String> = workspace::members(&web, &guard)
        .await?
        .into_iter()
        .map(|row| (row.member.id.to_string(), row.name))
        .collect();
    names.extend(
        keys::list(&web, &guard)
            .await?
            .into_iter()
            .map(|key| (key.id.to_string(), text.t1("audit-key", "name", key.name))),
    );
    let rows = workspace::audit_log(&web, &guard, None, LINES)
        .await?
        .into_iter()
        .map(|entry| AuditRow {
            at: When::relative(text, entry.at, web.now(), zone.tz()),
            maker: match entry.maker {
                Maker::Rule => text.t("audit-rule"),
                maker => names
                    .get(&maker.to_string())
                    .cloned()
                    .unwrap_or_else(|| maker.to_string()),
            },
            action: entry.action,
            detail: entry.detail,
        })
        .collect();
    let frame = page::frame(&web, &guard, &ask, Entry::Settings).await?;
    let empty = Empty {
        icon: "history",
        title: text.t("audit-none"),
        words: text.t("audit-none-words"),
        action: None,
    };
    Ok(page::show(&AuditPage {
        frame,
        tabs: tabs(&guard, text, Part::AuditLog),
        rows,
        empty,
    }))
}
