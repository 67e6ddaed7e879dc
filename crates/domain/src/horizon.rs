//! The horizon: the earliest end of a login that no machine can move.

use crate::Timestamp;
use crate::grant::{End, Ends, Mechanism};
use crate::schedule::{DAY_MS, ms_between, plus_ms};
use crate::words::words;

/// What a channel says of its login's future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// *extends itself*: no end is known that needs a person.
    ExtendsItself,
    /// *extends itself until DATE, then sign in*.
    ExtendsUntil(Timestamp),
    /// *needs sign-in by DATE*: nothing can be renewed.
    NeedsSignInBy(Timestamp),
    /// Nothing tells us an end and nothing renews.
    Unknown,
}

/// The earliest end that no machine can move; none if there is none.
#[must_use]
pub fn horizon(mechanism: Mechanism, ends: &Ends) -> Option<Timestamp> {
    let fixed = [ends.absolute_end, ends.data_access_end];
    let unrenewed = match mechanism {
        Mechanism::None => [ends.access_end, ends.sliding_end],
        // A derived token has no end of its own, and the person's token is no end of the channel.
        Mechanism::Derived
        | Mechanism::Extend
        | Mechanism::RefreshFixed
        | Mechanism::RefreshRotating => [None, None],
    };
    fixed
        .into_iter()
        .chain(unrenewed)
        .flatten()
        .map(|End { at, .. }| at)
        .min()
}

/// The horizon of a grant whose renewals fail: the end that they would have moved counts too.
#[must_use]
pub fn horizon_unless_renewed(
    mechanism: Mechanism,
    ends: &Ends,
    fresh_since: Timestamp,
) -> Option<Timestamp> {
    let slides = ends.sliding_end.map(|end| end.at);
    let left = match mechanism {
        Mechanism::Extend => slides.or(ends.access_end.map(|end| end.at)),
        Mechanism::RefreshRotating => {
            let rest = ends.idle_limit_ms.map(|limit| plus_ms(fresh_since, limit));
            [slides, rest].into_iter().flatten().min()
        }
        Mechanism::RefreshFixed => slides,
        Mechanism::Derived | Mechanism::None => None,
    };
    [horizon(mechanism, ends), left].into_iter().flatten().min()
}

/// What the channel page says.
#[must_use]
pub fn outlook(mechanism: Mechanism, ends: &Ends) -> Outlook {
    outlook_until(mechanism, horizon(mechanism, ends))
}

/// The same where the horizon is known already: that of a grant and of its channel together.
#[must_use]
pub fn outlook_until(mechanism: Mechanism, horizon: Option<Timestamp>) -> Outlook {
    match (mechanism, horizon) {
        (Mechanism::None, Some(at)) => Outlook::NeedsSignInBy(at),
        (Mechanism::None, None) => Outlook::Unknown,
        (_, Some(at)) => Outlook::ExtendsUntil(at),
        (_, None) => Outlook::ExtendsItself,
    }
}

words! {
    /// Which of its ends decides a login's horizon.
    pub enum EndKind {
        /// The access token's own end, where nothing renews it.
        Access = "access",
        /// The end that a renewal would move, where nothing renews.
        Sliding = "sliding",
        /// The end that no renewal moves.
        Absolute = "absolute",
        /// The end of access to data.
        DataAccess = "data_access",
    }
}

/// The end that sets the horizon, with how we know of it: the earliest of a grant's and of its token's on the
/// channel. None where there is no horizon.
#[must_use]
pub fn deciding_end(mechanism: Mechanism, grant: &Ends, own: &Ends) -> Option<(EndKind, End)> {
    let of = |ends: &Ends| {
        let unrenewed = mechanism == Mechanism::None;
        [
            (EndKind::Absolute, ends.absolute_end),
            (EndKind::DataAccess, ends.data_access_end),
            (EndKind::Access, ends.access_end.filter(|_| unrenewed)),
            (EndKind::Sliding, ends.sliding_end.filter(|_| unrenewed)),
        ]
    };
    of(grant)
        .into_iter()
        .chain(of(own))
        .filter_map(|(kind, end)| Some((kind, end?)))
        .min_by_key(|(_, end)| end.at)
}

/// Whether a login that began and ends then is in the last quarter of its life: shown in amber.
#[must_use]
pub fn is_last_quarter(begun: Timestamp, end: Timestamp, now: Timestamp) -> bool {
    ms_between(now, end) <= ms_between(begun, end).max(0) / 4
}

/// Whether a delivery due then lies beyond the horizon.
#[must_use]
pub fn at_risk(horizon: Option<Timestamp>, due_at: Timestamp) -> bool {
    horizon.is_some_and(|end| due_at >= end)
}

/// The days before an end at which it is announced (DESIGN promise 5).
pub const WARNING_DAYS: [i64; 4] = [14, 7, 3, 1];

/// The first day on which an end is announced: 14 days before, but not earlier than a quarter of the
/// login's life before its end; 7 where nothing is planned.
#[must_use]
pub fn first_warning_ms_before(begun: Timestamp, end: Timestamp, something_planned: bool) -> i64 {
    let quarter = ms_between(begun, end) / 4;
    let days = if something_planned { 14 } else { 7 };
    (days * DAY_MS).min(quarter.max(0))
}

/// Which of the days of warning has been reached, if any: 14, 7, 3 or 1; only 7 and 1 where nothing is
/// planned.
#[must_use]
pub fn warning_reached(
    begun: Timestamp,
    end: Timestamp,
    something_planned: bool,
    now: Timestamp,
) -> Option<i64> {
    let left = ms_between(now, end);
    if left > first_warning_ms_before(begun, end, something_planned) {
        return None;
    }
    WARNING_DAYS
        .into_iter()
        .filter(|days| something_planned || matches!(days, 7 | 1))
        .filter(|days| left <= days * DAY_MS)
        .min()
}

/// The next moment after `now` at which this end may have to be announced, or is reached: whoever looks then
/// asks [`warning_reached`]. None behind the end.
#[must_use]
pub fn next_warning_at(begun: Timestamp, end: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let first = first_warning_ms_before(begun, end, true);
    WARNING_DAYS
        .into_iter()
        .map(|days| plus_ms(end, -first.min(days * DAY_MS)))
        .chain([end])
        .filter(|at| *at > now)
        .min()
}
