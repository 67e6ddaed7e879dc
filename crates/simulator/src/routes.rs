//! The one port: all platforms, the pictures and the control page together.

use crate::simulator::Simulator;
use crate::{bluesky, control, facebook, instagram};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;

impl Simulator {
    /// All routes. Needs nothing of the connection, so it can be called in memory.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(|| async { Redirect::to("/control") }))
            .route("/media/{id}", get(picture))
            // Browsers ask for it on every host; there is none.
            .route("/favicon.ico", get(|| async { axum::http::StatusCode::NO_CONTENT }))
            .with_state(self.clone())
            .merge(instagram::router(self.clone()))
            .merge(facebook::router(self.clone()))
            .merge(bluesky::router(self.clone()))
            .merge(control::router(self.clone()))
            .fallback(|| async {
                (
                    StatusCode::NOT_FOUND,
                    "The simulator has nothing at this address.",
                )
            })
            .layer(axum::extract::DefaultBodyLimit::disable())
    }
}

async fn picture(State(sim): State<Simulator>, Path(id): Path<String>) -> Response {
    sim.look(|state, _| state.media.answer(&id)).into_response()
}
