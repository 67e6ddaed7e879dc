//! The breaker of an app: when many sign-ins get answers that say nothing of any of them, it is the platform
//! or the app that is in trouble, and no login is doubted for it (DESIGN section 4).

use crate::schedule::{HOUR_MS, MINUTE_MS};

/// How far back answers are weighed, in milliseconds.
pub const WINDOW_MS: i64 = 10 * MINUTE_MS;

/// The fewest sign-ins that such answers must come to.
const GRANTS: u64 = 3;
/// The fewest people whose sign-ins they are: one person's password opens nothing.
const PERSONS: u64 = 2;
/// The smallest part of all sign-ins that were used in that time, in percent.
const PERCENT: u64 = 30;

/// How long a login goes on being doubted by itself before a person is told, in milliseconds: as long as
/// owners are left in peace while a platform is in trouble.
pub const DOUBTED_FOR_MS: i64 = 6 * HOUR_MS;

/// What was seen of an app's sign-ins within [`WINDOW_MS`], each counted by its last answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that work.
    pub well: u64,
    /// Those whose last answer said nothing of them.
    pub doubted: u64,
    /// The people whose sign-ins the doubted ones are.
    pub persons: u64,
}

impl Seen {
    /// Whether it is rather the platform, or the app, than these logins.
    #[must_use]
    pub const fn opens(self) -> bool {
        let all = self.well + self.doubted;
        self.doubted >= GRANTS && self.persons >= PERSONS && self.doubted * 100 >= all * PERCENT
    }
}
