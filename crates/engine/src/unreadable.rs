//! Stored rows that this program cannot read: a word that only a newer version knows, a document of another
//! form. Such a row holds up no other. It keeps its lease until that runs out and is looked at again, by
//! whoever can read it by then; and it is told, once, to those who see its channel.

use domain::cause::Cause;
use domain::channel::Standing;
use domain::health::Evidence;
use domain::ids::{DeliveryId, GrantId, Id as _, WorkspaceId};
use domain::notice::NoticeKind;
use serde_json::json;
use storage::channels::{self, ChannelRow};
use storage::deliveries::DeliveryRow;
use storage::lease::Unreadable;
use storage::notices::{self, NewNotice};
use storage::{Conn, channel_grants};

use crate::cx::{Cx, Ids};

/// What kind of row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A delivery.
    Delivery,
    /// A grant.
    Grant,
    /// A grant on a channel.
    Login,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Grant => "grant",
            Self::Login => "channel grant",
        }
    }
}

/// Logs and tells the rows of a claim that cannot be read. Whatever fails here is only logged: the readable
/// ones go on.
pub(crate) async fn tell(cx: &Cx, what: What, found: Vec<Unreadable>) {
    for bad in found {
        tracing::error!(what = what.word(), id = ?bad.id, error = %bad.error, "a stored row cannot be read and is passed over");
        let ids = cx.ids();
        let now = cx.now();
        let write = move |conn: &mut Conn<'_>| one(conn, &ids, what, &bad, now);
        if let Err(error) = cx.store.write("unreadable.tell", write).await {
            tracing::error!(%error, "nobody could be told of a row that cannot be read");
        }
    }
}

/// Tells that what belongs to this delivery cannot be read: its body, its post, its steps or its login.
pub(crate) async fn tell_of_delivery(cx: &Cx, row: &DeliveryRow, error: &storage::Error) {
    let bad = Unreadable {
        id: Some(row.id.uuid()),
        workspace: Some(row.workspace),
        channel: Some(row.channel),
        grant: None,
        error: error.clone(),
    };
    tell(cx, What::Delivery, vec![bad]).await;
}

fn one(
    conn: &mut Conn<'_>,
    ids: &Ids,
    what: What,
    bad: &Unreadable,
    now: domain::Timestamp,
) -> storage::Result<()> {
    let (Some(id), Some(workspace)) = (bad.id, bad.workspace) else {
        return Ok(());
    };
    if what == What::Grant {
        for channel in channels_of(conn, workspace, GrantId::from_uuid(id))? {
            notice(conn, ids, what, id, &channel, bad, now)?;
        }
        return Ok(());
    }
    let Some(channel) = bad.channel else {
        return Ok(());
    };
    match channels::one(conn, workspace, channel)? {
        Some(channel) => notice(conn, ids, what, id, &channel, bad, now),
        None => Ok(()),
    }
}

fn channels_of(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    grant: GrantId,
) -> storage::Result<Vec<ChannelRow>> {
    let mut found = Vec::new();
    for on in channel_grants::of_grant(conn, workspace, grant)? {
        if on.standing == Standing::Primary {
            found.extend(channels::one(conn, workspace, on.channel)?);
        }
    }
    Ok(found)
}

fn notice(
    conn: &mut Conn<'_>,
    ids: &Ids,
    what: What,
    id: uuid::Uuid,
    channel: &ChannelRow,
    bad: &Unreadable,
    now: domain::Timestamp,
) -> storage::Result<()> {
    let of_post = what == What::Delivery;
    let new = NewNotice {
        id: ids.make(),
        workspace: channel.workspace,
        social_set: channel.social_set,
        kind: if of_post {
            NoticeKind::Missed
        } else {
            NoticeKind::Limited
        },
        channel: Some(channel.id),
        cause: (!of_post).then_some(Cause::Unknown),
        key: &format!("unreadable:{}:{id}:{}", what.word(), channel.id),
        evidence: Some(&evidence(what, &bad.error)),
        detail: json!({}),
    };
    let told = notices::open_once(conn, &new, now)?;
    match told {
        Some(notice) if of_post => {
            let delivery = DeliveryId::from_uuid(id);
            notices::attach(conn, channel.workspace, notice, delivery, now)
        }
        _ => Ok(()),
    }
}

/// Names the column and what is wrong with it, never what it holds.
fn evidence(what: What, error: &storage::Error) -> Evidence {
    let what = what.word();
    Evidence {
        operation: "mainstay.store".to_owned(),
        message: format!(
            "a stored {what} cannot be read by this version of the program; it is kept as it is: {error}"
        ),
        mapped: true,
        ..Evidence::default()
    }
}
