//! Time as the simulator knows it: a number of milliseconds that somebody else hands in.
//!
//! Nothing here reads a real clock. Every life time, delay and lag of a simulated platform is
//! decided by the product clock in [`crate::Options`], so that a demo or a test can jump.

use std::sync::Arc;

/// The product clock: milliseconds since 1970, UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// A moment far outside every calendar is shown as this one.
const EPOCH: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;

fn at(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).unwrap_or(EPOCH)
}

/// `2026-11-21T20:48:56.000Z`, the form that AT Protocol and most JSON interfaces use.
#[must_use]
pub fn iso_millis(ms: i64) -> String {
    at(ms).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `2026-11-21T20:48:56+0000`, the form of the Graph API.
#[must_use]
pub fn iso_graph(ms: i64) -> String {
    at(ms).strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// `21 Nov 2026 20:48:56 UTC`, for people.
#[must_use]
pub fn for_people(ms: i64) -> String {
    at(ms).strftime("%-d %b %Y %H:%M:%S UTC").to_string()
}

/// `Saturday, 21-Nov-26 20:48:56 PST` is how the Graph API words an end in its messages; the
/// simulator always says it in UTC.
#[must_use]
pub fn graph_words(ms: i64) -> String {
    at(ms).strftime("%A, %d-%b-%y %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_moment() {
        let ms = 1_795_294_136_789;
        assert_eq!(iso_millis(ms), "2026-11-21T20:48:56.789Z");
        assert_eq!(iso_graph(ms), "2026-11-21T20:48:56+0000");
        assert_eq!(for_people(ms), "21 Nov 2026 20:48:56 UTC");
    }
}
