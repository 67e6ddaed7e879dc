//! *Missed posts*: what could not go out and waits for a person, by channel and cause, with what was not
//! lost first; and below it what may have gone out, was refused, or is to be posted by hand.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::cause::Cause;
use domain::channel::Link;
use domain::delivery::{Reason, State as Life, StateWord};
use domain::health::Health;
use domain::ids::ChannelId;
use domain::member::Action as May;
use serde::Deserialize;
use storage::missed::WaitingRow;
use storage::standings::Standing;

use super::{Say, Standings, cause_sentence, current, no_set, reason_words};
use crate::access::Guard;
use crate::actions::proposals;
use crate::components::{Action, Empty, LifeRing, Menu, StatePill, Tab, Tabs, Tone, When};
use crate::extract::{Query, parsed};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::Web;
use crate::urls;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default, deserialize_with = "parsed")]
    channel: Option<ChannelId>,
}

#[derive(Template)]
#[template(path = "pages/planning/missed.html")]
struct MissedPage {
    frame: Frame,
    zone: String,
    lead: String,
    tabs: Option<Tabs>,
    all: Option<Action>,
    groups: Vec<Group>,
    others: Vec<Others>,
    empty: Option<Empty>,
}

/// What posts of one group have in common: where, why, and the cause of the login.
type Why = (ChannelId, Reason, Option<Cause>);

/// What waits on one channel for one reason.
struct Group {
    id: String,
    ring: LifeRing,
    title: String,
    words: String,
    tone: Tone,
    action: Option<Action>,
    rows: Vec<Row>,
}

/// What needs a look for another reason.
struct Others {
    title: String,
    words: String,
    rows: Vec<Row>,
}

/// A post that waits.
pub(super) struct Row {
    href: String,
    words: String,
    thumb: Option<String>,
    was: Option<When>,
    channel: String,
    pill: StatePill,
    reschedule: Option<Reschedule>,
    actions: Vec<Action>,
    menu: Option<Menu>,
}

/// The small form behind *Reschedule*.
pub(super) struct Reschedule {
    pub(super) action: String,
    pub(super) version: u64,
    pub(super) id: String,
    pub(super) date: String,
    pub(super) time: String,
    pub(super) spoken: String,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let frame = page::frame(&web, &guard, &ask, Entry::Missed).await?;
    let text = ask.text.clone();
    let Some(set) = current(&guard) else {
        let empty = Some(no_set(&text));
        let (zone, lead) = (String::new(), String::new());
        return Ok(page::show(&MissedPage {
            frame,
            zone,
            lead,
            tabs: None,
            all: None,
            groups: Vec::new(),
            others: Vec::new(),
            empty,
        }));
    };
    let zone = crate::actions::sets::one(&web, &guard, set).await?.zone;
    let say = Say::new(&text, &web, &zone);
    let standings = super::standings(&web, &guard, set).await?;
    let missed = proposals::waiting(&web, &guard, set, StateWord::Missed).await?;
    let mut others = Vec::new();
    for (state, title, words) in [
        (
            StateWord::Uncertain,
            "missed-uncertain",
            "missed-uncertain-words",
        ),
        (StateWord::Failed, "missed-failed", "missed-failed-words"),
        (
            StateWord::Reminded,
            "missed-reminded",
            "missed-reminded-words",
        ),
    ] {
        let rows = proposals::waiting(&web, &guard, set, state).await?;
        let rows: Vec<Row> = rows
            .iter()
            .filter(|row| fits(look.channel, row))
            .map(|one| row(&guard, &say, &standings, one))
            .collect();
        if !rows.is_empty() {
            others.push(Others {
                title: text.t1(title, "n", rows.len()),
                words: text.t(words),
                rows,
            });
        }
    }
    let shown: Vec<&WaitingRow> = missed
        .iter()
        .filter(|row| fits(look.channel, row))
        .collect();
    let groups = groups(&guard, &say, &standings, &shown);
    let nothing = groups.is_empty() && others.is_empty();
    Ok(page::show(&MissedPage {
        frame,
        zone: say.zone_words(),
        lead: if shown.is_empty() {
            String::new()
        } else {
            text.t1("missed-lead", "n", shown.len())
        },
        tabs: tabs(&say, &standings, &missed, look.channel),
        all: (shown.len() > 1 && guard.may(May::Publish, Some(set)))
            .then(|| reschedule_all(&say, look.channel)),
        groups,
        others,
        empty: nothing.then(|| Empty {
            icon: "circle-check",
            title: text.t("missed-empty"),
            words: text.t("missed-empty-words"),
            action: None,
        }),
    }))
}

fn fits(channel: Option<ChannelId>, row: &WaitingRow) -> bool {
    channel.is_none_or(|channel| row.delivery.channel == channel)
}

fn reschedule_all(say: &Say, channel: Option<ChannelId>) -> Action {
    let only = channel
        .map(|id| format!("?channel={id}"))
        .unwrap_or_default();
    Action::link(
        say.text.t("missed-reschedule-all"),
        format!("{}{only}", urls::MissedReschedule),
    )
    .primary()
    .icon("calendar-clock")
}

fn tabs(
    say: &Say,
    standings: &Standings,
    missed: &[WaitingRow],
    chosen: Option<ChannelId>,
) -> Option<Tabs> {
    let channels: BTreeSet<ChannelId> = missed
        .iter()
        .map(|row| row.delivery.channel)
        .chain(chosen)
        .collect();
    if channels.len() < 2 && chosen.is_none() {
        return None;
    }
    let mut tabs = vec![
        Tab::new(
            say.text.t("missed-all"),
            urls::Missed.to_string(),
            chosen.is_none(),
        )
        .count(missed.len(), false),
    ];
    for id in channels {
        let Some(one) = standings.get(&id) else {
            continue;
        };
        let count = missed
            .iter()
            .filter(|row| row.delivery.channel == id)
            .count();
        let label = format!("{} · {}", one.channel.name, one.channel.platform.name());
        tabs.push(
            Tab::new(
                label,
                format!("{}?channel={id}", urls::Missed),
                chosen == Some(id),
            )
            .count(count, false),
        );
    }
    Some(Tabs {
        label: say.text.t("missed-channels"),
        tabs,
        joined: false,
    })
}

fn groups(guard: &Guard, say: &Say, standings: &Standings, rows: &[&WaitingRow]) -> Vec<Group> {
    let mut found: Vec<(Why, Vec<&WaitingRow>)> = Vec::new();
    for row in rows {
        let Life::Missed(reason) = row.delivery.state else {
            continue;
        };
        let key = (row.delivery.channel, reason, row.cause);
        match found.iter_mut().find(|(other, _)| *other == key) {
            Some((_, rows)) => rows.push(row),
            None => found.push((key, vec![row])),
        }
    }
    let one = |((channel, reason, cause), rows): (
        (ChannelId, Reason, Option<Cause>),
        Vec<&WaitingRow>,
    )| {
        let standing = standings.get(&channel)?;
        Some(group(guard, say, standings, standing, reason, cause, &rows))
    };
    found.into_iter().filter_map(one).collect()
}

fn group(
    guard: &Guard,
    say: &Say,
    standings: &Standings,
    standing: &Standing,
    reason: Reason,
    cause: Option<Cause>,
    rows: &[&WaitingRow],
) -> Group {
    let (text, channel) = (&say.text, &standing.channel);
    let well = standing
        .login
        .as_ref()
        .is_some_and(|login| login.health.may_send())
        && channel.link == Link::Linked;
    let mends = matches!(
        reason,
        Reason::LoginDead | Reason::PermissionMissing | Reason::Unlinked
    );
    let why = cause.map_or_else(
        || text.t1("missed-why", "reason", reason_words(text, reason)),
        |cause| cause_sentence(text, cause),
    );
    let words = if mends && well {
        format!("{why} {}", text.t("missed-well-again"))
    } else {
        why
    };
    let needs = standing
        .login
        .as_ref()
        .is_none_or(|login| matches!(login.health, Health::NeedsRefresh | Health::Limited));
    let may_mend = guard.may(May::SignIn, Some(channel.social_set));
    let label = if channel.link == Link::Unlinked {
        "grid-link-again"
    } else {
        "missed-refresh"
    };
    Group {
        id: format!("waits-{}-{reason}", channel.id),
        ring: say.ring(standing),
        title: text.t2("missed-group", "n", rows.len(), "name", &channel.name),
        words,
        tone: if mends && !well {
            Tone::Red
        } else {
            Tone::Amber
        },
        action: (mends && (needs || channel.link == Link::Unlinked) && may_mend).then(|| {
            Action::link(
                text.t(label),
                urls::RefreshChannel {
                    channel: channel.id,
                }
                .to_string(),
            )
            .primary()
            .small()
        }),
        rows: rows
            .iter()
            .map(|one| row(guard, say, standings, one))
            .collect(),
    }
}

fn row(guard: &Guard, say: &Say, standings: &Standings, one: &WaitingRow) -> Row {
    let (text, row) = (&say.text, &one.delivery);
    let href = urls::Delivery { delivery: row.id }.to_string();
    let words = if row.excerpt.is_empty() {
        text.t("post-without-words")
    } else {
        row.excerpt.clone()
    };
    let standing = standings.get(&row.channel);
    let may = guard.may(May::Publish, Some(row.social_set));
    let can_plan = may && matches!(row.state, Life::Missed(_) | Life::Failed);
    let mut actions = Vec::new();
    if can_plan {
        let now = Action::post(
            text.t("post-now"),
            urls::DeliveryPublish { delivery: row.id }.to_string(),
        );
        actions.push(
            now.small()
                .with("version", row.version.to_string())
                .with("back", "missed")
                .spoken(text.t1("post-now-spoken", "words", &words)),
        );
    } else if may {
        actions.push(
            Action::link(text.t("post-decide"), href.clone())
                .small()
                .primary(),
        );
    }
    let mut items = vec![Action::link(text.t("post-history"), href.clone()).icon("history")];
    if can_plan {
        items.push(
            Action::link(
                text.t("post-edit"),
                urls::Compose { post: row.post }.to_string(),
            )
            .icon("pencil"),
        );
        let drop = Action::post(
            text.t("post-drop"),
            urls::DeliveryDrop { delivery: row.id }.to_string(),
        );
        items.push(
            drop.danger()
                .icon("trash-2")
                .with("version", row.version.to_string())
                .with("back", "missed"),
        );
    }
    Row {
        thumb: row
            .thumb_sha256
            .as_ref()
            .map(|sha256| super::picture(sha256)),
        was: row.due_at.map(|due| say.at(due)),
        channel: standing
            .map(|one| one.channel.name.clone())
            .unwrap_or_default(),
        pill: StatePill::new(text, say.state(row, standing)),
        reschedule: can_plan.then(|| reschedule_form(say, row, &words)),
        menu: may.then(|| Menu::dots(text.t1("more-for", "name", &words), items)),
        actions,
        href,
        words,
    }
}

impl Reschedule {
    /// What its two fields hold.
    pub(super) fn day_and_time(&self) -> (String, String) {
        (self.date.clone(), self.time.clone())
    }
}

/// The form with tomorrow at the hour that was planned.
pub(super) fn reschedule_form(
    say: &Say,
    row: &storage::deliveries::DeliveryRow,
    words: &str,
) -> Reschedule {
    let local = say.zone.local(say.now);
    let hour = row
        .due_at
        .map_or(local.time(), |due| say.zone.local(due).time());
    let tomorrow = local.date().tomorrow().unwrap_or(local.date());
    let today = local.date().to_datetime(hour) > local;
    Reschedule {
        action: urls::DeliveryReschedule { delivery: row.id }.to_string(),
        version: row.version,
        id: row.id.to_string(),
        date: if today {
            local.date().to_string()
        } else {
            tomorrow.to_string()
        },
        time: format!("{:02}:{:02}", hour.hour(), hour.minute()),
        spoken: say.text.t1("post-reschedule-spoken", "words", words),
    }
}
