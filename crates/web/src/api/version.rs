//! Versions of things: an `ETag` with every single thing, and `If-Match` with a change, so that nobody
//! overwrites what they have not seen.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, header};
use serde::Serialize;

use crate::problem::{Outcome, Refusal, codes};
use crate::state::Web;

/// One thing with its version.
pub fn versioned<T: Serialize>(version: impl std::fmt::Display, body: &T) -> Response {
    tagged(version, axum::Json(body).into_response())
}

/// Puts a version on an answer.
pub fn tagged(version: impl std::fmt::Display, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// `If-Match`, if it was sent.
#[derive(Debug, Clone, Default)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Refuses unless the thing is of a version that the client named. Without the header, or with
    /// `*`, any will do. It is `Send + 'static`, so it can go into a transaction.
    ///
    /// # Errors
    /// `stale_version`.
    pub fn check(&self, version: impl std::fmt::Display) -> Outcome<()> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let version = version.to_string();
        let fits = wanted
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_matches('"') == version);
        if fits {
            Ok(())
        } else {
            Err(Refusal::new(&codes::STALE_VERSION))
        }
    }
}

impl FromRequestParts<Web> for IfMatch {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        let value = parts
            .headers
            .get(header::IF_MATCH)
            .map(|value| value.to_str().map(str::to_owned));
        // A header that cannot be read matches nothing.
        Ok(Self(value.map(|text| text.unwrap_or_default())))
    }
}
