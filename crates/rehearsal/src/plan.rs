//! What is to be rehearsed: the seed, how much, for how long, on which store, with which kinds of trouble.

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::schedule::DAY_MS;

/// See the head of this file.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Channels in all.
    pub channels: usize,
    /// Days of trouble; a few quiet ones follow, in which people tidy up.
    pub days: u32,
    /// The kinds of trouble.
    pub faults: BTreeSet<Family>,
    /// The store.
    pub under: Under,
    /// A folder in which the SQLite database and the pictures are left, to look at; otherwise nothing is left.
    pub keep: Option<std::path::PathBuf>,
}

/// Which store stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Under {
    /// SQLite in one process on one thread: the same seed gives the same run, byte for byte.
    Sqlite,
    /// PostgreSQL with several nodes: the promises hold, not the bytes.
    Postgres {
        /// `postgres://…` of a server on which a database may be made.
        server: String,
        /// How many nodes share it.
        nodes: usize,
    },
}

impl Under {
    /// How many nodes there are.
    #[must_use]
    pub const fn nodes(&self) -> usize {
        match self {
            Self::Sqlite => 1,
            Self::Postgres { nodes, .. } => *nodes,
        }
    }
}

macro_rules! family {
    ($($(#[$doc:meta])* $Name:ident = $word:literal;)+) => {
        /// A kind of trouble.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Family { $($(#[$doc])* $Name),+ }

        /// All kinds of trouble.
        #[must_use]
        pub fn families() -> BTreeSet<Family> {
            [$(Family::$Name),+].into()
        }

        impl Family {
            /// The word on the command line.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$Name => $word),+ }
            }
        }

        impl FromStr for Family {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$Name),)+
                    _ => Err(format!("there is no kind of trouble {word}; there are {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

family! {
    /// Answers that are lost, late, doubled, cut, unreadable, or a 5xx although the work was done.
    Answers = "answers";
    /// Platforms that are down, for minutes or days.
    Outages = "outages";
    /// Platforms that say "too many".
    Throttles = "throttles";
    /// Lists that lag behind.
    Lists = "lists";
    /// Renewals that answer with an empty secret.
    Secrets = "secrets";
    /// Passwords that change, permissions and roles that go, apps that are removed, accounts that are paused.
    Logins = "logins";
    /// Processes that are killed.
    Kills = "kills";
    /// Processes that stand still, also longer than their leases.
    Pauses = "pauses";
    /// Clocks that are set.
    Clocks = "clocks";
    /// A database that is away for a while, or whose answer to a commit is lost.
    Database = "database";
    /// A disk that is full.
    Disk = "disk";
    /// People who sign in late, as somebody else, or never; who move, cancel, unlink and link again.
    People = "people";
}

impl Plan {
    /// How far ahead people plan, in milliseconds: days for a short rehearsal, two weeks for a year.
    #[must_use]
    pub fn ahead_ms(&self) -> i64 {
        i64::from(self.days / 3).clamp(2, 12) * DAY_MS
    }

    /// How long people tidy up after trouble is over, in milliseconds: until all that is planned is out.
    #[must_use]
    pub fn tidying_ms(&self) -> i64 {
        self.ahead_ms() + 4 * DAY_MS
    }

    /// Whether this kind of trouble is rehearsed.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        self.faults.contains(&family)
    }
}
