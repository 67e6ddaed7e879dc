//! A proposal for posts that are planned again: which goes out when. Pure: nothing is changed by it; a
//! person looks at it and may say yes. No channel gets two posts at one moment, and none lands in the
//! past or on a time that a post of the channel already has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil;

use crate::Timestamp;
use crate::ids::{ChannelId, DeliveryId, PostId};
use crate::limits::PLAN_DAYS;
use crate::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, Zone, ms_between, plus_ms};

/// The first hour of the day, by the wall clock, that counts as a free hour for a post.
pub const FIRST_HOUR: i8 = 9;
/// The last one.
pub const LAST_HOUR: i8 = 20;
/// How near another post of the channel a free hour may lie, in milliseconds.
const APART_MS: i64 = 30 * MINUTE_MS;

/// A delivery that is to be planned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// Which.
    pub delivery: DeliveryId,
    /// Deliveries of one post stay together.
    pub post: PostId,
    /// Where it goes.
    pub channel: ChannelId,
}

/// How the times are found.
#[derive(Debug, Clone)]
pub enum Way {
    /// From this moment on, so many milliseconds apart on each channel.
    Every {
        /// The first moment.
        start: Timestamp,
        /// The distance.
        spacing_ms: i64,
    },
    /// Whole hours of the day in this zone, the next free ones after this moment.
    FreeHours {
        /// The zone of the social set.
        zone: Zone,
        /// Not before.
        from: Timestamp,
    },
}

/// Why nothing is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProposal {
    /// The first moment is over.
    #[error("the first time is in the past")]
    Past,
    /// Posts of one channel need at least a minute between them.
    #[error("the distance between two posts is under a minute")]
    TooClose,
    /// The last ones would lie beyond what can be planned.
    #[error("the last time is more than {PLAN_DAYS} days ahead")]
    TooFar,
}

/// The moments at which each channel has a post already.
pub type Taken = BTreeMap<ChannelId, BTreeSet<Timestamp>>;

/// A time for each delivery, in the order in which they came. Deliveries of one post get one time; on
/// each channel the order is kept.
///
/// # Errors
/// [`NoProposal`].
pub fn propose(
    again: &[Again],
    taken: &Taken,
    way: &Way,
    now: Timestamp,
) -> Result<Vec<(DeliveryId, Timestamp)>, NoProposal> {
    let mut moments = Moments::new(way, now)?;
    let mut next_of: BTreeMap<ChannelId, usize> = BTreeMap::new();
    let mut proposed = Vec::with_capacity(again.len());
    for (post, group) in grouped(again) {
        debug_assert!(group.iter().all(|one| one.post == post));
        let mut at = group
            .iter()
            .filter_map(|one| next_of.get(&one.channel))
            .copied()
            .max()
            .unwrap_or(0);
        let moment = loop {
            let moment = moments.get(at)?;
            if group
                .iter()
                .all(|one| is_free(taken, one.channel, moment, way))
            {
                break moment;
            }
            at += 1;
        };
        for one in &group {
            next_of.insert(one.channel, at + 1);
            proposed.push((one.delivery, moment));
        }
    }
    Ok(proposed)
}

/// How long before the end of a login the last good hour lies at the least, in milliseconds: a post takes its
/// time, and a platform's clock is not ours.
const BEFORE_END_MS: i64 = HOUR_MS;

/// The last free hour of the day before `end` that is free on all of these channels; none where none is left.
#[must_use]
pub fn last_before(
    channels: &[ChannelId],
    taken: &Taken,
    zone: &Zone,
    end: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let (first, last) = (plus_ms(now, HOUR_MS / 4), plus_ms(end, -BEFORE_END_MS));
    let way = Way::FreeHours {
        zone: zone.clone(),
        from: now,
    };
    let mut day = zone.local(last).date();
    for _ in 0..=PLAN_DAYS {
        for hour in (FIRST_HOUR..=LAST_HOUR).rev() {
            let Ok(moment) = zone.instant(day.at(hour, 0, 0, 0)) else {
                continue;
            };
            if moment < first {
                return None;
            }
            let free = |channel: &ChannelId| is_free(taken, *channel, moment, &way);
            if moment <= last && channels.iter().all(free) {
                return Some(moment);
            }
        }
        day = day.checked_sub(1.day()).ok()?;
    }
    None
}

/// The deliveries by post, in the order in which each post first comes. A post that has one channel
/// twice (which storage does not allow) is taken as two.
fn grouped(again: &[Again]) -> Vec<(PostId, Vec<Again>)> {
    let mut groups: Vec<(PostId, Vec<Again>)> = Vec::new();
    for one in again {
        let fits = |(post, group): &&mut (PostId, Vec<Again>)| {
            *post == one.post && group.iter().all(|other| other.channel != one.channel)
        };
        match groups.iter_mut().find(fits) {
            Some((_, group)) => group.push(*one),
            None => groups.push((one.post, vec![*one])),
        }
    }
    groups
}

fn is_free(taken: &Taken, channel: ChannelId, moment: Timestamp, way: &Way) -> bool {
    let Some(times) = taken.get(&channel) else {
        return true;
    };
    match way {
        Way::Every { .. } => !times.contains(&moment),
        Way::FreeHours { .. } => {
            let (from, to) = (plus_ms(moment, 1 - APART_MS), plus_ms(moment, APART_MS));
            times.range(from..to).next().is_none()
        }
    }
}

/// The candidates in order, made as they are asked for.
struct Moments<'a> {
    way: &'a Way,
    now: Timestamp,
    made: Vec<Timestamp>,
    day: civil::Date,
    hour: i8,
}

impl<'a> Moments<'a> {
    fn new(way: &'a Way, now: Timestamp) -> Result<Self, NoProposal> {
        let day = match way {
            Way::Every { start, .. } if *start < now => return Err(NoProposal::Past),
            Way::Every { spacing_ms, .. } if *spacing_ms < MINUTE_MS => {
                return Err(NoProposal::TooClose);
            }
            Way::Every { .. } => civil::Date::constant(1970, 1, 1),
            Way::FreeHours { zone, from } => zone.local((*from).max(now)).date(),
        };
        Ok(Self {
            way,
            now,
            made: Vec::new(),
            day,
            hour: FIRST_HOUR,
        })
    }

    fn get(&mut self, at: usize) -> Result<Timestamp, NoProposal> {
        let moment = match self.way {
            Way::Every { start, spacing_ms } => {
                let steps = i64::try_from(at).unwrap_or(i64::MAX);
                plus_ms(*start, spacing_ms.saturating_mul(steps))
            }
            Way::FreeHours { zone, from } => self.hour_at(at, zone, (*from).max(self.now))?,
        };
        if ms_between(self.now, moment) > PLAN_DAYS * DAY_MS {
            return Err(NoProposal::TooFar);
        }
        Ok(moment)
    }

    fn hour_at(
        &mut self,
        at: usize,
        zone: &Zone,
        from: Timestamp,
    ) -> Result<Timestamp, NoProposal> {
        while self.made.len() <= at {
            let local = self.day.at(self.hour, 0, 0, 0);
            if self.hour >= LAST_HOUR {
                self.hour = FIRST_HOUR;
                self.day = self
                    .day
                    .checked_add(1.day())
                    .map_err(|_| NoProposal::TooFar)?;
            } else {
                self.hour += 1;
            }
            // An hour that the clocks are put forward over is none.
            let Ok(moment) = zone.instant(local) else {
                continue;
            };
            // A person needs a moment to look, and a platform one to prepare.
            if moment >= plus_ms(from, HOUR_MS / 4)
                && self.made.last().is_none_or(|last| *last < moment)
            {
                self.made.push(moment);
            }
        }
        Ok(self.made[at])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id<T: crate::ids::Id>(number: usize) -> T {
        T::from_uuid(uuid::Uuid::from_u128(number as u128 + 1))
    }

    fn again(pairs: &[(usize, usize)]) -> Vec<Again> {
        let one = |(at, (post, channel)): (usize, &(usize, usize))| Again {
            delivery: id(at),
            post: id(*post),
            channel: id(*channel),
        };
        pairs.iter().enumerate().map(one).collect()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn posts_stay_together_and_channels_do_not_wait_for_each_other() {
        let now = time("2026-11-24T08:00:00Z");
        let way = Way::Every {
            start: time("2026-11-24T09:00:00Z"),
            spacing_ms: HOUR_MS,
        };
        // Post 0 on channels 0 and 1, post 1 on channel 0, post 2 on channel 1.
        let times = propose(
            &again(&[(0, 0), (0, 1), (1, 0), (2, 1)]),
            &Taken::new(),
            &way,
            now,
        )
        .expect("a proposal");
        let times: Vec<String> = times.iter().map(|(_, at)| at.to_string()).collect();
        assert_eq!(
            times,
            [
                "2026-11-24T09:00:00Z",
                "2026-11-24T09:00:00Z",
                "2026-11-24T10:00:00Z",
                "2026-11-24T10:00:00Z"
            ]
        );
    }

    #[test]
    fn free_hours_are_hours_of_the_day_where_nothing_is_planned() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let now = time("2026-11-24T17:50:00Z"); // 18:50 there.
        let taken = Taken::from([(id(0), BTreeSet::from([time("2026-11-24T19:10:00Z")]))]);
        let way = Way::FreeHours { zone, from: now };
        let times = propose(&again(&[(0, 0), (1, 0)]), &taken, &way, now).expect("a proposal");
        let times: Vec<String> = times.iter().map(|(_, at)| at.to_string()).collect();
        // 19:00 is too near, 20:00 has a post at 20:10, so the next morning.
        assert_eq!(times, ["2026-11-25T08:00:00Z", "2026-11-25T09:00:00Z"]);
    }

    #[test]
    fn the_last_good_hour_is_free_and_an_hour_before_the_end() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let now = time("2026-11-24T08:00:00Z");
        let last = |end: &str, taken: &Taken| {
            last_before(&[id(0), id(1)], taken, &zone, time(end), now).map(|at| at.to_string())
        };
        let free = Taken::new();
        // 14:30 there: 13:00 is the last whole hour that is an hour before it.
        assert_eq!(
            last("2026-11-26T13:30:00Z", &free).as_deref(),
            Some("2026-11-26T12:00:00Z")
        );
        // In the night: the evening before.
        assert_eq!(
            last("2026-11-26T02:00:00Z", &free).as_deref(),
            Some("2026-11-25T19:00:00Z")
        );
        let taken = Taken::from([(id(1), BTreeSet::from([time("2026-11-25T19:10:00Z")]))]);
        assert_eq!(
            last("2026-11-26T02:00:00Z", &taken).as_deref(),
            Some("2026-11-25T18:00:00Z")
        );
        assert_eq!(last("2026-11-24T09:05:00Z", &free), None, "too near");
        assert_eq!(last("2026-11-20T09:05:00Z", &free), None, "it is over");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let now = time("2026-11-24T08:00:00Z");
        let every = |start, spacing_ms| {
            propose(
                &again(&[(0, 0), (1, 0)]),
                &Taken::new(),
                &Way::Every { start, spacing_ms },
                now,
            )
        };
        assert_eq!(every(plus_ms(now, -1), HOUR_MS), Err(NoProposal::Past));
        assert_eq!(every(now, 0), Err(NoProposal::TooClose));
        assert_eq!(every(now, 800 * DAY_MS), Err(NoProposal::TooFar));
    }

    proptest! {
        #[test]
        fn never_two_of_a_channel_at_one_moment_nor_in_the_past(
            pairs in proptest::collection::vec((0usize..12, 0usize..4), 1..40),
            taken in proptest::collection::btree_set((0usize..4, 0i64..200), 0..60),
            spacing in 1i64..200,
            hours in any::<bool>(),
            minute in 0i64..2_000,
        ) {
            let now = plus_ms(time("2026-03-27T00:00:00Z"), minute * MINUTE_MS);
            let mut planned = Taken::new();
            for (channel, half_hour) in taken {
                planned.entry(id(channel)).or_default().insert(plus_ms(now, half_hour * 30 * MINUTE_MS));
            }
            let way = if hours {
                Way::FreeHours { zone: Zone::named("Europe/Berlin").expect("a zone"), from: now }
            } else {
                Way::Every { start: now, spacing_ms: spacing * MINUTE_MS }
            };
            let wanted = again(&pairs);
            let proposed = propose(&wanted, &planned, &way, now).expect("a proposal");
            prop_assert_eq!(proposed.len(), wanted.len());
            for (delivery, at) in proposed {
                let one = wanted.iter().find(|one| one.delivery == delivery).expect("one of them");
                prop_assert!(at >= now, "{at} is past");
                prop_assert!(planned.entry(one.channel).or_default().insert(at), "two at {at}");
            }
        }
    }
}
