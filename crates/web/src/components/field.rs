//! Form fields: label, control, hint, error. The error is tied to the control, so that it is heard with it.

use askama::Template;

use crate::text::Text;

/// A text-like field. `kind` is the input's type, or `textarea`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/field.html")]
pub struct Field {
    /// Name of the form value; also the element's id.
    pub name: String,
    /// The label.
    pub label: String,
    /// `text`, `password`, `email`, `date`, `time`, `number`, `url`, `search` or `textarea`.
    pub kind: String,
    /// What it holds.
    pub value: String,
    /// Said below it.
    pub hint: String,
    /// What is wrong with the value, if anything.
    pub error: String,
    /// Whether it must be filled.
    pub required: bool,
    /// The browser's autocomplete word, such as `username`.
    pub autocomplete: String,
    /// Grey words inside.
    pub placeholder: String,
    /// Whether the page opens with the cursor here.
    pub focus: bool,
    /// The greatest length in characters; 0 for none.
    pub max_length: usize,
}

super::safe_html!(Field, Select, Check, Choices);

impl Field {
    /// A required text field.
    #[must_use]
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind: "text".to_owned(),
            required: true,
            ..Self::default()
        }
    }

    /// Of another kind.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    /// Holding this.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With words below.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With what is wrong.
    #[must_use]
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = error.into();
        self
    }

    /// May stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// With the browser's autocomplete word.
    #[must_use]
    pub fn autocomplete(mut self, word: &str) -> Self {
        word.clone_into(&mut self.autocomplete);
        self
    }

    /// The page opens with the cursor here.
    #[must_use]
    pub fn focused(mut self) -> Self {
        self.focus = true;
        self
    }

    fn described(&self) -> String {
        described(&self.name, &self.hint, &self.error)
    }

    /// Empty, filled, wrong.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        vec![
            Self::text("sample-name", "Name of the social set").value("Lumen Coffee"),
            Self::text("sample-mail", "E-mail")
                .kind("email")
                .value("ida@")
                .error("This is not a whole e-mail address. Add what comes after the @."),
            Self::text("sample-password", "Password")
                .kind("password")
                .autocomplete("new-password")
                .hint("At least 12 characters."),
            Self::text("sample-note", "Note for the team")
                .kind("textarea")
                .optional(),
        ]
    }
}

fn described(name: &str, hint: &str, error: &str) -> String {
    let mut ids = Vec::new();
    if !hint.is_empty() {
        ids.push(format!("{name}-hint"));
    }
    if !error.is_empty() {
        ids.push(format!("{name}-error"));
    }
    ids.join(" ")
}

/// One of several values, from a list.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/select.html")]
pub struct Select {
    /// Name of the form value; also the element's id.
    pub name: String,
    /// The label.
    pub label: String,
    /// Value and words of each choice.
    pub options: Vec<(String, String)>,
    /// The value that is chosen.
    pub value: String,
    /// Said below it.
    pub hint: String,
    /// What is wrong, if anything.
    pub error: String,
}

impl Select {
    fn described(&self) -> String {
        described(&self.name, &self.hint, &self.error)
    }

    /// One.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        let option = |value: &str, words: &str| (value.to_owned(), words.to_owned());
        vec![Self {
            name: "sample-zone".to_owned(),
            label: "Time zone".to_owned(),
            options: vec![
                option("Europe/Berlin", "Europe/Berlin"),
                option("America/New_York", "America/New York"),
            ],
            value: "Europe/Berlin".to_owned(),
            hint: "Times of this social set are in this zone.".to_owned(),
            error: String::new(),
        }]
    }
}

/// A box to tick.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/check.html")]
pub struct Check {
    /// Name of the form value.
    pub name: String,
    /// Its value when ticked.
    pub value: String,
    /// The label.
    pub label: String,
    /// Said below the label.
    pub hint: String,
    /// Whether it is ticked.
    pub checked: bool,
}

impl Check {
    /// Ticked and not.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        vec![
            Self {
                name: "sample-check".to_owned(),
                value: "1".to_owned(),
                label: "Make up missed posts by itself".to_owned(),
                hint: "Only within 24 hours after the sign-in is back.".to_owned(),
                checked: true,
            },
            Self {
                name: "sample-other".to_owned(),
                value: "1".to_owned(),
                label: "Mail me a digest".to_owned(),
                ..Self::default()
            },
        ]
    }
}

/// One line of [`Choices`].
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The form value.
    pub value: String,
    /// The choice.
    pub label: String,
    /// What it means.
    pub hint: String,
}

/// One of a few choices that need a sentence each.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/choices.html")]
pub struct Choices {
    /// Name of the form value.
    pub name: String,
    /// The question.
    pub label: String,
    /// The choices.
    pub choices: Vec<Choice>,
    /// The value that is chosen.
    pub value: String,
}

impl Choices {
    /// Two login flows.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        let choice = |value: &str, label: &str, hint: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
        };
        vec![Self {
            name: "sample-flow".to_owned(),
            label: "Which way to sign in".to_owned(),
            choices: vec![
                choice(
                    "instagram",
                    "Through Instagram",
                    "Used last time, 12 March.",
                ),
                choice(
                    "facebook",
                    "Through Facebook",
                    "For accounts that belong to a Facebook Page.",
                ),
            ],
            value: "instagram".to_owned(),
        }]
    }
}
