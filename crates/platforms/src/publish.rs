//! Publishing as steps. The adapter says which step comes next and how each settles; the engine
//! writes the ledger, calls, and looks before it ever sends again.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::Target;
use crate::call::MediaSource;

/// The frozen payload of a delivery. It is stored with its hash before the first step and does not
/// change until the delivery ends or is edited before sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The text.
    pub text: String,
    /// The pictures as this platform gets them.
    pub media: Vec<PayloadMedia>,
    /// The settling key, where the adapter chose one.
    pub key: Option<String>,
    /// The time that the post carries in itself, where a platform wants one.
    pub created_at: Timestamp,
    /// When it is planned to show.
    pub due_at: Timestamp,
}

/// A picture as one platform gets it: a rendition that is in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadMedia {
    /// SHA-256 of the bytes, in hexadecimal; also its name in the store.
    pub sha256: String,
    /// The media type.
    pub mime: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// Its description.
    pub alt: String,
}

/// What a step works with.
pub struct Publish<'a> {
    /// Where it goes.
    pub target: &'a Target<'a>,
    /// What goes.
    pub payload: &'a Payload,
    /// Where the pictures are.
    pub media: &'a dyn MediaSource,
    /// The steps that are done, in order.
    pub done: &'a [StepDone],
    /// When the fence of an unclear step was written: the call left then or a little later. None while
    /// nothing is unclear.
    pub fenced_at: Option<Timestamp>,
    /// How often the unclear step was looked for before this look, also where a look got no answer.
    pub looks: u32,
}

/// A step that is done, as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDone {
    /// Its name, unique within the delivery: `container:0`, `publish`, `permalink`.
    pub name: String,
    /// What it gave, in the adapter's own form. No secrets.
    pub output: Value,
}

/// The step that comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlan {
    /// Its name, unique within the delivery.
    pub name: String,
    /// What it does.
    pub effect: Effect,
}

/// What a step does, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Reads, or makes something that nobody sees; may be repeated freely, may be done early.
    Unseen,
    /// Shows the post; done at the planned time, once, behind a fence.
    Shows(Settles),
    /// Comes after the post shows; its failure never re-sends the post.
    FollowUp,
}

/// How a step whose answer is unclear is settled (DESIGN promise 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settles {
    /// By a key of ours that the platform takes once: record key, container, upload session.
    Key,
    /// By listing and matching, with the waits and number of looks that the platform's lag needs.
    Lookup {
        /// Milliseconds before each look, counted from the one before.
        waits_ms: &'static [i64],
        /// Whether the platform can be trusted to have shown it by then; if so an absent post goes
        /// back to the plan, else a person must look.
        trusted: bool,
    },
    /// By sending again, where the platform itself refuses a twin.
    GuardedRepeat,
    /// By a person.
    Person,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This step.
    Step(StepPlan),
    /// Nothing: it is out.
    Done(Published),
}

/// A post that is out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// The platform's id of it; none where it is certainly out but its id could not be found.
    pub remote_id: Option<String>,
    /// Its public address.
    pub permalink: Option<String>,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; this goes into the ledger.
    Done(Value),
    /// The platform is still at work: ask again after so many milliseconds.
    Again {
        /// Milliseconds to wait.
        after_ms: i64,
    },
    /// What was prepared is used up or too old and was certainly not shown: begin again with nothing
    /// done.
    Restart,
}

/// What a look showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The step happened; this is its output, as if it had answered.
    Happened(Value),
    /// It certainly did not happen; the same step may be sent again.
    DidNot,
    /// What was prepared is gone and nothing was shown for certain: begin again with nothing done.
    DidNotAndUsedUp,
    /// Not clear yet: look again after so many milliseconds.
    NotClear {
        /// Milliseconds to wait.
        after_ms: i64,
    },
}
