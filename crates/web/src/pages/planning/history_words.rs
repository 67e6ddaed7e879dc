//! The history of a post on a channel in words: its lines, the tries with their steps, who did what.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::health::Evidence;
use domain::post::Maker;
use storage::delivery_events::DeliveryEvent;
use storage::history::History;
use storage::ledger::{StepRow, StepState};
use storage::{api_keys, people};

use super::{Say, reason_words};
use crate::access::Guard;
use crate::components::icon::{Html, icon};
use crate::components::{Tone, When};
use crate::pages::help::cause_href;
use crate::problem::Outcome;
use crate::state::Web;

/// One line.
pub struct Line {
    /// Its colour.
    pub tone: Tone,
    /// Its shape.
    pub drawn: Html,
    /// What happened.
    pub words: String,
    /// More of it.
    pub detail: String,
    /// The page about its cause.
    pub about: Option<String>,
    /// Who.
    pub maker: String,
    /// When.
    pub when: When,
}

/// One try.
pub struct Attempt {
    /// Its number and how it ended.
    pub title: String,
    /// When it began.
    pub when: When,
    /// Its recorded calls.
    pub steps: Vec<Step>,
}

/// One recorded call.
pub struct Step {
    /// Its name, as the adapter calls it.
    pub name: String,
    /// How it stands.
    pub state: String,
    /// Its colour.
    pub tone: Tone,
    /// When it began.
    pub when: When,
    /// How often it was looked for.
    pub looks: String,
    /// What the platform said.
    pub evidence: String,
}

/// Names of members and keys, by the id that a line holds.
pub async fn names(web: &Web, guard: &Guard) -> Outcome<BTreeMap<String, String>> {
    let workspace = guard.workspace();
    web.read("web.names", move |conn| {
        let mut names = BTreeMap::new();
        for row in people::members(conn, workspace)? {
            names.insert(row.member.id.to_string(), row.name);
        }
        for key in api_keys::list(conn, workspace)? {
            names.insert(key.id.to_string(), key.name);
        }
        Ok(names)
    })
    .await
}

/// The lines, the newest first.
#[must_use]
pub fn lines(say: &Say, found: &History, names: &BTreeMap<String, String>) -> Vec<Line> {
    found
        .events
        .iter()
        .rev()
        .map(|event| line(say, event, names))
        .collect()
}

fn line(say: &Say, event: &DeliveryEvent, names: &BTreeMap<String, String>) -> Line {
    let text = &say.text;
    let (key, tone, shape) = kind(&event.kind);
    let name = || {
        names
            .get(&event.maker.to_string())
            .cloned()
            .unwrap_or_else(|| text.t("history-somebody"))
    };
    let maker = match event.maker {
        Maker::Member(_) => name(),
        Maker::Key(_) => text.t1("history-key", "name", name()),
        Maker::Rule => String::new(),
    };
    Line {
        tone,
        drawn: icon(shape),
        words: if key.is_empty() {
            event.kind.clone()
        } else {
            text.t(key)
        },
        detail: detail(say, event),
        about: event.detail["cause"]
            .as_str()
            .and_then(|word| word.parse().ok())
            .map(cause_href),
        maker,
        when: say.at(event.at),
    }
}

fn kind(kind: &str) -> (&'static str, Tone, &'static str) {
    match kind {
        "drafted" => ("history-drafted", Tone::Grey, "circle-dashed"),
        "put_back" => ("history-put-back", Tone::Grey, "undo-2"),
        "planned" => ("history-planned", Tone::Blue, "clock"),
        "moved" => ("history-moved", Tone::Blue, "calendar-clock"),
        "edited" => ("history-edited", Tone::Grey, "pencil"),
        "begun" => ("history-begun", Tone::Blue, "play"),
        "sent" => ("history-sent", Tone::Blue, "send"),
        "shown" => ("history-shown", Tone::Green, "circle-check"),
        "published" => ("history-published", Tone::Green, "circle-check"),
        "missed" => ("history-missed", Tone::Amber, "circle-pause"),
        "rejected" => ("history-rejected", Tone::Red, "circle-x"),
        "unreadable" => ("history-unreadable", Tone::Red, "circle-x"),
        "unclear" => ("history-unclear", Tone::Amber, "circle-help"),
        "looked" => ("history-looked", Tone::Grey, "eye"),
        "found" => ("history-found", Tone::Green, "circle-check"),
        "absent" => ("history-absent", Tone::Grey, "search"),
        "earlier_try" => ("history-earlier-try", Tone::Amber, "hourglass"),
        "dropped" => ("history-dropped", Tone::Grey, "trash-2"),
        "canceled" => ("history-canceled", Tone::Grey, "x"),
        "cancel_asked" => ("history-cancel-asked", Tone::Grey, "pause"),
        "reminded" => ("history-reminded", Tone::Amber, "bell-ring"),
        "retry" => ("history-retry", Tone::Grey, "rotate-ccw"),
        "posted_by_hand" => ("history-by-hand", Tone::Green, "hand"),
        "works" | "waiting" => ("history-works", Tone::Blue, "hourglass"),
        _ => ("", Tone::Grey, "circle-dot"),
    }
}

fn detail(say: &Say, event: &DeliveryEvent) -> String {
    let text = &say.text;
    let time = |name: &str| {
        event.detail[name]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map(|at| say.at(at).words)
    };
    match event.kind.as_str() {
        "planned" => time("due_at")
            .map(|at| text.t1("history-for", "when", at))
            .unwrap_or_default(),
        "moved" => match (time("was_due_at"), time("due_at")) {
            (Some(was), Some(at)) => text.t2("history-from-to", "was", was, "when", at),
            (None, Some(at)) => text.t1("history-for", "when", at),
            _ => String::new(),
        },
        "missed" | "rejected" => {
            let reason = event.detail["reason"]
                .as_str()
                .and_then(|word| word.parse().ok());
            let cause = event.detail["cause"]
                .as_str()
                .and_then(|word| word.parse().ok());
            match (cause, reason) {
                (Some(cause), _) => super::cause_sentence(text, cause),
                (None, Some(reason)) => reason_words(text, reason),
                (None, None) => own_words(event),
            }
        }
        "posted_by_hand" | "found" => event.detail["permalink"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        _ => own_words(event),
    }
}

/// What whoever wrote the line said themselves.
fn own_words(event: &DeliveryEvent) -> String {
    ["sentence", "why"]
        .iter()
        .find_map(|name| event.detail[*name].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// The tries, the newest first.
#[must_use]
pub fn attempts(say: &Say, found: &History, admin: bool) -> Vec<Attempt> {
    let text = &say.text;
    let one = |attempt: &storage::ledger::AttemptRow| {
        let outcome = match attempt.outcome.as_deref() {
            None => text.t("attempt-open"),
            Some("published") => text.t("attempt-published"),
            Some("missed") => text.t("attempt-missed"),
            Some("failed") => text.t("attempt-failed"),
            Some("uncertain") => text.t("attempt-uncertain"),
            Some("canceled" | "dropped") => text.t("attempt-canceled"),
            Some(_) => text.t("attempt-later"),
        };
        let steps = found
            .steps
            .iter()
            .filter(|step| step.attempt == attempt.id)
            .map(|one| step(say, one, admin));
        Attempt {
            title: text.t2("attempt-title", "n", attempt.number, "outcome", outcome),
            when: say.at(attempt.begun_at),
            steps: steps.collect(),
        }
    };
    found.attempts.iter().rev().map(one).collect()
}

fn step(say: &Say, row: &StepRow, admin: bool) -> Step {
    let text = &say.text;
    let (state, tone) = match row.state {
        StepState::Begun => ("step-begun", Tone::Amber),
        StepState::Done => ("step-done", Tone::Green),
        StepState::Failed => ("step-failed", Tone::Red),
        StepState::Unclear => ("step-unclear", Tone::Amber),
        StepState::Discarded => ("step-discarded", Tone::Grey),
    };
    Step {
        name: row.name.clone(),
        state: text.t(state),
        tone,
        when: say.at(row.begun_at),
        looks: if row.looks > 0 {
            text.t1("step-looks", "n", row.looks)
        } else {
            String::new()
        },
        evidence: row
            .evidence
            .as_ref()
            .map(|said| evidence(say, said, admin))
            .unwrap_or_default(),
    }
}

/// The platform's answer as it is; its own sentence only for admins.
fn evidence(say: &Say, said: &Evidence, admin: bool) -> String {
    let status = if said.http_status == 0 {
        String::new()
    } else {
        format!("HTTP {}", said.http_status)
    };
    let code = [said.code.as_str(), said.subcode.as_str()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" / ");
    let message = if admin {
        said.message.clone()
    } else {
        String::new()
    };
    let unmapped = if said.mapped {
        String::new()
    } else {
        say.text.t("evidence-unmapped")
    };
    let parts = [
        said.operation.clone(),
        status,
        code,
        said.missing.clone().unwrap_or_default(),
        message,
        unmapped,
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}
