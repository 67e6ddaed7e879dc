//! The forecast: every sign-in of the workspace on one timeline of ninety days, as a page, as a table, and as a
//! picture that one can mail or print.

mod sheet;
mod words;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::cause::SigningIn;
use domain::ids::SocialSetId;
use domain::member::Action as May;
use serde::Deserialize;

pub use sheet::sheet;
use words::Group;

use crate::access::Guard;
use crate::actions::forecasts::{self, Read, Row};
use crate::components::forecast_bar::Axis;
use crate::components::time::month_name;
use crate::components::{
    Action, Empty, ForecastBar, Html, LifeRing, Select, Tab, Tabs, When, platform_name,
};
use crate::extract::{Query, parsed};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::planning::Say;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// How wide a line is drawn before it is stretched to the page: a hundred a day.
const WIDTH: f64 = 9_000.0;

/// `?social_set=…&view=table`.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default, deserialize_with = "parsed")]
    social_set: Option<SocialSetId>,
    #[serde(default)]
    view: String,
}

#[derive(Template)]
#[template(path = "pages/forecast/index.html")]
struct ForecastPage {
    frame: Frame,
    zone: String,
    summary: Vec<String>,
    notes: Vec<String>,
    views: Tabs,
    as_table: bool,
    sets: Option<Select>,
    picture: String,
    axis: Vec<Place>,
    groups: Vec<Part>,
    empty: Option<Empty>,
    legend: Vec<Sample>,
}

/// A word at a place of the axis.
struct Place {
    at: String,
    words: String,
    month: bool,
}

/// Channels under one heading.
struct Part {
    words: String,
    alert: bool,
    rows: Vec<Line>,
}

/// One channel.
struct Line {
    ring: LifeRing,
    name: String,
    href: String,
    under: String,
    state: String,
    alert: bool,
    bar: ForecastBar,
    spoken: String,
    mark: Option<String>,
    unknown: bool,
    set: Option<String>,
    mend: Option<Action>,
    needed: Option<When>,
    next: Option<When>,
    renewals: usize,
    planned: u32,
    risk: u32,
}

/// A sign of the drawing with its meaning.
pub(super) struct Sample {
    class: &'static str,
    life: &'static str,
    size: &'static str,
    path: &'static str,
    mark: bool,
    words: String,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let text = &ask.text;
    let read = forecasts::read(&web, &guard, look.social_set).await?;
    let say = Say::new(text, &web, &read.zone);
    let as_table = look.view == "table";
    let axis = Axis::new(read.window.from, read.window.to, &read.zone, WIDTH);
    let empty = read.rows.is_empty().then(|| {
        let action = Action::link(text.t("switcher-edit"), urls::Sets.to_string()).primary();
        Empty {
            icon: "chart-gantt",
            title: text.t("channels-none"),
            words: text.t("forecast-none"),
            action: Some(action),
        }
    });
    Ok(page::show(&ForecastPage {
        zone: say.zone_words(),
        summary: words::summary(text, &read),
        notes: words::notes(&say, &read),
        views: views(text, &read, as_table),
        as_table,
        sets: filter(text, &read),
        picture: address(&urls::ForecastPicture.to_string(), read.only, false),
        axis: places(text, &axis),
        groups: groups(&guard, &say, &read, &axis),
        empty,
        legend: legend(text),
        frame: page::frame(&web, &guard, &ask, Entry::Forecast).await?,
    }))
}

fn address(path: &str, only: Option<SocialSetId>, table: bool) -> String {
    let set = only.map(|set| format!("social_set={set}"));
    let view = table.then(|| "view=table".to_owned());
    let query: Vec<String> = [set, view].into_iter().flatten().collect();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", query.join("&"))
    }
}

fn views(text: &Text, read: &Read, as_table: bool) -> Tabs {
    let path = urls::Forecast.to_string();
    Tabs {
        label: text.t("forecast-views"),
        tabs: vec![
            Tab::new(
                text.t("forecast-timeline"),
                address(&path, read.only, false),
                !as_table,
            ),
            Tab::new(
                text.t("forecast-table"),
                address(&path, read.only, true),
                as_table,
            ),
        ],
        joined: true,
    }
}

/// What it is limited to; nothing to choose where there is one set.
fn filter(text: &Text, read: &Read) -> Option<Select> {
    if read.sets.len() < 2 {
        return None;
    }
    let mut sets: Vec<_> = read.sets.values().collect();
    sets.sort_by_key(|set| set.name.to_lowercase());
    let mut options = vec![(String::new(), text.t("forecast-all-sets"))];
    options.extend(
        sets.into_iter()
            .map(|set| (set.id.to_string(), set.name.clone())),
    );
    Some(Select {
        name: "social_set".to_owned(),
        label: text.t("forecast-set"),
        options,
        value: read.only.map(|set| set.to_string()).unwrap_or_default(),
        hint: String::new(),
        error: String::new(),
    })
}

/// Months by name, Mondays by number.
fn places(text: &Text, axis: &Axis) -> Vec<Place> {
    let place = |(at, words, month)| Place {
        at: percent(axis.share(at)),
        words,
        month,
    };
    scale(text, axis).into_iter().map(place).collect()
}

/// What stands at the axis: the moment, the words, and whether it is a month.
fn scale(text: &Text, axis: &Axis) -> Vec<(Timestamp, String, bool)> {
    let months = axis.months().into_iter();
    let months = months.map(|(at, date)| (at, month_name(text, date.month()), true));
    let mondays = axis.marks().into_iter().filter(|(_, _, first)| !first);
    let days = mondays.map(|(at, date, _)| (at, date.day().to_string(), false));
    months.chain(days).collect()
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

fn groups(guard: &Guard, say: &Say, read: &Read, axis: &Axis) -> Vec<Part> {
    let mut parts: Vec<(Group, Part)> = Vec::new();
    for row in &read.rows {
        let group = Group::of(row);
        if parts.last().is_none_or(|(last, _)| *last != group) {
            let part = Part {
                words: group.words(&say.text),
                alert: group == Group::Now,
                rows: Vec::new(),
            };
            parts.push((group, part));
        }
        if let Some((_, part)) = parts.last_mut() {
            part.rows.push(line(guard, say, read, row, axis));
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn line(guard: &Guard, say: &Say, read: &Read, row: &Row, axis: &Axis) -> Line {
    let (text, channel) = (&say.text, &row.channel);
    let id = channel.id;
    let set = read.sets.get(&channel.social_set);
    let platform = platform_name(text, channel.platform.as_str());
    let set = set.filter(|_| read.only.is_none() && read.sets.len() > 1);
    let under = match set {
        Some(set) => format!("{platform} · {}", set.name),
        None => platform,
    };
    let needs = row.forecast.needs_person_at;
    Line {
        ring: words::ring(say, row),
        name: channel.name.clone(),
        href: urls::Channel { channel: id }.to_string(),
        under,
        state: words::state(say, row),
        alert: row.forecast.needs_person_now(),
        bar: ForecastBar::new(axis, &row.forecast, &row.days),
        spoken: words::spoken(say, row),
        mark: needs.map(|at| percent(axis.share(at))),
        unknown: row.forecast.kind() == domain::forecast::Kind::EndUnknown,
        set: set.map(|set| set.name.clone()),
        mend: needs.and_then(|_| mend(guard, text, row)),
        needed: needs.map(|at| say.at(at)),
        next: row.forecast.renewals.first().map(|at| say.near(*at)),
        renewals: row.forecast.renewals.len(),
        planned: row.planned(),
        risk: row.at_risk(),
    }
}

/// What is to be done where a person is needed: signing in where that helps, else a look at the channel.
fn mend(guard: &Guard, text: &Text, row: &Row) -> Option<Action> {
    let (channel, set) = (row.channel.id, Some(row.channel.social_set));
    if !guard.may(May::SignIn, set) {
        return None;
    }
    let cause = row.login.as_ref().and_then(|login| login.cause);
    let helps = cause.is_none_or(|cause| cause.signing_in() != SigningIn::DoesNotHelp);
    let (label, href) = if helps {
        let href = urls::RefreshChannel { channel }.to_string();
        (text.t("refresh-credentials"), href)
    } else {
        (
            text.t("forecast-look"),
            urls::Channel { channel }.to_string(),
        )
    };
    let spoken = format!("{label}: {}", row.channel.name);
    Some(Action::link(label, href).spoken(spoken).small())
}

/// Every sign of the drawing, in the order in which it is met.
pub(super) fn legend(text: &Text) -> Vec<Sample> {
    const LIFE: &str = "M2 13H38";
    const UPRIGHT: &str = "M20 7V19";
    const DOT: &str = "M20 13h0";
    let sign = |class, life, size, path, words| Sample {
        class,
        life,
        size,
        path,
        mark: false,
        words,
    };
    let line = |life, words| sign("fc-life", life, "", LIFE, words);
    vec![
        line("well", text.t("forecast-sign-extends")),
        line("good_until", text.t("forecast-sign-until")),
        line("last_quarter", text.t("forecast-sign-quarter")),
        line("needs_sign_in", text.t("forecast-sign-needs")),
        Sample {
            mark: true,
            ..sign("", "", "", "", text.t("forecast-sign-person"))
        },
        sign("fc-tick", "", "", UPRIGHT, text.t("forecast-sign-tick")),
        sign("fc-warn", "", "", "M20 8V14", text.t("forecast-sign-warn")),
        sign("fc-dot", "", "some", DOT, text.t("forecast-sign-post")),
        sign("fc-dot", "", "risk-some", DOT, text.t("forecast-sign-risk")),
        line("end_unknown", text.t("forecast-sign-unknown")),
        line("platform_down", text.t("channel-waiting")),
        line("reminder_only", text.t("channel-remind")),
    ]
}

#[derive(Template)]
#[template(path = "pages/forecast/mark.html")]
struct Mark;

/// The sign of a moment at which a person is needed.
pub(super) fn mark() -> Html {
    Html::from_template(&Mark)
}
