//! What all resources of the API share: pages of a list, versions, repeated requests, the description.

pub mod change;
pub mod idempotency;
pub mod list;
pub mod openapi;
pub mod v1;
pub mod version;

use serde::Serialize;

/// Something that was done, but that its maker should know.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Warning {
    /// Stable code.
    pub code: String,
    /// What it means here.
    pub detail: String,
}

/// Answers 201 with the address of what was made.
pub fn created<T: Serialize>(at: impl std::fmt::Display, body: &T) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    let mut response = (http::StatusCode::CREATED, axum::Json(body)).into_response();
    if let Ok(value) = http::HeaderValue::try_from(at.to_string()) {
        response.headers_mut().insert(http::header::LOCATION, value);
    }
    response
}

/// Answers 201 for what was made, 200 for what was only tried.
pub fn made<T: Serialize>(
    keep: crate::state::Keep,
    at: impl std::fmt::Display,
    body: &T,
) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    match keep {
        crate::state::Keep::Yes => created(at, body),
        crate::state::Keep::DryRun => axum::Json(body).into_response(),
    }
}
