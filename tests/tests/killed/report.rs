//! What is counted over all rounds, and the lines that are printed.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;

use domain::Timestamp;

/// Counts, and every broken promise with its story.
#[derive(Debug, Default)]
pub struct Report {
    pub rounds: u64,
    pub posts: u64,
    pub published: u64,
    /// Still not known at the end, and a person is asked.
    pub uncertain: u64,
    /// What was held or refused at first, by reason; it went out after it was mended.
    pub held: BTreeMap<String, u64>,
    /// Kills, and among them nodes that were paused before.
    pub kills: u64,
    pub pauses: u64,
    pub long_pauses: u64,
    /// What a kill met: deliveries in the hands of the killed, calls that show a post under way, renewals under way.
    pub met_held: u64,
    pub met_sending: u64,
    pub met_renewing: u64,
    /// Answers that the wire lost, by the faults that struck.
    pub answers_lost: u64,
    /// Requests of the planner whose outcome a kill left open, and it had to look.
    pub outcomes_unknown: u64,
    /// Sign-ins that were needed, by cause.
    pub sign_ins: BTreeMap<String, u64>,
    pub rotated_unseen: u64,
    /// From the start of a process to its being ready, in milliseconds.
    pub starts_ms: Vec<i64>,
    /// From where the former run was proven gone to the first record on what it held, in milliseconds.
    pub resumes_ms: Vec<i64>,
    /// The same where it was paused: there leases run out.
    pub taken_over_ms: Vec<i64>,
    /// From the hour of a post to its showing, in milliseconds.
    pub late_ms: Vec<i64>,
    pub lost: u64,
    pub doubled: u64,
    pub broken: Vec<String>,
}

/// The value below which so many of a hundred lie.
fn percentile(values: &[i64], of_hundred: usize) -> i64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    let at = (values.len() * of_hundred).div_ceil(100).max(1) - 1;
    values.get(at).copied().unwrap_or(0)
}

struct Spread<'a>(&'a [i64]);

impl fmt::Display for Spread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let (half, most) = (percentile(self.0, 50), percentile(self.0, 99));
        let worst = percentile(self.0, 100);
        write!(
            f,
            "p50 {half} ms, p99 {most} ms, worst {worst} ms (of {})",
            self.0.len()
        )
    }
}

fn by(counts: &BTreeMap<String, u64>) -> String {
    let each: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if each.is_empty() {
        "none".to_owned()
    } else {
        each.join(", ")
    }
}

impl Report {
    /// A promise was broken.
    pub fn broke(&mut self, what: String) {
        say(&format!("BROKEN: {what}"));
        self.broken.push(what);
    }

    /// The slowest resumption that 99 of a hundred keep, in milliseconds.
    pub fn resumed_p99_ms(&self) -> i64 {
        percentile(&self.resumes_ms, 99)
    }

    /// The whole.
    pub fn summary(&self, under: &str, seed: u64, took_s: i64) -> String {
        format!(
            "{under}, seed {seed}: {} rounds in {took_s} s: {} posts, {} published, {} uncertain, {} lost, {} doubled\n  \
             {} kills, {} pauses, {} long pauses; met: {} posts held, {} being sent, {} renewals under way; {} answers lost on the wire\n  \
             held first, then mended: {}; sign-ins needed: {} ({} rotations never became durable); requests that had to look: {}\n  \
             start: {}\n  resumed: {}\n  taken over from a paused node: {}\n  out after its hour: {}",
            self.rounds,
            self.posts,
            self.published,
            self.uncertain,
            self.lost,
            self.doubled,
            self.kills,
            self.pauses,
            self.long_pauses,
            self.met_held,
            self.met_sending,
            self.met_renewing,
            self.answers_lost,
            by(&self.held),
            by(&self.sign_ins),
            self.rotated_unseen,
            self.outcomes_unknown,
            Spread(&self.starts_ms),
            Spread(&self.resumes_ms),
            Spread(&self.taken_over_ms),
            Spread(&self.late_ms),
        )
    }
}

/// Says a line at once, also where the test runner keeps output back.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Milliseconds between two moments.
pub fn ms(from: Timestamp, to: Timestamp) -> i64 {
    to.as_millisecond() - from.as_millisecond()
}
