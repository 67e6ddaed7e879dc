//! The two clocks of renewal. The grant's own end decides when it is kept alive; an access token is
//! minted only when a call needs one.

use crate::Timestamp;
use crate::grant::{Ends, Mechanism};
use crate::schedule::{DAY_MS, MINUTE_MS, ms_between, plus_ms};

/// How long before its end an access token is no longer used to begin a call.
pub const MINT_MARGIN_MS: i64 = 2 * MINUTE_MS;

/// What the rule needs to know of a grant.
#[derive(Debug, Clone, Copy)]
pub struct Keep<'a> {
    /// How it is prolonged.
    pub mechanism: Mechanism,
    /// Its ends.
    pub ends: &'a Ends,
    /// When its tokens were last made: at sign-in or at the last renewal.
    pub fresh_since: Timestamp,
    /// How old a token must be before the platform lets it be renewed, in milliseconds.
    pub earliest_ms: i64,
    /// 0 to 999: moves the moment earlier by up to a tenth, so that two hundred logins of one day do
    /// not all renew in one minute. Drawn once for each generation.
    pub jitter_permille: u16,
}

/// When this grant is next kept alive, or never where nothing can be renewed.
///
/// Extending: at two thirds of the life. Rotating: the longest that leaves half the idle limit.
/// Fixed: monthly. Never before the platform's earliest moment.
#[must_use]
pub fn keep_alive_at(keep: Keep<'_>) -> Option<Timestamp> {
    let wait = match keep.mechanism {
        Mechanism::None | Mechanism::Derived => return None,
        Mechanism::Extend => {
            let end = keep.ends.sliding_end.or(keep.ends.access_end)?;
            ms_between(keep.fresh_since, end.at) / 3 * 2
        }
        // Where both a rest and an end are known, the shorter of them bounds the wait.
        Mechanism::RefreshRotating => {
            let slides = keep
                .ends
                .sliding_end
                .map(|end| ms_between(keep.fresh_since, end.at));
            let shorter = [keep.ends.idle_limit_ms, slides]
                .into_iter()
                .flatten()
                .min();
            shorter.map_or(30 * DAY_MS, |limit| limit / 2)
        }
        Mechanism::RefreshFixed => 30 * DAY_MS,
    };
    let early = wait.max(0) / 10_000 * i64::from(keep.jitter_permille.min(999));
    Some(plus_ms(
        keep.fresh_since,
        (wait - early).max(keep.earliest_ms),
    ))
}

/// Whether a call at `now` needs a new access token first.
#[must_use]
pub fn needs_mint(mechanism: Mechanism, ends: &Ends, now: Timestamp) -> bool {
    let refreshes = matches!(
        mechanism,
        Mechanism::RefreshFixed | Mechanism::RefreshRotating
    );
    refreshes
        && ends
            .access_end
            .is_none_or(|end| ms_between(now, end.at) < MINT_MARGIN_MS)
}

/// After so many failed tries a renewal is not to be counted on: the end that it would have moved is announced.
pub const FAILING_TRIES: u32 = 3;

/// The wait before try number `tries + 1` of a renewal that was told to try again: a minute, doubling,
/// six hours at the most; no shorter than the platform asked.
#[must_use]
pub fn try_again_after_ms(tries: u32, asked_ms: Option<i64>) -> i64 {
    let doubled = MINUTE_MS.saturating_mul(1_i64 << tries.min(9));
    doubled
        .min(6 * 60 * MINUTE_MS)
        .max(asked_ms.unwrap_or(0).min(DAY_MS))
}
