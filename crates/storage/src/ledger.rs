//! The publishing ledger: the frozen payload, the attempts, and the steps of each. A step that shows
//! the post has a durable row before its call; what came back is durable before anything follows.

use domain::Timestamp;
use domain::health::Evidence;
use domain::ids::{AttemptId, ChannelGrantId, DeliveryId, StepId, WorkspaceId};
use domain::post::Variant;
use serde_json::Value as Json;

use crate::engine::Conn;
use crate::error::{Error, Result};
use crate::json::{doc, maybe_doc, maybe_read, read};
use crate::lease::Lease;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// The body of a delivery that is new.
    INSERT_BODY = "insert into delivery_body (delivery_id, workspace_id, variant) values ($1, $2, $3)";
    /// Another variant.
    SET_VARIANT = "update delivery_body set variant = $1 where delivery_id = $2 and workspace_id = $3";
    /// Nothing is frozen any more: a person planned it again, and nothing of it was sent.
    THAW = "update delivery_body set payload = null, payload_sha256 = null, frozen_at_ms = null
        where delivery_id = $1 and workspace_id = $2";
    /// The body.
    BODY = "select * from delivery_body where delivery_id = $1 and workspace_id = $2";
    /// Freezes the payload.
    FREEZE = "update delivery_body set payload = $1, payload_sha256 = $2, frozen_at_ms = $3
        where delivery_id = $4 and workspace_id = $5";
    /// A new try.
    BEGIN = "insert into attempt (id, workspace_id, delivery_id, number, fence, incarnation, channel_grant_id, begun_at_ms)
        select $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7 from attempt where delivery_id = $3";
    /// Ends the tries that stand open.
    END = "update attempt set ended_at_ms = $1, outcome = $2
        where delivery_id = $3 and workspace_id = $4 and ended_at_ms is null";
    /// The tries of a delivery.
    ATTEMPTS = "select * from attempt where delivery_id = $1 and workspace_id = $2 order by number";
    /// A step.
    ADD = "insert into step (id, workspace_id, delivery_id, attempt_id, number, name, effect, state, output, evidence,
            looks, fence, begun_at_ms, ended_at_ms)
        select $1, $2, $3, $4, coalesce(max(number), 0) + 1, $5, $6, $7, $8, $9, 0, $10, $11, $12
        from step where delivery_id = $3";
    /// What a fenced step came to.
    SETTLE = "update step set state = $1, output = $2, evidence = coalesce($3, evidence), ended_at_ms = $4
        where id = $5 and workspace_id = $6";
    /// It was looked at once more.
    LOOKED = "update step set looks = looks + 1, evidence = coalesce($1, evidence) where id = $2 and workspace_id = $3";
    /// A call that has shown the post, or may have: its fence stands, and it was not found to be absent.
    MAY_BE_OUT = "select id from step where delivery_id = $1 and workspace_id = $2
        and effect = 'shows' and state in ('begun', 'unclear', 'done') limit 1";
    /// What was prepared is used up: nothing counts as done. A fence is never among it, not even one that
    /// was written while this ran.
    DISCARD = "update step set state = 'discarded' where delivery_id = $1 and workspace_id = $2
        and effect <> 'shows' and state in ('done', 'begun', 'unclear')";
    /// It was looked for and is not there: fences without an outcome are settled so. The call behind one that nobody
    /// came back to may be a straggler.
    FOUND_ABSENT = "update step set state = 'discarded', output = case when state = 'begun' then $4 end, ended_at_ms = $1
        where delivery_id = $2 and workspace_id = $3 and effect = 'shows' and state in ('begun', 'unclear')";
    /// A straggler.
    STRAGGLER_OF = "select id from step where delivery_id = $1 and workspace_id = $2
        and effect = 'shows' and state = 'discarded' and output = $3 limit 1";
    /// Stragglers can do nothing more.
    CAUGHT = "update step set output = null where delivery_id = $1 and workspace_id = $2
        and effect = 'shows' and state = 'discarded' and output = $3";
    /// The steps of a delivery.
    STEPS = "select * from step where delivery_id = $1 and workspace_id = $2 order by number";
}

/// The output of a fence that was found absent although nobody ever said what came of its call: a node that stands
/// still may have it in the hand, and send it when it goes on.
const STRAGGLER: &str = r#"{"straggler":true}"#;

/// Where a step stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Its fence is written; nobody knows yet whether the call was made.
    Begun,
    /// It happened, and this is what it gave.
    Done,
    /// The platform refused it, or it certainly was not sent.
    Failed,
    /// It was sent and no clear answer came.
    Unclear,
    /// It counts no more: looked up as absent, used up, or edited away.
    Discarded,
}

impl StepState {
    /// The word that the table holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unclear => "unclear",
            Self::Discarded => "discarded",
        }
    }

    fn read(row: &Row) -> Result<Self> {
        let word: String = row.get("state")?;
        [
            Self::Begun,
            Self::Done,
            Self::Failed,
            Self::Unclear,
            Self::Discarded,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| row.unusable("state", "not a word of a step".to_owned()))
    }
}

/// The body of a delivery.
#[derive(Debug, Clone)]
pub struct Body {
    /// What this channel shows differently.
    pub variant: Variant,
    /// The frozen payload, if it is; a bare text where what was frozen is no JSON.
    pub payload: Option<Json>,
    /// Its hash.
    pub payload_sha256: Option<String>,
}

/// Stores the body of a new delivery.
///
/// # Errors
/// When the database fails.
pub fn insert_body(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: DeliveryId,
    variant: &Variant,
) -> Result<()> {
    conn.run(&INSERT_BODY, params![id, workspace, doc(variant)])?;
    Ok(())
}

/// Stores another variant; what was frozen or prepared is thrown away as by [`thaw`].
///
/// # Errors
/// As [`thaw`]; [`Error::Stale`] when the workspace has no such delivery.
pub fn set_variant(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: DeliveryId,
    variant: &Variant,
) -> Result<()> {
    conn.change(
        "delivery body",
        &SET_VARIANT,
        params![doc(variant), id, workspace],
    )?;
    thaw(conn, workspace, id)
}

/// A person planned it again, and nothing of it was sent: what was frozen and prepared is thrown away. Not where a
/// straggler may still show it: what it was made of is the key that the two have to share.
///
/// # Errors
/// As [`discard`].
pub fn thaw(conn: &mut Conn<'_>, workspace: WorkspaceId, id: DeliveryId) -> Result<()> {
    if straggles(conn, workspace, id)? {
        return is_not_out(conn, workspace, id);
    }
    conn.run(&THAW, params![id, workspace])?;
    begin_over(conn, workspace, id)
}

/// The body.
///
/// # Errors
/// When there is none, or the database fails.
pub fn body(conn: &mut Conn<'_>, workspace: WorkspaceId, id: DeliveryId) -> Result<Body> {
    let row = conn.one(&BODY, params![id, workspace])?;
    // What is no JSON is handed on as a text: that something was frozen must not be lost sight of.
    let frozen: Option<String> = row.get("payload")?;
    Ok(Body {
        variant: read(&row, "variant")?,
        payload: frozen.map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text))),
        payload_sha256: row.get("payload_sha256")?,
    })
}

/// Freezes the payload with its hash.
///
/// # Errors
/// When the database fails.
pub fn freeze(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: DeliveryId,
    payload: &Json,
    sha256: &str,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "delivery body",
        &FREEZE,
        params![payload, sha256, now, id, workspace],
    )
}

/// Begins a try.
///
/// # Errors
/// When the database fails.
pub fn begin(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
    attempt: AttemptId,
    lease: Lease,
    login: ChannelGrantId,
    now: Timestamp,
) -> Result<()> {
    conn.run(
        &BEGIN,
        params![
            attempt,
            workspace,
            delivery,
            lease.fence,
            lease.by,
            login,
            now
        ],
    )?;
    Ok(())
}

/// Ends the tries that stand open.
///
/// # Errors
/// When the database fails.
pub fn end(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    conn.run(&END, params![now, outcome, delivery, workspace])?;
    Ok(())
}

/// One try.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// Which one.
    pub id: AttemptId,
    /// Counts them, from 1.
    pub number: u32,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How: `published`, `missed`, `failed`, `uncertain`, `canceled`, `later`.
    pub outcome: Option<String>,
}

/// The tries of a delivery, in order.
///
/// # Errors
/// When the database fails.
pub fn attempts(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
) -> Result<Vec<AttemptRow>> {
    let rows = conn.all(&ATTEMPTS, params![delivery, workspace])?;
    rows.iter()
        .map(|row| {
            Ok(AttemptRow {
                id: row.get("id")?,
                number: row.get("number")?,
                begun_at: row.get("begun_at_ms")?,
                ended_at: row.get("ended_at_ms")?,
                outcome: row.get("outcome")?,
            })
        })
        .collect()
}

/// A step for the ledger.
pub struct NewStep<'a> {
    /// Its id.
    pub id: StepId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// In which try.
    pub attempt: AttemptId,
    /// Its name.
    pub name: &'a str,
    /// `unseen`, `shows` or `follow_up`.
    pub effect: &'a str,
    /// Where it stands.
    pub state: StepState,
    /// What it gave.
    pub output: Option<&'a Json>,
    /// What the platform said.
    pub evidence: Option<&'a Evidence>,
    /// The fence of the lease.
    pub fence: i64,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Writes a step into the ledger.
///
/// # Errors
/// When the database fails.
pub fn add(conn: &mut Conn<'_>, new: &NewStep<'_>) -> Result<()> {
    conn.run(
        &ADD,
        params![
            new.id,
            new.workspace,
            new.delivery,
            new.attempt,
            new.name,
            new.effect,
            new.state.as_str(),
            new.output,
            maybe_doc(new.evidence),
            new.fence,
            new.begun_at,
            new.ended_at
        ],
    )?;
    Ok(())
}

/// Writes what a fenced step came to.
///
/// # Errors
/// When the database fails.
pub fn settle(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    step: StepId,
    state: StepState,
    output: Option<&Json>,
    evidence: Option<&Evidence>,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "step",
        &SETTLE,
        params![
            state.as_str(),
            output,
            maybe_doc(evidence),
            now,
            step,
            workspace
        ],
    )
}

/// Counts a look.
///
/// # Errors
/// When the database fails.
pub fn looked(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    step: StepId,
    evidence: Option<&Evidence>,
) -> Result<()> {
    conn.change(
        "step",
        &LOOKED,
        params![maybe_doc(evidence), step, workspace],
    )
}

/// Nothing that was prepared counts any more. Where there is a straggler it still does, until whoever looked for that
/// says otherwise ([`begin_over`], [`caught`]).
///
/// # Errors
/// As [`begin_over`].
pub fn discard(conn: &mut Conn<'_>, workspace: WorkspaceId, delivery: DeliveryId) -> Result<()> {
    if straggles(conn, workspace, delivery)? {
        return is_not_out(conn, workspace, delivery);
    }
    begin_over(conn, workspace, delivery)
}

/// Nothing that was prepared counts any more, straggler or not.
///
/// # Errors
/// [`Error::MayBeOut`] where a call has shown the post or may have: what it was made of is the only way to
/// look for it, and without its fence the post would go out a second time.
pub fn begin_over(conn: &mut Conn<'_>, workspace: WorkspaceId, delivery: DeliveryId) -> Result<()> {
    is_not_out(conn, workspace, delivery)?;
    conn.run(&DISCARD, params![delivery, workspace])?;
    Ok(())
}

fn is_not_out(conn: &mut Conn<'_>, workspace: WorkspaceId, delivery: DeliveryId) -> Result<()> {
    match conn.maybe(&MAY_BE_OUT, params![delivery, workspace])? {
        Some(_) => Err(Error::MayBeOut),
        None => Ok(()),
    }
}

/// Whether a call that was found absent may still be on its way.
fn straggles(conn: &mut Conn<'_>, workspace: WorkspaceId, delivery: DeliveryId) -> Result<bool> {
    let found = conn.maybe(&STRAGGLER_OF, params![delivery, workspace, STRAGGLER])?;
    Ok(found.is_some())
}

/// No straggler can show the post any more: its key is used up at the platform.
///
/// # Errors
/// When the database fails.
pub fn caught(conn: &mut Conn<'_>, workspace: WorkspaceId, delivery: DeliveryId) -> Result<()> {
    conn.run(&CAUGHT, params![delivery, workspace, STRAGGLER])?;
    begin_over(conn, workspace, delivery)
}

/// The platform was asked, by us or by a person, and the post is not there: the fences whose outcome nobody
/// knew are settled as absent. One that is known to have shown the post stays.
///
/// # Errors
/// When the database fails.
pub fn found_absent(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    // Of a database that no other program has open, everybody who could come back is gone.
    let straggler = conn.is_shared().then_some(STRAGGLER);
    conn.run(&FOUND_ABSENT, params![now, delivery, workspace, straggler])?;
    Ok(())
}

/// A step as it is stored.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// Which one.
    pub id: StepId,
    /// In which try.
    pub attempt: AttemptId,
    /// Its name.
    pub name: String,
    /// `unseen`, `shows` or `follow_up`.
    pub effect: String,
    /// Where it stands.
    pub state: StepState,
    /// What it gave.
    pub output: Option<Json>,
    /// What the platform said.
    pub evidence: Option<Evidence>,
    /// How often it was looked for.
    pub looks: u32,
    /// The fence it was written under.
    pub fence: i64,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl StepRow {
    /// Whether it was found absent although nobody ever said what came of its call, which may still be on its way.
    #[must_use]
    pub fn straggles(&self) -> bool {
        let mark = self
            .output
            .as_ref()
            .and_then(|output| output.get("straggler"));
        self.state == StepState::Discarded && mark.is_some()
    }
}

/// The steps of a delivery, in order, discarded ones too.
///
/// # Errors
/// When the database fails.
pub fn steps(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
) -> Result<Vec<StepRow>> {
    let rows = conn.all(&STEPS, params![delivery, workspace])?;
    rows.iter()
        .map(|row| {
            Ok(StepRow {
                id: row.get("id")?,
                attempt: row.get("attempt_id")?,
                name: row.get("name")?,
                effect: row.get("effect")?,
                state: StepState::read(row)?,
                output: maybe_read(row, "output")?,
                evidence: maybe_read(row, "evidence")?,
                looks: row.get("looks")?,
                fence: row.get("fence")?,
                begun_at: row.get("begun_at_ms")?,
                ended_at: row.get("ended_at_ms")?,
            })
        })
        .collect()
}
