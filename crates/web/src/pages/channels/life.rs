//! A channel's life as a strip, and its timeline with what a platform's bad hour repeats told once. Pure: made
//! of lines that were read.

use domain::Timestamp;
use domain::cause::Cause;
use domain::health::Health;
use domain::schedule::ms_between;
use storage::channel_events::ChannelEvent;

/// How a channel stood for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stood {
    /// It could post.
    Well,
    /// The platform was in trouble.
    Waiting,
    /// A permission or a role was missing.
    Limited,
    /// A person had to sign in.
    NeedsSignIn,
    /// It was not linked.
    Unlinked,
}

impl Stood {
    /// The value of `data-stood`, which gives shape and colour.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Waiting => "waiting",
            Self::Limited => "limited",
            Self::NeedsSignIn => "needs_sign_in",
            Self::Unlinked => "unlinked",
        }
    }

    /// The key of its words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Well => "stood-well",
            Self::Waiting => "stood-waiting",
            Self::Limited => "stood-limited",
            Self::NeedsSignIn => "stood-needs-sign-in",
            Self::Unlinked => "stood-unlinked",
        }
    }

    /// What a health is in the strip.
    #[must_use]
    pub const fn of(health: Health) -> Self {
        match health {
            Health::Healthy | Health::Expiring | Health::Checking => Self::Well,
            Health::Waiting => Self::Waiting,
            Health::Limited => Self::Limited,
            Health::NeedsRefresh => Self::NeedsSignIn,
        }
    }
}

/// A piece of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// How it stood.
    pub stood: Stood,
    /// From then.
    pub from: Timestamp,
    /// To then.
    pub to: Timestamp,
}

/// How things stand after a line; none where it says nothing of that.
fn after(event: &ChannelEvent, before: Option<Stood>) -> Option<Stood> {
    match event.kind.as_str() {
        "ended" => Some(Stood::NeedsSignIn),
        "limited" => Some(Stood::Limited),
        "waiting" => Some(Stood::Waiting),
        "restored" | "took_over" | "unlink_undone" => Some(Stood::Well),
        "unlinked" => Some(Stood::Unlinked),
        "linked" | "signed_in" if matches!(before, None | Some(Stood::Unlinked)) => {
            Some(Stood::Well)
        }
        _ => None,
    }
}

/// The strip from a moment to now: `stood` is the last line before it, `turns` those since, the oldest first.
/// How things stand now is known better than by the lines, so the last piece says that.
#[must_use]
pub fn stretches(
    stood: Option<&ChannelEvent>,
    turns: &[ChannelEvent],
    from: Timestamp,
    now: Timestamp,
    is: Stood,
) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let mut state = stood.and_then(|event| after(event, None));
    let mut since = from;
    let mut push = |stood: Option<Stood>, from: Timestamp, to: Timestamp| {
        let Some(stood) = stood.filter(|_| to > from) else {
            return;
        };
        match all
            .last_mut()
            .filter(|last| last.stood == stood && last.to == from)
        {
            Some(last) => last.to = to,
            None => all.push(Stretch { stood, from, to }),
        }
    };
    for event in turns {
        let Some(next) = after(event, state) else {
            continue;
        };
        push(state, since, event.at);
        (state, since) = (Some(next), event.at);
    }
    push(Some(is), since, now);
    all
}

/// How long it stood in each way, in milliseconds, in the order of [`Stood`]; only what happened.
#[must_use]
pub fn lengths(stretches: &[Stretch]) -> Vec<(Stood, i64)> {
    let mut all = std::collections::BTreeMap::new();
    for one in stretches {
        *all.entry(one.stood).or_insert(0) += ms_between(one.from, one.to);
    }
    all.into_iter().collect()
}

/// From so many times on, equal trouble is told once.
const FOLDED_FROM: usize = 3;

/// A line of the timeline as it is shown.
#[derive(Debug)]
pub enum Line<'a> {
    /// As it was written.
    One(&'a ChannelEvent),
    /// The platform was in the same trouble again and again.
    Folded {
        /// Which.
        cause: Option<Cause>,
        /// How often.
        times: usize,
        /// When it began.
        first: Timestamp,
        /// When it was last told, in trouble or well again.
        last: Timestamp,
    },
}

fn cause(event: &ChannelEvent) -> Option<Cause> {
    event.detail["cause"]
        .as_str()
        .and_then(|word| word.parse().ok())
}

/// Folds lines that come the newest first. Each comes with the place of the last line that it stands for.
#[must_use]
pub fn fold(events: &[ChannelEvent]) -> Vec<(Line<'_>, usize)> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < events.len() {
        let (times, why, end) = run(&events[at..]);
        if times >= FOLDED_FROM {
            let last_of = at + end - 1;
            lines.push((
                Line::Folded {
                    cause: why,
                    times,
                    first: events[last_of].at,
                    last: events[at].at,
                },
                last_of,
            ));
            at += end;
        } else {
            lines.push((Line::One(&events[at]), at));
            at += 1;
        }
    }
    lines
}

/// How often the platform was in one and the same trouble at the head of these lines, and how many lines that is.
fn run(events: &[ChannelEvent]) -> (usize, Option<Cause>, usize) {
    let (mut times, mut why, mut end) = (0, None, 0);
    for (at, event) in events.iter().enumerate() {
        match event.kind.as_str() {
            "waiting" if times == 0 || cause(event) == why => {
                (times, why, end) = (times + 1, cause(event), at + 1);
            }
            "restored" => {}
            _ => break,
        }
    }
    (times, why, end)
}

#[cfg(test)]
mod tests {
    use domain::ids::{EventId, Id as _};
    use domain::post::Maker;
    use serde_json::json;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millisecond(minutes * 60_000).expect("an instant")
    }

    fn event(minutes: i64, kind: &str, cause: &str) -> ChannelEvent {
        ChannelEvent {
            id: EventId::from_uuid(uuid::Uuid::nil()),
            at: at(minutes),
            kind: kind.to_owned(),
            maker: Maker::Rule,
            detail: json!({ "cause": cause }),
        }
    }

    fn shown(all: &[Stretch]) -> Vec<(&'static str, i64)> {
        all.iter()
            .map(|one| (one.stood.key(), ms_between(one.from, one.to) / 60_000))
            .collect()
    }

    #[test]
    fn a_life_is_cut_where_it_turned() {
        let turns = [
            event(10, "linked", ""),
            event(10, "signed_in", ""),
            event(30, "renewed", ""),
            event(40, "waiting", "platform_outage"),
            event(45, "restored", ""),
            event(60, "ended", "credentials_changed"),
            event(70, "signed_in", ""),
            event(71, "restored", ""),
        ];
        let all = stretches(None, &turns, at(0), at(100), Stood::Well);
        assert_eq!(
            shown(&all),
            [
                ("well", 30),
                ("waiting", 5),
                ("well", 15),
                ("needs_sign_in", 11),
                ("well", 29)
            ]
        );
        assert_eq!(
            lengths(&all).iter().map(|(_, ms)| ms / 60_000).sum::<i64>(),
            90,
            "before it was linked there is nothing"
        );
    }

    #[test]
    fn what_stood_before_goes_on_and_now_is_what_the_store_says() {
        let before = event(-50, "ended", "credentials_changed");
        let all = stretches(Some(&before), &[], at(0), at(10), Stood::NeedsSignIn);
        assert_eq!(shown(&all), [("needs_sign_in", 10)]);
        let turns = [event(4, "restored", "")];
        let all = stretches(Some(&before), &turns, at(0), at(10), Stood::Limited);
        assert_eq!(shown(&all), [("needs_sign_in", 4), ("limited", 6)]);
    }

    #[test]
    fn a_bad_hour_is_one_line_and_other_news_is_not_swallowed() {
        let mut events = vec![event(100, "renewed", "")];
        for minute in (0..14).rev() {
            events.push(event(minute * 4 + 2, "restored", ""));
            events.push(event(minute * 4, "waiting", "platform_outage"));
        }
        events.push(event(-5, "restored", ""));
        events.push(event(-9, "waiting", "rate_limited"));
        let lines = fold(&events);
        let folded: Vec<_> = lines
            .iter()
            .map(|(line, place)| match line {
                Line::One(event) => (event.kind.clone(), 1, *place),
                Line::Folded {
                    times,
                    first,
                    last,
                    cause,
                } => {
                    assert_eq!((*first, *last), (at(0), at(54)));
                    assert_eq!(*cause, Some(Cause::PlatformOutage));
                    ("folded".to_owned(), *times, *place)
                }
            })
            .collect();
        assert_eq!(
            folded,
            [
                ("renewed".to_owned(), 1, 0),
                ("folded".to_owned(), 14, 28),
                ("restored".to_owned(), 1, 29),
                ("waiting".to_owned(), 1, 30)
            ]
        );
    }

    #[test]
    fn twice_is_told_twice() {
        let events = [
            event(9, "restored", ""),
            event(8, "waiting", "platform_outage"),
            event(7, "restored", ""),
            event(6, "waiting", "platform_outage"),
        ];
        assert_eq!(fold(&events).len(), 4);
    }
}
