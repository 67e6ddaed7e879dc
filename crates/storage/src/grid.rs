//! The Plan Grid of a channel: what is planned, and what went out but was not read back yet. What was
//! read back is in `remote_posts.rs`.

use domain::Timestamp;
use domain::ids::{ChannelId, WorkspaceId};
use domain::post::{Content, Variant};

use crate::deliveries::DeliveryRow;
use crate::engine::Conn;
use crate::error::Result;
use crate::json::read;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// What is planned on a channel, the last first.
    PLANNED = "select delivery.*, post.content as post_content, delivery_body.variant as body_variant
        from delivery join post on post.id = delivery.post_id
        join delivery_body on delivery_body.delivery_id = delivery.id
        where delivery.channel_id = $1 and delivery.workspace_id = $2 and delivery.due_at_ms is not null
            and delivery.state in ('draft', 'in_review', 'scheduled', 'publishing', 'uncertain', 'missed', 'failed',
                'handed_over', 'reminded')
        order by delivery.due_at_ms desc, delivery.id desc limit $3";
    /// What went out since a moment and is not among the posts that were read back.
    NOT_READ_BACK = "select delivery.*, post.content as post_content, delivery_body.variant as body_variant
        from delivery join post on post.id = delivery.post_id
        join delivery_body on delivery_body.delivery_id = delivery.id
        where delivery.channel_id = $1 and delivery.workspace_id = $2 and delivery.state = 'published'
            and delivery.published_at_ms >= $3
            and not exists (select 1 from remote_post
                where remote_post.channel_id = delivery.channel_id and remote_post.remote_id = delivery.remote_id)
        order by delivery.due_at_ms desc, delivery.id desc limit $4";
}

/// A post of ours on the grid.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The delivery.
    pub delivery: DeliveryRow,
    /// What it shows there.
    pub content: Content,
}

fn rows(rows: &[Row]) -> Result<Vec<Planned>> {
    rows.iter()
        .map(|row| {
            let (content, variant): (Content, Variant) =
                (read(row, "post_content")?, read(row, "body_variant")?);
            Ok(Planned {
                delivery: DeliveryRow::from_row(row)?,
                content: variant.over(&content),
            })
        })
        .collect()
}

/// What is planned on a channel, the last first.
///
/// # Errors
/// When the database fails.
pub fn planned(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    limit: usize,
) -> Result<Vec<Planned>> {
    rows(&conn.all(&PLANNED, params![channel, workspace, limit])?)
}

/// What went out since a moment and was not read back yet, the last first.
///
/// # Errors
/// When the database fails.
pub fn not_read_back(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    channel: ChannelId,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Planned>> {
    rows(&conn.all(&NOT_READ_BACK, params![channel, workspace, since, limit])?)
}
