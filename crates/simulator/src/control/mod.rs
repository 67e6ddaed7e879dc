//! Control: breaking things, mending them, and the truth about what happened.
//!
//! For programs `/control/api` (see `api.rs` for the JSON), for people `/control` (see
//! `board.rs`), for Rust [`Simulator::break_it`], [`Simulator::mend_it`],
//! [`Simulator::add_fault`], [`Simulator::truth`].

mod api;
mod board;

use crate::faults::{ActiveFault, Fault};
use crate::simulator::Simulator;
use crate::{bluesky, facebook, instagram};
use serde_json::{Value, json};

/// Platforms that can be taken down whole.
pub const PLATFORMS: &[&str] = &["instagram", "facebook", "bluesky"];

/// One thing to break, or to mend again.
#[derive(Clone, Debug)]
pub enum Break {
    /// The whole platform answers every call with an outage page.
    PlatformDown {
        /// One of [`PLATFORMS`].
        platform: String,
    },
    /// Something of Instagram, or of the Facebook people and Pages that lead to it.
    Instagram(instagram::Break),
    /// Something of Bluesky.
    Bluesky(bluesky::Break),
}

impl From<instagram::Break> for Break {
    fn from(what: instagram::Break) -> Self {
        Self::Instagram(what)
    }
}

impl From<bluesky::Break> for Break {
    fn from(what: bluesky::Break) -> Self {
        Self::Bluesky(what)
    }
}

/// Why a thing could not be broken or mended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BreakError(pub String);

impl Break {
    /// Reads the JSON form: `{"kind": …}` of the platform's own breaks, `"platform": "bluesky"`
    /// beside it for Bluesky's, `{"kind": "platform_down", "platform": …}` for an outage.
    ///
    /// # Errors
    /// When the kind is unknown or a part is missing; in words.
    pub fn from_json(value: &Value) -> Result<Self, BreakError> {
        let mut value = value.clone();
        let platform = value
            .get("platform")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if value.get("kind").and_then(Value::as_str) == Some("platform_down") {
            let platform =
                platform.ok_or_else(|| BreakError("platform_down needs a platform".to_owned()))?;
            return Ok(Self::PlatformDown { platform });
        }
        if let Some(object) = value.as_object_mut() {
            object.remove("platform");
        }
        let wrong = |error: serde_json::Error| BreakError(error.to_string());
        match platform.as_deref() {
            Some("bluesky") => serde_json::from_value(value)
                .map(Self::Bluesky)
                .map_err(wrong),
            Some("instagram" | "facebook") | None => serde_json::from_value(value)
                .map(Self::Instagram)
                .map_err(wrong),
            Some(other) => Err(BreakError(format!("there is no platform {other} here"))),
        }
    }
}

/// An account (or person, Page, app) as the control page shows it.
#[derive(Clone, Debug, Default)]
pub struct Card {
    /// Platform and kind, such as `Instagram` or `Facebook person`.
    pub platform: &'static str,
    /// Its id.
    pub id: String,
    /// Handle or name of the page.
    pub title: String,
    /// Path of its picture, such as `/media/drawn-7-face`.
    pub picture: Option<String>,
    /// Facts in a few words each.
    pub facts: Vec<String>,
    /// What is broken at present.
    pub broken: Vec<String>,
    /// What can be done to it.
    pub buttons: Vec<Button>,
}

/// A button of a card.
#[derive(Clone, Debug)]
pub struct Button {
    /// What it says; a verb.
    pub label: String,
    /// True if it mends.
    pub mends: bool,
    /// The JSON form of the break.
    pub body: Value,
}

impl Button {
    /// A button that breaks.
    #[must_use]
    pub fn breaks(label: &str, body: Value) -> Self {
        Self {
            label: label.to_owned(),
            mends: false,
            body,
        }
    }

    /// A button that mends.
    #[must_use]
    pub fn mends(label: &str, body: Value) -> Self {
        Self {
            label: label.to_owned(),
            mends: true,
            body,
        }
    }
}

impl Simulator {
    /// Breaks one thing; says in words what was done.
    ///
    /// # Errors
    /// When there is nothing of that name.
    pub fn break_it(&self, what: impl Into<Break>) -> Result<String, BreakError> {
        self.change(|state, scene| match what.into() {
            Break::PlatformDown { platform } => {
                known(&platform)?;
                state.down.insert(platform.clone());
                Ok(format!("{platform} is down"))
            }
            Break::Instagram(what) => instagram::break_it(state, scene, &what).map_err(BreakError),
            Break::Bluesky(what) => bluesky::break_it(state, scene, &what).map_err(BreakError),
        })
    }

    /// Mends what [`Simulator::break_it`] broke, where that is possible: an ended token stays
    /// ended, a changed password stays changed.
    ///
    /// # Errors
    /// When there is nothing of that name, or it cannot be undone.
    pub fn mend_it(&self, what: impl Into<Break>) -> Result<String, BreakError> {
        self.change(|state, scene| match what.into() {
            Break::PlatformDown { platform } => {
                known(&platform)?;
                state.down.remove(&platform);
                Ok(format!("{platform} is up"))
            }
            Break::Instagram(what) => instagram::mend_it(state, scene, &what).map_err(BreakError),
            Break::Bluesky(what) => bluesky::mend_it(state, scene, &what).map_err(BreakError),
        })
    }

    /// Puts a fault in force; its number removes it again.
    pub fn add_fault(&self, fault: Fault) -> u64 {
        self.change(|state, _| state.faults.add(fault))
    }

    /// Takes one fault away; false if there is none of that number.
    pub fn remove_fault(&self, id: u64) -> bool {
        self.change(|state, _| state.faults.remove(id))
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.change(|state, _| state.faults.clear());
    }

    /// The faults in force, oldest first.
    #[must_use]
    pub fn faults(&self) -> Vec<ActiveFault> {
        self.look(|state, _| state.faults.active().to_vec())
    }

    /// What really happened, as `GET /control/api/state` tells it.
    #[must_use]
    pub fn truth(&self) -> Value {
        self.settle_time();
        self.look(|state, scene| {
            json!({
                "now_ms": scene.now_ms,
                "down": state.down,
                "faults": state.faults.active(),
                "calls": state.counts.calls,
                "tokens_issued": state.counts.tokens_issued,
                "rotated_unseen": state.counts.rotated_unseen,
                "published_unseen": state.counts.published_unseen,
                "instagram": instagram::truth(state, scene),
                "facebook": facebook::truth(state),
                "bluesky": bluesky::truth(state, scene),
            })
        })
    }

    /// Furnishes enough to click through everything: apps, people, accounts, Pages, posts.
    pub fn furnish_default(&self) {
        self.change(|state, scene| {
            instagram::furnish(state, scene);
            bluesky::furnish(state, scene);
            facebook::furnish(state, scene);
        });
    }
}

/// Every operation by name, all platforms.
#[must_use]
pub fn operations() -> Vec<&'static str> {
    [
        instagram::OPERATIONS,
        facebook::OPERATIONS,
        bluesky::OPERATIONS,
    ]
    .concat()
}

fn known(platform: &str) -> Result<(), BreakError> {
    if PLATFORMS.contains(&platform) {
        Ok(())
    } else {
        Err(BreakError(format!("there is no platform {platform} here")))
    }
}

/// The routes of the page and of the API.
pub(crate) fn router(sim: Simulator) -> axum::Router {
    api::router(sim.clone()).merge(board::router(sim))
}
