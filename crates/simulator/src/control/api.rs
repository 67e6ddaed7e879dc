//! The control API at `/control/api`, all JSON.
//!
//! | call | body → answer |
//! |---|---|
//! | `GET state` | → the truth ([`Simulator::truth`]) |
//! | `GET calls` | → the last calls, oldest first |
//! | `GET operations` | → every operation name |
//! | `GET faults`, `POST faults`, `DELETE faults[/{id}]` | a [`Fault`] → `{"id"}` |
//! | `POST break`, `POST mend` | a break (`{"kind", …}`, see [`Break::from_json`]) → `{"done"}` |
//! | `GET settings`, `POST settings` | some of [`Settings`], and of `bluesky`: `{reuse_ends_session, check_signatures, strict_proofs}` → all of them |
//! | `POST apps` | `{"flow": "instagram" or "facebook", "name", "redirect_uri"}` → `{"id", "secret"}` |
//! | `POST redirects` | `{"app", "redirect_uri"}` → `{"done"}` |
//! | `POST accounts` | `{"username", "name"}` of an Instagram account → `{"id"}` |
//!
//! A refusal is HTTP 400 (404 for what is not there) with `{"error": words}`; nothing is changed.

use super::Break;
use crate::call::Call;
use crate::faults::Fault;
use crate::instagram::{Flow, NewAccount, NewApp, Settings};
use crate::reply::Reply;
use crate::simulator::Simulator;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) fn router(sim: Simulator) -> Router {
    Router::new()
        .route(
            "/control/api/state",
            get(|State(sim): State<Simulator>| async move { Reply::ok(&sim.truth()) }),
        )
        .route("/control/api/calls", get(calls))
        .route(
            "/control/api/operations",
            get(|| async { Reply::ok(&json!(super::operations())) }),
        )
        .route(
            "/control/api/faults",
            get(faults).post(add_fault).delete(clear_faults),
        )
        .route("/control/api/faults/{id}", delete(remove_fault))
        .route("/control/api/break", post(break_it))
        .route("/control/api/mend", post(mend_it))
        .route("/control/api/settings", get(settings).post(set_settings))
        .route("/control/api/apps", post(add_app))
        .route("/control/api/redirects", post(allow_redirect))
        .route("/control/api/accounts", post(add_account))
        .with_state(sim)
}

fn refused(words: impl Into<String>) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": words.into() }))
}

fn not_there(words: &str) -> Reply {
    Reply::json(StatusCode::NOT_FOUND, &json!({ "error": words }))
}

/// A body as JSON, unless another site's page sent it.
fn body(call: &Call) -> Result<Value, Reply> {
    if foreign(call) {
        return Err(Reply::json(
            StatusCode::FORBIDDEN,
            &json!({"error": "a page of another site may not do this"}),
        ));
    }
    call.json()
        .map_err(|error| refused(format!("the body is no JSON: {error}")))
}

/// Whether a browser sent this from another site's page.
pub(super) fn foreign(call: &Call) -> bool {
    call.header("sec-fetch-site") == Some("cross-site")
}

async fn calls(State(sim): State<Simulator>) -> Reply {
    Reply::ok(&sim.look(|state, _| json!(state.log)))
}

async fn faults(State(sim): State<Simulator>) -> Reply {
    Reply::ok(&json!(sim.faults()))
}

async fn add_fault(State(sim): State<Simulator>, call: Call) -> Reply {
    let fault = match body(&call).map(serde_json::from_value::<Fault>) {
        Ok(Ok(fault)) => fault,
        Ok(Err(error)) => return refused(error.to_string()),
        Err(reply) => return reply,
    };
    let known = super::operations();
    let named = match fault.operation.strip_suffix('*') {
        Some(start) => known.iter().any(|operation| operation.starts_with(start)),
        None => known.contains(&fault.operation.as_str()),
    };
    if !named {
        return refused(format!("there is no operation {}", fault.operation));
    }
    Reply::json(StatusCode::CREATED, &json!({"id": sim.add_fault(fault)}))
}

async fn clear_faults(State(sim): State<Simulator>) -> Reply {
    sim.clear_faults();
    Reply::ok(&json!({"done": "no fault is in force"}))
}

async fn remove_fault(State(sim): State<Simulator>, Path(id): Path<u64>) -> Reply {
    if sim.remove_fault(id) {
        Reply::ok(&json!({"done": "removed"}))
    } else {
        not_there("there is no fault of this number")
    }
}

fn done(result: Result<String, super::BreakError>) -> Reply {
    match result {
        Ok(words) => Reply::ok(&json!({ "done": words })),
        Err(error) => refused(error.to_string()),
    }
}

async fn break_it(State(sim): State<Simulator>, call: Call) -> Reply {
    match body(&call) {
        Ok(value) => done(Break::from_json(&value).and_then(|what| sim.break_it(what))),
        Err(reply) => reply,
    }
}

async fn mend_it(State(sim): State<Simulator>, call: Call) -> Reply {
    match body(&call) {
        Ok(value) => done(Break::from_json(&value).and_then(|what| sim.mend_it(what))),
        Err(reply) => reply,
    }
}

async fn settings(State(sim): State<Simulator>) -> Reply {
    Reply::ok(&all_settings(&sim))
}

/// Settings of all platforms: Bluesky's own under its name, the others' beside it.
fn all_settings(sim: &Simulator) -> Value {
    let mut all = json!(sim.settings());
    all["bluesky"] = sim.look(|state, _| {
        let bluesky = &state.bluesky;
        json!({
            "reuse_ends_session": !bluesky.reuse_spares_session,
            "check_signatures": !bluesky.trusts_signatures,
            "strict_proofs": bluesky.strict_proofs,
        })
    });
    all
}

/// Bluesky's settings as somebody states them; what is left out stays.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BlueskySettings {
    reuse_ends_session: Option<bool>,
    check_signatures: Option<bool>,
    strict_proofs: Option<bool>,
}

async fn set_settings(State(sim): State<Simulator>, call: Call) -> Reply {
    let (given, bluesky) = match body(&call) {
        Ok(Value::Object(mut given)) => {
            let bluesky = given.remove("bluesky").unwrap_or_else(|| json!({}));
            (given, bluesky)
        }
        Ok(_) => return refused("settings are an object"),
        Err(reply) => return reply,
    };
    let mut all = json!(sim.settings());
    for (name, value) in given {
        all[name] = value;
    }
    let read = serde_json::from_value::<Settings>(all).and_then(|settings| {
        Ok((
            settings,
            serde_json::from_value::<BlueskySettings>(bluesky)?,
        ))
    });
    let (settings, bluesky) = match read {
        Ok(read) => read,
        Err(error) => return refused(error.to_string()),
    };
    sim.set_settings(settings);
    if let Some(ends) = bluesky.reuse_ends_session {
        sim.set_reuse_ends_session(ends);
    }
    if let Some(check) = bluesky.check_signatures {
        sim.set_bluesky_check_signatures(check);
    }
    if let Some(strict) = bluesky.strict_proofs {
        sim.set_bluesky_strict_proofs(strict);
    }
    Reply::ok(&all_settings(&sim))
}

/// A text of the body.
fn text(value: &Value, name: &str) -> Result<String, Reply> {
    value
        .get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| refused(format!("{name} is missing")))
}

async fn add_app(State(sim): State<Simulator>, call: Call) -> Reply {
    let read = || -> Result<NewApp, Reply> {
        let value = body(&call)?;
        let flow = value.get("flow").cloned().unwrap_or(Value::Null);
        let flow: Flow =
            serde_json::from_value(flow).map_err(|_| refused("flow is instagram or facebook"))?;
        Ok(NewApp::of(
            flow,
            &text(&value, "name")?,
            &text(&value, "redirect_uri")?,
        ))
    };
    match read() {
        Ok(new) => {
            let (id, secret) = sim.add_app(new);
            Reply::json(StatusCode::CREATED, &json!({"id": id, "secret": secret}))
        }
        Err(reply) => reply,
    }
}

async fn allow_redirect(State(sim): State<Simulator>, call: Call) -> Reply {
    let read = || -> Result<(String, String), Reply> {
        let value = body(&call)?;
        Ok((text(&value, "app")?, text(&value, "redirect_uri")?))
    };
    match read() {
        Ok((app, uri)) if sim.allow_redirect(&app, &uri) => Reply::ok(&json!({"done": "allowed"})),
        Ok(_) => not_there("there is no such app"),
        Err(reply) => reply,
    }
}

async fn add_account(State(sim): State<Simulator>, call: Call) -> Reply {
    let read = || -> Result<NewAccount, Reply> {
        let value = body(&call)?;
        Ok(NewAccount {
            username: text(&value, "username")?,
            name: text(&value, "name")?,
            ..NewAccount::default()
        })
    };
    match read() {
        Ok(new) => Reply::json(
            StatusCode::CREATED,
            &json!({"id": sim.add_instagram_account(new)}),
        ),
        Err(reply) => reply,
    }
}
