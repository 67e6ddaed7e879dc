//! The one port: all platforms, the pictures and the control page together.

use crate::simulator::Simulator;
use crate::{bluesky, control, facebook, instagram};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;

/// Makes all routes.
pub(crate) fn all(sim: &Simulator) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/control") }))
        .route("/media/{id}", get(picture))
        // Browsers ask for it on every host; there is none.
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .with_state(sim.clone())
        .merge(instagram::router(sim.clone()))
        .merge(facebook::router(sim.clone()))
        .merge(bluesky::router(sim.clone()))
        .merge(control::router(sim.clone()))
        .fallback(|| async {
            (
                StatusCode::NOT_FOUND,
                "The simulator has nothing at this address.",
            )
        })
        .layer(axum::extract::DefaultBodyLimit::disable())
}

async fn picture(State(sim): State<Simulator>, Path(id): Path<String>) -> Response {
    sim.look(|state, _| state.media.answer(&id)).into_response()
}
