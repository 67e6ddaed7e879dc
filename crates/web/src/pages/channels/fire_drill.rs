//! *What if this broke tonight?* The fire drill of one channel: which posts would wait, who would be told, who can mend
//! it and how, and what goes out afterwards. A page that only looks.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::cause::Cause;
use domain::fire_drill::{Effect, causes, effect};
use domain::ids::ChannelId;
use domain::schedule::MINUTE_MS;
use serde::Deserialize;
use storage::deliveries::DeliveryRow;
use storage::forecast::ChannelLogin;

use super::at_handle;
use crate::access::Guard;
use crate::actions::fire_drills::{self, Applies, At, Drill, What};
use crate::components::{Action, Field, Select, StatePill, When, platform_name};
use crate::extract::{Path, Query};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::help::{CauseWords, cause_title, cause_words};
use crate::pages::planning::{Say, picture};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// How many posts and other channels the page names; the rest is a number.
const LISTED: usize = 12;

/// `?cause=…&at=2026-11-24T20:00`, a time of the set's zone.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    cause: String,
    #[serde(default)]
    at: String,
}

#[derive(Template)]
#[template(path = "pages/channels/fire_drill.html")]
struct DrillPage {
    frame: Frame,
    name: String,
    handle: String,
    platform: String,
    back: String,
    address: String,
    causes: Select,
    at: Field,
    when: When,
    at_zone: String,
    title: String,
    note: Option<(&'static str, String)>,
    mend: Option<Action>,
    hold: bool,
    held: String,
    soon: Option<String>,
    earlier: u32,
    posts: Vec<Post>,
    more: u32,
    told: String,
    who: String,
    members: Vec<(String, String)>,
    others: usize,
    words: CauseWords,
    help: String,
    spares: Vec<String>,
    also: Vec<(String, String)>,
    also_all: usize,
    also_more: usize,
    passes: bool,
}

struct Post {
    href: String,
    words: String,
    thumb: Option<String>,
    due: Option<When>,
    pill: StatePill,
}

/// The page. A time or cause that cannot be read is told at its field, beside a drill for now.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    match fire_drills::drill(&web, &guard, id, what(&asked)).await {
        Ok(drill) => Ok(page::show(
            &view(&web, &guard, &ask, drill, &asked, None).await?,
        )),
        Err(refusal) if refusal.is_about_input() => {
            let drill = fire_drills::drill(&web, &guard, id, What::default()).await?;
            let shown = view(&web, &guard, &ask, drill, &asked, Some(&refusal)).await?;
            Ok(page::again(&refusal, &shown))
        }
        Err(refusal) => Err(refusal),
    }
}

fn what(asked: &Asked) -> What {
    let at = match asked.at.as_str() {
        "" => At::Now,
        local => At::Local(local.to_owned()),
    };
    let word = Some(asked.cause.clone()).filter(|word| !word.is_empty());
    What { at, cause: word }
}

async fn view(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    drill: Drill,
    asked: &Asked,
    wrong: Option<&Refusal>,
) -> Outcome<DrillPage> {
    let text = &ask.text;
    let say = Say::new(text, web, &drill.set.zone);
    let channel = drill.one.channel.id;
    let cause = drill.cause;
    let counted = drill.counted;
    let listed = u32::try_from(drill.posts.len().min(LISTED)).unwrap_or(u32::MAX);
    let frame = page::frame(web, guard, ask, Entry::Channels).await?;
    Ok(DrillPage {
        name: drill.one.channel.name.clone(),
        handle: at_handle(&drill.one.channel.handle),
        platform: platform_name(text, drill.one.channel.platform.as_str()),
        back: urls::Channel { channel }.to_string(),
        address: urls::FireDrill { channel }.to_string(),
        causes: choice(text, &drill, wrong),
        at: at_field(text, &say, asked, wrong),
        when: say.at(drill.at),
        at_zone: say.zone_words(),
        title: cause_title(text, cause),
        note: note(text, drill.applies),
        mend: (drill.applies == Applies::BrokenNow).then(|| {
            let href = urls::Channel { channel }.to_string();
            Action::link(text.t("drill-mend-now"), href).primary()
        }),
        hold: drill.hold.is_some(),
        held: held(text, &drill),
        soon: (counted.later > 0 && drill.applies != Applies::ReminderOnly)
            .then(|| within(text, &drill)),
        earlier: counted.earlier,
        posts: drill
            .posts
            .iter()
            .take(LISTED)
            .map(|row| post(&say, row))
            .collect(),
        more: counted.later.saturating_sub(listed),
        told: told(&say, &drill),
        who: text.t1("drill-who", "set", drill.set.name.as_str()),
        members: members(text, &drill),
        others: drill.others,
        words: cause_words(text, cause),
        help: urls::HelpCause {
            cause: cause.to_string(),
        }
        .to_string(),
        spares: spares(&say, &drill),
        also: drill.also_hit.iter().take(LISTED).map(other).collect(),
        also_all: drill.also_hit.len(),
        also_more: drill.also_hit.len().saturating_sub(LISTED),
        passes: matches!(effect(cause), Effect::Waits | Effect::TriesOn),
        frame,
    })
}

fn choice(text: &Text, drill: &Drill, wrong: Option<&Refusal>) -> Select {
    let option = |cause: Cause| (cause.to_string(), cause_title(text, cause));
    Select {
        name: "cause".to_owned(),
        label: text.t("drill-cause"),
        options: causes().map(option).collect(),
        value: drill.cause.to_string(),
        hint: String::new(),
        error: wrong
            .map(|wrong| wrong.field_words("cause", text))
            .unwrap_or_default(),
    }
}

fn at_field(text: &Text, say: &Say, asked: &Asked, wrong: Option<&Refusal>) -> Field {
    let label = text.t1("drill-at", "zone", say.zone_words());
    let field = Field::text("at", label)
        .kind("datetime-local")
        .optional()
        .value(&asked.at);
    match wrong.map(|wrong| wrong.field_words("at", text)) {
        Some(words) => field.error(words),
        None => field,
    }
}

fn note(text: &Text, applies: Applies) -> Option<(&'static str, String)> {
    match applies {
        Applies::Yes => None,
        Applies::BrokenNow => Some(("red", text.t("drill-broken-now"))),
        Applies::ReminderOnly => Some(("grey", text.t("drill-reminder-only"))),
        Applies::Unlinked => Some(("grey", text.t("drill-unlinked"))),
    }
}

fn held(text: &Text, drill: &Drill) -> String {
    let n = drill.counted.later;
    if drill.applies == Applies::ReminderOnly {
        return text.t1("drill-by-hand", "n", n);
    }
    match effect(drill.cause) {
        Effect::Ends | Effect::Limits => text.t1("drill-held", "n", n),
        Effect::Waits | Effect::TriesOn => {
            let minutes = drill.set.lateness_limit_ms / MINUTE_MS;
            text.t2("drill-late", "n", n, "minutes", minutes)
        }
    }
}

fn within(text: &Text, drill: &Drill) -> String {
    let counted = drill.counted;
    text.t_args(
        "drill-within",
        &[
            ("day", counted.in_a_day.into()),
            ("three", counted.in_three_days.into()),
            ("week", counted.in_a_week.into()),
        ],
    )
}

fn post(say: &Say, row: &DeliveryRow) -> Post {
    Post {
        href: urls::Delivery { delivery: row.id }.to_string(),
        words: if row.excerpt.is_empty() {
            say.text.t("post-without-words")
        } else {
            row.excerpt.clone()
        },
        thumb: row.thumb_sha256.as_deref().map(picture),
        due: row.due_at.map(|at| say.at(at)),
        pill: StatePill::new(&say.text, say.state(row, None)),
    }
}

fn told(say: &Say, drill: &Drill) -> String {
    let text = &say.text;
    match (effect(drill.cause), drill.noticed_by) {
        (Effect::Waits, _) => text.t("drill-passes"),
        (Effect::TriesOn, _) => text.t("drill-nothing-known"),
        (Effect::Ends | Effect::Limits, Some(at)) => {
            text.t1("drill-noticed", "when", say.at(at).exact)
        }
        (Effect::Ends | Effect::Limits, None) => text.t("drill-noticed-next"),
    }
}

fn members(text: &Text, drill: &Drill) -> Vec<(String, String)> {
    let one = |row: &storage::people::MemberRow| {
        let role = crate::pages::settings::members::role_words(text, row.member.role);
        (row.name.clone(), role)
    };
    drill.may_sign_in.iter().map(one).collect()
}

fn spares(say: &Say, drill: &Drill) -> Vec<String> {
    if drill.spares.is_empty() {
        return vec![say.text.t("drill-spare-none")];
    }
    let one = |spare: &storage::fire_drill::SpareLogin| {
        let key = if drill.takes_over(spare) {
            "drill-spare-takes-over"
        } else if drill.still_works(spare) {
            "drill-spare-kept"
        } else {
            "drill-spare-hit"
        };
        say.text.t_args(
            key,
            &[
                ("name", spare.person_name.as_str().into()),
                ("day", say.day(spare.signed_in_at).into()),
                ("flow", spare.flow.name().into()),
            ],
        )
    };
    drill.spares.iter().map(one).collect()
}

fn other(one: &ChannelLogin) -> (String, String) {
    let channel = one.channel.id;
    let href = urls::FireDrill { channel }.to_string();
    (href, one.channel.name.clone())
}
