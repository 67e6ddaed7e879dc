//! Home: what needs you, and where to go on.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::Guard;
use crate::components::Empty;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::Web;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct HomePage {
    frame: Frame,
    waiting: Vec<(Entry, String)>,
    quiet: Empty,
}

/// The page.
pub async fn show(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let frame = page::frame(&web, &guard, &ask, Entry::Home).await?;
    let text = &ask.text;
    let lines = [
        (Entry::Missed, frame.counts.missed, "home-missed"),
        (Entry::Channels, frame.counts.channels, "home-channels"),
        (Entry::Inbox, frame.counts.inbox, "home-inbox"),
        (Entry::Drafts, frame.counts.drafts, "home-drafts"),
    ];
    let waiting = lines
        .into_iter()
        .filter(|(_, n, _)| *n > 0)
        .map(|(entry, n, key)| (entry, text.t1(key, "n", n)))
        .collect();
    let quiet = Empty {
        icon: "circle-check",
        title: text.t("home-quiet"),
        words: text.t("home-quiet-words"),
        action: None,
    };
    Ok(page::show(&HomePage {
        frame,
        waiting,
        quiet,
    }))
}
