//! An access token that lives, minted only when a call needs one.

use domain::Timestamp;
use domain::renewal::needs_mint;
use domain::schedule::plus_ms;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::login::{Login, LoginRows};
use crate::{renew, trouble};

/// A login on its way to a call.
pub(crate) enum Fresh {
    /// Ready for calls.
    Open(Box<Login>),
    /// Not now; ask again then.
    Later(Timestamp),
    /// It ended, or its secrets do not open. What the store says of it is up to date.
    Ended,
}

/// Opens the login with an access token that lives; minted now if a call needs one.
pub(crate) async fn fresh(cx: &Cx, rows: LoginRows) -> Result<Fresh> {
    let grant = &rows.grant;
    if needs_mint(grant.mechanism, &grant.ends, cx.now()) {
        anew(cx, rows).await
    } else {
        open(cx, rows).await
    }
}

/// Opens the login to read the account's posts back. Where everybody may read them no token is minted for it: at a
/// platform that rotates, each minting is a chance to lose the login (promise 4).
pub(crate) async fn to_read(cx: &Cx, rows: LoginRows) -> Result<Fresh> {
    if rows.adapter()?.facts().reads_in_public {
        open(cx, rows).await
    } else {
        fresh(cx, rows).await
    }
}

/// A key that is missing is told once and tried again in an hour, not at every turn.
async fn open(cx: &Cx, rows: LoginRows) -> Result<Fresh> {
    let reason = match rows.clone().open(&cx.vault) {
        Ok(login) => return Ok(Fresh::Open(Box::new(login))),
        Err(Error::Sealed { what, reason }) => format!("{what}: {reason}"),
        Err(other) => return Err(other),
    };
    tracing::error!(channel = %rows.channel.id, %reason, "a login does not open");
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut storage::Conn<'_>| {
        let failure = trouble::locked(&reason);
        trouble::limit(conn, &ids, &rows.on, &rows.channel, &failure, now)
    };
    cx.store.write("login.locked", write).await?;
    Ok(Fresh::Ended)
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
            open(cx, rows).await
        }
        renew::Came::TryAgain(at) => Ok(Fresh::Later(at)),
        renew::Came::Busy => Ok(Fresh::Later(plus_ms(cx.now(), 2_000))),
        renew::Came::Dead(_) | renew::Came::Locked(_) => Ok(Fresh::Ended),
    }
}
