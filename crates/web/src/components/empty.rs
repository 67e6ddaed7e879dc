//! An empty state: one sentence and one action.

use askama::Template;

use super::action::Action;
use super::icon::{Html, icon};
use crate::text::Text;

/// Shown where there is nothing yet.
#[derive(Clone, Debug, Template)]
#[template(path = "components/empty.html")]
pub struct Empty {
    /// Its icon.
    pub icon: &'static str,
    /// What is not there.
    pub title: String,
    /// One sentence.
    pub words: String,
    /// One action.
    pub action: Option<Action>,
}

super::safe_html!(Empty);

impl Empty {
    fn drawn(&self) -> Html {
        icon(self.icon)
    }

    /// With and without action.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        vec![
            Self {
                icon: "calendar-plus",
                title: "Nothing is planned yet".to_owned(),
                words: "Plan the first post; it can wait for a channel.".to_owned(),
                action: Some(Action::link("Create post", "#").primary().icon("plus")),
            },
            Self {
                icon: "inbox",
                title: "Nothing needs you".to_owned(),
                words: "News about your channels and posts comes here, not customers’ messages."
                    .to_owned(),
                action: None,
            },
        ]
    }
}
