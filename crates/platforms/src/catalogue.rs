//! What the answers of the platforms mean, for people and programs to look up: the adapters' tables of errors, one
//! line for each code with each subcode. The tables stand with the adapters; nothing is said here that is not
//! there.

use domain::cause::{Cause, Confidence};
use domain::platform::Platform;

use crate::failure::About;
use crate::registry;

/// An answer that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which platform gives it.
    pub platform: Platform,
    /// Which of its servers, where the same word means different things in different mouths; else empty.
    pub said_by: &'static str,
    /// The platform's code, or a span of codes; empty where the code does not matter.
    pub code: String,
    /// The platform's subcode; empty where it has none or it does not matter.
    pub subcode: String,
    /// Words in small letters that must stand in it; empty for any.
    pub words: String,
    /// The cause class.
    pub cause: Cause,
    /// What it is about.
    pub about: About,
    /// Whether it is believed the first time: only such an answer ends a login or refuses a post.
    pub final_answer: bool,
    /// How sure the cause is.
    pub confidence: Confidence,
}

/// All answers that we know, by platform, in the order in which they are looked through.
#[must_use]
pub fn all() -> Vec<Answer> {
    registry::all()
        .into_iter()
        .flat_map(crate::Platform::answers)
        .collect()
}

impl About {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Channel => "channel",
            Self::Post => "post",
            Self::App => "app",
            Self::Platform => "platform",
        }
    }
}
