//! "Hold all posts": what holds now, and a form to begin a hold.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::{HoldId, SocialSetId};
use domain::member::Action as May;
use serde::Deserialize;

use super::{Part, tabs};
use crate::access::Guard;
use crate::actions::holds::{self, HoldInput};
use crate::actions::{sets, workspace};
use crate::components::{Action, Empty, Field, Select, Tabs, When};
use crate::extract::{Form, Path, parsed};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, Words};
use crate::state::{Keep, Web};
use crate::urls;

#[derive(Template)]
#[template(path = "pages/settings/holds.html")]
struct HoldsPage {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<HoldRow>,
    empty: Empty,
    form: Option<HoldFormView>,
}

struct HoldRow {
    reason: String,
    set: String,
    since: When,
    until: Option<When>,
    end: Option<Action>,
}

struct HoldFormView {
    action: String,
    set: Select,
    fields: Vec<Field>,
    submit: Action,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct HoldForm {
    #[serde(default, deserialize_with = "parsed")]
    social_set: Option<SocialSetId>,
    reason: String,
    /// A wall-clock time in the zone of the set or workspace, or nothing.
    #[serde(default)]
    until: String,
}

/// The list.
pub async fn list(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let form = HoldForm {
        social_set: guard.current_set(),
        reason: String::new(),
        until: String::new(),
    };
    Ok(page::show(&view(&web, &guard, &ask, &form, None).await?))
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    form: &HoldForm,
    refusal: Option<&Refusal>,
) -> Outcome<HoldsPage> {
    let text = &ask.text;
    let known = sets::list(web, guard).await?;
    let zone = workspace::one(web, guard).await?.zone;
    let now = web.now();
    let rows = holds::list(web, guard)
        .await?
        .into_iter()
        .map(|hold| HoldRow {
            set: hold
                .set
                .and_then(|set| known.iter().find(|other| other.id == set))
                .map_or_else(|| text.t("holds-whole"), |set| set.name.clone()),
            since: When::relative(text, hold.begun_at, now, zone.tz()),
            until: hold
                .until
                .map(|until| When::day_and_time(text, until, now, zone.tz())),
            end: guard.may(May::Publish, hold.set).then(|| {
                Action::post(
                    text.t("holds-end"),
                    urls::EndHold { hold: hold.id }.to_string(),
                )
                .small()
            }),
            reason: hold.reason,
        })
        .collect();
    let mut options = Vec::new();
    if guard.may(May::Publish, None) {
        options.push((String::new(), text.t("holds-whole")));
    }
    let holdable = known
        .into_iter()
        .filter(|set| guard.may(May::Publish, Some(set.id)));
    options.extend(holdable.map(|set| (set.id.to_string(), set.name)));
    let wrong = |field: &str| {
        refusal
            .map(|refusal| refusal.field_words(field, text))
            .unwrap_or_default()
    };
    let new = HoldFormView {
        action: urls::Holds.to_string(),
        set: Select {
            name: "social_set".to_owned(),
            label: text.t("holds-set"),
            value: form
                .social_set
                .map(|set| set.to_string())
                .unwrap_or_default(),
            hint: String::new(),
            error: wrong("social_set"),
            options,
        },
        fields: vec![
            Field::text("reason", text.t("holds-reason"))
                .value(&form.reason)
                .error(wrong("reason")),
            Field::text("until", text.t("holds-until"))
                .kind("datetime-local")
                .value(&form.until)
                .optional()
                .hint(text.t1("holds-until-hint", "zone", zone.name().replace('_', " ")))
                .error(wrong("until")),
        ],
        submit: Action::submit(text.t("holds-begin")).primary(),
    };
    Ok(HoldsPage {
        frame: page::frame(web, guard, ask, Entry::Settings).await?,
        tabs: tabs(guard, text, Part::Holds),
        rows,
        empty: Empty {
            icon: "play",
            title: text.t("holds-none"),
            words: text.t("holds-none-words"),
            action: None,
        },
        form: (!new.set.options.is_empty()).then_some(new),
    })
}

/// Begins a hold.
pub async fn begin(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(form): Form<HoldForm>,
) -> Outcome<Response> {
    match begun(&web, &guard, &form).await {
        Ok(()) => Ok(page::go(
            urls::Holds,
            Some(Flash::done(ask.text.t("holds-begun"))),
        )),
        Err(refusal) if refusal.is_about_input() => Ok(page::again(
            &refusal,
            &view(&web, &guard, &ask, &form, Some(&refusal)).await?,
        )),
        Err(refusal) => Err(refusal),
    }
}

async fn begun(web: &Web, guard: &Guard, form: &HoldForm) -> Outcome<()> {
    let until = if form.until.trim().is_empty() {
        None
    } else {
        let zone = workspace::one(web, guard).await?.zone;
        let wrong = |_| Refusal::field("until", "unreadable", Words::key("field-time"));
        Some(zone.parse_local(&form.until).map_err(wrong)?)
    };
    let input = HoldInput {
        set: form.social_set,
        reason: form.reason.clone(),
        until,
    };
    holds::begin(web, guard, &input, Keep::Yes)
        .await
        .map(|_| ())
}

/// Ends a hold.
pub async fn end(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<HoldId>,
) -> Outcome<Response> {
    holds::end(&web, &guard, id, Keep::Yes).await?;
    Ok(page::go(
        urls::Holds,
        Some(Flash::done(ask.text.t("holds-ended"))),
    ))
}
