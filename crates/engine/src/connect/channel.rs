//! Linking's other half: unlink, its undo, and who posts. Posts are kept whatever is done here.

use domain::channel::{Link, Mode};
use domain::ids::{ChannelId, WorkspaceId};
use domain::notice::NoticeKind;
use domain::post::Maker;
use serde_json::json;
use storage::channels::ChannelRow;
use storage::{Conn, channel_events, channel_grants, channel_posts, channels, notices};

use super::{Result, Why};
use crate::cx::Cx;
use crate::nudge::Task;
use storage::delivery_of_channel;

/// What unlinking kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlinked {
    /// Posts that are kept and wait.
    pub kept: u32,
}

/// Unlinks a channel. Its posts, its history and its sign-ins are kept; nothing is told to the platform.
/// Unlinking twice changes nothing.
///
/// # Errors
/// [`Why::NoChannel`].
pub async fn unlink(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    maker: Maker,
) -> Result<Unlinked> {
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        if channels::one(conn, workspace, channel)?.is_none() {
            return Ok(Err(Why::NoChannel));
        }
        let waiting = channel_posts::waiting(conn, workspace)?
            .get(&channel)
            .copied()
            .unwrap_or_default();
        let kept = waiting.planned + waiting.held;
        if channels::unlink(conn, workspace, channel, now)? {
            channel_grants::rest(conn, workspace, channel)?;
            let detail = json!({ "kept": kept });
            channel_events::append(
                conn,
                ids.make(),
                workspace,
                channel,
                now,
                "unlinked",
                maker,
                &detail,
            )?;
            for open in notices::of_channel(conn, workspace, channel)? {
                // Nobody need mend the login of a channel that is not linked.
                if open.waiting == 0
                    && matches!(
                        open.kind,
                        NoticeKind::NeedsRefresh
                            | NoticeKind::Limited
                            | NoticeKind::Waiting
                            | NoticeKind::Expiring
                    )
                {
                    notices::close(conn, workspace, open.id, now)?;
                }
            }
        }
        Ok(Ok(Unlinked { kept }))
    };
    Ok(cx.store.write("connect.unlink", write).await??)
}

/// Takes an unlink back. The sign-in that was there is proven again; one that ended says so.
///
/// # Errors
/// [`Why::NoChannel`]; [`Why::LinkedOtherwise`] where it is linked.
pub async fn undo_unlink(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    maker: Maker,
) -> Result<ChannelRow> {
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        let Some(row) = channels::one(conn, workspace, channel)? else {
            return Ok(Err(Why::NoChannel));
        };
        if row.link == Link::Linked || !channels::undo_unlink(conn, workspace, channel, now)? {
            return Ok(Err(Why::LinkedOtherwise));
        }
        wake_logins(conn, workspace, channel, now)?;
        delivery_of_channel::wake_channel(conn, workspace, channel, now)?;
        channel_events::append(
            conn,
            ids.make(),
            workspace,
            channel,
            now,
            "unlink_undone",
            maker,
            &json!({}),
        )?;
        Ok(channels::one(conn, workspace, channel)?.ok_or(Why::NoChannel))
    };
    let row = cx.store.write("connect.undo_unlink", write).await??;
    for task in [Task::Watch, Task::Publish, Task::Sync] {
        cx.nudges.nudge(task);
    }
    Ok(row)
}

/// The channel is linked again: the sign-ins that rested meanwhile are proven, and their ends looked at, whichever
/// of them calls will be made with.
///
/// # Errors
/// When the database fails.
pub(super) fn wake_logins(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    now: domain::Timestamp,
) -> storage::Result<()> {
    for on in channel_grants::of_channel(conn, workspace, channel)? {
        channel_grants::probe_later(conn, workspace, on.id, Some(now))?;
        channel_grants::look_at_ends(conn, workspace, on.grant)?;
    }
    Ok(())
}

/// Sets who posts; posts and login stay as they are. The same mode twice changes nothing.
///
/// # Errors
/// [`Why::NoChannel`].
pub async fn set_mode(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    mode: Mode,
    maker: Maker,
) -> Result<ChannelRow> {
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        let Some(row) = channels::one(conn, workspace, channel)? else {
            return Ok(Err(Why::NoChannel));
        };
        if row.mode != mode {
            channels::set_mode(conn, workspace, channel, mode)?;
            delivery_of_channel::wake_channel(conn, workspace, channel, now)?;
            channel_events::append(
                conn,
                ids.make(),
                workspace,
                channel,
                now,
                "mode",
                maker,
                &json!({ "mode": mode }),
            )?;
        }
        Ok(channels::one(conn, workspace, channel)?.ok_or(Why::NoChannel))
    };
    let row = cx.store.write("connect.mode", write).await??;
    cx.nudges.nudge(Task::Publish);
    Ok(row)
}
