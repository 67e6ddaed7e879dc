//! *Reschedule all*: the times that the missed posts would get are shown before anything changes; saying yes
//! moves exactly those, all or none.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::ids::{ChannelId, DeliveryId, SocialSetId};
use domain::member::Action as May;
use serde::Deserialize;
use storage::deliveries::DeliveryRow;

use super::{Say, Standings, current};
use crate::access::Guard;
use crate::actions::deliveries::{self, Again};
use crate::actions::proposals::{self, Proposal, Wish};
use crate::actions::when::When as Time;
use crate::components::{Action, Field, LifeRing, When};
use crate::extract::{Form, Query, many, parsed};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, codes};
use crate::state::{Keep, Web};
use crate::urls;

/// How far apart posts are unless somebody says otherwise, in minutes.
const SPACING: i64 = 60;

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Look {
    #[serde(default, deserialize_with = "parsed")]
    channel: Option<ChannelId>,
    /// `free` or `every`.
    #[serde(default)]
    way: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    time: String,
    #[serde(default, deserialize_with = "parsed")]
    minutes: Option<i64>,
}

#[derive(Template)]
#[template(path = "pages/planning/reschedule.html")]
struct ReschedulePage {
    frame: Frame,
    zone: String,
    channel: String,
    every: bool,
    fields: Vec<Field>,
    refused: String,
    rows: Vec<Row>,
    yes: String,
    back: Action,
    none: String,
}

struct Row {
    item: String,
    words: String,
    ring: Option<LifeRing>,
    was: Option<When>,
    new: When,
    waits: bool,
}

/// The proposal.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let set = current(&guard).ok_or_else(Refusal::not_found)?;
    guard.ask(May::Publish, Some(set))?;
    Ok(page::show(
        &view(&web, &guard, &ask, set, &look, None).await?,
    ))
}

/// What is asked for, with tomorrow at nine where no time was chosen yet.
fn filled(mut look: Look, tomorrow: String) -> Look {
    if look.date.is_empty() {
        look.date = tomorrow;
    }
    if look.time.is_empty() {
        "09:00".clone_into(&mut look.time);
    }
    look
}

fn wish(look: &Look) -> Wish {
    if look.way != "every" {
        return Wish::FreeHours;
    }
    let start = Time::Local {
        local: format!("{}T{}", look.date, look.time),
        zone: None,
    };
    Wish::Every {
        start,
        minutes: look.minutes.unwrap_or(SPACING),
    }
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    set: SocialSetId,
    look: &Look,
    refusal: Option<&Refusal>,
) -> Outcome<ReschedulePage> {
    let zone = crate::actions::sets::one(web, guard, set).await?.zone;
    let say = Say::new(&ask.text, web, &zone);
    let standings = super::standings(web, guard, set).await?;
    let tomorrow = zone.local(say.now).date().tomorrow();
    let look = &filled(
        look.clone(),
        tomorrow.map(|day| day.to_string()).unwrap_or_default(),
    );
    let proposed = proposals::propose(web, guard, set, look.channel, None, wish(look)).await;
    let (proposal, wrong) = match proposed {
        Ok(proposal) => (Some(proposal), refusal.cloned()),
        Err(refusal) if refusal.is_about_input() => (None, Some(refusal)),
        Err(refusal) => return Err(refusal),
    };
    let text = &ask.text;
    let field_words = |name: &str| {
        wrong
            .as_ref()
            .map(|wrong| wrong.field_words(name, text))
            .unwrap_or_default()
    };
    let fields = vec![
        Field::text("date", text.t("when-date"))
            .kind("date")
            .value(&look.date)
            .error(field_words("schedule")),
        Field::text("time", text.t("when-time"))
            .kind("time")
            .value(&look.time),
        Field::text("minutes", text.t("missed-spacing"))
            .kind("number")
            .value(look.minutes.unwrap_or(SPACING).to_string())
            .error(field_words("spacing")),
    ];
    let rows: Vec<Row> = proposal
        .iter()
        .flat_map(|proposal| rows(&say, &standings, proposal))
        .collect();
    let back = look.channel.map_or_else(
        || urls::Missed.to_string(),
        |id| format!("{}?channel={id}", urls::Missed),
    );
    let field_error = wrong
        .as_ref()
        .is_some_and(|wrong| !wrong.fields().is_empty());
    Ok(ReschedulePage {
        frame: page::frame(web, guard, ask, Entry::Missed).await?,
        zone: say.zone_words(),
        channel: look.channel.map(|id| id.to_string()).unwrap_or_default(),
        every: look.way == "every",
        fields,
        refused: wrong
            .filter(|_| !field_error)
            .map(|wrong| wrong.sentence(text))
            .unwrap_or_default(),
        yes: text.t1("missed-yes", "n", rows.len()),
        none: if rows.is_empty() && proposal.is_some() {
            text.t("missed-empty")
        } else {
            String::new()
        },
        rows,
        back: Action::link(text.t("missed-back"), back).quiet(),
    })
}

fn rows(say: &Say, standings: &Standings, proposal: &Proposal) -> Vec<Row> {
    let one = |(row, at): &(DeliveryRow, Timestamp)| {
        let standing = standings.get(&row.channel);
        let planned = DeliveryRow {
            due_at: Some(*at),
            ..row.clone()
        };
        Row {
            item: format!("{},{},{}", row.id, row.version, at.as_millisecond()),
            words: if row.excerpt.is_empty() {
                say.text.t("post-without-words")
            } else {
                row.excerpt.clone()
            },
            ring: standing.map(|one| say.small_ring(one)),
            was: row.due_at.map(|due| say.at(due)),
            new: say.at(*at),
            waits: standing.is_some_and(|one| {
                let warnings = crate::actions::checks::warnings(one, planned.due_at, None, say.now);
                warnings.iter().any(crate::actions::checks::is_unhealthy)
            }),
        }
    };
    proposal.times.iter().map(one).collect()
}

/// What *yes* sends: each post with the version and the time that were shown.
#[derive(Debug, Deserialize)]
pub struct YesForm {
    #[serde(default, deserialize_with = "many")]
    item: Vec<String>,
    #[serde(default, deserialize_with = "parsed")]
    channel: Option<ChannelId>,
}

fn item(text: &str) -> Option<Again> {
    let mut parts = text.split(',');
    let id: DeliveryId = parts.next()?.parse().ok()?;
    let version: u64 = parts.next()?.parse().ok()?;
    let at = Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok()?;
    parts.next().is_none().then_some(Again {
        id,
        at,
        version: Some(version),
    })
}

/// Moves what was shown.
pub async fn yes(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(form): Form<YesForm>,
) -> Outcome<Response> {
    let set = current(&guard).ok_or_else(Refusal::not_found)?;
    let many: Option<Vec<Again>> = form.item.iter().map(|text| item(text)).collect();
    let many = many.ok_or_else(|| Refusal::new(&codes::MALFORMED))?;
    match deliveries::reschedule_many(&web, &guard, many, Keep::Yes).await {
        Ok(moved) => {
            let waits = moved
                .iter()
                .filter(|one| {
                    one.warnings
                        .iter()
                        .any(crate::actions::checks::is_unhealthy)
                })
                .count();
            let mut words = ask.text.t1("missed-done", "n", moved.len());
            if waits > 0 {
                words = format!("{words} {}", ask.text.t1("missed-done-waits", "n", waits));
            }
            let flash = if waits > 0 {
                Flash::note(words)
            } else {
                Flash::done(words)
            };
            Ok(page::go(urls::Calendar, Some(flash)))
        }
        Err(refusal) if refusal.is_about_input() => {
            let look = Look {
                channel: form.channel,
                ..Look::default()
            };
            Ok(page::again(
                &refusal,
                &view(&web, &guard, &ask, set, &look, Some(&refusal)).await?,
            ))
        }
        Err(refusal) => Err(refusal),
    }
}
