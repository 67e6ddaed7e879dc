//! Apps in the settings: our registrations at platforms, the installation's and this workspace's own.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::app::AppOwner;
use domain::ids::AppId;
use domain::member::Action as May;
use domain::platform::{LoginFlow, Platform};
use platforms::facts::FlowFacts;
use secrecy::SecretString;
use serde::Deserialize;
use storage::apps::AppRow;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::app_care;
use crate::actions::app_checks::{Checked, Verdict};
use crate::actions::apps::{self, AppInput};
use crate::actions::troubles::{self, AppTrouble};
use crate::components::{Action, Field, Html, Tabs, Tick, TickState, Ticks, mark, platform_name};
use crate::extract::{Form, Path};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::pages::help::cause_title;
use crate::problem::{Outcome, Refusal};
use crate::state::{Keep, Web};
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/apps.html")]
struct AppsPage {
    frame: Frame,
    tabs: Tabs,
    flows: Vec<Flow>,
}

/// One way to sign in, with its apps.
struct Flow {
    drawn: Html,
    title: String,
    rows: Vec<Line>,
    guide: Option<Action>,
    add: Option<Action>,
}

struct Line {
    name: String,
    client_id: String,
    owner: String,
    state: Vec<String>,
    edit: Option<Action>,
}

#[derive(Template)]
#[template(path = "pages/settings/app.html")]
struct AppPage {
    frame: Frame,
    tabs: Tabs,
    title: String,
    redirect_uri: String,
    ours: String,
    said: String,
    action: String,
    fields: Vec<Field>,
    checks: Option<Ticks>,
    submit: Action,
    back: Action,
    guide: Action,
}

/// What the form sends.
#[derive(Deserialize, Default)]
pub struct AppFields {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    scopes: String,
    /// Only look at the fields.
    #[serde(default)]
    pub(super) check: String,
    /// How many sign-ins may end.
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    pub(super) confirm_ends: Option<u64>,
}

impl AppFields {
    pub(super) fn input(&self) -> AppInput {
        let secret = Some(self.client_secret.trim()).filter(|secret| !secret.is_empty());
        AppInput {
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            secret: secret.map(|secret| SecretString::from(secret.to_owned())),
            scopes: self
                .scopes
                .split([' ', ',', '\n', '\r'])
                .map(str::trim)
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    pub(super) fn of(row: &AppRow) -> Self {
        Self {
            name: row.name.clone(),
            client_id: row.app.client_id.clone(),
            scopes: row.app.scopes.join(" "),
            ..Self::default()
        }
    }
}

/// The list.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let offered = app_care::offered(&web, &guard).await?;
    let lines = Lines {
        text,
        known: apps::list(&web, &guard).await?,
        offered,
        used: app_care::used(&web, &guard).await?,
        troubles: troubles::list(&web, &guard).await?,
        may: guard.may(May::Administer, None),
    };
    let flows = apps::flows()
        .into_iter()
        .map(|(platform, flow)| lines.flow(platform, flow))
        .collect();
    let frame = page::frame(&web, &guard, &ask, Entry::Settings).await?;
    Ok(page::show(&AppsPage {
        frame,
        tabs: tabs(&guard, text, Part::Apps),
        flows,
    }))
}

/// What the list is made of.
struct Lines<'a> {
    text: &'a Text,
    known: Vec<AppRow>,
    offered: Vec<AppRow>,
    used: BTreeMap<AppId, u64>,
    troubles: Vec<AppTrouble>,
    may: bool,
}

impl Lines<'_> {
    fn flow(&self, platform: Platform, flow: &FlowFacts) -> Flow {
        let text = self.text;
        let of_flow = |row: &&AppRow| (row.app.platform, row.app.flow) == (platform, flow.flow);
        let usual = self.offered.iter().find(of_flow).map(|row| row.app.id);
        let rows: Vec<Line> = self
            .known
            .iter()
            .filter(of_flow)
            .map(|row| self.line(row, usual == Some(row.app.id)))
            .collect();
        let title = flow_title(text, platform, flow.flow);
        let new = urls::NewApp {
            platform: platform.to_string(),
            flow: flow.flow.to_string(),
        };
        let guide = urls::AppSetUp {
            platform: platform.to_string(),
        };
        let action = |words: String, href: String| {
            let spoken = format!("{words}: {title}");
            Action::link(words, href).small().spoken(spoken)
        };
        Flow {
            drawn: mark(platform.as_str()),
            rows,
            guide: self
                .may
                .then(|| action(text.t("apps-guide"), guide.to_string()).quiet()),
            add: self
                .may
                .then(|| action(text.t("apps-add"), new.to_string()).icon("plus")),
            title,
        }
    }

    fn line(&self, row: &AppRow, usual: bool) -> Line {
        let text = self.text;
        let own = row.app.owner != AppOwner::Installation;
        let mut state = Vec::new();
        if usual {
            state.push(text.t("apps-usual"));
        }
        if let Some(trouble) = troubles::of(&self.troubles, row.app.id) {
            let why = cause_title(text, trouble.breaker.cause);
            state.push(text.t2(
                "apps-in-trouble",
                "why",
                why,
                "n",
                i64::from(trouble.waiting),
            ));
        }
        if row.retired.is_some() {
            state.push(text.t("apps-retired"));
        }
        if row.previous.is_some() {
            state.push(text.t("apps-two-secrets"));
        }
        let signed_in = self.used.get(&row.app.id).copied().unwrap_or_default();
        state.push(text.t1("apps-signed-in", "n", signed_in));
        let edit = Action::link(
            text.t("apps-open"),
            urls::EditApp { app: row.app.id }.to_string(),
        )
        .small()
        .spoken(format!("{}: {}", text.t("apps-open"), app_name(text, row)));
        Line {
            name: app_name(text, row),
            client_id: row.app.client_id.clone(),
            owner: text.t(if own {
                "apps-owner-workspace"
            } else {
                "apps-owner-house"
            }),
            state,
            edit: self.may.then_some(edit),
        }
    }
}

/// What an app is called; one that nobody has named is called after its owner.
pub(crate) fn app_name(text: &Text, row: &AppRow) -> String {
    if !row.name.is_empty() {
        return row.name.clone();
    }
    text.t(if row.app.owner == AppOwner::Installation {
        "apps-unnamed-house"
    } else {
        "apps-unnamed"
    })
}

pub(super) fn flow_title(text: &Text, platform: Platform, flow: LoginFlow) -> String {
    let through = text.t1("apps-through", "flow", flow.name());
    format!("{} ({through})", platform_name(text, platform.as_str()))
}

/// An empty form.
pub async fn new(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path((platform, flow)): Path<(Platform, LoginFlow)>,
) -> Outcome<Response> {
    let given = AppFields::default();
    Ok(page::show(
        &view(&web, &guard, &ask, (platform, flow), &given, None).await?,
    ))
}

/// A new app, or only a look at its fields.
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path((platform, flow)): Path<(Platform, LoginFlow)>,
    Form(given): Form<AppFields>,
) -> Outcome<Response> {
    if !given.check.is_empty() {
        return Ok(page::show(
            &view(&web, &guard, &ask, (platform, flow), &given, None).await?,
        ));
    }
    match apps::create(&web, &guard, platform, flow, &given.input(), Keep::Yes).await {
        Ok(row) => Ok(page::go(
            urls::EditApp { app: row.app.id },
            Some(Flash::done(ask.text.t("apps-added"))),
        )),
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &view(&web, &guard, &ask, (platform, flow), &given, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

/// The fields of an app's form; `secret` where it is asked for here.
pub(super) fn fields(
    text: &Text,
    facts: &FlowFacts,
    given: &AppFields,
    secret: bool,
    refusal: Option<&Refusal>,
) -> Vec<Field> {
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let mut fields = vec![
        Field::text("name", text.t("apps-name"))
            .value(&given.name)
            .hint(text.t("apps-name-hint"))
            .error(wrong("name"))
            .optional(),
    ];
    if facts.flow != LoginFlow::Bluesky {
        fields.push(
            Field::text("client_id", text.t("apps-client-id"))
                .value(&given.client_id)
                .error(wrong("client_id")),
        );
    }
    if secret && facts.needs_secret {
        fields.push(
            Field::text("client_secret", text.t("apps-secret"))
                .kind("password")
                .autocomplete("off")
                .hint(text.t("apps-secret-hint"))
                .error(wrong("client_secret")),
        );
    }
    let usual: Vec<&str> = facts.scopes.iter().map(|scope| scope.scope).collect();
    fields.push(
        Field::text("scopes", text.t("apps-scopes"))
            .value(&given.scopes)
            .hint(text.t1("apps-scopes-hint", "scopes", usual.join(" ")))
            .error(wrong("scopes"))
            .optional(),
    );
    fields
}

/// The field check as ticks.
pub(super) fn ticks(text: &Text, all: Vec<Checked>) -> Ticks {
    let tick = |checked: Checked| {
        let state = match checked.verdict {
            Verdict::Right => TickState::Done,
            Verdict::Wrong => TickState::Failed,
            Verdict::Unsure => TickState::Wait,
        };
        let label = text.t(match checked.field {
            "client_id" => "apps-client-id",
            "client_secret" => "apps-secret",
            "redirect_uri" => "apps-redirect",
            "public_address" => "apps-public-address",
            _ => "apps-scopes",
        });
        Tick::new(label, checked.words.say(text), state)
    };
    Ticks {
        text: text.clone(),
        ticks: all.into_iter().map(tick).collect(),
    }
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    (platform, flow): (Platform, LoginFlow),
    given: &AppFields,
    refusal: Option<&Refusal>,
) -> Outcome<AppPage> {
    let text = &ask.text;
    let facts = apps::flow_facts(platform, flow)?;
    let said = refusal
        .filter(|refusal| refusal.fields().is_empty())
        .map(|refusal| refusal.sentence(text));
    let checks = if given.check.is_empty() {
        None
    } else {
        let found = app_care::checks_for(web, platform, flow, &given.input())?;
        Some(ticks(text, found))
    };
    let action = urls::NewApp {
        platform: platform.to_string(),
        flow: flow.to_string(),
    };
    let guide = urls::AppSetUp {
        platform: platform.to_string(),
    };
    Ok(AppPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Apps),
        title: flow_title(text, platform, flow),
        redirect_uri: apps::redirect_uri(web, platform),
        ours: if platform == Platform::Bluesky {
            text.t("apps-bluesky")
        } else {
            String::new()
        },
        said: said.unwrap_or_default(),
        action: action.to_string(),
        fields: fields(text, facts, given, true, refusal),
        checks,
        submit: Action::submit(text.t("settings-save")).primary(),
        back: Action::link(text.t("cancel"), urls::Apps.to_string()).quiet(),
        guide: Action::link(text.t("apps-guide"), guide.to_string()).quiet(),
    })
}
