//! Where a person is signed in, and their password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::SessionId;
use secrecy::SecretString;
use serde::Deserialize;
use storage::sessions;

use super::settings::{Part, tabs};
use crate::access::session::living;
use crate::access::{Guard, SignedIn};
use crate::actions::sign_in;
use crate::components::{Action, Field, Tabs, When};
use crate::extract::{Form, Path};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/sessions.html")]
struct SessionsPage {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<SessionRow>,
    end_others: Option<Action>,
    password_action: String,
    old: Field,
    new: Field,
    submit: Action,
}

struct SessionRow {
    client: String,
    seen: When,
    begun: When,
    here: bool,
    end: Option<Action>,
}

/// What the password form sends.
#[derive(Deserialize)]
pub struct PasswordForm {
    old_password: SecretString,
    password: SecretString,
}

/// The list.
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    signed_in: SignedIn,
    ask: Ask,
) -> Outcome<Response> {
    Ok(page::show(
        &view(&web, &guard, &signed_in, &ask, None).await?,
    ))
}

async fn view(
    web: &Web,
    guard: &Guard,
    signed_in: &SignedIn,
    ask: &Ask,
    refusal: Option<&Refusal>,
) -> Outcome<SessionsPage> {
    let (person, now, text) = (signed_in.person, web.security_now(), &ask.text);
    let all = web
        .read("web.sessions", move |conn| {
            Ok(sessions::list(conn, person, living(now))?)
        })
        .await?;
    let space = crate::actions::workspace::one(web, guard).await?;
    let many = all.len() > 1;
    let rows = all
        .into_iter()
        .map(|session| {
            let here = session.id == signed_in.session.id;
            let end = Action::post(
                text.t("sessions-end"),
                urls::EndSession {
                    session: session.id,
                }
                .to_string(),
            );
            SessionRow {
                client: if session.client.is_empty() {
                    text.t("sessions-unknown")
                } else {
                    session.client
                },
                seen: When::relative(text, session.seen_at, now, space.zone.tz()),
                begun: When::relative(text, session.created_at, now, space.zone.tz()),
                here,
                end: (!here).then(|| end.small()),
            }
        })
        .collect();
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let others = Action::post(
        text.t("sessions-end-others"),
        urls::EndOtherSessions.to_string(),
    );
    Ok(SessionsPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Sessions),
        rows,
        end_others: many.then_some(others),
        password_action: urls::Password.to_string(),
        old: Field::text("old_password", text.t("sessions-old-password"))
            .kind("password")
            .autocomplete("current-password")
            .error(wrong("old_password")),
        new: Field::text("password", text.t("sessions-new-password"))
            .kind("password")
            .autocomplete("new-password")
            .hint(text.t1("password-hint", "n", crate::password::MIN_CHARS))
            .error(wrong("password")),
        submit: Action::submit(text.t("sessions-change-password")),
    })
}

/// Ends one session.
pub async fn end(
    State(web): State<Web>,
    signed_in: SignedIn,
    ask: Ask,
    Path(id): Path<SessionId>,
) -> Outcome<Response> {
    let person = signed_in.person;
    let ended = web
        .write("web.session_revoke", move |conn| {
            Ok(sessions::revoke(conn, id, person)?)
        })
        .await?;
    if !ended {
        return Err(Refusal::not_found());
    }
    Ok(page::go(
        urls::Sessions,
        Some(Flash::done(ask.text.t("sessions-ended"))),
    ))
}

/// Ends all but this one.
pub async fn end_others(
    State(web): State<Web>,
    signed_in: SignedIn,
    ask: Ask,
) -> Outcome<Response> {
    let (person, here) = (signed_in.person, signed_in.session.id);
    web.write("web.sessions_revoke", move |conn| {
        Ok(sessions::revoke_others(conn, person, here)?)
    })
    .await?;
    Ok(page::go(
        urls::Sessions,
        Some(Flash::done(ask.text.t("sessions-ended-others"))),
    ))
}

/// Another password; all other sessions end with the old one.
pub async fn change_password(
    State(web): State<Web>,
    guard: Guard,
    signed_in: SignedIn,
    ask: Ask,
    Form(form): Form<PasswordForm>,
) -> Outcome<Response> {
    match sign_in::change_password(&web, signed_in.person, form.old_password, form.password).await {
        Ok(()) => {
            let (person, here) = (signed_in.person, signed_in.session.id);
            web.write("web.sessions_revoke", move |conn| {
                Ok(sessions::revoke_others(conn, person, here)?)
            })
            .await?;
            Ok(page::go(
                urls::Sessions,
                Some(Flash::done(ask.text.t("sessions-password-changed"))),
            ))
        }
        Err(refusal) if refusal.is_about_input() => {
            let view = view(&web, &guard, &signed_in, &ask, Some(&refusal)).await?;
            Ok(page::again(&refusal, &view))
        }
        Err(refusal) => Err(refusal),
    }
}
