//! What a request was refused with: a code of the one table, words, what to do, and the fields that
//! are wrong. Actions return it; [`render`] alone decides whether it becomes a problem document of
//! the API (RFC 9457) or a page.

pub mod codes;
pub mod render;

use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::text::{Text, Value};
pub use codes::Code;

/// The result of everything that a request may ask for.
pub type Outcome<T> = Result<T, Refusal>;

/// Words that get their language when they are said.
#[derive(Debug, Clone)]
pub enum Words {
    /// A text of the Fluent files, with its values.
    Key(&'static str, Vec<(&'static str, Value)>),
    /// Words that are said as they are: those of a parser, or a name.
    Plain(String),
}

impl Words {
    /// A text without values.
    #[must_use]
    pub const fn key(key: &'static str) -> Self {
        Self::Key(key, Vec::new())
    }

    /// With a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        if let Self::Key(_, values) = &mut self {
            values.push((name, value.into()));
        }
        self
    }

    /// The words in a language.
    #[must_use]
    pub fn say(&self, text: &Text) -> String {
        match self {
            Self::Key(key, values) if values.is_empty() => text.t(key),
            Self::Key(key, values) => text.t_args(key, values),
            Self::Plain(words) => words.clone(),
        }
    }
}

/// One field that is wrong.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// Its name in the form or the JSON document; `media[0].alt` inside another.
    pub field: String,
    /// A stable word.
    pub code: &'static str,
    /// What is wrong with it.
    pub words: Words,
}

/// A refusal.
#[derive(Debug, Clone)]
pub struct Refusal(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: &'static Code,
    detail: Option<Words>,
    fields: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal of this code.
    #[must_use]
    pub fn new(code: &'static Code) -> Self {
        Self(Box::new(Inner {
            code,
            detail: None,
            fields: Vec::new(),
            headers: Vec::new(),
        }))
    }

    /// There is no such thing, or it is not this workspace's: the two are told alike.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(&codes::NOT_FOUND)
    }

    /// A field is wrong. Further ones are added with [`Refusal::and_field`].
    #[must_use]
    pub fn field(field: impl Into<String>, code: &'static str, words: Words) -> Self {
        Self::new(&codes::INVALID).and_field(field, code, words)
    }

    /// With another wrong field.
    #[must_use]
    pub fn and_field(mut self, field: impl Into<String>, code: &'static str, words: Words) -> Self {
        self.0.fields.push(FieldError {
            field: field.into(),
            code,
            words,
        });
        self
    }

    /// With what happened this time; without it the code's own words are said.
    #[must_use]
    pub fn detail(mut self, words: Words) -> Self {
        self.0.detail = Some(words);
        self
    }

    /// With a header, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Which refusal it is.
    #[must_use]
    pub const fn code(&self) -> &'static Code {
        self.0.code
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The fields that are wrong.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// What is wrong with a field, for the form that is shown again; empty if nothing is.
    #[must_use]
    pub fn field_words(&self, field: &str, text: &Text) -> String {
        let found = self.0.fields.iter().find(|error| error.field == field);
        found.map(|error| error.words.say(text)).unwrap_or_default()
    }

    /// Whether it is about what was entered, so that the form should be shown again.
    #[must_use]
    pub fn is_about_input(&self) -> bool {
        matches!(self.0.code.status, 400 | 409 | 422 | 429)
    }

    /// What happened, in a sentence.
    #[must_use]
    pub fn sentence(&self, text: &Text) -> String {
        self.0
            .detail
            .as_ref()
            .map_or_else(|| text.t(self.0.code.title), |words| words.say(text))
    }

    /// The problem document.
    #[must_use]
    pub fn problem(&self, text: &Text) -> Problem {
        let code = self.0.code;
        Problem {
            kind: format!("/docs/problems/{}", code.code),
            title: text.t(code.title),
            status: code.status,
            detail: self.sentence(text),
            code: code.code.to_owned(),
            hint: text.t(code.hint),
            errors: self
                .0
                .fields
                .iter()
                .map(|field| ProblemField {
                    field: field.field.clone(),
                    code: field.code.to_owned(),
                    detail: field.words.say(text),
                })
                .collect(),
        }
    }

    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }
}

/// A problem document after RFC 9457.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Address of a page about this code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Stable code: decide by this.
    pub code: String,
    /// What to do about it.
    pub hint: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// One wrong field of a problem document.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProblemField {
    /// Its path in the document.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
}

/// The refusal rides in the answer's extensions until [`render`] gives it its form.
impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        let mut response = axum::response::Response::new(axum::body::Body::empty());
        *response.status_mut() = self.status();
        for (name, value) in &self.0.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// What storage says, as a refusal. What is our own mistake is logged here and told as such.
impl From<storage::Error> for Refusal {
    fn from(error: storage::Error) -> Self {
        match &error {
            storage::Error::Stale { .. } => Self::new(&codes::CHANGED_MEANWHILE),
            storage::Error::MayBeOut => {
                Self::new(&codes::NOT_NOW).detail(Words::key("not-now-uncertain"))
            }
            storage::Error::Uncertain { .. } => {
                tracing::error!(%error, "a write has no clear outcome");
                Self::new(&codes::OUTCOME_UNKNOWN)
            }
            _ if error.is_passing() || matches!(error, storage::Error::Closed) => {
                tracing::warn!(%error, "storage is out of reach");
                Self::new(&codes::TRY_AGAIN)
                    .header(http::header::RETRY_AFTER, HeaderValue::from_static("5"))
            }
            _ => {
                tracing::error!(%error, "storage failed");
                Self::new(&codes::INTERNAL)
            }
        }
    }
}
