//! `/healthz`: the process answers. `/readyz`: it can read its database, and the schema fits.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use storage::SchemaState;

use crate::state::Web;

/// The process lives.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Requests can be served.
pub async fn ready(State(web): State<Web>) -> Response {
    match web.store.check().await {
        Ok(SchemaState::Current | SchemaState::Ahead { .. }) => "ready\n".into_response(),
        Ok(SchemaState::Behind { .. }) => not_ready("the database has not been migrated"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            not_ready("the database cannot be read")
        }
    }
}

fn not_ready(why: &str) -> Response {
    let kind = (
        http::header::CONTENT_TYPE,
        "text/x-readiness; charset=utf-8",
    );
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [kind],
        format!("not ready: {why}\n"),
    )
        .into_response()
}
