//! What a person decides about the sign-ins on a channel: one may stand by, one is made the first, one is taken off.

use domain::channel::{Consent, Link, Standing};
use domain::grant::Life;
use domain::ids::{ChannelGrantId, ChannelId, WorkspaceId};
use domain::post::Maker;
use serde_json::json;
use storage::{Conn, channel_grants, grants, spares as stored};

use super::give_back::unused;
use super::list::Open;
use super::prove::{self, Before};
use super::{Proven, Result, Why};
use crate::cx::Cx;
use crate::login::{self, LoginRows};
use crate::nudge::Task;
use crate::spares;

/// What becomes of the sign-in that was the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    /// It stands by.
    StandsBy,
    /// It is used no more.
    Retires,
}

async fn read(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    login: ChannelGrantId,
) -> Result<LoginRows> {
    let read = cx.store.read("connect.sign_in", move |conn| {
        login::read(conn, workspace, channel, Some(login))
    });
    let here =
        |rows: &LoginRows| rows.on.channel == channel && rows.on.consent != Some(Consent::Removed);
    Ok(read.await?.filter(here).ok_or(Why::NoSignIn)?)
}

/// This sign-in takes over when the first one ends. Saying it twice is once.
///
/// # Errors
/// [`Why::NoSignIn`]; [`Why::NoLogin`] where it has ended; [`Why::NotNow`] where it is the one in use.
pub async fn stand_by(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    login: ChannelGrantId,
    maker: Maker,
) -> Result<()> {
    let rows = read(cx, workspace, channel, login).await?;
    if !rows.lives() {
        return Err(Why::NoLogin.into());
    }
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        let on = channel_grants::one(conn, workspace, login)?;
        match on.map(|on| (on.standing, on.consent)) {
            None | Some((_, Some(Consent::Removed))) => return Ok(Err(Why::NoSignIn)),
            Some((Standing::Primary, _)) => return Ok(Err(Why::NotNow)),
            Some((_, Some(Consent::StandsBy))) => return Ok(Ok(())),
            Some(_) => {}
        }
        stored::say(conn, workspace, login, Consent::StandsBy, maker, now)?;
        let detail = json!({ "person": rows.grant.person_name });
        storage::channel_events::append(
            conn,
            ids.make(),
            workspace,
            channel,
            now,
            "stands_by",
            maker,
            &detail,
        )?;
        spares::call_in(conn, &rows.channel, now)?;
        Ok(Ok(()))
    };
    cx.store.write("connect.stand_by", write).await??;
    cx.nudges.nudge(Task::Watch);
    Ok(())
}

/// Calls are made with this sign-in from now on, if the platform says that it works. The former one changes only then.
///
/// # Errors
/// [`Why::NoSignIn`]; [`Why::NoLogin`] where it has ended; [`Why::LinkedOtherwise`] while the channel is not linked.
pub async fn make_first(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    login: ChannelGrantId,
    former: Former,
    maker: Maker,
) -> Result<Proven> {
    let rows = read(cx, workspace, channel, login).await?;
    if rows.on.standing == Standing::Primary {
        return Ok(Proven::Works);
    }
    if !rows.lives() {
        return Err(Why::NoLogin.into());
    }
    if rows.channel.link == Link::Unlinked {
        return Err(Why::LinkedOtherwise.into());
    }
    let answer = Box::pin(prove::ask_of(cx, rows.clone(), None)).await?;
    let (ids, now) = (cx.ids(), cx.now());
    let write = move |conn: &mut Conn<'_>| {
        let on = channel_grants::one(conn, workspace, login)?;
        if on.is_none_or(|on| on.consent == Some(Consent::Removed)) {
            return Ok(Err(Why::NoSignIn));
        }
        let grant = grants::one(conn, workspace, rows.grant.id)?;
        if grant.is_none_or(|grant| grant.life != Life::Live) {
            // Another call has found out meanwhile that it is over.
            return Ok(Err(Why::NoLogin));
        }
        let before = match former {
            Former::StandsBy => Before::StandsBy(maker),
            Former::Retires => Before::Retired,
        };
        let proven = prove::make_first(conn, &ids, &answer, before, now)?;
        if proven == Proven::Works {
            stored::say(conn, workspace, login, Consent::StandsBy, maker, now)?;
            let detail = json!({ "person": rows.grant.person_name });
            storage::channel_events::append(
                conn,
                ids.make(),
                workspace,
                channel,
                now,
                "made_first",
                maker,
                &detail,
            )?;
        }
        Ok(Ok(proven))
    };
    let proven = cx.store.write("connect.make_first", write).await??;
    for task in [Task::Watch, Task::Publish, Task::Settle, Task::Sync] {
        cx.nudges.nudge(task);
    }
    Ok(proven)
}

/// Takes a sign-in off its channel. Where no other channel of the workspace has it, it is given back at the platform
/// if that harms nobody, and is used no more in any case.
///
/// # Errors
/// [`Why::NoSignIn`]; [`Why::NotNow`] where it is the one in use.
pub async fn remove(
    cx: &Cx,
    workspace: WorkspaceId,
    channel: ChannelId,
    login: ChannelGrantId,
    maker: Maker,
) -> Result<()> {
    let rows = read(cx, workspace, channel, login).await?;
    let (ids, now, named) = (cx.ids(), cx.now(), rows.clone());
    let write = move |conn: &mut Conn<'_>| {
        match stored::remove(conn, workspace, login, maker, now) {
            Ok(()) => {}
            Err(storage::Error::Stale { .. }) => return Ok(Err(Why::NotNow)),
            Err(error) => return Err(error),
        }
        let detail = json!({ "person": named.grant.person_name });
        storage::channel_events::append(
            conn,
            ids.make(),
            workspace,
            channel,
            now,
            "spare_removed",
            maker,
            &detail,
        )?;
        if named.on.consent == Some(Consent::StandsBy) {
            spares::does_not_help(conn, &ids, &named.on, now)?;
        }
        let elsewhere = channel_grants::of_grant(conn, workspace, named.grant.id)?;
        Ok(Ok(elsewhere.is_empty()))
    };
    let alone = cx.store.write("connect.spare_removed", write).await??;
    if alone && rows.lives() {
        let tokens = login::open_tokens(&cx.vault, &rows.grant)?;
        unused(
            cx,
            &Open {
                app: rows.app,
                grant: rows.grant,
                tokens,
            },
        )
        .await?;
    }
    Ok(())
}
