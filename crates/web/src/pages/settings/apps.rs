//! Apps in the settings: our registrations at platforms, the installation's and this workspace's own.

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
use crate::actions::apps::{self, AppInput};
use crate::components::{Action, Field, Html, Tabs, mark, platform_name};
use crate::extract::{Form, Path};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
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
    add: Option<Action>,
}

struct Line {
    client_id: String,
    owner: String,
    scopes: String,
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
    submit: Action,
    back: Action,
}

/// What the form sends.
#[derive(Deserialize, Default)]
pub struct AppFields {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    scopes: String,
}

impl AppFields {
    fn input(&self) -> AppInput {
        let secret = Some(self.client_secret.trim()).filter(|secret| !secret.is_empty());
        AppInput {
            client_id: self.client_id.clone(),
            secret: secret.map(|secret| SecretString::from(secret.to_owned())),
            scopes: self
                .scopes
                .split([' ', ',', '\n', '\r'])
                .map(str::to_owned)
                .collect(),
        }
    }

    fn of(row: &AppRow) -> Self {
        Self {
            client_id: row.app.client_id.clone(),
            client_secret: String::new(),
            scopes: row.app.scopes.join(" "),
        }
    }
}

/// The list.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let known = apps::list(&web, &guard).await?;
    let may = guard.may(May::Administer, None);
    let flows = apps::flows()
        .into_iter()
        .map(|(platform, flow)| flow_view(text, &known, may, platform, flow))
        .collect();
    let frame = page::frame(&web, &guard, &ask, Entry::Settings).await?;
    Ok(page::show(&AppsPage {
        frame,
        tabs: tabs(&guard, text, Part::Apps),
        flows,
    }))
}

fn flow_view(
    text: &Text,
    known: &[AppRow],
    may: bool,
    platform: Platform,
    flow: &FlowFacts,
) -> Flow {
    let rows = known
        .iter()
        .filter(|row| (row.app.platform, row.app.flow) == (platform, flow.flow))
        .map(|row| {
            let own = row.app.owner != AppOwner::Installation;
            let edit = Action::link(
                text.t("sets-edit"),
                urls::EditApp { app: row.app.id }.to_string(),
            )
            .small();
            Line {
                client_id: row.app.client_id.clone(),
                owner: text.t(if own {
                    "apps-owner-workspace"
                } else {
                    "apps-owner-house"
                }),
                scopes: row.app.scopes.join(", "),
                edit: (own && may).then_some(edit),
            }
        })
        .collect();
    let new = urls::NewApp {
        platform: platform.to_string(),
        flow: flow.flow.to_string(),
    };
    Flow {
        drawn: mark(platform.as_str()),
        title: flow_title(text, platform, flow.flow),
        rows,
        add: may.then(|| {
            Action::link(text.t("apps-add"), new.to_string())
                .small()
                .icon("plus")
                .spoken(format!(
                    "{}: {}",
                    text.t("apps-add"),
                    flow_title(text, platform, flow.flow)
                ))
        }),
    }
}

fn flow_title(text: &Text, platform: Platform, flow: LoginFlow) -> String {
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
    let which = Which {
        platform,
        flow,
        app: None,
    };
    Ok(page::show(
        &view(&web, &guard, &ask, &which, &AppFields::default(), None).await?,
    ))
}

/// A new app.
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path((platform, flow)): Path<(Platform, LoginFlow)>,
    Form(given): Form<AppFields>,
) -> Outcome<Response> {
    match apps::create(&web, &guard, platform, flow, &given.input(), Keep::Yes).await {
        Ok(_) => Ok(page::go(
            urls::Apps,
            Some(Flash::done(ask.text.t("apps-added"))),
        )),
        Err(refusal) if refusal.is_about_input() => {
            let which = Which {
                platform,
                flow,
                app: None,
            };
            Ok(page::again(
                &refusal,
                &view(&web, &guard, &ask, &which, &given, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}

/// One app's form.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
) -> Outcome<Response> {
    let row = apps::one(&web, &guard, id).await?;
    let which = Which {
        platform: row.app.platform,
        flow: row.app.flow,
        app: Some(id),
    };
    Ok(page::show(
        &view(&web, &guard, &ask, &which, &AppFields::of(&row), None).await?,
    ))
}

/// Another client id, secret or scopes.
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<AppId>,
    Form(given): Form<AppFields>,
) -> Outcome<Response> {
    match apps::change(&web, &guard, id, &given.input(), Keep::Yes).await {
        Ok(_) => Ok(page::go(
            urls::Apps,
            Some(Flash::done(ask.text.t("settings-saved"))),
        )),
        Err(refusal) if refusal.is_about_input() => {
            let row = apps::one(&web, &guard, id).await?;
            let which = Which {
                platform: row.app.platform,
                flow: row.app.flow,
                app: Some(id),
            };
            Ok(page::again(
                &refusal,
                &view(&web, &guard, &ask, &which, &given, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}

struct Which {
    platform: Platform,
    flow: LoginFlow,
    app: Option<AppId>,
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    which: &Which,
    given: &AppFields,
    refusal: Option<&Refusal>,
) -> Outcome<AppPage> {
    let text = &ask.text;
    let facts = apps::flow_facts(which.platform, which.flow)?;
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let bluesky = which.platform == Platform::Bluesky;
    let mut fields = Vec::new();
    if !bluesky {
        fields.push(
            Field::text("client_id", text.t("apps-client-id"))
                .value(&given.client_id)
                .error(wrong("client_id")),
        );
    }
    if facts.needs_secret {
        let hint = text.t(if which.app.is_some() {
            "apps-secret-keep"
        } else {
            "apps-secret-hint"
        });
        let field = Field::text("client_secret", text.t("apps-secret"))
            .kind("password")
            .autocomplete("off")
            .hint(hint);
        let field = field.error(wrong("client_secret"));
        fields.push(if which.app.is_some() {
            field.optional()
        } else {
            field
        });
    }
    let usual: Vec<&str> = facts.scopes.iter().map(|scope| scope.scope).collect();
    fields.push(
        Field::text("scopes", text.t("apps-scopes"))
            .value(&given.scopes)
            .hint(text.t1("apps-scopes-hint", "scopes", usual.join(" ")))
            .error(wrong("scopes"))
            .optional(),
    );
    let action = match which.app {
        Some(app) => urls::EditApp { app }.to_string(),
        None => urls::NewApp {
            platform: which.platform.to_string(),
            flow: which.flow.to_string(),
        }
        .to_string(),
    };
    let said = refusal
        .filter(|refusal| refusal.fields().is_empty())
        .map(|refusal| refusal.sentence(text));
    Ok(AppPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Apps),
        title: flow_title(text, which.platform, which.flow),
        redirect_uri: apps::redirect_uri(web, which.platform),
        ours: if bluesky {
            text.t("apps-bluesky")
        } else {
            String::new()
        },
        said: said.unwrap_or_default(),
        action,
        fields,
        submit: Action::submit(text.t("settings-save")).primary(),
        back: Action::link(text.t("cancel"), urls::Apps.to_string()).quiet(),
    })
}
