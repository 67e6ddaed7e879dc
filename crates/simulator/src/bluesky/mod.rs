//! Bluesky's stand-in: authorization server, PDS and PLC directory on one origin.

use crate::Simulator;
use crate::control::Card;
use crate::simulator::Scene;
use crate::state::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Every operation of this platform, by name.
pub const OPERATIONS: &[&str] = &[];

/// What Bluesky remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BlueskyState {}

/// Ways to break things here; JSON `{"platform": "bluesky", "kind": …}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Break {}

/// The routes, at the root of the origin.
pub fn router(sim: Simulator) -> axum::Router {
    axum::Router::new().with_state(sim)
}

/// Breaks one thing; answers what was done, in words, or why it could not be.
pub(crate) fn break_it(
    _state: &mut State,
    _scene: &Scene<'_>,
    what: &Break,
) -> Result<String, String> {
    match *what {}
}

/// Mends what can be mended; the same answers.
pub(crate) fn mend_it(
    _state: &mut State,
    _scene: &Scene<'_>,
    what: &Break,
) -> Result<String, String> {
    match *what {}
}

/// The accounts of this platform as they really are.
pub(crate) fn truth(_state: &State, _scene: &Scene<'_>) -> Value {
    json!({})
}

/// Accounts and apps to click through with.
pub(crate) fn furnish(_state: &mut State, _scene: &Scene<'_>) {}

/// The accounts as the control page shows them.
pub(crate) fn cards(_state: &State, _scene: &Scene<'_>) -> Vec<Card> {
    Vec::new()
}
