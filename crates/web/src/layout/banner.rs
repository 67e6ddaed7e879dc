//! The banner above a page (one, the worst trouble first) and the messages that say what just happened.

use askama::Template;

use crate::components::icon::{Html, icon};
use crate::components::{Action, Tone};
use crate::text::Text;

/// The banner.
#[derive(Clone, Debug, Template)]
#[template(path = "layout/banner.html")]
pub struct Banner {
    /// Words of the request's language.
    pub text: Text,
    /// How grave: red, amber, or grey where nothing is to be done.
    pub tone: Tone,
    /// What was not lost, then what is wrong, with the number of posts.
    pub title: String,
    /// One more sentence, or nothing.
    pub detail: String,
    /// The button.
    pub action: Action,
    /// Puts it off for some hours; none where that would be wrong.
    pub snooze: Option<Action>,
    /// How many further troubles there are.
    pub more: usize,
    /// Where they are listed.
    pub more_href: String,
}

/// A message about what was just done.
#[derive(Clone, Debug, Template)]
#[template(path = "layout/toast.html")]
pub struct Flash {
    /// Green, amber or red.
    pub tone: Tone,
    /// The message.
    pub words: String,
    /// *Undo*, or the next thing.
    pub action: Option<Action>,
}

impl askama::filters::HtmlSafe for Banner {}
impl askama::filters::HtmlSafe for Flash {}

impl Banner {
    fn drawn(&self) -> Html {
        icon(if self.tone == Tone::Grey {
            "cloud"
        } else {
            "triangle-alert"
        })
    }

    /// One.
    #[must_use]
    pub fn sample(text: &Text) -> Self {
        Self {
            text: text.clone(),
            tone: Tone::Red,
            title: "3 posts are kept and wait for you.".to_owned(),
            detail: "Atelier Marais on Facebook needs a sign-in: the password changed.".to_owned(),
            action: Action::link("Refresh Credentials", "#").primary().small(),
            snooze: Some(Action::post("Later", "#").quiet().small()),
            more: 1,
            more_href: "#".to_owned(),
        }
    }
}

impl Flash {
    /// Something worked.
    #[must_use]
    pub fn done(words: impl Into<String>) -> Self {
        Self {
            tone: Tone::Green,
            words: words.into(),
            action: None,
        }
    }

    /// Something did not happen, and nothing was changed.
    #[must_use]
    pub fn refused(words: impl Into<String>) -> Self {
        Self {
            tone: Tone::Red,
            words: words.into(),
            action: None,
        }
    }

    /// Something happened that was perhaps not expected.
    #[must_use]
    pub fn note(words: impl Into<String>) -> Self {
        Self {
            tone: Tone::Amber,
            words: words.into(),
            action: None,
        }
    }

    /// With *Undo*, or the next thing.
    #[must_use]
    pub fn with(mut self, action: Action) -> Self {
        self.action = Some(action.small());
        self
    }

    fn drawn(&self) -> Html {
        icon(match self.tone {
            Tone::Green => "circle-check",
            Tone::Red => "circle-x",
            _ => "info",
        })
    }
}
