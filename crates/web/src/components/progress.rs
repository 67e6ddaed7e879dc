//! How much is used: of a text's length, of an upload, of a quota.

use askama::Template;

use crate::text::Text;

/// Characters left, tied to the field that the script counts.
#[derive(Clone, Debug, Template)]
#[template(path = "components/counter.html")]
pub struct Counter {
    /// Words of the request's language.
    pub text: Text,
    /// Id of the text field.
    pub field: String,
    /// How many are used.
    pub used: usize,
    /// How many there may be.
    pub limit: usize,
}

super::safe_html!(Counter, Meter);

impl Counter {
    fn level(&self) -> &'static str {
        if self.used > self.limit {
            "over"
        } else if self.used * 10 >= self.limit * 9 {
            "near"
        } else {
            "well"
        }
    }

    fn left(&self) -> i64 {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        count(self.limit) - count(self.used)
    }

    /// Room, little room, too long.
    #[must_use]
    pub fn samples(text: &Text) -> Vec<Self> {
        [(20, 300), (280, 300), (312, 300)]
            .map(|(used, limit)| Self {
                text: text.clone(),
                field: "sample-note".to_owned(),
                used,
                limit,
            })
            .into()
    }
}

/// A bar with its words above.
#[derive(Clone, Debug, Template)]
#[template(path = "components/meter.html")]
pub struct Meter {
    /// What is measured.
    pub label: String,
    /// The part that is done.
    pub value: u64,
    /// The whole.
    pub max: u64,
    /// The figures in words, such as "3 of 5".
    pub words: String,
}

impl Meter {
    /// One on its way.
    #[must_use]
    pub fn samples(_text: &Text) -> Vec<Self> {
        vec![Self {
            label: "Uploading harbour.jpg".to_owned(),
            value: 3,
            max: 5,
            words: "3 of 5 MB".to_owned(),
        }]
    }
}
