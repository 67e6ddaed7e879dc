//! How a key is replaced, in steps that may refuse. The rules only: the caller stores the step, asks
//! the nodes, counts what is left, and repeats after a restart where it was.
//!
//! ```text
//! added ─ every node opens with it ─→ confirmed ─→ sealing ─ nothing left ─→ resealed ─→ retired
//! ```
//! Until `sealing` the new key has sealed nothing, so it may simply be taken out again.

use std::fmt;
use std::str::FromStr;

use crate::key_ring::{KeyId, KeyRing};

/// How far a rotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RotationStep {
    /// The new key is in the ring for opening; nodes are to confirm that they have it.
    Added,
    /// Every node that lives has said that it opens with the new key.
    Confirmed,
    /// The new key seals; what the old one sealed is being sealed anew.
    Sealing,
    /// Nothing in the database is sealed by the old key; backups may be.
    Resealed,
    /// The old key is out of the ring.
    Retired,
}

/// A word that is no step of a rotation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no step of a key rotation")]
pub struct UnknownStep(String);

impl RotationStep {
    /// Every step, in order.
    pub const ALL: &'static [Self] = &[
        Self::Added,
        Self::Confirmed,
        Self::Sealing,
        Self::Resealed,
        Self::Retired,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Confirmed => "confirmed",
            Self::Sealing => "sealing",
            Self::Resealed => "resealed",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for RotationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RotationStep {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let found = Self::ALL.iter().find(|step| step.as_str() == text);
        found
            .copied()
            .ok_or_else(|| UnknownStep(text.chars().take(32).collect()))
    }
}

/// What one living node says it can open with: its name, and the keys as [`KeyRing::opening_text`]
/// writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The node, as an operator knows it.
    pub node: String,
    /// The numbers of its keys, separated by spaces.
    pub opens: String,
}

/// Why the next step is not taken. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The new key is not in the ring, or seals already.
    #[error("key {0} cannot follow: it must be in the key ring and not be the sealing key")]
    NotFresh(KeyId),
    /// Some nodes do not have the new key yet, or none has been heard.
    #[error("these nodes do not have the new key yet: {}", nodes.join(", "))]
    NodesWithout {
        /// Their names.
        nodes: Vec<String>,
    },
    /// No node has told of itself.
    #[error("no node has been heard, so none has confirmed the new key")]
    NoNode,
    /// Something is still sealed by the old key.
    #[error("{left} stored secrets are still sealed by key {old}")]
    StillSealed {
        /// How many.
        left: u64,
        /// The old key.
        old: KeyId,
    },
    /// Backups made before the end of the rotation need the old key.
    #[error("{backups} backups still need key {old}")]
    BackupsNeedIt {
        /// How many.
        backups: u64,
        /// The old key.
        old: KeyId,
    },
    /// The step does not follow.
    #[error("a rotation that is {at} cannot become {wanted}")]
    OutOfOrder {
        /// Where it is.
        at: RotationStep,
        /// What was asked.
        wanted: RotationStep,
    },
}

/// One replacement of the sealing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// The key that seals at the start.
    pub old: KeyId,
    /// The key that is to seal.
    pub new: KeyId,
    /// How far it is.
    pub step: RotationStep,
}

impl Rotation {
    /// Begins: `new` must be in the ring, for opening.
    ///
    /// # Errors
    /// [`Refusal::NotFresh`].
    pub fn begin(ring: &KeyRing, new: KeyId) -> Result<Self, Refusal> {
        if !ring.opens(new) || ring.sealing() == new {
            return Err(Refusal::NotFresh(new));
        }
        Ok(Self {
            old: ring.sealing(),
            new,
            step: RotationStep::Added,
        })
    }

    /// Every living node opens with the new key.
    ///
    /// # Errors
    /// The nodes that do not, by name.
    pub fn confirm(self, living: &[Holding]) -> Result<Self, Refusal> {
        let next = self.follow(RotationStep::Confirmed)?;
        if living.is_empty() {
            return Err(Refusal::NoNode);
        }
        let number = self.new.to_string();
        let lacks = |holding: &&Holding| !holding.opens.split_whitespace().any(|id| id == number);
        let nodes: Vec<String> = living
            .iter()
            .filter(lacks)
            .map(|holding| holding.node.clone())
            .collect();
        if nodes.is_empty() {
            Ok(next)
        } else {
            Err(Refusal::NodesWithout { nodes })
        }
    }

    /// From now on the new key seals: each node takes [`Rotation::ring_for`] as its ring.
    ///
    /// # Errors
    /// When it was not confirmed.
    pub fn seal(self) -> Result<Self, Refusal> {
        self.follow(RotationStep::Sealing)
    }

    /// Nothing is left that the old key sealed.
    ///
    /// # Errors
    /// [`Refusal::StillSealed`] with how many are left.
    pub fn finish(self, left: u64) -> Result<Self, Refusal> {
        let next = self.follow(RotationStep::Resealed)?;
        if left == 0 {
            Ok(next)
        } else {
            Err(Refusal::StillSealed {
                left,
                old: self.old,
            })
        }
    }

    /// The old key may leave the ring.
    ///
    /// # Errors
    /// [`Refusal::BackupsNeedIt`] with how many backups would be unreadable.
    pub fn retire(self, backups: u64) -> Result<Self, Refusal> {
        let next = self.follow(RotationStep::Retired)?;
        if backups == 0 {
            Ok(next)
        } else {
            Err(Refusal::BackupsNeedIt {
                backups,
                old: self.old,
            })
        }
    }

    /// The ring that a node is to use at this step, from the ring that it has.
    ///
    /// # Errors
    /// When the ring lacks a key that the step needs.
    pub fn ring_for(self, ring: &KeyRing) -> Result<KeyRing, crate::BadKeyRing> {
        match self.step {
            RotationStep::Added | RotationStep::Confirmed => ring.with_sealing(self.old),
            RotationStep::Sealing | RotationStep::Resealed => ring.with_sealing(self.new),
            RotationStep::Retired => {
                let sealing = ring.with_sealing(self.new)?;
                if sealing.opens(self.old) {
                    sealing.without(self.old)
                } else {
                    Ok(sealing)
                }
            }
        }
    }

    fn follow(self, wanted: RotationStep) -> Result<Self, Refusal> {
        let before = RotationStep::ALL
            .iter()
            .position(|step| *step == wanted)
            .and_then(|at| at.checked_sub(1));
        let fits = before.and_then(|at| RotationStep::ALL.get(at)) == Some(&self.step);
        if fits {
            Ok(Self {
                step: wanted,
                ..self
            })
        } else {
            Err(Refusal::OutOfOrder {
                at: self.step,
                wanted,
            })
        }
    }
}
