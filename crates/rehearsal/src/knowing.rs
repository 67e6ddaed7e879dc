//! From break to knowing: how many minutes lie between a break at the platform and the line in the channel's timeline
//! that says so. Not here: whether that was soon enough, which `promises` judges.

use std::fmt;

use domain::schedule::MINUTE_MS;
use storage::promises::TurnSeen;

use crate::breaks::Past;

/// A node writes its timelines by its own clock, which may be wrong by so much.
const CLOCKS_MS: i64 = 10 * MINUTE_MS;
/// The steps of the distribution, in minutes.
const STEPS: [u64; 6] = [1, 15, 60, 360, 720, 1_440];

/// How long breaks of one kind stayed unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Minutes from the break to its line, of each that was seen, the shortest first.
    minutes: Vec<u64>,
    /// Those that were over before they showed: mended at the platform, signed in anew, unlinked.
    over_first: u64,
}

impl Known {
    /// Counts one break by the timeline of its account, the oldest turn first; `begun_ms` is the beginning of the run in
    /// Unix milliseconds. One of a login that did not stand well already says nothing new and is left out.
    pub fn count(&mut self, broken: &Past, turns: &[TurnSeen], begun_ms: i64) {
        let at = begun_ms + broken.at_ms;
        let next = turns.partition_point(|turn| turn.at.as_millisecond() < at - CLOCKS_MS);
        let (before, after) = turns.split_at(next);
        if !before.last().is_some_and(|turn| is_well(&turn.kind)) {
            return;
        }
        let over = broken.over_ms.map_or(i64::MAX, |over| begun_ms + over);
        let turned = after.iter().find(|turn| turn.kind != "restored");
        match turned.map(|turn| (turn.kind.as_str(), turn.at.as_millisecond())) {
            Some(("ended" | "limited", seen)) if seen <= over => {
                let minutes = (seen - at).max(0) / MINUTE_MS;
                let minutes = u64::try_from(minutes).unwrap_or(0);
                let place = self.minutes.partition_point(|other| *other <= minutes);
                self.minutes.insert(place, minutes);
            }
            _ => self.over_first += 1,
        }
    }

    /// The minutes within which so many of a hundred were known.
    fn within(&self, percent: usize) -> u64 {
        let place = (self.minutes.len() * percent).div_ceil(100).max(1) - 1;
        self.minutes.get(place).copied().unwrap_or(0)
    }
}

fn is_well(kind: &str) -> bool {
    !matches!(kind, "ended" | "limited" | "unlinked")
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} known", self.minutes.len())?;
        if let Some(longest) = self.minutes.last() {
            let (half, most) = (self.within(50), self.within(90));
            write!(
                f,
                ", half within {half} min, nine of ten {most}, all {longest}:"
            )?;
            let mut before = 0;
            for step in STEPS {
                let within = self.minutes.partition_point(|one| *one <= step);
                write!(f, " <={step} {},", within - before)?;
                before = within;
            }
            write!(f, " more {}", self.minutes.len() - before)?;
        }
        write!(f, "; {} over before they showed", self.over_first)
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::platform::Platform;

    use super::*;
    use crate::breaks::Shows;

    const BEGUN_MS: i64 = 1_800_000_000_000;

    fn turn(minute: i64, kind: &str) -> TurnSeen {
        TurnSeen {
            at: Timestamp::from_millisecond(BEGUN_MS + minute * MINUTE_MS).expect("a moment"),
            kind: kind.to_owned(),
            platform: Platform::Instagram,
            account: "1".to_owned(),
        }
    }

    fn known(at: i64, over: Option<i64>, turns: &[TurnSeen]) -> String {
        let broken = Past {
            account: 0,
            at_ms: at * MINUTE_MS,
            shows: Shows::AtProof,
            over_ms: over.map(|over| over * MINUTE_MS),
        };
        let mut known = Known::default();
        known.count(&broken, turns, BEGUN_MS);
        known.to_string()
    }

    #[test]
    fn a_break_is_known_by_the_first_line_that_says_so() {
        let turns = [
            turn(0, "linked"),
            turn(140, "ended"),
            turn(200, "signed_in"),
        ];
        assert_eq!(
            known(100, Some(190), &turns),
            "1 known, half within 40 min, nine of ten 40, all 40: <=1 0, <=15 0, <=60 1, <=360 0, <=720 0, <=1440 0, \
             more 0; 0 over before they showed"
        );
        // Mended at the platform first: what ended the login later was something else.
        let over = "0 known; 1 over before they showed";
        assert_eq!(known(100, Some(130), &turns), over);
        assert_eq!(known(300, Some(400), &turns), over);
    }

    #[test]
    fn what_stood_badly_before_says_nothing_new() {
        let turns = [turn(0, "linked"), turn(50, "limited"), turn(140, "ended")];
        assert_eq!(
            known(100, None, &turns),
            "0 known; 0 over before they showed"
        );
    }

    #[test]
    fn a_clock_that_is_wrong_makes_no_negative_delay() {
        let turns = [turn(0, "linked"), turn(95, "ended")];
        assert!(known(100, None, &turns).starts_with("1 known, half within 0 min"));
    }

    #[test]
    fn parts_of_a_hundred_are_of_those_that_were_known() {
        let mut all = Known::default();
        for minutes in 1..=10 {
            all.minutes.push(minutes * 100);
        }
        assert_eq!(
            (all.within(50), all.within(90), all.within(100)),
            (500, 900, 1_000)
        );
    }
}
