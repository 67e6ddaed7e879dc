//! What is done in a round, all from one seed: how many posts and when, what the wire does to answers, and how the
//! process is struck. Rounds differ in nothing else; only the operating system's own timing is not repeated.

use domain::chance::Chance;
use simulator::{Effect, Fault};

/// The longest time from the begin of a round to its blow, in milliseconds.
const LATEST_BLOW_MS: u64 = 1_500;
/// The longest that an answer is delayed: the longer, the likelier a kill meets a call under way.
const LATEST_ANSWER_MS: u64 = 350;
/// Posts fall due within this time from the begin of a round.
const DUE_WITHIN_MS: u64 = 1_100;

/// How a process is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// `SIGKILL`.
    Kill,
    /// `SIGKILL` for every node at once.
    KillAll,
    /// `SIGSTOP`, so many milliseconds, `SIGKILL`.
    PauseAndKill(u64),
    /// `SIGSTOP`, so many milliseconds, `SIGCONT`: it goes on where it was.
    Pause(u64),
}

/// One round.
#[derive(Debug)]
pub struct Round {
    /// When each post is due, in milliseconds from the begin.
    pub due_ms: Vec<i64>,
    /// On which channel each goes out.
    pub channels: Vec<usize>,
    /// When the blow falls, in milliseconds from the begin.
    pub blow_ms: u64,
    pub blow: Blow,
    /// Which node is struck.
    pub node: usize,
    /// Which of the logins that rotate is extended meanwhile, if one is.
    pub extend: Option<usize>,
    /// When that is asked, in milliseconds from the begin.
    pub extend_ms: u64,
    /// What the wire does besides.
    pub faults: Vec<Fault>,
}

/// Calls whose answer may be lost: those that show a post, prepare it or look for it.
const LOSABLE: &[&str] = &[
    "instagram.media_publish",
    "instagram.media_create",
    "instagram.container_status",
    "instagram.media_read",
    "facebook.feed_publish",
    "facebook.feed",
    "bluesky.put_record",
    "bluesky.create_record",
    "bluesky.get_record",
];

impl Round {
    /// Decides a round for so many nodes and channels.
    pub fn decide(chance: &dyn Chance, nodes: usize, channels: usize) -> Self {
        let below = |limit: u64| chance.below(limit);
        let count = 3 + below(4);
        let pick = |all: usize| usize::try_from(below(all as u64)).unwrap_or(0);
        Self {
            due_ms: (0..count)
                .map(|_| i64::try_from(below(DUE_WITHIN_MS)).unwrap_or(0))
                .collect(),
            channels: (0..count).map(|_| pick(channels)).collect(),
            blow_ms: below(LATEST_BLOW_MS),
            blow: blow(chance, nodes),
            node: pick(nodes),
            extend: (below(4) > 0).then(|| pick(1_000)),
            extend_ms: below(LATEST_BLOW_MS),
            faults: faults(chance),
        }
    }
}

fn blow(chance: &dyn Chance, nodes: usize) -> Blow {
    match chance.below(20) {
        0 | 1 => Blow::PauseAndKill(100 + chance.below(700)),
        2 => Blow::Pause(200 + chance.below(1_300)),
        3 | 4 if nodes > 1 => Blow::KillAll,
        _ => Blow::Kill,
    }
}

fn faults(chance: &dyn Chance) -> Vec<Fault> {
    let delay = Effect::Delay {
        ms: chance.below(LATEST_ANSWER_MS),
    };
    let mut faults = vec![Fault::always("*", delay)];
    if chance.below(3) == 0 {
        let place = usize::try_from(chance.below(LOSABLE.len() as u64)).unwrap_or(0);
        let effect = match chance.below(3) {
            0 => Effect::LoseAnswer,
            1 => Effect::LoseRequest,
            _ => Effect::DoneThenError { status: 500 },
        };
        faults.push(Fault::once(LOSABLE[place], effect));
    }
    // The platform rotates without grace: this one may cost a login, which is then counted.
    if chance.below(25) == 0 {
        faults.push(Fault::once("bluesky.token.refresh", Effect::LoseAnswer));
    }
    faults
}
