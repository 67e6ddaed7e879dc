//! What stops a reconciler's step. What a platform answers is no error here: it is an outcome, and is
//! recorded.

use std::sync::Arc;

use domain::platform::Platform;

/// Why a step could not be done. The rows stay as they are and are found again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed, or refused because another node holds the row now.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A secret could not be opened with the keys that we have.
    #[error("a secret of {what} does not open: {reason}")]
    Sealed {
        /// Of what.
        what: String,
        /// Why.
        reason: String,
    },
    /// A row names a platform that this program has no adapter for.
    #[error("there is no adapter for {0}")]
    NoAdapter(Platform),
    /// A row that must be there is not.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// A step of a life that the rules refuse: a mistake in this program.
    #[error("a step was refused: {0}")]
    Refused(String),
    /// What a renewal failed with that somebody else had begun and this one waited for.
    #[error(transparent)]
    Joined(Arc<Error>),
}

impl Error {
    /// Whether another node holds the row now: nothing to report.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        match self {
            Self::Storage(storage::Error::Stale { .. }) => true,
            Self::Joined(error) => error.is_stale(),
            _ => false,
        }
    }
}

impl From<domain::delivery::StepRefused> for Error {
    fn from(refused: domain::delivery::StepRefused) -> Self {
        Self::Refused(refused.to_string())
    }
}

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;
