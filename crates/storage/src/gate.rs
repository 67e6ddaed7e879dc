//! A gate before and after every write, by name: where a test counts the writes of a journey and
//! stops the program at each of them, and where a rehearsal takes the database away. A served program
//! has none.

use std::future::Future;
use std::pin::Pin;

use crate::error::{Error, Result};

/// Something that every write passes twice: `NAME:before`, when nothing is stored yet, and
/// `NAME:after`, when the write is durable and its caller has not heard of it. A gate that never
/// answers is a kill at that point.
pub trait Gate: Send + Sync {
    /// Waits until the write may go on.
    fn pass<'a>(&'a self, point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// How the database is at this moment, for a read or write of this name.
    fn weather(&self, _name: &str, _writes: bool) -> Weather {
        Weather::Fair
    }
}

/// How a database can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// As it should.
    Fair,
    /// Out of reach: nothing is read or written.
    Away,
    /// The disk is full: nothing is written.
    Full,
    /// A write is stored, and its answer is lost.
    AnswerLost,
}

impl Weather {
    /// What a read or write gets instead of being done, if it is not done.
    pub(crate) fn refusal(self, name: &'static str, writes: bool) -> Option<Error> {
        match self {
            Self::Fair | Self::AnswerLost => None,
            Self::Full if !writes => None,
            Self::Away => Some(Error::Unavailable("the connection was refused".to_owned())),
            Self::Full => Some(Error::NotStored {
                name,
                message: "the disk is full".to_owned(),
            }),
        }
    }

    /// What a caller hears of a write that was done.
    pub(crate) fn told<T>(self, name: &'static str, outcome: Result<T>) -> Result<T> {
        match (self, outcome) {
            (Self::AnswerLost, Ok(_)) => Err(Error::Uncertain {
                name,
                message: "the connection was closed".to_owned(),
            }),
            (_, outcome) => outcome,
        }
    }
}
