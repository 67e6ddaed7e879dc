//! A button: it leads somewhere, posts a form, or opens a dialog. The three look the same and differ in the element,
//! so that everything works without script except dialogs.

use askama::Template;

use super::icon::Html;

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A link.
    Link(String),
    /// A form of its own, posted to this address with these hidden fields.
    Post(String, Vec<(String, String)>),
    /// Opens the dialog with this id.
    Dialog(String),
    /// Submits the form with this id, or the one around it where the id is empty.
    Submit(String),
}

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    Primary,
    /// An ordinary button.
    #[default]
    Plain,
    /// No box until pointed at.
    Quiet,
    /// Does what is hard to undo.
    Danger,
    /// Leads to what is hard to undo.
    DangerQuiet,
    /// A line in a menu.
    Item,
    /// A dangerous line in a menu.
    ItemDanger,
}

/// One button.
#[derive(Clone, Debug, Template)]
#[template(path = "components/action.html")]
pub struct Action {
    /// The verb on it.
    pub label: String,
    /// What it does.
    pub target: Target,
    /// How it looks.
    pub look: Look,
    /// The icon before the label, if any.
    pub icon: Option<&'static str>,
    /// Lower, for rows.
    pub small: bool,
    /// What to say to those who hear the page, where the label alone would be the same on every row.
    pub spoken: String,
}

super::safe_html!(Action);

impl Action {
    fn new(label: impl Into<String>, target: Target) -> Self {
        Self {
            label: label.into(),
            target,
            look: Look::Plain,
            icon: None,
            small: false,
            spoken: String::new(),
        }
    }

    /// A link that looks like a button.
    #[must_use]
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::new(label, Target::Link(href.into()))
    }

    /// A form of one button.
    #[must_use]
    pub fn post(label: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(label, Target::Post(action.into(), Vec::new()))
    }

    /// Opens a dialog of this page.
    #[must_use]
    pub fn dialog(label: impl Into<String>, id: impl Into<String>) -> Self {
        Self::new(label, Target::Dialog(id.into()))
    }

    /// Submits the form around it.
    #[must_use]
    pub fn submit(label: impl Into<String>) -> Self {
        Self::new(label, Target::Submit(String::new()))
    }

    /// With a hidden field; only where it posts.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Target::Post(_, fields) = &mut self.target {
            fields.push((name.into(), value.into()));
        }
        self
    }

    /// With another look.
    #[must_use]
    pub fn look(mut self, look: Look) -> Self {
        self.look = look;
        self
    }

    /// The one thing to do here.
    #[must_use]
    pub fn primary(self) -> Self {
        self.look(Look::Primary)
    }

    /// No box until pointed at.
    #[must_use]
    pub fn quiet(self) -> Self {
        self.look(Look::Quiet)
    }

    /// Does what is hard to undo.
    #[must_use]
    pub fn danger(self) -> Self {
        self.look(Look::Danger)
    }

    /// Lower, for rows.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// With an icon before the label.
    #[must_use]
    pub fn icon(mut self, name: &'static str) -> Self {
        self.icon = Some(name);
        self
    }

    /// With other words for those who hear the page.
    #[must_use]
    pub fn spoken(mut self, words: impl Into<String>) -> Self {
        self.spoken = words.into();
        self
    }

    fn class(&self) -> String {
        let look = match self.look {
            Look::Primary => "button primary",
            Look::Plain => "button",
            Look::Quiet => "button quiet",
            Look::Danger => "button danger",
            Look::DangerQuiet => "button danger-quiet",
            Look::Item => "menu-item",
            Look::ItemDanger => "menu-item danger",
        };
        if self.small {
            format!("{look} small")
        } else {
            look.to_owned()
        }
    }

    fn drawn(&self) -> Html {
        self.icon.map(super::icon::icon).unwrap_or_default()
    }

    /// Every look and target.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        vec![
            Self::link("Schedule", "#").primary().icon("calendar-clock"),
            Self::post("Update grid", "#").icon("refresh-cw"),
            Self::post("Save draft", "#").with("id", "1"),
            Self::link("Not now", "#").quiet(),
            Self::dialog("Unlink", "sample-dialog").danger(),
            Self::dialog("Drop post", "sample-dialog")
                .look(Look::DangerQuiet)
                .icon("trash-2"),
            Self::post("Reschedule", "#").small(),
        ]
    }
}
