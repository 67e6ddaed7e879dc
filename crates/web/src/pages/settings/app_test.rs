//! What a test sign-in showed, one tick after the other.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::app::Which;
use domain::connect::{ConnectPhase, ConnectPurpose};
use domain::ids::ConnectSessionId;
use engine::connect::{GivenBack, Tested, Trouble};

use super::apps::{app_name, flow_title};
use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::apps;
use crate::actions::connecting::{self, Session};
use crate::components::{Action, Tabs, Tick, TickState, Ticks};
use crate::extract::Path;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::channels::at_handle;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/app_test.html")]
struct TestPage {
    frame: Frame,
    tabs: Tabs,
    title: String,
    lead: String,
    tone: &'static str,
    mark: &'static str,
    ticks: Ticks,
    evidence: String,
    actions: Vec<Action>,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ConnectSessionId>,
) -> Outcome<Response> {
    let text = &ask.text;
    let session = connecting::one(&web, &guard, id).await?;
    if session.row.purpose != ConnectPurpose::Test {
        return Ok(page::go(urls::Connect { session: id }, None));
    }
    let gone = session.app.removed_at.is_some();
    let back = if gone {
        urls::Apps.to_string()
    } else {
        let app = session.app.app.id;
        urls::EditApp { app }.to_string()
    };
    let again = urls::AppTest {
        app: session.app.app.id,
    };
    let (title, lead, tone, mark) = words(text, &session);
    let facts = apps::flow_facts(session.app.app.platform, session.app.app.flow)?;
    let mut actions = Vec::new();
    if !facts.needs_handle && session.row.phase.is_end() && !gone {
        actions.push(Action::post(text.t("app-test-again"), again.to_string()));
    }
    actions.push(Action::link(text.t("app-test-back"), back).primary());
    let evidence = match &session.known.trouble {
        Some(Trouble::Platform { evidence, .. }) => {
            crate::pages::channels::words::evidence_line(evidence)
        }
        Some(Trouble::AppRemoved) => text.t("connect-app-removed-words"),
        _ => String::new(),
    };
    Ok(page::show(&TestPage {
        frame: page::frame(&web, &guard, &ask, Entry::Settings).await?,
        tabs: tabs(&guard, text, Part::Apps),
        title,
        lead,
        tone,
        mark,
        ticks: ticks(text, &session)?,
        evidence,
        actions,
    }))
}

fn words(text: &Text, session: &Session) -> (String, String, &'static str, &'static str) {
    let app = &session.app;
    let flow = flow_title(text, app.app.platform, app.app.flow);
    let lead = text.t2("app-test-sub", "app", app_name(text, app), "flow", flow);
    let (key, tone, mark) = match session.row.phase {
        ConnectPhase::Done => ("app-test-works", "green", "circle-check"),
        ConnectPhase::Canceled => ("app-test-canceled", "grey", "info"),
        ConnectPhase::Expired => ("app-test-expired", "grey", "info"),
        phase if phase.is_end() => ("app-test-fails", "red", "circle-x"),
        _ => ("app-test-open", "grey", "hourglass"),
    };
    (text.t(key), lead, tone, mark)
}

/// Came back to us; the secret; the permissions; the accounts; given back.
fn ticks(text: &Text, session: &Session) -> Outcome<Ticks> {
    let known = &session.known;
    let blank = Tested::default();
    let tested = known.tested.as_ref().unwrap_or(&blank);
    let facts = apps::flow_facts(session.app.app.platform, session.app.app.flow)?;
    let failed = known.trouble.is_some();
    let signed_in = session.row.grant.is_some();
    let came = known.tested.is_some();
    let mut ticks = vec![Tick::new(
        text.t("app-test-redirect"),
        session.app.app.redirect_uri.clone(),
        state(came, false),
    )];
    if facts.needs_secret {
        let (words, taken) = secret(text, tested);
        let refused = came && !taken && !tested.refused.is_empty();
        ticks.push(Tick::new(
            text.t("app-test-secret"),
            words,
            state(taken, refused),
        ));
    }
    let lacking: Vec<&str> = facts
        .scopes
        .iter()
        .filter(|scope| scope.needed_to_post)
        .map(|scope| scope.scope)
        .filter(|needed| !tested.scopes.iter().any(|given| given == needed))
        .collect();
    let (detail, right) = if !signed_in {
        (String::new(), false)
    } else if lacking.is_empty() {
        (tested.scopes.join(", "), true)
    } else {
        (
            text.t1("app-test-scopes-lacking", "scopes", lacking.join(", ")),
            false,
        )
    };
    ticks.push(Tick::new(
        text.t("app-test-scopes"),
        detail,
        state(right, signed_in && !right),
    ));
    let handles: Vec<String> = known
        .accounts
        .iter()
        .map(|account| {
            if account.handle.is_empty() {
                account.name.clone()
            } else {
                at_handle(&account.handle)
            }
        })
        .collect();
    let listed = signed_in && !failed && !handles.is_empty();
    let looked = tested.given_back.is_some();
    let shown = if looked && handles.is_empty() {
        text.t("app-test-no-accounts")
    } else {
        handles.join(", ")
    };
    ticks.push(Tick::new(
        text.t("app-test-accounts"),
        shown,
        state(listed, looked && !listed),
    ));
    if let Some(given_back) = tested.given_back {
        let key = match given_back {
            GivenBack::AtPlatform => "app-test-given-back",
            GivenBack::OnlyHere => "app-test-only-here",
            GivenBack::StillInUse => "app-test-still-in-use",
            GivenBack::NotNow => "app-test-not-given-back",
        };
        let words = text.t1(key, "where", facts.remove_app_at);
        ticks.push(Tick::new(
            text.t("app-test-left"),
            words,
            state(true, false),
        ));
    }
    Ok(Ticks {
        text: text.clone(),
        ticks,
    })
}

fn state(right: bool, failed: bool) -> TickState {
    match (right, failed) {
        (true, _) => TickState::Done,
        (false, true) => TickState::Failed,
        (false, false) => TickState::Wait,
    }
}

/// What is said of the secret, and whether one was taken.
fn secret(text: &Text, tested: &Tested) -> (String, bool) {
    let newest_refused = tested.refused.contains(&Which::Current);
    match tested.secret {
        Some(Which::Current) => (text.t("app-test-secret-taken"), true),
        Some(Which::Previous) if newest_refused => (text.t("app-test-secret-before"), true),
        Some(Which::Previous) => (text.t("app-test-secret-taken"), true),
        None if newest_refused => (text.t("app-test-secret-refused"), false),
        None => (String::new(), false),
    }
}
