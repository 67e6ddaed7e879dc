//! Giving a sign-in back at the platform. Never by itself while a channel may want it again, and never
//! where it would end a sibling: the same person's sign-ins at the same app, in whatever workspace.

use domain::channel::Link;
use domain::grant::Life;
use domain::ids::{ChannelId, WorkspaceId};
use platforms::failure::About;
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::grants::{self, GrantRow};
use storage::{apps, channel_events, channel_grants, channels};

use super::list::Open;
use super::{Maker, Result, Why};
use crate::cx::Cx;
use crate::login;

/// What became of a sign-in that was to be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenBack {
    /// The platform ended it.
    AtPlatform,
    /// We use it no more; the platform has no call for it, so a person removes the app there.
    OnlyHere,
    /// Kept: it is still in use. By whom is not told.
    StillInUse,
    /// The platform could not be asked; nothing was changed.
    NotNow,
}

/// A sign-in that nothing will use: it came back as another account, or with nothing to post to. It is
/// given back where that harms nobody, and is never used in any case.
pub(super) async fn unused(cx: &Cx, open: &Open) -> Result<()> {
    let grant = open.grant.clone();
    let alone = cx
        .store
        .read("connect.siblings", move |conn| {
            grants::siblings(conn, &grant)
        })
        .await?
        == 0;
    let mut given_back = false;
    if alone {
        let secrets = login::open_app(&cx.vault, &open.app)?;
        let call = login::call(cx, &open.app, &secrets);
        match login::adapter(open.grant.platform)?
            .revoke(&call, &open.tokens)
            .await
        {
            Ok(done) => given_back = done,
            Err(failure) => tracing::debug!(%failure, "an unused sign-in could not be given back"),
        }
    }
    end(cx, &open.grant, given_back).await
}

/// The sign-in of a trial: given back at the platform where that harms nobody, and never used again here in
/// any case. Twice is once.
pub(super) async fn after_trial(cx: &Cx, open: &Open) -> Result<GivenBack> {
    if let Life::Revoked { .. } = open.grant.life {
        return Ok(GivenBack::AtPlatform);
    }
    let grant = open.grant.clone();
    let read = cx.store.read("connect.siblings", move |conn| {
        grants::siblings(conn, &grant)
    });
    let came = if read.await? > 0 {
        GivenBack::StillInUse
    } else {
        let secrets = login::open_app(&cx.vault, &open.app)?;
        let call = login::call(cx, &open.app, &secrets);
        let adapter = login::adapter(open.grant.platform)?;
        match adapter.revoke(&call, &open.tokens).await {
            Ok(true) => GivenBack::AtPlatform,
            Ok(false) => GivenBack::OnlyHere,
            // An answer about a login that is over already is as good as given back.
            Err(failure) if failure.final_answer && failure.about == About::Login => {
                GivenBack::AtPlatform
            }
            Err(failure) => {
                tracing::debug!(%failure, "the sign-in of a trial could not be given back");
                GivenBack::NotNow
            }
        }
    };
    end(cx, &open.grant, came == GivenBack::AtPlatform).await?;
    Ok(came)
}

async fn end(cx: &Cx, grant: &GrantRow, at_platform: bool) -> Result<()> {
    let (grant, now) = (grant.clone(), cx.now());
    let write = move |conn: &mut storage::Conn<'_>| {
        let next = if at_platform {
            grant.life.revoked(now)
        } else {
            grant.life.superseded(now)
        };
        if let Ok(next) = next {
            grants::end_life(conn, &grant, next, None)?;
        }
        Ok(())
    };
    Ok(cx.store.write("connect.give_back", write).await?)
}

/// *Give the sign-in back now*, for a channel that is unlinked. After it the unlink cannot be undone
/// without signing in.
///
/// # Errors
/// [`Why::LinkedOtherwise`] while the channel is linked.
pub async fn revoke_now(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    maker: Maker,
) -> Result<Vec<GivenBack>> {
    let read = cx.store.read("connect.revoke_read", move |conn| {
        let Some(row) = channels::one(conn, workspace, channel)? else {
            return Ok(None);
        };
        let mut found = Vec::new();
        for on in channel_grants::of_channel(conn, workspace, channel)? {
            let Some(grant) = grants::one(conn, workspace, on.grant)? else {
                continue;
            };
            if grant.life != domain::grant::Life::Live {
                continue;
            }
            let in_use = in_use(conn, &grant, channel)? || grants::siblings(conn, &grant)? > 0;
            if let Some(app) = apps::one(conn, workspace, grant.app)? {
                found.push((grant, app, in_use));
            }
        }
        Ok(Some((row, found)))
    });
    let (row, found) = read.await?.ok_or(Why::NoChannel)?;
    if row.link == Link::Linked {
        return Err(Why::LinkedOtherwise.into());
    }
    let mut came = Vec::new();
    for (grant, app, in_use) in found {
        if in_use {
            came.push(GivenBack::StillInUse);
            continue;
        }
        let tokens = login::open_tokens(&cx.vault, &grant)?;
        let secrets = login::open_app(&cx.vault, &app)?;
        let revoked = login::adapter(grant.platform)?
            .revoke(&login::call(cx, &app, &secrets), &tokens)
            .await;
        match revoked {
            Ok(at_platform) => {
                end(cx, &grant, at_platform).await?;
                came.push(if at_platform {
                    GivenBack::AtPlatform
                } else {
                    GivenBack::OnlyHere
                });
            }
            // An answer about a login that is over already is as good as given back.
            Err(failure) if failure.final_answer => {
                end(cx, &grant, true).await?;
                came.push(GivenBack::AtPlatform);
            }
            Err(_) => came.push(GivenBack::NotNow),
        }
    }
    let (ids, now, detail) = (cx.ids(), cx.now(), json!({ "came": came }));
    let write = move |conn: &mut storage::Conn<'_>| {
        channel_events::append(
            conn,
            ids.make(),
            workspace,
            channel,
            now,
            "given_back",
            maker,
            &detail,
        )
    };
    cx.store.write("connect.revoke_line", write).await?;
    Ok(came)
}

/// Whether another linked channel of the workspace has this grant.
pub(super) fn in_use(
    conn: &mut storage::Conn<'_>,
    grant: &GrantRow,
    but: ChannelId,
) -> storage::Result<bool> {
    for on in channel_grants::of_grant(conn, grant.workspace, grant.id)? {
        if on.channel == but {
            continue;
        }
        let other = channels::one(conn, grant.workspace, on.channel)?;
        if other.is_some_and(|channel| channel.link == Link::Linked) {
            return Ok(true);
        }
    }
    Ok(false)
}
