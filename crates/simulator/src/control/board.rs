//! The control page at `/control`: accounts with buttons that break and mend, platforms up or
//! down, faults in force, the last calls. Forms only, no script.
//!
//! Forms: `POST /control/break` (`body` = JSON of a break, `mends` = `1` to mend),
//! `POST /control/faults` (`operation`, `account`, `times`, `effect`, `number`),
//! `POST /control/faults/remove` (`id`, or `all`). Each answers 303 to `/control?said=…`.

use super::api::foreign;
use super::{Break, BreakError, Card, PLATFORMS};
use crate::call::Call;
use crate::clock::for_people;
use crate::faults::{ActiveFault, Effect, Fault};
use crate::page::{self, escape, hidden};
use crate::reply::Reply;
use crate::simulator::Simulator;
use crate::state::LogEntry;
use crate::{bluesky, facebook, instagram};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(super) fn router(sim: Simulator) -> Router {
    Router::new()
        .route("/control", get(board))
        .route("/control/break", post(press))
        .route("/control/faults", post(add_fault))
        .route("/control/faults/remove", post(remove_fault))
        .with_state(sim)
}

/// What the page shows, taken in one look.
struct Seen {
    now_ms: i64,
    down: BTreeSet<String>,
    faults: Vec<ActiveFault>,
    log: Vec<LogEntry>,
    cards: Vec<Card>,
}

async fn board(State(sim): State<Simulator>, call: Call) -> Reply {
    sim.settle_time();
    let seen = sim.look(|state, scene| Seen {
        now_ms: scene.now_ms,
        down: state.down.clone(),
        faults: state.faults.active().to_vec(),
        log: state.log.iter().rev().cloned().collect(),
        cards: instagram::cards(state, scene)
            .into_iter()
            .chain(facebook::cards(state, scene))
            .chain(bluesky::cards(state, scene))
            .collect(),
    });
    let said = call
        .filled("said")
        .map(|words| {
            format!(
                r#"<p class="row" role="status" id="said">{}</p>"#,
                escape(&words)
            )
        })
        .unwrap_or_default();
    let body = format!(
        r#"<h1>Stand-in platforms</h1>
<p class="lede">These platforms are simulated; nothing leaves this machine. Break something here and see what becomes of a login or a post. It is {now} by the clock of the product.</p>
{said}<h2>Platforms</h2>{platforms}
<h2>Accounts, people and apps</h2><div class="cards">{cards}</div>
<h2>Faults on the way</h2>{faults}
<h2>Last calls</h2>{log}"#,
        now = escape(&for_people(seen.now_ms)),
        platforms = platforms(&seen.down),
        cards = seen.cards.iter().map(card).collect::<String>(),
        faults = faults(&seen.faults),
        log = log(&seen.log),
    );
    page::wide("Stand-in platforms", &body)
}

fn press_button(id: &str, label: &str, mends: bool, body: &Value) -> String {
    format!(
        r#"<form method="post" action="/control/break">{}{}<button id="{}">{}</button></form>"#,
        hidden("body", &body.to_string()),
        hidden("mends", if mends { "1" } else { "0" }),
        escape(id),
        escape(label),
    )
}

fn platforms(down: &BTreeSet<String>) -> String {
    let row = |name: &&str| {
        let is_down = down.contains(*name);
        let (class, word, label) = if is_down {
            ("bad", "down", "Bring it up")
        } else {
            ("well", "up", "Take it down")
        };
        let body = json!({"kind": "platform_down", "platform": name});
        let button = press_button(&format!("platform-{name}"), label, is_down, &body);
        format!(
            r#"<div class="row"><strong class="grow">{name}</strong><span class="pill {class}">{word}</span>{button}</div>"#
        )
    };
    PLATFORMS.iter().map(row).collect()
}

/// Buttons of a card that break and are not folded away.
const IN_SIGHT: u32 = 5;

fn card(card: &Card) -> String {
    let picture = card
        .picture
        .as_ref()
        .map(|path| {
            format!(
                r#"<img src="{}" alt="" width="40" height="40">"#,
                escape(path)
            )
        })
        .unwrap_or_default();
    let mut notes = String::new();
    for word in &card.broken {
        let _ = write!(notes, r#"<li class="bad">{}</li>"#, escape(word));
    }
    if card.broken.is_empty() {
        notes.push_str(r#"<li class="well">nothing broken</li>"#);
    }
    let facts: Vec<String> = card.facts.iter().map(|fact| escape(fact)).collect();
    // What mends, and the first few that break, stay in sight; the rest folds away.
    let (mut near, mut folded, mut breaking) = (String::new(), String::new(), 0);
    for button in &card.buttons {
        let text = |name: &str| button.body.get(name).and_then(Value::as_str);
        let page = text("page")
            .map(|page| format!("-{page}"))
            .unwrap_or_default();
        let id = format!("{}-{}{page}", text("kind").unwrap_or_default(), card.id);
        let html = press_button(&id, &button.label, button.mends, &button.body);
        breaking += u32::from(!button.mends);
        if button.mends || breaking <= IN_SIGHT {
            near.push_str(&html);
        } else {
            folded.push_str(&html);
        }
    }
    let folded = if folded.is_empty() {
        folded
    } else {
        format!("<details><summary>More ways to break it</summary>{folded}</details>")
    };
    format!(
        r#"<section class="card" id="card-{id}"><header>{picture}<div><h3>{title}</h3><small>{platform} <code>{id}</code></small></div></header><ul class="notes">{notes}</ul><p><small>{facts}</small></p>{near}{folded}</section>"#,
        id = escape(&card.id),
        title = escape(&card.title),
        platform = escape(card.platform),
        facts = facts.join("<br>"),
    )
}

const EFFECTS: &[(&str, &str)] = &[
    ("server_error", "answer with an error, nothing done"),
    ("done_then_error", "do it, then answer with an error"),
    ("lose_answer", "do it, then lose the answer"),
    ("lose_request", "lose the request"),
    ("delay", "answer late (ms)"),
    ("garbage", "do it, answer with a page"),
    ("too_many", "too many requests (seconds)"),
    ("list_lag", "lists lag behind (ms)"),
    ("twice", "do it twice"),
    ("cut", "do it, answer with half of it"),
    ("empty_secret", "renew nothing, answer with an empty secret"),
    ("refuse", "refuse with an error (code)"),
];

fn faults(active: &[ActiveFault]) -> String {
    let mut rows = String::new();
    for one in active {
        let effect = serde_json::to_string(&one.fault.effect).unwrap_or_default();
        let whose = one
            .fault
            .account
            .as_deref()
            .map(|account| format!(" of {account}"))
            .unwrap_or_default();
        let left = one
            .fault
            .times
            .map(|times| format!(", {times} more times"))
            .unwrap_or_default();
        let _ = write!(
            rows,
            r#"<div class="row"><span class="grow"><strong>{}{}</strong><small><code>{}</code>, struck {} times{}</small></span><form method="post" action="/control/faults/remove">{}<button>Remove</button></form></div>"#,
            escape(&one.fault.operation),
            escape(&whose),
            escape(&effect),
            one.struck,
            left,
            hidden("id", &one.id.to_string()),
        );
    }
    if active.is_empty() {
        rows.push_str(r#"<p class="lede">No fault is in force.</p>"#);
    }
    let names =
        super::operations()
            .into_iter()
            .chain(["*", "instagram.*", "facebook.*", "bluesky.*"]);
    let operations: String = names
        .map(|name| format!("<option>{name}</option>"))
        .collect();
    let effects: String = EFFECTS
        .iter()
        .map(|(kind, words)| format!(r#"<option value="{kind}">{words}</option>"#))
        .collect();
    format!(
        r#"{rows}<form class="row" method="post" action="/control/faults"><div class="add grow">
<label for="operation">Operation<select id="operation" name="operation">{operations}</select></label>
<label for="effect">What happens<select id="effect" name="effect">{effects}</select></label>
<label for="number">ms, seconds or status<input type="number" id="number" name="number" min="0"></label>
<label for="times">How often<input type="number" id="times" name="times" min="1" value="1"></label>
<label for="account">Only this account<input type="text" id="account" name="account"></label>
<button id="add-fault">Add the fault</button></div></form>"#
    )
}

fn log(entries: &[LogEntry]) -> String {
    let mut rows = String::new();
    for entry in entries {
        let _ = write!(
            rows,
            "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&for_people(entry.at_ms)),
            escape(&entry.operation),
            escape(entry.account.as_deref().unwrap_or("")),
            escape(&entry.outcome),
            escape(entry.fault.as_deref().unwrap_or("")),
        );
    }
    if entries.is_empty() {
        return r#"<p class="lede">Nobody has called yet.</p>"#.to_owned();
    }
    format!(
        r#"<div class="scroll"><table><thead><tr><th scope="col">At</th><th scope="col">Operation</th><th scope="col">Account</th><th scope="col">Outcome</th><th scope="col">Fault</th></tr></thead><tbody>{rows}</tbody></table></div>"#
    )
}

fn said(words: &str) -> Reply {
    let query = serde_urlencoded::to_string([("said", words)]).unwrap_or_default();
    Reply::see_other(&format!("/control?{query}"))
}

fn stranger() -> Reply {
    Reply::new(
        StatusCode::FORBIDDEN,
        "text/plain; charset=utf-8",
        "A page of another site may not do this.",
    )
}

async fn press(State(sim): State<Simulator>, call: Call) -> Reply {
    if foreign(&call) {
        return stranger();
    }
    let value: Value =
        serde_json::from_str(&call.param("body").unwrap_or_default()).unwrap_or(Value::Null);
    let mends = call.param("mends").as_deref() == Some("1");
    let result = Break::from_json(&value).and_then(|what| {
        if mends {
            sim.mend_it(what)
        } else {
            sim.break_it(what)
        }
    });
    match result {
        Ok(words) => said(&format!("Done: {words}.")),
        Err(error) => said(&format!("Nothing was changed: {error}.")),
    }
}

async fn add_fault(State(sim): State<Simulator>, call: Call) -> Reply {
    if foreign(&call) {
        return stranger();
    }
    match read_fault(&call) {
        Ok(fault) => {
            sim.add_fault(fault);
            said("The fault is in force.")
        }
        Err(error) => said(&format!("Nothing was changed: {error}.")),
    }
}

fn read_fault(call: &Call) -> Result<Fault, BreakError> {
    let wrong = |words: &str| BreakError(words.to_owned());
    let number = call
        .filled("number")
        .map(|text| text.parse::<u64>())
        .transpose()
        .map_err(|_| wrong("the number is none"))?;
    let kind = call
        .filled("effect")
        .ok_or_else(|| wrong("say what happens"))?;
    let mut effect = json!({ "kind": kind });
    match (kind.as_str(), number) {
        ("delay" | "list_lag", number) => effect["ms"] = json!(number.unwrap_or(5_000)),
        ("server_error" | "done_then_error", Some(number)) => effect["status"] = json!(number),
        ("too_many", Some(number)) => effect["retry_after_s"] = json!(number),
        ("refuse", number) => effect["code"] = json!(number.unwrap_or(1).to_string()),
        _ => {}
    }
    let effect: Effect =
        serde_json::from_value(effect).map_err(|error| BreakError(error.to_string()))?;
    let operation = call
        .filled("operation")
        .ok_or_else(|| wrong("name an operation"))?;
    let times = call
        .filled("times")
        .map(|text| text.parse::<u32>())
        .transpose()
        .map_err(|_| wrong("how often is no number"))?;
    Ok(Fault {
        account: call.filled("account"),
        times,
        ..Fault::always(&operation, effect)
    })
}

async fn remove_fault(State(sim): State<Simulator>, call: Call) -> Reply {
    if foreign(&call) {
        return stranger();
    }
    match call.filled("id").map(|id| id.parse::<u64>()) {
        Some(Ok(id)) if sim.remove_fault(id) => said("The fault is gone."),
        None if call.filled("all").is_some() => {
            sim.clear_faults();
            said("All faults are gone.")
        }
        _ => said("Nothing was changed: there is no such fault."),
    }
}
