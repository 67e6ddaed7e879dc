//! One app: its fields and their check, its secrets while one is replaced, its signing keys, who is signed in
//! through it, and what can be done with it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::app::{AppOwner, RetiredWhy, SecretState, SecretUse, Which};
use domain::ids::AppId;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;
use storage::app_care::Through;
use storage::apps::AppRow;

use super::apps::{AppFields, app_name, fields, flow_title, ticks};
use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::{app_care, app_keys, apps};
use crate::components::{Action, Field, Tabs, Ticks, When};
use crate::extract::{Form, Path};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::pages::channels::at_handle;
use crate::problem::{Outcome, Refusal, codes};
use crate::state::{Keep, Web};
use crate::text::Text;
use crate::urls;

/// The most sign-ins that are listed by name.
const LISTED: usize = 50;

#[derive(Template)]
#[template(path = "pages/settings/app_one.html")]
struct OnePage {
    frame: Frame,
    tabs: Tabs,
    title: String,
    sub: String,
    client_id: String,
    redirect_uri: String,
    notes: Vec<(String, &'static str)>,
    said: String,
    own: bool,
    action: String,
    fields: Vec<Field>,
    confirm: Option<Confirm>,
    submit: Action,
    checks: Ticks,
    test: String,
    handle: Option<Field>,
    secrets: Vec<Secret>,
    secret_action: String,
    secret_field: Option<Field>,
    keys: Vec<(String, String)>,
    key_actions: Vec<Action>,
    logins: Vec<Login>,
    logins_more: String,
    actions: Vec<Action>,
    back: Action,
}

/// What would end, and the number that is to be said.
struct Confirm {
    words: String,
    label: String,
    n: u64,
    instead: Action,
}

struct Secret {
    title: String,
    state: String,
    tone: &'static str,
    lines: Vec<(String, When)>,
    action: Option<Action>,
}

struct Login {
    person: String,
    handle: String,
    href: Option<String>,
    when: When,
}

/// One app.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
) -> Outcome<Response> {
    let row = apps::one(&web, &guard, id).await?;
    let given = AppFields::of(&row);
    Ok(page::show(
        &view(&web, &guard, &ask, &row, &given, None).await?,
    ))
}

/// Another name, client id or scopes.
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
    Form(given): Form<AppFields>,
) -> Outcome<Response> {
    let (input, ends) = (given.input(), given.confirm_ends);
    match apps::change(&web, &guard, id, &input, ends, Keep::Yes).await {
        Ok(_) => Ok(page::go(
            urls::EditApp { app: id },
            Some(Flash::done(ask.text.t("settings-saved"))),
        )),
        Err(refusal) if refusal.is_about_input() => {
            let row = apps::one(&web, &guard, id).await?;
            Ok(page::again(
                &refusal,
                &view(&web, &guard, &ask, &row, &given, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}

/// What the form of a new secret sends.
#[derive(Deserialize)]
pub struct SecretFields {
    #[serde(default)]
    client_secret: String,
}

/// A new secret beside the present one.
pub async fn add_secret(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
    Form(given): Form<SecretFields>,
) -> Outcome<Response> {
    let secret = SecretString::from(given.client_secret.trim().to_owned());
    match app_care::add_secret(&web, &guard, id, secret, Keep::Yes).await {
        Ok(_) => Ok(page::go(
            urls::EditApp { app: id },
            Some(Flash::done(ask.text.t("apps-secret-added"))),
        )),
        Err(refusal) if refusal.is_about_input() => {
            let row = apps::one(&web, &guard, id).await?;
            let given = AppFields::of(&row);
            Ok(page::again(
                &refusal,
                &view(&web, &guard, &ask, &row, &given, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}

/// What a button of the page sends.
#[derive(Deserialize)]
pub struct What {
    #[serde(default)]
    what: String,
}

/// A button of the page.
pub async fn act(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
    Form(given): Form<What>,
) -> Outcome<Response> {
    let (web, by, keep) = (&web, &guard, Keep::Yes);
    // What is not this workspace's is not there, whatever was sent.
    apps::one(web, by, id).await?;
    let done = match given.what.as_str() {
        "forget_previous" => app_care::forget_secret(web, by, id, Which::Previous, keep)
            .await
            .map(|_| "apps-secret-forgotten"),
        "forget_current" => app_care::forget_secret(web, by, id, Which::Current, keep)
            .await
            .map(|_| "apps-secret-taken-back"),
        "add_key" => app_keys::add(web, by, id, keep)
            .await
            .map(|_| "apps-key-added"),
        "drop_keys" => app_keys::drop_unused(web, by, id, keep)
            .await
            .map(|_| "apps-keys-dropped"),
        "retire" => app_care::retire(web, by, id, true, keep)
            .await
            .map(|_| "apps-retired-done"),
        "take_up" => app_care::retire(web, by, id, false, keep)
            .await
            .map(|_| "apps-taken-up"),
        "default" => app_care::make_default(web, by, id, keep)
            .await
            .map(|_| "apps-usual-done"),
        "remove" => {
            return match app_care::remove(web, by, id, keep).await {
                Ok(()) => Ok(page::go(
                    urls::Apps,
                    Some(Flash::done(ask.text.t("apps-removed"))),
                )),
                Err(refusal) if refusal.is_about_input() => Ok(back(&ask, id, &refusal)),
                Err(refusal) => Err(refusal),
            };
        }
        _ => return Err(Refusal::new(&codes::INVALID)),
    };
    match done {
        Ok(words) => Ok(page::go(
            urls::EditApp { app: id },
            Some(Flash::done(ask.text.t(words))),
        )),
        Err(refusal) if refusal.is_about_input() => Ok(back(&ask, id, &refusal)),
        Err(refusal) => Err(refusal),
    }
}

fn back(ask: &Ask, id: AppId, refusal: &Refusal) -> Response {
    let words = refusal.sentence(&ask.text);
    page::go(urls::EditApp { app: id }, Some(Flash::refused(words)))
}

/// What the form of a test sign-in sends.
#[derive(Deserialize)]
pub struct TestFields {
    #[serde(default)]
    handle: String,
}

/// *Test sign-in*: away to the platform.
pub async fn test(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
    Form(given): Form<TestFields>,
) -> Outcome<Response> {
    let row = apps::one(&web, &guard, id).await?;
    let handle = Some(given.handle.trim().to_owned()).filter(|handle| !handle.is_empty());
    match app_care::try_it(&web, &guard, id, handle).await {
        Ok(begun) => Ok(page::leave(&ask.text, &begun.url, row.app.flow.name())),
        Err(refusal) if refusal.is_about_input() => {
            let fields = AppFields::of(&row);
            Ok(page::again(
                &refusal,
                &view(&web, &guard, &ask, &row, &fields, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}

/// What the page is made of.
struct Seen<'a> {
    web: &'a Web,
    text: &'a Text,
    row: &'a AppRow,
    own: bool,
}

impl Seen<'_> {
    fn when(&self, at: domain::Timestamp) -> When {
        When::relative(self.text, at, self.web.now(), &TimeZone::UTC)
    }

    fn act(&self, key: &str, what: &str) -> Action {
        let to = urls::AppDo {
            app: self.row.app.id,
        };
        Action::post(self.text.t(key), to.to_string()).with("what", what)
    }

    fn secret(&self, title: &str, secret: &SecretUse, action: Option<Action>) -> Secret {
        let (key, tone) = match secret.state() {
            SecretState::Untried => ("apps-secret-untried", "grey"),
            SecretState::Taken => ("apps-secret-taken", "green"),
            SecretState::Refused => ("apps-secret-refused", "amber"),
        };
        let lines = [
            ("apps-secret-since", secret.added_at),
            ("apps-secret-taken-at", secret.taken_at),
            ("apps-secret-refused-at", secret.refused_at),
        ];
        Secret {
            title: self.text.t(title),
            state: self.text.t(key),
            tone,
            lines: lines
                .into_iter()
                .filter_map(|(key, at)| Some((self.text.t(key), self.when(at?))))
                .collect(),
            action,
        }
    }

    fn secrets(&self) -> Vec<Secret> {
        let Some(previous) = &self.row.previous else {
            if self.row.secret_sealed.is_none() {
                return Vec::new();
            }
            return vec![self.secret("apps-secret-only", &self.row.secret, None)];
        };
        let button = |key: &str, what: &str| self.own.then(|| self.act(key, what).small());
        vec![
            self.secret(
                "apps-secret-newest",
                &self.row.secret,
                button("apps-secret-take-back", "forget_current"),
            ),
            self.secret(
                "apps-secret-before",
                &previous.secret,
                button("apps-secret-forget", "forget_previous"),
            ),
        ]
    }

    fn notes(&self) -> Vec<(String, &'static str)> {
        let mut notes = Vec::new();
        match self.row.retired {
            Some((_, RetiredWhy::Person)) => {
                notes.push((self.text.t("apps-retired-words"), "grey"));
            }
            Some((_, RetiredWhy::Settings)) => {
                notes.push((self.text.t("apps-retired-by-settings"), "amber"));
            }
            None => {}
        }
        let client = &self.row.app.client_id;
        let public = self.web.settings.public_url.as_str().trim_end_matches('/');
        if client.starts_with("https://") && !client.starts_with(public) {
            let words = self.text.t1("apps-moved", "address", client.as_str());
            notes.push((words, "amber"));
        }
        notes
    }

    fn actions(&self, logins: u64, usual: bool) -> Vec<Action> {
        let mut actions = Vec::new();
        if !usual && self.row.takes_sign_ins() {
            actions.push(self.act("apps-make-usual", "default"));
        }
        if !self.own {
            return actions;
        }
        actions.push(if self.row.retired.is_some() {
            self.act("apps-take-up", "take_up")
        } else {
            self.act("apps-retire", "retire")
        });
        if logins == 0 {
            actions.push(self.act("apps-remove", "remove").danger());
        }
        actions
    }

    fn login(&self, line: &Through) -> Login {
        let channel = line.channel.as_ref();
        Login {
            person: line.person_name.clone(),
            handle: channel
                .map(|(_, handle)| at_handle(handle))
                .unwrap_or_else(|| self.text.t("apps-no-channel")),
            href: channel.map(|(id, _)| urls::Channel { channel: *id }.to_string()),
            when: self.when(line.signed_in_at),
        }
    }

    /// What a change of the client id would end, if the form has one.
    fn confirm(&self, given: &AppFields, n: u64) -> Option<Confirm> {
        let other = given.client_id.trim() != self.row.app.client_id;
        let registered = self.row.secret_sealed.is_some();
        if !other || !registered || n == 0 {
            return None;
        }
        let new = urls::NewApp {
            platform: self.row.app.platform.to_string(),
            flow: self.row.app.flow.to_string(),
        };
        Some(Confirm {
            words: self.text.t1("apps-ends-logins", "n", n),
            label: self.text.t1("apps-ends-confirm", "n", n),
            n,
            instead: Action::link(self.text.t("apps-add-instead"), new.to_string()).small(),
        })
    }
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    row: &AppRow,
    given: &AppFields,
    refusal: Option<&Refusal>,
) -> Outcome<OnePage> {
    let text = &ask.text;
    let (id, own) = (row.app.id, row.app.owner != AppOwner::Installation);
    let facts = apps::flow_facts(row.app.platform, row.app.flow)?;
    let seen = Seen {
        web,
        text,
        row,
        own,
    };
    let mut lines = app_care::logins(web, guard, id).await?;
    let count = app_care::sign_ins(&lines);
    app_care::seen_only(web, guard, &mut lines).await?;
    let offered = app_care::offered(web, guard).await?;
    let usual = offered
        .iter()
        .find(|other| (other.app.platform, other.app.flow) == (row.app.platform, row.app.flow))
        .is_some_and(|other| other.app.id == id);
    let keys = app_keys::list(web, row).await?;
    let words = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let said = refusal.filter(|refusal| refusal.fields().is_empty());
    let more = lines.len().saturating_sub(LISTED);
    let secret_field = (own && facts.needs_secret && row.previous.is_none()).then(|| {
        Field::text("client_secret", text.t("apps-secret-new"))
            .kind("password")
            .autocomplete("off")
            .hint(text.t("apps-secret-new-hint"))
            .error(words("client_secret"))
    });
    let handle = facts.needs_handle.then(|| {
        Field::text("handle", text.t("preview-handle"))
            .hint(text.t("preview-handle-hint"))
            .error(words("handle"))
    });
    let mut key_actions = Vec::new();
    if own && !keys.is_empty() {
        key_actions.push(seen.act("apps-key-add", "add_key").small());
        if keys.iter().skip(1).any(|key| key.logins == 0) {
            key_actions.push(seen.act("apps-keys-drop", "drop_keys").small());
        }
    }
    Ok(OnePage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Apps),
        title: app_name(text, row),
        sub: flow_title(text, row.app.platform, row.app.flow),
        client_id: row.app.client_id.clone(),
        redirect_uri: row.app.redirect_uri.clone(),
        notes: seen.notes(),
        said: said
            .map(|refusal| refusal.sentence(text))
            .unwrap_or_default(),
        own,
        action: urls::EditApp { app: id }.to_string(),
        fields: fields(text, facts, given, false, refusal),
        confirm: seen.confirm(given, count),
        submit: Action::submit(text.t("settings-save")).primary(),
        checks: ticks(text, app_care::checks_of(web, row)?),
        test: urls::AppTest { app: id }.to_string(),
        handle,
        secrets: seen.secrets(),
        secret_action: urls::AppSecret { app: id }.to_string(),
        secret_field,
        keys: keys
            .iter()
            .map(|key| {
                (
                    key.name.clone(),
                    text.t1("apps-key-logins", "n", key.logins),
                )
            })
            .collect(),
        key_actions,
        logins: lines
            .iter()
            .take(LISTED)
            .map(|line| seen.login(line))
            .collect(),
        logins_more: if more > 0 {
            text.t1("apps-logins-more", "n", more)
        } else {
            String::new()
        },
        actions: seen.actions(count, usual),
        back: Action::link(text.t("settings-apps"), urls::Apps.to_string())
            .quiet()
            .icon("arrow-left"),
    })
}
