//! A grant: what one sign-in of one person through one app gave us. Its ends, its mechanism, its
//! life. Nothing is overwritten: a sign-in makes a new grant, and a grant that died stays dead.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::cause::Cause;
use crate::schedule::{MINUTE_MS, ms_between};
use crate::words::words;

words! {
    /// How a grant is prolonged without a person.
    pub enum Mechanism {
        /// The living token is handed in and lives longer (Instagram login).
        Extend = "extend",
        /// A refresh token that stays the same mints access tokens.
        RefreshFixed = "refresh_fixed",
        /// Every renewal gives a new refresh token and spends the old one.
        RefreshRotating = "refresh_rotating",
        /// The channel's token was derived from the person's and has no end of its own.
        Derived = "derived",
        /// Nothing can be renewed.
        None = "none",
    }
}

words! {
    /// Where the knowledge of an end comes from; the first is the best.
    pub enum EndSource {
        /// The token answer said so.
        Answer = "answer",
        /// Inspecting the token said so.
        Inspection = "inspection",
        /// The platform's documents say so for this kind of token.
        Sheet = "sheet",
    }
}

/// One end and how we know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The instant.
    pub at: Timestamp,
    /// How we know.
    pub source: EndSource,
}

/// The ends of a grant. One that nothing tells us is absent: shown as unknown, never warned about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ends {
    /// The access token's end.
    pub access_end: Option<End>,
    /// The end that a renewal moves.
    pub sliding_end: Option<End>,
    /// The longest rest between two renewals, in milliseconds.
    pub idle_limit_ms: Option<i64>,
    /// The end that no renewal moves.
    pub absolute_end: Option<End>,
    /// The end of access to data (Meta's 90 days), which only a sign-in moves.
    pub data_access_end: Option<End>,
    /// Whether the absolute end is known because a renewal did not move it. No answer said that it is one.
    pub absolute_by_renewal: bool,
}

impl Ends {
    /// These ends without an absolute one that is over at `now` and that we had only concluded, of a grant that was
    /// renewed nevertheless: it was no end. One that a platform documents stands: it may come a little later
    /// than we count.
    #[must_use]
    pub fn outlived(self, now: Timestamp) -> Self {
        let disproved =
            self.absolute_by_renewal && self.absolute_end.is_some_and(|end| end.at <= now);
        if !disproved {
            return self;
        }
        Self {
            absolute_end: None,
            absolute_by_renewal: false,
            ..self
        }
    }

    /// The ends after a renewal that answered with `new`, `rested_ms` after the tokens that it replaces
    /// were made. What the answer does not name is kept. A sliding end that did not move is absolute from
    /// then on (DESIGN section 4).
    ///
    /// An end that is counted from `expires_in` slips by the seconds that an answer takes, so *did not
    /// move* leaves room for that. Of two renewals close to each other nothing is concluded: an end that
    /// slides has not moved by more than that either.
    #[must_use]
    pub fn after_renewal(self, new: Self, rested_ms: i64) -> Self {
        let mut ends = Self {
            access_end: new.access_end.or(self.access_end),
            sliding_end: new.sliding_end.or(self.sliding_end),
            idle_limit_ms: new.idle_limit_ms.or(self.idle_limit_ms),
            absolute_end: earlier(self.absolute_end, new.absolute_end),
            data_access_end: new.data_access_end.or(self.data_access_end),
            absolute_by_renewal: false,
        };
        ends.absolute_by_renewal =
            self.absolute_by_renewal && ends.absolute_end == self.absolute_end;
        if let (Some(old), Some(now)) = (self.sliding_end, new.sliding_end)
            && rested_ms >= TELLING_REST_MS
            && ms_between(old.at, now.at) <= END_SLIPS_MS
        {
            let stands = earlier(ends.absolute_end, Some(now));
            ends.absolute_by_renewal |= stands != ends.absolute_end;
            ends.absolute_end = stands;
        }
        ends
    }
}

/// By how much an end that stands still may seem to move, in milliseconds: it is told as a number of
/// seconds from an instant that we take when the answer is here.
pub const END_SLIPS_MS: i64 = 2 * MINUTE_MS;

/// How long after the renewal before one shows whether an end slides, in milliseconds: one that slides
/// has then moved by far more than a slip.
pub const TELLING_REST_MS: i64 = 5 * END_SLIPS_MS;

fn earlier(a: Option<End>, b: Option<End>) -> Option<End> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
        (a, b) => a.or(b),
    }
}

words! {
    /// The word of a grant's life, as tables hold it.
    pub enum LifeWord {
        /// It is used.
        Live = "live",
        /// It ended, and a cause says why.
        Dead = "dead",
        /// A newer sign-in took its place.
        Superseded = "superseded",
        /// We gave it back.
        Revoked = "revoked",
    }
}

/// A grant's life. Only `Live` may renew or be called with; the other three are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It is used.
    Live,
    /// It ended.
    Dead {
        /// Why.
        cause: Cause,
        /// Since when, as far as we know.
        since: Timestamp,
    },
    /// A newer sign-in took its place.
    Superseded {
        /// Since when.
        since: Timestamp,
    },
    /// We gave it back at the platform.
    Revoked {
        /// Since when.
        since: Timestamp,
    },
}

/// A step that a grant's life does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {life} grant cannot be {step}")]
pub struct LifeRefused {
    /// What it is.
    pub life: LifeWord,
    /// What was asked.
    pub step: &'static str,
}

impl Life {
    /// The word that tables hold.
    #[must_use]
    pub const fn word(self) -> LifeWord {
        match self {
            Self::Live => LifeWord::Live,
            Self::Dead { .. } => LifeWord::Dead,
            Self::Superseded { .. } => LifeWord::Superseded,
            Self::Revoked { .. } => LifeWord::Revoked,
        }
    }

    /// A renewal was durable: the grant lives on.
    ///
    /// # Errors
    /// When the grant has ended: an answer that comes after the end changes nothing.
    pub fn renewed(self) -> Result<Self, LifeRefused> {
        self.while_live("renewed", Self::Live)
    }

    /// A documented final answer, or an end that is over.
    ///
    /// # Errors
    /// When the grant has ended already; the first cause stands.
    pub fn died(self, cause: Cause, now: Timestamp) -> Result<Self, LifeRefused> {
        if cause.waits_out() {
            return Err(LifeRefused {
                life: self.word(),
                step: "ended by trouble that passes",
            });
        }
        self.while_live("ended", Self::Dead { cause, since: now })
    }

    /// A newer sign-in takes its place; a dead grant may be replaced too.
    ///
    /// # Errors
    /// When it was given back or replaced before.
    pub fn superseded(self, now: Timestamp) -> Result<Self, LifeRefused> {
        match self {
            Self::Live | Self::Dead { .. } => Ok(Self::Superseded { since: now }),
            _ => Err(LifeRefused {
                life: self.word(),
                step: "superseded",
            }),
        }
    }

    /// We gave it back at the platform.
    ///
    /// # Errors
    /// When it was given back before.
    pub fn revoked(self, now: Timestamp) -> Result<Self, LifeRefused> {
        match self {
            Self::Revoked { .. } => Err(LifeRefused {
                life: self.word(),
                step: "revoked",
            }),
            _ => Ok(Self::Revoked { since: now }),
        }
    }

    fn while_live(self, step: &'static str, then: Self) -> Result<Self, LifeRefused> {
        if self == Self::Live {
            Ok(then)
        } else {
            Err(LifeRefused {
                life: self.word(),
                step,
            })
        }
    }
}

words! {
    /// What a renewal came to. Only a documented final answer is `Dead`.
    pub enum Verdict {
        /// New tokens are durable.
        Renewed = "renewed",
        /// Nothing is known to have ended: the old tokens stand, and we try again.
        TryAgain = "try_again",
        /// The platform said, in a documented way, that it is over.
        Dead = "dead",
    }
}
