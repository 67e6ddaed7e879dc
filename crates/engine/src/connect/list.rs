//! The accounts behind a new sign-in, and what follows from them: join at once, let a person choose, or
//! change nothing because it is another account.

use std::collections::BTreeMap;

use domain::channel::Link;
use domain::connect::ConnectPhase;
use domain::grant::Mechanism;
use domain::health::Health;
use domain::platform::LoginFlow;
use platforms::account::Account;
use platforms::tokens::Tokens;
use storage::apps::AppRow;
use storage::channels::ChannelRow;
use storage::connect_sessions::ConnectSession;
use storage::grants::GrantRow;
use storage::{apps, channel_grants, channels, grants};

use super::finish::advance;
use super::{Listed, Outcome, Result, Trouble, give_back};
use crate::cx::Cx;
use crate::error::Error;
use crate::{login, sync};

/// The most accounts whose pictures are shown before one is chosen.
const PICTURES: usize = 24;
/// How long a picture may take while a person waits, in milliseconds.
const PICTURE_MS: i64 = 4_000;

/// A new sign-in, open for a piece of work.
pub(super) struct Open {
    pub app: AppRow,
    pub grant: GrantRow,
    pub tokens: Tokens,
}

/// What the list of accounts leads to.
#[derive(Debug, PartialEq)]
enum Decision {
    /// These are joined without asking.
    Join(Vec<String>),
    /// A person says which.
    Choose,
    /// Ids cannot prove it: a person says whether this account is the channel.
    Ask(Listed),
    /// Another account: nothing changes.
    Wrong,
    /// Nothing that can be posted to.
    Nothing,
}

/// What is known of the channels that accounts could be.
struct Known {
    /// The channel that is to be mended.
    wanted: Option<ChannelRow>,
    /// Through which flows it was signed in so far.
    flows: Vec<LoginFlow>,
    /// Channels of the workspace on this platform, by account id, and whether each needs a person.
    channels: BTreeMap<String, (ChannelRow, bool)>,
}

/// Lists the accounts and goes on. Where the platform is in trouble the row says so and stays.
pub(super) async fn list(cx: &Cx, row: ConnectSession) -> Result<ConnectSession> {
    let open = open(cx, &row).await?;
    let mut outcome = Outcome::of(&row.outcome);
    let accounts = match accounts(cx, &open).await? {
        Ok(accounts) => accounts,
        Err(failure) => {
            let phase = if failure.final_answer {
                ConnectPhase::Failed
            } else {
                ConnectPhase::Returned
            };
            outcome.trouble = Some((&failure).into());
            if failure.final_answer {
                give_back::unused(cx, &open).await?;
            }
            return advance(cx, row, phase, &outcome).await;
        }
    };
    outcome.trouble = None;
    outcome.accounts = accounts.iter().map(Listed::from).collect();
    let known = known(cx, &row, &open).await?;
    let phase = match decide(
        &known,
        open.grant.mechanism,
        open.grant.flow,
        &outcome.accounts,
    ) {
        Decision::Join(ids) => {
            outcome.chosen = ids;
            ConnectPhase::Proving
        }
        Decision::Choose => ConnectPhase::Choosing,
        Decision::Ask(account) => {
            outcome.question = Some(account);
            ConnectPhase::Choosing
        }
        Decision::Wrong => ConnectPhase::Refused,
        Decision::Nothing => {
            outcome.trouble = Some(Trouble::NothingUsable);
            ConnectPhase::Failed
        }
    };
    if matches!(phase, ConnectPhase::Choosing | ConnectPhase::Refused) {
        with_pictures(cx, &mut outcome).await;
    }
    // Recorded first: should giving back fail, the sign-in is merely kept unused.
    let row = advance(cx, row, phase, &outcome).await?;
    if matches!(row.phase, ConnectPhase::Refused | ConnectPhase::Failed) {
        give_back::unused(cx, &open).await?;
    }
    Ok(row)
}

/// Copies of the pictures by which a person knows the accounts. One that cannot be had is left out.
async fn with_pictures(cx: &Cx, outcome: &mut Outcome) {
    let shown = outcome.accounts.iter().take(PICTURES).enumerate();
    let wanted: Vec<(usize, String)> = shown
        .filter_map(|(at, account)| Some((at, account.picture_url.clone()?)))
        .collect();
    let work = wanted.into_iter().map(|(at, url)| copy(cx, at, url));
    let found = crate::reconciler::all(work, cx.bounds.in_flight).await;
    for (at, sha256) in found {
        outcome.accounts[at].picture_sha256 = sha256;
    }
    if let Some(asked) = &mut outcome.question {
        let known = outcome
            .accounts
            .iter()
            .find(|account| account.id == asked.id);
        asked.picture_sha256 = known.and_then(|known| known.picture_sha256.clone());
    }
}

async fn copy(cx: &Cx, at: usize, url: String) -> (usize, Option<String>) {
    (at, sync::fetch_picture(cx, &url, PICTURE_MS).await)
}

/// Opens the sign-in of a row.
pub(super) async fn open(cx: &Cx, row: &ConnectSession) -> Result<Open> {
    let (workspace, app, id) = (
        row.workspace,
        row.app,
        row.grant.ok_or(Error::Missing("sign-in"))?,
    );
    let read = cx.store.read("connect.open", move |conn| {
        Ok((
            apps::one(conn, workspace, app)?,
            grants::one(conn, workspace, id)?,
        ))
    });
    let (app, grant) = read.await?;
    let (app, grant) = (
        app.ok_or(Error::Missing("app of a sign-in"))?,
        grant.ok_or(Error::Missing("sign-in"))?,
    );
    let tokens = login::open_tokens(&cx.vault, &grant)?;
    Ok(Open { app, grant, tokens })
}

/// Asks the platform for the accounts behind a sign-in.
pub(super) async fn accounts(
    cx: &Cx,
    open: &Open,
) -> Result<std::result::Result<Vec<Account>, platforms::failure::Failure>> {
    let secrets = login::open_app(&cx.vault, &open.app)?;
    let adapter = login::adapter(open.grant.platform)?;
    Ok(adapter
        .accounts(&login::call(cx, &open.app, &secrets), &open.tokens)
        .await)
}

async fn known(cx: &Cx, row: &ConnectSession, open: &Open) -> Result<Known> {
    let (workspace, set, wanted) = (row.workspace, row.social_set, row.channel);
    let (platform, this) = (open.grant.platform, open.grant.id);
    let read = cx.store.read("connect.known", move |conn| {
        let mut known = Known {
            wanted: None,
            flows: Vec::new(),
            channels: BTreeMap::new(),
        };
        let primaries = channel_grants::of_workspace(conn, workspace)?;
        for channel in channels::of_workspace(conn, workspace)? {
            if channel.platform != platform {
                continue;
            }
            if Some(channel.id) == wanted {
                known.wanted = Some(channel.clone());
            }
            let primary = primaries.iter().find(|on| on.channel == channel.id);
            let unwell = primary.is_none_or(|on| {
                matches!(on.condition.health, Health::NeedsRefresh | Health::Limited)
            });
            let mendable = unwell && channel.link == Link::Linked && channel.social_set == set;
            known
                .channels
                .insert(channel.account_id.clone(), (channel, mendable));
        }
        if let Some(channel) = &known.wanted {
            for on in channel_grants::of_channel(conn, workspace, channel.id)? {
                if let Some(grant) =
                    grants::one(conn, workspace, on.grant)?.filter(|grant| grant.id != this)
                {
                    known.flows.push(grant.flow);
                }
            }
        }
        Ok(known)
    });
    Ok(read.await?)
}

fn decide(known: &Known, mechanism: Mechanism, flow: LoginFlow, accounts: &[Listed]) -> Decision {
    let usable: Vec<&Listed> = accounts
        .iter()
        .filter(|account| account.unusable.is_none())
        .collect();
    let Some(wanted) = &known.wanted else {
        return match (usable.as_slice(), accounts.len()) {
            ([], _) => Decision::Nothing,
            // One person, one account: there is nothing to choose. Behind a person who acts for Pages
            // even a single account is shown first.
            ([only], 1) if mechanism != Mechanism::Derived => Decision::Join(vec![only.id.clone()]),
            _ => Decision::Choose,
        };
    };
    if accounts
        .iter()
        .any(|account| account.id == wanted.account_id)
    {
        // The same person's other channels of this set that need mending come along.
        let others = usable.iter().filter(|account| {
            let known = known.channels.get(&account.id);
            known.is_some_and(|(channel, mendable)| *mendable && channel.id != wanted.id)
        });
        let mut ids = vec![wanted.account_id.clone()];
        ids.extend(others.map(|account| account.id.clone()));
        return Decision::Join(ids);
    }
    // The two flows of Instagram should give the same id, but nothing documents it (sheet instagram.md
    // §1): an equal handle that is no channel yet may be the same account under another id.
    let other_flow = !known.flows.is_empty() && !known.flows.contains(&flow);
    let same_handle = usable.iter().find(|account| {
        let unknown = !known.channels.contains_key(&account.id);
        unknown && !account.handle.is_empty() && account.handle.eq_ignore_ascii_case(&wanted.handle)
    });
    match same_handle {
        Some(account) if other_flow => Decision::Ask((*account).clone()),
        _ => Decision::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::cause::Cause;
    use domain::channel::Mode;
    use domain::ids::{ChannelId, Id, SocialSetId, WorkspaceId};
    use domain::platform::Platform;

    use super::super::Lacking;
    use super::*;

    fn listed(id: &str, handle: &str, usable: bool) -> Listed {
        let unusable = (!usable).then(|| Lacking {
            cause: Cause::LostAdminRole,
            missing: "MANAGE".to_owned(),
        });
        let (id, handle) = (id.to_owned(), handle.to_owned());
        Listed {
            id,
            name: handle.clone(),
            handle,
            picture_url: None,
            picture_sha256: None,
            role: None,
            unusable,
        }
    }

    fn channel(number: u128, account: &str, handle: &str) -> ChannelRow {
        let id = uuid::Uuid::from_u128(number);
        ChannelRow {
            id: ChannelId::from_uuid(id),
            workspace: WorkspaceId::from_uuid(id),
            social_set: SocialSetId::from_uuid(id),
            platform: Platform::Instagram,
            account_id: account.to_owned(),
            handle: handle.to_owned(),
            name: String::new(),
            picture_sha256: None,
            picture_url: None,
            link: Link::Linked,
            mode: Mode::Auto,
            unlinked_at: None,
            synced_at: None,
            sync_at: None,
            sync_tries: 0,
            sync_evidence: None,
            collabs_left_out: None,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn refresh(flows: &[LoginFlow], others: &[(&str, bool)]) -> Known {
        let wanted = channel(1, "17", "bakery");
        let mut channels = BTreeMap::from([("17".to_owned(), (wanted.clone(), true))]);
        for (number, (account, mendable)) in (2..).zip(others) {
            channels.insert(
                (*account).to_owned(),
                (channel(number, account, "other"), *mendable),
            );
        }
        Known {
            wanted: Some(wanted),
            flows: flows.to_vec(),
            channels,
        }
    }

    fn first() -> Known {
        Known {
            wanted: None,
            flows: Vec::new(),
            channels: BTreeMap::new(),
        }
    }

    #[test]
    fn a_first_connection() {
        let one = [listed("1", "a", true)];
        assert_eq!(
            decide(&first(), Mechanism::Extend, LoginFlow::Instagram, &one),
            Decision::Join(vec!["1".to_owned()])
        );
        assert_eq!(
            decide(&first(), Mechanism::Derived, LoginFlow::Facebook, &one),
            Decision::Choose
        );
        let lame = [listed("1", "a", false)];
        assert_eq!(
            decide(&first(), Mechanism::Extend, LoginFlow::Instagram, &lame),
            Decision::Nothing
        );
        assert_eq!(
            decide(&first(), Mechanism::Derived, LoginFlow::Facebook, &[]),
            Decision::Nothing
        );
    }

    #[test]
    fn the_right_account_brings_the_same_persons_broken_ones_along() {
        let known = refresh(&[LoginFlow::Facebook], &[("18", true), ("19", false)]);
        let accounts = [
            listed("19", "x", true),
            listed("18", "y", true),
            listed("17", "bakery", true),
            listed("20", "new", true),
        ];
        let joined = decide(&known, Mechanism::Derived, LoginFlow::Facebook, &accounts);
        assert_eq!(
            joined,
            Decision::Join(vec!["17".to_owned(), "18".to_owned()])
        );
    }

    #[test]
    fn the_right_account_that_lacks_something_is_still_the_right_one() {
        let known = refresh(&[LoginFlow::Facebook], &[]);
        let accounts = [listed("17", "bakery", false)];
        let joined = decide(&known, Mechanism::Derived, LoginFlow::Facebook, &accounts);
        assert_eq!(joined, Decision::Join(vec!["17".to_owned()]));
    }

    #[test]
    fn another_account_changes_nothing() {
        let known = refresh(&[LoginFlow::Instagram], &[]);
        let other = [listed("99", "nord", true)];
        assert_eq!(
            decide(&known, Mechanism::Extend, LoginFlow::Instagram, &other),
            Decision::Wrong
        );
        // Through the other flow as well, unless the handle is the same.
        assert_eq!(
            decide(&known, Mechanism::Derived, LoginFlow::Facebook, &other),
            Decision::Wrong
        );
        // An equal handle through the same flow is a handle that moved to another account.
        let moved = [listed("99", "bakery", true)];
        assert_eq!(
            decide(&known, Mechanism::Extend, LoginFlow::Instagram, &moved),
            Decision::Wrong
        );
    }

    #[test]
    fn ids_that_cannot_prove_it_are_asked_about() {
        let known = refresh(&[LoginFlow::Instagram], &[]);
        let same = [listed("99", "Bakery", true)];
        let asked = decide(&known, Mechanism::Derived, LoginFlow::Facebook, &same);
        assert_eq!(asked, Decision::Ask(same[0].clone()));
        // Never about an account that is another channel already.
        let known = refresh(&[LoginFlow::Instagram], &[("99", false)]);
        assert_eq!(
            decide(&known, Mechanism::Derived, LoginFlow::Facebook, &same),
            Decision::Wrong
        );
    }
}
