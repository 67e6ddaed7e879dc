//! Answers of platforms that stand in no list that we know: what they said, how often, since when.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use storage::answers::{OTHERS, UnmappedAnswer};

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::{diagnosis, workspace};
use crate::components::{Empty, Tabs, When, platform_name};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;

#[derive(Template)]
#[template(path = "pages/settings/answers.html")]
struct AnswersPage {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<AnswerRow>,
    empty: Empty,
}

struct AnswerRow {
    platform: String,
    call: String,
    code: String,
    said: String,
    times: u64,
    first: When,
    last: When,
}

/// All of the workspace, the latest first.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let zone = workspace::one(&web, &guard).await?.zone;
    let (now, tz) = (web.now(), zone.tz());
    let rows = diagnosis::unmapped(&web, &guard)
        .await?
        .into_iter()
        .map(|found| AnswerRow {
            platform: platform_name(text, found.platform.as_str()),
            call: call(text, &found),
            code: code(&found),
            first: When::relative(text, found.first_at, now, tz),
            last: When::relative(text, found.at, now, tz),
            said: found.message,
            times: found.times,
        })
        .collect();
    let empty = Empty {
        icon: "circle-check",
        title: text.t("answers-none"),
        words: text.t("answers-none-words"),
        action: None,
    };
    Ok(page::show(&AnswersPage {
        frame: page::frame(&web, &guard, &ask, Entry::Settings).await?,
        tabs: tabs(&guard, text, Part::Answers),
        rows,
        empty,
    }))
}

fn call(text: &Text, found: &UnmappedAnswer) -> String {
    if found.operation == OTHERS {
        text.t("answers-others")
    } else {
        found.operation.clone()
    }
}

/// `HTTP 400 · 77 / 1234`.
fn code(found: &UnmappedAnswer) -> String {
    let status = (found.http_status > 0).then(|| format!("HTTP {}", found.http_status));
    let numbers: Vec<&str> = [found.code.as_str(), found.subcode.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let numbers = Some(numbers.join(" / ")).filter(|numbers| !numbers.is_empty());
    let parts: Vec<String> = status.into_iter().chain(numbers).collect();
    parts.join(" · ")
}
