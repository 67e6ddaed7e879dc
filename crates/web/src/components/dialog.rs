//! A question before something that matters. Opened by a button with `data-dialog`, closed by Escape, the cross, or a
//! form inside with method `dialog`.

use askama::Template;

use super::action::Action;
use crate::text::Text;

/// A dialog.
#[derive(Clone, Debug, Template)]
#[template(path = "components/dialog.html")]
pub struct Dialog {
    /// Words of the request's language.
    pub text: Text,
    /// The id that buttons name.
    pub id: String,
    /// The question.
    pub title: String,
    /// What was or will not be lost, first.
    pub lead: String,
    /// What will happen, line by line.
    pub points: Vec<String>,
    /// What may be done, the weightiest last.
    pub actions: Vec<Action>,
}

super::safe_html!(Dialog);

impl Dialog {
    /// One.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        vec![Self {
            text: text.clone(),
            id: "sample-dialog".to_owned(),
            title: "Unlink Lumen Coffee?".to_owned(),
            lead: "4 planned posts are kept and wait until it is linked again.".to_owned(),
            points: vec![
                "The other way to sign in may be enough: through Facebook.".to_owned(),
                "You can undo this until midnight.".to_owned(),
            ],
            actions: vec![
                Action::link("Sign in through Facebook", "#"),
                Action::post("Unlink", "#").danger(),
            ],
        }]
    }
}
