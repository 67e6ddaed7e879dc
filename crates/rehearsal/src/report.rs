//! What a rehearsal counted, and how it is printed.

use std::fmt::{self, Write as _};

use domain::Timestamp;

use crate::knowing::Known;

/// A promise that was not kept.
#[derive(Debug, Clone)]
pub struct Broken {
    /// When it was seen, in true time.
    pub at: Timestamp,
    /// The number of the promise in DESIGN section 3.
    pub promise: u8,
    /// What was seen.
    pub what: String,
    /// What happened to the post or login before that.
    pub story: Vec<String>,
}

/// The counts of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Channels in all.
    pub channels: usize,
    /// Days.
    pub days: u32,
    /// Nodes.
    pub nodes: usize,
    /// Deliveries that people planned.
    pub deliveries: u64,
    /// Those that were out at the end.
    pub published: u64,
    /// Times that one was held (missed, with its reason).
    pub held: u64,
    /// Times that one was refused by the platform.
    pub refused: u64,
    /// Times that one may have gone out and was looked for.
    pub uncertain: u64,
    /// Called off, or let go by a person.
    pub let_go: u64,
    /// Posts that show twice.
    pub doubled: u64,
    /// Posts that show twice at a platform without a key, because one of several nodes stood still with the
    /// call in its hand.
    pub doubled_without_key: u64,
    /// Posts that show although they were let go: a node stood still with the call in its hand.
    pub after_all: u64,
    /// Deliveries that nothing moves, or that nobody was told of.
    pub lost: u64,
    /// Steps that show a post and were sent again before a look.
    pub unlooked: u64,
    /// Renewals that were durable.
    pub renewals: u64,
    /// Sign-ins that were asked of people.
    pub sign_ins_asked: u64,
    /// Those that a machine could have spared them.
    pub avoidable: u64,
    /// Logins that ended as lost in flight.
    pub lost_in_flight: u64,
    /// Rotations at the platform whose answer never became durable here.
    pub rotated_unseen: u64,
    /// Ends that were known ahead and needed a person.
    pub ends_known: u64,
    /// Those that were announced in time.
    pub ends_announced: u64,
    /// From break to knowing, of what the next proof of a login shows.
    pub known_by_proof: Known,
    /// The same, of what shows only when a post is sent.
    pub known_at_sending: Known,
    /// Notices in all.
    pub notices: u64,
    /// Notices a person and week.
    pub notices_a_week: f64,
    /// Calls to platforms.
    pub calls: u64,
    /// Calls that trouble bent.
    pub bent: u64,
    /// What was called most often: work that is done again and again without need shows here.
    pub most_called: Vec<(&'static str, u64)>,
    /// Kills and pauses of processes, and how often the database was away.
    pub kills: u64,
    /// Pauses.
    pub pauses: u64,
    /// Times that the database was away, full, or lost an answer.
    pub database: u64,
    /// Logins that trouble at the platform ended or narrowed.
    pub logins_broken: u64,
    /// The hash over everything that happened.
    pub trace: String,
    /// Lines that went into it.
    pub traced: u64,
    /// Promises that were broken, with their stories.
    pub broken: Vec<Broken>,
    /// How many more were broken.
    pub untold: u64,
}

impl Report {
    /// Whether every promise was kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.broken.is_empty()
    }

    /// How many channel-days were rehearsed.
    #[must_use]
    pub fn channel_days(&self) -> u64 {
        self.channels as u64 * u64::from(self.days)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} channels, {} days, {} {}",
            self.seed,
            self.channels,
            self.days,
            self.nodes,
            if self.nodes == 1 { "node" } else { "nodes" }
        )?;
        let rows: [(&str, String); 13] = [
            (
                "deliveries",
                format!(
                    "{} planned, {} published, {} let go",
                    self.deliveries, self.published, self.let_go
                ),
            ),
            (
                "on the way",
                format!(
                    "held {} times, refused {}, uncertain {}, {} let go and shown by a node that stood still",
                    self.held, self.refused, self.uncertain, self.after_all
                ),
            ),
            (
                "lost, doubled",
                format!(
                    "{} lost, {} doubled, {} without a key by a node that stood still, {} sent again unlooked",
                    self.lost, self.doubled, self.doubled_without_key, self.unlooked
                ),
            ),
            (
                "logins",
                format!(
                    "{} renewals, {} sign-ins asked, {} avoidable",
                    self.renewals, self.sign_ins_asked, self.avoidable
                ),
            ),
            (
                "lost in flight",
                format!(
                    "{} said, {} rotated unseen",
                    self.lost_in_flight, self.rotated_unseen
                ),
            ),
            (
                "ends known",
                format!(
                    "{}, announced in time {}",
                    self.ends_known, self.ends_announced
                ),
            ),
            ("seen by proofs", self.known_by_proof.to_string()),
            ("seen in sending", self.known_at_sending.to_string()),
            (
                "notices",
                format!(
                    "{}, {:.1} a person and week",
                    self.notices, self.notices_a_week
                ),
            ),
            (
                "trouble",
                format!(
                    "{} of {} calls bent, {} kills, {} pauses, {} times the database, {} logins broken",
                    self.bent,
                    self.calls,
                    self.kills,
                    self.pauses,
                    self.database,
                    self.logins_broken
                ),
            ),
            (
                "most called",
                self.most_called
                    .iter()
                    .map(|(what, count)| format!("{what} {count}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            (
                "trace",
                format!("{} over {} lines", self.trace, self.traced),
            ),
            (
                "promises",
                if self.is_kept() {
                    "kept".to_owned()
                } else {
                    format!("BROKEN {} times", self.broken.len() as u64 + self.untold)
                },
            ),
        ];
        for (name, text) in rows {
            writeln!(f, "  {name:<15} {text}")?;
        }
        for broken in &self.broken {
            let mut story = String::new();
            for line in &broken.story {
                let _ = writeln!(story, "      {line}");
            }
            write!(
                f,
                "  BROKEN promise {} at {}: {}\n{story}",
                broken.promise, broken.at, broken.what
            )?;
        }
        if self.untold > 0 {
            writeln!(f, "  … and {} more", self.untold)?;
        }
        Ok(())
    }
}
