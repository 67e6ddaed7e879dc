//! What to create at a platform and what to copy where, for each of its flows, with the field check of the apps that
//! are there. Written from the platforms' own documents; what is not confirmed is said to be so.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::platform::{LoginFlow, Platform};
use platforms::facts::FlowFacts;

use super::apps::{app_name, flow_title, ticks};
use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::{app_care, apps};
use crate::components::{Action, Tabs, Ticks, platform_name};
use crate::extract::Path;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::connect::why;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/app_set_up.html")]
struct SetUpPage {
    frame: Frame,
    tabs: Tabs,
    title: String,
    flows: Vec<Flow>,
    back: Action,
}

/// One way to sign in.
struct Flow {
    title: String,
    steps: Vec<String>,
    copies: Vec<Copied>,
    scopes: Vec<Scope>,
    apps: Vec<There>,
    add: Action,
}

/// A value that is copied to the platform.
struct Copied {
    label: String,
    value: String,
    hint: String,
}

struct Scope {
    name: &'static str,
    why: String,
    needed: bool,
}

/// An app that is there already.
struct There {
    name: String,
    checks: Ticks,
    open: Action,
}

/// The page of a platform.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(platform): Path<Platform>,
) -> Outcome<Response> {
    let text = &ask.text;
    let adapter = platforms::registry::get(platform).ok_or_else(Refusal::not_found)?;
    let known = apps::list(&web, &guard).await?;
    let mut flows = Vec::new();
    for facts in adapter.facts().flows {
        let mut there = Vec::new();
        for row in &known {
            if (row.app.platform, row.app.flow) != (platform, facts.flow) {
                continue;
            }
            there.push(There {
                name: app_name(text, row),
                checks: ticks(text, app_care::checks_of(&web, row)?),
                open: Action::link(
                    text.t("apps-open"),
                    urls::EditApp { app: row.app.id }.to_string(),
                )
                .small()
                .spoken(format!(
                    "{}: {}",
                    text.t("apps-open"),
                    app_name(text, row)
                )),
            });
        }
        flows.push(flow(&web, text, platform, facts, there));
    }
    let name = platform_name(text, platform.as_str());
    Ok(page::show(&SetUpPage {
        frame: page::frame(&web, &guard, &ask, Entry::Settings).await?,
        tabs: tabs(&guard, text, Part::Apps),
        title: text.t1("set-up-title", "platform", name),
        flows,
        back: Action::link(text.t("settings-apps"), urls::Apps.to_string())
            .quiet()
            .icon("arrow-left"),
    }))
}

fn flow(
    web: &Web,
    text: &Text,
    platform: Platform,
    facts: &'static FlowFacts,
    apps: Vec<There>,
) -> Flow {
    let steps = text.t(steps_of(platform, facts.flow));
    let new = urls::NewApp {
        platform: platform.to_string(),
        flow: facts.flow.to_string(),
    };
    let title = flow_title(text, platform, facts.flow);
    Flow {
        steps: steps
            .lines()
            .map(str::trim)
            .filter(|step| !step.is_empty())
            .map(str::to_owned)
            .collect(),
        copies: copies(web, text, platform, facts),
        scopes: facts
            .scopes
            .iter()
            .map(|scope| Scope {
                name: scope.scope,
                why: why(text, scope.why),
                needed: scope.needed_to_post,
            })
            .collect(),
        apps,
        add: Action::link(text.t("apps-add"), new.to_string())
            .icon("plus")
            .spoken(format!("{}: {title}", text.t("apps-add"))),
        title,
    }
}

/// The steps of a flow.
const fn steps_of(platform: Platform, flow: LoginFlow) -> &'static str {
    match (platform, flow) {
        (Platform::Facebook, _) => "set-up-facebook-facebook",
        (Platform::Instagram, LoginFlow::Facebook) => "set-up-instagram-facebook",
        (Platform::Instagram, _) => "set-up-instagram-instagram",
        (Platform::Bluesky, _) => "set-up-bluesky-bluesky",
        _ => "set-up-elsewhere",
    }
}

fn copies(web: &Web, text: &Text, platform: Platform, facts: &FlowFacts) -> Vec<Copied> {
    let copied = |label: &str, value: String, hint: &str| Copied {
        label: text.t(label),
        value,
        hint: text.t(hint),
    };
    let public = web.settings.public_url.as_str().trim_end_matches('/');
    if platform == Platform::Bluesky {
        return vec![copied(
            "apps-public-address",
            public.to_owned(),
            "set-up-bluesky-address-hint",
        )];
    }
    let scopes: Vec<&str> = facts.scopes.iter().map(|scope| scope.scope).collect();
    vec![
        copied(
            "apps-redirect",
            apps::redirect_uri(web, platform),
            "apps-redirect-hint",
        ),
        copied("apps-scopes", scopes.join(","), "set-up-scopes-hint"),
        copied("set-up-domain", public.to_owned(), "set-up-domain-hint"),
    ]
}
