//! The control page at `/control`.
use crate::Simulator;
pub(super) fn router(sim: Simulator) -> axum::Router {
    axum::Router::new().with_state(sim)
}
