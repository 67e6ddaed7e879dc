//! Tabs, and the joined control for views of one thing. Both are links: each view has its own address.

use askama::Template;

use crate::text::Text;

/// One tab.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    /// Its words.
    pub label: String,
    /// Its address.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
    /// A number behind the words, if any.
    pub count: Option<usize>,
    /// Whether the number needs a person.
    pub alert: bool,
}

impl Tab {
    /// A tab without number.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>, current: bool) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            current,
            ..Self::default()
        }
    }

    /// With a number behind the words; red where it needs a person and is not 0.
    #[must_use]
    pub fn count(mut self, count: usize, alert: bool) -> Self {
        self.count = Some(count);
        self.alert = alert && count > 0;
        self
    }
}

/// A row of tabs.
#[derive(Clone, Debug, Template)]
#[template(path = "components/tabs.html")]
pub struct Tabs {
    /// What they choose among, for those who hear the page.
    pub label: String,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Whether they are drawn as one joined control.
    pub joined: bool,
}

super::safe_html!(Tabs);

impl Tabs {
    /// Both kinds.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        vec![
            Self {
                label: "Channels".to_owned(),
                tabs: vec![
                    Tab::new("All", "#", true).count(12, false),
                    Tab::new("Needs attention", "#", false).count(2, true),
                ],
                joined: false,
            },
            Self {
                label: "View".to_owned(),
                tabs: ["Month", "Week", "Day", "List"]
                    .into_iter()
                    .map(|view| Tab::new(view, "#", view == "Month"))
                    .collect(),
                joined: true,
            },
        ]
    }
}
