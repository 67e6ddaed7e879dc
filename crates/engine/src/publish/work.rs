//! Everything that is known of a delivery, read at once.

use domain::Timestamp;
use domain::delivery::{Stage, State, Step};
use domain::health::Evidence;
use domain::post::Content;
use platforms::publish::{Effect, Next, Payload, Published, Settles, StepDone};
use storage::deliveries::{self, DeliveryRow};
use storage::ledger::{self, Body, StepRow, StepState};
use storage::{Conn, holds, posts};

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::login::{self, LoginRows};
use crate::unreadable;

/// A delivery with its body, steps, login and channel.
pub struct Work {
    /// The delivery.
    pub row: DeliveryRow,
    /// Its body.
    pub body: Body,
    /// The frozen payload.
    pub payload: Option<Payload>,
    /// Something was frozen that this program cannot read: it is neither sent nor frozen anew.
    pub unread: Option<Evidence>,
    /// What the post says, before any variant.
    pub content: Content,
    /// The ledger, in order.
    pub steps: Vec<StepRow>,
    /// The channel.
    pub channel: storage::channels::ChannelRow,
    /// The primary login, if there is any.
    pub login: Option<LoginRows>,
    /// A hold on all posts of its set or workspace.
    pub on_hold: Option<holds::Hold>,
}

impl Work {
    /// Reads all of it. The lease of `row` is kept.
    ///
    /// # Errors
    /// When the database fails, or something that must be there is not.
    pub async fn load(cx: &Cx, row: DeliveryRow) -> Result<Self> {
        let (now, claimed) = (cx.now(), row.clone());
        let found = cx
            .store
            .read("publish.load", move |conn| read(conn, row, now))
            .await;
        if let Err(error @ storage::Error::Column { .. }) = &found {
            unreadable::tell_of_delivery(cx, &claimed, error).await;
        }
        found?.ok_or(Error::Missing("delivery with its post and channel"))
    }

    /// Steps that count as done, in order.
    #[must_use]
    pub fn done(&self) -> Vec<StepDone> {
        let done = self
            .steps
            .iter()
            .filter(|step| step.state == StepState::Done);
        done.map(|step| StepDone {
            name: step.name.clone(),
            output: step.output.clone().unwrap_or_default(),
        })
        .collect()
    }

    /// A step that shows the post and whose outcome nobody knows.
    #[must_use]
    pub fn unsettled(&self) -> Option<&StepRow> {
        self.steps.iter().find(|step| {
            step.effect == "shows" && matches!(step.state, StepState::Begun | StepState::Unclear)
        })
    }

    /// A call that was looked for and was not there, and that may still be on its way.
    #[must_use]
    pub fn straggler(&self) -> Option<&StepRow> {
        self.steps.iter().rev().find(|step| step.straggles())
    }

    /// Whether the straggler would show what the platform made for it (a container): only while the next try shows
    /// that very thing can there be but one post. A key of our own needs no such care: the next try has it too.
    #[must_use]
    pub fn is_tied(&self) -> bool {
        let (Some(payload), Ok(adapter)) = (&self.payload, login::adapter(self.channel.platform))
        else {
            return false;
        };
        let next = adapter.next(payload, &self.done());
        let by_key =
            matches!(&next, Next::Step(plan) if plan.effect == Effect::Shows(Settles::Key));
        by_key && payload.key.is_none() && self.straggler().is_some()
    }

    /// Whether the post shows for certain: our call showed it, or the platform says that what was prepared
    /// is out although no call of ours is known to have shown it. Then it is never sent.
    #[must_use]
    pub fn shown(&self) -> bool {
        let by_us = self
            .steps
            .iter()
            .any(|step| step.effect == "shows" && step.state == StepState::Done);
        by_us || self.out_already()
    }

    /// Nothing that shows was sent, and yet the adapter knows of no step that would show it.
    fn out_already(&self) -> bool {
        let (Some(payload), Ok(adapter)) = (&self.payload, login::adapter(self.channel.platform))
        else {
            return false;
        };
        match adapter.next(payload, &self.done()) {
            Next::Done(_) => true,
            Next::Step(plan) => plan.effect == Effect::FollowUp,
        }
    }

    /// The steps of its life from where it stands to *published*, once it is known to be out.
    #[must_use]
    pub(crate) fn to_published(state: State) -> (&'static [Step], &'static str) {
        match state {
            State::Publishing(Stage::FollowingUp) => (&[Step::Finish], "published"),
            State::Scheduled => (&[Step::Begin, Step::FoundPublished], "found"),
            _ => (&[Step::FoundPublished], "found"),
        }
    }

    /// What is known of a post that shows, should no more become known of it.
    #[must_use]
    pub fn published(&self) -> Published {
        let shown = self
            .steps
            .iter()
            .find(|step| step.effect == "shows" && step.state == StepState::Done);
        Published {
            remote_id: shown
                .and_then(|step| step.output.as_ref()?.get("id")?.as_str().map(str::to_owned)),
            permalink: None,
        }
    }

    /// What the platform last said against it.
    #[must_use]
    pub fn last_evidence(&self) -> Option<&Evidence> {
        self.steps
            .iter()
            .rev()
            .find_map(|step| step.evidence.as_ref())
    }
}

/// The parser's sentence is left out: it may quote the post.
fn not_read(error: &serde_json::Error) -> Evidence {
    Evidence {
        operation: "mainstay.payload".to_owned(),
        message: format!(
            "what was frozen of this post cannot be read by this version of the program ({:?} at column {})",
            error.classify(),
            error.column()
        ),
        mapped: true,
        ..Evidence::default()
    }
}

fn read(conn: &mut Conn<'_>, row: DeliveryRow, now: Timestamp) -> storage::Result<Option<Work>> {
    let (workspace, id) = (row.workspace, row.id);
    let Some(fresh) = deliveries::one(conn, workspace, id)? else {
        return Ok(None);
    };
    let row = DeliveryRow {
        lease: row.lease,
        ..fresh
    };
    let body = ledger::body(conn, workspace, id)?;
    let Some(post) = posts::one(conn, workspace, row.post)? else {
        return Ok(None);
    };
    let Some(channel) = storage::channels::one(conn, workspace, row.channel)? else {
        return Ok(None);
    };
    let login = login::read(conn, workspace, row.channel, None)?;
    let steps = ledger::steps(conn, workspace, id)?;
    let on_hold = holds::over(conn, workspace, row.social_set, now)?;
    let (payload, unread) = match body.payload.clone().map(serde_json::from_value) {
        None => (None, None),
        Some(Ok(payload)) => (Some(payload), None),
        Some(Err(error)) => (None, Some(not_read(&error))),
    };
    Ok(Some(Work {
        row,
        body,
        payload,
        unread,
        content: post.content,
        steps,
        channel,
        login,
        on_hold,
    }))
}
