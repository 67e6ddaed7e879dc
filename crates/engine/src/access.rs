//! The narrow door to an access token that lives: what publishing, reading back and probing do by themselves before a
//! call, for whoever stands outside the engine and measures or makes one.

use domain::Timestamp;
use domain::ids::{ChannelId, WorkspaceId};

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::login;
use crate::publish::fresh::{Fresh, fresh};

/// Whether a call can be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The access token of this generation lives.
    Ready {
        /// Counts token sets, from 1.
        generation: u64,
    },
    /// Not now; ask again then.
    Later(Timestamp),
    /// The login ended, or its secrets do not open.
    Ended,
}

/// Sees to it that the channel's login has an access token that lives; one that is over is replaced, by one call at the
/// platform however many ask.
///
/// # Errors
/// [`Error::Missing`] where the channel has no login; when the store fails.
pub async fn ready(cx: &Cx, workspace: WorkspaceId, channel: ChannelId) -> Result<Access> {
    let read = move |conn: &mut storage::Conn<'_>| login::read(conn, workspace, channel, None);
    let rows = cx.store.read("access.read", read).await?;
    let rows = rows.ok_or(Error::Missing("login"))?;
    Ok(match fresh(cx, rows).await? {
        Fresh::Open(login) => Access::Ready {
            generation: login.rows.grant.generation,
        },
        Fresh::Later(at) => Access::Later(at),
        Fresh::Ended => Access::Ended,
    })
}
