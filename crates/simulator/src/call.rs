//! One request, read whole: method, path, parameters, headers, body.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// Bodies beyond this are refused (bytes).
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// A request as handlers see it.
#[derive(Clone, Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// Path on the one port, with the host prefix.
    pub path: String,
    /// Query parameters in order.
    pub query: Vec<(String, String)>,
    /// Parameters of a urlencoded or multipart body in order; empty for other bodies.
    pub form: Vec<(String, String)>,
    /// Files of a multipart body, by field name.
    pub files: Vec<(String, Bytes)>,
    /// Headers.
    pub headers: HeaderMap,
    /// The raw body.
    pub body: Bytes,
}

impl Call {
    /// The first value of a parameter, looked for in the body, then in the query, then in a JSON
    /// body's top level (the Graph API takes all three).
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        let found = self
            .form
            .iter()
            .chain(&self.query)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone());
        found.or_else(|| match self.json().ok()?.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        })
    }

    /// The same, with an empty value taken for none.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<String> {
        self.param(name).filter(|value| !value.is_empty())
    }

    /// Every value of a form field (tick boxes).
    #[must_use]
    pub fn ticked(&self, name: &str) -> Vec<String> {
        self.form
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// A file of a multipart body.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Bytes> {
        let found = self.files.iter().find(|(key, _)| key == name);
        found.map(|(_, bytes)| bytes.clone())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token of an `Authorization: Bearer …` header (also `OAuth …`, as Meta writes it).
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let value = self.header("authorization")?;
        let (scheme, token) = value.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth"))
            .then(|| token.trim())
    }
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| {
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response()
        })?;
        let query =
            serde_urlencoded::from_str(head.uri.query().unwrap_or_default()).unwrap_or_default();
        let kind = head
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (form, files) = if kind.starts_with("application/x-www-form-urlencoded") {
            let form = serde_urlencoded::from_bytes(&body).unwrap_or_default();
            (form, Vec::new())
        } else if kind.starts_with("multipart/form-data") {
            crate::multipart::read(kind, &body)
        } else {
            (Vec::new(), Vec::new())
        };
        Ok(Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query,
            form,
            files,
            headers: head.headers,
            body,
        })
    }
}
