//! The forecast as a picture: one file without script, in its own colours for light and dark, that can be mailed or
//! printed. Its style stands in it, and the answer's policy lets exactly that style through.

use std::sync::LazyLock;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::SocialSetId;
use http::{HeaderName, header};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::words::{self, Group};
use super::{Sample, legend, scale};
use crate::access::Guard;
use crate::actions::forecasts::{self, Read, Row};
use crate::components::ForecastBar;
use crate::components::forecast_bar::{Axis, HEIGHT};
use crate::extract::{Query, parsed};
use crate::page::Ask;
use crate::pages::planning::Say;
use crate::problem::Outcome;
use crate::state::Web;

/// Its style. It holds nothing that a template would escape, so that its hash stays true.
const STYLE: &str = include_str!("../../../templates/pages/forecast/sheet.css");
/// How wide ninety days are drawn: ten a day.
const WIDTH: f64 = 900.0;
/// Where the first line of the lead stands, and how far the next is below.
const LEAD_Y: u32 = 78;
const LEAD_STEP: u32 = 16;
/// How many signs of the legend stand beside each other, and how wide each is.
const SIGNS: usize = 4;
const SIGN_WIDTH: usize = 300;
const SIGN_HEIGHT: usize = 24;
/// How high a heading is.
const HEADING: u32 = 36;
/// How many characters of a name and of a state fit before the line begins.
const NAME_CHARS: usize = 38;
const STATE_CHARS: usize = 52;

/// The policy of the answer: this very style, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'")
});

/// `?social_set=…`
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default, deserialize_with = "parsed")]
    social_set: Option<SocialSetId>,
}

#[derive(Template)]
#[template(path = "pages/forecast/sheet.svg")]
struct Sheet {
    language: String,
    height: u32,
    title: String,
    description: String,
    style: &'static str,
    made: String,
    lead: Vec<(u32, String)>,
    legend: Vec<Placed>,
    axis_y: u32,
    axis: Vec<Place>,
    headings: Vec<Heading>,
    lines: Vec<Line>,
    foot_y: u32,
    foot: String,
}

struct Placed {
    x: usize,
    y: usize,
    sign: Sample,
}

struct Place {
    x: String,
    words: String,
    month: bool,
}

struct Heading {
    y: u32,
    words: String,
    alert: bool,
}

struct Line {
    y: u32,
    name: String,
    state: String,
    alert: bool,
    spoken: String,
    bar: ForecastBar,
    mark: Option<String>,
    unknown: bool,
}

/// The picture.
pub async fn sheet(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    let read = forecasts::read(&web, &guard, asked.social_set).await?;
    let say = Say::new(&ask.text, &web, &read.zone);
    let drawn = drawn(&say, &read).render().unwrap_or_default();
    let day = read.zone.local(read.window.from).date();
    let name = format!("inline; filename=\"mainstay-forecast-{day}.svg\"");
    let headers: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, "image/svg+xml".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    Ok((headers, drawn).into_response())
}

fn drawn(say: &Say, read: &Read) -> Sheet {
    let text = &say.text;
    let axis = Axis::new(read.window.from, read.window.to, &read.zone, WIDTH);
    let mut lead = words::summary(text, read);
    lead.extend(words::notes(say, read));
    let lead: Vec<(u32, String)> = (LEAD_Y..).step_by(LEAD_STEP as usize).zip(lead).collect();
    let after_lead = lead.last().map_or(LEAD_Y, |(y, _)| *y) + 10;
    let legend = placed(legend(text), after_lead as usize);
    let after_legend = legend.last().map_or(after_lead as usize, |last| last.y) + SIGN_HEIGHT;
    let axis_y = u32::try_from(after_legend).unwrap_or(0) + 44;
    let (headings, lines, bottom) = lines(say, read, &axis, axis_y);
    let name = read.name.as_str();
    let title = text.t1("forecast-sheet-title", "name", name);
    Sheet {
        language: text.language().to_owned(),
        height: bottom + 60,
        description: description(say, read),
        style: STYLE,
        made: text.t1(
            "forecast-sheet-made",
            "when",
            say.at(read.window.from).exact,
        ),
        title,
        lead,
        legend,
        axis_y,
        axis: scale(text, &axis)
            .into_iter()
            .map(|(at, words, month)| Place {
                x: format!("{:.1}", axis.x(at)),
                words,
                month,
            })
            .collect(),
        headings,
        lines,
        foot_y: bottom + 32,
        foot: text.t("forecast-honest"),
    }
}

fn placed(signs: Vec<Sample>, top: usize) -> Vec<Placed> {
    let place = |(at, sign)| Placed {
        x: 22 + at % SIGNS * SIGN_WIDTH,
        y: top + at / SIGNS * SIGN_HEIGHT,
        sign,
    };
    signs.into_iter().enumerate().map(place).collect()
}

/// Headings and lines from the axis down, and where they end.
fn lines(say: &Say, read: &Read, axis: &Axis, top: u32) -> (Vec<Heading>, Vec<Line>, u32) {
    let (mut headings, mut lines, mut y) = (Vec::new(), Vec::new(), top);
    let mut last = None;
    for row in &read.rows {
        let group = Group::of(row);
        if last != Some(group) {
            headings.push(Heading {
                y: y + 24,
                words: group.words(&say.text),
                alert: group == Group::Now,
            });
            (last, y) = (Some(group), y + HEADING);
        }
        lines.push(line(say, read, row, axis, y));
        y += HEIGHT + 2;
    }
    (headings, lines, y)
}

fn line(say: &Say, read: &Read, row: &Row, axis: &Axis, y: u32) -> Line {
    let set = read.sets.get(&row.channel.social_set);
    let several = read.only.is_none() && read.sets.len() > 1;
    let name = match set.filter(|_| several) {
        Some(set) => format!("{} · {}", row.channel.name, set.name),
        None => row.channel.name.clone(),
    };
    Line {
        y,
        name: short(&name, NAME_CHARS),
        state: short(&words::state(say, row), STATE_CHARS),
        alert: row.forecast.needs_person_now(),
        spoken: words::spoken(say, row),
        bar: ForecastBar::new(axis, &row.forecast, &row.days),
        mark: row
            .forecast
            .needs_person_at
            .map(|at| format!("{:.1}", axis.x(at))),
        unknown: row.forecast.kind() == domain::forecast::Kind::EndUnknown,
    }
}

fn short(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let kept: String = words.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The picture in words: the whole, then every channel that wants a person.
fn description(say: &Say, read: &Read) -> String {
    let mut said = words::summary(&say.text, read);
    let wants = |row: &&Row| row.forecast.needs_person_at.is_some();
    said.extend(
        read.rows
            .iter()
            .filter(wants)
            .map(|row| words::spoken(say, row)),
    );
    said.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_holds_nothing_that_a_template_would_escape() {
        assert!(!STYLE.contains(['<', '>', '&', '"', '\'']));
        assert!(STYLE.contains("prefers-color-scheme: dark") && STYLE.contains("@media screen"));
        assert!(POLICY.contains("style-src 'sha256-") && !POLICY.contains("unsafe"));
    }

    #[test]
    fn long_names_are_cut_and_short_ones_are_not() {
        assert_eq!(short("Harbour", 7), "Harbour");
        assert_eq!(short("Harbour Bakery", 9), "Harbour…");
    }
}
