//! An access token that lives, minted only when a call needs one.

use domain::Timestamp;
use domain::renewal::needs_mint;
use domain::schedule::plus_ms;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::login::{Login, LoginRows};
use crate::renew;

/// A login on its way to a call.
pub(crate) enum Fresh {
    /// Ready for calls.
    Open(Box<Login>),
    /// Not now; ask again then.
    Later(Timestamp),
    /// It ended.
    Ended,
}

/// Opens the login with an access token that lives; minted now if a call needs one.
pub(crate) async fn fresh(cx: &Cx, rows: LoginRows) -> Result<Fresh> {
    let grant = &rows.grant;
    if needs_mint(grant.mechanism, &grant.ends, cx.now()) {
        anew(cx, rows).await
    } else {
        Ok(Fresh::Open(Box::new(rows.open(&cx.vault)?)))
    }
}

/// Opens the login with another access token than that of `rows`, whatever its end was to be.
pub(crate) async fn anew(cx: &Cx, rows: LoginRows) -> Result<Fresh> {
    let grant = &rows.grant;
    let (workspace, channel, on) = (grant.workspace, rows.channel.id, rows.on.id);
    match renew::mint(cx, workspace, grant.id, grant.generation).await? {
        renew::Came::Renewed => {
            let read = move |conn: &mut storage::Conn<'_>| {
                crate::login::read(conn, workspace, channel, Some(on))
            };
            let rows = cx
                .store
                .read("publish.reload", read)
                .await?
                .ok_or(Error::Missing("login"))?;
            Ok(Fresh::Open(Box::new(rows.open(&cx.vault)?)))
        }
        renew::Came::TryAgain(at) => Ok(Fresh::Later(at)),
        renew::Came::Busy => Ok(Fresh::Later(plus_ms(cx.now(), 2_000))),
        renew::Came::Dead(_) => Ok(Fresh::Ended),
    }
}
