//! The calendar: a month as a grid of days, or as a list; a chip for each post, a side panel for one.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::DeliveryId;
use domain::member::Action as May;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use storage::deliveries::DeliveryRow;

use super::side::{self, Side};
use super::{Say, Standings, current, is_movable, no_set, worst};
use crate::access::Guard;
use crate::actions::calendars::{self, Day, Days};
use crate::actions::grids;
use crate::components::time::{day_words, month_name, weekday_name, weekday_short};
use crate::components::{Action, Chip, Empty, StatePill, Tab, Tabs};
use crate::extract::{Form, Query, parsed};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};
use crate::text::Text;
use crate::urls;

/// How many chips a day of the month view shows.
const CHIPS: usize = 3;
/// How many posts of one day are read for the month view.
const MONTH_ROWS: usize = 24;
/// And for the list.
const LIST_ROWS: usize = 200;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// `2026-11`.
    #[serde(default)]
    month: String,
    /// `list`.
    #[serde(default)]
    view: String,
    /// The post in the side panel.
    #[serde(default, deserialize_with = "parsed")]
    delivery: Option<DeliveryId>,
}

#[derive(Template)]
#[template(path = "pages/planning/calendar.html")]
struct CalendarPage {
    frame: Frame,
    title: String,
    zone: String,
    earlier: Step,
    later: Step,
    today: String,
    views: Tabs,
    as_list: bool,
    weekdays: Vec<String>,
    cells: Vec<Cell>,
    empty: Option<Empty>,
    side: Option<Side>,
    may_create: bool,
}

struct Step {
    href: String,
    label: String,
}

struct Cell {
    date: String,
    number: i8,
    spoken: String,
    day: String,
    past: bool,
    today: bool,
    other: bool,
    chips: Vec<Chip>,
    rows: Vec<Row>,
    more: u64,
    more_href: String,
    more_spoken: String,
    create_href: String,
    create_spoken: String,
}

/// A line of the list view.
struct Row {
    chip: Chip,
    pill: StatePill,
    thumb: Option<String>,
    channels: String,
    current: bool,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let Some(set) = current(&guard) else {
        return Ok(page::show(&without_set(&web, &guard, &ask).await?));
    };
    let zone = crate::actions::sets::one(&web, &guard, set).await?.zone;
    let say = Say::new(&ask.text, &web, &zone);
    let side = match look.delivery {
        Some(id) => side::read(&web, &guard, &say, id).await?,
        None => None,
    };
    let today = zone.local(say.now).date();
    let first = month(&look.month)
        .or(side.as_ref().and_then(|side| side.month))
        .unwrap_or(today)
        .first_of_month();
    let as_list = look.view == "list";
    let (from, to) = window(first, as_list)?;
    let per_day = if as_list { LIST_ROWS } else { MONTH_ROWS };
    let read = calendars::days(&web, &guard, set, from, to, per_day).await?;
    let view = View {
        say: &say,
        first,
        today,
        as_list,
        open: look.delivery,
    };
    let frame = page::frame(&web, &guard, &ask, Entry::Calendar).await?;
    Ok(page::show(&view.page(frame, &guard, read, side)))
}

async fn without_set(web: &Web, guard: &Guard, ask: &Ask) -> Outcome<CalendarPage> {
    let none = || Step {
        href: String::new(),
        label: String::new(),
    };
    Ok(CalendarPage {
        frame: page::frame(web, guard, ask, Entry::Calendar).await?,
        title: ask.text.t("nav-calendar"),
        zone: String::new(),
        earlier: none(),
        later: none(),
        today: String::new(),
        views: Tabs {
            label: String::new(),
            tabs: Vec::new(),
            joined: true,
        },
        as_list: true,
        weekdays: Vec::new(),
        cells: Vec::new(),
        empty: Some(no_set(&ask.text)),
        side: None,
        may_create: false,
    })
}

/// `2026-11` as a day of it.
fn month(given: &str) -> Option<Date> {
    if given.len() == 7 {
        format!("{given}-01").parse().ok()
    } else {
        None
    }
}

/// The days that a view of a month shows: whole weeks, or the month itself.
fn window(first: Date, as_list: bool) -> Outcome<(Date, Date)> {
    let far = |_| {
        Refusal::new(&codes::BAD_PARAMETER).and_field(
            "month",
            "out_of_range",
            Words::key("calendar-too-far"),
        )
    };
    let next = first.checked_add(1.month()).map_err(far)?;
    if as_list {
        return Ok((first, next));
    }
    let before = i64::from(first.weekday().to_monday_zero_offset());
    let last = next.checked_sub(1.day()).map_err(far)?;
    let after = 7 - i64::from(last.weekday().to_monday_zero_offset());
    Ok((
        first.checked_sub(before.days()).map_err(far)?,
        last.checked_add(after.days()).map_err(far)?,
    ))
}

struct View<'a> {
    say: &'a Say,
    first: Date,
    today: Date,
    as_list: bool,
    open: Option<DeliveryId>,
}

impl View<'_> {
    fn text(&self) -> &Text {
        &self.say.text
    }

    fn page(&self, frame: Frame, guard: &Guard, read: Days, side: Option<Side>) -> CalendarPage {
        let text = self.text();
        let may_create = guard.may(May::Draft, Some(read.set.id));
        let cells: Vec<Cell> = read
            .days
            .into_iter()
            .filter(|day| !self.as_list || !day.deliveries.is_empty())
            .map(|day| self.cell(day, &read.standings))
            .collect();
        let nothing = cells
            .iter()
            .all(|cell| cell.chips.is_empty() && cell.rows.is_empty());
        let title = text.t2(
            "calendar-month",
            "month",
            month_name(text, self.first.month()),
            "year",
            self.first.year().to_string(),
        );
        CalendarPage {
            frame,
            title,
            zone: self.say.zone_words(),
            earlier: self.step(
                self.first.checked_sub(1.month()).unwrap_or(self.first),
                "calendar-earlier",
            ),
            later: self.step(
                self.first.checked_add(1.month()).unwrap_or(self.first),
                "calendar-later",
            ),
            today: self.href(self.today, None),
            views: Tabs {
                label: text.t("calendar-view"),
                tabs: vec![
                    Tab::new(
                        text.t("calendar-view-month"),
                        self.as_(false).href(self.first, None),
                        !self.as_list,
                    ),
                    Tab::new(
                        text.t("calendar-view-list"),
                        self.as_(true).href(self.first, None),
                        self.as_list,
                    ),
                ],
                joined: true,
            },
            as_list: self.as_list,
            weekdays: (1..=7).map(|day| weekday_short(text, day)).collect(),
            empty: (nothing && self.as_list).then(|| Empty {
                icon: "calendar-plus",
                title: text.t("calendar-empty"),
                words: text.t("calendar-empty-words"),
                action: may_create.then(|| {
                    Action::link(text.t("nav-create"), urls::ComposeNew.to_string())
                        .primary()
                        .icon("plus")
                }),
            }),
            cells,
            side,
            may_create,
        }
    }

    fn as_(&self, as_list: bool) -> View<'_> {
        View { as_list, ..*self }
    }

    fn step(&self, to: Date, key: &str) -> Step {
        let label = self
            .text()
            .t1(key, "month", month_name(self.text(), to.month()));
        Step {
            href: self.href(to, None),
            label,
        }
    }

    fn href(&self, day: Date, delivery: Option<DeliveryId>) -> String {
        let month = format!("{:04}-{:02}", day.year(), day.month());
        let view = if self.as_list { "&view=list" } else { "" };
        let open = delivery
            .map(|id| format!("&delivery={id}"))
            .unwrap_or_default();
        format!("{}?month={month}{view}{open}", urls::Calendar)
    }

    fn cell(&self, day: Day, standings: &Standings) -> Cell {
        let (text, date) = (self.text(), day.date);
        let groups = grouped(&day.deliveries);
        let shown = if self.as_list || groups.len() <= CHIPS {
            groups.len()
        } else {
            CHIPS - 1
        };
        let told: usize = groups.iter().take(shown).map(Vec::len).sum();
        let rows: Vec<Row> = groups
            .iter()
            .take(shown)
            .map(|group| self.row(group, standings))
            .collect();
        let words = text.t2(
            "calendar-day",
            "weekday",
            weekday_name(text, date.weekday().to_monday_one_offset()),
            "day",
            day_words(text, date, self.today),
        );
        let more = day.total.saturating_sub(told as u64);
        let (chips, rows) = if self.as_list {
            (Vec::new(), rows)
        } else {
            (rows.into_iter().map(|row| row.chip).collect(), Vec::new())
        };
        Cell {
            date: date.to_string(),
            number: date.day(),
            day: weekday_name(text, date.weekday().to_monday_one_offset()),
            past: date < self.today,
            today: date == self.today,
            other: date.month() != self.first.month(),
            chips,
            rows,
            more,
            more_href: format!("{}#day-{date}", self.as_(true).href(date, None)),
            more_spoken: text.t2("calendar-more-spoken", "n", more, "day", &words),
            create_href: format!("{}?date={date}", urls::ComposeNew),
            create_spoken: text.t1("calendar-create-on", "day", &words),
            spoken: words,
        }
    }

    fn row(&self, group: &[&DeliveryRow], standings: &Standings) -> Row {
        let first = group[0];
        let states = group
            .iter()
            .map(|row| self.say.state(row, standings.get(&row.channel)));
        let state = worst(states);
        let names = group
            .iter()
            .filter_map(|row| standings.get(&row.channel))
            .map(|one| one.channel.name.as_str());
        let notes: std::collections::BTreeSet<String> = group
            .iter()
            .filter_map(|row| Some(self.say.short_risk(row, standings.get(&row.channel)?)))
            .filter(|note| !note.is_empty())
            .collect();
        let due = first.due_at.unwrap_or(self.say.now);
        let words = if first.excerpt.is_empty() {
            self.text().t("post-without-words")
        } else {
            first.excerpt.clone()
        };
        Row {
            channels: names.collect::<Vec<_>>().join(", "),
            thumb: first
                .thumb_sha256
                .as_ref()
                .map(|sha256| super::picture(sha256)),
            pill: StatePill::new(self.text(), state),
            current: group.iter().any(|row| Some(row.id) == self.open),
            chip: Chip {
                text: self.text().clone(),
                id: first.id.to_string(),
                href: self.href(self.first, Some(first.id)),
                state,
                platforms: group
                    .iter()
                    .filter_map(|row| standings.get(&row.channel))
                    .map(|one| one.channel.platform.as_str().to_owned())
                    .collect(),
                time: self.say.clock(due),
                datetime: due.to_string(),
                words,
                note: notes.into_iter().collect::<Vec<_>>().join("; "),
                movable: group.iter().any(|row| is_movable(row, self.say.now)),
            },
        }
    }
}

/// Deliveries of one post at one time are one chip.
fn grouped(rows: &[DeliveryRow]) -> Vec<Vec<&DeliveryRow>> {
    let mut groups: Vec<Vec<&DeliveryRow>> = Vec::new();
    for row in rows {
        match groups
            .iter_mut()
            .find(|group| group[0].post == row.post && group[0].due_at == row.due_at)
        {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// What a drag tells.
#[derive(Debug, Deserialize)]
pub struct Drag {
    id: DeliveryId,
    /// The day.
    to: Date,
}

/// A chip was dragged to another day: it keeps its hour.
pub async fn drag(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(drag): Form<Drag>,
) -> Outcome<Response> {
    let moved = grids::move_to_day(&web, &guard, drag.id, drag.to, Keep::Yes).await?;
    let Some(row) = moved.first() else {
        return Err(Refusal::not_found());
    };
    let set = crate::actions::sets::one(&web, &guard, row.social_set).await?;
    let say = Say::new(&ask.text, &web, &set.zone);
    let when = row.due_at.map(|due| say.at(due).words).unwrap_or_default();
    let words = ask.text.t1("calendar-moved", "when", when);
    let rows: Vec<&DeliveryRow> = moved.iter().collect();
    let flash = super::moved_words(&web, &guard, &say, &rows, words).await?;
    Ok(told(flash))
}

/// Answers a script with nothing but a message for the page that it will load again.
pub(super) fn told(flash: Flash) -> Response {
    let mut response = page::go(urls::Calendar, Some(flash));
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    response.headers_mut().remove(http::header::LOCATION);
    response
}
