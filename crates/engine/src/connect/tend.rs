//! What a person may ask of a login that is there: *Extend now*, *Update grid*, *Check now*.

use domain::Timestamp;
use domain::cause::Cause;
use domain::channel::Link;
use domain::grant::Mechanism;
use domain::ids::{ChannelId, WorkspaceId};
use domain::schedule::{MINUTE_MS, ms_between};
use storage::channels;

use super::{Result, Why};
use crate::cx::Cx;
use crate::login;
use crate::nudge::Task;
use crate::renew;
use crate::watch::{self, Probed};

/// What *Extend now* came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extended {
    /// The login lives longer now.
    Done {
        /// The earliest end that no machine can move, if there is one.
        good_until: Option<Timestamp>,
        /// When it is next extended by itself.
        next: Option<Timestamp>,
    },
    /// The platform allows it from then on.
    NotBefore(Timestamp),
    /// This kind of login cannot be extended by a machine; signing in again always may.
    Cannot(Mechanism),
    /// It could not be done now and is tried again then, by itself.
    TryAgain(Timestamp),
    /// It is over.
    Dead(Cause),
    /// Somebody else is extending it at this moment.
    Busy,
}

/// *Extend now*: prolongs the login early, where the platform allows it.
///
/// # Errors
/// [`Why::NoChannel`]; [`Why::NoLogin`] where there is nothing that lives.
pub async fn extend_now(cx: &Cx, workspace: WorkspaceId, channel: ChannelId) -> Result<Extended> {
    let rows = cx.store.read("connect.extend", move |conn| {
        Ok(match channels::one(conn, workspace, channel)? {
            None => Err(Why::NoChannel),
            Some(_) => login::read(conn, workspace, channel, None)?.ok_or(Why::NoLogin),
        })
    });
    let rows = rows.await??;
    if !rows.lives() {
        return Err(Why::NoLogin.into());
    }
    if rows.extends_from()?.is_none() {
        return Ok(Extended::Cannot(rows.grant.mechanism));
    }
    if rows.grant.generation > 1 && ms_between(rows.grant.fresh_since, cx.now()) < MINUTE_MS {
        // Pressed twice, or extended by another node a moment ago: a token that rotates is spent as seldom as can be.
        return Ok(Extended::Done {
            good_until: rows.horizon(),
            next: rows.grant.renew_at,
        });
    }
    if let Some(from) = rows.extends_from()?.filter(|from| *from > cx.now()) {
        return Ok(Extended::NotBefore(from));
    }
    let came = renew::renew_one(cx, workspace, rows.grant.id).await?;
    Ok(match came {
        renew::Came::TryAgain(at) | renew::Came::Locked(at) => Extended::TryAgain(at),
        renew::Came::Dead(cause) => Extended::Dead(cause),
        renew::Came::Busy => Extended::Busy,
        renew::Came::Renewed => {
            let read = cx.store.read("connect.extended", move |conn| {
                login::read(conn, workspace, channel, None)
            });
            let rows = read.await?.ok_or(Why::NoLogin)?;
            Extended::Done {
                good_until: rows.horizon(),
                next: rows.grant.renew_at,
            }
        }
    })
}

/// *Update grid*: the channel's own posts are read back soon.
///
/// # Errors
/// [`Why::NoChannel`]; [`Why::LinkedOtherwise`] where it is not linked.
pub async fn sync_now(cx: &Cx, workspace: WorkspaceId, channel: ChannelId) -> Result<()> {
    let now = cx.now();
    let write = move |conn: &mut storage::Conn<'_>| {
        let Some(row) = channels::one(conn, workspace, channel)? else {
            return Ok(Err(Why::NoChannel));
        };
        if row.link == Link::Unlinked || !channels::sync_now(conn, workspace, channel, now)? {
            return Ok(Err(Why::LinkedOtherwise));
        }
        Ok(Ok(()))
    };
    cx.store.write("connect.sync_now", write).await??;
    cx.nudges.nudge(Task::Sync);
    Ok(())
}

/// *Check now*: the login is proven on its account, and what comes of it is recorded.
///
/// # Errors
/// [`Why::NoLogin`] where there is nothing that lives.
pub async fn prove_now(cx: &Cx, workspace: WorkspaceId, channel: ChannelId) -> Result<Probed> {
    let read = cx.store.read("connect.prove_now", move |conn| {
        login::read(conn, workspace, channel, None)
    });
    let rows = read
        .await?
        .filter(login::LoginRows::lives)
        .ok_or(Why::NoLogin)?;
    let probed = watch::probe(cx, rows).await?;
    cx.nudges.nudge(Task::Publish);
    cx.nudges.nudge(Task::Sync);
    Ok(probed)
}
