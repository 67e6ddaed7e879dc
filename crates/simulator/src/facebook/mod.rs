//! Facebook's half.
use crate::Simulator;
/// Every operation of this platform, by name.
pub const OPERATIONS: &[&str] = &[];
pub(crate) fn router(sim: Simulator) -> axum::Router {
    axum::Router::new().with_state(sim)
}
