//! Notices: one open one a cause of a login, which grows; and which deliveries stand in it. A delivery
//! stands in one notice at most.

use domain::Timestamp;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::{ChannelId, DeliveryId, MemberId, NoticeId, SocialSetId, WorkspaceId};
use domain::notice::{NoticeKind, NoticeState};

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{maybe_doc, maybe_read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;
use crate::value::{ToValue as _, Value};

statements! {
    /// Opens a notice, or lets the open one of the same key grow.
    OPEN = "insert into notice (id, workspace_id, social_set_id, kind, channel_id, cause, key, state, evidence, detail,
            opened_at_ms, grown_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $10)
        on conflict (workspace_id, key) where closed_at_ms is null do update set
            grown_at_ms = excluded.grown_at_ms, detail = excluded.detail,
            kind = excluded.kind, evidence = coalesce(excluded.evidence, notice.evidence),
            state = case when notice.detail = excluded.detail then notice.state else 'open' end
        returning id";
    /// Opens a notice, unless one of the same key is open.
    OPEN_ONCE = "insert into notice (id, workspace_id, social_set_id, kind, channel_id, cause, key, state, evidence, detail,
            opened_at_ms, grown_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $10)
        on conflict (workspace_id, key) where closed_at_ms is null do nothing
        returning id";
    /// Puts a delivery into a notice; out of the one where it stood. Both are looked for in the workspace.
    ATTACH = "insert into notice_delivery (delivery_id, notice_id, workspace_id)
        select delivery.id, notice.id, notice.workspace_id
        from delivery join notice on notice.workspace_id = delivery.workspace_id
        where delivery.id = $1 and notice.id = $2 and notice.workspace_id = $3
        on conflict (delivery_id) do update set notice_id = excluded.notice_id";
    /// Takes a delivery out of its notice.
    DETACH = "delete from notice_delivery where delivery_id = $1 and workspace_id = $2 returning notice_id";
    /// One notice.
    ONE = "select notice.*, (select cast(count(*) as bigint) from notice_delivery where notice_id = notice.id) as waiting
        from notice where id = $1 and workspace_id = $2";
    /// The newest, open ones before closed ones.
    LIST = "select notice.*, (select cast(count(*) as bigint) from notice_delivery where notice_id = notice.id) as waiting
        from notice where workspace_id = $1 and (closed_at_ms is null or $2)
        order by case when closed_at_ms is null then 0 else 1 end, grown_at_ms desc, id desc limit $3";
    /// The open ones of a channel.
    OF_CHANNEL = "select notice.*, (select cast(count(*) as bigint) from notice_delivery where notice_id = notice.id) as waiting
        from notice where channel_id = $1 and workspace_id = $2 and closed_at_ms is null order by opened_at_ms, id";
    /// The deliveries in a notice.
    DELIVERIES = "select delivery_id from notice_delivery where notice_id = $1 and workspace_id = $2 order by delivery_id";
    /// Somebody saw it.
    ACKNOWLEDGE = "update notice set state = 'acknowledged', acknowledged_by = $1
        where id = $2 and workspace_id = $3 and state = 'open'";
    /// More is known; what waits is counted anew.
    DETAIL = "update notice set detail = $1, grown_at_ms = $2 where id = $3 and workspace_id = $4";
    /// What it told of is over.
    CLOSE = "update notice set state = 'closed', closed_at_ms = $1 where id = $2 and workspace_id = $3
        and closed_at_ms is null";
}

/// A notice as it is stored.
#[derive(Debug, Clone)]
pub struct NoticeRow {
    /// Which one.
    pub id: NoticeId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// What it tells.
    pub kind: NoticeKind,
    /// Of which channel.
    pub channel: Option<ChannelId>,
    /// Why.
    pub cause: Option<Cause>,
    /// Its life.
    pub state: NoticeState,
    /// What the platform said.
    pub evidence: Option<Evidence>,
    /// More, by kind: `end_at`, `days`, `restored_at`, `new_posts`.
    pub detail: serde_json::Value,
    /// Deliveries that stand in it.
    pub waiting: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last grew.
    pub grown_at: Timestamp,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
}

impl NoticeRow {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            social_set: row.get("social_set_id")?,
            kind: row.get("kind")?,
            channel: row.get("channel_id")?,
            cause: row.get("cause")?,
            state: row.get("state")?,
            evidence: maybe_read(row, "evidence")?,
            detail: row.get("detail")?,
            waiting: row.get("waiting")?,
            opened_at: row.get("opened_at_ms")?,
            grown_at: row.get("grown_at_ms")?,
            closed_at: row.get("closed_at_ms")?,
        })
    }
}

/// News to be told.
pub struct NewNotice<'a> {
    /// Its id, should it be new.
    pub id: NoticeId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In which set.
    pub social_set: SocialSetId,
    /// What it tells.
    pub kind: NoticeKind,
    /// Of which channel.
    pub channel: Option<ChannelId>,
    /// Why.
    pub cause: Option<Cause>,
    /// What makes it the same news: cause and login, for example.
    pub key: &'a str,
    /// What the platform said.
    pub evidence: Option<&'a Evidence>,
    /// More.
    pub detail: serde_json::Value,
}

fn open_params(new: &NewNotice<'_>, now: Timestamp) -> [Value; 10] {
    [
        new.id.to_value(),
        new.workspace.to_value(),
        new.social_set.to_value(),
        new.kind.to_value(),
        new.channel.to_value(),
        new.cause.to_value(),
        new.key.to_value(),
        maybe_doc(new.evidence),
        new.detail.to_value(),
        now.to_value(),
    ]
}

/// Opens a notice, or lets the open one of the same key grow. Its id is answered.
///
/// # Errors
/// When the database fails.
pub fn open(conn: &mut Conn<'_>, new: &NewNotice<'_>, now: Timestamp) -> Result<NoticeId> {
    conn.one(&OPEN, &open_params(new, now))?.get("id")
}

/// Opens a notice, unless one of the same key is open: what is found again every few minutes is told once.
/// Its id is answered only where it is new.
///
/// # Errors
/// When the database fails.
pub fn open_once(
    conn: &mut Conn<'_>,
    new: &NewNotice<'_>,
    now: Timestamp,
) -> Result<Option<NoticeId>> {
    conn.maybe(&OPEN_ONCE, &open_params(new, now))?
        .map(|row| row.get("id"))
        .transpose()
}

/// Puts a delivery into a notice; it leaves the one where it stood.
///
/// # Errors
/// [`crate::Error::Stale`] when the workspace has no such delivery or notice.
pub fn attach(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    notice: NoticeId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    detach(conn, workspace, delivery, Some(notice), now)?;
    conn.change("notice", &ATTACH, params![delivery, notice, workspace])
}

/// Takes a delivery out of its notice: it was planned again, dropped, or is out. A notice that told only
/// of deliveries and has none left is closed.
///
/// # Errors
/// When the database fails.
pub fn detach(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    delivery: DeliveryId,
    but_not: Option<NoticeId>,
    now: Timestamp,
) -> Result<()> {
    let Some(row) = conn.maybe(&DETACH, params![delivery, workspace])? else {
        return Ok(());
    };
    let id: NoticeId = row.get("notice_id")?;
    if but_not == Some(id) {
        return Ok(());
    }
    let Some(notice) = one(conn, workspace, id)? else {
        return Ok(());
    };
    let about_login = matches!(
        notice.kind,
        NoticeKind::NeedsRefresh | NoticeKind::Limited | NoticeKind::Waiting
    );
    let login_well = notice
        .detail
        .get("restored_at")
        .is_some_and(|at| !at.is_null());
    if notice.waiting == 0 && (!about_login || login_well) {
        conn.run(&CLOSE, params![now, id, workspace])?;
    }
    Ok(())
}

/// One notice of this workspace.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: NoticeId) -> Result<Option<NoticeRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(NoticeRow::from_row)
        .transpose()
}

/// The newest notices, open ones first; closed ones only if asked for.
///
/// # Errors
/// When the database fails.
pub fn list(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    closed_too: bool,
    limit: usize,
) -> Result<Vec<NoticeRow>> {
    conn.all(&LIST, params![workspace, closed_too, limit])?
        .iter()
        .map(NoticeRow::from_row)
        .collect()
}

/// The open notices of a channel.
///
/// # Errors
/// When the database fails.
pub fn of_channel(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
) -> Result<Vec<NoticeRow>> {
    conn.all(&OF_CHANNEL, params![channel, workspace])?
        .iter()
        .map(NoticeRow::from_row)
        .collect()
}

/// The deliveries that stand in a notice.
///
/// # Errors
/// When the database fails.
pub fn deliveries(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: NoticeId,
) -> Result<Vec<DeliveryId>> {
    conn.all(&DELIVERIES, params![id, workspace])?
        .iter()
        .map(|row| row.get("delivery_id"))
        .collect()
}

/// Somebody saw it. False where it is acknowledged or closed already.
///
/// # Errors
/// When the database fails.
pub fn acknowledge(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: NoticeId,
    by: MemberId,
) -> Result<bool> {
    Ok(conn.run(&ACKNOWLEDGE, params![by, id, workspace])? == 1)
}

/// What it told of is over. False where it was closed.
///
/// # Errors
/// When the database fails.
pub fn close(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: NoticeId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&CLOSE, params![now, id, workspace])? == 1)
}

/// Stores more about a notice.
///
/// # Errors
/// When the database fails.
pub fn set_detail(
    conn: &mut Conn<'_>,
    notice: &NoticeRow,
    detail: &serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    conn.change(
        "notice",
        &DETAIL,
        params![detail, now, notice.id, notice.workspace],
    )
}
