//! An answer before the faults have had their turn.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

/// Status, content type, headers, body, and what the call log should say.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Accurate content type.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
    /// A short word for the call log, such as `ok` or `190/463`.
    pub outcome: String,
    /// The answer carries a token that replaces an older one: if it never arrives, the truth
    /// counts it as rotated unseen.
    pub rotates: bool,
    /// The answer tells of a post that went out: counted as published unseen if it is lost.
    pub publishes: bool,
}

/// An object of these fields. `json!` copies each value that it is given, and a list has many.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

impl Reply {
    /// Any body.
    #[must_use]
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let outcome = if status.is_client_error() || status.is_server_error() {
            status.as_u16().to_string()
        } else {
            "ok".to_owned()
        };
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
            outcome,
            rotates: false,
            publishes: false,
        }
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: StatusCode, value: &Value) -> Self {
        Self::new(
            status,
            "application/json; charset=utf-8",
            serde_json::to_vec(value).unwrap_or_default(),
        )
    }

    /// A JSON answer with status 200.
    #[must_use]
    pub fn ok(value: &Value) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// A page.
    #[must_use]
    pub fn html(status: StatusCode, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    /// 303 to another address (a form was taken).
    #[must_use]
    pub fn see_other(address: &str) -> Self {
        Self::new(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "")
            .header("location", address)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says what the call log should show.
    #[must_use]
    pub fn outcome(mut self, outcome: impl Into<String>) -> Self {
        self.outcome = outcome.into();
        self
    }

    /// The same answer with the first half of its body.
    #[must_use]
    pub fn halved(&self) -> Self {
        let mut half = self.clone();
        half.body = self.body.slice(..self.body.len() / 2);
        half
    }

    /// Marks an answer that carries a rotated token.
    #[must_use]
    pub fn rotating(mut self) -> Self {
        self.rotates = true;
        self
    }

    /// Marks an answer that tells of a post that went out.
    #[must_use]
    pub fn publishing(mut self) -> Self {
        self.publishes = true;
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type),
        );
        for (name, value) in self.headers {
            // A value that is no header text can only come from a caller's own strange input.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        response
    }
}
