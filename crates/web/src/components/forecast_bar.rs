//! A login's life as a line of days: the grammar of the life ring drawn flat, with what is expected on it. The same
//! drawing serves a row of the page, where it is as wide as there is room, and a line of the picture that one can
//! mail or print. Shape tells the state, colour only repeats it; words stand beside it.

use std::fmt::Write as _;

use askama::Template;
use domain::Timestamp;
use domain::channel::{Link, Mode};
use domain::forecast::{Channel, Day, Forecast, Kind, Login, Stretch, Window, by_day, forecast};
use domain::grant::{Ends, Mechanism};
use domain::health::Health;
use domain::schedule::{DAY_MS, Zone, plus_ms};
use jiff::civil::Date;

/// Where the life is drawn, from the row's upper edge.
const LIFE_Y: f64 = 13.0;
/// Where the posts are.
const POSTS_Y: f64 = 28.0;
/// How high a row is.
pub const HEIGHT: u32 = 38;
/// How many posts of one day make a middle and a large dot.
const MANY: [u32; 2] = [2, 5];

/// From moments and days to places along the line.
#[derive(Debug, Clone)]
pub struct Axis {
    /// Midnight of the first day.
    start_ms: i64,
    /// The moment after the last one.
    end_ms: i64,
    /// How wide the whole is.
    width: f64,
    /// Now.
    now: Timestamp,
    zone: Zone,
}

impl Axis {
    /// The days from today on up to `end`, drawn this wide.
    #[must_use]
    pub fn new(now: Timestamp, end: Timestamp, zone: &Zone, width: f64) -> Self {
        let start = start_of(zone.local(now).date(), zone);
        Self {
            start_ms: start.as_millisecond(),
            end_ms: end.as_millisecond().max(start.as_millisecond() + 1),
            width,
            now,
            zone: zone.clone(),
        }
    }

    /// The place of a moment.
    #[must_use]
    pub fn x(&self, at: Timestamp) -> f64 {
        self.share(at) * self.width
    }

    /// The same as a part of the whole, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "places on a drawing")]
    pub fn share(&self, at: Timestamp) -> f64 {
        let whole = (self.end_ms - self.start_ms) as f64;
        ((at.as_millisecond() - self.start_ms) as f64 / whole).clamp(0.0, 1.0)
    }

    /// The middle of a day.
    fn noon(&self, date: Date) -> f64 {
        let noon = date.to_datetime(jiff::civil::Time::constant(12, 0, 0, 0));
        let at = self.zone.tz().to_ambiguous_zoned(noon).compatible();
        at.map_or(0.0, |at| self.x(at.timestamp()))
    }

    /// Where a month's name stands: at the first day of each, and at the beginning unless the next is near; not so
    /// near to the end that it would be cut off.
    #[must_use]
    pub fn months(&self) -> Vec<(Timestamp, Date)> {
        let today = self.zone.local(self.now).date();
        let begin = (start_of(today, &self.zone), today);
        let mut months: Vec<(Timestamp, Date)> = Vec::new();
        let firsts = self.marks().into_iter().filter(|(_, _, first)| *first);
        for (at, date, _) in firsts {
            if months.is_empty() && self.share(at) > 0.11 {
                months.push(begin);
            }
            if self.share(at) < 0.92 {
                months.push((at, date));
            }
        }
        months
    }

    /// Mondays, and the first days of months: the moment, the day, and whether a month begins.
    #[must_use]
    pub fn marks(&self) -> Vec<(Timestamp, Date, bool)> {
        let mut date = self.zone.local(self.now).date();
        let mut marks = Vec::new();
        loop {
            let at = start_of(date, &self.zone);
            if at.as_millisecond() >= self.end_ms {
                return marks;
            }
            let first = date.day() == 1;
            if first || date.weekday() == jiff::civil::Weekday::Monday {
                marks.push((at, date, first));
            }
            let Ok(next) = date.tomorrow() else {
                return marks;
            };
            date = next;
        }
    }
}

fn start_of(date: Date, zone: &Zone) -> Timestamp {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    let start = zone.tz().to_ambiguous_zoned(midnight).compatible();
    start.map_or(Timestamp::UNIX_EPOCH, |start| start.timestamp())
}

/// The drawing of one row.
#[derive(Debug, Clone, Template)]
#[template(path = "components/forecast_bar.html")]
pub struct ForecastBar {
    /// Weeks, and now.
    weeks: String,
    now: String,
    /// The life: its state in the words of the life ring, and its line.
    lives: Vec<(&'static str, String)>,
    renewals: String,
    warnings: String,
    /// Days with posts, by how many: those on which all go out, those on which one is at risk.
    dots: Vec<(&'static str, String)>,
}

super::safe_html!(ForecastBar);

/// The life ring's word for a stretch.
const fn life(kind: Kind) -> &'static str {
    match kind {
        Kind::ExtendsItself => "well",
        Kind::GoodUntil => "good_until",
        Kind::LastQuarter => "last_quarter",
        Kind::EndUnknown => "end_unknown",
        Kind::NeedsSignIn => "needs_sign_in",
        Kind::PermissionMissing => "permission_missing",
        Kind::PlatformDown => "platform_down",
        Kind::Checking => "checking",
        Kind::ReminderOnly => "reminder_only",
        Kind::Unlinked => "unlinked",
    }
}

impl ForecastBar {
    /// Draws what becomes of a login, with its planned posts.
    #[must_use]
    pub fn new(axis: &Axis, forecast: &Forecast, days: &[Day]) -> Self {
        let lives = forecast.stretches.iter();
        Self {
            weeks: uprights(
                axis.marks().iter().map(|(at, ..)| axis.x(*at)),
                0.0,
                f64::from(HEIGHT),
            ),
            now: uprights([axis.x(axis.now)], 0.0, f64::from(HEIGHT)),
            lives: lives
                .map(|stretch| (life(stretch.kind), line(axis, stretch)))
                .collect(),
            renewals: uprights(
                forecast.renewals.iter().map(|at| axis.x(*at)),
                LIFE_Y - 6.0,
                LIFE_Y + 6.0,
            ),
            warnings: uprights(
                forecast.warnings.iter().map(|one| axis.x(one.at)),
                LIFE_Y - 9.0,
                LIFE_Y - 4.0,
            ),
            dots: dots(axis, days),
        }
    }
}

impl ForecastBar {
    /// One for each kind of life, with its word: a post a week, and an end where there is one.
    #[must_use]
    pub fn samples() -> Vec<(&'static str, Self)> {
        let (now, zone, ends) = (Timestamp::UNIX_EPOCH, Zone::utc(), Ends::default());
        let window = Window::ahead(now, &zone);
        let axis = Axis::new(window.from, window.to, &zone, 9_000.0);
        let day = |nth: i64| plus_ms(now, nth * DAY_MS);
        let well = Login {
            health: Health::Healthy,
            mechanism: Mechanism::RefreshFixed,
            ends: &ends,
            horizon: None,
            signed_in_at: now,
            fresh_since: now,
            renew_at: Some(day(20)),
            earliest_ms: 0,
        };
        let is = |health| Login { health, ..well };
        let until = Login {
            horizon: Some(day(50)),
            ..well
        };
        let unknown = Login {
            mechanism: Mechanism::None,
            renew_at: None,
            ..well
        };
        let posts: Vec<_> = (0..12).map(|week| (day(week * 7), false)).collect();
        let drawn = |(link, mode, login)| {
            let channel = Channel {
                link,
                mode,
                login,
                something_planned: true,
            };
            let seen = forecast(&channel, window);
            let days = by_day(&seen, &posts, &zone);
            (seen.kind().as_str(), Self::new(&axis, &seen, &days))
        };
        let linked = |login| (Link::Linked, Mode::Auto, login);
        let all = [
            linked(Some(well)),
            linked(Some(until)),
            linked(Some(unknown)),
            linked(None),
            linked(Some(is(Health::Limited))),
            linked(Some(is(Health::Waiting))),
            linked(Some(is(Health::Checking))),
            (Link::Linked, Mode::Remind, None),
            (Link::Unlinked, Mode::Auto, None),
        ];
        all.into_iter().map(drawn).collect()
    }
}

/// The line of a stretch; where a permission is missing it has a gap, as the ring has.
fn line(axis: &Axis, stretch: &Stretch) -> String {
    let (from, to) = (axis.x(stretch.from), axis.x(stretch.to));
    if stretch.kind == Kind::PermissionMissing {
        let (middle, half) = (f64::midpoint(from, to), (to - from) * 0.012);
        let (a, b) = (middle - half, middle + half);
        return format!("M{from:.1} {LIFE_Y}H{a:.1}M{b:.1} {LIFE_Y}H{to:.1}");
    }
    format!("M{from:.1} {LIFE_Y}H{to:.1}")
}

fn uprights(places: impl IntoIterator<Item = f64>, top: f64, bottom: f64) -> String {
    let mut path = String::new();
    for x in places {
        // Writing into a text cannot fail.
        let _ = write!(path, "M{x:.1} {top}V{bottom}");
    }
    path
}

/// A dot a day, larger where there are many; red where one of them is at risk.
fn dots(axis: &Axis, days: &[Day]) -> Vec<(&'static str, String)> {
    let mut all = [
        ("one", String::new()),
        ("some", String::new()),
        ("many", String::new()),
        ("risk-one", String::new()),
        ("risk-some", String::new()),
        ("risk-many", String::new()),
    ];
    let size = |n: u32| MANY.iter().filter(|least| n >= **least).count();
    let mut put = |place: usize, x: f64| {
        if let Some((_, path)) = all.get_mut(place) {
            // A line without length under a round cap is a dot, at whatever width it is drawn.
            let _ = write!(path, "M{x:.1} {POSTS_Y}h0");
        }
    };
    for day in days {
        let place = if day.at_risk > 0 {
            3 + size(day.at_risk)
        } else {
            size(day.planned)
        };
        put(place, axis.noon(day.date));
    }
    all.into_iter()
        .filter(|(_, path)| !path.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(width: f64) -> Axis {
        let now: Timestamp = "2026-03-12T10:00:00Z".parse().unwrap();
        let zone = Zone::named("Europe/Berlin").unwrap();
        let window = Window::ahead(now, &zone);
        Axis::new(window.from, window.to, &zone, width)
    }

    #[test]
    fn ninety_days_fill_the_line_and_weeks_begin_on_monday() {
        let axis = axis(900.0);
        let marks = axis.marks();
        assert_eq!(
            marks.first().map(|mark| mark.1.to_string()).as_deref(),
            Some("2026-03-16")
        );
        let months: Vec<String> = marks
            .iter()
            .filter(|mark| mark.2)
            .map(|mark| mark.1.to_string())
            .collect();
        assert_eq!(months, ["2026-04-01", "2026-05-01", "2026-06-01"]);
        let named: Vec<String> = axis
            .months()
            .iter()
            .map(|(_, day)| day.to_string())
            .collect();
        assert_eq!(
            named,
            ["2026-03-12", "2026-04-01", "2026-05-01", "2026-06-01"]
        );
        assert!((axis.noon("2026-03-12".parse().unwrap()) - 5.0).abs() < 0.1);
        assert!((axis.noon("2026-06-09".parse().unwrap()) - 895.0).abs() < 0.6);
    }

    #[test]
    fn a_day_is_one_dot_by_its_number_and_red_where_one_is_at_risk() {
        let axis = axis(900.0);
        let channel = Channel {
            link: Link::Linked,
            mode: Mode::Auto,
            login: None,
            something_planned: true,
        };
        let window = Window {
            from: axis.now,
            to: "2026-06-09T22:00:00Z".parse().unwrap(),
        };
        let seen = forecast(&channel, window);
        let day = |date: &str, planned, at_risk| Day {
            date: date.parse().unwrap(),
            planned,
            at_risk,
        };
        let days = [
            day("2026-03-12", 1, 0),
            day("2026-03-13", 9, 2),
            day("2026-03-14", 5, 5),
        ];
        let html = ForecastBar::new(&axis, &seen, &days).to_string();
        let classes = html.split("fc-dot\" data-n=\"").skip(1);
        let classes: Vec<&str> = classes.filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(classes, ["one", "risk-some", "risk-many"], "{html}");
        assert_eq!(html.matches("h0").count(), 3);
        assert!(html.contains("data-life=\"needs_sign_in\"") && !html.contains("style="));
    }

    #[test]
    fn every_kind_of_life_has_a_sample_and_a_shape_of_its_own() {
        let samples = ForecastBar::samples();
        let lives: std::collections::BTreeSet<&str> = samples
            .iter()
            .flat_map(|(_, bar)| bar.lives.iter().map(|(life, _)| *life))
            .collect();
        assert_eq!(lives.len(), Kind::ALL.len(), "{lives:?}");
        assert!(
            samples[1]
                .1
                .dots
                .iter()
                .any(|(size, _)| *size == "risk-one")
        );
        assert!(!samples[0].1.renewals.is_empty() && !samples[1].1.warnings.is_empty());
    }
}
