//! The control API at `/control/api`.
use crate::Simulator;
pub(super) fn router(sim: Simulator) -> axum::Router {
    axum::Router::new().with_state(sim)
}
