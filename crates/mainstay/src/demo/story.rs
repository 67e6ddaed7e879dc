//! What happened while the demo's clock went on, in short sentences.

use std::collections::BTreeMap;

use domain::delivery::StateWord;
use domain::ids::ChannelId;
use domain::notice::NoticeKind;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, ms_between};
use storage::happened::{Happened, Moved};

/// How many posts a story names.
const NAMED: usize = 4;

/// What happened, in a few sentences.
#[must_use]
pub fn tell(happened: &Happened, names: &BTreeMap<ChannelId, String>) -> Vec<String> {
    let of = |state: StateWord| happened.moved.iter().filter(move |one| one.to == state);
    let mut lines = Vec::new();
    let out: Vec<&Moved> = of(StateWord::Published).collect();
    let name = |one: &Moved| names.get(&one.channel).cloned().unwrap_or_default();
    if out.len() > NAMED {
        lines.push(format!("{} posts went out, each once.", out.len()));
    } else {
        lines.extend(out.iter().map(|one| {
            let late = one.due_at.map_or(0, |due| ms_between(due, one.at));
            let when = if late < MINUTE_MS {
                "on time".to_owned()
            } else {
                format!("{} after its hour", stretch(late))
            };
            format!(
                "“{}” went out once on {}, {when}.",
                short(&one.excerpt),
                name(one)
            )
        }));
    }
    for (state, words) in [
        (StateWord::Missed, "waits for you, whole"),
        (StateWord::Failed, "was refused by the platform"),
        (StateWord::Uncertain, "may have gone out: please look"),
        (
            StateWord::Reminded,
            "is to be posted by hand: you were reminded",
        ),
    ] {
        let all: Vec<&Moved> = of(state).collect();
        match all.as_slice() {
            [] => {}
            [one] => lines.push(format!(
                "“{}” on {} {words}.",
                short(&one.excerpt),
                name(one)
            )),
            more => lines.push(format!("{} posts: each {words}.", more.len())),
        }
    }
    match happened.late.as_slice() {
        [] => {}
        [one] => lines.push(format!(
            "“{}” on {} is late: the platform is in trouble, and it is tried again.",
            short(&one.excerpt),
            name(one)
        )),
        more => lines.push(format!(
            "{} posts are late: the platforms are in trouble, and each is tried again.",
            more.len()
        )),
    }
    match happened.renewed {
        0 => {}
        1 => lines.push("1 login extended itself without anybody.".to_owned()),
        more => lines.push(format!(
            "{more} logins extended themselves without anybody."
        )),
    }
    for (kind, number) in &happened.notices {
        let words = match kind {
            NoticeKind::NeedsRefresh => ("login needs a sign-in", "logins need a sign-in"),
            NoticeKind::Limited => ("login lacks a permission", "logins lack a permission"),
            NoticeKind::Expiring => (
                "end of a login was announced",
                "ends of logins were announced",
            ),
            NoticeKind::Waiting => (
                "channel waits for its platform",
                "channels wait for their platforms",
            ),
            NoticeKind::Restored => ("channel is well again", "channels are well again"),
            NoticeKind::Missed
            | NoticeKind::Failed
            | NoticeKind::Uncertain
            | NoticeKind::Reminded => continue,
        };
        lines.push(format!(
            "{}: see the Inbox.",
            count(*number, words.0, words.1)
        ));
    }
    if lines.is_empty() {
        lines.push("Nothing had to be done meanwhile.".to_owned());
    }
    lines
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn short(text: &str) -> String {
    let mut words: String = text.chars().take(48).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    words
}

/// A stretch of time in words, rounded.
#[must_use]
pub fn stretch(ms: i64) -> String {
    let (number, one, many) = match ms {
        ..120_000 => (ms / 1_000, "second", "seconds"),
        120_000..7_200_000 => (ms / MINUTE_MS, "minute", "minutes"),
        7_200_000..172_800_000 => (ms / HOUR_MS, "hour", "hours"),
        _ => ((ms + DAY_MS / 2) / DAY_MS, "day", "days"),
    };
    count(number.max(0).unsigned_abs(), one, many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::ids::{DeliveryId, Id as _};
    use domain::schedule::plus_ms;

    fn moved(number: u128, to: StateWord, late_ms: i64) -> Moved {
        let due = Timestamp::UNIX_EPOCH;
        Moved {
            id: DeliveryId::from_uuid(uuid::Uuid::from_u128(number)),
            to,
            excerpt: "Bread".to_owned(),
            channel: ChannelId::from_uuid(uuid::Uuid::nil()),
            at: plus_ms(due, late_ms),
            due_at: Some(due),
        }
    }

    #[test]
    fn stories_are_short_and_say_what_happened() {
        let names = BTreeMap::from([(
            ChannelId::from_uuid(uuid::Uuid::nil()),
            "@a (Instagram)".to_owned(),
        )]);
        let mut happened = Happened {
            moved: vec![moved(1, StateWord::Published, 900)],
            renewed: 2,
            ..Happened::default()
        };
        happened.notices.insert(NoticeKind::NeedsRefresh, 1);
        assert_eq!(
            tell(&happened, &names),
            [
                "“Bread” went out once on @a (Instagram), on time.",
                "2 logins extended themselves without anybody.",
                "1 login needs a sign-in: see the Inbox.",
            ]
        );
        assert_eq!(
            tell(&Happened::default(), &names),
            ["Nothing had to be done meanwhile."]
        );
        let many = (0..9)
            .map(|number| moved(number, StateWord::Published, 0))
            .collect();
        assert_eq!(
            tell(
                &Happened {
                    moved: many,
                    ..Happened::default()
                },
                &names
            ),
            ["9 posts went out, each once."]
        );
    }

    #[test]
    fn stretches() {
        for (ms, words) in [
            (61_000, "61 seconds"),
            (600_000, "10 minutes"),
            (3 * HOUR_MS, "3 hours"),
            (14 * DAY_MS, "14 days"),
        ] {
            assert_eq!(stretch(ms), words);
        }
    }
}
