//! Instagram.
use crate::Simulator;
use crate::simulator::Scene;
use crate::state::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
/// Every operation of this platform, by name.
pub const OPERATIONS: &[&str] = &[];
/// State
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct InstagramState {}
/// Break
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Break {}
pub(crate) fn router(sim: Simulator) -> axum::Router {
    axum::Router::new().with_state(sim)
}
pub(crate) fn break_it(_: &mut State, _: &Scene<'_>, what: &Break) -> Result<String, String> {
    match *what {}
}
pub(crate) fn mend_it(_: &mut State, _: &Scene<'_>, what: &Break) -> Result<String, String> {
    match *what {}
}
pub(crate) fn truth(_: &State, _: &Scene<'_>) -> Value {
    json!({})
}
pub(crate) fn furnish(_: &mut State, _: &Scene<'_>) {}
