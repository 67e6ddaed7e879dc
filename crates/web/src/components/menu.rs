//! A menu of further actions behind three dots, or behind a word. It opens without script.

use askama::Template;

use super::action::{Action, Look};

/// A menu.
#[derive(Clone, Debug, Template)]
#[template(path = "components/menu.html")]
pub struct Menu {
    /// What it is for, such as "More for Lumen Coffee": read out, and seen where `word` is set.
    pub label: String,
    /// Whether the label is written on the button instead of three dots.
    pub word: bool,
    /// The lines.
    pub items: Vec<Action>,
    /// Further classes of the button, such as `primary`.
    pub class: &'static str,
}

super::safe_html!(Menu);

impl Menu {
    /// Three dots.
    #[must_use]
    pub fn dots(label: impl Into<String>, items: Vec<Action>) -> Self {
        Self {
            label: label.into(),
            word: false,
            items: Self::lines(items),
            class: "quiet square",
        }
    }

    /// A button with a word and an arrow.
    #[must_use]
    pub fn word(label: impl Into<String>, items: Vec<Action>) -> Self {
        Self {
            label: label.into(),
            word: true,
            items: Self::lines(items),
            class: "",
        }
    }

    /// The arrow beside a primary button, inside `<span class="split">`.
    #[must_use]
    pub fn arrow(label: impl Into<String>, items: Vec<Action>) -> Self {
        Self {
            label: label.into(),
            word: false,
            items: Self::lines(items),
            class: "primary arrow",
        }
    }

    fn lines(items: Vec<Action>) -> Vec<Action> {
        items
            .into_iter()
            .map(|mut item| {
                item.look = if matches!(item.look, Look::Danger | Look::DangerQuiet) {
                    Look::ItemDanger
                } else {
                    Look::Item
                };
                item.small = false;
                item
            })
            .collect()
    }

    fn upward(&self) -> bool {
        self.class.ends_with("arrow")
    }

    /// Each kind.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let items = || {
            vec![
                Action::link("History", "#").icon("history"),
                Action::post("Extend now", "#").icon("refresh-cw"),
                Action::dialog("Unlink", "sample-dialog")
                    .danger()
                    .icon("unlink"),
            ]
        };
        vec![
            Self::dots("More for Lumen Coffee", items()),
            Self::word("Options", items()),
        ]
    }
}
