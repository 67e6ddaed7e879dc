//! The calendar of a social set as days of its zone, and the grid of a channel: what the two views show.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::{ChannelId, SocialSetId};
use domain::member::Action;
use domain::schedule::Zone;
use jiff::ToSpan as _;
use jiff::civil::Date;
use storage::calendar::{self, Stretch};
use storage::channel_events::{self, ChannelEvent};
use storage::channels;
use storage::deliveries::DeliveryRow;
use storage::grid::{self, Planned};
use storage::remote_posts::{self, RemotePostRow};
use storage::sets::{self, SocialSet};
use storage::standings::{self, Standing};

use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::Web;

/// The most days of one look.
pub const MOST_DAYS: i64 = 62;
/// How many posts of the account's own a grid shows.
const GRID_POSTS: usize = 60;
/// How many planned ones.
const GRID_PLANNED: usize = 60;

/// One day.
#[derive(Debug, Clone)]
pub struct Day {
    /// Which, by the zone of the set.
    pub date: Date,
    /// How many posts it has in all.
    pub total: u64,
    /// The first of them.
    pub deliveries: Vec<DeliveryRow>,
}

/// A stretch of days of a set.
#[derive(Debug, Clone)]
pub struct Days {
    /// The set.
    pub set: SocialSet,
    /// Every day of the stretch.
    pub days: Vec<Day>,
    /// The set's channels.
    pub standings: BTreeMap<ChannelId, Standing>,
}

/// The days from `from` up to, not including, `to`, each with its first `per_day` posts.
///
/// # Errors
/// `not_found`, a wrong window.
pub async fn days(
    web: &Web,
    by: &Guard,
    set: SocialSetId,
    from: Date,
    to: Date,
    per_day: usize,
) -> Outcome<Days> {
    by.ask(Action::Read, Some(set))?;
    let length = from.until(to).map_or(0, |span| i64::from(span.get_days()));
    if !(1..=MOST_DAYS).contains(&length) {
        let words = Words::key("calendar-window").with("most", MOST_DAYS);
        return Err(Refusal::new(&codes::BAD_PARAMETER).and_field("to", "out_of_range", words));
    }
    let workspace = by.workspace();
    web.read("web.calendar", move |conn| {
        let set = sets::one(conn, workspace, set)?.ok_or_else(Refusal::not_found)?;
        let mut days: BTreeMap<Date, Day> = BTreeMap::new();
        for stretch in stretches(&set.zone, from, to) {
            let mut counted = BTreeMap::new();
            for dated in calendar::window(conn, workspace, set.id, stretch, per_day)? {
                let Some(due) = dated.delivery.due_at else {
                    continue;
                };
                let date = set.zone.local(due).date();
                counted.insert(date, dated.that_day);
                let day = days.entry(date).or_insert_with(|| Day {
                    date,
                    total: 0,
                    deliveries: Vec::new(),
                });
                if day.deliveries.len() < per_day {
                    day.deliveries.push(dated.delivery);
                }
            }
            for (date, count) in counted {
                if let Some(day) = days.get_mut(&date) {
                    day.total += count;
                }
            }
        }
        let mut all = Vec::new();
        let mut date = from;
        while date < to {
            all.push(days.remove(&date).unwrap_or(Day {
                date,
                total: 0,
                deliveries: Vec::new(),
            }));
            date = date
                .checked_add(1.day())
                .map_err(|_| Refusal::new(&codes::BAD_PARAMETER))?;
        }
        let standings = standings::of_set(conn, workspace, set.id)?;
        Ok(Days {
            standings: standings
                .into_iter()
                .map(|one| (one.channel.id, one))
                .collect(),
            set,
            days: all,
        })
    })
    .await
}

/// The window in stretches of one offset each: one, or two where the clocks are put forward or back.
fn stretches(zone: &Zone, from: Date, to: Date) -> Vec<Stretch> {
    let start = |date: Date| {
        let midnight = zone
            .tz()
            .to_ambiguous_zoned(date.to_datetime(jiff::civil::Time::midnight()));
        midnight
            .compatible()
            .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    };
    let (first, end) = (start(from), start(to));
    let mut all = Vec::new();
    let mut at = first;
    while at < end {
        let change = zone
            .tz()
            .following(at)
            .next()
            .map_or(end, |transition| transition.timestamp())
            .min(end);
        let ahead_ms = i64::from(zone.tz().to_offset(at).seconds()) * 1_000;
        all.push(Stretch {
            from: at,
            to: change,
            ahead_ms,
        });
        at = change;
    }
    all
}

/// What a grid shows.
#[derive(Debug, Clone)]
pub struct GridRead {
    /// The channel and its login.
    pub standing: Standing,
    /// Its set.
    pub set: SocialSet,
    /// What is planned, the last first.
    pub planned: Vec<Planned>,
    /// What went out and was not read back yet.
    pub fresh: Vec<Planned>,
    /// The account's own posts, newest first.
    pub posts: Vec<RemotePostRow>,
    /// The last time that it was read back, with what came.
    pub synced: Option<ChannelEvent>,
}

/// The grid of one channel.
///
/// # Errors
/// `not_found`.
pub async fn grid(web: &Web, by: &Guard, id: ChannelId) -> Outcome<GridRead> {
    let (workspace, guard) = (by.workspace(), by.clone());
    web.read("web.grid", move |conn| {
        let channel = channels::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)?;
        guard.ask(Action::Read, Some(channel.social_set))?;
        let set = sets::one(conn, workspace, channel.social_set)?.ok_or_else(Refusal::not_found)?;
        let standings = standings::of_set(conn, workspace, set.id)?;
        let standing = standings
            .into_iter()
            .find(|one| one.channel.id == id)
            .ok_or_else(Refusal::not_found)?;
        // A platform may list a post late: what went out in the last day and is not there is told. What a
        // person posted by hand has no id to be found by, and is shown until the next reading back.
        let before = |millis: i64| {
            let synced = channel.synced_at;
            synced.map_or(Timestamp::UNIX_EPOCH, |at| {
                domain::schedule::plus_ms(at, -millis)
            })
        };
        let (since, by_hand_since) = (before(domain::schedule::DAY_MS), before(600_000));
        let mut fresh = grid::not_read_back(conn, workspace, id, since, GRID_PLANNED)?;
        fresh.retain(|one| {
            one.delivery.remote_id.is_some() || one.delivery.published_at >= Some(by_hand_since)
        });
        let events = channel_events::latest(conn, workspace, id, 20)?;
        Ok(GridRead {
            planned: grid::planned(conn, workspace, id, GRID_PLANNED)?,
            fresh,
            posts: remote_posts::latest(conn, workspace, id, GRID_POSTS)?,
            synced: events.into_iter().find(|event| event.kind == "synced"),
            standing,
            set,
        })
    })
    .await
}

/// The channels of a set, each with its login.
///
/// # Errors
/// `not_found`.
pub async fn standings(web: &Web, by: &Guard, set: SocialSetId) -> Outcome<Vec<Standing>> {
    by.ask(Action::Read, Some(set))?;
    let workspace = by.workspace();
    web.read("web.standings", move |conn| {
        Ok(standings::of_set(conn, workspace, set)?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_with_a_change_of_clocks_is_two_stretches_without_a_hole() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let stretches = stretches(
            &zone,
            "2026-03-01".parse().unwrap(),
            "2026-04-01".parse().unwrap(),
        );
        let shown: Vec<String> = stretches
            .iter()
            .map(|s| format!("{} {} {}", s.from, s.to, s.ahead_ms / 3_600_000))
            .collect();
        assert_eq!(
            shown,
            [
                "2026-02-28T23:00:00Z 2026-03-29T01:00:00Z 1",
                "2026-03-29T01:00:00Z 2026-03-31T22:00:00Z 2"
            ]
        );
    }
}
