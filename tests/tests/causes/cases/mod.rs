//! The cases: a cause on a way of signing in, how it is brought about at the simulator, how it shows, and how it is
//! mended. What cannot occur says why, from the platform's fact sheet.

pub mod bluesky;
pub mod instagram;
pub mod page;
pub mod through_facebook;

use domain::cause::Cause;
use domain::health::Health;
use simulator::{Break, Effect, Fault};
use testing::browser::Look;

use super::stage::{Do, Way};

/// Where a cause shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// In the login's health.
    Health(Health),
    /// The login is kept as it is, and the last answer is shown with its cause.
    Refusal(Health),
    /// In the state of the post; the login is well.
    Post(&'static str),
    /// Nowhere as trouble: the login stays well, and its older sign-in ended with this cause.
    Older,
}

/// What became of it in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The channel is well again, and a post goes out.
    Well,
    /// It rightly is not: why.
    Not(&'static str),
}

/// See the head of this file.
#[derive(Debug, Clone)]
pub struct Case {
    pub cause: Cause,
    /// How it is broken, in words.
    pub how: &'static str,
    pub broken: Vec<Do>,
    pub shows: Shows,
    /// How it is mended, in words.
    pub mended_by: &'static str,
    pub mended: Vec<Do>,
    pub end: End,
}

/// A cause that does not occur on a way of signing in, or shows as another: why.
pub struct Never {
    pub cause: Cause,
    pub why: &'static str,
    /// Done to a channel that is well; it must stay well.
    pub proof: Vec<Do>,
}

/// All of one way.
pub struct Book {
    pub way: Way,
    /// The name of its page in `docs/causes/proven/`.
    pub page: &'static str,
    /// The window in which a person plays it.
    pub look: Look,
    pub cases: Vec<Case>,
    pub never: Vec<Never>,
}

/// A case that shows in the login's health and is mended for good.
pub fn case(cause: Cause, how: &'static str, broken: Vec<Do>, health: Health) -> Case {
    Case {
        cause,
        how,
        broken,
        shows: Shows::Health(health),
        mended_by: "signing in again",
        mended: vec![Do::SignIn],
        end: End::Well,
    }
}

impl Case {
    pub fn shows(mut self, shows: Shows) -> Self {
        self.shows = shows;
        self
    }

    pub fn mended(mut self, by: &'static str, acts: Vec<Do>) -> Self {
        (self.mended_by, self.mended) = (by, acts);
        self
    }

    /// It is rightly not mended by what a person here can do.
    pub fn never_well(mut self, tried: &'static str, acts: Vec<Do>, why: &'static str) -> Self {
        (self.mended_by, self.mended, self.end) = (tried, acts, End::Not(why));
        self
    }
}

pub fn breaks(what: impl Into<Break>) -> Do {
    Do::Break(what.into())
}

pub fn mends(what: impl Into<Break>) -> Do {
    Do::Mend(what.into())
}

/// A refusal of Graph, from now on, of this call.
pub fn refuses(operation: &str, status: u16, code: &str, subcode: Option<u32>, said: &str) -> Do {
    Do::Fault(Fault::always(
        operation,
        Effect::Refuse {
            status,
            code: code.to_owned(),
            subcode,
            message: said.to_owned(),
        },
    ))
}
