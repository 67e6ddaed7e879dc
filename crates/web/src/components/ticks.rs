//! Ticks one after the other: what is checked after a sign-in, and the way through a longer task.

use askama::Template;

use super::icon::{Html, icon};
use crate::text::Text;

/// How one step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickState {
    /// Not reached.
    Wait,
    /// Being done.
    Now,
    /// Done.
    Done,
    /// Did not pass.
    Failed,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Tick {
    /// What is checked.
    pub label: String,
    /// What was found, if anything is worth saying.
    pub detail: String,
    /// How it stands.
    pub state: TickState,
}

impl Tick {
    /// A step.
    #[must_use]
    pub fn new(label: impl Into<String>, detail: impl Into<String>, state: TickState) -> Self {
        Self {
            label: label.into(),
            detail: detail.into(),
            state,
        }
    }

    fn key(&self) -> &'static str {
        match self.state {
            TickState::Wait => "wait",
            TickState::Now => "now",
            TickState::Done => "done",
            TickState::Failed => "failed",
        }
    }

    fn mark(&self) -> Option<Html> {
        match self.state {
            TickState::Done => Some(icon("check")),
            TickState::Failed => Some(icon("x")),
            TickState::Wait | TickState::Now => None,
        }
    }

    fn words(&self, text: &Text) -> String {
        text.t(match self.state {
            TickState::Wait => "tick-wait",
            TickState::Now => "tick-now",
            TickState::Done => "tick-done",
            TickState::Failed => "tick-failed",
        })
    }
}

/// The steps in order.
#[derive(Clone, Debug, Template)]
#[template(path = "components/ticks.html")]
pub struct Ticks {
    /// Words of the request's language.
    pub text: Text,
    /// The steps.
    pub ticks: Vec<Tick>,
}

super::safe_html!(Ticks);

impl Ticks {
    /// The five ticks of signing in again, of which the first `done` have passed. The next one is being checked, or
    /// has failed with these words.
    #[must_use]
    pub fn after_sign_in(text: &Text, done: usize, failed: Option<String>) -> Self {
        let keys = [
            "tick-account",
            "tick-permissions",
            "tick-role",
            "tick-test-read",
            "tick-extends",
        ];
        let ticks = keys
            .into_iter()
            .enumerate()
            .map(|(at, key)| match at.cmp(&done) {
                std::cmp::Ordering::Less => Tick::new(text.t(key), "", TickState::Done),
                std::cmp::Ordering::Equal => match &failed {
                    Some(words) => Tick::new(text.t(key), words.clone(), TickState::Failed),
                    None => Tick::new(text.t(key), "", TickState::Now),
                },
                std::cmp::Ordering::Greater => Tick::new(text.t(key), "", TickState::Wait),
            })
            .collect();
        Self {
            text: text.clone(),
            ticks,
        }
    }

    /// On the way, failed, done.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        vec![
            Self::after_sign_in(text, 2, None),
            Self::after_sign_in(
                text,
                1,
                Some("“Publish posts” was not ticked on Instagram.".to_owned()),
            ),
            Self::after_sign_in(text, 5, None),
        ]
    }
}
