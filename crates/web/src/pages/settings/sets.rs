//! Social sets: the list with a form for a new one, and one set's form.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::SocialSetId;
use domain::member::Action as May;
use serde::Deserialize;
use storage::sets::SocialSet;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::sets::{self, SetInput};
use crate::components::{Action, Field, Tabs};
use crate::extract::{Form, Path};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::pages::first_start::zone_field;
use crate::problem::{Outcome, Refusal, codes};
use crate::state::{Keep, Web};
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/sets.html")]
struct SetsPage {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<SetRow>,
    form: Option<SetForm>,
}

struct SetRow {
    name: String,
    zone: String,
    lateness: String,
    edit: Action,
}

#[derive(Template)]
#[template(path = "pages/settings/set.html")]
struct SetPage {
    frame: Frame,
    tabs: Tabs,
    name: String,
    form: SetForm,
    changed_meanwhile: bool,
    may_change: bool,
}

struct SetForm {
    action: String,
    version: String,
    fields: Vec<Field>,
    submit: Action,
}

/// What a form sends.
#[derive(Deserialize)]
pub struct SetFields {
    name: String,
    zone: String,
    /// As it was typed: what is no number is told in the form, with the rest kept.
    #[serde(default)]
    lateness_minutes: String,
    /// The version that the form was filled from.
    #[serde(default)]
    version: String,
}

impl SetFields {
    fn input(&self) -> SetInput {
        SetInput {
            name: self.name.clone(),
            zone: self.zone.clone(),
            lateness_minutes: match self.lateness_minutes.trim() {
                "" => sets::LATENESS_MINUTES,
                // Out of every range, and refused as that.
                typed => typed.parse().unwrap_or(i64::MIN),
            },
        }
    }

    fn of(set: &SocialSet) -> Self {
        Self {
            name: set.name.clone(),
            zone: set.zone.name().to_owned(),
            lateness_minutes: (set.lateness_limit_ms / 60_000).to_string(),
            version: sets::version(set),
        }
    }
}

fn form(
    text: &Text,
    action: String,
    given: &SetFields,
    refusal: Option<&Refusal>,
    submit: &str,
) -> SetForm {
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let minutes = match given.lateness_minutes.as_str() {
        "" => sets::LATENESS_MINUTES.to_string(),
        typed => typed.to_owned(),
    };
    SetForm {
        action,
        version: given.version.clone(),
        fields: vec![
            Field::text("name", text.t("settings-name"))
                .value(&given.name)
                .error(wrong("name")),
            zone_field("zone", &given.zone, &wrong("zone"), text),
            Field::text("lateness_minutes", text.t("sets-lateness"))
                .kind("number")
                .value(minutes)
                .hint(text.t("sets-lateness-hint"))
                .error(wrong("lateness_minutes")),
        ],
        submit: Action::submit(submit).primary(),
    }
}

/// The list.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let zone = crate::actions::workspace::one(&web, &guard)
        .await?
        .zone
        .name()
        .to_owned();
    let empty = SetFields {
        name: String::new(),
        zone,
        lateness_minutes: String::new(),
        version: String::new(),
    };
    Ok(page::show(
        &list_view(&web, &guard, &ask, &empty, None).await?,
    ))
}

async fn list_view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    given: &SetFields,
    refusal: Option<&Refusal>,
) -> Outcome<SetsPage> {
    let text = &ask.text;
    let rows = sets::list(web, guard)
        .await?
        .into_iter()
        .map(|set| SetRow {
            edit: Action::link(
                text.t("sets-edit"),
                urls::EditSet { set: set.id }.to_string(),
            )
            .small()
            .spoken(text.t1("sets-edit-spoken", "name", &set.name)),
            lateness: text.t1("sets-minutes", "n", set.lateness_limit_ms / 60_000),
            zone: set.zone.name().replace('_', " "),
            name: set.name,
        })
        .collect();
    let new = || {
        form(
            text,
            urls::SetSettings.to_string(),
            given,
            refusal,
            &text.t("sets-create"),
        )
    };
    Ok(SetsPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Sets),
        rows,
        form: guard.may(May::Manage, None).then(new),
    })
}

/// A new set.
pub async fn create(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(given): Form<SetFields>,
) -> Outcome<Response> {
    match sets::create(&web, &guard, &given.input(), Keep::Yes).await {
        Ok(set) => Ok(page::go(
            urls::SetSettings,
            Some(Flash::done(ask.text.t1("sets-created", "name", set.name))),
        )),
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &list_view(&web, &guard, &ask, &given, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

/// One set's form.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<SocialSetId>,
) -> Outcome<Response> {
    let set = sets::one(&web, &guard, id).await?;
    Ok(page::show(
        &set_view(&web, &guard, &ask, &set, &SetFields::of(&set), None).await?,
    ))
}

async fn set_view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    set: &SocialSet,
    given: &SetFields,
    refusal: Option<&Refusal>,
) -> Outcome<SetPage> {
    let text = &ask.text;
    let action = urls::EditSet { set: set.id }.to_string();
    Ok(SetPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Sets),
        name: set.name.clone(),
        form: form(text, action, given, refusal, &text.t("settings-save")),
        changed_meanwhile: refusal
            .is_some_and(|refusal| *refusal.code() == codes::CHANGED_MEANWHILE),
        may_change: guard.may(May::Manage, Some(set.id)),
    })
}

/// Another name, zone or limit. A form that was filled from an older version is shown again with what
/// was typed, and says so; sent once more it goes through.
pub async fn change(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<SocialSetId>,
    Form(mut given): Form<SetFields>,
) -> Outcome<Response> {
    let seen = sets::unchanged_since(given.version.clone());
    match sets::change(&web, &guard, id, &given.input(), seen, Keep::Yes).await {
        Ok(_) => Ok(page::go(
            urls::SetSettings,
            Some(Flash::done(ask.text.t("settings-saved"))),
        )),
        Err(refusal) if refusal.is_about_input() => {
            let set = sets::one(&web, &guard, id).await?;
            given.version = sets::version(&set);
            Ok(page::again(
                &refusal,
                &set_view(&web, &guard, &ask, &set, &given, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}
