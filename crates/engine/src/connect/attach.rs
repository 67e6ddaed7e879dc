//! The account is known: the channel is made or found, the sign-in put on it, and proven there. Every
//! step is durable with what the row says of it, so that a rerun goes on behind the last one.

use std::collections::BTreeSet;

use domain::channel::{Link, Mode};
use domain::connect::ConnectPhase;
use domain::horizon::horizon;
use domain::ids::{ChannelGrantId, ConnectSessionId, Id as _, WorkspaceId};
use domain::schedule::plus_ms;
use platforms::account::Account;
use secrecy::SecretString;
use serde_json::json;
use storage::channel_grants::{self, NewChannelGrant};
use storage::channels::{self, ChannelRow, NewChannel};
use storage::connect_sessions::{self, ConnectSession};
use storage::{Conn, channel_events};
use vault::{Purpose, places};

use super::channel::wake_logins;
use super::finish::{advance, read};
use super::list::{self, Open};
use super::{
    CHOOSING_MS, Elsewhere, Joined, Listed, Outcome, Result, Why, give_back, maker, prove,
};
use crate::cx::{Cx, Ids};
use crate::error::Error;
use crate::nudge::Task;

/// A person chose these accounts, by the platform's ids. Choosing twice answers what came of the first.
///
/// # Errors
/// [`Why::NoAccount`] when one of them cannot be chosen, or none is named; [`Why::NotNow`] while the
/// sign-in waits for something else.
pub async fn choose(
    cx: &Cx,
    workspace: WorkspaceId,
    id: ConnectSessionId,
    accounts: &[String],
) -> Result<ConnectSession> {
    let row = read(cx, workspace, id).await?;
    let mut outcome = Outcome::of(&row.outcome);
    let chosen: Vec<String> = accounts
        .iter()
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    match row.phase {
        ConnectPhase::Choosing if outcome.question.is_none() => {}
        ConnectPhase::Proving => return attach(cx, row).await,
        ConnectPhase::Done => return Ok(row),
        _ => return Err(Why::NotNow.into()),
    }
    let usable = |id: &String| outcome.usable().any(|account| account.id == *id);
    if chosen.is_empty() || !chosen.iter().all(usable) {
        return Err(Why::NoAccount.into());
    }
    outcome.chosen = chosen;
    let row = advance(cx, row, ConnectPhase::Proving, &outcome).await?;
    if row.phase == ConnectPhase::Proving {
        attach(cx, row).await
    } else {
        Ok(row)
    }
}

/// A person said whether the account that came back is the channel under its other id.
///
/// # Errors
/// [`Why::NotNow`] when nothing of that kind was asked.
pub async fn say_same(
    cx: &Cx,
    workspace: WorkspaceId,
    id: ConnectSessionId,
    same: bool,
) -> Result<ConnectSession> {
    let row = read(cx, workspace, id).await?;
    let mut outcome = Outcome::of(&row.outcome);
    let (Some(account), ConnectPhase::Choosing) = (outcome.question.clone(), row.phase) else {
        return if row.phase.is_end() {
            Ok(row)
        } else {
            Err(Why::NotNow.into())
        };
    };
    if !same {
        let open = list::open(cx, &row).await?;
        let row = advance(cx, row, ConnectPhase::Refused, &outcome).await?;
        if row.phase == ConnectPhase::Refused {
            give_back::unused(cx, &open).await?;
        }
        return Ok(row);
    }
    outcome.question = None;
    outcome.same = true;
    outcome.chosen = vec![account.id.clone()];
    let document = outcome.document();
    let channel = row.channel.ok_or(Why::NoChannel)?;
    let (ids, now, ends_at) = (
        cx.ids(),
        cx.now(),
        plus_ms(cx.clocks.security.now(), CHOOSING_MS),
    );
    let write = move |conn: &mut Conn<'_>| {
        let channel = channels::one(conn, workspace, channel)?
            .ok_or(storage::Error::Stale { what: "channel" })?;
        channels::renumber(conn, &channel, &account.id)?;
        let detail = json!({ "from": channel.account_id, "to": account.id });
        channel_events::append(
            conn,
            ids.make(),
            workspace,
            channel.id,
            now,
            "same_account",
            maker(&row),
            &detail,
        )?;
        connect_sessions::advance(conn, &row, ConnectPhase::Proving, &document, None, ends_at)
    };
    match cx.store.write("connect.same", write).await {
        Ok(()) | Err(storage::Error::Stale { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let row = read(cx, workspace, id).await?;
    if row.phase == ConnectPhase::Proving {
        attach(cx, row).await
    } else {
        Ok(row)
    }
}

/// Joins what is chosen and not joined yet, and proves what is joined and not proven yet.
pub(super) async fn attach(cx: &Cx, mut row: ConnectSession) -> Result<ConnectSession> {
    let outcome = Outcome::of(&row.outcome);
    if outcome.chosen.iter().any(|id| !is_settled(&outcome, id)) {
        row = match join(cx, row).await? {
            Joining::Done(row) => row,
            Joining::NotNow(row) => return Ok(row),
        };
    }
    while row.phase == ConnectPhase::Proving {
        let outcome = Outcome::of(&row.outcome);
        let Some(next) = outcome
            .joined
            .iter()
            .position(|joined| joined.proof.is_none())
        else {
            row = advance(cx, row, ConnectPhase::Done, &outcome).await?;
            break;
        };
        row = Box::pin(prove_one(cx, row, outcome, next)).await?;
    }
    for task in [
        Task::Watch,
        Task::Sync,
        Task::Publish,
        Task::Settle,
        Task::Renew,
    ] {
        cx.nudges.nudge(task);
    }
    Ok(row)
}

fn is_settled(outcome: &Outcome, id: &str) -> bool {
    outcome.joined.iter().any(|joined| joined.account == id)
        || outcome
            .elsewhere
            .iter()
            .any(|elsewhere| elsewhere.account == id)
}

enum Joining {
    Done(ConnectSession),
    /// The accounts could not be listed; the row says why, and can be gone on with.
    NotNow(ConnectSession),
}

/// The accounts are asked for again: their derived tokens are kept nowhere else.
async fn join(cx: &Cx, row: ConnectSession) -> Result<Joining> {
    let open = list::open(cx, &row).await?;
    let mut outcome = Outcome::of(&row.outcome);
    let accounts = match list::accounts(cx, &open).await? {
        Ok(accounts) => accounts,
        Err(failure) => {
            outcome.trouble = Some((&failure).into());
            let phase = if failure.final_answer {
                ConnectPhase::Failed
            } else {
                ConnectPhase::Proving
            };
            return Ok(Joining::NotNow(advance(cx, row, phase, &outcome).await?));
        }
    };
    outcome.trouble = None;
    let mut joins = Vec::new();
    for id in outcome.chosen.iter().filter(|id| !is_settled(&outcome, id)) {
        let Some(account) = accounts.iter().find(|account| account.id == **id) else {
            continue;
        };
        let login = ChannelGrantId::new(cx.now(), cx.chance.as_ref());
        joins.push(Join {
            login,
            token: sealed(cx, row.workspace, login, account.token.as_ref())?,
            ..Join::of(account, &open)
        });
    }
    let kept: BTreeSet<String> = joins.iter().map(|join| join.account.id.clone()).collect();
    let gone = outcome
        .chosen
        .iter()
        .filter(|id| !kept.contains(*id) && !is_settled(&outcome, id))
        .count();
    if gone > 0 {
        // What was there a moment ago is not any more: it is not joined, and not waited for.
        outcome.chosen.retain(|id| {
            kept.contains(id) || outcome.joined.iter().any(|joined| joined.account == *id)
        });
    }
    let (workspace, id) = (row.workspace, row.id);
    let (ids, now, ends_at) = (
        cx.ids(),
        cx.now(),
        plus_ms(cx.clocks.security.now(), CHOOSING_MS),
    );
    let write = move |conn: &mut Conn<'_>| {
        for join in &joins {
            match join.write(conn, &ids, &row, &open, now)? {
                Ok(joined) => outcome.joined.push(joined),
                Err(elsewhere) => outcome.elsewhere.push(elsewhere),
            }
        }
        connect_sessions::advance(
            conn,
            &row,
            ConnectPhase::Proving,
            &outcome.document(),
            None,
            ends_at,
        )
    };
    match cx.store.write("connect.join", write).await {
        Ok(()) | Err(storage::Error::Stale { .. }) => {
            Ok(Joining::Done(read(cx, workspace, id).await?))
        }
        Err(error) => Err(error.into()),
    }
}

fn sealed(
    cx: &Cx,
    workspace: WorkspaceId,
    login: ChannelGrantId,
    token: Option<&SecretString>,
) -> Result<Option<Vec<u8>>> {
    let Some(token) = token else { return Ok(None) };
    let place = places::channel_token(workspace, login, 1);
    let sealed = cx
        .vault
        .seal(Purpose::GrantToken, &place, token, cx.chance.as_ref());
    let sealed = sealed.map_err(|error| Error::Sealed {
        what: "a channel's login".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Some(sealed.into_bytes()))
}

struct Join {
    account: Listed,
    login: ChannelGrantId,
    token: Option<Vec<u8>>,
    ends: domain::grant::Ends,
    horizon: Option<domain::Timestamp>,
}

impl Join {
    fn of(account: &Account, open: &Open) -> Self {
        Self {
            account: Listed::from(account),
            login: ChannelGrantId::from_uuid(uuid::Uuid::nil()),
            token: None,
            ends: account.ends,
            horizon: horizon(open.grant.mechanism, &account.ends),
        }
    }

    fn write(
        &self,
        conn: &mut Conn<'_>,
        ids: &Ids,
        row: &ConnectSession,
        open: &Open,
        now: domain::Timestamp,
    ) -> storage::Result<std::result::Result<Joined, Elsewhere>> {
        let known =
            channels::by_account(conn, row.workspace, open.grant.platform, &self.account.id)?;
        if let Some(channel) = known
            .as_ref()
            .filter(|channel| channel.social_set != row.social_set)
        {
            return Ok(Err(Elsewhere {
                account: self.account.id.clone(),
                handle: self.account.handle.clone(),
                social_set: channel.social_set,
                linked: channel.link == Link::Linked,
            }));
        }
        let new = known.is_none();
        let was_unlinked = |channel: &ChannelRow| channel.link == Link::Unlinked;
        let relinked = known.as_ref().is_some_and(was_unlinked);
        let channel = self.channel(conn, ids, row, open, known, now)?;
        let put = NewChannelGrant {
            id: self.login,
            workspace: row.workspace,
            channel,
            grant: open.grant.id,
            token_sealed: self.token.as_deref(),
            role: self.account.role.as_deref(),
            ends: self.ends,
            horizon: self.horizon,
        };
        let login = channel_grants::put(conn, &put, now)?;
        let detail = json!({ "flow": open.grant.flow, "person": open.grant.person_name, "grant": open.grant.id });
        channel_events::append(
            conn,
            ids.make(),
            row.workspace,
            channel,
            now,
            "signed_in",
            maker(row),
            &detail,
        )?;
        let (account, handle) = (self.account.id.clone(), self.account.handle.clone());
        Ok(Ok(Joined {
            account,
            handle,
            channel,
            login,
            new,
            relinked,
            lacking: self.account.unusable.clone(),
            proof: None,
        }))
    }

    fn channel(
        &self,
        conn: &mut Conn<'_>,
        ids: &Ids,
        row: &ConnectSession,
        open: &Open,
        known: Option<ChannelRow>,
        now: domain::Timestamp,
    ) -> storage::Result<domain::ids::ChannelId> {
        let (workspace, account) = (row.workspace, &self.account);
        let linked = json!({ "account": account.id, "again": known.is_some() });
        if let Some(channel) = known {
            if channel.link == Link::Unlinked {
                channels::relink(conn, workspace, channel.id, row.social_set, now)?;
                wake_logins(conn, workspace, channel.id, now)?;
                channel_events::append(
                    conn,
                    ids.make(),
                    workspace,
                    channel.id,
                    now,
                    "linked",
                    maker(row),
                    &linked,
                )?;
            }
            let handle = if account.handle.is_empty() {
                &channel.handle
            } else {
                &account.handle
            };
            channels::describe(
                conn,
                workspace,
                channel.id,
                handle,
                &account.name,
                account.picture_url.as_deref(),
            )?;
            return Ok(channel.id);
        }
        let id = ids.make();
        let new = NewChannel {
            id,
            workspace,
            social_set: row.social_set,
            platform: open.grant.platform,
            account_id: &account.id,
            handle: &account.handle,
            name: &account.name,
            picture_url: account.picture_url.as_deref(),
            mode: Mode::Auto,
        };
        channels::insert(conn, &new, now)?;
        channel_events::append(
            conn,
            ids.make(),
            workspace,
            id,
            now,
            "linked",
            maker(row),
            &linked,
        )?;
        Ok(id)
    }
}

async fn prove_one(
    cx: &Cx,
    row: ConnectSession,
    mut outcome: Outcome,
    at: usize,
) -> Result<ConnectSession> {
    let (workspace, id) = (row.workspace, row.id);
    let asked = Box::pin(prove::ask(cx, &outcome.joined[at], workspace)).await?;
    let (ids, now, ends_at) = (
        cx.ids(),
        cx.now(),
        plus_ms(cx.clocks.security.now(), CHOOSING_MS),
    );
    let write = move |conn: &mut Conn<'_>| {
        let relinked = outcome.joined[at].relinked || outcome.same;
        outcome.joined[at].proof = Some(prove::record(conn, &ids, &asked, relinked, now)?);
        connect_sessions::advance(
            conn,
            &row,
            ConnectPhase::Proving,
            &outcome.document(),
            None,
            ends_at,
        )
    };
    match cx.store.write("connect.proven", write).await {
        Ok(()) | Err(storage::Error::Stale { .. }) => read(cx, workspace, id).await,
        Err(error) => Err(error.into()),
    }
}
