//! Everything that is known of a delivery, read at once.

use domain::Timestamp;
use domain::health::Evidence;
use domain::post::Content;
use platforms::publish::{Payload, StepDone};
use storage::deliveries::{self, DeliveryRow};
use storage::ledger::{self, Body, StepRow, StepState};
use storage::{Conn, holds, posts};

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::login::{self, LoginRows};

/// A delivery with its body, steps, login and channel.
pub struct Work {
    /// The delivery.
    pub row: DeliveryRow,
    /// Its body.
    pub body: Body,
    /// The frozen payload.
    pub payload: Option<Payload>,
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
        let now = cx.now();
        let found = cx
            .store
            .read("publish.load", move |conn| read(conn, row, now))
            .await?;
        found.ok_or(Error::Missing("delivery with its post and channel"))
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

    /// Whether the post shows for certain.
    #[must_use]
    pub fn shown(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.effect == "shows" && step.state == StepState::Done)
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
    let payload = body
        .payload
        .clone()
        .and_then(|json| serde_json::from_value(json).ok());
    Ok(Some(Work {
        row,
        body,
        payload,
        content: post.content,
        steps,
        channel,
        login,
        on_hold,
    }))
}
